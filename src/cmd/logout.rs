//! `awsx logout`: ends browser sign-ins, at AWS and here, and forgets the sessions made from them.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::cli;
use crate::plan::source::sso_session;
use crate::ports::Item;
use crate::profile::Profiles;
use crate::select::selection;
use crate::session::guards;
use crate::signin::{self, SignIn};
use crate::store::cache::{Cache, Entry};

/// Runs `awsx logout`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Logout) -> Result<u8> {
    if args.all {
        return all(app);
    }
    if let Some(name) = &args.profile {
        let profiles = Profiles::load(&app.env)?;
        if !profiles.contains(name)
            && let Some(session) = sso_session(&app.env, &profiles, name)?
        {
            let sign_in = SignIn::Center(session);
            if app.agent().is_some() {
                let mut names = profiles.names();
                names.retain(|name| signin::starts_from(&app.env, &profiles, &sign_in.item(), name));
                names.push(name.clone());
                guards::admit(app, &profiles, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
            }
            return one(app, &profiles, &sign_in, name);
        }
    }
    let (profiles, name) = selection::chosen(app, args.profile.as_deref())?;
    let Some((_, sign_in)) = signin::of(&app.env, &profiles, &name)? else {
        return Err(Error::config(format!("{name} does not start from a sign-in in the browser"))
            .hint(format!("`awsx clear {name}` forgets its sessions")));
    };
    guards::admit_to_change(app, &name)?;
    one(app, &profiles, &sign_in, &name)
}

/// Ends the sign-in that was named, and says so if there was none.
fn one(app: &App, profiles: &Profiles, sign_in: &SignIn, name: &str) -> Result<u8> {
    if !end(app, profiles, sign_in, name)? {
        app.prompter.say(&format!("nobody was signed in to {}", sign_in.name()));
    }
    Ok(0)
}

/// Ends every sign-in: those that a profile starts from, and those that the keychain holds besides.
fn all(app: &App) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    let (mut known, mut names): (Vec<SignIn>, Vec<String>) = (Vec::new(), Vec::new());
    for name in profiles.names() {
        // A profile that can't be used is doctor's affair.
        let Ok(Some((_, sign_in))) = signin::of(&app.env, &profiles, &name) else { continue };
        if !known.contains(&sign_in) {
            known.push(sign_in);
        }
        names.push(name);
    }
    if app.agent().is_some() {
        guards::admit(app, &profiles, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    for item in app.keychain.list()? {
        let Item::SignIn(name) = &item else { continue };
        if known.iter().any(|sign_in| sign_in.item() == item) {
            continue;
        }
        match signin::of_item(app, &profiles, name)? {
            Some(sign_in) => known.push(sign_in),
            None => app.keychain.remove(&item).map(drop)?,
        }
    }
    let (mut ended, mut failed) = (0, None);
    for sign_in in &known {
        match end(app, &profiles, sign_in, sign_in.name()) {
            Ok(was) => ended += usize::from(was),
            // The others are ended all the same.
            Err(error) => {
                app.prompter.warn(&format!("{} is not signed out: {}", sign_in.name(), error.brief()));
                failed = failed.or(Some(error));
            }
        }
    }
    // Those of profiles that are gone were made from keys, or from a sign-in that has just been ended.
    let is_left = |entry: &Entry| entry.source_key_id.is_empty() && !profiles.contains(&entry.profile);
    Cache::open(app)?.remove_where(is_left)?;
    match failed {
        Some(error) => return Err(error),
        None if ended == 0 => app.prompter.say("nobody was signed in"),
        None => {}
    }
    Ok(0)
}

/// Ends one; whether there was one.
fn end(app: &App, profiles: &Profiles, sign_in: &SignIn, profile: &str) -> Result<bool> {
    let ended = sign_in.end(app, profile);
    // Also where a file of the AWS CLI's can't be removed.
    let forgotten = signin::forget_sessions(app, profiles, &sign_in.item())?;
    let ended = ended?;
    if let Some(error) = &ended.untold {
        app.prompter
            .warn(&format!("AWS could not be told, so the sign-in lives on there until its end: {}", error.brief()));
    }
    let name = sign_in.name();
    if ended.ours {
        app.prompter.say(&format!("signed out of {name}"));
    }
    if let Some(file) = &ended.theirs {
        app.prompter.say(&format!("the AWS CLI is signed out of {name}, too ({} is gone)", file.display()));
    }
    match forgotten {
        0 => {}
        1 => app.prompter.say("forgot the session that was made from it"),
        _ => app.prompter.say(&format!("forgot {forgotten} sessions that were made from it")),
    }
    Ok(ended.ours || ended.theirs.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Kit, cached};

    #[test]
    fn one_that_can_not_be_ended_keeps_no_other_one() {
        let kit = Kit::new();
        let section = |name: &str| {
            format!(
                "[profile {name}]\nsso_session = {name}\nsso_account_id = 111122223333\nsso_role_name = r\n\
                 [sso-session {name}]\nsso_start_url = https://{name}.test/start\nsso_region = eu-west-1\n"
            )
        };
        kit.config(&["a", "b"].map(section).concat());
        kit.cli_sign_in("a", "hush-a");
        let folder = kit.home.path().join(".aws/sso/cache");
        let stuck = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        std::fs::remove_file(&stuck).unwrap();
        std::fs::create_dir(&stuck).unwrap();
        kit.cli_sign_in("b", "hush-b");
        for name in ["a", "b"] {
            cached(&kit, &name.repeat(64), name, "");
        }
        // Of profiles that are not in the config any more.
        cached(&kit, &"c".repeat(64), "gone", "");
        cached(&kit, &"d".repeat(64), "keys", "AKIAKEPT");
        let error = run(&kit.app, &cli::Logout { profile: None, all: true }).unwrap_err();
        assert!(error.what.contains("can't remove"), "{error}");
        assert!(kit.prompter.has_said("a is not signed out") && kit.prompter.has_said("signed out of b"));
        assert_eq!(kit.sso.on.calls(), ["logout hush-b"]);
        let left = Cache::open(&kit.app).unwrap().entries();
        assert!(left.len() == 1 && left[0].1.profile == "keys", "{left:?}");
    }
}
