//! Changes to the AWS files: the result reads as it was meant, all other settings read as before, and no other line is
//! changed.

use std::collections::BTreeMap;
use std::path::Path;

use awsx::profile::edit::{add_profile, move_settings, put_profile, remove_profile, remove_value, set_value};
use awsx::profile::sheet::{Heading, Sheet};
use awsx::profile::{FileKind, Profile, Profiles, SectionKind, Value};
use zeroize::Zeroizing;

use super::config_reader::read;
use super::{choices, pick};

const NAMES: [&str; 8] = ["new", "a b", "default", "ü", "x]y", "#z", "DEFAULT", "it's"];
const KEYS: [&str; 5] = ["region", "new_key", "s3", "aws_secret_access_key", "k"];
const VALUES: [&str; 7] = ["", "v", "a = b # c", "[x]", "ü;", "\"'\\", "#"];

type All = BTreeMap<(String, String), Value>;

/// The first bytes say what is done, to which profile and key, and with which value; the rest is the file.
pub fn holds(data: &[u8]) {
    let ([what, kind, profile, key, value], rest) = choices(data);
    let kind = if kind % 2 == 0 { FileKind::Config } else { FileKind::Credentials };
    let text = super::text(rest);
    let Some(profiles) = read(&text, kind) else {
        assert!(set_value(&text, kind, "default", "k", "v").is_err(), "what can't be read is left alone");
        assert!(remove_value(&text, kind, "default", "k").is_err() && add_profile(&text, kind, "x", &[]).is_err());
        return;
    };
    // What is to be changed or removed is there; what is put may be.
    let new: &[&str] = if [2, 4].contains(&(what % 6)) { &NAMES } else { &[] };
    let names: Vec<String> = profiles.names().into_iter().chain(new.iter().map(|name| (*name).to_owned())).collect();
    let Some(name) = pick(&names, profile) else { return moves(&text) };
    let known = own(&profiles, name);
    let can_be_set = |key: &String| key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let keys = known.keys().map(|(_, key)| key.clone()).filter(can_be_set);
    let keys: Vec<String> = keys.chain(KEYS.map(str::to_owned)).collect();
    let (Some(key), Some(value)) = (pick(&keys, key), pick(&VALUES, value)) else { return };
    let before = everything(&profiles);
    match what % 6 {
        0 => {
            let new = set_value(&text, kind, name, key, value).expect("it is there");
            assert_others(&before, &after(&new, kind), name, Some(key));
            assert_eq!(own(&read(&new, kind).expect("readable"), name).get(&pair(name, key)), Some(&said(key, value)));
            assert_lines(&text, &new, kind, name, key);
        }
        1 => {
            let new = remove_value(&text, kind, name, key).expect("it is there");
            assert_others(&before, &after(&new, kind), name, Some(key));
            assert_lines(&text, &new, kind, name, key);
            assert_eq!(remove_value(&new, kind, name, key).as_deref(), Ok(&*new), "nothing of it is left");
        }
        2 => {
            let Ok(new) = add_profile(&text, kind, name, &[("region", "r")]) else { return };
            assert!(new.starts_with(&text), "{new:?}");
            assert_others(&before, &after(&new, kind), name, None);
            let added = read(&new, kind).expect("readable").get(name).expect("added");
            assert_eq!(added.get("region"), Some("r"));
        }
        3 => {
            let Ok(new) = remove_profile(&text, kind, name) else { return };
            assert_others(&before, &after(&new, kind), name, None);
            assert!(!read(&new, kind).expect("readable").contains(name), "{name:?}");
        }
        4 => {
            let Ok(new) = put_profile(&text, kind, name, &[("region", "r"), ("k", value)], &[]) else { return };
            assert_others(&before, &after(&new, kind), name, None);
            let put = read(&new, kind).expect("readable").get(name).expect("put");
            assert_eq!((put.get("region"), put.get("k")), (Some("r"), Some(*value)));
        }
        _ => moves(&text),
    }
}

