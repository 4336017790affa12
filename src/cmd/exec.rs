//! `awsx exec`.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::cli::{self, Via};
use crate::deliver::child::child;
use crate::deliver::{exec, serve};
use crate::select::selection::Selection;

/// Runs `awsx exec`; comes back only if the command could not be run, or was run beside a server: with its status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Exec) -> Result<u8> {
    let (program, rest) = args.command.split_first().ok_or_else(|| Error::usage("no command to run"))?;
    let _ = app.command.set(program.to_string_lossy().into_owned());
    let selection = Selection::of(&app.env, args.profile.as_deref());
    let profiles = selection.profiles(&app.env)?;
    let profile = selection.profile(app, &profiles)?;
    if args.via == Via::Server {
        return serve::run(app, &profiles, &profile, &args.session, program, |_| rest.to_vec());
    }
    let env = child(app, &profiles, Some(&profile), &args.session)?;
    Err(exec::exec(program, rest, &env, &app.env))
}
