//! The SDK for Java v2 ([its
//! chain](https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/credentials-chain.html)). System properties
//! of the virtual machine go before all of this, and can't be seen from here. Pure.

use super::{Found, Search, Source, keys};
use crate::base::vars;

const SSO: [&str; 5] = ["sso_role_name", "sso_account_id", "sso_region", "sso_start_url", "sso_session"];

impl Search<'_> {
    pub(super) fn java(&self) -> Found {
        let token = || match (self.env("AWS_WEB_IDENTITY_TOKEN_FILE"), self.env("AWS_ROLE_ARN")) {
            (Some(_), Some(_)) => Found::Yes(Source::WebIdentity(true)),
            _ => Found::No,
        };
        self.environment(&[vars::AWS_ACCESS_KEY_ID], &[vars::AWS_SECRET_ACCESS_KEY])
            .or(token)
            .or(|| self.java_profile(self.profile, &mut Vec::new()))
            .or(|| self.machine())
    }

    /// What is wrong in a profile lets it go on with the next place.
    fn java_profile(&self, name: &str, children: &mut Vec<String>) -> Found {
        let Some(profile) = self.get(name) else { return Found::No };
        let role = |source| Source::Role(profile.get("role_arn").unwrap_or_default().to_owned(), Box::new(source));
        if profile.has("role_arn") && profile.has("web_identity_token_file") {
            return Found::Yes(Source::WebIdentity(false));
        }
        if SSO.iter().any(|key| profile.has(key)) {
            return if self.lacks_sso_session(&profile).is_some() { Found::No } else { Found::Yes(Source::Sso) };
        }
        if profile.has("role_arn") {
            match (profile.get("source_profile"), profile.get("credential_source")) {
                (Some(_), Some(_)) => return Found::No,
                (Some(_), None) if children.iter().any(|child| child == name) => return Found::No,
                (Some(source), None) => {
                    children.push(name.to_owned());
                    return self.java_profile(source, children).map(role);
                }
                (None, Some(source)) => return self.java_source(source).map(role),
                (None, None) => {}
            }
        }
        if profile.has("login_session") {
            Found::Yes(Source::Login)
        } else if profile.has("credential_process") {
            Found::Yes(Source::Process)
        } else {
            keys(&profile).map_or(Found::No, Found::Yes)
        }
    }

    fn java_source(&self, source: &str) -> Found {
        match source.to_ascii_lowercase().as_str() {
            "environment" => self.environment(&[vars::AWS_ACCESS_KEY_ID], &[vars::AWS_SECRET_ACCESS_KEY]),
            "ecscontainer" => self.container(),
            "ec2instancemetadata" => self.instance(),
            _ => Found::No,
        }
    }
}
