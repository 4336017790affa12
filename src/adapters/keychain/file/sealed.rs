//! The format of the file of the `file` backend. From bytes to bytes: nothing here touches a disk.
//!
//! ```text
//! magic          8   "awsxkeys"
//! version        1   1
//! argon2id       12  memory in KiB, passes, lanes: u32 little-endian each
//! salt           16  random, made with the file; names it in the kernel keyring
//! key check      32  HMAC-SHA256(key, everything above): tells a wrong passphrase from a damaged file
//! nonce          24  random, new with every write
//! sealed         …   XChaCha20-Poly1305 under the key; everything above the nonce is associated data
//! checksum       32  SHA-256 over everything above: a damaged file is known as such before anybody is asked
//! ```
//!
//! Sealed is a list of items, each account and secret, as u32 length and bytes.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::secret::{Secret, SecretBytes};

const MAGIC: &[u8; 8] = b"awsxkeys";
const VERSION: u8 = 1;
const SALT: usize = 16;
const CHECK: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
const CHECKSUM: usize = 32;
/// Everything that the key check covers.
const PREAMBLE: usize = MAGIC.len() + 1 + 12 + SALT;
const HEADER: usize = PREAMBLE + CHECK;
/// What awsx writes: 64 MiB, three passes, one lane (RFC 9106, section 4, second choice).
const COST: Cost = Cost { memory: 64 * 1024, passes: 3, lanes: 1 };

/// The items of a file: account → secret.
pub type Items = BTreeMap<String, Secret>;

/// What can be wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsealable {
    /// It is not a file of awsx.
    Foreign,
    /// It was written by a later version of awsx.
    Newer,
    /// It is cut off or changed.
    Damaged,
    /// The key is not that of this file.
    WrongKey,
}

#[derive(Clone, Copy)]
struct Cost {
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// Whether awsx accepts a header with this cost. The time is memory times passes, and only a signal can interrupt it. So
    /// the limits are 1 GiB, and twenty times the work of awsx's own files, which is a few seconds.
    fn is_sane(self) -> bool {
        let work = |cost: Cost| u64::from(cost.memory) * u64::from(cost.passes);
        self.memory <= 1024 * 1024 && self.lanes <= 16 && work(self) <= 20 * work(COST)
    }
}

/// The part of a file that says how its key is derived. It is authenticated with every write.
#[derive(Clone)]
pub struct Header([u8; HEADER]);

/// A file that is complete and still sealed.
pub struct Sealed {
    /// Its header.
    pub header: Header,
    body: Vec<u8>,
}

impl Sealed {
    /// Takes a file apart and checks that it is complete.
    ///
    /// # Errors
    /// [`Unsealable::Foreign`], [`Unsealable::Newer`], [`Unsealable::Damaged`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Unsealable> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(Unsealable::Foreign)?;
        match rest.first() {
            Some(&VERSION) => {}
            Some(&version) if version > VERSION => return Err(Unsealable::Newer),
            _ => return Err(Unsealable::Damaged),
        }
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(Unsealable::Damaged)?;
        if Sha256::digest(content).as_slice() != checksum {
            return Err(Unsealable::Damaged);
        }
        let (header, body) = content.split_first_chunk::<HEADER>().ok_or(Unsealable::Damaged)?;
        Ok(Sealed { header: Header(*header), body: body.to_vec() })
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`Unsealable::WrongKey`] or [`Unsealable::Damaged`].
    pub fn open(&self, key: &SecretBytes) -> Result<Items, Unsealable> {
        if !self.header.is_key(key) {
            return Err(Unsealable::WrongKey);
        }
        let (nonce, sealed) = self.body.split_first_chunk::<NONCE>().ok_or(Unsealable::Damaged)?;
        let cipher = XChaCha20Poly1305::new_from_slice(key.expose()).map_err(|_| Unsealable::WrongKey)?;
        let plain = cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &self.header.0 })
            .map_err(|_| Unsealable::Damaged)?;
        unpack(&Zeroizing::new(plain)).ok_or(Unsealable::Damaged)
    }
}

