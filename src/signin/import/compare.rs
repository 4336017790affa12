//! What has to be changed in the config, so that it has a profile for each role of a sign-in: a comparison of what is
//! there with what is granted. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::Granted;
use crate::profile::{Profile, Profiles, SectionKind};

/// The key by which awsx knows a profile that it has written here: its value is the name of the `sso-session`.
pub const MARK: &str = "awsx_imported";

/// A profile that there has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The role that it stands for.
    pub granted: Granted,
}

/// A profile to be written, and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The profile.
    pub name: String,
    /// The role that it stands for.
    pub granted: Granted,
    /// The keys that are set, and their values.
    pub settings: Vec<(&'static str, String)>,
}

/// A profile, and what a person should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The profile.
    pub name: String,
    /// Why.
    pub why: String,
}

/// A profile that gets another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// Its name now.
    pub from: String,
    /// Its new one.
    pub to: String,
}

/// What has to be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Profiles that are not there yet.
    pub added: Vec<Written>,
    /// Profiles of awsx's own that stand for something else now, and the keys that change.
    pub changed: Vec<Written>,
    /// Profiles of awsx's own that get another name. Everything else in them stays, and what a person has added.
    pub renamed: Vec<Renamed>,
    /// Profiles of awsx's own that are not wanted any more, to be removed, and why.
    pub pruned: Vec<Noted>,
    /// How many are as they should be.
    pub same: usize,
    /// For how many the name is taken by a profile that is not awsx's own, or that of another session.
    pub taken: usize,
    /// Profiles that are left.
    pub left: Vec<Noted>,
}

impl Comparison {
    /// Whether nothing has to be written.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.renamed.is_empty() && self.pruned.is_empty()
    }
}

/// What is asked for.
pub struct Asked<'a> {
    /// The name of the `sso-session`.
    pub session: &'a str,
    /// Every role that is granted.
    pub wanted: &'a [Wanted],
    /// Whether the names were asked for: otherwise a profile of awsx's own may have been renamed.
    pub named: bool,
    /// A region for profiles that have none.
    pub region: Option<&'a str>,
    /// Whether what is gone is removed.
    pub prune: bool,
}

/// A profile that awsx has written for this session, as it is now.
struct Own {
    profile: Profile,
    /// The account and the role that it stands for.
    of: (String, String),
}

/// Compares. A profile without the mark of this session is never touched, whatever its name is.
pub fn compare(profiles: &Profiles, asked: &Asked) -> Comparison {
    let all: Vec<Profile> = profiles.names().iter().filter_map(|name| section(profiles, name)).collect();
    let own: BTreeMap<&str, Own> =
        all.iter().filter_map(|profile| Some((profile.name.as_str(), Own::of(profile, asked.session)?))).collect();
    let names: BTreeSet<&str> = asked.wanted.iter().map(|wanted| wanted.name.as_str()).collect();
    let granted: BTreeSet<(&str, &str)> = asked.wanted.iter().map(|wanted| wanted.granted.pair()).collect();
    let covered: BTreeSet<(&str, &str)> = own.values().map(Own::pair).collect();
    // What is not wanted any more: its role is gone, or other names were asked for.
    let mut unwanted: BTreeMap<&str, Unwanted> = own
        .iter()
        .filter(|(name, _)| !names.contains(**name))
        .filter_map(|(name, own)| match granted.contains(&own.pair()) {
            true if asked.named => Some((*name, Unwanted::Elsewhere)),
            true => None,
            false => Some((*name, Unwanted::Gone)),
        })
        .collect();
    // What one with another name refers to is needed still: it keeps all that a person has added to it.
    let gone = unwanted.iter().filter(|(_, why)| asked.prune && **why == Unwanted::Gone).map(|(name, _)| *name);
    let needed = needed(&all, gone.collect());

    let mut out = Comparison::default();
    for wanted in asked.wanted {
        let mut settings = settings_of(asked.session, &wanted.granted);
        let region = asked.region.map(|region| ("region", region.to_owned()));
        let needs_region = |own: &&Own| region.is_some() && !own.profile.has("region");
        if let Some(own) = own.get(wanted.name.as_str()) {
            settings.extend(region.clone().filter(|_| needs_region(&own)));
            settings.retain(|(key, value)| own.profile.get(key) != Some(value));
            if settings.is_empty() {
                out.same += 1;
            } else {
                out.changed.push(wanted.written(settings));
            }
        } else if !asked.named && covered.contains(&wanted.granted.pair()) {
            // It has another name: a person's, or one that was asked for before.
            let named_else: Vec<&Own> = own.values().filter(|own| own.pair() == wanted.granted.pair()).collect();
            if !named_else.iter().any(needs_region) {
                out.same += 1;
            }
            out.changed.extend(named_else.into_iter().filter(needs_region).map(|own| Written {
                name: own.profile.name.clone(),
                granted: wanted.granted.clone(),
                settings: region.clone().into_iter().collect(),
            }));
        } else if let Some(there) = section(profiles, &wanted.name) {
            out.taken += 1;
            out.left.push(Noted { name: wanted.name.clone(), why: foreign(&there) });
        } else if let Some(from) =
            old_name(&unwanted, &own, wanted).filter(|from| asked.prune && !needed.contains_key(*from))
        {
            let needs_region = own.get(from).as_ref().is_some_and(needs_region);
            unwanted.remove(from);
            out.renamed.push(Renamed { from: from.to_owned(), to: wanted.name.clone() });
            if needs_region {
                out.changed.push(wanted.written(region.into_iter().collect()));
            }
        } else {
            settings.extend(region);
            out.added.push(wanted.written(settings));
        }
    }
    for (name, unwanted) in unwanted {
        let why = unwanted.why();
        let added = own.get(name).map(Own::added).unwrap_or_default();
        match needed.get(name) {
            Some(by) => out.left.push(Noted { name: name.into(), why: format!("{why}; {by} needs it") }),
            None if !asked.prune => {
                out.left.push(Noted { name: name.into(), why: format!("{why}; --prune {}", unwanted.fate()) });
            }
            None if added.is_empty() => out.pruned.push(Noted { name: name.into(), why: why.into() }),
            // There is another profile for the role, which doesn't have them.
            None if unwanted == Unwanted::Elsewhere => {
                let why = format!("{why}; awsx does not remove what you added: {}", added.join(", "));
                out.left.push(Noted { name: name.into(), why });
            }
            None => {
                let why = format!("{why}; with what you added: {}", added.join(", "));
                out.pruned.push(Noted { name: name.into(), why });
            }
        }
    }
    out
}

