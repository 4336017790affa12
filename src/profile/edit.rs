//! Changes to an AWS file, from text to text. Every other byte stays as it is: comments, order, line ends, a byte order
//! mark, nested settings, a missing last line break. Pure.
//!
//! Each result is parsed again before it is returned, to check that it says what was meant.

mod many;
mod sections;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::parse::file::{File, FileKind};
use super::parse::lex::{Lexer, Line, LineKind, cut, trim};
use super::settings::Value;
use super::{Profile, Profiles, SectionKind, words};
use crate::base::error::{Error, Result};

pub use many::{Changes, change_profiles};
pub use sections::{put_profile, remove_profile, take_keys};

/// Sets `key` of a profile to `value`. Where it is set already, its value is replaced, all lines of it. Else it gets
/// a line after the profile's last setting.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: the text can't be parsed, has no such profile, or could not hold the
/// value.
pub fn set_value(text: &str, kind: FileKind, profile: &str, key: &str, value: &str) -> Result<String> {
    check(key, value)?;
    let file = index(text, kind)?;
    let parts = parts(&file, profile)?;
    let present = parts.iter().rev().find_map(|part| part.entries.iter().rev().find(|entry| entry.is(text, key)));
    let changes = match (present, parts.last()) {
        (Some(entry), _) => replace(text, entry, value),
        (None, Some(part)) => vec![insert(text, part, key, value)],
        (None, None) => Vec::new(),
    };
    verified(apply(text, changes), kind, profile, &[(key, value)])
}

/// Removes `key` from a profile, with all lines of its value, and every time it is set there. Where it is not set,
/// the text is returned as it is.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: the text can't be parsed or has no such profile.
pub fn remove_value(text: &str, kind: FileKind, profile: &str, key: &str) -> Result<String> {
    let file = index(text, kind)?;
    let parts = parts(&file, profile)?;
    let gone = parts.iter().flat_map(|part| &part.entries).filter(|entry| entry.is(text, key));
    let changes = gone.flat_map(Entry::lines).map(|lines| (lines, String::new())).collect();
    verified(apply(text, changes), kind, profile, &[])
}

/// Adds a profile with these settings at the end, after an empty line.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: the text can't be parsed, has the profile already, or could not hold it.
pub fn add_profile(text: &str, kind: FileKind, profile: &str, settings: &[(&str, &str)]) -> Result<String> {
    if index(text, kind)?.line(SectionKind::Profile, profile).is_some() {
        return Err(Error::config(format!("there is a profile {profile} already")));
    }
    let added = gap(text) + &section(line_break(text), &header(kind, profile), settings)?;
    verified(apply(text, vec![(text.len()..text.len(), added)]), kind, profile, settings)
}

/// What stands between the brackets of a profile's section.
fn header(kind: FileKind, profile: &str) -> String {
    match kind {
        FileKind::Config if profile == "default" => "default".to_owned(),
        FileKind::Config => format!("profile {}", words::quote(profile)),
        FileKind::Credentials => profile.to_owned(),
    }
}

/// What has to come between a text and a section that is added at its end, so that there is an empty line.
fn gap(text: &str) -> String {
    let eol = line_break(text);
    let mut gap = String::new();
    if !text.is_empty() && !text.ends_with(['\n', '\r']) {
        gap.push_str(eol);
    }
    let last = Lexer::new(text).filter_map(std::result::Result::ok).last();
    if last.is_some_and(|line| line.kind != LineKind::Blank) {
        gap.push_str(eol);
    }
    gap
}

/// A section: its header and its settings.
fn section(eol: &str, header: &str, settings: &[(&str, &str)]) -> Result<String> {
    let mut section = ["[", header, "]", eol].concat();
    for (key, value) in settings {
        check(key, value)?;
        section.extend([key, " = ", value, eol]);
    }
    Ok(section)
}

