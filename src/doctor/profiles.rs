//! The profiles as a whole: where their credentials come from, what they refer to, and values that only make sense
//! together. Pure.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::around::{Around, at, broken, endpoint};
use super::finding::{Check, Finding, said};
use super::loops;
use super::{Files, checks};
use crate::aws::arn::Arn;
use crate::base::error::Error;
use crate::base::vars;
use crate::plan;
use crate::profile::persisted;
use crate::profile::sheet::{Heading, Sheet};
use crate::profile::{FileKind, OwnKeys, Profile, SectionKind, a_few, is_account, nearest, words};
use crate::sources::plaintext;

/// For how many missing names similar ones are looked for. Looking through all names takes time.
const MOST_LOOKED_FOR: usize = 50;

/// Checks every profile.
pub fn check(around: &Around, files: &Files, found: &mut Vec<Finding>) {
    let names = around.profiles.names();
    let near = Near { names: &names, looked_for: RefCell::default() };
    let all: Vec<Profile> = names.iter().filter_map(|name| around.profiles.get(name)).collect();
    let mut used = HashSet::new();
    let templates: HashSet<&str> =
        all.iter().filter_map(|profile| profile.get("include_profile")).chain(["default"]).collect();
    for profile in &all {
        let faults = around.profiles.faults(profile, |name| around.is_stored(name), &|name| near.in_words(name));
        found.extend(faults.iter().map(broken));
        // What it includes is judged where it stands.
        let includes = profile.has("include_profile");
        let own = includes.then(|| around.profiles.section(SectionKind::Profile, &profile.name)).flatten();
        let own = own.unwrap_or_else(|| profile.clone());
        references(around, &own, &mut used, found);
        values(around, &own, found);
        plaintext_keys(around, &own, &names, files, found);
        if around.listed
            && around.profiles.has_nothing(profile, |name| around.is_stored(name))
            && !templates.contains(profile.name.as_str())
        {
            found.push(no_credentials(around, profile));
        }
    }
    found.extend(no_region(around, &all));
    loops::check(around, &all, found);
    unused(files, &used, found);
}

/// Looks for similar names, a limited number of times.
struct Near<'a> {
    names: &'a [String],
    looked_for: RefCell<HashMap<String, String>>,
}

impl Near<'_> {
    fn in_words(&self, name: &str) -> String {
        let mut known = self.looked_for.borrow_mut();
        if let Some(words) = known.get(name) {
            return words.clone();
        }
        if known.len() >= MOST_LOOKED_FOR || name.len() > 200 {
            return String::new();
        }
        let words = match nearest(self.names, name).as_slice() {
            [] => String::new(),
            [one] => format!("the nearest name is {one}"),
            several => format!("the nearest names are {}", several.join(", ")),
        };
        known.insert(name.to_owned(), words.clone());
        words
    }
}

/// `sso_session` and `services`: whether there is such a section.
fn references(around: &Around, profile: &Profile, used: &mut HashSet<(SectionKind, String)>, found: &mut Vec<Finding>) {
    let kinds: [(&str, SectionKind, &str, Check); 2] = [
        ("sso_session", SectionKind::SsoSession, "sso-session", checks::MISSING_SSO_SESSION),
        ("services", SectionKind::Services, "services", checks::MISSING_SERVICES),
    ];
    for (key, kind, word, check) in kinds {
        let Some(name) = profile.get(key).filter(|name| !name.is_empty()) else { continue };
        used.insert((kind, name.to_owned()));
        if around.profiles.section(kind, name).is_none() {
            let name = said(name);
            let what = format!("there is no [{word} {name}], so the profile can't be used");
            found.push(at(profile, key, check, what).fix(format!("add [{word} {name}], or correct {key}")));
        } else if kind == SectionKind::SsoSession
            && let Some(error) = plan::source::sso_fault(around.env, around.profiles, profile)
        {
            found.push(told(profile, key, &error));
        }
    }
    if !profile.has("sso_session")
        && let Some(key) = ["sso_start_url", "sso_account_id", "sso_role_name"].into_iter().find(|key| profile.has(key))
        && let Some(error) = plan::source::sso_fault(around.env, around.profiles, profile)
    {
        found.push(told(profile, key, &error));
    }
}

