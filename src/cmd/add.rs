//! `awsx add`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx add`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Add) -> Result<u8> {
    Err(Error::failed("add: not built yet"))
}
