//! `awsx list`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx list`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::List) -> Result<u8> {
    Err(Error::failed("list: not built yet"))
}