/// A finding that says what an error says.
fn told(profile: &Profile, key: &str, error: &Error) -> Finding {
    let finding = at(profile, key, checks::INCOMPLETE_SSO, error.brief());
    match &error.hint {
        Some(hint) => finding.fix(&**hint),
        None => finding,
    }
}

/// Sections that no profile refers to.
fn unused(files: &Files, used: &HashSet<(SectionKind, String)>, found: &mut Vec<Finding>) {
    for sheet in files.each() {
        for block in &sheet.blocks {
            if let Heading::Named(kind @ (SectionKind::SsoSession | SectionKind::Services), name) = &block.heading
                && !used.contains(&(*kind, name.clone()))
            {
                found.push(unused_section(sheet, *kind, name, block.line));
            }
        }
    }
}

fn unused_section(sheet: &Sheet, kind: SectionKind, name: &str, line: u32) -> Finding {
    let (word, key) =
        if kind == SectionKind::Services { ("services", "services") } else { ("sso-session", "sso_session") };
    let what = format!("no profile refers to [{word} {}]", said(name));
    let fix = format!("write {key} = {} in the profiles that it is for, or remove it", said(name));
    Finding::new(checks::UNUSED_SECTION, what).at(&sheet.path, line).fix(fix)
}

/// Values that are checked where they are used.
fn values(around: &Around, profile: &Profile, found: &mut Vec<Finding>) {
    let mut bad = |key: &str, fix: String| {
        let value = match profile.get(key) {
            Some("") => "empty".into(),
            Some(value) => said(value),
            None => "nested".into(),
        };
        let check =
            if ["role_arn", "mfa_serial", "mfa_arn"].contains(&key) { checks::BAD_ARN } else { checks::BAD_VALUE };
        found.push(at(profile, key, check, format!("{key} of {} can't be {value}", said(&profile.name))).fix(fix));
    };
    for (key, error) in plan::role::faults(profile).into_iter().chain(OwnKeys::faults(around.profiles, profile)) {
        let slip = if key == "role_arn" { arn_slip(profile.get(key).unwrap_or_default()) } else { "" };
        bad(key, error.hint.unwrap_or_default() + slip);
    }
    for key in ["mfa_serial", "mfa_arn"] {
        let Some(serial) = profile.get(key).filter(|serial| !serial.is_empty()) else { continue };
        if let Err(wants) = plan::device::check(serial).and_then(|()| is_device(serial)) {
            bad(key, format!("{key} is {wants}"));
        }
    }
    for key in ["credential_process", "mfa_process"] {
        if let Some(Err(why)) = profile.get(key).map(words::split) {
            // The command line isn't shown: it may hold a password or a seed.
            let what = format!("the command line of {key} can't be read: {why}");
            found.push(at(profile, key, checks::BAD_VALUE, what).fix("quote it as for a shell"));
        }
    }
    durations(profile, found);
    endpoints(around, profile, found);
}

/// Whether a serial that is an ARN is that of a virtual device.
fn is_device(serial: &str) -> Result<(), &'static str> {
    let Some(arn) = Arn::parse(serial) else {
        let meant = serial.starts_with("arn:");
        return if meant { Err("an ARN like arn:aws:iam::123456789012:mfa/NAME") } else { Ok(()) };
    };
    let is_user = arn.name("user").is_some();
    match arn.service == "iam" && arn.region.is_empty() && is_account(arn.account) && arn.name("mfa").is_some() {
        true => Ok(()),
        false if is_user => Err("the ARN of a device: this is the ARN of a user; `awsx mfa status` shows the device's"),
        false => Err("an ARN like arn:aws:iam::123456789012:mfa/NAME"),
    }
}

/// What people write instead of the ARN of a role.
fn arn_slip(arn: &str) -> &'static str {
    if arn.contains(":assumed-role/") {
        "; this is the ARN of a session of it"
    } else if arn.contains(":user/") || arn.contains(":mfa/") {
        "; this is no role"
    } else {
        ""
    }
}

fn durations(profile: &Profile, found: &mut Vec<Finding>) {
    let Ok(Some(wanted)) = plan::duration::stated(profile) else { return };
    let kind = if profile.has("role_arn") {
        plan::duration::SessionKind::Role
    } else {
        plan::duration::SessionKind::SessionToken
    };
    if let Err(error) = plan::duration::decide(kind, Some(&wanted), None, false) {
        let key = ["duration_seconds", "sessmax"].into_iter().find(|key| profile.has(key)).unwrap_or_default();
        let what = format!("{key} of {}: {}", said(&profile.name), error.what);
        let limits =
            if profile.has("role_arn") { "15m to 12h for a role" } else { "15m to 36h for a session of a user" };
        found.push(at(profile, key, checks::BAD_VALUE, what).fix(format!("AWS gives {limits}")));
    }
}

