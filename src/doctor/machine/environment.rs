//! What the environment says: profiles that don't exist, files in other places, and what other tools have left there.
//! Pure.

use super::super::around::endpoint;
use super::super::checks;
use super::super::finding::{Finding, said};
use crate::base::env::Env;
use crate::base::saved_env::SavedEnv;
use crate::base::sdk_settings::ENDPOINT_URL_OF;
use crate::base::time::Timestamp;
use crate::base::vars;
use crate::profile::Profiles;

/// Checks the environment.
pub fn check(env: &Env, profiles: &Profiles, names: &[String], now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    selectors(env, profiles, names, &mut found);
    files(env, &mut found);
    leftovers(env, now, &mut found);
    endpoints(env, &mut found);
    found
}

fn selectors(env: &Env, profiles: &Profiles, names: &[String], found: &mut Vec<Finding>) {
    let variables = [vars::AWSX_PROFILE, vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];
    // A session whose shims alone get credentials has set it for everything else.
    let ours = SavedEnv::of(env);
    let own = |variable: &'static str| env.get(variable).filter(|_| ours.before(variable).is_none());
    for variable in variables {
        let Some(name) = own(variable).filter(|name| !profiles.contains(name)) else { continue };
        let what = format!(
            "{variable} is set to {}, and there is no such profile: commands without a profile fail",
            said(name)
        );
        // A name, an account ID or a URL may stand there for awsx.
        let (why, hint) = match profiles.find(name) {
            Ok(_) if variable == vars::AWSX_PROFILE => continue,
            Ok(meant) => (format!(" (awsx takes it for {})", said(&meant)), None),
            Err(error) => (error.cause.map(|cause| format!("; {cause}")).unwrap_or_default(), error.hint),
        };
        let finding = Finding::new(checks::SELECTED_PROFILE_MISSING, what + &why);
        found
            .push(finding.fix(hint.unwrap_or_else(|| format!("set {variable} to the name of a profile, or unset it"))));
    }
    if let (Some(one), Some(other)) = (env.get(vars::AWS_PROFILE), env.get(vars::AWS_DEFAULT_PROFILE))
        && one != other
    {
        let what = "AWS_PROFILE and AWS_DEFAULT_PROFILE name different profiles: the AWS CLI 1 and boto3 take the second, everything else the first";
        found.push(Finding::new(checks::TWO_SELECTORS, what).fix("unset AWS_DEFAULT_PROFILE"));
    }
    if names.is_empty() {
        let what = "there are no profiles yet";
        found.push(Finding::new(checks::NO_PROFILES, what).fix("`awsx add PROFILE` stores keys and makes a profile"));
    } else if !profiles.contains("default") && variables.iter().all(|variable| env.get(variable).is_none()) {
        let what = "there is no profile default: a command that names no profile fails, and region and output must be set in each profile";
        let fix = "name a profile in each command, set AWS_PROFILE, or add [default] to the config";
        found.push(Finding::new(checks::NO_DEFAULT_PROFILE, what).fix(fix));
    }
}

/// The variables that move the files.
fn files(env: &Env, found: &mut Vec<Finding>) {
    let moved = [vars::AWS_CONFIG_FILE, vars::AWS_SHARED_CREDENTIALS_FILE];
    // A session of awsx may have moved them for the SDKs; awsx still reads the person's own.
    let ours = SavedEnv::of(env);
    let own = |name: &&str| env.path(name).is_some() && ours.before(name).is_none();
    let set: Vec<&str> = moved.into_iter().filter(own).collect();
    for name in &set {
        let Some(path) = env.path(name) else { continue };
        let shown = path.to_string_lossy().into_owned();
        if path.is_relative() && !shown.starts_with(['~', '$']) {
            let what = format!("{name} is {}, which means another file in each folder", said(&shown));
            found.push(
                Finding::new(checks::RELATIVE_FILE, what).fix(format!("set {name} to a path that starts with /")),
            );
        }
    }
    if !set.is_empty() {
        let other = moved.iter().find(|name| !set.contains(name));
        let rest = match other {
            Some(other) => format!("; {other} is not set, so the other file is the one in ~/.aws"),
            None => String::new(),
        };
        let what =
            format!("the AWS files are where {} say{}{rest}", set.join(" and "), if set.len() == 1 { "s" } else { "" });
        found.push(Finding::new(checks::CUSTOM_FILES, what));
    }
}

/// What other tools, or a session that has ended, have left.
fn leftovers(env: &Env, now: Timestamp, found: &mut Vec<Finding>) {
    let token = env.get(vars::AWS_SESSION_TOKEN);
    let keys = env.get(vars::AWS_ACCESS_KEY_ID).is_some();
    if let Some(old) = env.get("AWS_SECURITY_TOKEN").filter(|old| token != Some(old)) {
        let _ = old;
        let what = "AWS_SECURITY_TOKEN is set and is not AWS_SESSION_TOKEN: the AWS CLI and boto3 read it first, so AWS refuses every call";
        found.push(Finding::new(checks::STALE_TOKEN, what).fix("unset AWS_SECURITY_TOKEN"));
    }
    if keys && env.get(vars::AWS_PROFILE).is_some() {
        let what = "AWS_ACCESS_KEY_ID and AWS_PROFILE are both set: the SDK for JavaScript takes the profile, everything else the keys";
        found.push(Finding::new(checks::KEYS_AND_PROFILE, what).fix("unset AWS_PROFILE, or the keys"));
    }
    let ours = env.get(vars::AWSX_PROFILE).is_some();
    if let Some(profile) = env.get(vars::AWS_VAULT).filter(|_| !ours) {
        let (what, fix) = if keys {
            (format!("this is a session of aws-vault for {}", said(profile)), "exit leaves it")
        } else {
            (
                format!(
                    "AWS_VAULT says {}, and there are no keys beside it: the prompt shows a session that isn't there",
                    said(profile)
                ),
                "unset AWS_VAULT",
            )
        };
        found.push(Finding::new(checks::OTHER_TOOL, what).fix(fix));
    }
    let ends = env.get(vars::AWS_CREDENTIAL_EXPIRATION).and_then(|text| Timestamp::parse_rfc3339(text).ok());
    if let Some(ends) = ends.filter(|ends| *ends <= now) {
        let what = format!("AWS_CREDENTIAL_EXPIRATION says {ends}, which has passed: boto3 refuses the keys beside it");
        let fix = if ours { "`awsx refresh` renews the session" } else { "unset it, with the keys beside it" };
        found.push(Finding::new(checks::EXPIRED_IN_ENVIRONMENT, what).fix(fix));
    }
}

fn endpoints(env: &Env, found: &mut Vec<Finding>) {
    for (name, value) in env.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?))) {
        if (name == vars::AWS_ENDPOINT_URL || name.starts_with(ENDPOINT_URL_OF))
            && let Some((check, what, fix)) = endpoint(value)
        {
            found.push(Finding::new(check, format!("{name}: {what}")).fix(fix));
        }
    }
}
