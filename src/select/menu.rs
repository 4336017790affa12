//! The profiles as a picker shows them: those that were used lately and those with a live session first. It asks
//! neither AWS nor the keychain, and a row is made when it is looked at.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::time::Timestamp;
use crate::ports::{Choices, Rows, Shortcut};
use crate::profile::Profiles;
use crate::select::listing::Row;
use crate::select::live::Live;
use crate::session::knowledge::Knowledge;
use crate::store::recent;

/// The headings of the columns. What is cut off first on a narrow terminal comes last.
const HEAD: [&str; 4] = ["PROFILE", "LEFT", "ACCOUNT", "KIND"];

/// Lets a person pick one of the profiles, by Enter or one of the shortcuts; which one, as an index. `first` comes
/// before all others.
///
/// # Errors
/// [`ErrorKind::Quit`] if the person leaves, [`ErrorKind::Input`] if nobody can be asked.
pub fn pick(app: &App, profiles: &Profiles, first: Option<&str>, shortcuts: &[Shortcut]) -> Result<(String, usize)> {
    // Nobody is asked for a passphrase while they pick.
    let quiet = app.keychain.is_quiet();
    app.keychain.set_quiet(true);
    let menu = Menu::new(app, profiles, first);
    let picked = app.prompter.pick_or("Profile", Choices { head: &HEAD, rows: &menu }, shortcuts);
    app.keychain.set_quiet(quiet);
    let taken = picked?.and_then(|(row, shortcut)| Some((menu.names.get(row)?.clone(), shortcut)));
    taken.ok_or_else(|| Error::new(ErrorKind::Quit, "no profile was chosen"))
}

/// The profiles, in the order in which they are shown while nothing is typed.
struct Menu<'a> {
    profiles: &'a Profiles,
    names: Vec<String>,
    knowledge: Knowledge<'a>,
    live: Live<'a>,
    now: Timestamp,
}

impl<'a> Menu<'a> {
    fn new(app: &'a App, profiles: &'a Profiles, first: Option<&str>) -> Self {
        // A list asks AWS nothing, so "no MFA device" counts however old it is.
        let knowledge = Knowledge::new(app, None).however_old();
        knowledge.look_at_what_is_there();
        let now = app.clock.now();
        let live = Live::new(app, profiles, now);
        let recent = app.state_dir().map(|dir| recent::load(&dir)).unwrap_or_default();
        let names =
            in_order(&profiles.names(), first.into_iter().chain(recent.iter().map(String::as_str)).chain(live.names()));
        Menu { profiles, names, knowledge, live, now }
    }
}

/// The names, those in `first` before the others. They are sorted, each once.
fn in_order<'a>(names: &[String], first: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let exists = |name: &&str| names.binary_search_by(|known| known.as_str().cmp(name)).is_ok();
    let first: Vec<&str> = first.filter(exists).filter(|name| seen.insert(*name)).collect();
    let first = first.into_iter().map(str::to_owned);
    first.chain(names.iter().filter(|name| !seen.contains(name.as_str())).cloned()).collect()
}

impl Rows for Menu<'_> {
    fn count(&self) -> usize {
        self.names.len()
    }

    fn cells(&self, row: usize) -> Vec<String> {
        let Some(profile) = self.names.get(row).and_then(|name| self.profiles.get(name)) else { return Vec::new() };
        // What is remembered has to do: the keychain would be asked about each profile.
        let stored = |name: &str| self.knowledge.state(name).access_key_id.is_some();
        let session = self.live.of(&profile, &self.knowledge);
        let row = Row::new(self.profiles, &profile, &self.knowledge, &stored, session, self.now);
        row.in_menu().map(Cow::into_owned).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::recent;
    use crate::testkit::{Kit, cached};

    #[test]
    fn recent_profiles_then_live_sessions_then_the_others() {
        let kit = Kit::new();
        kit.config("[profile a]\n[profile b]\n[profile c]\n[profile d]\n[profile e]\n");
        for name in ["a", "gone", "d"] {
            recent::used(&kit.app, name);
        }
        cached(&kit, &"0".repeat(64), "c", "");
        cached(&kit, &"1".repeat(64), "d", "");
        let profiles = Profiles::load(&kit.app.env).unwrap();
        assert_eq!(Menu::new(&kit.app, &profiles, None).names, ["d", "a", "c", "b", "e"]);
        assert_eq!(Menu::new(&kit.app, &profiles, Some("e")).names, ["e", "d", "a", "c", "b"]);
        assert_eq!(Menu::new(&kit.app, &profiles, Some("gone")).names, ["d", "a", "c", "b", "e"]);
        // A session that has ended is none.
        kit.clock.advance(901);
        assert_eq!(Menu::new(&kit.app, &profiles, None).names, ["d", "a", "b", "c", "e"]);
    }

    #[test]
    fn a_profile_is_read_when_its_row_is_made() {
        let kit = Kit::new();
        let profiles: Vec<String> = (0..1_000).map(|n| format!("[profile p{n:03}]\nregion = x\n")).collect();
        kit.config(&profiles.concat());
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let menu = Menu::new(&kit.app, &profiles, None);
        assert_eq!((menu.count(), profiles.reads()), (1_000, 0));
        assert_eq!(menu.cells(7), ["p007", "-", "-", "keys"]);
        assert_eq!((profiles.reads(), kit.keychain.reads()), (1, 0));
    }
}
