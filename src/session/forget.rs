//! Forgets sessions by the keys that they were made from.

use crate::app::App;
use crate::base::error::Result;
use crate::store::cache::Cache;

/// Removes every cached session, of whatever profile or role, that was made from one of these access keys; how many.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if one can't be removed.
pub fn made_from(app: &App, access_key_ids: &[&str]) -> Result<usize> {
    Cache::open(app)?.remove_where(|entry| access_key_ids.contains(&entry.source_key_id.as_str()))
}
