//! What IAM Identity Center needs: from the profile and its `sso-session` section. Pure.

use super::{DEFAULT_SCOPE, SsoRole, SsoSignIn};
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::plan::endpoint::endpoint;
use crate::plan::place;
use crate::profile::{Profile, Profiles, SectionKind, shares};

/// A setting that a source can't do without.
fn needed<'a>(profile: &'a Profile, of: &Profile, key: &str) -> Result<&'a str> {
    profile.get(key).filter(|value| !value.is_empty()).ok_or_else(|| {
        Error::config(format!("profile {} signs in with IAM Identity Center, and {key} is missing", of.name))
            .cause(format!("it is not set in [{}]", section(profile, of)))
            .hint("`aws configure sso` asks for all that is needed")
    })
}

fn section(profile: &Profile, of: &Profile) -> String {
    let kind = if profile.name == of.name && profile.has("sso_account_id") { "profile" } else { "sso-session" };
    format!("{kind} {}", profile.name)
}

/// The role that a profile names.
pub fn of(env: &Env, profiles: &Profiles, profile: &Profile) -> Result<SsoRole> {
    Ok(SsoRole {
        sign_in: sign_in(env, profiles, profile)?,
        account: needed(profile, profile, "sso_account_id")?.to_owned(),
        role: needed(profile, profile, "sso_role_name")?.to_owned(),
    })
}

/// What a profile signs in to.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for what is missing or can't be.
pub fn sign_in(env: &Env, profiles: &Profiles, profile: &Profile) -> Result<SsoSignIn> {
    let session = profile.get("sso_session").filter(|name| !name.is_empty());
    let section = session.map(|name| {
        profiles.section(SectionKind::SsoSession, name).ok_or_else(|| {
            Error::config(format!("profile {} names an sso_session {name} that does not exist", profile.name))
                .cause(format!("there is no [sso-session {name}]{}", place(profile, "sso_session")))
                .hint("`aws configure sso-session` makes one")
        })
    });
    let section = section.transpose()?;
    if let Some(section) = &section {
        // As the AWS CLI has it: a value that stands in both must be the same.
        for key in ["sso_region", "sso_start_url"] {
            if let (Some(own), Some(other)) = (profile.get(key), section.get(key))
                && own != other
            {
                return Err(Error::config(format!(
                    "profile {} sets another {key} than its [sso-session {}]",
                    profile.name, section.name
                ))
                .cause(format!("{own:?}{} and {other:?}{}", place(profile, key), place(section, key)))
                .hint("leave it out of the profile"));
            }
        }
    }
    made(env, profiles, profile, section.as_ref())
}

/// What a person signs in to with an `[sso-session]` of this name, whichever profile it is for; `None` if there is
/// none.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for what is missing or can't be.
pub fn of_session(env: &Env, profiles: &Profiles, name: &str) -> Result<Option<SsoSignIn>> {
    let section = profiles.section(SectionKind::SsoSession, name);
    section.map(|section| made(env, profiles, &Profile::bare(name), Some(&section))).transpose()
}

fn made(env: &Env, profiles: &Profiles, profile: &Profile, section: Option<&Profile>) -> Result<SsoSignIn> {
    let shared = section.unwrap_or(profile);
    let region = needed(shared, profile, "sso_region")?;
    let at = |service| endpoint(env, profiles, profile, service, Some(region));
    let share = match (shares(profile)?, section) {
        (None, Some(section)) => shares(section)?,
        (own, _) => own,
    };
    let mut scopes: Vec<String> = shared
        .get("sso_registration_scopes")
        .unwrap_or_default()
        .split(',')
        .map(|scope| scope.trim().to_owned())
        .filter(|scope| !scope.is_empty())
        .collect();
    if scopes.is_empty() {
        scopes.push(DEFAULT_SCOPE.into());
    }
    Ok(SsoSignIn {
        session: section.map(|section| section.name.clone()),
        start_url: needed(shared, profile, "sso_start_url")?.to_owned(),
        scopes,
        share: share.unwrap_or_default(),
        portal: at("sso")?,
        oidc: at("sso_oidc")?,
    })
}
