//! A key pair on its way into the keychain: whose it is, whether it has arrived, and what is remembered of it.

use crate::app::App;
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::plan::endpoint::endpoint;
use crate::ports::{Caller, Identity, Item};
use crate::profile::{FileKind, Locations, Profile, Profiles, edit, edit_file};
use crate::session::{forget, guards};
use crate::sources::keys;
use crate::store::state;

/// Asks AWS whose keys these are, and warns of those of a root user.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Refused`] if AWS doesn't know them, [`crate::base::error::ErrorKind::Config`] if
/// they are of another account than the profile states; else why AWS could not be asked.
pub fn verify(
    app: &App,
    profiles: &Profiles,
    name: &str,
    region: Option<&str>,
    keys: &Credentials,
) -> Result<Identity> {
    let profile = profiles.get(name).unwrap_or_else(|| Profile::bare(name));
    let at = endpoint(&app.env, profiles, &profile, "sts", region)?;
    app.debug(|| format!("sts:GetCallerIdentity in {}", at.region));
    let identity = app.sts.get_caller_identity(Caller::new(keys, &at)).map_err(|e| {
        let context = Context {
            profile: Some(name),
            url: at.url.as_deref(),
            region: Some(&at.region),
            now: Some(app.clock.now()),
            ..Context::default()
        };
        errors::explain(&e, &context)
    })?;
    if !profile.has("role_arn") {
        guards::check_account(&profile, &identity.account)?;
    }
    if identity.arn.ends_with(":root") {
        app.prompter.warn(&format!(
            "these are keys of the root user of account {}: whoever has them can do everything, and no policy limits them. \
             Better delete them and use those of an IAM user",
            identity.account
        ));
    }
    Ok(identity)
}

/// The key pair that the keychain holds for a profile.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Keychain`], also for an item that is no key pair.
pub fn held(app: &App, name: &str) -> Result<Option<Credentials>> {
    app.keychain.get(&Item::Keys(name.to_owned()))?.map(|secret| keys::decode(&secret)).transpose()
}

/// Stores a key pair, reads it back and compares it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Keychain`] if it can't be stored, or something else comes back.
pub fn put(app: &App, name: &str, keys: &Credentials) -> Result<()> {
    app.keychain.set(&Item::Keys(name.to_owned()), &keys::encode(keys)?)?;
    check(app, name, keys)
}

/// Reads a key pair back from the keychain and compares it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Keychain`] if it is not there, or is another one.
pub fn check(app: &App, name: &str, keys: &Credentials) -> Result<()> {
    if held(app, name)?.as_ref() == Some(keys) {
        return Ok(());
    }
    Err(Error::keychain(format!("the keychain ({}) does not hold the keys of {name}", app.keychain.backend()))
        .cause("they were stored, and something else came back")
        .hint("choose another --backend"))
}

/// What to ask before `old` is replaced; it is `None` if it can't be read.
pub fn replacement(name: &str, old: Option<&Credentials>, new: &Credentials) -> String {
    let id = &new.access_key_id;
    match old.map(|old| &old.access_key_id) {
        Some(old) if old == id => format!("{name} has the key {id} already, with another secret. Replace the secret?"),
        Some(old) => format!("{name} has the key {old} already. Replace it with {id}?"),
        None => format!("{name} has something in the keychain that is no key pair. Replace it with {id}?"),
    }
}

/// Remembers whose key it is, and forgets the sessions of the key before it. All of it can be learnt again, so a
/// failure is only a warning.
pub fn remember(app: &App, name: &str, keys: &Credentials, identity: Option<&Identity>, old: Option<&str>) {
    let learnt = app.state_dir().map(|dir| {
        state::update(&dir, name, |known| {
            known.set_key(&keys.access_key_id);
            if let Some(identity) = identity {
                known.arn = Some(identity.arn.clone());
                known.account = Some(identity.account.clone());
            }
        })
    });
    match learnt {
        Ok(Ok(())) => {}
        Ok(Err(e)) => app.prompter.warn(&format!("can't remember whose key it is: {e}")),
        Err(e) => app.prompter.warn(&format!("can't remember whose key it is: {}", e.what)),
    }
    if let Some(old) = old.filter(|old| *old != keys.access_key_id)
        && let Err(e) = forget::made_from(app, &[old])
    {
        app.prompter.warn(&format!("sessions made from the old key are still cached: {}", e.what));
    }
}

/// Says what is in the keychain now.
pub fn say_stored(app: &App, name: &str, keys: &Credentials, identity: Option<&Identity>) {
    let whose = identity.map_or_else(|| " (not checked)".into(), |identity| format!(" of {}", identity.arn));
    let (id, backend) = (&keys.access_key_id, app.keychain.backend());
    app.prompter.say(&format!("stored the key {id}{whose} for {name} ({backend})"));
}

/// Adds a profile to the config.
///
/// # Errors
/// Those of the edit. The message says that the keys are stored all the same.
pub fn add_profile(app: &App, name: &str, settings: &[(&str, &str)]) -> Result<()> {
    let config = Locations::of(&app.env)?.config;
    edit_file(&config, |text| edit::add_profile(text, FileKind::Config, name, settings)).map_err(|e| {
        let what = format!("the keys of {name} are in the keychain, but the profile could not be added to the config");
        Error { what, cause: Some(e.cause.map_or(e.what.clone(), |cause| format!("{}: {cause}", e.what))), ..e }
    })?;
    app.prompter.say(&format!("added the profile {name} to {}", config.display()));
    Ok(())
}
