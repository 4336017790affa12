//! `awsx provision-mfa`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx provision-mfa`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::ProvisionMfa) -> Result<u8> {
    Err(Error::failed("provision-mfa: not built yet"))
}
