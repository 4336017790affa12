//! Credentials alone as text: for `credential_process`, for the credentials file, for SQL. Pure.

use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::deliver::formats::HIDDEN;
use crate::session::Session;

/// The same session without its secrets, to be shown to a person.
#[must_use]
pub fn hidden(mut session: Session) -> Session {
    session.credentials.secret_access_key = Secret::new(HIDDEN.into());
    session.credentials.session_token = session.credentials.session_token.map(|_| Secret::new(HIDDEN.into()));
    session
}

/// What a `credential_process` prints ([its
/// protocol](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html)). What there is none
/// of is left out: SDKs take `null` for an expiry that they can't read.
pub fn json(session: &Session) -> Zeroizing<String> {
    let credentials = &session.credentials;
    let expires = credentials.expires.map(|at| at.to_string());
    let fields = [
        ("AccessKeyId", Some(credentials.access_key_id.as_str())),
        ("SecretAccessKey", Some(credentials.secret_access_key.expose())),
        ("SessionToken", credentials.session_token.as_ref().map(Secret::expose)),
        ("Expiration", expires.as_deref()),
        ("AccountId", session.account.as_deref()),
    ];
    object(&VERSION_1, &fields)
}

/// What stands around the fields of a JSON object.
pub struct Layout {
    open: &'static str,
    between: &'static str,
    colon: &'static str,
    close: &'static str,
}

/// A field a line, after the version of the protocol of `credential_process`.
const VERSION_1: Layout = Layout { open: "{\n  \"Version\": 1,\n  ", between: ",\n  ", colon: ": ", close: "\n}\n" };
/// Nothing but the object, without blanks.
pub const COMPACT: Layout = Layout { open: "{", between: ",", colon: ":", close: "}" };

/// A JSON object of texts, without those that are not there. No unwiped copy of a text is left behind.
pub fn object(layout: &Layout, fields: &[(&str, Option<&str>)]) -> Zeroizing<String> {
    let there = || fields.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    let mut text =
        room(layout.open.len() + there().map(|(name, value)| name.len() + 6 * value.len() + 12).sum::<usize>());
    text.push_str(layout.open);
    for (index, (name, value)) in there().enumerate() {
        text.extend([if index == 0 { "" } else { layout.between }, "\"", name, "\"", layout.colon, "\""]);
        for c in value.chars() {
            match c {
                '"' | '\\' => text.extend(['\\', c]),
                ' '..='~' => text.push(c),
                // Nothing that could act on a terminal.
                _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}"))),
            }
        }
        text.push('"');
    }
    text.push_str(layout.close);
    text
}

/// A section of the credentials file, with the expiry under the name that aws-vault gives it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a value that can't stand in that file.
pub fn ini(session: &Session, region: Option<&str>) -> Result<Zeroizing<String>> {
    let credentials = &session.credentials;
    let expires = credentials.expires.map(|at| at.to_string());
    let name = session.profile.as_str();
    if name.trim() != name || name.contains([']', '[']) || name.chars().any(char::is_control) {
        return Err(unwritable("the name of the profile", "the credentials file can't have a section of that name"));
    }
    let keys = [
        ("aws_access_key_id", Some(credentials.access_key_id.as_str())),
        ("aws_secret_access_key", Some(credentials.secret_access_key.expose())),
        ("aws_session_token", credentials.session_token.as_ref().map(Secret::expose)),
        ("aws_credential_expiration", expires.as_deref()),
        ("region", region),
    ];
    let mut text = room(
        keys.iter().filter_map(|(key, value)| Some(key.len() + value.as_ref()?.len() + 4)).sum::<usize>() + name.len(),
    );
    text.extend(["[", name, "]\n"]);
    for (key, value) in keys {
        let Some(value) = value else { continue };
        if value.trim() != value || value.chars().any(char::is_control) {
            return Err(unwritable(key, "it has a line end, or blanks around it"));
        }
        text.extend([key, " = ", value, "\n"]);
    }
    Ok(text)
}

/// The credentials of COPY and UNLOAD
/// ([Amazon Redshift](https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html)).
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a value that can't stand there.
pub fn sql(session: &Session) -> Result<Zeroizing<String>> {
    let credentials = &session.credentials;
    let parts = [
        ("aws_access_key_id", Some(credentials.access_key_id.as_str())),
        ("aws_secret_access_key", Some(credentials.secret_access_key.expose())),
        ("token", credentials.session_token.as_ref().map(Secret::expose)),
    ];
    let longest = parts.iter().filter_map(|(name, value)| Some(name.len() + value.as_ref()?.len() + 2)).sum();
    let mut text = room(longest);
    text.push_str("CREDENTIALS '");
    for (index, (name, value)) in parts.into_iter().enumerate() {
        let Some(value) = value else { continue };
        if value.contains(['\'', ';', '\\']) || value.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(unwritable(name, "an SQL clause can't hold quotes, semicolons, backslashes and blanks"));
        }
        text.extend([if index == 0 { "" } else { ";" }, name, "=", value]);
    }
    text.push_str("'\n");
    Ok(text)
}

/// Allocated once: a text that grows leaves unwiped copies behind.
fn room(longest: usize) -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(longest + 64))
}

fn unwritable(what: &str, why: &str) -> Error {
    Error::config(format!("{what} can't be written in this format")).cause(why).hint("another --format")
}
