//! `awsx mfa`: status, remove, resync and code.

use crate::app::App;
use crate::aws::arn::is_security_key;
use crate::aws::errors::{self, Class};
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::signals;
use crate::base::vars;
use crate::devices::codes::Codes;
use crate::devices::config;
use crate::devices::is_virtual;
use crate::devices::user::{self, Access, Target, User};
use crate::mfa::codes;
use crate::mfa::spent::Ledger;
use crate::mfa::totp;
use crate::ports::{Caller, Item, MfaDevice};
use crate::profile::{Profile, Profiles};
use crate::select::selection::Selection;
use crate::session;
use crate::store::cache::Cache;
use crate::store::state;

/// The user's devices.
///
/// # Errors
/// Whatever the keys or AWS fail with.
pub fn status(app: &App, profiles: &Profiles, target: Target) -> Result<Vec<MfaDevice>> {
    let (user, access) = user::find(app, profiles, target)?;
    user.devices(&access)
}

/// Deactivates a device, deletes a virtual one unless it is to be kept, and cleans up after it on this machine.
///
/// # Errors
/// Any kind; what has been done by then is said.
pub fn remove(app: &App, profiles: &Profiles, target: Target, serial: Option<&str>, keep: bool) -> Result<()> {
    let (user, access) = user::find(app, profiles, target)?;
    let devices = user.devices(&access)?;
    let unused = match serial {
        Some(serial) if !devices.iter().any(|d| d.serial == serial) => user.left_over(&access)?,
        _ => Vec::new(),
    };
    if let Some(serial) = serial.filter(|serial| unused.iter().any(|unused| unused == serial)) {
        if keep {
            return Err(Error::failed(format!("{serial} is not in use already")));
        }
        if !app.confirm(&format!("Delete {serial}, which is not in use?"))? {
            return Err(untouched());
        }
        delete(app, &access, serial)?;
        app.prompter.say(&format!("{serial} was deleted."));
        return clean_up(app, &user, serial, false);
    }
    let serial = choose(app, &user, &devices, serial)?;
    let what = if keep || !is_virtual(&serial) { "Deactivate" } else { "Deactivate and delete" };
    let profiles_with_it = config::named_by(profiles, &serial);
    let config = match profiles_with_it.len() {
        0 => String::new(),
        _ => format!(", and take it out of {}", profiles_with_it.join(", ")),
    };
    let last = if devices.len() == 1 { " It is the only one." } else { "" };
    if !app.confirm(&format!("{what} {serial} of {}{config}?{last}", user.name))? {
        return Err(untouched());
    }
    let access = user.with_mfa(access, &devices, Some(&serial))?;
    if let Some(interruption) = signals::pending() {
        return Err(interruption);
    }
    let (with, at) = (&access.credentials, &access.iam);
    match app.iam.deactivate_mfa_device(Caller::new(with, at), &user.name, &serial) {
        Err(e) if !errors::is_missing(&e) => return Err(access.explain(app, &e, Some(&serial))),
        _ => app.prompter.say(&format!("{serial} is deactivated.")),
    }
    let deleted = if keep || !is_virtual(&serial) {
        Ok(())
    } else {
        delete(app, &access, &serial).map(|()| app.prompter.say("It is deleted.")).map_err(|e| {
            let hint = format!("awsx mfa remove {} --mfa-serial {serial}", user.asked);
            Error { what: format!("the device is deactivated, but not deleted: {}", e.what), ..e }.hint(hint)
        })
    };
    clean_up(app, &user, &serial, keep)?;
    if keep {
        app.prompter.say(&format!("It can be used again: awsx provision-mfa {} offers it.", user.asked));
    }
    deleted
}

fn untouched() -> Error {
    Error::failed("nothing was changed")
}

/// Deletes a virtual device; one that is gone already is fine, and one that was deactivated a moment ago may need another.
fn delete(app: &App, access: &Access, serial: &str) -> Result<()> {
    let mut tries = 0;
    loop {
        match app.iam.delete_virtual_mfa_device(Caller::new(&access.credentials, &access.iam), serial) {
            Ok(()) => return Ok(()),
            Err(e) if errors::is_missing(&e) => return Ok(()),
            Err(e) if tries < 3 && matches!(errors::classify(&e), Class::InUse | Class::Changing) => {
                tries += 1;
                app.clock.sleep(2);
            }
            Err(e) => return Err(access.explain(app, &e, Some(serial))),
        }
    }
}

