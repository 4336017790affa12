//! `awsx remove`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx remove`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Remove) -> Result<u8> {
    Err(Error::failed("remove: not built yet"))
}
