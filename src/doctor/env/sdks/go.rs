//! The SDK for Go v2 ([its configuration](https://github.com/aws/aws-sdk-go-v2/blob/main/config/shared_config.go)), and
//! Terraform's AWS provider, which stands on it. Pure.

use super::{Found, Search, Source, half, is_half, keys, missing};
use crate::base::vars;
use crate::profile::Profile;

const IDS: [&str; 2] = [vars::AWS_ACCESS_KEY_ID, "AWS_ACCESS_KEY"];
const SECRETS: [&str; 2] = [vars::AWS_SECRET_ACCESS_KEY, "AWS_SECRET_KEY"];
const SSO: [&str; 4] = ["sso_region", "sso_account_id", "sso_start_url", "sso_role_name"];

impl Search<'_> {
    pub(super) fn go(&self) -> Found {
        // The profile is read first, and what is wrong in it is an error whatever else there is.
        let profile = match self.get(self.profile) {
            Some(profile) => match self.go_profile(&profile, &mut Vec::new()) {
                Found::Error(text) => return Found::Error(text),
                found => found,
            },
            None if self.env(vars::AWS_PROFILE).is_some() => return Found::Error(missing(self.profile)),
            None => Found::No,
        };
        let token = || match self.env("AWS_WEB_IDENTITY_TOKEN_FILE") {
            Some(_) if self.env("AWS_ROLE_ARN").is_some() => Found::Yes(Source::WebIdentity(true)),
            Some(_) => Found::error("AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN"),
            None => Found::No,
        };
        self.go_environment().or(token).or(|| profile).or(|| self.machine())
    }

    fn go_environment(&self) -> Found {
        let first = |names: [&str; 2]| self.around.env.first(&names);
        match (first(IDS), first(SECRETS)) {
            (Some(id), Some(_)) => Found::Yes(Source::Environment(id.into())),
            _ => Found::No,
        }
    }

    fn go_profile(&self, profile: &Profile, visited: &mut Vec<String>) -> Found {
        let name = &profile.name;
        let again = visited.contains(name);
        let said = |key: &str| profile.get(key).filter(|value| !value.is_empty());
        if is_half(profile) {
            return Found::error(half(name));
        }
        let role = said("role_arn").filter(|_| !again);
        let source = said("source_profile").filter(|_| !again);
        let from = [("source_profile", source), ("credential_source", said("credential_source"))];
        let from = from.into_iter().chain([("web_identity_token_file", said("web_identity_token_file"))]);
        if let Some((key, _)) = from.clone().find(|(_, value)| value.is_some())
            && !again
            && role.is_none()
        {
            return Found::error(format!("{name} has a {key} and no role_arn"));
        }
        let assume = |found: Found| match role {
            Some(_) if said("mfa_serial").is_some() => {
                Found::error(format!("{name} needs an MFA code, and Go can't ask"))
            }
            Some(arn) => found.map(|source| Source::Role(arn.to_owned(), Box::new(source))),
            None => found,
        };
        if let (false, Some(keys)) = (visited.is_empty(), keys(profile)) {
            return assume(Found::Yes(keys));
        }
        visited.push(name.clone());
        let kinds = from.filter(|(_, value)| value.is_some()).count();
        if kinds + usize::from(said("credential_process").is_some()) > 1 {
            return Found::error(format!("{name} says in more than one way where its credentials come from"));
        }
        if let Some(source) = source {
            let Some(found) = self.get(source) else {
                return Found::error(format!("there is no profile {source}, the source of {name}"));
            };
            return match self.go_profile(&found, visited) {
                Found::No => Found::error(format!("{source}, the source of {name}, has no credentials")),
                Found::Yes(Source::Login) => {
                    Found::error(format!("Go takes no console login of {source}, the source of {name}"))
                }
                found => assume(found),
            };
        }
        if let Some(lacks) = self.lacks_sso_session(profile) {
            return Found::Error(lacks);
        }
        if let Some(keys) = keys(profile) {
            return assume(Found::Yes(keys));
        }
        if let Some(source) = said("credential_source") {
            let found = match source {
                "Environment" => self.go_environment(),
                "EcsContainer" => self.container(),
                "Ec2InstanceMetadata" => self.instance(),
                _ => return Found::error(format!("{name} has an unknown credential_source")),
            };
            return assume(found.or(|| Found::error(format!("{source}, where {name} gets its credentials, has none"))));
        }
        let found = if said("web_identity_token_file").is_some() {
            return Found::Yes(Source::WebIdentity(false));
        } else if said("sso_session").is_some() || SSO.iter().any(|key| said(key).is_some()) {
            Found::Yes(Source::Sso)
        } else if said("login_session").is_some() {
            Found::Yes(Source::Login)
        } else if said("credential_process").is_some() {
            Found::Yes(Source::Process)
        } else if role.is_some() {
            self.machine()
        } else {
            Found::No
        };
        assume(found)
    }
}