/// Why a profile of awsx's own is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unwanted {
    /// Its role is not granted.
    Gone,
    /// Its role is to have another name.
    Elsewhere,
}

impl Unwanted {
    fn why(self) -> &'static str {
        match self {
            Unwanted::Gone => "is not granted any more",
            Unwanted::Elsewhere => "has another name now",
        }
    }

    /// What `--prune` does with it.
    fn fate(self) -> &'static str {
        match self {
            Unwanted::Gone => "removes it",
            Unwanted::Elsewhere => "renames or removes it",
        }
    }
}

/// The profile of awsx's own that has had another name for this role until now.
fn old_name<'a>(unwanted: &BTreeMap<&'a str, Unwanted>, own: &BTreeMap<&str, Own>, wanted: &Wanted) -> Option<&'a str> {
    let is_it =
        |name: &&str| own.get(*name).is_some_and(|own| own.pair() == wanted.granted.pair() && own.is_in_one_file());
    unwanted.keys().copied().find(is_it)
}

impl Wanted {
    fn written(&self, settings: Vec<(&'static str, String)>) -> Written {
        Written { name: self.name.clone(), granted: self.granted.clone(), settings }
    }
}

/// A profile without what it includes: the mark is never inherited.
fn section(profiles: &Profiles, name: &str) -> Option<Profile> {
    profiles.section(SectionKind::Profile, name)
}

impl Own {
    fn of(profile: &Profile, session: &str) -> Option<Own> {
        (profile.get(MARK) == Some(session)).then(|| {
            let get = |key| profile.get(key).unwrap_or_default().to_owned();
            Own { profile: profile.clone(), of: (get("sso_account_id"), get("sso_role_name")) }
        })
    }

    fn pair(&self) -> (&str, &str) {
        (&self.of.0, &self.of.1)
    }

    /// Whether all of it stands where its mark does. A section of the credentials file would keep the old name.
    fn is_in_one_file(&self) -> bool {
        let file = |key| self.profile.line(key).map(|(file, _)| file);
        self.profile.settings().all(|(key, _)| file(key) == file(MARK))
    }

    /// The keys that awsx has not written. A region is one that it writes.
    fn added(&self) -> Vec<&str> {
        let ours = ["sso_session", "sso_account_id", "sso_role_name", MARK, "region"];
        self.profile.settings().map(|(key, _)| key).filter(|key| !ours.contains(key)).collect()
    }
}

fn settings_of(session: &str, granted: &Granted) -> Vec<(&'static str, String)> {
    vec![
        ("sso_session", session.to_owned()),
        ("sso_account_id", granted.account.clone()),
        ("sso_role_name", granted.role.clone()),
        (MARK, session.to_owned()),
    ]
}

/// Whose profile it is that has the name of one that is wanted.
fn foreign(there: &Profile) -> String {
    match there.get(MARK) {
        Some(other) => format!("there is one of that name, imported from {other}"),
        None => "there is one of that name that awsx has not written".into(),
    }
}

/// The profiles that one that stays refers to, with the name of that one. Of those that are `going`, these stay, too, and
/// so does what they refer to.
fn needed(all: &[Profile], mut going: BTreeSet<&str>) -> BTreeMap<String, String> {
    loop {
        let mut needed = BTreeMap::new();
        for profile in all.iter().filter(|profile| !going.contains(profile.name.as_str())) {
            for key in ["source_profile", "include_profile", "awsx_agent"] {
                if let Some(name) = profile.get(key).filter(|name| *name != profile.name) {
                    needed.entry(name.to_owned()).or_insert_with(|| profile.name.clone());
                }
            }
        }
        let before = going.len();
        going.retain(|name| !needed.contains_key(*name));
        if going.len() == before {
            return needed;
        }
    }
}

#[cfg(test)]
mod tests;