/// The two halves of the text as config and credentials: moving settings from one to the other changes nothing of what is
/// read from both.
fn moves(text: &str) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (config, credentials) = lines.split_at(lines.len() / 2);
    let (config, credentials) = (config.concat(), credentials.concat());
    let both = |config: &str, credentials: &str| {
        Profiles::parse(
            Some((Path::new("config"), config.into())),
            Some((Path::new("credentials"), credentials.into())),
        )
    };
    let Ok(profiles) = both(&config, &credentials) else { return };
    let Some(from) = read(&credentials, FileKind::Credentials) else { return };
    let keys = ["region", "role_arn", "k"].map(str::to_owned);
    let moved: Vec<(String, &[String])> = from.names().into_iter().map(|name| (name, keys.as_slice())).collect();
    let moved: Vec<(&str, &[String])> = moved.iter().map(|(name, keys)| (name.as_str(), *keys)).collect();
    let Ok((config, credentials)) = move_settings(&config, &credentials, &moved) else { return };
    let after = both(&config, &credentials).expect("both can be read");
    assert_eq!(everything(&after), everything(&profiles), "{config:?} {credentials:?}");
}

fn pair(name: &str, key: &str) -> (String, String) {
    (name.to_owned(), key.to_owned())
}

fn said(key: &str, value: &str) -> Value {
    match key {
        "aws_secret_access_key" | "aws_session_token" | "aws_security_token" => {
            Value::Secret(awsx::base::secret::Secret::new(value.into()))
        }
        _ => Value::Text(value.into()),
    }
}

/// What a profile itself sets, without what it includes.
fn own(profiles: &Profiles, name: &str) -> All {
    let profile = profiles.section(SectionKind::Profile, name);
    profile.iter().flat_map(Profile::settings).map(|(key, value)| (pair(name, key), value.clone())).collect()
}

fn everything(profiles: &Profiles) -> All {
    profiles.names().iter().flat_map(|name| own(profiles, name)).collect()
}

fn after(text: &str, kind: FileKind) -> All {
    everything(&read(text, kind).expect("the result can be read"))
}

/// Nothing but this key of this profile, or this profile, reads otherwise.
fn assert_others(before: &All, after: &All, name: &str, key: Option<&str>) {
    let others = |all: &All| -> All {
        let ours = |(of, what): &(String, String)| of == name && key.is_none_or(|key| what == key);
        all.iter().filter(|(pair, _)| !ours(pair)).map(|(pair, value)| (pair.clone(), value.clone())).collect()
    };
    assert_eq!(others(after), others(before));
}

/// Every line that holds no part of the key is still there, and no other line is new.
fn assert_lines(before: &str, after: &str, kind: FileKind, name: &str, key: &str) {
    // A carriage return alone and a line feed alone become one break when what is between them goes.
    if before.replace("\r\n", "").contains('\r') {
        return;
    }
    let (kept, all) = (outside(before, kind, name, key), lines(after));
    assert!(is_within(&kept, &all), "{kept:?} in {all:?}");
    let (kept, all) = (outside(after, kind, name, key), lines(before));
    assert!(is_within(&kept, &all), "{kept:?} in {all:?}");
}

fn outside(text: &str, kind: FileKind, name: &str, key: &str) -> Vec<String> {
    let sheet = Sheet::new(kind, Path::new("file"), Zeroizing::new(text.to_owned()));
    let ours = |heading: &Heading| matches!(heading, Heading::Named(SectionKind::Profile, of) if of == name);
    let mut rest = String::new();
    let mut at = 0;
    for entry in sheet.blocks.iter().filter(|block| ours(&block.heading)).flat_map(|block| &block.entries) {
        if sheet.cut(&entry.key).to_lowercase() == key {
            rest.push_str(sheet.cut(&(at..entry.span.start)));
            at = entry.span.end;
        }
    }
    rest.push_str(sheet.cut(&(at..text.len())));
    lines(&rest)
}

/// The lines with their breaks; the last one may have got its break by the edit.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut() {
        last.truncate(last.trim_end_matches(['\r', '\n']).len());
    }
    lines
}

/// Whether all of `few` are among `many`, in their order.
fn is_within(few: &[String], many: &[String]) -> bool {
    let mut many = many.iter().map(|line| line.trim_end_matches(['\r', '\n']));
    few.iter().all(|line| many.any(|other| other == line.trim_end_matches(['\r', '\n'])))
}
