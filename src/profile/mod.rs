//! Profiles: the AWS config and credentials files as a graph, read the way the AWS CLI (botocore) reads them.
//!
//! [`Profiles`] holds both files with an index of their sections; a [`Profile`] is read in full when it is asked for.
//! botocore refuses some files whose meaning is clear: with a section or a key twice, or with a byte order mark.
//! Those are read. Everything else that botocore refuses is an error with file and line.

mod agent_rules;
pub mod edit;
mod find;
mod graph;
#[cfg(test)]
pub(crate) mod graph_cases;
pub mod io;
mod own_keys;
mod parse;
pub mod persisted;
mod settings;
pub mod sheet;
mod starts;
pub mod words;

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

pub use agent_rules::AgentRights;
pub use find::{a_few, closest, is_account, nearest};
pub use graph::{Broken, Hop, Step, WEB_IDENTITY, Wrong, include_loop, source_loop};
pub use io::{Locations, OnDisk, edit_file};
pub use own_keys::{AGENT, AgentRule, OwnKeys, shares};
use parse::file::File;
pub use parse::file::FileKind;
pub use settings::{Profile, Value, arn_account, bad_value};
pub use starts::SOURCE_KEYS;

use crate::base::error::Result;

/// The sections that have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SectionKind {
    /// `[profile x]`, `[default]`, and every section of the credentials file.
    Profile,
    /// `[sso-session x]`.
    SsoSession,
    /// `[services x]`.
    Services,
}

/// Both files.
pub struct Profiles {
    config: Option<File>,
    credentials: Option<File>,
    /// Profiles that were read before: a plan needs the same ones many times. The hasher has no random keys, which
    /// would cost a warm command a system call; whoever can write the files can make them slow to read anyway.
    read: RefCell<HashMap<String, Option<Profile>, BuildHasherDefault<DefaultHasher>>>,
}

impl Profiles {
    /// Takes over the texts of the files; `None` for one that is missing.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] with file and line where the AWS CLI could not read them either.
    pub fn parse(config: Option<(&Path, String)>, credentials: Option<(&Path, String)>) -> Result<Self> {
        let file = |kind, source: Option<(&Path, String)>| {
            source.map(|(path, text)| File::new(kind, Arc::from(path), Zeroizing::new(text))).transpose()
        };
        Ok(Profiles::of(file(FileKind::Config, config)?, file(FileKind::Credentials, credentials)?))
    }

    fn of(config: Option<File>, credentials: Option<File>) -> Self {
        Profiles { config, credentials, read: RefCell::default() }
    }

    fn files(&self) -> impl Iterator<Item = &File> {
        self.config.iter().chain(&self.credentials)
    }

    /// How many sections were read in full.
    #[cfg(test)]
    pub(crate) fn reads(&self) -> usize {
        self.files().map(|file| file.reads.get()).sum()
    }

    /// Every profile, sorted, each once.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.files().flat_map(File::profiles).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether there is such a profile.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The profile of exactly this name. The credentials file overrides the config, and `include_profile` (aws-vault)
    /// fills in what neither sets. A persisted session has the rules of its profile.
    pub fn get(&self, name: &str) -> Option<Profile> {
        if let Some(known) = self.read.borrow().get(name) {
            return known.clone();
        }
        let profile = self.whole(name);
        self.read.borrow_mut().insert(name.to_owned(), profile.clone());
        profile
    }

    fn whole(&self, name: &str) -> Option<Profile> {
        let mut profile = self.own(name)?;
        let include = |profile: &Profile| profile.get("include_profile").map(str::to_owned);
        let mut seen = vec![name.to_owned()];
        let mut next = include(&profile);
        // A loop or a missing profile is reported by `chain`; reading goes on without it.
        while let Some(included) = next.filter(|name| !seen.contains(name)).and_then(|name| self.own(&name)) {
            next = include(&included);
            profile.fill_from(&included);
            seen.push(included.name);
        }
        persisted::add_rules(self, &mut profile);
        Some(profile)
    }

    /// A profile without what it includes.
    fn own(&self, name: &str) -> Option<Profile> {
        let mut found = None;
        for settings in self.files().filter_map(|file| file.settings(SectionKind::Profile, name)) {
            let Some(merged) = &mut found else {
                found = Some(settings);
                continue;
            };
            for setting in settings {
                settings::over(merged, setting);
            }
        }
        found.map(|settings| Profile::new(name, settings))
    }

    /// A section of the config file that is no profile: `sso-session` or `services`.
    pub fn section(&self, kind: SectionKind, name: &str) -> Option<Profile> {
        if kind == SectionKind::Profile {
            return self.own(name);
        }
        let settings = self.config.as_ref()?.settings(kind, name)?;
        Some(Profile::new(name, settings))
    }

    /// The name of every `sso-session`, sorted, each once.
    pub fn sso_sessions(&self) -> Vec<String> {
        let mut names: Vec<String> = self.config.iter().flat_map(|file| file.named(SectionKind::SsoSession)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Where the header of a profile is: in the config, else in the credentials file; the line is counted from one.
    pub fn location(&self, name: &str) -> Option<(&Path, u32)> {
        self.files().find_map(|file| Some((&**file.path(), file.line(SectionKind::Profile, name)?)))
    }

    /// The value of `key` in the profile, else in the nearest of its source profiles, else in `default`.
    pub fn inherited(&self, name: &str, key: &str) -> Option<String> {
        let mut seen: Vec<String> = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next.filter(|name| !seen.contains(name)) {
            let profile = self.get(&name);
            let value = |key| profile.as_ref().and_then(|p| p.get(key)).filter(|v| !v.is_empty());
            if let Some(value) = value(key) {
                return Some(value.to_owned());
            }
            next = value("source_profile").map(str::to_owned);
            seen.push(name);
        }
        self.get("default")?.get(key).filter(|value| !value.is_empty()).map(str::to_owned)
    }
}

impl std::fmt::Debug for Profiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.files().map(File::path)).finish()
    }
}

#[cfg(test)]
mod tests;