/// Moves settings of profiles from the credentials file to the config; both texts. What the AWS CLI reads stays the
/// same: it prefers the value in the credentials file, so a value in the config is replaced.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: a text can't be parsed, or the config could not hold a value. So is a move
/// that the AWS CLI would notice: of a value of several lines, or to a config whose `[DEFAULT]` has more to say.
pub fn move_settings(config: &str, credentials: &str, moves: &[(&str, &[String])]) -> Result<(String, String)> {
    let (to, from) = (index(config, FileKind::Config)?, index(credentials, FileKind::Credentials)?);
    let (mut into, mut out, mut added) = (Vec::new(), Vec::new(), Zeroizing::new(config.to_owned()));
    let mut missing = Vec::new();
    for (profile, keys) in moves {
        let parts = parts(&from, profile)?;
        let mut settings: Vec<(&str, &str)> = Vec::new();
        for key in *keys {
            let entries: Vec<&Entry> =
                parts.iter().flat_map(|part| &part.entries).filter(|entry| entry.is(credentials, key)).collect();
            let Some(last) = entries.last() else { continue };
            let (start, end) = last.line.value_span(credentials);
            let value = cut(credentials, start, end);
            check(key, value)?;
            settings.push((key, value));
            out.extend(entries.iter().flat_map(|entry| entry.lines()).map(|lines| (lines, String::new())));
        }
        if settings.is_empty() {
            continue;
        }
        if to.bodies(SectionKind::Profile, profile).is_empty() {
            missing.push((*profile, settings));
            continue;
        }
        into.extend(placed(config, &self::parts(&to, profile)?, &settings));
    }
    if !into.is_empty() {
        added = apply(config, into);
    }
    for (profile, settings) in missing {
        added = Zeroizing::new(add_profile(&added, FileKind::Config, profile, &settings)?);
    }
    let mut rest = apply(credentials, out);
    if everything(&added, &rest)? != everything(config, credentials)? {
        return Err(Error::config("settings can't be moved from the credentials file to the config")
            .cause("the AWS CLI would read something else then")
            .hint("move them with an editor"));
    }
    Ok((std::mem::take(&mut *added), std::mem::take(&mut *rest)))
}

/// All that both files say.
fn everything(config: &str, credentials: &str) -> Result<Vec<(String, BTreeMap<String, Value>)>> {
    let path = Path::new("the file");
    let profiles = Profiles::parse(Some((path, config.to_owned())), Some((path, credentials.to_owned())))?;
    let settings = |name: &str| {
        let profile = profiles.section(SectionKind::Profile, name);
        let settings = profile.iter().flat_map(Profile::settings);
        settings.map(|(key, value)| (key.to_owned(), value.clone())).collect()
    };
    Ok(profiles.names().into_iter().map(|name| (name.clone(), settings(&name))).collect())
}

/// The changes that set these keys in a profile.
fn placed(text: &str, parts: &[Part], settings: &[(&str, &str)]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut new: Option<Change> = None;
    for (key, value) in settings {
        let all = || parts.iter().rev().flat_map(|part| part.entries.iter().rev());
        let Some(entry) = all().find(|entry| entry.is(text, key)) else {
            let Some(last) = parts.last() else { continue };
            match &mut new {
                None => new = Some(insert(text, last, key, value)),
                Some((_, lines)) => {
                    let (_, line) = insert(text, last, key, value);
                    lines.push_str(line.trim_start_matches(['\n', '\r']));
                }
            }
            continue;
        };
        changes.extend(replace(text, entry, value));
    }
    changes.extend(new);
    changes
}

/// A piece of the text and what replaces it.
pub type Change = (Range<usize>, String);

/// A section of the profile that is edited.
struct Part {
    /// Where the line after the header starts.
    body: usize,
    entries: Vec<Entry>,
    /// The white space in front of the next header.
    next_indent: String,
}

/// A setting: the line of its key and those that continue its value.
struct Entry {
    line: Line,
    more: Vec<Line>,
}

impl Entry {
    fn is(&self, text: &str, key: &str) -> bool {
        self.line.key(text).to_lowercase() == key
    }

    fn lines(&self) -> impl Iterator<Item = Range<usize>> {
        [&self.line].into_iter().chain(&self.more).map(|line| line.start..line.next)
    }
}

/// The line break that a text uses.
pub fn line_break(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        None if text.contains('\r') => "\r",
        _ => "\n",
    }
}

fn index(text: &str, kind: FileKind) -> Result<File> {
    File::new(kind, Arc::from(Path::new("the file")), Zeroizing::new(text.to_owned()))
}

