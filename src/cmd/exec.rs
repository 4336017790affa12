//! `awsx exec`.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::cli;
use crate::deliver::child::child;
use crate::deliver::exec;
use crate::select::selection::Selection;

/// Runs `awsx exec`; comes back only if the command could not be run.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Exec) -> Result<u8> {
    let (program, rest) = args.command.split_first().ok_or_else(|| Error::usage("no command to run"))?;
    let profiles = Selection::of(&app.env, args.profile.as_deref()).profiles(&app.env)?;
    let env = child(app, &profiles, args.profile.as_deref(), &args.session)?;
    Err(exec::exec(program, rest, &env, &app.env))
}
