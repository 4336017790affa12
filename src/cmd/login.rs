//! `awsx login`: makes sure that there is a session, so that the next commands have nothing to ask.

use crate::app::App;
use crate::base::error::Result;
use crate::base::time::{Timestamp, show_left};
use crate::cli;
use crate::plan::source::sso_session;
use crate::profile::Profiles;
use crate::select::{options, selection};
use crate::session;
use crate::signin::{self, SignIn};

/// Runs `awsx login`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Login) -> Result<u8> {
    let _ = app.sign_in.set(args.sign_in.clone());
    if let Some(name) = &args.profile {
        let profiles = Profiles::load(&app.env)?;
        if !profiles.contains(name)
            && let Some(session) = sso_session(&app.env, &profiles, name)?
        {
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
        said.push(format!("signed in to {} {}", sign_in.name(), until(app, sign_in.begin(app, &base)?)));
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
