//! `awsx man`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx man`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Man) -> Result<u8> {
    Err(Error::failed("man: not built yet"))
}
