//! Follows a profile to where its credentials come from. Only the files are known here, no keychain and no network.
//! Pure.

use super::settings::Profile;
use super::{Profiles, find};
use crate::base::error::{Error, Result};

/// What can be wrong with a profile on the way to its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Its `source_profile` closes a loop.
    SourceLoop,
    /// Its `source_profile` does not exist.
    MissingSource,
    /// It has a role and nothing to assume it with.
    NoSource,
    /// It has both `source_profile` and `credential_source`, or both keys of a web identity token.
    TwoSources,
    /// Its `credential_source` can't be.
    UnknownSource,
    /// Its `include_profile` closes a loop.
    IncludeLoop,
    /// Its `include_profile` does not exist.
    MissingInclude,
    /// It has a web identity token and no role.
    NoRole,
    /// It has half a key pair.
    HalfPair,
}

/// What is wrong with a profile, and where.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What it is.
    pub wrong: Wrong,
    /// The profile.
    pub profile: Profile,
    /// Its key that is wrong.
    pub key: &'static str,
    /// What is wrong; the profile's name comes before it.
    pub says: Box<str>,
    /// Why, where there is more to say.
    pub cause: Option<Box<str>>,
    /// What mends it.
    pub hint: Option<Box<str>>,
}

impl Broken {
    fn new(wrong: Wrong, profile: &Profile, key: &'static str, says: impl Into<Box<str>>) -> Self {
        Broken { wrong, profile: profile.clone(), key, says: says.into(), cause: None, hint: None }
    }

    fn cause(self, cause: impl Into<Box<str>>) -> Self {
        Broken { cause: Some(cause.into()), ..self }
    }

    fn hint(self, hint: impl Into<Box<str>>) -> Self {
        Broken { hint: Some(hint.into()), ..self }
    }

    /// An error that points at the line of the key.
    fn into_error(self) -> Error {
        let Broken { profile, key, says, cause, hint, .. } = self;
        let place = profile.line(key).map(|(file, line)| format!("{}:{line}: ", file.display())).unwrap_or_default();
        let error = Error::config(format!("{place}profile {} {says}", profile.name));
        Error { cause: cause.map(Into::into), hint: hint.map(Into::into), ..error }
    }
}

type Found<T> = std::result::Result<T, Broken>;

/// Where a profile leads to.
enum Lead<'a> {
    /// Its own credentials are where the chain starts.
    Ends,
    /// It is a role that its own keys assume.
    OwnRole,
    /// It is a role that another profile's credentials assume.
    Role(&'a str),
    /// It takes the place of another profile, as in aws-vault: its credentials, with settings of its own.
    Borrows(&'a str),
}

/// Where a profile leads to. `first`: it is the one that was asked for.
fn lead<'a>(profile: &'a Profile, first: bool, stored: &impl Fn(&str) -> bool) -> Found<Lead<'a>> {
    let has_keys = stored(&profile.name) || profile.static_keys().is_some();
    let is_role = profile.has("role_arn") && web_identity(profile).is_none();
    let borrowed = profile.get("source_profile").filter(|source| *source != profile.name);
    if let Some(source) = borrowed.filter(|_| !profile.has("role_arn") && !has_keys)
        && matches!(base(profile, stored), Ok(Step::Keys))
    {
        return Ok(Lead::Borrows(source));
    }
    if !is_role || (!first && has_keys) {
        return Ok(Lead::Ends);
    }
    match (profile.get("source_profile"), profile.get("credential_source")) {
        (Some(_), Some(_)) => {
            let says = "sets both source_profile and credential_source";
            Err(Broken::new(Wrong::TwoSources, profile, "credential_source", says)
                .hint("leave one of them out: they say where the role's credentials come from"))
        }
        (None, None) if !stored(&profile.name) => {
            Err(Broken::new(Wrong::NoSource, profile, "role_arn", "has a role_arn and nothing to assume it with")
                .hint("add source_profile = NAME (or credential_source) to it"))
        }
        (Some(source), None) if source != profile.name => Ok(Lead::Role(source)),
        _ => Ok(Lead::OwnRole),
    }
}

/// Where a web identity token comes from: a file, or (a key of aws-vault's) a program that prints it.
pub const WEB_IDENTITY: [&str; 2] = ["web_identity_token_file", "web_identity_token_process"];

/// The key that says where the web identity token of a profile comes from.
fn web_identity(profile: &Profile) -> Option<&'static str> {
    WEB_IDENTITY.into_iter().find(|key| profile.has(key))
}

