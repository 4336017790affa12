//! The key that a console login is bound to, and the proofs of it that go along with each request: DPoP
//! ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)). Pure, but for randomness.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::pkcs8::LineEnding;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::Timestamp;

/// A P-256 key. It is wiped when it is dropped.
#[derive(Clone)]
pub struct DpopKey(SecretKey);

impl DpopKey {
    /// A new one.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the system gives no random bytes.
    pub fn new() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        // Nearly every 32 bytes are a key; those that aren't are left.
        loop {
            fill(bytes.as_mut())?;
            if let Ok(key) = SecretKey::from_slice(bytes.as_ref()) {
                return Ok(DpopKey(key));
            }
        }
    }

    /// Reads a key as the AWS CLI keeps it: SEC1 as PEM. Where its lines are broken doesn't matter.
    pub fn from_pem(pem: &Secret) -> Option<Self> {
        let mut body = Zeroizing::new(String::with_capacity(pem.expose().len()));
        for line in pem.expose().lines().map(str::trim).filter(|line| !line.starts_with("-----")) {
            body.push_str(line);
        }
        let der = Zeroizing::new(BASE64.decode(body.as_bytes()).ok()?);
        SecretKey::from_sec1_der(&der).ok().map(DpopKey)
    }

    /// The key as the AWS CLI keeps it.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] for a key that can't be written, which no P-256 key is.
    pub fn to_pem(&self) -> Result<Secret> {
        let pem = self.0.to_sec1_pem(LineEnding::LF);
        let mut pem = pem.map_err(|e| Error::failed("the key of the sign-in can't be written").cause(e))?;
        Ok(Secret::new(std::mem::take(&mut *pem)))
    }

    /// The proof for one request at `url`. Each has another identifier, so none can be used twice.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the system gives no random bytes.
    pub fn proof(&self, method: &str, url: &str, now: Timestamp) -> Result<Secret> {
        // RFC 9449, section 4.2: without query and fragment.
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let claims = json!({ "htm": method, "htu": url, "iat": now.0, "jti": uuid()? });
        Ok(Secret::new(self.signed(&claims)))
    }

    /// A signed JSON Web Token (RFC 7515) with the public key in its header.
    fn signed(&self, claims: &Value) -> String {
        let point = self.0.public_key().to_sec1_point(false);
        let coordinate = |bytes: Option<&_>| bytes.map(|bytes: &p256::FieldBytes| BASE64URL_NOPAD.encode(bytes));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": coordinate(point.x()), "y": coordinate(point.y()) });
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature: Signature = SigningKey::from(&self.0).sign(message.as_bytes());
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature.to_bytes()))
    }
}

/// A random UUID ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562), version 4).
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if the system gives no random bytes.
pub fn uuid() -> Result<String> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    let number = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
    let hex = format!("{number:032x}");
    let mut text = String::with_capacity(36);
    for (i, digit) in hex.chars().enumerate() {
        if [8, 12, 16, 20].contains(&i) {
            text.push('-');
        }
        text.push(digit);
    }
    Ok(text)
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| Error::failed("the system gives no random bytes").cause(e))
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;

    use super::*;

    /// The key of RFC 7515, appendix A.3.
    const D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn key() -> DpopKey {
        DpopKey(SecretKey::from_slice(&BASE64URL_NOPAD.decode(D.as_bytes()).unwrap()).unwrap())
    }

    fn parts(token: &str) -> (Value, Value, Signature) {
        let parts: Vec<Vec<u8>> =
            token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("{token}") };
        let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
        (json(header), json(claims), Signature::from_slice(signature).unwrap())
    }

    #[test]
    fn a_proof_has_what_the_rfc_asks_for() {
        let token =
            key().proof("POST", "https://us-east-1.signin.aws.amazon.com/v1/token?x#y", Timestamp(1_562_262_616));
        let token = token.unwrap();
        let (header, claims, signature) = parts(token.expose());
        assert_eq!(
            header,
            json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": { "kty": "EC", "crv": "P-256", "x": X, "y": Y } })
        );
        assert_eq!(claims["htm"], "POST");
        assert_eq!(claims["htu"], "https://us-east-1.signin.aws.amazon.com/v1/token");
        assert_eq!(claims["iat"], 1_562_262_616);
        assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
        let message = token.expose().rsplit_once('.').unwrap().0;
        let public = VerifyingKey::from(&SigningKey::from(&key().0));
        public.verify(message.as_bytes(), &signature).unwrap();
        assert!(public.verify(b"another", &signature).is_err());
        let again = key().proof("POST", "https://x/", Timestamp(0)).unwrap();
        assert_ne!(parts(again.expose()).1["jti"], claims["jti"]);
    }

    /// The signature of RFC 7515, appendix A.3, is one of this key over that message: so ours are of the same form.
    #[test]
    fn the_rfcs_own_signature_is_verified() {
        let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let signature = Signature::from_slice(&BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap()).unwrap();
        VerifyingKey::from(&SigningKey::from(&key().0)).verify(message.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn the_key_in_the_form_of_the_aws_cli() {
        let pem = key().to_pem().unwrap();
        let lines: Vec<&str> = pem.expose().lines().collect();
        assert_eq!(lines.first(), Some(&"-----BEGIN EC PRIVATE KEY-----"));
        assert_eq!(lines.last(), Some(&"-----END EC PRIVATE KEY-----"));
        assert!(lines.iter().all(|line| line.len() <= 64) && pem.expose().ends_with('\n'), "{lines:?}");
        let in_one_line =
            lines[0].to_owned() + "\r\n" + &lines[1..lines.len() - 1].concat() + "\r\n" + lines.last().unwrap();
        for text in [pem.expose(), &in_one_line] {
            let read = DpopKey::from_pem(&Secret::new(text.to_owned())).unwrap();
            assert_eq!(read.to_pem().unwrap(), pem);
        }
        for broken in ["", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "no key at all"] {
            assert!(DpopKey::from_pem(&Secret::new(broken.into())).is_none(), "{broken}");
        }
    }

    #[test]
    fn each_key_and_each_uuid_is_another() {
        assert_ne!(DpopKey::new().unwrap().to_pem().unwrap(), DpopKey::new().unwrap().to_pem().unwrap());
        let id = uuid().unwrap();
        assert_ne!(id, uuid().unwrap());
        let dashes: Vec<usize> = id.match_indices('-').map(|(i, _)| i).collect();
        assert_eq!(dashes, [8, 13, 18, 23]);
        assert!(&id[14..15] == "4" && "89ab".contains(&id[19..20]), "{id}");
    }
}
