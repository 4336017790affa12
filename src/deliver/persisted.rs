//! Sessions that are written into the AWS files, for programs that know nothing of awsx: their names, their settings,
//! and which of them have expired. The names and the expiry are those that awscli-mfa uses; starship reads the
//! expiry, too. Pure.

use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::base::time::Timestamp;
use crate::deliver::quote::word;
use crate::profile::persisted::{ENDS, OF_MFA, OF_ROLE};
use crate::profile::{FileKind, Profile, Profiles, SOURCE_KEYS, SectionKind, edit};

/// When a session ends, in epoch seconds, as awscli-mfa writes it.
pub const EXPIRY_EPOCH: &str = "aws_session_expiry";
/// The same in RFC 3339, as starship reads it.
pub const EXPIRY: &str = "expiration";

/// What the section of a persisted session may hold besides in the credentials file.
const IN_CREDENTIALS: [&str; 7] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    EXPIRY_EPOCH,
    EXPIRY,
    "x_security_token_expires",
];

/// Settings that go along into the config: those that every program reads. `invalid_as_of` and what follows are
/// awscli-mfa's.
const IN_CONFIG: [&str; 8] =
    ["region", "output", "endpoint_url", "ca_bundle", "services", "invalid_as_of", "sessmax", "mfa_arn"];

/// Keys that a session written earlier may have and that would contradict the new one.
pub const STALE: [&str; 3] = ["aws_security_token", "x_security_token_expires", "invalid_as_of"];

/// The name under which a session of a profile is persisted.
pub fn name(profile: &str, role: bool) -> String {
    format!("{profile}{}", if role { OF_ROLE } else { OF_MFA })
}

/// Whether a profile has such a name.
pub fn is_name(name: &str) -> bool {
    ENDS.iter().any(|end| name.strip_suffix(end).is_some_and(|profile| !profile.is_empty()))
}

/// The credentials file with a session in it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the file can't be parsed, or the name is that of something else.
pub fn write(text: &str, name: &str, session: &Credentials) -> Result<Zeroizing<String>> {
    let (Some(token), Some(expires)) = (&session.session_token, session.expires) else {
        return Err(Error::config("only sessions can be persisted, and these are long-lived keys")
            .hint("leave --no-session out"));
    };
    let epoch = expires.0.to_string();
    let settings = [
        ("aws_access_key_id", session.access_key_id.as_str()),
        ("aws_secret_access_key", session.secret_access_key.expose()),
        ("aws_session_token", token.expose()),
        (EXPIRY, &expires.to_string()),
        (EXPIRY_EPOCH, &epoch),
    ];
    edit::put_profile(text, FileKind::Credentials, name, &settings, &STALE)
}

/// What the profile of a session needs in the config, as the profile itself has it or inherits it.
pub fn settings(profiles: &Profiles, profile: &str) -> Vec<(&'static str, String)> {
    let inherited = |key: &'static str| Some((key, profiles.inherited(profile, key)?));
    let own = |key: &'static str| Some((key, profiles.get(profile)?.get(key)?.to_owned()));
    let common = ["region", "output"].into_iter().filter_map(inherited);
    common.chain(["endpoint_url", "ca_bundle", "services"].into_iter().filter_map(own)).collect()
}

/// What stands in the way of a persisted session of that name.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is a profile of that name that is something else.
pub fn check_room(profiles: &Profiles, name: &str) -> Result<()> {
    let Some(there) = profiles.get(name) else { return Ok(()) };
    let session = there.static_keys().is_none_or(|keys| keys.is_session());
    let foreign = there.settings().map(|(key, _)| key).find(|key| !is_ours(key) && SOURCE_KEYS.contains(key));
    if session && foreign.is_none() {
        return Ok(());
    }
    let cause = foreign.map_or_else(|| "it has long-lived keys".to_owned(), |key| format!("it has {key}"));
    Err(Error::config(format!("{name} is a profile of its own")).cause(cause).hint("rename that profile"))
}

fn is_ours(key: &str) -> bool {
    IN_CREDENTIALS.contains(&key) || IN_CONFIG.contains(&key)
}

/// When the session of a section ends, if it says so in a form that is known.
pub fn expiry(profile: &Profile) -> Option<Timestamp> {
    let epoch = || profile.get(EXPIRY_EPOCH)?.parse().ok().map(Timestamp);
    let written = |key| Timestamp::parse_rfc3339(profile.get(key)?).ok();
    // The latest counts: another program may have renewed the session, and left what it doesn't know as it was.
    [epoch(), written(EXPIRY), written("x_security_token_expires")].into_iter().flatten().max()
}

/// The persisted sessions of a credentials file that have expired. `profiles` are those of that file alone.
pub fn expired(profiles: &Profiles, now: Timestamp) -> Vec<String> {
    let is_over = |name: &String| {
        // As it stands in the file, without the rules of its profile.
        let Some(profile) = profiles.section(SectionKind::Profile, name) else { return false };
        let session = profile.static_keys().is_some_and(|keys| keys.is_session());
        session && profile.settings().all(|(key, _)| is_ours(key)) && expiry(&profile).is_some_and(|end| end <= now)
    };
    profiles.names().into_iter().filter(|name| is_name(name)).filter(is_over).collect()
}

