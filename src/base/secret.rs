//! Secrets are types: they don't print, don't serialise, and are wiped when dropped.

use std::fmt;
use std::io::{self, Read};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// The most bytes of a text that are read: a key pair is much shorter.
const LONGEST: usize = 64 * 1024;

/// Reads at most 64 KiB of UTF-8 into a buffer that does not move, so that no copy is left behind.
///
/// # Errors
/// What the operating system reports; [`io::ErrorKind::InvalidData`] for what is not text.
pub fn read_text(from: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 1));
    from.take(LONGEST as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// A secret text: a secret access key, a session token, a TOTP seed, a code, a passphrase.
///
/// `Debug` is redacted, there is no `Display` and no `Serialize`. [`Secret::expose`] is the only way to the text, so a
/// search for that name finds every use.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over the text. The caller's buffer is moved, not copied.
    pub fn new(text: String) -> Self {
        Secret(Zeroizing::new(text))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Secret bytes: a sealing key, an item before it is sealed. Same rules as [`Secret`].
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes over the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        SecretBytes(Zeroizing::new(bytes))
    }

    /// The secret itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

/// What signs a request: a long-lived key pair (no token, no expiry) or a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `AKIA…` for a key pair, `ASIA…` for a session; not a secret.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: Secret,
    /// Only sessions have one.
    pub session_token: Option<Secret>,
    /// Only sessions have one.
    pub expires: Option<crate::base::time::Timestamp>,
}

impl Credentials {
    /// A long-lived key pair.
    pub fn key_pair(access_key_id: impl Into<String>, secret_access_key: Secret) -> Self {
        Credentials { access_key_id: access_key_id.into(), secret_access_key, session_token: None, expires: None }
    }

    /// Whether these are temporary.
    pub fn is_session(&self) -> bool {
        self.session_token.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let c = Credentials {
            session_token: Some(Secret::new("tokentoken".into())),
            ..Credentials::key_pair("AKIAX", Secret::new("hushhush".into()))
        };
        let shown = format!("{c:?} {:?}", SecretBytes::new(b"hushhush".to_vec()));
        assert!(!shown.contains("hush") && !shown.contains("tokentoken"), "{shown}");
        assert!(shown.contains("AKIAX"));
    }
}
