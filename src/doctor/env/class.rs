//! Whose the credentials in an environment are: seven classes, each with words for a person and what to do. Pure.

use serde::Serialize;

use crate::base::env::Env;
use crate::base::time::{Timestamp, show_left};
use crate::base::vars;
use crate::plan::SessionKey;
use crate::profile::persisted;
use crate::profile::{Profiles, nearest};
use crate::session::mark::Mark;

/// Variables that name the profile of the credentials beside them, those that come with credentials first. awsume sets
/// the last but two.
const NAMES: [&str; 5] =
    [vars::AWSX_PROFILE, vars::AWS_VAULT, "AWSUME_PROFILE", vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];

/// Variables that select a profile where there are no credentials, in the order of the AWS CLI v2.
const SELECTORS: [&str; 2] = [vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];

/// What an environment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Neither credentials nor a profile.
    None,
    /// A profile is selected; there are no credentials.
    SelectorOnly,
    /// The credentials are the very ones that a profile has or that awsx keeps for it.
    Mirrored,
    /// A session of a profile, and not the one that is kept for it.
    OtherSession,
    /// A long-lived key of a profile that has another one by now.
    RotatedKey,
    /// The credentials name a profile that doesn't exist, or that has nothing to compare them with.
    Orphan,
    /// Credentials that neither name a profile nor belong to one.
    Unnamed,
}

/// A session that awsx keeps.
#[derive(Debug, Clone)]
pub struct KeptSession {
    /// Its name in the cache.
    pub key: SessionKey,
    /// The profile that it was made for. Others that ask for the same share it.
    pub profile: String,
    /// Its access key ID.
    pub id: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// What awsx keeps.
pub struct Kept<'a> {
    /// The access key ID of a profile's keys in the keychain.
    pub key_of: &'a dyn Fn(&str) -> Option<String>,
    /// The sessions in the cache.
    pub sessions: &'a [KeptSession],
}

/// What an environment holds, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which of the seven.
    pub class: Class,
    /// The profile that is named, else the one that the credentials belong to.
    pub profile: Option<String>,
    /// The variable that names it.
    pub named_by: Option<&'static str>,
    /// The access key ID, if there are credentials.
    pub access_key_id: Option<String>,
    /// Whether they are short-lived.
    pub is_session: bool,
    /// When they end, where the environment says so.
    pub expires: Option<Timestamp>,
    /// What it is, in one line.
    pub summary: String,
    /// What else there is to say, a line each.
    pub notes: Vec<String>,
    /// What to do, where something is wrong.
    pub advice: Option<String>,
}

impl Report {
    /// The whole report: the summary, the notes, the advice.
    pub fn lines(&self) -> Vec<String> {
        let advice = self.advice.iter().map(|advice| format!("→ {advice}"));
        [self.summary.clone()].into_iter().chain(self.notes.iter().cloned()).chain(advice).collect()
    }
}

/// An access key ID by its ends. It is no secret, but a secret may stand where it should be.
pub fn masked(id: &str) -> String {
    let chars: Vec<char> = id.chars().collect();
    let part = |range: std::ops::Range<usize>| chars.get(range).unwrap_or_default().iter().collect::<String>();
    match chars.len() {
        0..5 => "…".into(),
        5..12 => part(0..4) + "…",
        length => part(0..4) + "…" + &part(length - 4..length),
    }
}

/// The credentials in an environment.
struct Held<'a> {
    id: &'a str,
    is_session: bool,
    expires: Option<Timestamp>,
    /// The variable and its value.
    named: Option<(&'static str, &'a str)>,
    /// The name in the cache, where awsx has set them.
    key: Option<SessionKey>,
}

impl<'a> Held<'a> {
    fn of(env: &'a Env) -> Option<Self> {
        let id = env.get(vars::AWS_ACCESS_KEY_ID)?;
        env.get(vars::AWS_SECRET_ACCESS_KEY)?;
        let mark = Mark::of(env);
        // awsx's variables count only together with the credentials that they were set with.
        let ours = mark.as_ref().is_none_or(|mark| mark.access_key_id == id);
        let expires = env.get(vars::AWSX_EXPIRES).and_then(|text| text.parse().ok().map(Timestamp));
        let written = || Timestamp::parse_rfc3339(env.get(vars::AWS_CREDENTIAL_EXPIRATION)?).ok();
        let of_ours = |name: &str| ours || ![vars::AWSX_PROFILE, vars::AWS_VAULT].contains(&name);
        let token = [vars::AWS_SESSION_TOKEN, "AWS_SECURITY_TOKEN"];
        Some(Held {
            id,
            is_session: env.first(&token).is_some() || id.starts_with("ASIA"),
            expires: expires.filter(|_| ours).or_else(written),
            named: NAMES.into_iter().filter(|name| of_ours(name)).find_map(|name| Some((name, env.get(name)?))),
            key: mark.filter(|_| ours).and_then(|mark| mark.key),
        })
    }
}

