//! `awsx mfa`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx mfa`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Mfa) -> Result<u8> {
    Err(Error::failed("mfa: not built yet"))
}
