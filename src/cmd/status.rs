//! `awsx status`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx status`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Status) -> Result<u8> {
    Err(Error::failed("status: not built yet"))
}
