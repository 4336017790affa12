//! The otpauth URI that an authenticator app reads from the QR code
//! ([key URI format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format)). Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::base::secret::Secret;

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URI of a device: the issuer names the account (its alias or its number), the label the user. Digits, period and
/// algorithm are the defaults of every app, so they are left out and the picture stays small.
pub fn uri(seed: &Secret, account: &str, user: &str) -> Secret {
    let secret: Zeroizing<String> =
        Zeroizing::new(seed.expose().chars().filter(|c| *c != '=' && !c.is_whitespace()).collect());
    let issuer = utf8_percent_encode(&format!("AWS {account}"), RESERVED).to_string();
    let user = utf8_percent_encode(user, RESERVED);
    let mut uri = String::with_capacity(64 + 2 * issuer.len() + secret.len() + 256);
    // Built in one buffer that is large enough, so that no copy of the seed is left behind.
    for part in
        ["otpauth://totp/", &issuer, ":"].into_iter().chain(user).chain(["?secret=", &secret, "&issuer=", &issuer])
    {
        uri.push_str(part);
    }
    Secret::new(uri)
}

/// The seed as a person types it: in groups of four.
pub fn groups(seed: &Secret) -> Secret {
    let mut text = String::with_capacity(seed.expose().len() * 5 / 4 + 1);
    for (i, letter) in seed.expose().chars().filter(|c| *c != '=' && !c.is_whitespace()).enumerate() {
        if i > 0 && i % 4 == 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Secret {
        Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into())
    }

    #[test]
    fn names_account_and_user() {
        assert_eq!(
            uri(&seed(), "acme-prod", "alice").expose(),
            "otpauth://totp/AWS%20acme-prod:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=AWS%20acme-prod"
        );
    }

    #[test]
    fn every_name_comes_back_whole() {
        for user in ["alice", "a.b_c-d@example.com", "x+y=z,1", "with:colon", "100%&?#/"] {
            let uri = uri(&Secret::new("MZXW6YTBOJXXGZLFMFRGCZLF====".into()), "123456789012", user);
            let rest = uri.expose().strip_prefix("otpauth://totp/").unwrap();
            let (label, query) = rest.split_once('?').unwrap();
            let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
            let (issuer, name) = label.split_once(':').unwrap();
            assert_eq!((decoded(issuer).as_str(), decoded(name).as_str()), ("AWS 123456789012", user));
            assert_eq!(query, "secret=MZXW6YTBOJXXGZLFMFRGCZLF&issuer=AWS%20123456789012");
        }
    }

    #[test]
    fn grouped_by_four() {
        assert_eq!(groups(&seed()).expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(groups(&Secret::new("ABCDE=== ".into())).expose(), "ABCD E");
    }
}
