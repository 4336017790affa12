//! Long-lived key pairs: as they are given (typed, two lines, the console's CSV), and as the keychain holds them. Pure.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, Secret};

/// The length of every secret access key that AWS has made so far.
const SECRET_LENGTH: usize = 40;

/// What the keychain holds for a key pair.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pair<'a> {
    access_key_id: &'a str,
    // Borrowed: no copy of the secret is left behind. Nothing in a secret access key is ever escaped.
    secret_access_key: &'a str,
}

/// The keychain secret of a key pair: `{"AccessKeyId":…,"SecretAccessKey":…}`.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it is a session: sessions are not kept in the keychain.
pub fn encode(keys: &Credentials) -> Result<Secret> {
    let (access_key_id, secret_access_key) = (keys.access_key_id.as_str(), keys.secret_access_key.expose());
    if keys.is_session() {
        return Err(temporary());
    }
    // Allocated once: a buffer that grows leaves unwiped copies behind.
    let mut json = Zeroizing::new(Vec::with_capacity(64 + 6 * (access_key_id.len() + secret_access_key.len())));
    serde_json::to_writer(&mut *json, &Pair { access_key_id, secret_access_key })
        .map_err(|_| Error::failed("the key pair can't be encoded"))?;
    let text = std::str::from_utf8(&json).map_err(|_| Error::failed("the key pair can't be encoded"))?;
    Ok(Secret::new(text.to_owned()))
}

/// The key pair of a keychain secret.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Keychain`] if it is something else.
pub fn decode(secret: &Secret) -> Result<Credentials> {
    let pair: Pair = serde_json::from_str(secret.expose()).map_err(|_| {
        Error::keychain("the keychain item holds no key pair")
            .cause("another program wrote it, or it was changed")
            .hint("store the keys again with `awsx add`")
    })?;
    Ok(Credentials::key_pair(pair.access_key_id, Secret::new(pair.secret_access_key.to_owned())))
}

/// Checks the form of a key pair: [IAM
/// identifiers](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`], saying what it looks like instead.
pub fn check(access_key_id: &str, secret: Secret) -> Result<Credentials> {
    if is_secret(access_key_id) && is_id(secret.expose()) {
        return Err(Error::config("access key ID and secret access key are swapped"));
    }
    check_id(access_key_id)?;
    let text = secret.expose();
    if text.is_empty() {
        return Err(Error::config("there is no secret access key"));
    }
    if !is_secret(text) {
        let length = text.chars().count();
        let cause = if length == SECRET_LENGTH {
            "it has characters that no secret access key has".to_owned()
        } else {
            format!("it has {length} characters, and a secret access key has {SECRET_LENGTH}")
        };
        return Err(Error::config("that is no secret access key")
            .cause(cause)
            .hint("copy it again, without spaces and quotes around it"));
    }
    Ok(Credentials::key_pair(access_key_id, secret))
}

/// Checks that this can be the ID of a long-lived key.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`], saying what it looks like instead.
pub fn check_id(id: &str) -> Result<()> {
    if is_id(id) {
        return Ok(());
    }
    let what = match id.get(..4) {
        _ if id.is_empty() => return Err(Error::config("there is no access key ID")),
        Some("ASIA") => return Err(temporary()),
        Some("AIDA") => "it is the ID of a user",
        Some("AROA") => "it is the ID of a role",
        Some("AGPA") => "it is the ID of a group",
        Some("ANPA" | "ANVA") => "it is the ID of a policy",
        Some("AIPA") => "it is the ID of an instance profile",
        _ if is_secret(id) => "it looks like the secret access key",
        _ => "it has to be AKIA and at least 12 more capital letters and digits",
    };
    Err(Error::config("that is no access key ID").cause(what).hint("the console shows it with the user's access keys"))
}

fn temporary() -> Error {
    Error::config("temporary credentials can't be stored")
        .cause("a key ID that starts with ASIA, or a session token, belongs to a session and expires with it")
        .hint("store the long-lived key (AKIA…) they were made from; a role or SSO profile needs no stored keys")
}

/// `AKIA` and capital letters and digits, 16 to 128 in all.
pub(super) fn is_id(text: &str) -> bool {
    text.starts_with("AKIA")
        && (16..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether it looks like a secret access key.
pub(super) fn is_secret(text: &str) -> bool {
    text.len() == SECRET_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'='))
}

