//! `awsx remove`: keys out of the keychain, and with them every session that was made from them.

use std::collections::BTreeSet;

use crate::access_keys::rotate;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::cli;
use crate::ports::Item;
use crate::profile::Profiles;
use crate::session::{forget, guards};
use crate::sources::keys;
use crate::store::state;

/// Runs `awsx remove`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Remove) -> Result<u8> {
    let (name, id) = stored(app, &args.profile)?;
    guards::admit_to_change(app, &name)?;
    let shown = if id.is_empty() { "the keys" } else { id.as_str() };
    let rotation = rotate::half_done(app, &name)?;
    let rotating = rotation.as_ref().map(|rotation| format!(" {}", rotation.told(&name))).unwrap_or_default();
    let question = format!("Remove {shown} of {name} from the keychain, and every session made from it?{rotating}");
    if !app.confirm(&question)? {
        return Err(Error::failed(format!("the keys of {name} were not removed")));
    }
    let seeds = seeds(app, &name)?;
    if !app.keychain.remove(&Item::Keys(name.clone()))? {
        return Err(nothing(&name));
    }
    app.prompter.say(&format!("removed {shown} of {name} from the keychain ({})", app.keychain.backend()));
    if let Some(rotation) = &rotation {
        rotate::forget(app, &name, rotation)?;
    }
    forget_all(app, &name, &id).map_err(|e| Error {
        what: format!("the keys of {name} are removed, but not everything made from them: {}", e.what),
        ..e
    })?;
    for serial in seeds {
        app.keychain.remove(&Item::Seed(serial.clone())).map_err(|e| Error {
            what: format!("the keys of {name} are removed, but the seed of {serial} is left: {}", e.what),
            ..e
        })?;
        app.prompter.say(&format!(
            "removed the seed of {serial}; AWS goes on asking for its codes until the device is removed there"
        ));
    }
    app.prompter.say("the key still works at AWS until it is deactivated or deleted there");
    Ok(0)
}

/// The stored seeds of MFA devices that no other stored keys use, if the person agrees to remove them.
fn seeds(app: &App, name: &str) -> Result<Vec<String>> {
    let (dir, profiles) = (app.state_dir()?, Profiles::load(&app.env).ok());
    let devices = |name: &str| {
        let named = profiles.as_ref().and_then(|profiles| profiles.get(name)?.mfa_serial().map(str::to_owned));
        let found: BTreeSet<String> = named.into_iter().chain(state::load(&dir, name).serial).collect();
        found
    };
    let items = app.keychain.list()?;
    let others: BTreeSet<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Keys(other) if other != name => Some(devices(other)),
            _ => None,
        })
        .flatten()
        .collect();
    let stored = |serial: &String| !others.contains(serial) && items.contains(&Item::Seed(serial.clone()));
    let mut going = Vec::new();
    for serial in devices(name).into_iter().filter(stored) {
        let question = format!("Remove the stored seed of {serial} too? This machine can't compute its codes then.");
        if app.confirm(&question)? {
            going.push(serial);
        }
    }
    Ok(going)
}

/// The profile whose keys are meant, and the ID of its key. `text` is the name of stored keys (the profile may be gone
/// from the config), else anything that finds a profile.
fn stored(app: &App, text: &str) -> Result<(String, String)> {
    let id = |name: &str| -> Result<Option<String>> {
        let secret = app.keychain.get(&Item::Keys(name.to_owned()))?;
        // What can't be read can still be removed.
        Ok(secret.map(|secret| keys::decode(&secret).map_or_else(|_| String::new(), |keys| keys.access_key_id)))
    };
    if let Some(id) = id(text)? {
        return Ok((text.to_owned(), id));
    }
    let name = Profiles::load(&app.env)?.find(text)?;
    if let Some(id) = id(&name)? {
        return Ok((name, id));
    }
    // The keys may have been removed without awsx: forget what is remembered of them.
    forget_all(app, &name, "")?;
    Err(nothing(&name))
}

fn nothing(name: &str) -> Error {
    Error::config(format!("no keys of {name} are stored")).hint("`awsx list` shows where the keys of each profile are")
}

/// Sessions made from the key and what is remembered of the profile.
fn forget_all(app: &App, name: &str, id: &str) -> Result<()> {
    let dir = app.state_dir()?;
    let remembered = state::load(&dir, name).access_key_id;
    let ids: Vec<&str> = [Some(id), remembered.as_deref()].into_iter().flatten().filter(|id| !id.is_empty()).collect();
    let sessions = forget::made_from(app, &ids)?;
    if sessions > 0 {
        app.prompter.say(&format!("removed {sessions} cached session{}", if sessions == 1 { "" } else { "s" }));
    }
    state::forget(&dir, name).map_err(|e| Error::failed("what is remembered can't be removed").cause(e))?;
    Ok(())
}

#[cfg(test)]
mod tests;
