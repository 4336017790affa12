//! Which credentials each AWS SDK would take in an environment, and why: the SDKs' own rules, told by this
//! environment and these files. Pure.
//!
//! The rules are those of the SDKs' source code; docs/sdks.md says where each is to be found. A test asks the real
//! AWS CLI v1, boto3 and the SDKs for Go, JavaScript and Rust the same questions (`tests/it/sdks.rs`).

mod botocore;
mod choice;
mod files;
mod go;
mod java;
mod javascript;
mod remarks;
mod rust;
mod sdk;

pub use choice::{Choice, Region, Source};
pub use remarks::{Remark, remarks};
pub use sdk::Sdk;

use std::path::Path;

use crate::base::env::Env;
use crate::base::vars;
use crate::profile::{Profile, Profiles, SectionKind};

/// The first of `names` that is set; an empty one counts if `empty` says so.
fn first<'a>(env: &'a Env, names: &[&'static str], empty: bool) -> Option<(&'static str, &'a str)> {
    names.iter().find_map(|name| {
        let value = env.os(name)?.to_str()?;
        (empty || !value.is_empty()).then_some((*name, value))
    })
}

/// What there is to choose from.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The environment.
    pub env: &'a Env,
    /// The two files.
    pub profiles: &'a Profiles,
    /// The path of the second one, the credentials file.
    pub credentials: Option<&'a Path>,
    /// Whether a file of that name exists.
    pub is_file: &'a dyn Fn(&str) -> bool,
}

/// What a place in the chain of an SDK gives.
enum Found {
    /// These.
    Yes(Source),
    /// None: the next place is tried.
    No,
    /// An error that ends the search.
    Error(String),
}

impl Found {
    fn error(text: impl Into<String>) -> Self {
        Found::Error(text.into())
    }

    /// The next place, where this one gave nothing.
    fn or(self, next: impl FnOnce() -> Found) -> Found {
        match self {
            Found::No => next(),
            found => found,
        }
    }

    fn map(self, change: impl FnOnce(Source) -> Source) -> Found {
        match self {
            Found::Yes(source) => Found::Yes(change(source)),
            other => other,
        }
    }
}

/// What one SDK goes by: all there is, and its profile.
struct Search<'a> {
    sdk: Sdk,
    around: Around<'a>,
    profile: &'a str,
    notes: Vec<String>,
}

/// What `sdk` takes.
pub fn choose(sdk: Sdk, around: Around) -> Choice {
    let selected = first(around.env, sdk.profile_variables(), sdk.takes_empty());
    let profile = selected.map_or("default", |(_, name)| name);
    let mut search = Search { sdk, around, profile, notes: Vec::new() };
    let found = match sdk {
        Sdk::Cli2 | Sdk::Cli1 | Sdk::Boto3 => search.botocore(),
        Sdk::Go | Sdk::Terraform => search.go(),
        Sdk::JavaScript => search.javascript(),
        Sdk::Java => search.java(),
        Sdk::Rust => search.rust(),
    };
    let source = match found {
        Found::Yes(source) => source,
        Found::No => Source::Nothing,
        Found::Error(text) => Source::Error(text),
    };
    search.explain(selected, &source);
    Choice {
        region: search.region(),
        notes: search.notes,
        profile: profile.to_owned(),
        selected_by: selected.map(|(name, _)| name),
        sdk,
        source,
    }
}

