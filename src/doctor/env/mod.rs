//! The credentials in this environment: whose they are, and which ones each AWS SDK would take.

pub mod class;
mod sdks;
mod show;

use std::ffi::OsStr;
use std::path::Path;

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::vars;
use crate::doctor::disk;
use crate::profile::{FileKind, Locations, Profiles};
use crate::session::knowledge::Knowledge;
use crate::store::cache::Cache;
use class::{Kept, KeptSession, Report};
use sdks::{Around, Choice, Sdk};
pub use show::Whole;

/// Everything that `awsx doctor env` tells.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the AWS files can't be read.
pub fn whole(app: &App) -> Result<Whole> {
    let profiles = Profiles::load(&app.env)?;
    // In a session that has moved the files, awsx reads the person's own. The SDKs read what the variables say.
    let env = &app.env.iter().filter(|(name, _)| *name != vars::AWSX_SETTINGS).collect::<Env>();
    let read = Profiles::load(env)?;
    let credentials = Locations::of(env)?.credentials;
    let is_file = |path: &str| Path::new(path).is_file();
    let around = Around { env, profiles: &read, credentials: Some(&credentials), is_file: &is_file };
    let choice = |sdk| Ok(sdks::choose(sdk, Around { profiles: &as_read_by(sdk, env)?, ..around }));
    let choices: Vec<Choice> = Sdk::ALL.into_iter().map(choice).collect::<Result<_>>()?;
    let remarks = sdks::remarks(around, &choices);
    Ok(Whole { report: report(app, &profiles), choices, remarks })
}

/// The files as an SDK reads them. [`Profiles`] are read as botocore does.
fn as_read_by(sdk: Sdk, env: &Env) -> Result<Profiles> {
    if sdk.is_botocore() {
        return Profiles::load(env);
    }
    let empty = |name: &OsStr, value: &OsStr| {
        let files = [vars::AWS_CONFIG_FILE, vars::AWS_SHARED_CREDENTIALS_FILE];
        value.is_empty() && !sdk.takes_empty() && files.iter().any(|file| name == *file)
    };
    let at = Locations::of(&env.iter().filter(|(name, value)| !empty(name, value)).collect())?;
    let (files, _) = disk::read(at.clone());
    let config = files.of(FileKind::Config).map(|sheet| sdk.reading(sheet));
    let credentials = files.of(FileKind::Credentials).map(|sheet| sheet.text().to_owned());
    let config = config.map(|text| (at.config.as_path(), text));
    Profiles::parse(config, credentials.map(|text| (at.credentials.as_path(), text)))
}

/// Whose the credentials in this environment are, compared with the profiles and with what awsx keeps. Nobody is
/// asked for a passphrase: a locked keychain counts as empty.
pub fn report(app: &App, profiles: &Profiles) -> Report {
    let quiet = app.keychain.is_quiet();
    app.keychain.set_quiet(true);
    let knowledge = Knowledge::new(app, None);
    knowledge.look_at_what_is_there();
    let entries = Cache::open(app).map(|cache| cache.entries()).unwrap_or_default();
    let sessions: Vec<KeptSession> = entries
        .into_iter()
        .filter_map(|(key, entry)| {
            let expires = entry.credentials.expires?;
            Some(KeptSession { key, profile: entry.profile, id: entry.credentials.access_key_id, expires })
        })
        .collect();
    let key_of = |profile: &str| knowledge.state(profile).access_key_id;
    let report = class::classify(&app.env, profiles, &Kept { key_of: &key_of, sessions: &sessions }, app.clock.now());
    app.keychain.set_quiet(quiet);
    report
}

#[cfg(test)]
mod tests {
    use super::class::Class;
    use super::*;
    use crate::store::state;
    use crate::testkit::{Kit, cached};

    #[test]
    fn what_awsx_keeps_is_known_again() {
        let around = |id: &str, token: &str, name: &str| {
            let kit = Kit::with_env(&[
                ("AWS_ACCESS_KEY_ID", id),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                ("AWS_SESSION_TOKEN", token),
                ("AWS_PROFILE", name),
            ]);
            kit.config("[profile prod]\n");
            state::update(&kit.app.state_dir().unwrap(), "prod", |s| s.set_key("AKIAKEPT")).unwrap();
            cached(&kit, &"0".repeat(64), "prod", "AKIAKEPT");
            report(&kit.app, &Profiles::load(&kit.app.env).unwrap()).class
        };
        assert_eq!(around("AKIAKEPT", "", "prod"), Class::Mirrored);
        assert_eq!(around("AKIAOLD", "", "prod"), Class::RotatedKey);
        assert_eq!(around("ASIATEST", "t", ""), Class::Mirrored);
        assert_eq!(around("ASIAOTHER", "t", "prod"), Class::OtherSession);
    }
}
