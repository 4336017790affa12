//! `awsx doctor`: what is wrong in the AWS files and on this machine, and what mends it.

pub mod checks;
mod disk;
pub mod env;
pub mod finding;
mod fix;
mod headers;
mod keys;
mod lines;
mod mend;
mod repair;
mod settings;
mod show;
mod values;

use std::path::Path;

use zeroize::Zeroizing;

pub use finding::{Check, Finding, Severity};
pub use fix::fix;
pub use repair::{Draft, Repair};
pub use show::{lines, location};

use mend::Mend;

use crate::app::App;
use crate::base::error::Result;
use crate::profile::sheet::Sheet;
use crate::profile::{FileKind, Locations};

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
    sort(files, &mut found);
    found
}

/// Everything that is found, by file and line; what is not about a file comes last.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
pub fn examine(app: &App) -> Result<Vec<Finding>> {
    let (files, mut found) = disk::read(Locations::of(&app.env)?);
    found.extend(in_texts(&files));
    sort(&files, &mut found);
    Ok(found)
}

/// The config first, then the credentials file, then the rest; in each by line.
fn sort(files: &Files, found: &mut [Finding]) {
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
}