/// Removes the device from the config, the state, the cached sessions and the keychain. Each is tried; what fails is
/// said at the end.
fn clean_up(app: &App, user: &User, serial: &str, keep: bool) -> Result<()> {
    let mut problems: Vec<String> = Vec::new();
    let mut problem = |what: &str, e: &Error| {
        let why = e.cause.as_deref().map_or(e.what.clone(), |cause| format!("{}: {cause}", e.what));
        problems.push(format!("{what} ({why})"));
    };
    match config::clean(app, serial) {
        Ok(profiles) if profiles.is_empty() => {}
        Ok(profiles) => app.prompter.say(&format!("mfa_serial was taken out of {}.", profiles.join(", "))),
        Err(e) => problem("the AWS files still name it", &e),
    }
    if let Ok(states) = app.state_dir()
        && state::load(&states, &user.profile).serial.as_deref() == Some(serial)
    {
        let _ = state::update(&states, &user.profile, |state| state.set_device(None));
    }
    if let Ok(cache) = Cache::open(app) {
        for (key, _) in cache.entries().iter().filter(|(_, entry)| entry.serial.as_deref() == Some(serial)) {
            if let Err(e) = cache.remove(key) {
                problem("a cached session is left", &e);
            }
        }
    }
    if !keep && is_virtual(serial) {
        match app.keychain.remove(&Item::Seed(serial.to_owned())) {
            Ok(true) => app.prompter.say("Its seed was taken out of the keychain."),
            Ok(false) => {}
            Err(e) => problem("a stored seed may be left in the keychain", &e),
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::failed("AWS no longer uses the device, but this machine still does").cause(problems.join("; ")))
}

/// Brings a device whose clock has drifted back in step, with two consecutive codes.
///
/// # Errors
/// Any kind.
pub fn resync(app: &App, profiles: &Profiles, target: Target, serial: Option<&str>) -> Result<()> {
    let (user, access) = user::find(app, profiles, target)?;
    let devices: Vec<MfaDevice> = user.devices(&access)?.into_iter().filter(|d| !is_security_key(&d.serial)).collect();
    let serial = choose(app, &user, &devices, serial)?;
    // Without an MFA session: the codes of this device would be refused.
    let process = mfa_process(profiles, (&user.asked, &user.profile), &serial);
    let give = || session::code(app, profiles, &user.profile, &serial, process.as_deref());
    if let Some(first) = give()? {
        let ledger = Ledger::of(app, &serial);
        let mut pair = [first.clone(), first];
        if ledger.spent(&pair[0]).is_some() {
            pair[0] = next(app, &give, &pair[0])?;
        }
        pair[1] = next(app, &give, &pair[0])?;
        return send(app, &user, &access, &serial, &pair).map_err(|(_, error)| error);
    }
    if !app.prompter.can_ask() {
        return Err(Error::input("two codes of the device are needed").hint("run it on a terminal"));
    }
    let mut codes = Codes::new(app, None);
    loop {
        let pair = codes.pair(&mut || Ok(()))?;
        match send(app, &user, &access, &serial, &pair) {
            Ok(()) => return Ok(()),
            Err((true, error)) => codes.refused().map_err(|last| Error { kind: error.kind, ..last })?,
            Err((false, error)) => return Err(error),
        }
    }
}

/// The code that comes after `before`.
fn next(app: &App, give: &dyn Fn() -> Result<Option<Secret>>, before: &Secret) -> Result<Secret> {
    for _ in 0..3 {
        app.prompter.countdown("The next code comes in {} s", totp::seconds_to_next(app.clock.now()))?;
        match give()? {
            Some(code) if code != *before => return Ok(code),
            _ => {}
        }
    }
    Err(Error::failed("the same MFA code comes again and again").hint("check mfa_process and this machine's clock"))
}

/// Sends two codes; on failure whether it is the codes that were refused.
fn send(
    app: &App,
    user: &User,
    access: &Access,
    serial: &str,
    pair: &[Secret; 2],
) -> std::result::Result<(), (bool, Error)> {
    let (with, at) = (&access.credentials, &access.iam);
    if let Err(e) = app.iam.resync_mfa_device(Caller::new(with, at), &user.name, serial, pair) {
        return Err((errors::is_mfa_refused(&e), access.explain(app, &e, Some(serial))));
    }
    let ledger = Ledger::of(app, serial);
    for code in pair {
        ledger.record(code);
    }
    app.prompter.say(&format!("{serial} is in step again."));
    Ok(())
}

/// A code from `mfa_process` or the stored seed, and never one that is spent. `serial` is the device, whatever the profile
/// says.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if no device is known, [`crate::base::error::ErrorKind::Input`] if nothing gives its codes.
pub fn code(app: &App, profiles: &Profiles, profile: Option<&str>, serial: Option<&str>) -> Result<Secret> {
    let asked = Selection::of(&app.env, profile).profile(app, profiles)?;
    let keys = user::keys_profile(app, profiles, &asked)?;
    let named = serial.or_else(|| app.env.get(vars::AWS_MFA_SERIAL)).map(str::to_owned);
    let serial = named.or_else(|| own_device(app, profiles, (&asked, &keys)));
    let process = mfa_process(profiles, (&asked, &keys), serial.as_deref().unwrap_or_default());
    let Some(serial) = serial.or_else(|| process.as_ref().map(|_| String::new())) else {
        return Err(Error::config(format!("no MFA device is known for {asked}"))
            .hint(format!("awsx provision-mfa {asked}, or mfa_serial in the profile")));
    };
    let give = || session::code(app, profiles, &asked, &serial, process.as_deref());
    let Some(code) = give()? else {
        return Err(Error::input(format!("nothing gives the codes of {serial}"))
            .cause("its seed is not stored, and there is no mfa_process for it")
            .hint("read the code off the device; enrol with --store-seed to have them here"));
    };
    if Ledger::of(app, &serial).spent(&code).is_none() {
        return Ok(code);
    }
    next(app, &give, &code)
}

/// The device that a profile names, or the one that its keys were used with.
fn own_device(app: &App, profiles: &Profiles, (asked, keys): (&str, &str)) -> Option<String> {
    let of = |name: &str| profiles.get(name).and_then(|p| p.mfa_serial().map(str::to_owned));
    of(asked).or_else(|| of(keys)).or_else(|| state::load(&app.state_dir().ok()?, keys).serial)
}

/// What gives the codes of a device without asking.
fn mfa_process(profiles: &Profiles, names: (&str, &str), serial: &str) -> Option<String> {
    let profiles: Vec<Profile> = [names.0, names.1].into_iter().filter_map(|name| profiles.get(name)).collect();
    codes::own_process(&profiles, serial)
}

/// The device that is meant.
fn choose(app: &App, user: &User, devices: &[MfaDevice], serial: Option<&str>) -> Result<String> {
    let serials: Vec<String> = devices.iter().map(|d| d.serial.clone()).collect();
    let named = |what: String| {
        let known = if serials.is_empty() { "none".to_owned() } else { serials.join(", ") };
        Error::failed(what).cause(format!("the devices are: {known}"))
    };
    match (serial, serials.as_slice()) {
        (Some(serial), _) if serials.iter().any(|known| known == serial) => Ok(serial.to_owned()),
        (Some(serial), _) => Err(named(format!("{} has no device {serial}", user.name))),
        (None, []) => Err(Error::failed(format!("{} has no MFA device", user.name))
            .hint(format!("awsx provision-mfa {}", user.asked))),
        (None, [only]) => Ok(only.clone()),
        (None, _) if app.prompter.can_ask() => {
            let chosen = app.prompter.choose("MFA device", &serials)?;
            serials.get(chosen).cloned().ok_or_else(|| Error::input("no device chosen"))
        }
        (None, _) => Err(Error::input(format!("{} has several devices", user.name))
            .cause(serials.join(", "))
            .hint("name one with --mfa-serial")),
    }
}
