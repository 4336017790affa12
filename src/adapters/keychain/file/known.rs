//! What is remembered of a file: its key, and which value of `AWSX_FILE_PASSPHRASE` it was derived from. So a wrong value of
//! the variable is noticed without deriving a key from it, which is slow.
//!
//! The value is remembered as an HMAC under the key. An HMAC is quick to compute, so whoever can read it could guess the
//! passphrase. But they could as well read the variable in the environment of the user's programs. A passphrase that was
//! typed can't be read anywhere, so no HMAC of it is remembered.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::base::secret::{Secret, SecretBytes};

const KEY: usize = 32;

/// A key, and maybe the variable it is from.
pub struct Known {
    /// The key of the file.
    pub key: SecretBytes,
    variable: Option<SecretBytes>,
}

impl Known {
    /// A key that was derived from a passphrase.
    pub fn new(key: SecretBytes, variable: Option<&Secret>) -> Self {
        let variable =
            variable.and_then(|value| Some(SecretBytes::new(mac(&key, value)?.finalize().into_bytes().to_vec())));
        Known { key, variable }
    }

    /// Whether the key was derived from this value of the variable.
    pub fn is_from(&self, value: &Secret) -> bool {
        let mac = mac(&self.key, value);
        self.variable.as_ref().zip(mac).is_some_and(|(known, mac)| mac.verify_slice(known.expose()).is_ok())
    }

    /// The bytes that are remembered.
    pub fn bytes(&self) -> SecretBytes {
        let variable = self.variable.as_ref().map_or([].as_slice(), SecretBytes::expose);
        SecretBytes::new([self.key.expose(), variable].concat())
    }

    /// Reads bytes that were remembered.
    pub fn parse(bytes: &SecretBytes) -> Option<Self> {
        let (key, variable) = bytes.expose().split_at_checked(KEY)?;
        let variable = (!variable.is_empty()).then(|| SecretBytes::new(variable.to_vec()));
        Some(Known { key: SecretBytes::new(key.to_vec()), variable })
    }
}

fn mac(key: &SecretBytes, value: &Secret) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
    mac.update(b"AWSX_FILE_PASSPHRASE=");
    mac.update(value.expose().as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_knows_its_variable_if_it_is_from_one() {
        let (key, right, wrong) =
            (SecretBytes::new(vec![7; KEY]), Secret::new("right".into()), Secret::new("wrong".into()));
        let typed = Known::parse(&Known::new(key.clone(), None).bytes()).unwrap();
        assert!(typed.key == key && !typed.is_from(&right) && !typed.is_from(&wrong));
        let given = Known::parse(&Known::new(key.clone(), Some(&right)).bytes()).unwrap();
        assert!(given.key == key && given.is_from(&right) && !given.is_from(&wrong));
        assert!(Known::parse(&SecretBytes::new(vec![7; KEY - 1])).is_none());
    }
}
