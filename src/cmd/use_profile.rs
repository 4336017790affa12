//! `awsx use`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx use`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Use) -> Result<u8> {
    Err(Error::failed("use: not built yet"))
}
