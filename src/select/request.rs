//! From arguments and variables to a [`Request`].

use std::fs;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::parse_duration;
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::plan::Request;
use crate::plan::duration::Wanted;
use crate::profile::{Profiles, a_few};
use crate::select::listing;

/// Seconds that must be left of a cached session when nobody says otherwise.
pub const MIN_TTL: u32 = 300;
/// The managed policy that `--readonly` stands for.
const READ_ONLY: &str = "policy/ReadOnlyAccess";

/// Reads the options of a command that gets credentials.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a profile that doesn't exist or a value that can't be, [`crate::base::error::ErrorKind::Input`]
/// if no profile is named and nobody can be asked.
pub fn from_args(app: &App, profiles: &Profiles, profile: Option<&str>, args: &SessionArgs) -> Result<Request> {
    let profile = choose_profile(app, profiles, profile)?;
    let env = &app.env;
    let min_ttl = match args.min_ttl.as_deref() {
        Some(text) => named("--min-ttl", text)?.seconds,
        None => from_env(app, &[vars::AWSX_MIN_TTL])?.map_or(MIN_TTL, |w| w.seconds),
    };
    let mut policy_arns = args.policy_arn.clone();
    if args.readonly {
        policy_arns.push(format!("arn:{}:iam::aws:{READ_ONLY}", partition(profiles, &profile)));
    }
    let code = match &args.code {
        Some(code) => Some(code.as_str()),
        None => env.first(&[vars::AWSX_MFA_CODE, vars::AWS_SESSION_MFA_CODE, vars::AWS_MFA_TOKEN]),
    };
    Ok(Request {
        duration: args.duration.as_deref().map(|text| named("--duration", text)).transpose()?,
        default_duration: from_env(app, &[vars::AWSX_SESSION_DURATION, vars::AWS_SESSION_DURATION, vars::AWS_MFA_TTL])?,
        code: code.map(|code| Secret::new(code.to_string())),
        mfa_serial: args.mfa_serial.as_deref().or_else(|| env.get(vars::AWS_MFA_SERIAL)).map(str::to_string),
        min_ttl,
        no_session: args.no_session,
        no_cache: args.no_cache,
        region: args.region.clone(),
        policy: args.policy.as_deref().map(read_policy).transpose()?,
        policy_arns,
        session_name: args.session_name.as_deref().map(checked_session_name).transpose()?,
        profile,
    })
}

/// The variables that name a profile, the first that is set counts.
pub const SELECTORS: [&str; 3] = [vars::AWSX_PROFILE, vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];

/// The AWS files, as far as [`choose_profile`] and what follows from its choice need them.
///
/// # Errors
/// As for [`Profiles::load`].
pub fn profiles(app: &App, argument: Option<&str>) -> Result<Profiles> {
    Profiles::load_for(&app.env, argument.or_else(|| app.env.first(&SELECTORS)).unwrap_or("default"))
}

/// The profile that is meant: the argument, else the first variable that names one, else `default`, else whichever a
/// person picks. A variable that names a profile which doesn't exist is an error, never a reason to go on to the next.
///
/// # Errors
/// As for [`from_args`].
pub fn choose_profile(app: &App, profiles: &Profiles, argument: Option<&str>) -> Result<String> {
    if let Some(text) = argument {
        return profiles.find(text);
    }
    for variable in SELECTORS {
        if let Some(name) = app.env.get(variable) {
            return profiles.find(name).map_err(|e| Error { what: format!("{variable}: {}", e.what), ..e });
        }
    }
    if profiles.get("default").is_some() {
        return Ok("default".into());
    }
    let names = profiles.names();
    if names.is_empty() {
        return Err(Error::config("there are no profiles yet").hint("awsx add PROFILE"));
    }
    if !app.prompter.can_ask() {
        return Err(Error::input("no profile named, and there is no default profile")
            .hint(format!("name one of: {}", a_few(&names))));
    }
    listing::choose(app, &listing::rows(app, profiles))
}

fn named(from: &str, text: &str) -> Result<Wanted> {
    let seconds = parse_duration(text).map_err(|e| Error { what: format!("{from}: {}", e.what), ..e })?;
    Ok(Wanted { seconds, from: from.into() })
}

fn from_env(app: &App, names: &[&str]) -> Result<Option<Wanted>> {
    names.iter().find_map(|name| app.env.get(name).map(|text| named(name, text))).transpose()
}

/// The AWS partition a profile lives in, as its role says; `aws` where nothing does.
fn partition(profiles: &Profiles, profile: &str) -> String {
    let arn = profiles.get(profile).and_then(|p| p.get("role_arn").map(str::to_string));
    arn.as_deref().and_then(|arn| arn.split(':').nth(1)).filter(|p| !p.is_empty()).unwrap_or("aws").to_string()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Kit;

    #[test]
    fn of_many_profiles_an_error_names_a_few() {
        let named = |count: usize| {
            let kit = Kit::new();
            kit.config(&(1..=count).map(|i| format!("[profile p{i:02}]")).collect::<Vec<_>>().join("\n"));
            choose_profile(&kit.app, &Profiles::load(&kit.app.env).unwrap(), None).unwrap_err().hint.unwrap()
        };
        assert_eq!(named(2), "name one of: p01, p02");
        assert!(named(10).ends_with("p09, p10") && named(11).ends_with("p09, p10 … (`awsx list` shows all)"));
    }
}
