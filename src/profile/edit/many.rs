//! Changes of many profiles at once: the text is read a few times, however many there are. Pure.

use zeroize::Zeroizing;

use super::sections::{remove_profiles, rename_profiles};
use super::{apply, check, gap, header, index, line_break, parts, placed, says, section};
use crate::base::error::{Error, Result};
use crate::profile::parse::file::FileKind;
use crate::profile::{SectionKind, words};

/// A section and what is set in it.
pub type Settings<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// The changes; each is about another section.
#[derive(Default)]
pub struct Changes<'a> {
    /// An `sso-session` to be added.
    pub session: Option<Settings<'a>>,
    /// Profiles to be added, in this order.
    pub added: Vec<Settings<'a>>,
    /// Profiles that are there, and the keys that are set in them; all others stay.
    pub changed: Vec<Settings<'a>>,
    /// Profiles that get another name: the old one and the new one. Nothing else of them changes.
    pub renamed: Vec<(&'a str, &'a str)>,
    /// Profiles to be removed, as [`super::remove_profile`] does it.
    pub removed: Vec<&'a str>,
}

/// Makes the changes in a config.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: the text can't be parsed, doesn't have a profile that is to be changed, has a
/// section that is to be added, or could not hold a name or a value.
pub fn change_profiles(text: &str, changes: &Changes) -> Result<Zeroizing<String>> {
    const KIND: FileKind = FileKind::Config;
    let mut text = remove_profiles(text, KIND, &changes.removed)?;
    text = rename_profiles(&text, KIND, &changes.renamed)?;
    let file = index(&text, KIND)?;
    let mut places = Vec::new();
    for (name, settings) in &changes.changed {
        settings.iter().try_for_each(|(key, value)| check(key, value))?;
        places.extend(placed(&text, &parts(&file, name)?, settings));
    }
    let eol = line_break(&text);
    let mut added = String::new();
    let mut before = gap(&text);
    let session = changes.session.iter().map(|it| (SectionKind::SsoSession, "sso-session", it));
    let profiles = changes.added.iter().map(|it| (SectionKind::Profile, "profile", it));
    for (kind, word, (name, settings)) in session.chain(profiles) {
        if file.line(kind, name).is_some() {
            return Err(Error::config(format!("there is a [{word} {name}] already")));
        }
        added += &before;
        eol.clone_into(&mut before);
        let header = match kind {
            SectionKind::Profile => header(KIND, name),
            SectionKind::SsoSession | SectionKind::Services => format!("{word} {}", words::quote(name)),
        };
        added += &section(eol, &header, settings)?;
    }
    places.push((text.len()..text.len(), added));
    text = apply(&text, places);
    let file = index(&text, KIND)?;
    let session = changes.session.iter().map(|it| (SectionKind::SsoSession, it));
    let profiles = changes.added.iter().chain(&changes.changed).map(|it| (SectionKind::Profile, it));
    session.chain(profiles).try_for_each(|(kind, (name, settings))| says(&file, kind, name, settings))?;
    Ok(text)
}
