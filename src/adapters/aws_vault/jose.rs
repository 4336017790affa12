//! What is needed of JOSE (RFC 7516, RFC 7518): a compact JWE that a passphrase opens, with `PBES2-HS256+A128KW` and
//! `A256GCM`. Pure.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use aes_kw::KwAes128;
use data_encoding::BASE64URL_NOPAD;
use hmac::Hmac;
use serde::Deserialize;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::base::secret::{Secret, SecretBytes};

const ALGORITHM: &str = "PBES2-HS256+A128KW";
const ENCRYPTION: &str = "A256GCM";
/// The most rounds of PBKDF2. aws-vault writes 8192; a file that asks for more than this would take for ever.
const MOST_ROUNDS: u32 = 10_000_000;

#[derive(Deserialize)]
struct Header<'a> {
    alg: &'a str,
    enc: &'a str,
    p2c: u32,
    p2s: &'a str,
}

/// Why a JWE could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It is no JWE, or one of another kind.
    Foreign,
    /// The passphrase is wrong, or the JWE was changed.
    Wrong,
}

/// Decrypts a JWE.
pub fn open(token: &str, passphrase: &Secret) -> Result<SecretBytes, Closed> {
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Closed::Foreign);
    let parts: Vec<&str> = token.trim_end().split('.').collect();
    let [protected, wrapped, nonce, text, tag] = parts[..] else { return Err(Closed::Foreign) };
    let header = decode(protected)?;
    let header: Header = serde_json::from_slice(&header).map_err(|_| Closed::Foreign)?;
    if header.alg != ALGORITHM || header.enc != ENCRYPTION || !(1..=MOST_ROUNDS).contains(&header.p2c) {
        return Err(Closed::Foreign);
    }
    // The salt is the name of the algorithm, a zero, and what the header says.
    let salt = [ALGORITHM.as_bytes(), &[0], &decode(header.p2s)?].concat();
    let mut derived = Zeroizing::new([0; 16]);
    pbkdf2::pbkdf2::<Hmac<Sha256>>(passphrase.expose().as_bytes(), &salt, header.p2c, &mut *derived)
        .map_err(|_| Closed::Foreign)?;
    let mut key = Zeroizing::new([0; 32]);
    let unwrapped = KwAes128::new((&*derived).into()).unwrap_key(&decode(wrapped)?, &mut *key);
    if unwrapped.map_err(|_| Closed::Wrong)?.len() != key.len() {
        return Err(Closed::Foreign);
    }
    let nonce: [u8; 12] = decode(nonce)?.try_into().map_err(|_| Closed::Foreign)?;
    let sealed = [decode(text)?, decode(tag)?].concat();
    let payload = Payload { msg: &sealed, aad: protected.as_bytes() };
    let opened = Aes256Gcm::new((&*key).into()).decrypt(&Nonce::from(nonce), payload);
    opened.map(SecretBytes::new).map_err(|_| Closed::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by the library that aws-vault uses, with this passphrase.
    const TOKEN: &str = include_str!("../../../tests/data/aws-vault/prod");
    const PASSPHRASE: &str = "correct horse";

    #[test]
    fn opens_what_the_library_wrote() {
        let open = |token: &str, passphrase: &str| open(token, &Secret::new(passphrase.into()));
        let opened = open(TOKEN, PASSPHRASE).unwrap();
        assert!(opened.expose().starts_with(br#"{"Key":"prod","Data":"eyJBY2Nlc3NLZXlJRCI6"#));
        assert_eq!(open(TOKEN, "wrong"), Err(Closed::Wrong));
        let mut changed: Vec<String> = TOKEN.split('.').map(str::to_owned).collect();
        changed[3].replace_range(..4, "AAAA");
        assert_eq!(open(&changed.join("."), PASSPHRASE), Err(Closed::Wrong));
        for token in ["", "a.b.c.d.e", "....", &TOKEN[1..], &TOKEN.replace('.', "")] {
            assert_eq!(open(token, PASSPHRASE), Err(Closed::Foreign), "{token}");
        }
    }

    #[test]
    fn a_file_can_t_ask_for_endless_work() {
        let header = r#"{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":4000000000,"p2s":"AAAA"}"#;
        let token = TOKEN.replacen(TOKEN.split('.').next().unwrap(), &BASE64URL_NOPAD.encode(header.as_bytes()), 1);
        assert_eq!(open(&token, &Secret::new(PASSPHRASE.into())), Err(Closed::Foreign));
    }
}
