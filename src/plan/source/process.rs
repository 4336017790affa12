//! What a `credential_process` needs: its command line in words. Pure.

use std::ffi::OsString;

use super::Process;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::cli::{Cli, Verb};
use crate::plan::{Inputs, place};
use crate::profile::{Profile, Profiles, Step, words};

/// The key of a profile.
const KEY: &str = "credential_process";

/// The program that a profile names.
pub fn of(inputs: &Inputs, profile: &Profile) -> Result<Process> {
    let whose = || format!("the {KEY} of profile {}{}", profile.name, place(profile, KEY));
    let looped = |cause: String| {
        Error::config(format!("{} asks awsx for the same profile", whose())).cause(cause).hint(format!(
            "take it out of profile {0}, or put it into a profile of another name, which programs then use for {0}",
            profile.name
        ))
    };
    // While awsx waits for such a program, the program may itself call awsx.
    if resolving(inputs.env.get(vars::AWSX_RESOLVING)).contains(&profile.name) {
        return Err(looped("it would wait for itself for ever".into()));
    }
    let words = words::split(profile.get(KEY).unwrap_or_default()).map_err(|cause| {
        Error::config(format!("{} can't be read", whose()))
            .cause(cause)
            .hint("quote it as for a shell; the AWS CLI runs it without one")
    })?;
    if words.first().is_none_or(String::is_empty) {
        return Err(Error::config(format!("{} is empty", whose())).hint("name a program that prints credentials"));
    }
    if let Some(way) = way_back(inputs, profile, &words) {
        return Err(looped(format!("it would wait for itself for ever: {}", way.join(" → "))));
    }
    Ok(Process { words })
}

/// The profiles whose `credential_process` is running around this command ([`vars::AWSX_RESOLVING`]).
pub fn resolving(variable: Option<&str>) -> Vec<String> {
    variable.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The way from a profile back to itself, where each `credential_process` on it is a call of awsx that can be read
/// here. What is hidden in a script shows when it runs ([`resolving`]).
fn way_back(inputs: &Inputs, profile: &Profile, words: &[String]) -> Option<Vec<String>> {
    let mut way = vec![profile.name.clone()];
    let mut running = vec![profile.name.clone()];
    let mut words = words.to_vec();
    loop {
        let asked = asked_profile(inputs.profiles, inputs.env, &words)?;
        let known = |name: &str| inputs.known.key_id(name, false).is_ok_and(|id| id.is_some());
        let hops = inputs.profiles.way(&asked, known)?;
        way.push(asked.clone());
        way.extend(hops.iter().rev().map(|hop| hop.profile.name.clone()).filter(|name| *name != asked));
        let base = hops.first().filter(|hop| hop.step == Step::Process)?;
        if running.contains(&base.profile.name) {
            return Some(way);
        }
        running.push(base.profile.name.clone());
        words = words::split(base.profile.get(KEY)?).ok()?;
    }
}

/// The profile that a command line asks awsx for; `None` if it is no call of awsx, or one without credentials.
pub fn asked_profile(profiles: &Profiles, env: &Env, words: &[String]) -> Option<String> {
    let program = words.first()?;
    if program.rsplit('/').next() != Some("awsx") {
        return None;
    }
    // What nearly all of them are. Reading the whole command line takes time, and there may be ten thousand.
    if let [_, verb, name] = words
        && verb == "credential-process"
        && !name.starts_with('-')
    {
        return profiles.find(name).ok();
    }
    let args: Vec<OsString> = words.iter().map(OsString::from).collect();
    let said = match Cli::read(&args).ok()?.verb? {
        Verb::CredentialProcess(args) => args.profile,
        Verb::Env(args) => args.profile,
        Verb::Exec(args) => args.profile,
        _ => return None,
    };
    // Behind the variable comes the folder, of which nothing is known here.
    profiles.find(said.as_deref().or_else(|| env.get(vars::AWSX_PROFILE))?).ok()
}
