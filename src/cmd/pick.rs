//! `awsx` alone on a terminal: the picker, or what there is to say where there is nothing to pick.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::app::App;
use crate::base::columns;
use crate::base::error::Result;
use crate::base::vars;
use crate::deliver::quote::word;
use crate::doctor::env;
use crate::ports::Shortcut;
use crate::profile::{Profiles, a_few};
use crate::select::listing::{self, HEAD, Row};
use crate::select::live::Live;
use crate::select::{menu, selection};
use crate::session::check::{self, Report, Verdict};

/// What is to be done with the profile that was picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Opens a shell.
    Shell,
    /// Copies what `awsx env` prints.
    Env,
    /// Opens the web console.
    Console,
    /// Forgets its sessions.
    Clear,
}

/// The keys, and what each does.
const SHORTCUTS: [(Act, Shortcut); 4] = [
    (Act::Shell, Shortcut { ctrl: None, does: "shell" }),
    (Act::Env, Shortcut { ctrl: Some('e'), does: "copy env" }),
    (Act::Console, Shortcut { ctrl: Some('o'), does: "console" }),
    (Act::Clear, Shortcut { ctrl: Some('x'), does: "clear" }),
];

/// Lets a person pick a profile and what to do with it; `None` if they'd rather do nothing.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is none, [`crate::base::error::ErrorKind::Input`] if nobody
/// picks.
pub fn choose(app: &App, profiles: &Profiles) -> Result<Option<(String, Act)>> {
    match profiles.names().as_slice() {
        [] => Err(selection::no_profiles(app)),
        [only] => Ok(short(app, profiles, only)?.then(|| (only.clone(), Act::Shell))),
        _ => {
            let folder = selection::of_folder(&app.env).ok().flatten().map(|bound| bound.profile);
            let shortcuts = SHORTCUTS.map(|(_, shortcut)| shortcut);
            let (name, shortcut) = menu::pick(app, profiles, folder.as_deref(), &shortcuts)?;
            Ok(SHORTCUTS.get(shortcut).map(|(act, _)| (name, *act)))
        }
    }
}

/// Says whose the credentials of this environment are, or that they can't work; nothing where there are none.
pub fn say_around(app: &App, profiles: &Profiles) {
    let named = [vars::AWS_ACCESS_KEY_ID, vars::AWS_SECRET_ACCESS_KEY, vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];
    // Comparing them takes longer than to see that there are none.
    if app.env.first(&named).is_none() {
        return;
    }
    let report = env::report(app, profiles);
    let end = report.expires.and_then(|_| report.notes.first()).map(|end| format!(": {end}"));
    app.prompter.say(&format!("{}{}", report.summary, end.unwrap_or_default()));
    if let Some(advice) = &report.advice {
        app.prompter.say(&format!("  → {advice}"));
    }
}

/// Checks all profiles, and says what was found.
///
/// # Errors
/// As [`check::all`].
pub fn check(app: &App, profiles: &Profiles) -> Result<()> {
    let quiet = app.keychain.is_quiet();
    app.keychain.set_quiet(true);
    let live = Live::new(app, profiles, app.clock.now());
    app.keychain.set_quiet(quiet);
    let report = check::all(app, profiles, &profiles.names(), |profile, known| live.find(profile, known))?;
    for line in told(&report) {
        app.prompter.say(&line);
    }
    Ok(())
}

/// What a check found, in lines.
fn told(report: &Report) -> Vec<String> {
    let mut groups: BTreeMap<(u8, &str), Vec<&str>> = BTreeMap::new();
    for (name, verdict) in &report.verdicts {
        let group = match verdict {
            Verdict::Works => (0, ""),
            Verdict::Invalid => (1, ""),
            Verdict::Void => (2, ""),
            Verdict::Unknown(why) => (3, why.as_str()),
            Verdict::Left(why) => (4, *why),
        };
        groups.entry(group).or_default().push(name);
    }
    let line = |((group, why), names): (&(u8, &str), &Vec<&str>)| match group {
        0 => format!("works: {}", names.len()),
        1 => format!("AWS no longer takes the keys: {}", a_few(names)),
        2 => format!("AWS no longer took the session, which is forgotten now: {}", a_few(names)),
        3 => format!("could not be checked: {} ({why})", a_few(names)),
        _ => format!("left out: {} ({why})", names.len()),
    };
    let mut lines: Vec<String> = groups.iter().map(line).collect();
    if report.stopped {
        lines.push("stopped before all were checked".into());
    }
    lines
}

/// The short form for the only profile there is: its session, and what can be done. Whether a shell is wanted.
fn short(app: &App, profiles: &Profiles, name: &str) -> Result<bool> {
    let rows = listing::rows(app, profiles);
    let table: Vec<_> = std::iter::once(HEAD.map(Cow::from)).chain(rows.iter().map(Row::cells)).collect();
    for line in columns::table(&table).lines() {
        app.prompter.say(line);
    }
    let quoted = word(name);
    for (line, about) in [
        (format!("awsx shell {quoted}"), "a shell with a session of it"),
        (format!("awsx exec {quoted} -- CMD"), "one command"),
        (format!("awsx explain {quoted}"), "how its session is got"),
        ("awsx --help".to_owned(), "everything else: use, list, status, clear, remove …"),
    ] {
        app.prompter.say(&format!("  {line:<32}  {about}"));
    }
    app.prompter.confirm("Open a shell with it?", true)
}
