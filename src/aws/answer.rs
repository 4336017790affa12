//! Checks the answers of AWS before they are used. Pure.
//!
//! It need not be AWS that answers: an endpoint may be a stand-in, and a proxy may change answers. Errors don't quote the
//! answer, because it may be a secret.

use crate::base::secret::Credentials;
use crate::base::time::{Timestamp, show_duration};

/// How far this machine's clock may be from AWS's: a call signed by a clock that is further off is refused
/// ([Signature Version 4](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html)).
pub(super) const CLOCKS_APART: i64 = 5 * 60;

/// The first letters of IDs that are not those of a session
/// ([unique identifiers](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html)).
const NO_SESSION: [&str; 11] = ["ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "AKIA", "ANPA", "ANVA", "APKA", "AROA", "ASCA"];

/// The key ID of AWS's documentation. moto, a stand-in for AWS, gives it with every session.
const EXAMPLE: &str = "AKIAIOSFODNN7EXAMPLE";

/// A name, an ID or an ARN: never empty, never more than visible ASCII.
///
/// # Errors
/// What is wrong with it, in words.
pub fn word(name: &str, value: &str) -> Result<(), String> {
    if value.trim().is_empty() {
        return Err(format!("its {name} is empty"));
    }
    if !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("its {name} has characters that can't be in one"));
    }
    Ok(())
}

/// Credentials that were given for `asked` seconds, where that is known.
///
/// # Errors
/// What is wrong with them, in words.
pub fn credentials(it: &Credentials, asked: Option<u32>, now: Timestamp) -> Result<(), String> {
    word("AccessKeyId", &it.access_key_id)?;
    word("SecretAccessKey", it.secret_access_key.expose())?;
    if let Some(token) = &it.session_token {
        word("SessionToken", token.expose())?;
        if it.access_key_id != EXAMPLE && NO_SESSION.iter().any(|kind| it.access_key_id.starts_with(kind)) {
            return Err("its AccessKeyId is not that of a session".into());
        }
    }
    let Some(expires) = it.expires else { return Ok(()) };
    if expires.seconds_left(now) <= 0 {
        return Err(format!("its Expiration is past; here it is {now}"));
    }
    match asked {
        Some(asked) if expires.seconds_left(now) > i64::from(asked) + CLOCKS_APART => {
            Err(format!("its Expiration is later than asked for ({expires}, {} from {now})", show_duration(asked)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;

    const NOW: Timestamp = Timestamp(1_767_323_045);

    fn session(id: &str, secret: &str, token: &str, expires: i64) -> Credentials {
        Credentials {
            session_token: Some(Secret::new(token.into())),
            expires: Some(Timestamp(expires)),
            ..Credentials::key_pair(id, Secret::new(secret.into()))
        }
    }

    #[test]
    fn what_a_session_must_be() {
        let table = [
            ("ASIAEXAMPLE", "s3cr3t", "t0k3n", NOW.0 + 3600, None),
            ("LSIAOFASTANDIN", "s", "t", NOW.0 + 3600 + 299, None),
            ("ASIAEXAMPLE", "s", "t", NOW.0 + 1, None),
            (EXAMPLE, "s", "t", NOW.0 + 1, None),
            ("", "s", "t", NOW.0 + 9, Some("AccessKeyId is empty")),
            ("ASIA\u{7f}", "s", "t", NOW.0 + 9, Some("AccessKeyId has characters")),
            ("AKIAEXAMPLE", "s", "t", NOW.0 + 9, Some("not that of a session")),
            ("ASIAX", " ", "t", NOW.0 + 9, Some("SecretAccessKey is empty")),
            ("ASIAX", "hush\r\n", "t", NOW.0 + 9, Some("SecretAccessKey has characters")),
            ("ASIAX", "s", "", NOW.0 + 9, Some("SessionToken is empty")),
            ("ASIAX", "s", "hush\0hush", NOW.0 + 9, Some("SessionToken has characters")),
            ("ASIAX", "s", "hüsh", NOW.0 + 9, Some("SessionToken has characters")),
            ("ASIAX", "s", "t", NOW.0, Some("Expiration is past")),
            ("ASIAX", "s", "t", -62_135_596_800, Some("Expiration is past")),
            ("ASIAX", "s", "t", NOW.0 + 3600 + 301, Some("later than asked for")),
            ("ASIAX", "s", "t", 253_402_300_799, Some("later than asked for")),
        ];
        for (id, secret, token, expires, wrong) in table {
            let said = credentials(&session(id, secret, token, expires), Some(3600), NOW).err();
            assert_eq!(said.is_some(), wrong.is_some(), "{id} {secret} {token} {expires}: {said:?}");
            let said = said.unwrap_or_default();
            assert!(said.contains(wrong.unwrap_or_default()) && !said.contains("hush"), "{said}");
        }
    }

    #[test]
    fn long_lived_keys_have_neither_token_nor_end() {
        assert_eq!(credentials(&Credentials::key_pair("AKIAX", Secret::new("s".into())), None, NOW), Ok(()));
        let far = session("ASIAX", "s", "t", 253_402_300_799);
        assert_eq!(credentials(&far, None, NOW), Ok(()), "nobody asked for a certain time");
    }
}