/// Says whose the credentials in `env` are.
pub fn classify(env: &Env, profiles: &Profiles, kept: &Kept, now: Timestamp) -> Report {
    let mut report = match Held::of(env) {
        Some(held) => compared(&held, profiles, kept, now),
        None => selected(env, profiles),
    };
    if let Some(expires) = report.expires {
        let left = expires.seconds_left(now);
        if left > 0 {
            report.notes.insert(0, format!("{} left (until {expires})", show_left(left)));
        } else {
            report.notes.insert(0, format!("they expired at {expires}; AWS refuses them"));
        }
    }
    report.notes.extend(beside(env));
    report
}

/// An environment without credentials.
fn selected(env: &Env, profiles: &Profiles) -> Report {
    let mut report = Report {
        class: Class::None,
        profile: None,
        named_by: None,
        access_key_id: None,
        is_session: false,
        expires: None,
        summary: "no AWS credentials in this environment".into(),
        notes: Vec::new(),
        advice: None,
    };
    let halves = [vars::AWS_ACCESS_KEY_ID, vars::AWS_SECRET_ACCESS_KEY];
    if let [Some(there), None] | [None, Some(there)] = halves.map(|name| env.get(name).map(|_| name)) {
        let missing = halves.into_iter().find(|name| *name != there).unwrap_or_default();
        report
            .notes
            .push(format!("{there} is set without {missing}, and half a key pair counts as none or is an error"));
        report.advice = Some(format!("unset {there}"));
    }
    if let (Some(via), Some(name)) = (env.get(vars::AWSX_VIA), env.get(vars::AWSX_PROFILE)) {
        report.class = Class::SelectorOnly;
        report.profile = Some(name.into());
        report.named_by = Some(vars::AWSX_PROFILE);
        report.summary = match via {
            "shims" => format!("a session of {name}, which its shims alone get (--via shims)"),
            _ => format!("a session of {name}, which awsx gives to programs over a {via} (--via {via})"),
        };
        report.notes.push("the environment itself holds no credentials".into());
        return report;
    }
    let Some((variable, name)) = SELECTORS.into_iter().find_map(|variable| Some((variable, env.get(variable)?))) else {
        return report;
    };
    report.class = Class::SelectorOnly;
    report.profile = Some(name.into());
    report.named_by = Some(variable);
    if profiles.contains(name) {
        report.summary = format!("{variable} selects {name}; no credentials in this environment");
    } else {
        report.summary = format!("{variable} selects {name}, and there is no such profile");
        report.notes.push(like(profiles, name));
        report.advice = Some(format!("set {variable} to a profile that exists (`awsx list`), or unset {variable}"));
    }
    report
}

/// What is like the name of a profile that doesn't exist.
fn like(profiles: &Profiles, name: &str) -> String {
    if let Some(error) = profiles.mistaken(name) {
        return error.cause.unwrap_or(error.what);
    }
    let names = profiles.names();
    match nearest(&names, name).as_slice() {
        [] => "no profile has a name like it".into(),
        near => format!("similar names: {}", near.join(", ")),
    }
}

/// The credentials of an environment, compared with what there is.
fn compared(held: &Held, profiles: &Profiles, kept: &Kept, now: Timestamp) -> Report {
    let (kind, id) = (if held.is_session { "a session" } else { "long-lived keys" }, masked(held.id));
    let owner = held.owner(profiles, kept);
    let mut report = Report {
        class: Class::Mirrored,
        profile: held.named.map(|(_, name)| name.to_owned()).or_else(|| owner.clone()),
        named_by: held.named.map(|(variable, _)| variable),
        access_key_id: Some(held.id.to_owned()),
        is_session: held.is_session,
        expires: held.expires,
        summary: String::new(),
        notes: Vec::new(),
        advice: None,
    };
    match (held.named, &owner) {
        (Some((_, name)), _) if held.belongs_to(name, profiles, kept) => mirrored(&mut report, name, kind, &id),
        (None, Some(owner)) => mirrored(&mut report, owner, kind, &id),
        (None, None) => {
            report.class = Class::Unnamed;
            report.summary = format!("{kind} ({id}) of no known profile");
            report.advice = (!held.is_session).then(|| "`awsx add PROFILE --env` stores them in the keychain".into());
        }
        (Some((variable, name)), owner) => {
            report.notes.extend(owner.as_ref().map(|owner| format!("in fact {kind} of {owner}")));
            if !profiles.contains(name) {
                report.class = Class::Orphan;
                report.summary = format!("{kind} ({id}) of {name}, and there is no such profile ({variable})");
                report.notes.push(like(profiles, name));
                report.advice = Some("`awsx list` shows the profiles that there are".into());
            } else if held.is_session {
                other_session(&mut report, name, &id, kept, now);
            } else {
                other_keys(&mut report, (variable, name), &id, profiles, kept);
            }
        }
    }
    report
}

