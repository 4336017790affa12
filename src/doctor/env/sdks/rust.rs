//! The SDK for Rust ([aws-config](https://docs.rs/aws-config/latest/aws_config/default_provider/credentials/)). Pure.

use super::{Found, Search, Source, half, is_half, keys};
use crate::base::vars;
use crate::profile::Profile;

const SSO: [&str; 5] = ["sso_account_id", "sso_region", "sso_role_name", "sso_start_url", "sso_session"];

impl Search<'_> {
    pub(super) fn rust(&self) -> Found {
        let token = || match (self.env("AWS_WEB_IDENTITY_TOKEN_FILE"), self.env("AWS_ROLE_ARN")) {
            (Some(_), Some(_)) => Found::Yes(Source::WebIdentity(true)),
            _ => Found::No,
        };
        self.rust_environment().or(|| self.rust_profile()).or(token).or(|| self.machine())
    }

    fn rust_environment(&self) -> Found {
        self.environment(&[vars::AWS_ACCESS_KEY_ID], &[vars::AWS_SECRET_ACCESS_KEY, "SECRET_ACCESS_KEY"])
    }

    fn rust_profile(&self) -> Found {
        let (mut name, mut visited, mut roles) = (self.profile.to_owned(), Vec::new(), Vec::new());
        let base = loop {
            // One that is missing, also as the source of another, lets it go on with the next place.
            let Some(profile) = self.get(&name) else { return Found::No };
            if visited.contains(&name) {
                return Found::error("the source profiles are a loop");
            }
            visited.push(name.clone());
            if let (true, Some(keys)) = (visited.len() > 1, keys(&profile)) {
                break Found::Yes(keys);
            }
            if !profile.has("role_arn") || profile.has("web_identity_token_file") {
                break match self.rust_base(&profile) {
                    Found::No if visited.len() > 1 => {
                        Found::error(format!("{name}, the source of another profile, has no credentials"))
                    }
                    found => found,
                };
            }
            roles.push(profile.get("role_arn").unwrap_or_default().to_owned());
            match (profile.get("source_profile"), profile.get("credential_source")) {
                (Some(_), Some(_)) => {
                    return Found::error(format!("{name} has both source_profile and credential_source"));
                }
                (None, None) => {
                    return Found::error(format!("{name} has neither source_profile nor credential_source"));
                }
                (Some(source), None) if source != name => source.clone_into(&mut name),
                _ => break self.rust_base(&profile),
            }
        };
        roles.into_iter().rev().fold(base, |found, arn| found.map(|source| Source::Role(arn, Box::new(source))))
    }

    fn rust_base(&self, profile: &Profile) -> Found {
        if let Some(source) = profile.get("credential_source") {
            return match source {
                "Environment" => self.rust_environment(),
                "EcsContainer" => self.container(),
                "Ec2InstanceMetadata" => self.instance(),
                _ => Found::error(format!("{} has an unknown credential_source", profile.name)),
            };
        }
        match (profile.has("web_identity_token_file"), profile.has("role_arn")) {
            (true, true) => return Found::Yes(Source::WebIdentity(false)),
            (true, false) => {
                return Found::error(format!("{} has a web_identity_token_file and no role_arn", profile.name));
            }
            _ => {}
        }
        if SSO.iter().any(|key| profile.has(key)) {
            return self.lacks_sso_session(profile).map_or(Found::Yes(Source::Sso), Found::Error);
        }
        if profile.has("login_session") {
            Found::Yes(Source::Login)
        } else if profile.has("credential_process") {
            Found::Yes(Source::Process)
        } else if is_half(profile) {
            Found::error(half(&profile.name))
        } else {
            keys(profile).map_or(Found::No, Found::Yes)
        }
    }
}
