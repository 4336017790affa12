//! The `DPoP` header: proof that the caller has the private key that a sign-in began with
//! ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Greatest difference of the clocks, seconds.
const SKEW: i64 = 300;

/// A proof that is right in itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Proof {
    /// Thumbprint of the public key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    pub key: String,
    /// Its number, which must never come again.
    pub jti: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    htm: String,
    htu: String,
    iat: i64,
    jti: String,
}

/// Checks a header against the request that it came with.
///
/// # Errors
/// What is wrong with it.
pub fn verify(text: &str, method: &str, url: &str, now: i64) -> Result<Proof, String> {
    let decode = |part: &str| {
        data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|e| format!("base64url without padding: {e}"))
    };
    let parts: Vec<&str> = text.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else { return Err("it has not three parts".into()) };
    let header: Header = serde_json::from_slice(&decode(head)?).map_err(|e| format!("header: {e}"))?;
    if header.typ != "dpop+jwt" {
        return Err(format!("typ is {}, not dpop+jwt", header.typ));
    }
    if header.alg != "ES256" {
        return Err(format!("alg is {}, not ES256", header.alg));
    }
    if header.jwk.kty != "EC" || header.jwk.crv != "P-256" {
        return Err("jwk is no key on P-256".into());
    }
    let (x, y) = (decode(&header.jwk.x)?, decode(&header.jwk.y)?);
    if x.len() != 32 || y.len() != 32 {
        return Err("coordinates of jwk have 32 bytes".into());
    }
    let point = [[4].as_slice(), &x, &y].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).map_err(|_| "jwk is no point on P-256")?;
    let signature = Signature::from_slice(&decode(signature)?).map_err(|_| "the signature is not r and s")?;
    key.verify(format!("{head}.{claims}").as_bytes(), &signature).map_err(|_| "the signature is not by that key")?;

    let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|e| format!("claims: {e}"))?;
    if claims.htm != method {
        return Err(format!("htm is {}, not {method}", claims.htm));
    }
    if claims.htu != url {
        return Err(format!("htu is {}, not {url}", claims.htu));
    }
    if (claims.iat - now).abs() > SKEW {
        return Err(format!("iat is {} seconds off", claims.iat - now));
    }
    if claims.jti.is_empty() {
        return Err("jti is empty".into());
    }
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, header.jwk.x, header.jwk.y);
    Ok(Proof { key: data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(canonical)), jti: claims.jti })
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer;
    use serde_json::{Value, json};

    use super::*;

    const URL: &str = "http://127.0.0.1:9/v1/token";

    fn encode(bytes: &[u8]) -> String {
        data_encoding::BASE64URL_NOPAD.encode(bytes)
    }

    /// A header with these changes, signed by the key in it.
    fn proof(change: impl Fn(&mut Value, &mut Value)) -> String {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let bytes = point.as_bytes();
        let (x, y) = (encode(&bytes[1..33]), encode(&bytes[33..65]));
        let mut header =
            json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}});
        let mut claims = json!({"htm": "POST", "htu": URL, "iat": 1000, "jti": "one"});
        change(&mut header, &mut claims);
        let message = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature: Signature = key.sign(message.as_bytes());
        format!("{message}.{}", encode(&signature.to_bytes()))
    }

    #[test]
    fn a_right_one() {
        let right = verify(&proof(|_, _| {}), "POST", URL, 1000).unwrap();
        assert_eq!((right.jti.as_str(), right.key.len()), ("one", 43));
        assert!(verify(&proof(|_, c| c["iat"] = json!(700)), "POST", URL, 1000).is_ok());
    }

    #[test]
    fn wrong_ones() {
        type Change = fn(&mut Value, &mut Value);
        let wrong: [(Change, &str); 13] = [
            (|h, _| h["typ"] = json!("JWT"), "typ is JWT"),
            (|h, _| h["alg"] = json!("none"), "alg is none"),
            (|h, _| h["jwk"]["crv"] = json!("P-384"), "no key on P-256"),
            (|h, _| h["jwk"]["d"] = json!("AAAA"), "unknown field `d`"),
            (|h, _| h["kid"] = json!("x"), "unknown field `kid`"),
            (|h, _| h["jwk"]["x"] = h["jwk"]["y"].clone(), "no point"),
            (|h, _| h["jwk"]["x"] = json!("AAAA"), "32 bytes"),
            (|_, c| c["htm"] = json!("GET"), "htm is GET"),
            (|_, c| c["htu"] = json!("http://127.0.0.1:9/v1/token/"), "htu is"),
            (|_, c| c["iat"] = json!(1301), "301 seconds off"),
            (|_, c| c["iat"] = json!(699), "-301 seconds off"),
            (|_, c| c["iat"] = json!("1000"), "claims"),
            (|_, c| c["jti"] = json!(""), "jti is empty"),
        ];
        for (change, words) in wrong {
            let refused = verify(&proof(change), "POST", URL, 1000).unwrap_err();
            assert!(refused.contains(words), "{words}: {refused}");
        }
        let right = proof(|_, _| {});
        let (message, signature) = right.rsplit_once('.').unwrap();
        let other = proof(|_, c| c["jti"] = json!("two"));
        let foreign = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
        for text in ["", "a.b", "a.b.c.d", message, &format!("{right}="), &format!("{message}.AAAA"), &foreign] {
            assert!(verify(text, "POST", URL, 1000).is_err(), "{text}");
        }
    }
}
