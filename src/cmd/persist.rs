//! `awsx persist`: a session in the credentials file, or a profile that asks awsx for one each time, for programs
//! that know nothing of awsx.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::{output, programs};
use crate::cli;
use crate::deliver::persisted;
use crate::deliver::quote::word;
use crate::plan::role::agents_session;
use crate::profile::{FileKind, Locations, Profiles, SOURCE_KEYS, Step, edit, edit_file};
use crate::select::request;
use crate::select::selection::Selection;
use crate::session;

/// Runs `awsx persist`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Persist) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    if args.link { link(app, &profiles, args) } else { write(app, &profiles, args) }.map(|()| 0)
}

fn write(app: &App, profiles: &Profiles, args: &cli::Persist) -> Result<()> {
    let request = request::from_args(app, profiles, args.profile.as_deref(), &args.session)?;
    let name = &request.profile;
    if persisted::is_name(name) && profiles.get(name).is_some_and(|profile| profile.static_keys().is_some()) {
        return Err(Error::config(format!("{name} is a persisted session already"))
            .hint("name the profile that it was made for"));
    }
    // An AI agent's session takes no place of a person's.
    let owner = request.agent.as_ref().map(|agent| format!("{name}-{}", agents_session(&agent.name)));
    let target = persisted::name(owner.as_ref().unwrap_or(name), is_role(profiles, name));
    persisted::check_room(profiles, &target)?;
    let at = Locations::of(&app.env)?;
    let file = at.credentials.display();
    // Asked before a code is spent.
    if !app.confirm(&format!("Write a session of {name} to {file} as {target}, in plain text?"))? {
        return Err(Error::failed(format!("no session of {name} was written")));
    }
    let session = session::obtain(app, profiles, &request)?;
    edit_file(&at.credentials, |text| {
        persisted::write(text, &target, &session.credentials).map(|text| text.to_string())
    })?;
    let settings = persisted::settings(profiles, name);
    put_config(&at.config, &target, &settings)?;
    let until = session.credentials.expires.map(|end| format!(" until {end}")).unwrap_or_default();
    app.prompter.say(&format!("wrote a session of {name} to {file}: aws --profile {} …{until}", word(&target)));
    warn_of_readers(app, &at.credentials);
    output::lines([target])
}

/// Whether a profile gives a role session, and not one of GetSessionToken.
fn is_role(profiles: &Profiles, name: &str) -> bool {
    match profiles.way(name, |_| false) {
        Some(hops) => hops.iter().any(|hop| !matches!(hop.step, Step::Keys | Step::Process)),
        None => profiles.get(name).is_some_and(|profile| profile.has("role_arn")),
    }
}

fn link(app: &App, profiles: &Profiles, args: &cli::Persist) -> Result<()> {
    let name = Selection::of(&app.env, args.profile.as_deref()).profile(app, profiles)?;
    let target = args.name.clone().unwrap_or_else(|| format!("{name}-awsx"));
    if target == name {
        return Err(Error::config(format!("{name} can't be a link to itself"))
            .cause("awsx would be asked for credentials that it gets from awsx")
            .hint("give the link another --name"));
    }
    let command = persisted::link(&program(app), &name)?;
    if let Some(there) = profiles.get(&target) {
        let other = SOURCE_KEYS.into_iter().chain(["aws_access_key_id"]).find(|key| match *key {
            "credential_process" => there.get(key).is_some_and(|command| !command.contains(" credential-process ")),
            _ => there.has(key),
        });
        if let Some(key) = other {
            return Err(Error::config(format!("{target} is a profile of its own"))
                .cause(format!("it has {key}"))
                .hint("give the link another --name"));
        }
        let same = there.get("credential_process") == Some(&command);
        if !same && !app.confirm(&format!("There is a profile {target}. Make it a link to {name}?"))? {
            return Err(Error::failed(format!("{target} was not changed")));
        }
    }
    let mut settings = persisted::settings(profiles, &name);
    settings.insert(0, ("credential_process", command));
    let config = Locations::of(&app.env)?.config;
    put_config(&config, &target, &settings)?;
    app.prompter.say(&format!("wrote the profile {target} to {}: aws --profile {} …", config.display(), word(&target)));
    output::lines([target])
}

/// How other programs call awsx: by the path under which the shell finds it, which stays the same when awsx is updated.
/// They may have another PATH.
fn program(app: &App) -> String {
    let running = std::env::current_exe().ok();
    let real = |path: &Path| path.canonicalize().ok();
    let found = programs::find(&app.env, "awsx");
    let found = found.filter(|found| running.as_deref().is_none_or(|running| real(running) == real(found)));
    found.or(running).and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| "awsx".into())
}

/// Writes a profile with these settings into the config; none where there are no settings and no such profile.
fn put_config(config: &Path, name: &str, settings: &[(&'static str, String)]) -> Result<()> {
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    if !settings.is_empty() {
        edit_file(config, |text| {
            edit::put_profile(text, FileKind::Config, name, &settings, &[]).map(|text| text.to_string())
        })?;
    }
    Ok(())
}

/// Others must not read a file with sessions. Its mode is the person's own, so it is only told.
fn warn_of_readers(app: &App, path: &Path) {
    let mode = std::fs::metadata(path).map_or(0, |file| file.permissions().mode());
    if mode & 0o077 != 0 {
        app.prompter.warn(&format!("others can read {}: chmod 600 ends that", path.display()));
    }
}
