//! `awsx completions`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx completions`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Completions) -> Result<u8> {
    Err(Error::failed("completions: not built yet"))
}