/// A key pair in two lines, ID and secret. Line ends may be those of Unix or Windows, and white space is ignored.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`].
pub fn parse_lines(text: &str) -> Result<Credentials> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let (id, secret) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    if lines.any(|line| !line.is_empty()) {
        return Err(Error::config("there is more than a key pair on standard input")
            .hint("give two lines: access key ID, secret access key"));
    }
    if id.is_empty() || secret.is_empty() {
        return Err(Error::config("there is no key pair on standard input")
            .hint("give two lines: access key ID, secret access key"));
    }
    check(id, Secret::new(secret.to_owned()))
}

/// The key pair of a CSV file of the AWS console (a new access key, a new user).
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: no such file, no key, several.
pub fn parse_csv(text: &str) -> Result<Credentials> {
    let mut rows = csv_rows(text)?.into_iter();
    match (rows.next(), rows.next()) {
        (Some(row), None) => row.check(),
        (None, _) => Err(Error::config("the file holds no access key")),
        (Some(first), Some(second)) => Err(Error::config("the file holds several access keys")
            .cause(format!("{}, {} …", first.shown(), second.shown()))
            .hint("`awsx import csv FILE` takes them all")),
    }
}

/// A row of a CSV file of the AWS console that has an access key.
pub struct CsvRow {
    /// The IAM user, if the file names it.
    pub user: Option<String>,
    /// The access key ID, in whatever form it is.
    id: String,
    secret: Secret,
}

impl CsvRow {
    /// The access key ID for a message. What is none is not shown: columns can be mixed up, and then it is the secret.
    pub fn shown(&self) -> &str {
        if is_id(&self.id) { &self.id } else { "(no access key ID)" }
    }

    /// The key pair.
    ///
    /// # Errors
    /// As [`check`].
    pub fn check(self) -> Result<Credentials> {
        check(&self.id, self.secret)
    }
}

/// The access keys of a CSV file of the AWS console, which may be about several users.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it is no such file.
pub fn csv_rows(text: &str) -> Result<Vec<CsvRow>> {
    let mut rows = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty()).map(fields);
    let header = rows.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|title| title.trim().eq_ignore_ascii_case(name));
    let (Some(id), Some(secret)) = (column("Access key ID"), column("Secret access key")) else {
        return Err(Error::config("that is no access key file of the AWS console")
            .cause("its first line names no columns \"Access key ID\" and \"Secret access key\""));
    };
    let user = column("User name");
    // A row without keys is that of a user who only has a password.
    let row = |row: Vec<Zeroizing<String>>| {
        let text = |column: usize| row.get(column).map(|text| text.trim().to_owned());
        let id = text(id).filter(|id| !id.is_empty())?;
        let user = user.and_then(text).filter(|user| !user.is_empty());
        Some(CsvRow { user, id, secret: Secret::new(text(secret).unwrap_or_default()) })
    };
    Ok(rows.filter_map(row).collect())
}

/// The fields of a line as in RFC 4180, but without line breaks in quoted fields: the console's files have none.
fn fields(line: &str) -> Vec<Zeroizing<String>> {
    let mut fields = vec![Zeroizing::new(String::with_capacity(line.len()))];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(Zeroizing::new(String::with_capacity(line.len()))),
            _ => push(&mut fields, character),
        }
    }
    fields
}

