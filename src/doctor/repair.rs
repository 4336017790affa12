//! What `--fix` would make of the two files. Pure.
//!
//! A change can make another one possible, so this goes in rounds: all findings, the changes that don't overlap, and
//! again.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::checks;
use super::finding::{Check, Finding};
use super::mend::Mend;
use super::{Files, in_texts};
use crate::base::error::Result;
use crate::profile::edit::{self, Change};
use crate::profile::sheet::{Heading, Sheet};
use crate::profile::{FileKind, SectionKind, edit::move_settings};

/// Most rounds. Three are enough for what people write.
const ROUNDS: usize = 10;

/// A file as it was and as it would be.
pub struct Draft {
    /// Where it is.
    pub path: Arc<Path>,
    /// As it was.
    pub before: Zeroizing<String>,
    /// As it would be.
    pub after: Zeroizing<String>,
}

/// What `--fix` would do to the files.
#[derive(Default)]
pub struct Repair {
    /// The files that would change, the config first: what goes from one file to the other is never in neither.
    pub drafts: Vec<Draft>,
    /// What would be mended.
    pub mended: Vec<Finding>,
}

impl Repair {
    /// Works it out.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if a setting can't be moved.
    pub fn of(files: &Files) -> Result<Self> {
        let mut now = files.clone();
        let mut mended = Vec::new();
        let mut found = in_texts(&now);
        for _ in 0..ROUNDS {
            let (before, count) = (now.clone(), mended.len());
            let changed = edited(&mut now, &found, &mut mended);
            if !changed && !moved(&mut now, &found, &mut mended)? {
                break;
            }
            let after = in_texts(&now);
            if refused(&after) > refused(&found) {
                // It would be worse than before: leave it to a person.
                now = before;
                mended.truncate(count);
                break;
            }
            found = after;
        }
        let drafts = [FileKind::Config, FileKind::Credentials].into_iter().filter_map(|kind| {
            let (before, after) = (files.of(kind).map_or("", Sheet::text), now.of(kind)?);
            (before != after.text()).then(|| Draft {
                path: Arc::clone(&after.path),
                before: Zeroizing::new(before.to_owned()),
                after: Zeroizing::new(after.text().to_owned()),
            })
        });
        Ok(Repair { drafts: drafts.collect(), mended })
    }
}

/// For how many reasons the AWS CLI refuses the files.
fn refused(found: &[Finding]) -> usize {
    const CHECKS: [Check; 6] = [
        checks::BYTE_ORDER_MARK,
        checks::BAD_LINE,
        checks::SETTING_BEFORE_SECTION,
        checks::UNCLOSED_HEADER,
        checks::DUPLICATE_SECTION,
        checks::DUPLICATE_KEY,
    ];
    found.iter().filter(|finding| CHECKS.contains(&finding.check)).count()
}

/// Makes the changes inside of each file; whether there were any.
fn edited(files: &mut Files, found: &[Finding], mended: &mut Vec<Finding>) -> bool {
    let before = mended.len();
    files.update(|sheet| {
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        let mut changes: Vec<Change> = Vec::new();
        for finding in found.iter().filter(|finding| finding.file.as_ref() == Some(&sheet.path)) {
            if let Some(Mend::Text(wanted)) = &finding.mend
                && wanted.iter().all(|(place, _)| is_free(&taken, place.start, place.end))
            {
                taken.extend(wanted.iter().map(|(place, _)| (place.start, place.end)));
                changes.extend(wanted.iter().cloned());
                mended.push(finding.clone());
            }
        }
        (!changes.is_empty()).then(|| edit::apply(sheet.text(), changes))
    });
    mended.len() > before
}

/// Whether nothing else changes that place. Two insertions at one place don't disturb each other.
fn is_free(taken: &BTreeMap<usize, usize>, start: usize, end: usize) -> bool {
    let before =
        taken.range(..=start).next_back().is_none_or(|(from, to)| *to <= start || (*from == start && start == end));
    let after = taken.range(start..end).next().is_none();
    before && (after || start == end)
}

/// Takes the offer of a move from the findings of a profile that has a value of several lines for one of the keys in
/// another section: such a value can't be moved, and the others alone would change what counts. From all, where one of the
/// files has a `[DEFAULT]`: that of the credentials file would come before what was moved, and that of the config would
/// be added to a new profile.
pub fn keep_torn(files: &Files, found: &mut [Finding]) {
    let Some(credentials) = files.of(FileKind::Credentials) else { return };
    let keys = to_move(found.iter());
    let mut stay: HashSet<String> = HashSet::new();
    let config = files.of(FileKind::Config);
    let mut blocks = credentials.blocks.iter().chain(config.iter().flat_map(|config| &config.blocks));
    if blocks.any(|block| block.heading == Heading::Defaults) {
        stay.extend(keys.keys().map(|name| (*name).to_owned()));
    }
    for block in &credentials.blocks {
        let Heading::Named(SectionKind::Profile, name) = &block.heading else { continue };
        let all = keys.get(name.as_str());
        if all.is_some_and(|keys| keys.iter().any(|key| credentials.has_long(block, key))) {
            stay.insert(name.clone());
        }
    }
    for finding in found {
        if matches!(&finding.mend, Some(Mend::Move { profile, .. }) if stay.contains(profile)) {
            finding.mend = None;
        }
    }
}

/// What is to be moved: the keys of each profile. One with several sections has a finding for each.
fn to_move<'a>(found: impl Iterator<Item = &'a Finding>) -> BTreeMap<&'a str, Vec<String>> {
    let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for finding in found {
        if let Some(Mend::Move { profile, keys: more }) = &finding.mend {
            let all = keys.entry(profile).or_default();
            for key in more {
                if !all.contains(key) {
                    all.push(key.clone());
                }
            }
        }
    }
    keys
}

/// Makes the changes that concern both files; whether there were any.
fn moved(files: &mut Files, found: &[Finding], mended: &mut Vec<Finding>) -> Result<bool> {
    let (config, credentials) = (files.of(FileKind::Config), files.of(FileKind::Credentials));
    let found: Vec<&Finding> = found.iter().filter(|f| matches!(f.mend, Some(Mend::Move { .. }))).collect();
    let keys = to_move(found.iter().copied());
    if keys.is_empty() {
        return Ok(false);
    }
    let moves: Vec<(&str, &[String])> = keys.iter().map(|(profile, keys)| (*profile, keys.as_slice())).collect();
    let texts = move_settings(config.map_or("", Sheet::text), credentials.map_or("", Sheet::text), &moves)?;
    let (config, credentials) = (Zeroizing::new(texts.0), Zeroizing::new(texts.1));
    files.set(FileKind::Config, config);
    files.set(FileKind::Credentials, credentials);
    mended.extend(found.into_iter().cloned());
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Locations;

    #[test]
    fn a_value_of_several_lines_is_not_torn() {
        let at = Locations { config: "/config".into(), credentials: "/credentials".into() };
        let text = "[a]\nrole_arn = x\n[b]\nregion = eu-west-1\n[a]\nrole_arn = y\n  more\n";
        let repair = Repair::of(&Files::new(at, Some(String::new()), Some(text.into()))).unwrap();
        let after: Vec<&str> = repair.drafts.iter().map(|draft| draft.after.as_str()).collect();
        assert!(
            after.concat().contains("role_arn = x") && after.concat().contains("role_arn = y\n  more"),
            "{after:?}"
        );
        assert!(after.iter().any(|text| text.contains("[profile b]")), "{after:?}");
    }
}
