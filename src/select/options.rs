//! From options and variables to a [`Request`].

use std::fs;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::parse_duration;
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::plan::Request;
use crate::plan::duration::Wanted;
use crate::plan::role::read_only;
use crate::profile::Profiles;
use crate::session::agents;

/// Seconds that must be left of a cached session when nobody says otherwise.
pub const MIN_TTL: u32 = 300;

/// Reads the options of a command that gets credentials of a profile.
///
/// # Errors [`crate::base::error::ErrorKind::Config`] for an invalid value.
pub fn read(app: &App, profiles: &Profiles, profile: String, args: &SessionArgs) -> Result<Request> {
    let env = &app.env;
    let min_ttl = match args.min_ttl.as_deref() {
        Some(text) => Some(named("--min-ttl", text)?),
        None => from_env(app, &[vars::AWSX_MIN_TTL])?,
    };
    let mut policy_arns = args.policy_arn.clone();
    if args.readonly {
        if args.policy.is_some() || args.policy_document.is_some() || !args.policy_arn.is_empty() {
            return Err(Error::usage("--readonly goes with no other session policy")
                .cause("AWS allows a session what any one of its policies allows: it could do more than read")
                .hint("leave out --readonly, or the other policies"));
        }
        policy_arns.push(profiles.get(&profile).map(|profile| read_only(&profile)).unwrap_or_default());
    }
    let code = match &args.code {
        Some(code) => Some(code.as_str()),
        None => env.first(&[vars::AWSX_MFA_CODE, vars::AWS_SESSION_MFA_CODE, vars::AWS_MFA_TOKEN]),
    };
    let request = Request {
        duration: args.duration.as_deref().map(|text| named("--duration", text)).transpose()?,
        default_duration: from_env(app, &[vars::AWSX_SESSION_DURATION, vars::AWS_SESSION_DURATION, vars::AWS_MFA_TTL])?,
        code: code.map(|code| Secret::new(code.to_string())),
        mfa_serial: args.mfa_serial.as_deref().or_else(|| env.get(vars::AWS_MFA_SERIAL)).map(str::to_string),
        min_ttl_is_asked_for: min_ttl.is_some(),
        min_ttl: min_ttl.map_or(MIN_TTL, |asked| asked.seconds),
        half_is_enough: false,
        no_session: args.no_session,
        no_cache: args.no_cache,
        policy: args.policy.as_deref().map(read_policy).transpose()?.or_else(|| args.policy_document.clone()),
        policy_arns,
        session_name: args.session_name.as_deref().map(checked_session_name).transpose()?,
        agent: None,
        profile,
    };
    agents::limited(app, profiles, request)
}

fn named(from: &str, text: &str) -> Result<Wanted> {
    let seconds = parse_duration(text).map_err(|e| Error { what: format!("{from}: {}", e.what), ..e })?;
    Ok(Wanted { seconds, from: from.into() })
}

fn from_env(app: &App, names: &[&str]) -> Result<Option<Wanted>> {
    names.iter().find_map(|name| app.env.get(name).map(|text| named(name, text))).transpose()
}

/// An inline session policy must be JSON; STS says the rest.
fn read_policy(path: &std::path::Path) -> Result<String> {
    let bad = |cause: String| Error::config(format!("--policy {}", path.display())).cause(cause);
    let text = fs::read_to_string(path).map_err(|e| bad(e.to_string()))?;
    let document: serde_json::Value = serde_json::from_str(&text).map_err(|e| bad(format!("not JSON: {e}")))?;
    Ok(document.to_string())
}

/// RoleSessionName: 2 to 64 of `\w+=,.@-`
/// ([AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)).
fn checked_session_name(name: &str) -> Result<String> {
    let fits =
        (2..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    if fits {
        Ok(name.into())
    } else {
        Err(Error::config(format!("--session-name {name:?}")).cause("AWS takes 2 to 64 letters, digits and _+=,.@-"))
    }
}
