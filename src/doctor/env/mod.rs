//! The credentials in this environment: whose they are.

pub mod class;

use crate::app::App;
use crate::profile::Profiles;
use crate::session::knowledge::Knowledge;
use crate::store::cache::Cache;
use class::{Kept, KeptSession, Report};

/// Whose the credentials in this environment are, compared with the profiles and with what awsx keeps. Nobody is asked for
/// a passphrase: a locked keychain counts as empty.
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
