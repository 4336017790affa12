//! `awsx refresh`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx refresh`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Refresh) -> Result<u8> {
    Err(Error::failed("refresh: not built yet"))
}
