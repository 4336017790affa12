//! The pages of AWS Sign-In in a browser: where they are, and what comes back from them. Pure.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::base::secret::Secret;

/// The program, where the browser is on this machine.
pub const SAME_DEVICE: &str = "arn:aws:signin:::devtools/same-device";
/// The program, where the browser is on another one.
pub const CROSS_DEVICE: &str = "arn:aws:signin:::devtools/cross-device";

/// What may stand in a query as it is (RFC 3986, unreserved).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The page that shows a code, where the browser is on another machine.
pub fn confirmation(address: &str) -> String {
    format!("{address}/v1/sessions/confirmation")
}

/// The page where a person signs in.
pub fn authorize(address: &str, client_id: &str, redirect_uri: &str, state: &Secret, challenge: &str) -> String {
    let query = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("state", state.expose()),
        ("code_challenge_method", "SHA-256"),
        ("scope", "openid"),
        ("redirect_uri", redirect_uri),
        ("code_challenge", challenge),
    ];
    let query = query.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)));
    format!("{address}/v1/authorize?{}", query.join("&"))
}

/// What is wrong with a pasted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It isn't what the page shows, or not all of it.
    Garbage,
    /// It belongs to another sign-in.
    OtherSignIn,
}

/// The code in the text that the page shows: base64 of `state=…&code=…`. However the lines of it were broken.
pub fn pasted(text: &Secret, state: &Secret) -> Result<Secret, Wrong> {
    let mut body = Zeroizing::new(String::with_capacity(text.expose().len() + 4));
    body.extend(text.expose().chars().filter(|c| !c.is_whitespace() && *c != '=').map(|c| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    }));
    while !body.len().is_multiple_of(4) {
        body.push('=');
    }
    let bytes = Zeroizing::new(BASE64.decode(body.as_bytes()).map_err(|_| Wrong::Garbage)?);
    let query = std::str::from_utf8(&bytes).map_err(|_| Wrong::Garbage)?;
    let field = |name: &str| {
        let value = query.split('&').find_map(|part| part.split_once('=').filter(|(is, _)| *is == name))?.1;
        let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
        Some(Secret::new(value)).filter(|value| !value.is_empty())
    };
    let (Some(given), Some(code)) = (field("state"), field("code")) else { return Err(Wrong::Garbage) };
    if given == *state { Ok(code) } else { Err(Wrong::OtherSignIn) }
}

/// Who has signed in: the ARN in an ID token. Its signature is not checked, because it comes from AWS itself.
pub fn subject(id_token: &Secret) -> Option<String> {
    let mut parts = id_token.expose().split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = Zeroizing::new(BASE64URL_NOPAD.decode(claims.trim_end_matches('=').as_bytes()).ok()?);
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_page_to_sign_in_on() {
        let address = "https://us-east-1.signin.aws.amazon.com";
        assert_eq!(
            authorize(address, SAME_DEVICE, "http://127.0.0.1:5/oauth/callback", &secret("st-1"), "ch_2"),
            "https://us-east-1.signin.aws.amazon.com/v1/authorize?response_type=code\
             &client_id=arn%3Aaws%3Asignin%3A%3A%3Adevtools%2Fsame-device&state=st-1&code_challenge_method=SHA-256\
             &scope=openid&redirect_uri=http%3A%2F%2F127.0.0.1%3A5%2Foauth%2Fcallback&code_challenge=ch_2"
        );
        assert_eq!(confirmation(address), "https://us-east-1.signin.aws.amazon.com/v1/sessions/confirmation");
    }

    #[test]
    fn what_a_person_pastes() {
        let state = secret("abc-1");
        let shown = BASE64.encode(b"state=abc-1&code=x%2By~z");
        let broken = format!(" {}\n{}\r\n", &shown[..10], &shown[10..]);
        let url_safe = shown.trim_end_matches('=').replace('+', "-").replace('/', "_");
        for text in [&shown, &broken, &url_safe] {
            assert_eq!(pasted(&secret(text), &state).unwrap().expose(), "x+y~z", "{text}");
        }
        let other = BASE64.encode(b"code=x&state=abc-2");
        assert_eq!(pasted(&secret(&other), &state), Err(Wrong::OtherSignIn));
        let part = &shown[..12];
        let none = BASE64.encode(b"state=abc-1&code=");
        let bytes = BASE64.encode(&[0xff, 0xfe, 0xfd]);
        for text in ["", "123456", "not base64!", part, &none, &bytes] {
            assert_eq!(pasted(&secret(text), &state), Err(Wrong::Garbage), "{text}");
        }
    }

    #[test]
    fn who_has_signed_in() {
        let token = |claims: &str| secret(&format!("e30.{}.c2ln", BASE64URL_NOPAD.encode(claims.as_bytes())));
        let arn = "arn:aws:iam::123456789012:user/alice";
        assert_eq!(subject(&token(&format!("{{\"sub\":\"{arn}\"}}"))).as_deref(), Some(arn));
        for wrong in [token("{}"), token("{\"sub\":5}"), token("x"), secret("a.b"), secret("")] {
            assert_eq!(subject(&wrong), None);
        }
    }
}
