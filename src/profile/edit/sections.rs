//! Edits that are about a whole section: a key pair is taken out of it, it is removed, or it is written as a whole.
//! Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};
use std::ops::Range;

use zeroize::Zeroizing;

use super::{Change, add_profile, apply, header, index, parts, remove_value, says, set_value};
use crate::base::error::{Error, Result};
use crate::profile::parse::file::FileKind;
use crate::profile::parse::lex::{Lexer, Line, LineKind};
use crate::profile::{SectionKind, a_few};

/// Removes the key pair of a profile. With `drop_empty` the header goes too if nothing but empty lines is left below
/// it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: the text can't be parsed or has no such profile.
pub fn take_keys(text: &str, kind: FileKind, profile: &str, drop_empty: bool) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(text.to_owned());
    for key in ["aws_access_key_id", "aws_secret_access_key"] {
        text = Zeroizing::new(remove_value(&text, kind, profile, key)?);
    }
    if !drop_empty {
        return Ok(text);
    }
    let gone: Vec<Range<usize>> = sections(&text, kind, profile)?
        .into_iter()
        .filter(|section| section.lines.iter().all(|line| line.kind == LineKind::Blank))
        .map(|section| section.start..section.lines.last().map_or(section.body, |line| line.next))
        .collect();
    // Where the next header would be read as a part of the value above, this one stays.
    Ok(without(&text, &gone).unwrap_or(text))
}

/// Removes every section of a profile, and the empty lines after its last setting. Comments behind that setting stay:
/// they mostly belong to the section that follows.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: the text can't be parsed, has no such profile, or would have another
/// meaning without it.
pub fn remove_profile(text: &str, kind: FileKind, profile: &str) -> Result<Zeroizing<String>> {
    remove_profiles(text, kind, &[profile])
}

/// The same for several profiles; the text is read once for all of them.
///
/// # Errors
/// As [`remove_profile`].
pub fn remove_profiles(text: &str, kind: FileKind, profiles: &[&str]) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(text.to_owned());
    loop {
        let file = index(&text, kind)?;
        let bodies = profiles.iter().flat_map(|profile| file.bodies(SectionKind::Profile, profile));
        let bodies: BTreeSet<usize> = bodies.map(|(body, _)| body).collect();
        // Different headers can mean the same name; only the last of them counts each time.
        if bodies.is_empty() {
            return Ok(text);
        }
        let gone: Vec<Range<usize>> = sections_at(&text, &bodies).iter().map(Section::settings).collect();
        text = without(&text, &gone).ok_or_else(|| {
            Error::config(format!("the section {} can't be removed", a_few(profiles)))
                .cause("the lines after it are indented, and would be read as a part of what is above it")
                .hint("remove it with an editor")
        })?;
    }
}

/// Gives profiles other names: the old one and the new one. Every other byte stays.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: the text can't be parsed, has no such profile, has one of the new name already, or
/// can't hold that name.
pub fn rename_profiles(text: &str, kind: FileKind, names: &[(&str, &str)]) -> Result<Zeroizing<String>> {
    let mut file = index(text, kind)?;
    for (from, to) in names {
        parts(&file, from)?;
        if file.line(SectionKind::Profile, to).is_some() {
            return Err(Error::config(format!("there is a profile {to} already")));
        }
    }
    let mut text = Zeroizing::new(text.to_owned());
    loop {
        let bodies: BTreeMap<usize, &str> = names
            .iter()
            .flat_map(|(from, to)| file.bodies(SectionKind::Profile, from).into_iter().map(|(body, _)| (body, *to)))
            .collect();
        let headers = Lexer::new(&text).map_while(std::result::Result::ok);
        let renamed = |line: Line| Some((line.between_brackets()?, header(kind, bodies.get(&line.next)?)));
        let places: Vec<Change> = headers.filter_map(renamed).collect();
        // As with a removal, only the last of different headers counts each time.
        if places.is_empty() {
            break;
        }
        text = apply(&text, places);
        file = index(&text, kind)?;
    }
    for (_, to) in names {
        says(&file, SectionKind::Profile, to, &[])?;
    }
    Ok(text)
}

/// Writes a profile: each of `settings` is set where it stands, `stale` keys are removed, and the rest of the section
/// stays. Where there is no such profile, it is added at the end.
///
/// # Errors
/// As those of [`set_value`] and [`add_profile`].
pub fn put_profile(
    text: &str,
    kind: FileKind,
    profile: &str,
    settings: &[(&str, &str)],
    stale: &[&str],
) -> Result<Zeroizing<String>> {
    if index(text, kind)?.line(SectionKind::Profile, profile).is_none() {
        return add_profile(text, kind, profile, settings).map(Zeroizing::new);
    }
    let mut text = Zeroizing::new(text.to_owned());
    for (key, value) in settings {
        text = Zeroizing::new(set_value(&text, kind, profile, key, value)?);
    }
    for key in stale {
        text = Zeroizing::new(remove_value(&text, kind, profile, key)?);
    }
    Ok(text)
}

/// A section: its header and the lines up to the next one.
struct Section {
    /// Where the line of the header starts.
    start: usize,
    /// Where the line after it starts.
    body: usize,
    lines: Vec<Line>,
}

impl Section {
    /// From the header to the last setting, and the empty lines behind it.
    fn settings(&self) -> Range<usize> {
        let last = self.lines.iter().rposition(|line| matches!(line.kind, LineKind::Key(_) | LineKind::Continuation));
        let rest = self.lines.iter().skip(last.map_or(0, |last| last + 1));
        let blank = rest.take_while(|line| line.kind == LineKind::Blank).last();
        let last = last.and_then(|last| self.lines.get(last));
        self.start..blank.or(last).map_or(self.body, |line| line.next)
    }
}

fn sections(text: &str, kind: FileKind, profile: &str) -> Result<Vec<Section>> {
    let bodies = parts(&index(text, kind)?, profile)?;
    Ok(sections_at(text, &bodies.iter().map(|part| part.body).collect()))
}

/// The sections whose settings start there, in their order.
fn sections_at(text: &str, bodies: &BTreeSet<usize>) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut inside = false;
    for line in Lexer::new(text).map_while(std::result::Result::ok) {
        if matches!(line.kind, LineKind::Header(_)) {
            inside = bodies.contains(&line.next);
            if inside {
                found.push(Section { start: line.start, body: line.next, lines: Vec::new() });
            }
        } else if let Some(section) = found.last_mut().filter(|_| inside) {
            section.lines.push(line);
        }
    }
    found
}

/// The text without these lines, which are in order; `None` if one of the others would then mean something else.
fn without(text: &str, gone: &[Range<usize>]) -> Option<Zeroizing<String>> {
    let new = apply(text, gone.iter().cloned().map(|lines| (lines, String::new())).collect());
    let stays = |line: &Line| {
        let at = gone.partition_point(|lines| lines.end <= line.start);
        !gone.get(at).is_some_and(|lines| lines.contains(&line.start))
    };
    let same = Lexer::new(text).filter(|line| line.as_ref().map_or(true, stays)).map(|line| meaning(line, text));
    same.eq(Lexer::new(&new).map(|line| meaning(line, &new))).then_some(new)
}

/// What a line is, and what it says.
fn meaning<E>(line: std::result::Result<Line, E>, text: &str) -> Option<(Discriminant<LineKind>, &str)> {
    line.ok().map(|line| (discriminant(&line.kind), line.content(text)))
}
