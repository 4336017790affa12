//! The settings of a file, one by one: keys that nobody knows, that stand in the wrong place, or that have a value they
//! can't have. Pure.

use std::cell::RefCell;
use std::collections::HashMap;

use super::finding::{Check, Finding, said};
use super::keys::{self, Key, Nested, Place, Value};
use super::mend::Mend;
use super::{checks, values};
use crate::profile::sheet::{Block, Entry, Heading, Sheet};
use crate::profile::{FileKind, SectionKind, closest, edit};

/// For how many unknown keys a similar one is looked for. Looking through all keys takes time.
const MOST_LOOKED_FOR: usize = 200;

/// Longest key for which a similar one is looked for.
const LONGEST: usize = 60;

/// What a run has looked for.
#[derive(Default)]
pub struct Speller {
    known: RefCell<HashMap<String, Option<&'static str>>>,
}

impl Speller {
    /// The key that may be meant.
    fn closest(&self, key: &str, among: impl Fn() -> Vec<&'static str>) -> Option<&'static str> {
        if key.len() > LONGEST {
            return None;
        }
        let mut known = self.known.borrow_mut();
        if let Some(found) = known.get(key) {
            return *found;
        }
        if known.len() >= MOST_LOOKED_FOR {
            return None;
        }
        let plain = key.replace(['-', ' ', '.'], "_");
        let among = among();
        let found = among.iter().find(|name| **name == plain).copied().or_else(|| closest(&among, &plain));
        known.insert(key.to_owned(), found);
        found
    }
}

/// Checks a file.
pub fn check(sheet: &Sheet, speller: &Speller, found: &mut Vec<Finding>) {
    for block in &sheet.blocks {
        match &block.heading {
            Heading::Named(SectionKind::Profile, name) => {
                misplaced(sheet, block, name, found);
                section(sheet, block, Section::Profile, speller, found);
            }
            Heading::Defaults => section(sheet, block, Section::Profile, speller, found),
            Heading::Named(SectionKind::SsoSession, _) => section(sheet, block, Section::SsoSession, speller, found),
            Heading::Named(SectionKind::Services, _) => services(sheet, block, speller, found),
            Heading::Other => {}
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Profile,
    SsoSession,
}

impl Section {
    fn has(self, place: Place) -> bool {
        match self {
            Section::Profile => place != Place::SsoSession,
            Section::SsoSession => matches!(place, Place::Sso | Place::SsoSession),
        }
    }

    fn names(self) -> Vec<&'static str> {
        keys::KEYS.iter().filter(|key| self.has(key.place)).map(|key| key.name).collect()
    }
}

fn section(sheet: &Sheet, block: &Block, section: Section, speller: &Speller, found: &mut Vec<Finding>) {
    for entry in &block.entries {
        let key = sheet.cut(&entry.key).to_lowercase();
        match keys::find(&key).filter(|known| section.has(known.place)) {
            Some(known) => value(sheet, entry, known, speller, found),
            None if keys::is_foreign(&key) => {}
            None => found.push(unknown(sheet, block, entry, &key, speller.closest(&key, || section.names()))),
        }
    }
}

/// A key that nobody knows. It is quoted only if it looks like one: it may be a secret with a `=` in it.
fn unknown(sheet: &Sheet, block: &Block, entry: &Entry, key: &str, near: Option<&'static str>) -> Finding {
    let shown = keys::said(key);
    let finding = if let Some(near) = near {
        let there = block.entries.iter().any(|entry| sheet.cut(&entry.key).eq_ignore_ascii_case(near));
        let beside = if there { ", which is set here as well" } else { "" };
        let fix = if there { "remove the line".to_owned() } else { format!("write {near}") };
        let what = format!("nothing reads {shown}; it may be meant for {near}{beside}");
        Finding::new(checks::MISSPELT_KEY, what).fix(fix)
    } else {
        let what = format!("neither awsx nor the AWS CLI and the SDKs know {shown}: they ignore it");
        Finding::new(checks::UNKNOWN_KEY, what)
    };
    finding.at(&sheet.path, entry.line)
}

/// What is wrong with a value.
fn value(sheet: &Sheet, entry: &Entry, key: &Key, speller: &Speller, found: &mut Vec<Finding>) {
    let text = sheet.cut(&entry.value);
    let bad = |check: Check, what: String, fix: String| Finding::new(check, what).at(&sheet.path, entry.line).fix(fix);
    match key.value {
        Value::Nested(of) if text.is_empty() => nested(sheet, entry, of, speller, found),
        Value::Nested(_) => {
            let what = format!("{} can't be a value: its settings stand on indented lines below it", key.name);
            found.push(bad(
                checks::BAD_VALUE,
                what,
                format!("write `{} =`, and `key = value` indented below", key.name),
            ));
        }
        // Not a value on several lines: that has a finding of its own.
        of if entry.more.is_empty() && !text.is_empty() => {
            if let Some(comment) = comment_in(sheet, entry, key) {
                found.push(comment);
            } else if let Some(wants) = values::wrong(of, text) {
                found.push(if of == Value::Region {
                    bad(
                        checks::UNKNOWN_REGION,
                        format!("{} is no region that awsx knows", said(text)),
                        format!("{} is {wants}", key.name),
                    )
                } else {
                    bad(
                        checks::BAD_VALUE,
                        format!("{} can't be {}", key.name, said(text)),
                        wrong_fix(key, text, &wants),
                    )
                });
            }
        }
        _ if text.is_empty() && !entry.more.is_empty() => {
            let what = format!("{} has indented lines below it and no value: the AWS CLI can't use that", key.name);
            found.push(bad(checks::BAD_VALUE, what, format!("write the value of {} on its line", key.name)));
        }
        _ => {}
    }
}

fn wrong_fix(key: &Key, text: &str, wants: &str) -> String {
    let slip = if text.starts_with(['"', '\'']) { "; quotes belong to the value, leave them out" } else { "" };
    format!("{} is {wants}{slip}", key.name)
}

/// A comment behind a value, which the AWS CLI takes for a part of it.
fn comment_in(sheet: &Sheet, entry: &Entry, key: &Key) -> Option<Finding> {
    let text = sheet.cut(&entry.value);
    let at = [" #", " ;", "\t#", "\t;"].iter().filter_map(|sign| text.find(sign)).min()?;
    let (value, comment) = (text.get(..at)?.trim_end(), text.get(at..)?.trim_start());
    let strict = key.value != Value::Any || values::is_one_word(key.name);
    if !strict || value.contains(char::is_whitespace) {
        return None;
    }
    let what = format!("the AWS CLI takes the comment for a part of the value of {}, other SDKs don't", key.name);
    let clear = values::wrong(key.value, value).is_none();
    let above =
        format!("{}{comment}{}", sheet.cut(&(entry.span.start..entry.key.start)), edit::line_break(sheet.text()));
    let changes = vec![
        (entry.span.start..entry.span.start, above),
        (entry.value.start + value.len()..entry.value.end, String::new()),
    ];
    let finding = Finding::new(checks::COMMENT_IN_VALUE, what).at(&sheet.path, entry.line);
    Some(finding.fix("give the comment a line of its own").mend(clear.then_some(Mend::Text(changes))))
}

/// The indented lines below a key.
fn nested(sheet: &Sheet, entry: &Entry, of: Nested, speller: &Speller, found: &mut Vec<Finding>) {
    for more in &entry.more {
        let Some((key, value)) = sheet.cut(&more.text).split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        let parent = keys::said(sheet.cut(&entry.key));
        let finding = match keys::nested(of, key) {
            Some(kind) => values::wrong(kind, value).map(|wants| {
                Finding::new(checks::BAD_VALUE, format!("{key} of {parent} can't be {}", said(value)))
                    .fix(format!("{key} is {wants}"))
            }),
            None if keys::find(&key.to_lowercase()).is_some() => {
                let what = format!("{key} is indented, and so it is read as a setting of {parent}, which has no {key}");
                Some(
                    Finding::new(checks::MISPLACED_NESTED, what)
                        .fix("take its indent away, and move it above or below those of others"),
                )
            }
            None => {
                let near = speller.closest(key, || keys::names_in(of));
                near.map(|near| {
                    let what = format!("nothing reads {} of {parent}; it may be meant for {near}", keys::said(key));
                    Finding::new(checks::MISSPELT_KEY, what).fix(format!("write {near}"))
                })
            }
        };
        found.extend(finding.map(|finding| finding.at(&sheet.path, more.line)));
    }
}

/// `[services x]`: a service on each line, its settings below.
fn services(sheet: &Sheet, block: &Block, speller: &Speller, found: &mut Vec<Finding>) {
    for entry in &block.entries {
        if sheet.cut(&entry.value).is_empty() {
            nested(sheet, entry, Nested::Service, speller, found);
            continue;
        }
        let what = "this can't be a value: a service has its settings on indented lines below it";
        let finding = Finding::new(checks::BAD_VALUE, what).at(&sheet.path, entry.line);
        found.push(finding.fix("write `SERVICE =`, and `endpoint_url = URL` indented below"));
    }
}

/// Settings in the credentials file, and keys in the config.
fn misplaced(sheet: &Sheet, block: &Block, name: &str, found: &mut Vec<Finding>) {
    let known = |entry: &Entry| keys::find(&sheet.cut(&entry.key).to_lowercase());
    let there = |wanted: fn(&Key) -> bool| {
        block.entries.iter().filter_map(move |entry| known(entry).filter(|key| wanted(key)).map(|key| (entry, key)))
    };
    let profile = said(name);
    if sheet.kind == FileKind::Config {
        let is_secret = |key: &Key| key.place == Place::Secret;
        if let Some((entry, _)) = there(is_secret).next() {
            let halves = ["aws_access_key_id", "aws_secret_access_key"];
            let pair = halves.iter().all(|half| there(is_secret).any(|(_, key)| key.name == *half));
            let what = format!(
                "the keys of {profile} stand in the config, which other programs read and people show; their place is the keychain"
            );
            let fix = if pair {
                "`awsx import` moves them there".to_owned()
            } else {
                // Of an incomplete pair it would leave everything.
                format!("take them out; `awsx add {profile}` stores a whole pair")
            };
            found.push(Finding::new(checks::KEYS_IN_CONFIG, what).at(&sheet.path, entry.line).fix(fix));
        }
        return;
    }
    let is_setting = |key: &Key| matches!(key.place, Place::Config | Place::Sso);
    // A header of the config in this file has a finding of its own.
    if ["profile ", "sso-session ", "services "].iter().any(|word| name.starts_with(word)) {
        return;
    }
    let settings: Vec<(&Entry, &Key)> = there(is_setting).collect();
    let Some((first, _)) = settings.first() else { return };
    let role = settings.iter().find(|(_, key)| key.name == "role_arn");
    let names: Vec<&str> = settings.iter().map(|(_, key)| key.name).collect();
    let (check, line, what) = if let Some((entry, _)) = role {
        let what = format!("the role of {profile} stands in the credentials file");
        (checks::ROLE_IN_CREDENTIALS, entry.line, what)
    } else {
        let stand = if names.len() == 1 { "stands" } else { "stand" };
        let what = format!("{} of {profile} {stand} in the credentials file", names.join(", "));
        (checks::SETTING_IN_CREDENTIALS, first.line, what)
    };
    let what = format!("{what}: the AWS CLI reads that there too, not every SDK does");
    let whole = settings.iter().all(|(entry, _)| entry.more.is_empty());
    let keys = names.iter().map(|key| (*key).to_owned()).collect();
    let mend = whole.then(|| Mend::Move { profile: name.to_owned(), keys });
    let fix = format!("move {} to the config", names.join(", "));
    found.push(Finding::new(check, what).at(&sheet.path, line).fix(fix).mend(mend));
}
