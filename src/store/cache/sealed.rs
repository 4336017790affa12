//! One session as bytes, and those bytes sealed.
//!
//! A sealed file is `awsx`, a version byte, the fingerprint of the key (8 bytes), a nonce of 24 bytes, then
//! XChaCha20-Poly1305 of the record with the file's name as associated data: a file under another name, from another
//! machine or changed in one bit does not open. The fingerprint tells a session of another machine or container that
//! shares the runtime folder from one that was tampered with.
//! A record is its fields in order, each a length (`u32`, little endian; all ones: absent) and the bytes.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::secret::{Credentials, Secret, SecretBytes};
use crate::base::time::Timestamp;
use crate::store::cache::Entry;

const MAGIC: &[u8] = b"awsx\x02";
const FINGERPRINT: usize = 8;
const NONCE: usize = 24;
const ABSENT: u32 = u32::MAX;

/// Seals an entry for the file of that name; `None` if the key is not one or the system has no random numbers.
pub fn seal(entry: &Entry, name: &str, key: &SecretBytes) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).ok()?;
    let record = encode(entry)?;
    let payload = Payload { msg: &record, aad: name.as_bytes() };
    let sealed = cipher(key)?.encrypt(&XNonce::from(nonce), payload).ok()?;
    Some([MAGIC, &fingerprint(key), &nonce, &sealed].concat())
}

/// Opens what [`seal`] made; `None` for anything else.
pub fn open(sealed: &[u8], name: &str, key: &SecretBytes) -> Option<Entry> {
    let (made_with, sealed) = split(sealed)?;
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    if made_with != fingerprint(key) {
        return None;
    }
    let payload = Payload { msg: sealed, aad: name.as_bytes() };
    let record = cipher(key)?.decrypt(&XNonce::try_from(nonce).ok()?, payload).map(Zeroizing::new).ok()?;
    decode(&record)
}

/// Whether this was sealed with another key.
pub fn is_foreign(sealed: &[u8], key: &SecretBytes) -> bool {
    split(sealed).is_some_and(|(made_with, _)| made_with != fingerprint(key))
}

/// Fingerprint and the rest.
fn split(sealed: &[u8]) -> Option<(&[u8], &[u8])> {
    sealed.strip_prefix(MAGIC)?.split_at_checked(FINGERPRINT)
}

/// Names a key and gives nothing of it away: keys are 32 random bytes.
fn fingerprint(key: &SecretBytes) -> [u8; FINGERPRINT] {
    let digest = Sha256::new().chain_update("awsx fingerprint").chain_update(key.expose()).finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

fn cipher(key: &SecretBytes) -> Option<XChaCha20Poly1305> {
    XChaCha20Poly1305::new_from_slice(key.expose()).ok()
}

/// An entry as a record; `None` for one without an end.
pub fn encode(entry: &Entry) -> Option<Zeroizing<Vec<u8>>> {
    let credentials = &entry.credentials;
    let expires = credentials.expires?.0.to_string();
    let issued = entry.issued.0.to_string();
    let fields = [
        Some(credentials.access_key_id.as_str()),
        Some(credentials.secret_access_key.expose()),
        credentials.session_token.as_ref().map(Secret::expose),
        Some(&expires),
        Some(&entry.profile),
        Some(&entry.source_key_id),
        entry.account.as_deref(),
        entry.arn.as_deref(),
        entry.serial.as_deref(),
        Some(&issued),
    ];
    // Room for all of it at once: a buffer that grows leaves unwiped copies behind.
    let length = fields.iter().map(|field| 4 + field.map_or(0, str::len)).sum();
    let mut record = Zeroizing::new(Vec::with_capacity(length));
    for field in fields {
        let length = field.map_or(Some(ABSENT), |text| u32::try_from(text.len()).ok())?;
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(field.unwrap_or_default().as_bytes());
    }
    Some(record)
}

/// The entry of a record; `None` for anything else.
pub fn decode(mut record: &[u8]) -> Option<Entry> {
    let mut next = || -> Option<Option<String>> {
        let (length, rest) = record.split_first_chunk()?;
        let length = u32::from_le_bytes(*length);
        if length == ABSENT {
            record = rest;
            return Some(None);
        }
        let (text, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        record = rest;
        Some(Some(std::str::from_utf8(text).ok()?.to_owned()))
    };
    let entry = Entry {
        credentials: Credentials {
            access_key_id: next()??,
            secret_access_key: next()?.map(Secret::new)?,
            session_token: next()?.map(Secret::new),
            expires: Some(Timestamp(next()??.parse().ok()?)),
        },
        profile: next()??,
        source_key_id: next()??,
        account: next()?,
        arn: next()?,
        serial: next()?,
        issued: Timestamp(next()??.parse().ok()?),
    };
    record.is_empty().then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretBytes {
        SecretBytes::new(vec![9; 32])
    }

    #[test]
    fn a_record_that_is_cut_or_goes_on_is_none() {
        let entry = super::super::tests::entry("ASIA1", Timestamp(5));
        let record = encode(&entry).unwrap();
        assert_eq!(decode(&record), Some(entry));
        for end in 0..record.len() {
            assert_eq!(decode(&record[..end]), None, "{end}");
        }
        assert_eq!(decode(&[&record[..], b"x"].concat()), None);
    }

    #[test]
    fn no_key_of_another_length_and_nothing_in_clear() {
        let entry = super::super::tests::entry("ASIA1", Timestamp(5));
        assert!(seal(&entry, "name", &SecretBytes::new(vec![1; 16])).is_none());
        let (one, two) = (seal(&entry, "name", &key()).unwrap(), seal(&entry, "name", &key()).unwrap());
        assert_ne!(one, two);
        assert!(!String::from_utf8_lossy(&one).contains("ASIA1"));
    }
}