fn endpoints(around: &Around, profile: &Profile, found: &mut Vec<Finding>) {
    let services = profile.get("services").and_then(|name| around.profiles.section(SectionKind::Services, name));
    let own = profile.get("endpoint_url").map(|url| (profile.clone(), "endpoint_url".to_owned(), url.to_owned()));
    let nested = services.iter().flat_map(|section| {
        let urls = section
            .settings()
            .filter_map(|(service, _)| Some((service, section.nested(service)?.get("endpoint_url")?)));
        urls.map(|(service, url)| (section.clone(), service.to_owned(), url.clone()))
    });
    for (of, key, url) in own.into_iter().chain(nested) {
        found.extend(endpoint(&url).map(|(check, what, fix)| at(&of, &key, check, what).fix(fix)));
    }
}

/// Keys and sessions that stand in the files.
fn plaintext_keys(around: &Around, profile: &Profile, names: &[String], files: &Files, found: &mut Vec<Finding>) {
    let Some(keys) = profile.static_keys() else { return };
    let place = profile.line("aws_secret_access_key").map(|(file, _)| file);
    if place == Some(files.path(FileKind::Config)) {
        return; // Keys in the config have a finding of their own.
    }
    let name = said(&profile.name);
    if !keys.is_session() {
        let what = format!("the keys of {name} stand here in plain text: whatever runs as you can read and copy them");
        let finding = at(profile, "aws_secret_access_key", checks::PLAINTEXT_KEYS, what);
        found.push(finding.fix("`awsx import` moves them into the keychain"));
        return;
    }
    if let Some((key, ends)) = plaintext::ending(profile).filter(|(_, ends)| *ends <= around.now) {
        let what = format!("the session of {name} has expired: its {key} says {ends}");
        let finding = at(profile, key, checks::EXPIRED_SESSION, what);
        found.push(finding.fix("`awsx clear --expired` removes it, or renew it with the program that wrote it"));
    }
    let base = persisted::ENDS.iter().find_map(|end| profile.name.strip_suffix(end));
    if let Some(base) = base.filter(|base| names.binary_search_by(|name| name.as_str().cmp(base)).is_err()) {
        let what = format!("{name} is a session of the profile {}, which is gone", said(base));
        let finding = at(profile, "aws_access_key_id", checks::ORPHANED_SESSION, what);
        found.push(finding.fix("remove the profile"));
    }
}

/// Not [default], which often has settings for all, and not what others include.
fn no_credentials(around: &Around, profile: &Profile) -> Finding {
    let name = said(&profile.name);
    let what =
        format!("profile {name} has nothing that credentials could come from: no keys, no role, no other source");
    let finding = Finding::new(checks::NO_CREDENTIALS, what).fix(format!("`awsx add {name}` stores keys for it"));
    placed(around, profile, finding)
}

/// One finding for all of them, at the first.
fn no_region(around: &Around, all: &[Profile]) -> Option<Finding> {
    let without = loops::without_region(around, all);
    let without: Vec<&Profile> = all.iter().filter(|profile| without.contains(&profile.name)).collect();
    let names: Vec<_> = without.iter().map(|profile| said(&profile.name)).collect();
    let (what, fix) = match names.as_slice() {
        [] => return None,
        [name] => {
            (format!("profile {name} has no region, and neither its sources"), "add a line like region = eu-west-1")
        }
        _ => (
            format!("{} profiles have no region ({}), and neither their sources", names.len(), a_few(&names)),
            "add a line like region = eu-west-1 to each, or to [default] for all",
        ),
    };
    let what = format!("{what}, [default] nor {} say one: commands for most services fail", vars::AWS_REGION);
    Some(placed(around, without.first()?, Finding::new(checks::NO_REGION, what).fix(fix)))
}

/// At the header of the profile.
fn placed(around: &Around, profile: &Profile, finding: Finding) -> Finding {
    match around.profiles.location(&profile.name) {
        Some((file, line)) => Finding { line: Some(line), ..finding.file(file) },
        None => finding,
    }
}
