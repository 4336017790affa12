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
            let begun = SignIn::Center(session).begin(app, name)?;
            app.prompter.say(&format!("signed in to {name} {}", until(app, begun.ends)));
            say_unused(app, &args.sign_in, begun.asked, name, true);
            return Ok(0);
        }
    }
    let chosen = selection::chosen(app, args.profile.as_deref());
    let (profiles, name) = chosen.map_err(|error| match args.profile.as_deref() {
        Some(name) if error.what == format!("no profile {name}") => error.hint(format!(
            "for a browser sign-in: awsx import sso, or awsx login {name} --console; for a key pair: awsx add {name}"
        )),
        _ => error,
    })?;
    let request = options::read(app, &profiles, name, &args.session)?;
    let (mut said, mut asked) = (Vec::new(), args.console);
    let sign_in = signin::of(&app.env, &profiles, &request.profile)?;
    let has_one = sign_in.is_some();
    if let Some((base, sign_in)) = sign_in {
        session::guards::admit(app, &profiles, &[&request.profile])?;
        let begun = sign_in.begin(app, &base)?;
        asked |= begun.asked;
        said.push(match &sign_in {
            SignIn::Center(it) => format!("signed in to {} {}", it.name(), until(app, begun.ends)),
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
    say_unused(app, &args.sign_in, asked, &session.profile, has_one);
    Ok(0)
}

/// Says so where nobody had to sign in, although a person has said how.
fn say_unused(app: &App, how: &cli::SignInArgs, asked: bool, name: &str, has_one: bool) {
    let options = [("--browser", how.browser.is_some()), ("--device-code", how.device_code), ("--remote", how.remote)];
    if let Some((option, _)) = options.iter().find(|(_, given)| *given && !asked) {
        app.prompter.say(&if has_one {
            format!("{option} was not used: nobody had to sign in (`awsx logout {name}` ends a sign-in)")
        } else {
            format!("{option} was not used: {name} does not start from a sign-in in the browser")
        });
    }
}

fn until(app: &App, ends: Timestamp) -> String {
    format!("until {ends} ({} left)", show_left(ends.seconds_left(app.clock.now())))
}
