//! `awsx explain`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx explain`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Explain) -> Result<u8> {
    Err(Error::failed("explain: not built yet"))
}
