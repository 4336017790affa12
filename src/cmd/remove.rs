//! `awsx remove`: keys out of the keychain, and with them every session that was made from them.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::cli;
use crate::ports::Item;
use crate::profile::Profiles;
use crate::session::forget;
use crate::sources::keys;
use crate::store::state;

/// Runs `awsx remove`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Remove) -> Result<u8> {
    let (name, id) = stored(app, &args.profile)?;
    let shown = if id.is_empty() { "the keys" } else { id.as_str() };
    if !app.confirm(&format!("Remove {shown} of {name} from the keychain, and every session made from it?"))? {
        return Err(Error::failed(format!("the keys of {name} are as they were")));
    }
    if !app.keychain.remove(&Item::Keys(name.clone()))? {
        return Err(nothing(&name));
    }
    app.prompter.say(&format!("removed {shown} of {name} from the keychain ({})", app.keychain.backend()));
    forget_all(app, &name, &id).map_err(|e| Error {
        what: format!("the keys of {name} are removed, but something made from them is left: {}", e.what),
        ..e
    })?;
    app.prompter.say("the key still works at AWS until it is deactivated or deleted there");
    Ok(0)
}

/// The profile whose keys are meant, and the ID of the key: a name as it is (it need not be in the config any more), else
/// whatever finds a profile.
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
    // An index may have outlived its keys.
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
