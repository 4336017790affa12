//! `awsx policy`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx policy`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Policy) -> Result<u8> {
    Err(Error::failed("policy: not built yet"))
}
