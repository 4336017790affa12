//! `awsx whoami`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx whoami`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Whoami) -> Result<u8> {
    Err(Error::failed("whoami: not built yet"))
}