impl Header {
    /// The header of a new file, and its key; `None` if there is no randomness or not enough memory.
    pub fn create(passphrase: &Secret) -> Option<(Self, SecretBytes)> {
        let mut bytes = [0; HEADER];
        let cost = [COST.memory, COST.passes, COST.lanes].map(u32::to_le_bytes).concat();
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).ok()?;
        let preamble = [MAGIC.as_slice(), &[VERSION], &cost, &salt].concat();
        bytes.get_mut(..PREAMBLE)?.copy_from_slice(&preamble);
        let key = derive(passphrase, &salt, COST)?;
        bytes.get_mut(PREAMBLE..)?.copy_from_slice(&check(&key, &preamble)?);
        Some((Header(bytes), key))
    }

    /// Derives a key from a passphrase. Whether it is the right one, [`Header::is_key`] tells. `None` if the header asks for
    /// too much memory or time.
    pub fn derive(&self, passphrase: &Secret) -> Option<SecretBytes> {
        let (_, rest) = self.0.split_at_checked(MAGIC.len() + 1)?;
        let (cost, rest) = rest.split_at_checked(12)?;
        let mut cost = cost.chunks_exact(4).filter_map(|c| c.try_into().ok()).map(u32::from_le_bytes);
        let cost = Cost { memory: cost.next()?, passes: cost.next()?, lanes: cost.next()? };
        derive(passphrase, rest.get(..SALT)?, cost)
    }

    /// Whether this is the key of the file.
    pub fn is_key(&self, key: &SecretBytes) -> bool {
        let (preamble, expected) = self.0.split_at(PREAMBLE);
        mac(key, preamble).is_some_and(|mac| mac.verify_slice(expected).is_ok())
    }

    /// The salt in hex. No other file has the same.
    pub fn id(&self) -> String {
        data_encoding::HEXLOWER.encode(self.0.get(PREAMBLE - SALT..PREAMBLE).unwrap_or_default())
    }

    /// The bytes of a file that holds these items; `None` if there is no randomness or the key has the wrong length.
    pub fn seal(&self, key: &SecretBytes, items: &Items) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).ok()?;
        let cipher = XChaCha20Poly1305::new_from_slice(key.expose()).ok()?;
        let plain = pack(items)?;
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &self.0 }).ok()?;
        let mut file = [&self.0[..], &nonce, &sealed].concat();
        let checksum = Sha256::digest(&file);
        file.extend_from_slice(&checksum);
        Some(file)
    }
}

fn derive(passphrase: &Secret, salt: &[u8], cost: Cost) -> Option<SecretBytes> {
    if !cost.is_sane() {
        return None;
    }
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut key = vec![0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), salt, &mut key)
        .ok()?;
    Some(SecretBytes::new(key))
}

fn mac(key: &SecretBytes, preamble: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.expose()).ok()?;
    mac.update(preamble);
    Some(mac)
}

fn check(key: &SecretBytes, preamble: &[u8]) -> Option<[u8; CHECK]> {
    Some(mac(key, preamble)?.finalize().into_bytes().into())
}

/// The buffer is allocated once: one that grows leaves unwiped copies behind.
fn pack(items: &Items) -> Option<Zeroizing<Vec<u8>>> {
    let size: usize = items.iter().map(|(account, secret)| 8 + account.len() + secret.expose().len()).sum();
    let mut plain = Zeroizing::new(Vec::with_capacity(size + TAG));
    for (account, secret) in items {
        for part in [account.as_bytes(), secret.expose().as_bytes()] {
            plain.extend_from_slice(&u32::try_from(part.len()).ok()?.to_le_bytes());
            plain.extend_from_slice(part);
        }
    }
    Some(plain)
}

fn unpack(mut plain: &[u8]) -> Option<Items> {
    let mut items = Items::new();
    while !plain.is_empty() {
        let account = take(&mut plain)?;
        let secret = take(&mut plain)?;
        items.insert(account.to_owned(), Secret::new(secret.to_owned()));
    }
    Some(items)
}

