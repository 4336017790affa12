//! `awsx` alone on a terminal: the picker, or what there is to say where there is nothing to pick.

use crate::app::App;
use crate::base::error::Result;
use crate::ports::Shortcut;
use crate::profile::Profiles;
use crate::select::{listing, menu, selection};

/// What is to be done with the profile that was picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Opens a shell.
    Shell,
    /// Forgets its sessions.
    Clear,
}

/// The keys, and what each does.
const SHORTCUTS: [(Act, Shortcut); 2] =
    [(Act::Shell, Shortcut { ctrl: None, does: "shell" }), (Act::Clear, Shortcut { ctrl: Some('x'), does: "clear" })];

/// Lets a person pick a profile and what to do with it; `None` if they'd rather do nothing.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is none, [`crate::base::error::ErrorKind::Input`] if nobody picks.
pub fn choose(app: &App, profiles: &Profiles) -> Result<Option<(String, Act)>> {
    match profiles.names().as_slice() {
        [] => Err(selection::no_profiles(app)),
        [only] => Ok(short(app, profiles, only)?.then(|| (only.clone(), Act::Shell))),
        _ => {
            let (name, shortcut) = menu::pick(app, profiles, &SHORTCUTS.map(|(_, shortcut)| shortcut))?;
            Ok(SHORTCUTS.get(shortcut).map(|(act, _)| (name, *act)))
        }
    }
}

/// The short form for the only profile there is: its session, and what can be done. Whether a shell is wanted.
fn short(app: &App, profiles: &Profiles, name: &str) -> Result<bool> {
    let rows = listing::rows(app, profiles);
    let facts = rows.first().map(|row| row.cells().join("  ")).unwrap_or_default();
    app.prompter.say(&format!("{}  {facts}", rows.first().map_or(name, listing::Row::name)));
    let quoted = crate::deliver::quote::Dialect::Posix.quote(name);
    for (line, about) in [
        (format!("awsx shell {}", *quoted), "a shell with a session of it"),
        (format!("awsx exec {} -- CMD", *quoted), "one command"),
        (format!("awsx explain {}", *quoted), "how its session is got"),
        ("awsx --help".to_owned(), "everything else: use, list, status, clear, remove …"),
    ] {
        app.prompter.say(&format!("  {line:<32}  {about}"));
    }
    app.prompter.confirm("Open a shell with it?", true)
}
