//! What the checks of profiles stand on, and how a finding points at a line of one. Pure.

use std::collections::BTreeSet;

use super::checks;
use super::finding::{Check, Finding, said};
use super::mend::Mend;
use crate::base::env::Env;
use crate::base::time::Timestamp;
use crate::plan;
use crate::profile::{Broken, Profile, Profiles, Wrong};

/// What the checks of profiles depend on.
pub struct Around<'a> {
    /// The profiles of both files, without the lines that can't be read.
    pub profiles: &'a Profiles,
    /// The profiles whose keys the keychain holds, as far as that is known.
    pub stored: &'a BTreeSet<String>,
    /// Whether it is known for certain, so that the keychain has no others.
    pub listed: bool,
    /// The environment.
    pub env: &'a Env,
    /// The time.
    pub now: Timestamp,
}

impl Around<'_> {
    /// Whether the keychain holds keys of that profile.
    pub fn is_stored(&self, name: &str) -> bool {
        self.stored.contains(name)
    }
}

/// A finding at the line of a key.
pub fn at(profile: &Profile, key: &str, check: Check, what: impl Into<String>) -> Finding {
    let finding = Finding::new(check, what);
    match profile.line(key) {
        Some((file, line)) => Finding { line: Some(line), ..finding.file(file) },
        None => finding,
    }
}

/// A fault that a plan fails with as well.
pub fn broken(fault: &Broken) -> Finding {
    let check = match fault.wrong {
        Wrong::SourceLoop => checks::SOURCE_LOOP,
        Wrong::MissingSource => checks::MISSING_SOURCE,
        Wrong::NoSource => checks::ROLE_WITHOUT_SOURCE,
        Wrong::TwoSources => checks::TWO_SOURCES,
        Wrong::UnknownSource => checks::BAD_VALUE,
        Wrong::IncludeLoop => checks::INCLUDE_LOOP,
        Wrong::MissingInclude => checks::MISSING_INCLUDE,
        Wrong::NoRole => checks::TOKEN_WITHOUT_ROLE,
        Wrong::HalfPair => checks::HALF_KEY_PAIR,
    };
    let cause = fault.cause.as_ref().filter(|cause| !cause.is_empty());
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    let what = format!("profile {} {}{cause}", said(&fault.profile.name), fault.says);
    let pick = matches!(fault.wrong, Wrong::MissingSource | Wrong::NoSource);
    let mend = pick.then(|| Mend::Source { profile: fault.profile.name.clone() });
    let finding = at(&fault.profile, fault.key, check, what).mend(mend);
    match &fault.hint {
        Some(hint) => finding.fix(&**hint),
        None => finding,
    }
}

/// What is wrong with an endpoint URL.
pub fn endpoint(url: &str) -> Option<(Check, String, &'static str)> {
    if plan::endpoint::check_url(url, "it").is_err() {
        let what = "this is not a URL that AWS can be called at";
        return Some((checks::BAD_VALUE, what.into(), "write it like https://host:port, without user and password"));
    }
    let at = crate::ports::Endpoint { url: Some(url.to_owned()), ..crate::ports::Endpoint::default() };
    at.open_url().map(|url| {
        let what =
            format!("{} is not encrypted: anybody on the network path can read and change what is sent", said(url));
        (checks::OPEN_ENDPOINT, what, "write it with https://")
    })
}
