//! Keys in the AWS files: read, and taken out once they are in the keychain.

use super::files::{self, AwsFile};
use super::{Found, backup};
use crate::access_keys::store;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::profile::{FileKind, Locations, io};

/// The AWS files that exist, the credentials file first. A copy that a killed import has left beside them is removed
/// if its keys are safe.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if one can't be read; those of [`backup::settle`].
pub fn read(app: &App) -> Result<Vec<AwsFile>> {
    let at = Locations::of(&app.env)?;
    let mut files = Vec::new();
    for (kind, path) in [(FileKind::Credentials, at.credentials), (FileKind::Config, at.config)] {
        let file = io::read(&path)?.map(|text| AwsFile { kind, path: path.clone(), text });
        backup::settle(app, kind, &path, file.as_ref())?;
        files.extend(file);
    }
    Ok(files)
}

/// Takes stored keys out of the files: a copy is made, the file is changed, the keys are read back from the keychain,
/// and the copy is removed unless it is to be kept.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if a file was changed since it was read, or can't be written: it is left
/// as it is then. [`crate::base::error::ErrorKind::Keychain`] if the keys are not in the keychain any more: the
/// copies stay then.
pub fn take_out(app: &App, files: &[AwsFile], stored: &[Found], keep: bool) -> Result<()> {
    let mut copies = Vec::new();
    for file in files {
        let here = files::in_file(file, stored)?;
        if here.is_empty() {
            continue;
        }
        let others = files.iter().filter(|other| other.kind != file.kind).map(AwsFile::profiles);
        let others = others.collect::<Result<Vec<_>>>()?;
        let names: Vec<&str> = here.iter().map(|found| found.profile.as_str()).collect();
        let new = file.without(&names, |name| others.iter().any(|other| other.contains(name)))?;
        let stamp = app.clock.now().to_string().replace(':', "");
        let copy = backup::make(file, keep.then_some(stamp.as_str()))?;
        if let Err(error) = io::replace_file(&file.path, &file.text, &new) {
            backup::remove(&copy)?;
            return Err(Error {
                what: format!("the keys are in the keychain, but also still in the file: {}", error.what),
                ..error
            });
        }
        app.prompter.say(&format!("took the keys of {} out of {}", names.join(", "), file.path.display()));
        copies.push(copy);
    }
    for found in stored {
        store::check(app, &found.profile, &found.keys).map_err(|error| match copies.first() {
            Some(copy) => error.hint(format!("they are still in {}", copy.display())),
            None => error,
        })?;
    }
    for copy in copies {
        if keep {
            app.prompter.say(&format!("kept {}, which holds the keys in plain text", copy.display()));
        } else {
            backup::remove(&copy)?;
        }
    }
    Ok(())
}
