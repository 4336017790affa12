//! `awsx login NAME --console`: a new console login, and the profile that uses it.

use super::begin::{self, How};
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::plan::endpoint::endpoint;
use crate::ports::Prompter;
use crate::profile::{FileKind, Locations, Profile, Profiles, SOURCE_KEYS, edit, edit_file, shares};

/// The key of a profile.
const KEY: &str = "login_session";
/// The region that is taken where nobody names one.
const REGION: &str = "us-east-1";

/// Has a person sign in, keeps that, and writes the profile: `login_session`, and a region if it has none. Every other
/// byte of the config stays. A profile that starts from something else is changed only if a person says so.
///
/// # Errors
/// What keeps somebody from signing in, a profile that can't be one, and an answer that is no.
pub fn adopt(app: &App, name: &str, region: Option<&str>, how: &How) -> Result<()> {
    if name.is_empty() || name.contains(char::is_control) {
        return Err(Error::usage("that can't be the name of a profile"));
    }
    let profiles = Profiles::load(&app.env)?;
    let there = profiles.get(name);
    // A name that the config can't hold is refused before anybody signs in.
    if there.is_none() {
        edit::add_profile("", FileKind::Config, name, &[])?;
    }
    let others = there.as_ref().map(|profile| other_sources(app, profile)).transpose()?.unwrap_or_default();
    let profile = there.unwrap_or_else(|| Profile::bare(name));
    let region = match region {
        Some(region) => region.to_owned(),
        None => known_region(app, &profiles, name).map_or_else(|| ask_region(app.prompter.as_ref()), Ok)?,
    };
    let at = endpoint(&app.env, &profiles, &profile, "signin", Some(&region))?;
    let begun = begin::sign_in(app, name, &at, how)?;
    if let Some(other) = profile.get(KEY).filter(|other| *other != begun.arn)
        && !app.confirm(&format!("{name} is a console login of {other}. Make it one of {}?", begun.arn))?
    {
        return Err(unchanged(name));
    }
    super::keep(app, &begun, shares(&profile)?.unwrap_or_default())?;
    write(app, &profile, &begun.arn, &region, &others)
}

/// The settings that give the profile its credentials today, and that would take precedence over a console login. A
/// person is asked whether the console login is to replace them.
fn other_sources(app: &App, profile: &Profile) -> Result<Vec<&'static str>> {
    let name = &profile.name;
    let stored = app.keychain.list()?.iter().any(|item| item.profile() == Some(name));
    if stored || profile.has("aws_access_key_id") {
        let hint = if stored { format!("awsx remove {name}, or another name") } else { "take another name".into() };
        return Err(Error::config(format!("{name} has long-lived keys, which go before a console login")).hint(hint));
    }
    let others: Vec<&str> = SOURCE_KEYS.into_iter().filter(|key| *key != KEY && profile.has(key)).collect();
    if others.is_empty() {
        return Ok(others);
    }
    let config = Locations::of(&app.env)?.config;
    let outside = others.iter().find(|key| profile.line(key).is_none_or(|(file, _)| *file != *config));
    if let Some(key) = outside {
        return Err(Error::config(format!("{name} has {key}, which goes before a console login"))
            .cause("it does not stand in the config")
            .hint("take it out, or take another name"));
    }
    let said = others.join(", ");
    if app.confirm(&format!("{name} starts from something else ({said}). Put a console login in its place?"))? {
        return Ok(others);
    }
    Err(unchanged(name))
}

fn unchanged(name: &str) -> Error {
    Error::failed(format!("the profile {name} was not changed")).hint("awsx login ANOTHER-NAME --console")
}

/// The region that the profile has, or that commands without a profile use.
fn known_region(app: &App, profiles: &Profiles, name: &str) -> Option<String> {
    let variables = [crate::base::vars::AWS_REGION, crate::base::vars::AWS_DEFAULT_REGION];
    profiles.inherited(name, "region").or_else(|| app.env.first(&variables).map(str::to_owned))
}

fn ask_region(prompter: &dyn Prompter) -> Result<String> {
    if !prompter.can_ask() {
        return Ok(REGION.into());
    }
    let typed = prompter.line(&format!("Region (Enter for {REGION}): "))?;
    Ok(if typed.is_empty() { REGION.into() } else { typed })
}

fn write(app: &App, profile: &Profile, arn: &str, region: &str, others: &[&str]) -> Result<()> {
    let (name, kind) = (profile.name.as_str(), FileKind::Config);
    let config = Locations::of(&app.env)?.config;
    let written = edit_file(&config, |text| {
        let mut text = text.to_owned();
        let in_config = Profiles::parse(Some((config.as_path(), text.clone())), None)?.contains(name);
        if !in_config {
            return edit::add_profile(&text, kind, name, &[(KEY, arn), ("region", region)]);
        }
        for key in others {
            text = edit::remove_value(&text, kind, name, key)?;
        }
        text = edit::set_value(&text, kind, name, KEY, arn)?;
        if profile.has("region") { Ok(text) } else { edit::set_value(&text, kind, name, "region", region) }
    });
    let written = written.map_err(|e| Error {
        what: format!("the console login of {arn} is kept, but {name} could not be written into the config"),
        cause: Some(e.cause.map_or(e.what.clone(), |cause| format!("{}: {cause}", e.what))),
        ..e
    })?;
    if written {
        app.prompter.say(&format!("{name} in {} is a console login of {arn} now", config.display()));
    }
    Ok(())
}
