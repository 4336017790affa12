//! `awsx exec`.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::cli::{self, Via};
use crate::deliver::child::child;
use crate::deliver::{exec, process, serve};
use crate::profile::Profiles;
use crate::select::selection::{self, Selection};

/// Runs `awsx exec`; comes back only if the command could not be run, or was run beside a server: with its status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Exec) -> Result<u8> {
    let (program, rest) = args.command.split_first().ok_or_else(|| Error::usage("no command to run"))?;
    let _ = app.command.set(program.to_string_lossy().into_owned());
    if let Some(said) = args.profile.as_deref().filter(|said| said.contains(',')) {
        let profiles = Profiles::load(&app.env)?;
        if let Some(names) = selection::listed(&profiles, said)? {
            if args.via.is_some_and(|via| via != Via::Process) {
                return Err(Error::usage("several profiles need --via process")
                    .cause("an environment holds the credentials of one")
                    .hint("awsx each runs the command once for each profile"));
            }
            let env = process::child(app, &profiles, &names, &args.session)?;
            return Err(exec::exec(program, rest, &env, &app.env));
        }
    }
    let selection = Selection::of(&app.env, args.profile.as_deref());
    let profiles = selection.profiles(&app.env)?;
    let profile = selection.profile(app, &profiles)?;
    let env = match args.via.unwrap_or_default() {
        Via::Env => child(app, &profiles, Some(&profile), &args.session)?,
        Via::Process => process::child(app, &profiles, &[profile], &args.session)?,
        Via::Server => return serve::run(app, &profiles, &profile, &args.session, program, |_| rest.to_vec()),
    };
    Err(exec::exec(program, rest, &env, &app.env))
}
