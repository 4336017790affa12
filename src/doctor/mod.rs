//! `awsx doctor`: what is wrong in the AWS files and on this machine, and what mends it.

mod around;
pub mod checks;
mod disk;
pub mod env;
pub mod finding;
mod fix;
mod headers;
mod keys;
mod lines;
mod loops;
mod machine;
mod mend;
mod paths;
mod profiles;
mod repair;
mod settings;
mod show;
mod values;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use zeroize::Zeroizing;

pub use finding::{Check, Finding, Severity};
pub use fix::fix;
pub use mend::Mend;
pub use repair::{Draft, Repair};
pub use show::{lines, location};

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::time::Timestamp;
use crate::profile::sheet::Sheet;
use crate::profile::{FileKind, Locations, Profiles};
use crate::session::knowledge::Knowledge;

/// Both files, as far as they are there and can be read.
#[derive(Clone)]
pub struct Files {
    at: Locations,
    sheets: [Option<Sheet>; 2],
}

impl Files {
    /// Files with these texts; `None` for one that is not there.
    pub fn new(at: Locations, config: Option<String>, credentials: Option<String>) -> Self {
        let mut files = Files { at, sheets: [None, None] };
        for (kind, text) in [(FileKind::Config, config), (FileKind::Credentials, credentials)] {
            if let Some(text) = text {
                files.set(kind, Zeroizing::new(text));
            }
        }
        files
    }

    /// Each that is there.
    pub fn each(&self) -> impl Iterator<Item = &Sheet> {
        self.sheets.iter().flatten()
    }

    fn of(&self, kind: FileKind) -> Option<&Sheet> {
        self.each().find(|sheet| sheet.kind == kind)
    }

    fn path(&self, kind: FileKind) -> &Path {
        match kind {
            FileKind::Config => &self.at.config,
            FileKind::Credentials => &self.at.credentials,
        }
    }

    /// The profiles, without the lines that can't be read.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if they can't be read even so.
    pub fn profiles(&self) -> Result<Profiles> {
        let text = |kind| self.of(kind).map(|sheet| (&*sheet.path, sheet.readable().to_string()));
        Profiles::parse(text(FileKind::Config), text(FileKind::Credentials))
    }

    fn set(&mut self, kind: FileKind, text: Zeroizing<String>) {
        let sheet = Sheet::new(kind, self.path(kind), text);
        let index = usize::from(kind == FileKind::Credentials);
        if let Some(place) = self.sheets.get_mut(index) {
            *place = Some(sheet);
        }
    }

    /// Replaces the texts for which there is a new one.
    fn update(&mut self, mut new: impl FnMut(&Sheet) -> Option<Zeroizing<String>>) {
        for sheet in self.sheets.iter_mut().flatten() {
            if let Some(text) = new(sheet) {
                *sheet = Sheet::new(sheet.kind, &sheet.path, text);
            }
        }
    }
}

/// What is wrong with the texts of the files.
pub fn in_texts(files: &Files) -> Vec<Finding> {
    let (mut found, speller) = (Vec::new(), settings::Speller::default());
    for sheet in files.each() {
        lines::check(sheet, &mut found);
        headers::check(sheet, &mut found);
        settings::check(sheet, &speller, &mut found);
    }
    if files.each().any(|sheet| !sheet.faults.is_empty()) {
        // Settings are moved between files that can be read.
        found.iter_mut().filter(|finding| matches!(finding.mend, Some(Mend::Move { .. }))).for_each(|f| f.mend = None);
    }
    repair::keep_torn(files, &mut found);
    sort(files, &mut found);
    found
}

/// What is wrong with the profiles of the files, and with how they lead to one another. `stored`: the profiles whose
/// keys the keychain holds; `listed`: whether that is known for certain.
pub fn in_profiles(
    files: &Files,
    profiles: &Profiles,
    env: &Env,
    (stored, listed): (&BTreeSet<String>, bool),
    now: Timestamp,
) -> Vec<Finding> {
    let mut found = Vec::new();
    profiles::check(&around::Around { profiles, stored, listed, env, now }, files, &mut found);
    found
}

/// What was found, and what was looked at.
pub struct Report {
    /// By file and line; what is not about a file comes last.
    pub found: Vec<Finding>,
    /// What was looked at, for a person.
    pub seen: Vec<String>,
}

/// Looks at everything. `shell`: what the integration of the shell says about itself.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
pub fn examine(app: &App, shell: Option<&str>) -> Result<Report> {
    let (files, mut found) = disk::read(Locations::of(&app.env)?);
    found.extend(in_texts(&files));
    let profiles = files.profiles()?;
    let machine = machine::look(app, &profiles, shell, &mut found);
    let stored = (&machine.stored, machine.listed);
    found.extend(in_profiles(&files, &profiles, &app.env, stored, app.clock.now()));
    paths::check(&profiles, &app.env, &mut found);
    sort(&files, &mut found);
    let count = profiles.names().len();
    let mut seen = vec![if count == 1 { "1 profile".into() } else { format!("{count} profiles") }];
    seen.extend(machine.seen);
    Ok(Report { found, seen })
}

/// The profiles of which awsx remembers that the keychain holds their keys.
fn remembered(app: &App, names: &[String]) -> BTreeSet<String> {
    let knowledge = Knowledge::new(app, None);
    knowledge.look_at_what_is_there();
    names.iter().filter(|name| knowledge.state(name).access_key_id.is_some()).cloned().collect()
}

/// Two checks may judge the same line. The first finding counts.
///
/// The config first, then the credentials file, then the rest; in each by line.
fn sort(files: &Files, found: &mut Vec<Finding>) {
    let order = |finding: &Finding| match finding.file.as_deref() {
        Some(file) if file == files.at.config => 0,
        Some(file) if file == files.at.credentials => 1,
        Some(_) => 2,
        None => 3,
    };
    found.sort_by(|one, other| {
        let key = |finding: &Finding| (order(finding), finding.file.clone(), finding.line);
        key(one).cmp(&key(other))
    });
    let mut seen = HashSet::new();
    found.retain(|finding| {
        finding.line.is_none() || seen.insert((finding.check.id, finding.file.clone(), finding.line))
    });
}

#[cfg(test)]
mod tests;
