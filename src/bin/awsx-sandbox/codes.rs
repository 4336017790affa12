//! Authorization codes with PKCE ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)), as both sign-ins use them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::wire::{Params, encoded, random};

/// What a program asks for by sending a browser to `/authorize`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    /// Which program.
    pub client_id: String,
    /// Where the browser goes with the answer.
    pub redirect_uri: String,
    /// Handed back unchanged.
    pub state: String,
    /// Of the verifier.
    pub challenge: String,
    /// What it may do.
    pub scopes: Vec<String>,
}

impl Asked {
    /// The address that the browser goes to with an answer.
    pub fn with(&self, answer: &[(&str, &str)]) -> String {
        let state = ("state", self.state.as_str());
        let pairs = answer.iter().chain([&state]);
        let query: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let mark = if self.redirect_uri.contains('?') { '&' } else { '?' };
        format!("{}{mark}{}", self.redirect_uri, query.join("&"))
    }

    /// That a person said no, or that the request was wrong.
    pub fn refused(&self, error: &str, why: &str) -> String {
        self.with(&[("error", error), ("error_description", why)])
    }
}

/// Reads what both sign-ins ask for alike; `method` is their name for SHA-256.
///
/// # Errors
/// What is wrong.
pub fn asked(params: &Params, method: &str, scopes: Vec<String>) -> Result<Asked, String> {
    let want = |name: &str| params.get(name).map(str::to_owned).ok_or_else(|| format!("{name} is missing"));
    let asked = Asked {
        client_id: want("client_id")?,
        redirect_uri: want("redirect_uri")?,
        state: want("state")?,
        challenge: want("code_challenge")?,
        scopes,
    };
    if want("response_type")? != "code" {
        return Err("response_type must be code".into());
    }
    if want("code_challenge_method")? != method {
        return Err(format!("code_challenge_method must be {method}"));
    }
    let digest = data_encoding::BASE64URL_NOPAD.decode(asked.challenge.as_bytes());
    if digest.map_or(true, |d| d.len() != 32) {
        return Err("code_challenge is no SHA-256 in base64url without padding".into());
    }
    Ok(asked)
}

/// The path of a redirect URI on 127.0.0.1. Its port may be any, so it isn't part of the comparison
/// ([RFC 8252](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
pub fn loopback(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("http://127.0.0.1")?;
    let (port, path) = rest.split_at(rest.find('/')?);
    let good = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.parse::<u16>().is_ok_and(|p| p > 0));
    (good && !path.contains(['#', '?'])).then_some(path)
}

/// A code that a browser has been given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    text: String,
    /// The request that it answers.
    pub asked: Asked,
    /// Who said yes.
    pub user: String,
    /// Epoch seconds.
    pub until: i64,
    /// The sign-in that was made with it.
    used_for: Option<String>,
    #[serde(default)]
    burnt: bool,
}

/// What is wrong with the use of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// There is none like it.
    Unknown,
    /// It has been used for this sign-in, or has been tried with something wrong.
    Used(Option<String>),
    /// It is too old.
    Expired,
    /// It is for another client, redirect URI or verifier.
    Other(&'static str),
}

impl Code {
    /// A new one.
    pub fn new(asked: Asked, user: &str, until: i64) -> Self {
        let text = data_encoding::BASE64URL_NOPAD.encode(&random::<32>());
        Code { text, asked, user: user.into(), until, used_for: None, burnt: false }
    }

    /// The text of it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A code as a client hands it in.
pub struct Redeemed<'a> {
    /// The code.
    pub code: &'a str,
    /// Who hands it in.
    pub client_id: &'a str,
    /// Must be the one it was sent to.
    pub redirect_uri: &'a str,
    /// Must be the one whose challenge came with the request.
    pub verifier: &'a str,
}

/// Uses up a code for the sign-in of that ID.
///
/// # Errors
/// If it can't be used; it is void then.
pub fn redeem(codes: &mut [Code], given: &Redeemed<'_>, sign_in: &str, now: i64) -> Result<Code, Wrong> {
    let code = codes.iter_mut().find(|c| c.text == given.code).ok_or(Wrong::Unknown)?;
    if code.burnt {
        return Err(Wrong::Used(code.used_for.clone()));
    }
    // A wrong use may be a thief's, so it voids the code as well.
    code.burnt = true;
    if code.until <= now {
        return Err(Wrong::Expired);
    }
    if code.asked.client_id != given.client_id {
        return Err(Wrong::Other("the code was given to another client"));
    }
    if code.asked.redirect_uri != given.redirect_uri {
        return Err(Wrong::Other("redirect URI of the code is another one"));
    }
    let digest = data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(given.verifier.as_bytes()));
    if !is_verifier(given.verifier) || digest != code.asked.challenge {
        return Err(Wrong::Other("code verifier does not fit the challenge"));
    }
    code.used_for = Some(sign_in.to_owned());
    Ok(code.clone())
}

