//! Long-lived keys that stand in the AWS files in plain text: which there are, and the files without them. Pure.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{Findings, Found, Left};
use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::profile::{FileKind, Profile, Profiles, edit};
use crate::sources::keys;

/// An AWS file as it was read.
pub struct AwsFile {
    /// Which of the two it is.
    pub kind: FileKind,
    /// Where it is.
    pub path: PathBuf,
    /// All of it.
    pub text: Zeroizing<String>,
}

impl AwsFile {
    /// Its profiles alone.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if it can't be parsed.
    pub fn profiles(&self) -> Result<Profiles> {
        let file = Some((self.path.as_path(), (*self.text).clone()));
        match self.kind {
            FileKind::Config => Profiles::parse(file, None),
            FileKind::Credentials => Profiles::parse(None, file),
        }
    }

    /// The file without the keys of these profiles. A section that is empty then goes, if `elsewhere` says that the
    /// profile is in the other file too: with its last section the profile itself would go.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if a profile has keys in it all the same.
    pub fn without(&self, names: &[&str], elsewhere: impl Fn(&str) -> bool) -> Result<Zeroizing<String>> {
        let mut file = AwsFile { kind: self.kind, path: self.path.clone(), text: self.text.clone() };
        for name in names {
            let drop_empty = self.kind == FileKind::Credentials && elsewhere(name);
            file.text = edit::take_keys(&file.text, self.kind, name, drop_empty)?;
        }
        let after = file.profiles()?;
        match names.iter().find(|name| after.get(name).is_some_and(|profile| profile.static_keys().is_some())) {
            Some(name) => {
                Err(Error::config(format!("the keys of {name} can't be taken out of {}", self.path.display()))
                    .cause(IN_DEFAULT)
                    .hint("move them into a section of their own"))
            }
            None => Ok(file.text),
        }
    }
}

/// Why the keys of a profile are left.
const IN_DEFAULT: &str = "they stand in [DEFAULT], which counts for every section of the file";

/// The long-lived keys of these files, the credentials file first: it overrides the config.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if one can't be parsed.
pub fn find(files: &[AwsFile]) -> Result<Findings> {
    let mut findings = Findings::default();
    for file in files {
        let profiles = file.profiles()?;
        for name in profiles.names() {
            let Some(profile) = profiles.get(&name) else { continue };
            match pair(&profile) {
                None => {}
                Some(Err(why)) => findings.left.push(Left { name, why }),
                Some(Ok(keys)) => match findings.found.iter().find(|found| found.profile == name) {
                    Some(found) if found.keys == keys => {}
                    Some(_) => {
                        let (id, path) = (&keys.access_key_id, file.path.display());
                        let why = format!("{path} holds {id} for it, which the credentials file overrides");
                        findings.left.push(Left { name, why });
                    }
                    None if file.without(&[&name], |_| false).is_err() => {
                        findings.left.push(Left { name, why: IN_DEFAULT.into() });
                    }
                    None => findings.found.push(Found { profile: name, keys }),
                },
            }
        }
    }
    Ok(findings)
}

/// The key pair of a section, or why it stays there; `None` where there is none.
fn pair(profile: &Profile) -> Option<std::result::Result<Credentials, String>> {
    let Some(keys) = profile.static_keys() else {
        let half = profile.has("aws_access_key_id") || profile.has("aws_secret_access_key");
        return half.then(|| Err("it has only one half of a key pair".into()));
    };
    if keys.is_session() {
        return Some(Err("a session: it ends by itself".into()));
    }
    Some(keys::check(&keys.access_key_id, keys.secret_access_key).map_err(|error| error.brief()))
}

/// The profiles of `stored` whose keys stand in this file: the very same pair.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it can't be parsed.
pub fn in_file<'a>(file: &AwsFile, stored: &'a [Found]) -> Result<Vec<&'a Found>> {
    let profiles = file.profiles()?;
    let same = |found: &&Found| {
        profiles.get(&found.profile).and_then(|profile| profile.static_keys()).as_ref() == Some(&found.keys)
    };
    Ok(stored.iter().filter(same).collect())
}
