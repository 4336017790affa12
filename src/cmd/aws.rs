//! `awsx aws`.

use crate::app::App;
use crate::cli;
use crate::error::{Error, Result};

/// Runs `awsx aws`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(_app: &App, _args: &cli::Aws) -> Result<u8> {
    Err(Error::failed("aws: not built yet"))
}