fn parts(file: &File, profile: &str) -> Result<Vec<Part>> {
    let bodies = file.bodies(SectionKind::Profile, profile);
    if bodies.is_empty() {
        return Err(Error::config(format!("no profile {profile} in this file")));
    }
    Ok(bodies.into_iter().map(|(body, number)| part(file.text(), body, number)).collect())
}

fn part(text: &str, body: usize, number: u32) -> Part {
    let mut part = Part { body, entries: Vec::new(), next_indent: String::new() };
    for line in Lexer::body(text, body, number).map_while(std::result::Result::ok) {
        match line.kind {
            LineKind::Key(_) => part.entries.push(Entry { line, more: Vec::new() }),
            LineKind::Continuation => part.entries.last_mut().into_iter().for_each(|entry| entry.more.push(line)),
            LineKind::Blank | LineKind::Comment => {}
            LineKind::Header(_) => {
                line.indent(text).clone_into(&mut part.next_indent);
                break;
            }
        }
    }
    part
}

fn replace(text: &str, entry: &Entry, value: &str) -> Vec<Change> {
    let (start, end) = entry.line.value_span(text);
    let spaced = cut(text, entry.line.key_end(text), start);
    let lead = if start == end && spaced.starts_with(char::is_whitespace) && !spaced.ends_with(char::is_whitespace) {
        " "
    } else {
        ""
    };
    let mut changes = vec![(start..end, format!("{lead}{value}"))];
    changes.extend(entry.more.iter().map(|line| (line.start..line.next, String::new())));
    changes
}

/// A new line is indented like the setting above it, or like the next header if there is none. With another indent
/// one of them would be read as a part of the other's value.
fn insert(text: &str, part: &Part, key: &str, value: &str) -> Change {
    let (at, indent, sign) = match part.entries.last() {
        Some(entry) => {
            let at = entry.more.last().unwrap_or(&entry.line).next;
            let tight = cut(text, entry.line.key_end(text), entry.line.value_span(text).0) == "=";
            (at, entry.line.indent(text), if tight { "=" } else { " = " })
        }
        None => (part.body, part.next_indent.as_str(), " = "),
    };
    let eol = line_break(text);
    let open = if cut(text, 0, at).ends_with(['\n', '\r']) { "" } else { eol };
    (at..at, format!("{open}{indent}{key}{sign}{value}{eol}"))
}

/// Makes all changes; they don't overlap.
pub fn apply(text: &str, mut changes: Vec<Change>) -> Zeroizing<String> {
    changes.sort_by_key(|(place, _)| place.start);
    let room = text.len() + changes.iter().map(|(_, new)| new.len()).sum::<usize>();
    let mut out = Zeroizing::new(String::with_capacity(room));
    let mut at = 0;
    for (place, new) in changes {
        out.push_str(cut(text, at, place.start));
        out.push_str(&new);
        at = place.end;
    }
    out.push_str(cut(text, at, text.len()));
    out
}

fn check(key: &str, value: &str) -> Result<()> {
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b)) {
        return Err(Error::config(format!("{key:?} is no name of a setting")));
    }
    if trim(value) != value || value.contains(['\n', '\r']) {
        return Err(Error::config(format!("an AWS file can't hold this value of {key}"))
            .cause("it has a line break, or white space at an end"));
    }
    Ok(())
}

/// Parses the result and checks that the values are those that were meant.
fn verified(mut text: Zeroizing<String>, kind: FileKind, profile: &str, want: &[(&str, &str)]) -> Result<String> {
    says(&index(&text, kind)?, SectionKind::Profile, profile, want)?;
    Ok(std::mem::take(&mut text))
}

/// Checks that a file has a section with these settings.
fn says(file: &File, kind: SectionKind, name: &str, want: &[(&str, &str)]) -> Result<()> {
    let settings = file.settings(kind, name);
    let is = |key: &str, value: &str| {
        settings.iter().flatten().rfind(|setting| setting.key == key).is_some_and(|setting| match &setting.value {
            Value::Text(text) => text == value,
            Value::Secret(secret) => secret.expose() == value,
            Value::Nested(_) => false,
        })
    };
    if settings.is_some() && want.iter().all(|(key, value)| is(key, value)) {
        return Ok(());
    }
    Err(Error::config(format!("the name {name:?} can't stand in this file")))
}
