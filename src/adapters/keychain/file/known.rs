//! What is remembered of a file: its key and, so that a wrong `AWSX_FILE_PASSPHRASE` is noticed without deriving a key from
//! it, which value of that variable has yielded it.
//!
//! The variable is remembered as an HMAC under the key. That is quick to compute, and so to guess with, for who can read
//! what is remembered; they could read the variable in the environment of the user's programs as well. A passphrase that
//! was typed is nowhere to be read, and so nothing is remembered of it.

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
    /// A key that a passphrase yielded.
    pub fn new(key: SecretBytes, variable: Option<&Secret>) -> Self {
        let variable =
            variable.and_then(|value| Some(SecretBytes::new(mac(&key, value)?.finalize().into_bytes().to_vec())));
        Known { key, variable }
    }

    /// Whether this value of the variable has yielded the key.
    pub fn is_from(&self, value: &Secret) -> bool {
        let mac = mac(&self.key, value);
        self.variable.as_ref().zip(mac).is_some_and(|(known, mac)| mac.verify_slice(known.expose()).is_ok())
    }

    /// As it is remembered.
    pub fn bytes(&self) -> SecretBytes {
        let variable = self.variable.as_ref().map_or([].as_slice(), SecretBytes::expose);
        SecretBytes::new([self.key.expose(), variable].concat())
    }

    /// As it was remembered.
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