/// What one hop does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Starts from a key pair in the keychain or in the files ([`Profile::static_keys`]). Whether the keychain has
    /// one is not known here.
    Keys,
    /// Starts from `credential_source`: the environment, an EC2 instance or an ECS container.
    Source,
    /// Starts from a web identity token ([`WEB_IDENTITY`]), which gives the role itself.
    WebIdentity,
    /// Starts from `sso_session` or `sso_start_url`.
    Sso,
    /// Starts from `login_session`.
    Login,
    /// Starts from `credential_process`.
    Process,
    /// Assumes `role_arn` with the credentials of the hop before.
    Role,
}

/// One hop on the way to credentials.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The profile whose settings count.
    pub profile: Profile,
    /// What it does.
    pub step: Step,
}

/// Describes the names that are nearest to a wrong one.
type Near<'a> = &'a dyn Fn(&str) -> String;

/// The values of `credential_source`.
const SOURCES: [&str; 3] = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];

impl Profiles {
    /// The hops to the credentials of `name`: first where it starts, then each role in turn, `name` itself last. A
    /// profile with a `source_profile` and neither a role nor a source of its own is no hop: its source takes its
    /// place.
    ///
    /// `stored` tells whether the keychain is known to hold keys of a profile. They count like keys in the files:
    /// - A source profile that has keys is where the chain starts, even if it names a role.
    /// - A role that is its own source starts from its own keys. With stored keys it may leave `source_profile` out.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`]: no such profile, a loop, a source that does not exist or is not
    /// said, half a key pair, settings that exclude each other.
    pub fn chain(&self, name: &str, stored: impl Fn(&str) -> bool) -> Result<Vec<Hop>> {
        let profile = self.get(name).ok_or_else(|| find::unknown(self, name))?;
        let near = |name: &str| find::nearest_in_words(self, name);
        self.walk(profile, stored, &near).map_err(Broken::into_error)
    }

    /// The same without an error. Finding the nearest names for an error reads all names, which is too slow for a
    /// listing of ten thousand profiles whose source is missing.
    pub fn way(&self, name: &str, stored: impl Fn(&str) -> bool) -> Option<Vec<Hop>> {
        self.walk(self.get(name)?, stored, &|_| String::new()).ok()
    }

    /// What is wrong with a profile by itself, and with the names that it gives. What is wrong further along its way
    /// is not looked at, so loops are not found: [`Profiles::source_of`] and `include_profile` lead along them.
    pub fn faults(&self, profile: &Profile, stored: impl Fn(&str) -> bool, near: Near) -> Vec<Broken> {
        let mut found = Vec::new();
        if profile.has("include_profile")
            && let Some(including) = self.own(&profile.name)
            && let Some(name) = including.get("include_profile")
            && self.own(name).is_none()
        {
            found.push(missing_include(&including, name, near));
        }
        let fault = match lead(profile, true, &stored) {
            Err(broken) => Some(broken),
            Ok(Lead::Role(source) | Lead::Borrows(source)) => self.existing(profile, source, near).err(),
            Ok(Lead::Ends | Lead::OwnRole) => base(profile, &stored).err(),
        };
        found.extend(fault);
        found
    }

    /// The command line that a profile starts from, when it is itself the source of another.
    pub fn process_of<'a>(&self, profile: &'a Profile, stored: impl Fn(&str) -> bool) -> Option<&'a str> {
        let ends = matches!(lead(profile, false, &stored), Ok(Lead::Ends | Lead::OwnRole));
        let process = ends && matches!(base(profile, &stored), Ok(Step::Process));
        profile.get("credential_process").filter(|_| process)
    }

    /// Whether there is nothing that the credentials of a profile could come from.
    pub fn has_nothing(&self, profile: &Profile, stored: impl Fn(&str) -> bool) -> bool {
        let ends = matches!(lead(profile, true, &stored), Ok(Lead::Ends));
        let none = !stored(&profile.name) && profile.static_keys().is_none();
        ends && none && matches!(base(profile, &stored), Ok(Step::Keys))
    }

    /// The profile that this one gets its credentials from, when it is itself the source of another.
    pub fn source_of<'a>(&self, profile: &'a Profile, stored: impl Fn(&str) -> bool) -> Option<&'a str> {
        match lead(profile, false, &stored) {
            Ok(Lead::Role(source) | Lead::Borrows(source)) => Some(source),
            _ => None,
        }
    }

    fn walk(&self, mut profile: Profile, stored: impl Fn(&str) -> bool, near: Near) -> Found<Vec<Hop>> {
        let mut hops: Vec<Hop> = Vec::new();
        let mut visited: Vec<String> = Vec::new();
        loop {
            self.check_includes(&profile, near)?;
            visited.push(profile.name.clone());
            let (next, role) = match lead(&profile, visited.len() == 1, &stored)? {
                Lead::Ends => break,
                Lead::OwnRole => {
                    hops.push(Hop { profile: profile.clone(), step: Step::Role });
                    break;
                }
                Lead::Role(source) => (self.source(&profile, source, &visited, near)?, true),
                Lead::Borrows(source) => (self.source(&profile, source, &visited, near)?, false),
            };
            if role {
                hops.push(Hop { profile, step: Step::Role });
            }
            profile = next;
        }
        let step = base(&profile, &stored)?;
        hops.push(Hop { profile, step });
        hops.reverse();
        Ok(hops)
    }

    fn source(&self, profile: &Profile, source: &str, visited: &[String], near: Near) -> Found<Profile> {
        if visited.iter().any(|name| name == source) {
            let way: Vec<&str> = visited.iter().map(String::as_str).chain([source]).collect();
            return Err(source_loop(profile, &way));
        }
        self.existing(profile, source, near)
    }

    fn existing(&self, profile: &Profile, source: &str, near: Near) -> Found<Profile> {
        self.get(source).ok_or_else(|| {
            let says = format!("names a source_profile {source} that does not exist");
            Broken::new(Wrong::MissingSource, profile, "source_profile", says)
                .cause(near(source))
                .hint(format!("correct source_profile, or `awsx add {source}`"))
        })
    }

    /// Reports what `get` ignores: an `include_profile` that does not exist or closes a loop.
    fn check_includes(&self, profile: &Profile, near: Near) -> Found<()> {
        // A profile's own setting wins over an included one: without this key it includes nothing.
        if !profile.has("include_profile") {
            return Ok(());
        }
        let mut seen = vec![profile.name.clone()];
        let mut next = self.own(&profile.name);
        while let Some(including) = next {
            let Some(name) = including.get("include_profile") else { break };
            if seen.iter().any(|seen| seen == name) {
                return Err(include_loop(&including));
            }
            let Some(included) = self.own(name) else { return Err(missing_include(&including, name, near)) };
            seen.push(name.to_owned());
            next = Some(included);
        }
        Ok(())
    }
}

