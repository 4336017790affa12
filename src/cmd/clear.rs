//! `awsx clear`: forgets cached sessions, and that a user has no MFA device. Keys stay, and so do the hashes of
//! accepted codes.

use zeroize::Zeroizing;

use crate::app::App;
use crate::base::error::Result;
use crate::base::time::Timestamp;
use crate::cli;
use crate::deliver::persisted;
use crate::profile::{FileKind, Locations, Profiles, edit, edit_file, io};
use crate::store::cache::{Cache, Entry};
use crate::store::state;

/// Runs `awsx clear`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Clear) -> Result<u8> {
    let cache = Cache::open(app)?;
    if args.expired {
        return expired(app, &cache);
    }
    look_for_devices_again(app, args.profile.as_deref())?;
    let (removed, whose) = match &args.profile {
        None => (cache.remove_all()?, String::new()),
        Some(text) => {
            let name = name(app, &cache, text)?;
            let key_id = state::load(&app.state_dir()?, &name).access_key_id;
            // For a profile with keys: also the sessions of other profiles that were made from its keys.
            let made_from_its_key = |entry: &Entry| key_id.as_ref().is_some_and(|id| *id == entry.source_key_id);
            let removed = cache.remove_where(|entry| entry.profile == name || made_from_its_key(entry))?;
            (removed, format!(" of {name}"))
        }
    };
    app.prompter.say(&match removed {
        0 => format!("no cached session{whose}"),
        1 => format!("forgot one cached session{whose}"),
        _ => format!("forgot {removed} cached sessions{whose}"),
    });
    Ok(0)
}

/// Forgets what has expired: cached sessions, and those that were persisted in the AWS files.
fn expired(app: &App, cache: &Cache) -> Result<u8> {
    let now = app.clock.now();
    let over = |entry: &Entry| entry.credentials.expires.is_none_or(|end| end <= now);
    let cached = cache.remove_where(over)?;
    let gone = persisted_in_files(app, now)?;
    for name in &gone {
        app.prompter.say(&format!("removed the expired session {name} from the AWS files"));
    }
    app.prompter.say(&match (cached, gone.len()) {
        (0, 0) => "no expired session".to_owned(),
        (0, _) => "no expired session in the cache".to_owned(),
        (1, _) => "forgot one expired session of the cache".to_owned(),
        _ => format!("forgot {cached} expired sessions of the cache"),
    });
    Ok(0)
}

/// Removes persisted sessions that have expired from both AWS files; their names. In the config, only what goes along
/// with a persisted session is removed. The config comes first: a second run finds the rest of what a killed one has
/// begun.
fn persisted_in_files(app: &App, now: Timestamp) -> Result<Vec<String>> {
    let at = Locations::of(&app.env)?;
    let expired =
        |text: &str| Ok(persisted::expired(&Profiles::parse(None, Some((&at.credentials, text.to_owned())))?, now));
    let Some(text) = io::read(&at.credentials)? else { return Ok(Vec::new()) };
    let gone: Vec<String> = expired(&text)?;
    if gone.is_empty() {
        return Ok(gone);
    }
    if io::read(&at.config)?.is_some() {
        edit_file(&at.config, |text| {
            let config = Profiles::parse(Some((&at.config, text.to_owned())), None)?;
            let companion = |name: &&String| config.get(name).is_some_and(|profile| persisted::is_companion(&profile));
            let companions: Vec<String> = gone.iter().filter(companion).cloned().collect();
            without(text, FileKind::Config, &companions)
        })?;
    }
    edit_file(&at.credentials, |text| without(text, FileKind::Credentials, &expired(text)?))?;
    Ok(gone)
}

fn without(text: &str, kind: FileKind, names: &[String]) -> Result<String> {
    let mut text = Zeroizing::new(text.to_owned());
    for name in names {
        text = edit::remove_profile(&text, kind, name)?;
    }
    Ok(std::mem::take(&mut text))
}

/// Forgets that the users behind these profiles have no MFA device: somebody who clears may have enrolled one.
fn look_for_devices_again(app: &App, profile: Option<&str>) -> Result<()> {
    let (dir, Ok(profiles)) = (app.state_dir()?, Profiles::load(&app.env)) else { return Ok(()) };
    let names = match profile {
        None => profiles.names(),
        Some(text) => {
            let Ok(name) = profiles.find(text) else { return Ok(()) };
            let chain = profiles.chain(&name, |_| false).unwrap_or_default();
            chain.into_iter().map(|hop| hop.profile.name).chain([name]).collect()
        }
    };
    let known = state::file_names(&dir);
    for name in names.iter().filter(|name| known.contains(&state::file_name(name))) {
        if let Err(error) = state::update(&dir, name, |state| state.no_device_at = None) {
            app.debug(|| format!("state of {name} not written: {error}"));
        }
    }
    Ok(())
}

