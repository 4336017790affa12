//! `awsx clear`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx clear`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Clear) -> Result<u8> {
    Err(Error::failed("clear: not built yet"))
}
