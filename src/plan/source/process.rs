//! What a `credential_process` needs: its command line in words. Pure.

use super::Process;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::plan::{Inputs, place};
use crate::profile::{Profile, words};

/// The program that a profile names.
pub fn of(inputs: &Inputs, profile: &Profile) -> Result<Process> {
    let key = "credential_process";
    let whose = || format!("the credential_process of profile {}{}", profile.name, place(profile, key));
    // While awsx waits for such a program, the program may itself call awsx.
    if resolving(inputs.env.get(vars::AWSX_RESOLVING)).contains(&profile.name) {
        return Err(Error::config(format!("{} asks awsx for the same profile", whose()))
            .cause("it would wait for itself for ever")
            .hint("let it ask for another profile"));
    }
    let words = words::split(profile.get(key).unwrap_or_default()).map_err(|cause| {
        Error::config(format!("{} can't be read", whose()))
            .cause(cause)
            .hint("quote it as for a shell; the AWS CLI runs it without one")
    })?;
    if words.first().is_none_or(String::is_empty) {
        return Err(Error::config(format!("{} is empty", whose())).hint("name a program that prints credentials"));
    }
    Ok(Process { words })
}

/// The profiles whose `credential_process` is running around this command ([`vars::AWSX_RESOLVING`]).
pub fn resolving(variable: Option<&str>) -> Vec<String> {
    variable.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
