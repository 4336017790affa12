//! `awsx prompt`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx prompt`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Prompt) -> Result<u8> {
    Err(Error::failed("prompt: not built yet"))
}