/// Whether the section of a persisted session in the config holds nothing but what goes along with one.
pub fn is_companion(profile: &Profile) -> bool {
    profile.settings().all(|(key, _)| IN_CONFIG.contains(&key))
}

/// The `credential_process` that asks awsx for the credentials of a profile. Quoted so that a shell reads it as the AWS
/// CLI does, which has no shell: other SDKs use one.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a name that some SDK would cut off.
pub fn link(program: &str, profile: &str) -> Result<String> {
    if let Some(sign) =
        [" #", " ;", "\t#", "\t;"].into_iter().find(|sign| [program, profile].iter().any(|word| word.contains(sign)))
    {
        return Err(Error::config(format!("{profile} can't be linked"))
            .cause(format!("some SDKs take {sign:?} in a credential_process for the start of a comment")));
    }
    let end = if profile.starts_with('-') { "-- " } else { "" };
    Ok(format!("{} credential-process {end}{}", word(program), word(profile)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::secret::Secret;
    use crate::profile::words;

    const NOW: Timestamp = Timestamp(1_767_323_045);

    fn credentials(text: &str) -> Profiles {
        Profiles::parse(None, Some((Path::new("credentials"), text.into()))).unwrap()
    }

    fn session(expires: Timestamp) -> Credentials {
        Credentials {
            session_token: Some(Secret::new("token==".into())),
            expires: Some(expires),
            ..Credentials::key_pair("ASIAX", Secret::new("hush".into()))
        }
    }

    #[test]
    fn a_session_is_written_and_replaced_in_place() {
        let first = write("[prod]\nregion = x", "prod-mfasession", &session(NOW)).unwrap();
        let want = "[prod]\nregion = x\n\n[prod-mfasession]\naws_access_key_id = ASIAX\naws_secret_access_key = hush\n\
                    aws_session_token = token==\nexpiration = 2026-01-02T03:04:05Z\naws_session_expiry = 1767323045\n";
        assert_eq!(&**first, want);
        let text = format!("{}\n# mine\n[other]\nk = 1", &**first)
            .replace("aws_session_expiry", "invalid_as_of = 1\naws_session_expiry");
        let again = write(&text, "prod-mfasession", &session(NOW.plus(60))).unwrap();
        let want = want.replace("03:04:05", "03:05:05").replace("1767323045", "1767323105");
        assert_eq!(&**again, format!("{want}\n# mine\n[other]\nk = 1"));
        let keys = Credentials::key_pair("AKIAX", Secret::new("hush".into()));
        assert!(write("", "prod-mfasession", &keys).is_err());
    }

    #[test]
    fn only_expired_sessions_with_such_a_name_are_expired() {
        let section = |name: &str, more: &str| {
            format!("[{name}]\naws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = t\n{more}\n")
        };
        let over = [
            "aws_session_expiry = 1767323045",
            "expiration = 2026-01-02T03:04:05Z",
            "expiration = 2026-01-02T04:04:05+01:00",
            "x_security_token_expires = 2026-01-01T00:00:00+00:00",
        ];
        for more in over {
            for name in ["a-mfasession", "a b-rolesession"] {
                assert_eq!(expired(&credentials(&section(name, more)), NOW), [name], "{more}");
            }
            for name in ["a", "-mfasession", "a-mfasession2", "a-session"] {
                assert!(expired(&credentials(&section(name, more)), NOW).is_empty(), "{name}");
            }
        }
        let alive = [
            "",
            "expiration = soon",
            "aws_session_expiry = 1767323046",
            "aws_session_expiry = 1\nexpiration = 2026-01-02T03:04:06Z",
            "aws_session_expiry = 1\nrole_arn = x",
            "aws_session_expiry = 1\nmine = x",
        ];
        for more in alive {
            assert!(expired(&credentials(&section("a-mfasession", more)), NOW).is_empty(), "{more}");
        }
        let keys = "[a-mfasession]\naws_access_key_id = AKIAX\naws_secret_access_key = x\naws_session_expiry = 1\n";
        assert!(expired(&credentials(keys), NOW).is_empty(), "long-lived keys are no session");
    }

    #[test]
    fn a_link_is_read_alike_with_and_without_a_shell() {
        for name in ["prod", "my prod", "o'brien's \"x\"", "a$(touch x)`y`\\", "é", "-x", "a;b", "a#b"] {
            let link = link("/opt/my tools/awsx", name).unwrap();
            let words = words::split(&link).unwrap();
            assert_eq!(words.last().unwrap(), name, "{link}");
            let run =
                std::process::Command::new("/bin/sh").args(["-c", &format!("printf '%s\\n' {link}")]).output().unwrap();
            assert_eq!(String::from_utf8(run.stdout).unwrap().lines().collect::<Vec<_>>(), words, "{link}");
        }
        assert_eq!(link("awsx", "prod").unwrap(), "awsx credential-process prod");
        assert!(link("awsx", "a #b").is_err());
    }

    #[test]
    fn a_profile_of_another_kind_is_in_the_way() {
        for (text, free) in [
            ("", true),
            ("[p]\naws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = t\n", true),
            ("[p]\nregion = x\n", true),
            ("[p]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n", false),
            ("[p]\nrole_arn = x\n", false),
        ] {
            assert_eq!(check_room(&credentials(text), "p").is_ok(), free, "{text}");
        }
    }
}
