//! Follows a profile to where its credentials come from. Only the files are known here, no keychain and no network. Pure.

use super::settings::Profile;
use super::{Profiles, find};
use crate::base::error::{Error, Result};

/// What one hop does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Starts from a key pair in the keychain or in the files ([`Profile::static_keys`]). Whether the keychain has one is
    /// not known here.
    Keys,
    /// Starts from `credential_source`: the environment, an EC2 instance or an ECS container.
    Source,
    /// Starts from `web_identity_token_file`, which gives the role itself.
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
type Near = fn(&Profiles, &str) -> String;

/// The values of `credential_source`.
const SOURCES: [&str; 3] = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];

impl Profiles {
    /// The hops to the credentials of `name`: first where it starts, then each role in turn, `name` itself last. A profile
    /// with a `source_profile` and neither a role nor a source of its own is no hop: its source takes its place.
    ///
    /// `stored` tells whether the keychain is known to hold keys of a profile. They count like keys in the files:
    /// - A source profile that has keys is where the chain starts, even if it names a role.
    /// - A role that is its own source starts from its own keys. With stored keys it may leave `source_profile` out.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`]: no such profile, a loop, a source that does not exist or is not said, half a key
    /// pair, settings that exclude each other.
    pub fn chain(&self, name: &str, stored: impl Fn(&str) -> bool) -> Result<Vec<Hop>> {
        self.walk(name, stored, find::nearest_in_words)
    }

    /// The same without an error. Finding the nearest names for an error reads all names, which is too slow for a listing
    /// of ten thousand profiles whose source is missing.
    pub fn way(&self, name: &str, stored: impl Fn(&str) -> bool) -> Option<Vec<Hop>> {
        self.walk(name, stored, |_, _| String::new()).ok()
    }

    fn walk(&self, name: &str, stored: impl Fn(&str) -> bool, near: Near) -> Result<Vec<Hop>> {
        let mut hops: Vec<Hop> = Vec::new();
        let mut visited: Vec<String> = Vec::new();
        let mut profile = self.get(name).ok_or_else(|| find::unknown(self, name))?;
        loop {
            self.check_includes(&profile, near)?;
            visited.push(profile.name.clone());
            let has_keys = stored(&profile.name) || profile.static_keys().is_some();
            let is_role = profile.has("role_arn") && !profile.has("web_identity_token_file");
            let borrowed = profile.get("source_profile").filter(|source| *source != profile.name);
            if let Some(source) = borrowed.filter(|_| !profile.has("role_arn") && !has_keys)
                && matches!(base(&profile, &stored), Ok(Step::Keys))
            {
                // As in aws-vault: the credentials of its source, with its own settings.
                profile = self.source(&profile, source, &visited, near)?;
                continue;
            }
            if !is_role || (visited.len() > 1 && has_keys) {
                break;
            }
            let (source, named) = (profile.get("source_profile"), profile.get("credential_source"));
            let next = match (source, named) {
                (Some(_), Some(_)) => {
                    return Err(at(&profile, "credential_source", "sets both source_profile and credential_source")
                        .hint("leave one of them out: they say where the role's credentials come from"));
                }
                (None, None) if !stored(&profile.name) => {
                    return Err(at(&profile, "role_arn", "has a role_arn and nothing to assume it with")
                        .hint("add source_profile = NAME (or credential_source) to it"));
                }
                (Some(source), None) if source != profile.name => self.source(&profile, source, &visited, near)?,
                _ => {
                    hops.push(Hop { profile: profile.clone(), step: Step::Role });
                    break;
                }
            };
            hops.push(Hop { profile, step: Step::Role });
            profile = next;
        }
        let step = base(&profile, &stored)?;
        hops.push(Hop { profile, step });
        hops.reverse();
        Ok(hops)
    }

    fn source(&self, profile: &Profile, source: &str, visited: &[String], near: Near) -> Result<Profile> {
        let refused = |what: String| at(profile, "source_profile", &what);
        if visited.iter().any(|name| name == source) {
            let way = visited.iter().map(String::as_str).chain([source]).collect::<Vec<_>>().join(" → ");
            return Err(refused("closes a loop of source profiles".into())
                .cause(way)
                .hint("let one of them start from keys or another source"));
        }
        self.get(source).ok_or_else(|| {
            refused(format!("names a source_profile {source} that does not exist"))
                .cause(near(self, source))
                .hint(format!("correct source_profile, or `awsx add {source}`"))
        })
    }

    /// Reports what `get` ignores: an `include_profile` that does not exist or closes a loop.
    fn check_includes(&self, profile: &Profile, near: Near) -> Result<()> {
        // A profile's own setting wins over an included one: without this key it includes nothing.
        if !profile.has("include_profile") {
            return Ok(());
        }
        let mut seen = vec![profile.name.clone()];
        let mut next = self.own(&profile.name);
        while let Some(including) = next {
            let Some(name) = including.get("include_profile") else { break };
            if seen.iter().any(|seen| seen == name) {
                return Err(at(&including, "include_profile", "closes a loop of included profiles")
                    .hint("leave one include_profile of the loop out"));
            }
            let Some(included) = self.own(name) else {
                let what = format!("names an include_profile {name} that does not exist");
                return Err(at(&including, "include_profile", &what).cause(near(self, name)));
            };
            seen.push(name.to_owned());
            next = Some(included);
        }
        Ok(())
    }
}

/// Where a profile that is no role (or is its own source) starts, in botocore's order.
fn base(profile: &Profile, stored: impl Fn(&str) -> bool) -> Result<Step> {
    if profile.has("web_identity_token_file") {
        return if profile.has("role_arn") {
            Ok(Step::WebIdentity)
        } else {
            Err(at(profile, "web_identity_token_file", "has a web_identity_token_file and no role_arn")
                .hint("add the role_arn that the token is for"))
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
            Err(at(profile, "credential_source", &format!("sets credential_source to {source}"))
                .cause(format!("known are {}", SOURCES.join(", "))))
        };
    }
    if profile.has("login_session") {
        return Ok(Step::Login);
    }
    if profile.has("credential_process") {
        return Ok(Step::Process);
    }
    match (id, secret) {
        (true, false) => Err(at(profile, "aws_access_key_id", "has an aws_access_key_id and no aws_secret_access_key")
            .hint(format!("`awsx add {}` stores the pair in the keychain", profile.name))),
        (false, true) => {
            Err(at(profile, "aws_secret_access_key", "has an aws_secret_access_key and no aws_access_key_id")
                .hint(format!("`awsx add {}` stores the pair in the keychain", profile.name)))
        }
        _ => Ok(Step::Keys),
    }
}

/// An error that points at the line of `key`.
fn at(profile: &Profile, key: &str, what: &str) -> Error {
    let place = profile.line(key).map(|(file, line)| format!("{}:{line}: ", file.display())).unwrap_or_default();
    Error::config(format!("{place}profile {} {what}", profile.name))
}