fn mirrored(report: &mut Report, name: &str, kind: &str, id: &str) {
    report.summary = format!("{kind} of {name} ({id})");
    if !report.is_session {
        report.notes.push("they don't expire, and every program started here can read them".into());
        report.advice = Some(rather(name));
    }
}

/// What to do about long-lived keys in the environment.
fn rather(name: &str) -> String {
    format!("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY, then `awsx shell {name}`")
}

fn other_session(report: &mut Report, name: &str, id: &str, kept: &Kept, now: Timestamp) {
    report.class = Class::OtherSession;
    report.summary = format!("a session of {name} ({id}), and not the one that is kept for it");
    let ends = kept.sessions.iter().filter(|kept| kept.profile == name).map(|kept| kept.expires.seconds_left(now));
    report.notes.push(match ends.max().filter(|left| *left > 0) {
        Some(left) => format!("the session that awsx keeps for {name} is another one, with {} left", show_left(left)),
        None => format!("awsx keeps no session for {name}, so nothing renews this one"),
    });
    report.advice = Some(format!("`awsx shell {name}` starts a shell with a session that awsx renews"));
}

fn other_keys(report: &mut Report, named: (&str, &str), id: &str, profiles: &Profiles, kept: &Kept) {
    let (variable, name) = named;
    let base = base_of(name, profiles, kept);
    if let Some(current) = own_key(&base, profiles, kept) {
        report.class = Class::RotatedKey;
        report.summary = format!("a long-lived key ({id}) that {name} doesn't have");
        let whose = if base == name { base } else { format!("{base}, which {name} starts from,") };
        report.notes.push(format!("the key of {whose} is {}: this one was probably rotated away", masked(&current)));
        report.advice = Some(rather(name));
    } else {
        report.class = Class::Orphan;
        report.summary = format!("long-lived keys ({id}) beside {variable}={name}");
        report.notes.push(format!("{name} has no keys to compare them with"));
        report.advice = Some(format!("`awsx add {name} --env` stores them in the keychain"));
    }
}

impl Held<'_> {
    /// Whether these are the credentials that profile `name` has or leads to.
    fn belongs_to(&self, name: &str, profiles: &Profiles, kept: &Kept) -> bool {
        let of_ours =
            |kept: &&KeptSession| kept.id == self.id && (kept.profile == name || Some(&kept.key) == self.key.as_ref());
        if !profiles.contains(name) {
            return false;
        }
        kept.sessions.iter().find(of_ours).is_some()
            || self.is_of(name, profiles, kept)
            || persisted::ENDS.iter().any(|end| self.is_of(&format!("{name}{end}"), profiles, kept))
            || (!self.is_session && self.is_of(&base_of(name, profiles, kept), profiles, kept))
    }

    /// Whether the profile itself has these keys, in the files or in the keychain.
    fn is_of(&self, name: &str, profiles: &Profiles, kept: &Kept) -> bool {
        let in_files = || profiles.get(name).and_then(|profile| profile.static_keys());
        (kept.key_of)(name).as_deref() == Some(self.id) || in_files().is_some_and(|keys| keys.access_key_id == self.id)
    }

    /// The profile that these are the credentials of.
    fn owner(&self, profiles: &Profiles, kept: &Kept) -> Option<String> {
        let session = kept.sessions.iter().find(|kept| kept.id == self.id).map(|kept| kept.profile.clone());
        session.or_else(|| profiles.names().into_iter().find(|name| self.is_of(name, profiles, kept)))
    }
}

/// The profile that the chain of `name` starts from.
fn base_of(name: &str, profiles: &Profiles, kept: &Kept) -> String {
    let way = profiles.way(name, |name| (kept.key_of)(name).is_some());
    way.and_then(|way| Some(way.first()?.profile.name.clone())).unwrap_or_else(|| name.to_owned())
}

/// The access key ID of a profile's own long-lived keys.
fn own_key(name: &str, profiles: &Profiles, kept: &Kept) -> Option<String> {
    let in_files =
        || profiles.get(name)?.static_keys().filter(|keys| !keys.is_session()).map(|keys| keys.access_key_id);
    (kept.key_of)(name).or_else(in_files)
}

/// What other variables say beside the credentials.
fn beside(env: &Env) -> Vec<String> {
    let mut notes = Vec::new();
    let mut pair = |first: &str, second: &str| match (env.get(first), env.get(second)) {
        (Some(a), Some(b)) if a != b => {
            notes.push(format!("{first} says {a} and {second} says {b}: tools choose differently"));
        }
        _ => {}
    };
    pair(vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE);
    pair(vars::AWS_REGION, vars::AWS_DEFAULT_REGION);
    let regions = [vars::AWS_REGION, vars::AWS_DEFAULT_REGION];
    if let Some((variable, region)) = regions.into_iter().find_map(|name| Some((name, env.get(name)?))) {
        notes.push(format!("region {region} ({variable})"));
    }
    notes
}

#[cfg(test)]
mod tests;
