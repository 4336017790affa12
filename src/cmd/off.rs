//! `awsx off`.

use crate::app::App;
use crate::child_env::ChildEnv;
use crate::cli;
use crate::error::Result;
use crate::integration;
use crate::output;

/// Runs `awsx off`; the exit status.
///
/// # Errors
/// As the table in [`crate::error`] says.
pub fn run(app: &App, args: &cli::Off) -> Result<u8> {
    let shell = integration::for_function(app, "off", args.shell)?;
    output::text(&integration::evaluated("_awsx_off\n", &ChildEnv::default(), integration::dialect(shell)))?;
    Ok(0)
}
