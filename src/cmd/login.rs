//! `awsx login`: makes sure that there is a session, so that the next commands have nothing to ask.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::time::{Timestamp, show_left};
use crate::cli;
use crate::plan::source::sso_session;
use crate::profile::Profiles;
use crate::select::{options, selection};
use crate::session;
use crate::signin::console::adopt::adopt;
use crate::signin::console::begin::How;
use crate::signin::{self, SignIn};

/// Runs `awsx login`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Login) -> Result<u8> {
    let _ = app.sign_in.set(args.sign_in.clone());
    if args.console {
        let name = args
            .profile
            .as_deref()
            .ok_or_else(|| Error::usage("--console needs the name of a profile").hint("awsx login NAME --console"))?;
        session::guards::admit(app, &Profiles::load(&app.env)?, &[name])?;
        adopt(app, name, args.session.region.as_deref(), &How::of(app))?;
    }
    if let Some(name) = &args.profile {
        let profiles = Profiles::load(&app.env)?;
        if !profiles.contains(name)
            && let Some(session) = sso_session(&app.env, &profiles, name)?
        {
            session::guards::admit(app, &profiles, &[name])?;
            let ends = SignIn::Center(session).begin(app, name)?;
            app.prompter.say(&format!("signed in to {name} {}", until(app, ends)));
            return Ok(0);
        }
    }
    let (profiles, name) = selection::chosen(app, args.profile.as_deref())?;
    let request = options::read(app, &profiles, name, &args.session)?;
    let mut said = Vec::new();
    if let Some((base, sign_in)) = signin::of(&app.env, &profiles, &request.profile)? {
        session::guards::admit(app, &profiles, &[&request.profile])?;
        let ends = sign_in.begin(app, &base)?;
        said.push(match &sign_in {
            SignIn::Center(it) => format!("signed in to {} {}", it.name(), until(app, ends)),
            SignIn::Console(it) => {
                format!("signed in as {}, refreshed without a browser for up to 12h", it.session)
            }
        });
    }
    let session = session::obtain(app, &profiles, &request)?;
    said.push(
        session
            .credentials
            .expires
            .map_or_else(|| "credentials that don't end".to_owned(), |ends| format!("a session {}", until(app, ends))),
    );
    app.prompter.say(&format!("{}: {}", session.profile, said.join("; ")));
    Ok(0)
}

fn until(app: &App, ends: Timestamp) -> String {
    format!("until {ends} ({} left)", show_left(ends.seconds_left(app.clock.now())))
}