/// A loop of source profiles, from the profile that closes it. `way` ends with the name it began with.
pub fn source_loop(profile: &Profile, way: &[&str]) -> Broken {
    Broken::new(Wrong::SourceLoop, profile, "source_profile", "closes a loop of source profiles")
        .cause(way.join(" → "))
        .hint("let one of them start from keys or another source")
}

/// A loop of included profiles, from the profile that closes it.
pub fn include_loop(profile: &Profile) -> Broken {
    Broken::new(Wrong::IncludeLoop, profile, "include_profile", "closes a loop of included profiles")
        .hint("leave one include_profile of the loop out")
}

fn missing_include(profile: &Profile, name: &str, near: Near) -> Broken {
    let says = format!("names an include_profile {name} that does not exist");
    Broken::new(Wrong::MissingInclude, profile, "include_profile", says).cause(near(name))
}

/// Where a profile that is no role (or is its own source) starts, in botocore's order.
fn base(profile: &Profile, stored: &impl Fn(&str) -> bool) -> Found<Step> {
    let broken = |wrong, key, says: &str| Broken::new(wrong, profile, key, says);
    if let Some(key) = web_identity(profile) {
        let [file, process] = WEB_IDENTITY;
        return if profile.has(file) && profile.has(process) {
            let says = format!("sets both {file} and {process}");
            Err(broken(Wrong::TwoSources, process, &says)
                .hint("leave one of them out: they say where the web identity token comes from"))
        } else if profile.has("role_arn") {
            Ok(Step::WebIdentity)
        } else {
            let says = format!("has a {key} and no role_arn");
            Err(broken(Wrong::NoRole, key, &says).hint("add the role_arn that the token is for"))
        };
    }
    if ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"].iter().any(|key| profile.has(key)) {
        return Ok(Step::Sso);
    }
    let (id, secret) = (profile.has("aws_access_key_id"), profile.has("aws_secret_access_key"));
    if stored(&profile.name) || (id && secret) {
        return Ok(Step::Keys);
    }
    if let Some(source) = profile.get("credential_source") {
        return if SOURCES.contains(&source) {
            Ok(Step::Source)
        } else {
            let says = format!("sets credential_source to {source}");
            Err(broken(Wrong::UnknownSource, "credential_source", &says)
                .cause(format!("known are {}", SOURCES.join(", "))))
        };
    }
    if profile.has("login_session") {
        return Ok(Step::Login);
    }
    if profile.has("credential_process") {
        return Ok(Step::Process);
    }
    let half = |key, says| {
        let hint = format!("take that line out; `awsx add {}` stores the whole pair in the keychain", profile.name);
        Err(broken(Wrong::HalfPair, key, says).hint(hint))
    };
    match (id, secret) {
        (true, false) => half("aws_access_key_id", "has an aws_access_key_id and no aws_secret_access_key"),
        (false, true) => half("aws_secret_access_key", "has an aws_secret_access_key and no aws_access_key_id"),
        _ => Ok(Step::Keys),
    }
}
