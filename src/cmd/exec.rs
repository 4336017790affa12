//! `awsx exec`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx exec`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Exec) -> Result<u8> {
    Err(Error::failed("exec: not built yet"))
}
