//! `awsx init`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx init`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Init) -> Result<u8> {
    Err(Error::failed("init: not built yet"))
}