fn push(fields: &mut [Zeroizing<String>], character: char) {
    if let Some(field) = fields.last_mut() {
        field.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn pair() -> Credentials {
        Credentials::key_pair(ID, Secret::new(SECRET.into()))
    }

    /// What is wrong with it, and never the secret.
    fn complaint(result: Result<Credentials>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.kind, crate::base::error::ErrorKind::Config);
        let text = error.to_string();
        assert!(!text.contains(SECRET) && !text.contains("wJalr"), "{text}");
        text
    }

    #[test]
    fn goes_into_the_keychain_and_back() {
        let secret = encode(&pair()).unwrap();
        assert_eq!(secret.expose(), format!(r#"{{"AccessKeyId":"{ID}","SecretAccessKey":"{SECRET}"}}"#));
        assert_eq!(decode(&secret).unwrap(), pair());
        let more = format!(r#"{{ "SecretAccessKey": "{SECRET}", "AccessKeyId": "{ID}", "Later": 1 }}"#);
        assert_eq!(decode(&Secret::new(more)).unwrap(), pair());
        for text in ["", "{}", SECRET, r#"{"AccessKeyId":"x"}"#, r#"{"AccessKeyId":1,"SecretAccessKey":"x"}"#] {
            let error = decode(&Secret::new(text.into())).unwrap_err();
            assert_eq!(error.kind, crate::base::error::ErrorKind::Keychain);
            assert!(!error.to_string().contains("wJalr"));
        }
        let session = Credentials { session_token: Some(Secret::new("t".into())), ..pair() };
        assert!(encode(&session).is_err());
    }

    #[test]
    fn says_what_it_is_instead_of_a_key() {
        let table = [
            ("ASIAIOSFODNN7EXAMPLE", SECRET, "temporary"),
            ("AIDAIOSFODNN7EXAMPLE", SECRET, "ID of a user"),
            ("AROAIOSFODNN7EXAMPLE", SECRET, "ID of a role"),
            (SECRET, ID, "swapped"),
            (SECRET, SECRET, "looks like the secret"),
            ("", SECRET, "no access key ID"),
            ("akiaiosfodnn7example", SECRET, "no access key ID"),
            ("AKIAIOSFODNN", SECRET, "no access key ID"),
            ("AKIAIOSFODNN7 EXAMPLE", SECRET, "no access key ID"),
            ("äöü", SECRET, "no access key ID"),
            (ID, "", "no secret access key"),
            (ID, "wJalrXUtnFEMI", "13 characters"),
            (ID, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE KE", "characters that no"),
            (ID, ID, "20 characters"),
        ];
        for (id, secret, expected) in table {
            let text = complaint(check(id, Secret::new(secret.into())));
            assert!(text.contains(expected), "{text}");
        }
        assert_eq!(check(ID, Secret::new(SECRET.into())).unwrap(), pair());
    }

    #[test]
    fn two_lines() {
        for text in [
            format!("{ID}\n{SECRET}"),
            format!("{ID}\n{SECRET}\n"),
            format!("{ID}\r\n{SECRET}\r\n\r\n"),
            format!("\u{feff} {ID} \n\t{SECRET} \n"),
        ] {
            assert_eq!(parse_lines(&text).unwrap(), pair(), "{text:?}");
        }
        assert!(complaint(parse_lines("")).contains("no key pair"));
        assert!(complaint(parse_lines(ID)).contains("no key pair"));
        assert!(complaint(parse_lines(&format!("{ID}\n{SECRET}\ntoken\n"))).contains("more than"));
        assert!(complaint(parse_lines(&format!("{SECRET}\n{ID}\n"))).contains("swapped"));
    }

    #[test]
    fn csv_files_of_the_console() {
        for text in [
            format!("Access key ID,Secret access key\n{ID},{SECRET}\n"),
            format!("\u{feff}Access key ID,Secret access key\r\n{ID},{SECRET}\r\n"),
            format!(
                "User name,Password,Access key ID,Secret access key,Console login link\n\
                 \"Alice, A. \"\"B\"\"\",,{ID},{SECRET},https://123456789012.signin.aws.amazon.com/console\n"
            ),
            format!("\"User Name\",\"Access Key Id\",\"Secret Access Key\"\n\"alice\",\"{ID}\",\"{SECRET}\"\n\n"),
            format!("User name,Access key ID,Secret access key\nbob,,\nalice,{ID},{SECRET}"),
        ] {
            assert_eq!(parse_csv(&text).unwrap(), pair(), "{text:?}");
        }
        let two = format!("Access key ID,Secret access key\n{ID},{SECRET}\nAKIAIOSFODNN7EXAMPL2,{SECRET}\n");
        assert!(complaint(parse_csv(&two)).contains("several access keys"));
        assert!(complaint(parse_csv("Access key ID,Secret access key\n")).contains("no access key"));
        assert!(complaint(parse_csv(&format!("{ID},{SECRET}\n"))).contains("first line"));
        assert!(complaint(parse_csv("")).contains("first line"));
        assert!(complaint(parse_csv(&format!("Access key ID,Secret access key\n{ID}\n"))).contains("no secret"));
    }
}