/// 43 to 128 of the characters that need no encoding.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Params {
        Params::parse(
            "response_type=code&client_id=c&state=s%20t&code_challenge_method=S256&redirect_uri=http://127.0.0.1:9/x&\
             code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        )
    }

    #[test]
    fn requests() {
        let asked = asked(&good(), "S256", vec![]).unwrap();
        assert_eq!(asked.with(&[("code", "a&b")]), "http://127.0.0.1:9/x?code=a%26b&state=s%20t");
        let wrong = [
            ("response_type", "token", "response_type"),
            ("code_challenge_method", "plain", "code_challenge_method"),
            ("code_challenge_method", "SHA-256", "code_challenge_method"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "code_challenge"),
            ("code_challenge", "short", "code_challenge"),
            ("state", "", "state is missing"),
            ("client_id", "", "client_id is missing"),
            ("redirect_uri", "", "redirect_uri is missing"),
        ];
        for (name, value, why) in wrong {
            let mut params = good();
            params.0.insert(name.into(), value.into());
            let refused = super::asked(&params, "S256", vec![]).unwrap_err();
            assert!(refused.contains(why), "{name}={value}: {refused}");
        }
    }

    #[test]
    fn loopback_addresses() {
        for (uri, parts) in [
            ("http://127.0.0.1/oauth/callback", Some("/oauth/callback")),
            ("http://127.0.0.1:8123/oauth/callback", Some("/oauth/callback")),
            ("http://127.0.0.1:1/", Some("/")),
            ("http://[::1]:1/", None),
            ("https://127.0.0.1/oauth/callback", None),
            ("http://localhost/oauth/callback", None),
            ("http://127.0.0.1.example.com/oauth/callback", None),
            ("http://127.0.0.1@example.com/oauth/callback", None),
            ("http://127.0.0.1:0/x", None),
            ("http://127.0.0.1:99999/x", None),
            ("http://127.0.0.1", None),
            ("http://127.0.0.1/x?y", None),
            ("http://127.0.0.1/x#y", None),
        ] {
            assert_eq!(loopback(uri), parts, "{uri}");
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_its_own_request() {
        const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let asked = asked(&good(), "S256", vec![]).unwrap();
        let use_of = |client_id, redirect_uri, verifier, now| {
            let mut codes = vec![Code::new(asked.clone(), "erin", 100)];
            let code = codes[0].text.clone();
            let given = Redeemed { code: &code, client_id, redirect_uri, verifier };
            let first = redeem(&mut codes, &given, "one", now).map(|c| c.user);
            let right =
                Redeemed { code: &code, client_id: "c", redirect_uri: "http://127.0.0.1:9/x", verifier: VERIFIER };
            (first, redeem(&mut codes, &right, "two", now).map(|c| c.user))
        };
        let uri = "http://127.0.0.1:9/x";
        let again = |id: Option<&str>| Err(Wrong::Used(id.map(str::to_owned)));
        assert_eq!(use_of("c", uri, VERIFIER, 99), (Ok("erin".into()), again(Some("one"))));
        assert_eq!(use_of("c", uri, VERIFIER, 100), (Err(Wrong::Expired), again(None)));
        let wrong =
            [("d", uri, VERIFIER), ("c", "http://127.0.0.1:8/x", VERIFIER), ("c", uri, "dBjftJeZ"), ("c", uri, uri)];
        for (client, uri, verifier) in wrong {
            let (first, second) = use_of(client, uri, verifier, 99);
            assert!(matches!(first, Err(Wrong::Other(_))), "{client} {uri} {verifier}: {first:?}");
            assert_eq!(second, again(None));
        }
        let unknown = Redeemed { code: "x", client_id: "c", redirect_uri: uri, verifier: VERIFIER };
        assert_eq!(redeem(&mut [], &unknown, "one", 0).unwrap_err(), Wrong::Unknown);
    }
}