impl<'a> Search<'a> {
    fn env(&self, name: &str) -> Option<&'a str> {
        self.around.env.get(name)
    }

    fn get(&self, name: &str) -> Option<Profile> {
        self.around.profiles.get(name)
    }

    fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The first of `names` that is set and more than blanks.
    fn trimmed(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.env(name).map(str::trim).filter(|value| !value.is_empty()))
    }

    /// The keys in the environment, by these names of the ID and of the secret.
    fn environment(&self, ids: &[&str], secrets: &[&str]) -> Found {
        match (self.trimmed(ids), self.trimmed(secrets)) {
            (Some(id), Some(_)) => Found::Yes(Source::Environment(id.into())),
            _ => Found::No,
        }
    }

    /// The container's endpoint, then the instance metadata service.
    fn machine(&self) -> Found {
        self.container().or(|| self.instance())
    }

    fn container(&self) -> Found {
        let uris = [vars::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, vars::AWS_CONTAINER_CREDENTIALS_FULL_URI];
        if self.around.env.first(&uris).is_some() { Found::Yes(Source::Container) } else { Found::No }
    }

    fn instance(&self) -> Found {
        let off = self.env(vars::AWS_EC2_METADATA_DISABLED).is_some_and(|value| match self.sdk {
            Sdk::JavaScript => value != "false",
            _ => value.eq_ignore_ascii_case("true"),
        });
        if off { Found::No } else { Found::Yes(Source::Instance) }
    }

    /// Whether an [sso-session] that the profile names is missing.
    fn lacks_sso_session(&self, profile: &Profile) -> Option<String> {
        let name = profile.get("sso_session")?;
        let there = self.around.profiles.section(SectionKind::SsoSession, name).is_some();
        (!there).then(|| format!("there is no [sso-session {name}]"))
    }

    fn region(&self) -> Option<Region> {
        let empty = self.sdk.takes_empty() || self.sdk == Sdk::JavaScript;
        if let Some((name, value)) = first(self.around.env, self.sdk.region_variables(), empty) {
            return (!value.is_empty()).then(|| Region { name: value.into(), from: name.into() });
        }
        let profile = self.get(self.profile)?;
        let region = profile.get("region").filter(|region| !region.is_empty())?;
        Some(Region { name: region.into(), from: format!("profile {}", self.profile) })
    }

    /// Why it is this source, where another one is there as well.
    fn explain(&mut self, selected: Option<(&'static str, &str)>, source: &Source) {
        let keys = self.env(vars::AWS_ACCESS_KEY_ID).is_some();
        match (source, selected) {
            (Source::Environment(_), Some((variable, _))) => {
                self.note(format!("keys in the environment go before {variable}"));
            }
            (Source::Environment(_) | Source::Error(_), _) => {}
            (_, Some((variable, _))) if keys => self.note(format!("{variable} goes before keys in the environment")),
            _ => {}
        }
        let variables = [vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];
        let unread = variables.into_iter().filter(|name| !self.sdk.profile_variables().contains(name));
        let unread: Vec<&str> = unread.filter(|name| self.env(name).is_some()).collect();
        for name in unread {
            self.note(format!("it doesn't read {name}"));
        }
        if let Source::WebIdentity(true) = source
            && let Some(path) = self.env("AWS_WEB_IDENTITY_TOKEN_FILE")
            && !(self.around.is_file)(path)
        {
            self.note("the token file doesn't exist");
        }
        if source.is_of_profile()
            && let Some(profile) = self.get(self.profile)
            && profile.mfa_serial().is_some()
            && matches!(source, Source::Role(..))
        {
            self.note(match self.sdk {
                Sdk::Cli2 | Sdk::Cli1 | Sdk::Boto3 => "it asks for an MFA code on the terminal",
                _ => "it can't ask for an MFA code, so a role that needs one is refused",
            });
        }
    }
}

/// The keys of a profile, if both halves are there.
fn keys(profile: &Profile) -> Option<Source> {
    profile.static_keys().map(|keys| Source::Keys(keys.access_key_id))
}

/// Whether one half of the keys is there without the other.
fn is_half(profile: &Profile) -> bool {
    profile.has("aws_access_key_id") != profile.has("aws_secret_access_key")
}

/// What is wrong with a profile that isn't there.
fn missing(name: &str) -> String {
    if name.is_empty() { "the name of the profile is empty".into() } else { format!("there is no profile {name}") }
}

/// What is wrong with a profile that has half a key pair.
fn half(name: &str) -> String {
    format!("{name} has half a key pair")
}

#[cfg(test)]
mod tests;