fn take<'a>(plain: &mut &'a [u8]) -> Option<&'a str> {
    let (length, rest) = plain.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    *plain = rest;
    std::str::from_utf8(part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    fn items() -> Items {
        [("keys:prod", "hush"), ("keys:ünï cödé", ""), ("seed:arn:aws:iam::1:mfa/x", "ABC")]
            .map(|(account, text)| (account.to_owned(), secret(text)))
            .into()
    }

    fn file() -> (Vec<u8>, SecretBytes) {
        let (header, key) = Header::create(&secret("open sesame")).unwrap();
        (header.seal(&key, &items()).unwrap(), key)
    }

    #[test]
    fn opens_with_the_passphrase_alone() {
        let (file, _) = file();
        assert!(!file.windows(4).any(|w| w == b"hush" || w == b"prod"), "nothing shows through");
        let sealed = Sealed::parse(&file).unwrap();
        let key = sealed.header.derive(&secret("open sesame")).unwrap();
        assert_eq!(sealed.open(&key).unwrap(), items());
        let wrong = sealed.header.derive(&secret("open sesami")).unwrap();
        assert_eq!(sealed.open(&wrong), Err(Unsealable::WrongKey));
        assert_eq!(sealed.open(&SecretBytes::new(vec![1])), Err(Unsealable::WrongKey));
    }

    #[test]
    fn every_write_has_its_own_nonce_and_the_same_salt() {
        let (file, key) = file();
        let header = Sealed::parse(&file).unwrap().header;
        let again = header.seal(&key, &items()).unwrap();
        assert_ne!(file, again);
        assert_eq!(header.id(), Sealed::parse(&again).unwrap().header.id());
        assert_eq!(header.id().len(), 32);
        assert_eq!(
            Sealed::parse(&header.seal(&key, &Items::new()).unwrap()).unwrap().open(&key).unwrap(),
            Items::new()
        );
    }

    #[test]
    fn any_changed_or_missing_byte_is_damage() {
        let (file, key) = file();
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            let fault = Sealed::parse(&changed).and_then(|s| s.open(&key)).unwrap_err();
            let expected = if at < 8 { Unsealable::Foreign } else { Unsealable::Damaged };
            assert_eq!(fault, expected, "byte {at}");
            let fault = Sealed::parse(&file[..at]).and_then(|s| s.open(&key)).unwrap_err();
            assert_eq!(fault, expected, "cut at {at}");
        }
        let mut newer = file.clone();
        newer[8] = 2;
        assert_eq!(Sealed::parse(&newer).err(), Some(Unsealable::Newer));
        assert_eq!(Sealed::parse(b"").err(), Some(Unsealable::Foreign));
        assert_eq!(Sealed::parse(b"[default]\nregion=eu-west-1\n").err(), Some(Unsealable::Foreign));
    }

    /// A forger can make the checksum right; the seal still tells.
    #[test]
    fn a_forged_checksum_does_not_help() {
        let (file, key) = file();
        for at in PREAMBLE..file.len() - CHECKSUM {
            let mut forged = file[..file.len() - CHECKSUM].to_vec();
            forged[at] ^= 1;
            let checksum = Sha256::digest(&forged);
            forged.extend_from_slice(&checksum);
            let fault = Sealed::parse(&forged).unwrap().open(&key).unwrap_err();
            assert_eq!(fault, if at < HEADER { Unsealable::WrongKey } else { Unsealable::Damaged }, "byte {at}");
        }
    }

    #[test]
    fn absurd_costs_are_not_believed() {
        assert!(derive(&secret("x"), &[0; 16], Cost { memory: u32::MAX, passes: 1, lanes: 1 }).is_none());
        assert!(derive(&secret("x"), &[0; 16], Cost { memory: 64, passes: u32::MAX, lanes: 1 }).is_none());
        assert!(derive(&secret("x"), &[0; 16], Cost { memory: 0, passes: 1, lanes: 1 }).is_none());
        for (memory, passes, lanes, sane) in [
            (64 * 1024, 3, 1, true),
            (1024 * 1024, 3, 1, true),
            (64 * 1024, 60, 4, true),
            (1024 * 1024, 64, 1, false),
            (1024 * 1024, 4, 1, false),
            (64 * 1024, 61, 1, false),
            (1024 * 1024 + 1, 1, 1, false),
            (64 * 1024, 3, 17, false),
        ] {
            assert_eq!(Cost { memory, passes, lanes }.is_sane(), sane, "{memory} {passes} {lanes}");
        }
    }
}
