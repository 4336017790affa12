//! What a web identity needs: its role, and where its token comes from. Pure.

use super::{WebIdentity, WebToken, resolving};
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::plan::{Inputs, place};
use crate::ports::{AssumeRole, Endpoint};
use crate::profile::{Profile, WEB_IDENTITY};

/// The web identity of a profile. `role` is what the profile asks for; AssumeRoleWithWebIdentity takes no external ID, no
/// tags and no source identity, so these are left out.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is no token to be had.
pub fn of(inputs: &Inputs, profile: &Profile, role: AssumeRole, at: Endpoint) -> Result<WebIdentity> {
    let role = AssumeRole {
        external_id: None,
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        source_identity: None,
        ..role
    };
    Ok(WebIdentity { token: token(inputs, profile)?, role, at })
}

fn token(inputs: &Inputs, profile: &Profile) -> Result<WebToken> {
    let [file, process] = WEB_IDENTITY;
    let whose = |key| format!("the {key} of profile {}{}", profile.name, place(profile, key));
    let (key, text) = if profile.has(file) { (file, profile.get(file)) } else { (process, profile.get(process)) };
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Err(Error::config(format!("{} names nothing", whose(key)))
            .cause("it is empty, or a nested section")
            .hint("name a file with the token, or a program that prints it"));
    };
    if key == file {
        return Ok(WebToken::File(text.into()));
    }
    // While awsx waits for such a program, the program may itself call awsx.
    if resolving(inputs.env.get(vars::AWSX_RESOLVING)).contains(&profile.name) {
        return Err(Error::config(format!("{} asks awsx for the same profile", whose(key)))
            .cause("it would wait for itself for ever")
            .hint("let it ask for another profile"));
    }
    Ok(WebToken::Process(text.to_owned()))
}

/// Keys that say what AssumeRole is sent along with.
pub const ROLE_KEYS: [&str; 4] = ["external_id", "session_tags", "transitive_session_tags", "source_identity"];

/// What a profile sets that AWS takes with no web identity, as a warning.
pub fn ignored(profile: &Profile) -> Option<String> {
    let set: Vec<&str> = ROLE_KEYS.into_iter().filter(|key| profile.has(key)).collect();
    (!set.is_empty()).then(|| {
        format!(
            "{}: {} can't be sent with a web identity token; tags and the source identity are claims in the token",
            profile.name,
            set.join(", ")
        )
    })
}
