//! `awsx exec`.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::cli::{self, Via};
use crate::deliver::child::{child, of_shim};
use crate::deliver::parent::Job;
use crate::deliver::{exec, learning, process, serve};
use crate::profile::Profiles;
use crate::select::selection::{self, Selection};

/// Runs `awsx exec`; comes back only if the command could not be run, or was run beside a server: with its status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Exec) -> Result<u8> {
    let (program, rest) = args.command.split_first().ok_or_else(|| Error::usage("no command to run"))?;
    let _ = app.command.set(program.to_string_lossy().into_owned());
    if args.shim {
        return Err(exec::exec(program, rest, &of_shim(app, &args.session)?, &app.env));
    }
    if args.learn && args.via.is_some_and(|via| via != Via::Env) {
        return Err(Error::usage("--learn is for credentials in the environment")
            .cause("with --via process and --via server they are renewed while the command runs")
            .hint("leave out --learn"));
    }
    if let Some(said) = args.profile.as_deref().filter(|said| said.contains(',')) {
        let profiles = Profiles::load(&app.env)?;
        if let Some(names) = selection::listed(&profiles, said)? {
            if args.via.is_some_and(|via| via != Via::Process) {
                return Err(Error::usage("several profiles need --via process")
                    .cause("an environment holds the credentials of one")
                    .hint("awsx each runs the command once for each profile"));
            }
            if args.learn {
                return Err(
                    Error::usage("--learn goes with one profile").hint("leave out --learn: --via process renews")
                );
            }
            let env = process::child(app, &profiles, &names, &args.session)?;
            return Err(exec::exec(program, rest, &env, &app.env));
        }
    }
    let selection = Selection::of(&app.env, args.profile.as_deref());
    let profiles = selection.profiles(&app.env)?;
    let profile = selection.profile(app, &profiles)?;
    let job = Job { app, profiles: &profiles, profile: &profile, args: &args.session, program };
    if args.learn {
        return learning::run(&job, rest);
    }
    let env = match args.via.unwrap_or_default() {
        Via::Env => child(app, &profiles, Some(&profile), &args.session)?,
        Via::Process => process::child(app, &profiles, &[profile], &args.session)?,
        Via::Server => return serve::run(&job, |_| rest.to_vec()),
    };
    Err(exec::exec(program, rest, &env, &app.env))
}
