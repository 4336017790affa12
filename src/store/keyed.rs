//! Hashes that only this user's awsx can make, under keys derived from the one that seals the cache.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::base::secret::SecretBytes;

/// HMAC-SHA256 of `parts`, which have no NUL in them, under a key for this purpose alone.
pub fn hash(sealing_key: &SecretBytes, purpose: &str, parts: &[&str]) -> Option<[u8; 32]> {
    let derived = mac(sealing_key.expose(), purpose)?;
    mac(&derived, &parts.join("\0"))
}

fn mac(key: &[u8], text: &str) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().into())
}
