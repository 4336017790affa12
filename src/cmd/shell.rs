//! `awsx shell`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx shell`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Shell) -> Result<u8> {
    Err(Error::failed("shell: not built yet"))
}
