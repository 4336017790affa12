//! The AWS CLI and boto3 ([botocore's
//! credentials](https://github.com/boto/botocore/blob/develop/botocore/credentials.py)). Pure.

use super::{Found, Search, Source, half, missing};
use crate::base::vars;
use crate::profile::Profile;

impl Search<'_> {
    pub(super) fn botocore(&self) -> Found {
        let profile = self.get(self.profile);
        // Every setting is looked up in the profile, so a missing one is an error whatever else there is.
        if profile.is_none() && self.profile != "default" {
            return Found::Error(missing(self.profile));
        }
        let profile = profile.unwrap_or_else(|| Profile::bare(self.profile));
        self.botocore_environment()
            .or(|| self.botocore_role(&profile, &mut vec![profile.name.clone()]))
            .or(|| self.botocore_variables(&profile))
            .or(|| self.botocore_profile(&profile))
            .or(|| match self.env("AWS_CREDENTIAL_FILE") {
                Some(path) if (self.around.is_file)(path) => Found::Yes(Source::CredentialFile),
                _ => Found::No,
            })
            .or(|| self.machine())
    }

    fn botocore_environment(&self) -> Found {
        match (self.env(vars::AWS_ACCESS_KEY_ID), self.env(vars::AWS_SECRET_ACCESS_KEY)) {
            (Some(id), Some(_)) => Found::Yes(Source::Environment(id.into())),
            (Some(_), None) => Found::error("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
            (None, _) => Found::No,
        }
    }

    fn botocore_role(&self, profile: &Profile, visited: &mut Vec<String>) -> Found {
        if !is_role(profile) {
            return Found::No;
        }
        let name = &profile.name;
        let role = |source| {
            let arn = profile.get("role_arn").unwrap_or_default();
            Source::Role(arn.to_owned(), Box::new(source))
        };
        match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(_), Some(_)) => Found::error(format!("{name} has both source_profile and credential_source")),
            (None, None) => Found::error(format!("{name} has neither source_profile nor credential_source")),
            (None, Some(source)) => {
                let found = match source.to_ascii_lowercase().as_str() {
                    "environment" => self.botocore_environment(),
                    "ecscontainer" => self.container(),
                    "ec2instancemetadata" => self.instance(),
                    _ => return Found::error(format!("{name} has an unknown credential_source")),
                };
                found.or(|| Found::error(format!("{source}, where {name} gets its credentials, has none"))).map(role)
            }
            (Some(source_name), None) => {
                let Some(source) = self.get(source_name) else {
                    return Found::error(format!("there is no profile {source_name}, the source of {name}"));
                };
                let has_keys = has_keys(&source);
                if visited.iter().any(|visited| visited == source_name) && !(source_name == name && has_keys) {
                    return Found::error("the source profiles are a loop");
                }
                visited.push(source_name.to_owned());
                let found = if has_keys || !is_role(&source) {
                    self.botocore_profile(&source)
                        .or(|| Found::error(format!("{source_name}, the source of {name}, has no credentials")))
                } else {
                    self.botocore_role(&source, visited)
                };
                found.map(role)
            }
        }
    }

    /// A role for the token in a file. The variables and the profile add to each other.
    fn botocore_variables(&self, profile: &Profile) -> Found {
        let path = self.around.env.os("AWS_WEB_IDENTITY_TOKEN_FILE");
        let arn = self.around.env.os("AWS_ROLE_ARN");
        match path {
            Some(path) if path.is_empty() => Found::No,
            Some(_) if arn.is_some_and(|arn| !arn.is_empty()) => Found::Yes(Source::WebIdentity(true)),
            Some(_) if arn.is_none() && profile.has("role_arn") => Found::Yes(Source::WebIdentity(true)),
            Some(_) => Found::error("AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN"),
            None => Found::No,
        }
    }

    fn botocore_profile(&self, profile: &Profile) -> Found {
        let name = &profile.name;
        if profile.has("web_identity_token_file") {
            let complete = profile.has("role_arn");
            let lacks = || Found::error(format!("{name} has a web_identity_token_file and no role_arn"));
            return if complete { Found::Yes(Source::WebIdentity(false)) } else { lacks() };
        }
        if ["sso_role_name", "sso_account_id", "sso_start_url", "sso_region"].iter().any(|key| profile.has(key)) {
            return self.lacks_sso_session(profile).map_or(Found::Yes(Source::Sso), Found::Error);
        }
        let in_credentials = self.is_in_credentials(profile, "aws_access_key_id");
        let keys = || match (super::keys(profile), profile.has("aws_access_key_id")) {
            (Some(keys), _) => Found::Yes(keys),
            (None, true) => Found::error(half(name)),
            (None, false) => Found::No,
        };
        // Keys in the credentials file go before the settings of the config, keys in the config behind.
        let first = if in_credentials { keys() } else { Found::No };
        first
            .or(|| if profile.has("login_session") { Found::Yes(Source::Login) } else { Found::No })
            .or(|| if profile.has("credential_process") { Found::Yes(Source::Process) } else { Found::No })
            .or(keys)
    }

    /// Whether the credentials file is what sets `key`.
    fn is_in_credentials(&self, profile: &Profile, key: &str) -> bool {
        profile.line(key).is_some_and(|(path, _)| Some(path) == self.around.credentials)
    }
}

fn is_role(profile: &Profile) -> bool {
    profile.has("role_arn") && !profile.has("web_identity_token_file")
}

fn has_keys(profile: &Profile) -> bool {
    profile.has("aws_access_key_id") || profile.has("aws_secret_access_key")
}
