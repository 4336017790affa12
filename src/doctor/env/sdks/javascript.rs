//! The SDK for JavaScript v3
//! ([its chain](https://github.com/aws/aws-sdk-js-v3/tree/main/packages/credential-provider-node)). Pure.

use super::{Found, Search, Source, keys};
use crate::base::vars;
use crate::profile::Profile;

const SSO: [&str; 5] = ["sso_start_url", "sso_account_id", "sso_session", "sso_region", "sso_role_name"];

impl Search<'_> {
    pub(super) fn javascript(&self) -> Found {
        let first = if self.env(vars::AWS_PROFILE).is_some() { Found::No } else { self.javascript_environment() };
        let profile = self.get(self.profile);
        let process = || match &profile {
            Some(profile) if said(profile, "credential_process") => Found::Yes(Source::Process),
            _ => Found::No,
        };
        let token = || match (self.env("AWS_WEB_IDENTITY_TOKEN_FILE"), self.env("AWS_ROLE_ARN")) {
            (Some(_), Some(_)) => Found::Yes(Source::WebIdentity(true)),
            _ => Found::No,
        };
        first
            .or(|| self.javascript_profile(profile.as_ref(), &mut Vec::new()))
            .or(process)
            .or(token)
            .or(|| self.machine())
    }

    fn javascript_environment(&self) -> Found {
        match (self.env(vars::AWS_ACCESS_KEY_ID), self.env(vars::AWS_SECRET_ACCESS_KEY)) {
            (Some(id), Some(_)) => Found::Yes(Source::Environment(id.into())),
            _ => Found::No,
        }
    }

    /// What is wrong in a profile lets it go on with the next place.
    fn javascript_profile(&self, profile: Option<&Profile>, visited: &mut Vec<String>) -> Found {
        let Some(profile) = profile else { return Found::No };
        if let (false, Some(keys)) = (visited.is_empty(), keys(profile)) {
            return Found::Yes(keys);
        }
        let (source, named) = (profile.get("source_profile"), profile.get("credential_source"));
        let bare = !said(profile, "role_arn") && !visited.is_empty() && named.is_some();
        if bare || (said(profile, "role_arn") && source.is_some() != named.is_some()) {
            let found = match (source, named) {
                (Some(source), _) if visited.iter().any(|visited| visited == source) => return Found::No,
                (Some(source), _) => {
                    visited.push(source.to_owned());
                    self.javascript_profile(self.get(source).as_ref(), visited)
                }
                (None, Some("Environment")) => self.javascript_environment(),
                (None, Some("EcsContainer")) => self.container(),
                (None, Some("Ec2InstanceMetadata")) => self.instance(),
                (None, _) => Found::No,
            };
            return match found {
                found if bare => found,
                _ if said(profile, "mfa_serial") => {
                    Found::error(format!("{} needs an MFA code, and JavaScript can't ask", profile.name))
                }
                found => found.map(|source| {
                    Source::Role(profile.get("role_arn").unwrap_or_default().to_owned(), Box::new(source))
                }),
            };
        }
        if let Some(keys) = keys(profile) {
            return Found::Yes(keys);
        }
        if said(profile, "web_identity_token_file") && said(profile, "role_arn") {
            Found::Yes(Source::WebIdentity(false))
        } else if said(profile, "credential_process") {
            Found::Yes(Source::Process)
        } else if SSO.iter().any(|key| said(profile, key)) {
            self.lacks_sso_session(profile).map_or(Found::Yes(Source::Sso), Found::Error)
        } else if said(profile, "login_session") {
            Found::Yes(Source::Login)
        } else {
            Found::No
        }
    }
}

/// Whether it is set to something: an empty value counts as none.
fn said(profile: &Profile, key: &str) -> bool {
    profile.get(key).is_some_and(|value| !value.is_empty())
}