/// The profile that is meant; it need not be in the config any more.
fn name(app: &App, cache: &Cache, text: &str) -> Result<String> {
    match Profiles::load(&app.env).and_then(|profiles| profiles.find(text)) {
        Ok(name) => Ok(name),
        Err(_) if cache.entries().iter().any(|(_, entry)| entry.profile == text) => Ok(text.to_owned()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::base::secret::Secret;
    use crate::mfa::spent::Ledger;
    use crate::testkit::{Kit, cached};

    fn clear(kit: &Kit, profile: Option<&str>) -> Result<u8> {
        run(&kit.app, &cli::Clear { profile: profile.map(Into::into), expired: false })
    }

    fn left(kit: &Kit) -> Vec<String> {
        Cache::open(&kit.app).unwrap().keys().into_iter().map(|key| key.0).collect()
    }

    fn kit() -> Kit {
        let kit = Kit::new();
        kit.config("[profile keys]\n[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = keys\n[profile other]\n");
        let dir = kit.app.state_dir().unwrap();
        state::update(&dir, "keys", |state| state.set_key("AKIAKEYS")).unwrap();
        for (key, profile, source) in
            [("a", "keys", "AKIAKEYS"), ("b", "role", "AKIAKEYS"), ("c", "other", "AKIAOTHER"), ("d", "gone", "")]
        {
            cached(&kit, key, profile, source);
        }
        kit
    }

    #[test]
    fn devices_are_looked_for_again() {
        for profile in [None, Some("keys"), Some("role")] {
            let kit = kit();
            let dir = kit.app.state_dir().unwrap();
            for name in ["keys", "other"] {
                state::update(&dir, name, |state| state.no_device_at = Some(1)).unwrap();
            }
            assert_eq!(clear(&kit, profile), Ok(0));
            let still = |name| state::load(&dir, name).no_device_at.is_some();
            assert_eq!((still("keys"), still("other")), (false, profile.is_some()), "{profile:?}");
        }
    }

    #[test]
    fn everything_but_keys_and_codes() {
        let kit = kit();
        let ledger = Ledger::of(&kit.app, "device");
        ledger.record(&Secret::new("123456".into()));
        std::fs::write(Cache::open(&kit.app).unwrap().dir().join("e"), "not a session").unwrap();
        assert_eq!(clear(&kit, None), Ok(0));
        assert_eq!(left(&kit), [""; 0]);
        assert!(kit.prompter.has_said("forgot 5 cached sessions"), "{:?}", kit.prompter.transcript());
        assert!(ledger.spent(&Secret::new("123456".into())).is_some());
        assert_eq!(clear(&kit, None), Ok(0));
        assert!(kit.prompter.has_said("no cached session"));
    }

    #[test]
    fn without_the_sealing_key_too() {
        let kit = kit();
        kit.sealing.set(None);
        clear(&kit, None).unwrap();
        assert_eq!(left(&kit), [""; 0]);
    }

    #[test]
    fn a_role_alone_or_everything_made_from_a_key() {
        let kit = kit();
        clear(&kit, Some("role")).unwrap();
        assert_eq!(left(&kit), ["a", "c", "d"]);
        assert!(kit.prompter.has_said("forgot one cached session of role"));
        cached(&kit, "b", "role", "AKIAKEYS");
        clear(&kit, Some("keys")).unwrap();
        assert_eq!(left(&kit), ["c", "d"]);
        clear(&kit, Some("arn:aws:iam::123456789012:role/r")).unwrap();
        assert!(kit.prompter.has_said("no cached session of role"));
    }

    #[test]
    fn a_profile_that_is_in_the_cache_alone_and_one_that_is_nowhere() {
        let kit = kit();
        clear(&kit, Some("gone")).unwrap();
        assert_eq!(left(&kit), ["a", "b", "c"]);
        assert_eq!(clear(&kit, Some("gone")).unwrap_err().kind, ErrorKind::Config);
        kit.config("[broken");
        clear(&kit, Some("other")).unwrap();
        assert_eq!(left(&kit), ["a", "b"]);
    }
}
