//! Credentials that stand in plain text in the AWS files.

use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::base::time::Timestamp;
use crate::plan::place;
use crate::profile::Profile;

/// The keys for the expiry of a session in the credentials file, as aws-mfa, saml2aws and others write them.
const EXPIRY_KEYS: [&str; 7] = [
    "aws_session_expiry",
    "x_security_token_expires",
    "aws_session_expiration",
    "aws_credential_expiration",
    "aws_expiration",
    "expiration",
    "expires",
];

/// The credentials of a profile, with their expiry if the file has it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if they are gone, or are a session that has expired.
pub fn read(profile: &Profile, now: Timestamp) -> Result<Credentials> {
    let mut credentials = profile
        .static_keys()
        .ok_or_else(|| Error::config(format!("{}: its keys are gone from the AWS files", profile.name)))?;
    if !credentials.is_session() {
        return Ok(credentials);
    }
    if let Some((key, expires)) = ending(profile) {
        if expires <= now {
            return Err(expired(profile).cause(format!("its {key} says {expires}{}", place(profile, key))));
        }
        credentials.expires = Some(expires);
    }
    Ok(credentials)
}

/// When the session of a profile ends according to the file, and the key that says so.
pub fn ending(profile: &Profile) -> Option<(&'static str, Timestamp)> {
    EXPIRY_KEYS.iter().find_map(|key| Some((*key, expiry(profile.get(key)?)?)))
}

/// The error for a session in the files that has expired, according to the file or to AWS.
pub fn expired(profile: &Profile) -> Error {
    let name = &profile.name;
    Error::config(format!("the session of profile {name} in the AWS files has expired")).hint(format!(
        "it stands in plain text{}: renew it with the program that wrote it, or remove it and run `awsx add {name}`",
        place(profile, "aws_access_key_id")
    ))
}

/// Epoch seconds (awscli-mfa), RFC 3339, or as aws-mfa writes it: `2026-01-31 12:00:00`, in UTC.
fn expiry(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse() {
        return Some(Timestamp(seconds));
    }
    let whole = Timestamp::parse_rfc3339(text);
    whole.or_else(|_| Timestamp::parse_rfc3339(&format!("{}Z", text.replacen(' ', "T", 1)))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::profile::Profiles;

    fn read_with(line: &str) -> Result<Credentials> {
        let text = format!(
            "[old]\naws_access_key_id = ASIAX\naws_secret_access_key = hush\naws_session_token = hush\n{line}\n"
        );
        let path = std::path::Path::new("/home/alice/.aws/credentials");
        let profiles = Profiles::parse(None, Some((path, text))).unwrap();
        read(&profiles.get("old").unwrap(), Timestamp(1_767_323_045))
    }

    #[test]
    fn the_end_of_a_session_is_where_its_writer_puts_it() {
        for line in [
            "x_security_token_expires = 2026-01-02T05:04:05+01:00",
            "expiration = 2026-01-02 04:04:05",
            "aws_expiration = 2026-01-02T04:04:05Z",
            "aws_session_expiry = 1767326645",
        ] {
            assert_eq!(read_with(line).unwrap().expires, Some(Timestamp(1_767_326_645)), "{line}");
        }
        for line in ["", "expiration = soon", "expires ="] {
            assert_eq!(read_with(line).unwrap().expires, None, "{line}");
        }
    }

    #[test]
    fn an_expired_session_says_where_it_stands() {
        let error = read_with("expiration = 2026-01-02 03:04:05").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Config);
        let text = error.to_string();
        assert!(text.contains("/home/alice/.aws/credentials:2") && text.contains("credentials:5"), "{text}");
        assert!(!text.contains("clear old") && !text.contains("hush"), "{text}");
    }
}
