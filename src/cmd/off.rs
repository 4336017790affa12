//! `awsx off`.

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::deliver::session_env::ChildEnv;
use crate::deliver::shells;

/// Runs `awsx off`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Off) -> Result<u8> {
    shells::for_function(app, "off", args.shell)?;
    output::text(&shells::lines("off\n", &ChildEnv::default()))?;
    Ok(0)
}
