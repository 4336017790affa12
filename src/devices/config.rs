//! `mfa_serial` in the user's AWS files.

use std::path::Path;

use crate::app::App;
use crate::base::error::Result;
use crate::profile::edit::{add_profile, remove_value, set_value};
use crate::profile::{FileKind, Locations, Profiles, edit_file};

/// The keys that name a device: ours and awscli-mfa's.
const KEYS: [&str; 2] = ["mfa_serial", "mfa_arn"];

/// Writes `mfa_serial` into a profile: where it is set already, else into the config file.
///
/// # Errors
/// Those of [`edit_file`].
pub fn write(app: &App, profile: &str, serial: &str) -> Result<()> {
    let at = Locations::of(&app.env)?;
    let set = Profiles::load(&app.env)?;
    let set = set.get(profile);
    let in_credentials = set.as_ref().and_then(|p| p.line(KEYS[0])).is_some_and(|(file, _)| file == at.credentials);
    if in_credentials {
        edit_file(&at.credentials, |text| set_value(text, FileKind::Credentials, profile, KEYS[0], serial))?;
        return Ok(());
    }
    edit_file(&at.config, |text| {
        let there = Profiles::parse(Some((&at.config, text.to_owned())), None)?.contains(profile);
        if there {
            set_value(text, FileKind::Config, profile, KEYS[0], serial)
        } else {
            add_profile(text, FileKind::Config, profile, &[(KEYS[0], serial)])
        }
    })?;
    Ok(())
}

/// Removes a device from every profile that names it; gives their names.
///
/// # Errors
/// Those of [`edit_file`].
pub fn clean(app: &App, serial: &str) -> Result<Vec<String>> {
    let at = Locations::of(&app.env)?;
    let mut cleaned: Vec<String> = Vec::new();
    for (path, kind) in [(&at.config, FileKind::Config), (&at.credentials, FileKind::Credentials)] {
        if !path.is_file() {
            continue;
        }
        edit_file(path, |text| {
            let named = naming(path, kind, text, serial)?;
            let mut text = text.to_owned();
            for (profile, key) in named {
                text = remove_value(&text, kind, &profile, key)?;
                cleaned.push(profile);
            }
            Ok(text)
        })?;
    }
    cleaned.sort_unstable();
    cleaned.dedup();
    Ok(cleaned)
}

/// The profiles of one file that name the device, each with the key that does.
fn naming(path: &Path, kind: FileKind, text: &str, serial: &str) -> Result<Vec<(String, &'static str)>> {
    let file = Some((path, text.to_owned()));
    let alone = match kind {
        FileKind::Config => Profiles::parse(file, None)?,
        FileKind::Credentials => Profiles::parse(None, file)?,
    };
    let mut found = Vec::new();
    for name in &alone.names() {
        let Some(profile) = alone.get(name) else { continue };
        found.extend(KEYS.into_iter().filter(|key| profile.get(key) == Some(serial)).map(|key| (name.clone(), key)));
    }
    Ok(found)
}

/// The profiles that name a device.
///
/// # Errors
/// Those of [`Profiles::load`].
pub fn named_by(profiles: &Profiles, serial: &str) -> Vec<String> {
    let mut names = profiles.names();
    names.retain(|name| profiles.get(name).is_some_and(|p| KEYS.into_iter().any(|key| p.get(key) == Some(serial))));
    names
}
