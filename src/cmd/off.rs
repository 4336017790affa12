//! `awsx off`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx off`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Off) -> Result<u8> {
    Err(Error::failed("off: not built yet"))
}
