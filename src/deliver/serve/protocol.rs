//! The [container credentials
//! protocol](https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html) as the server sees
//! it: who may ask, and what is answered. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::base::secret::{Secret, SecretBytes};
use crate::base::terminal_text;
use crate::base::time::Timestamp;
use crate::deliver::formats::credentials;
use crate::ports::{Answer, Asked, Content};
use crate::session::Session;

/// What stands in a path as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is given out now.
#[derive(Debug)]
pub struct Book {
    token: Secret,
    port: u16,
    by_path: BTreeMap<String, Given>,
}

/// What a profile's path gives.
#[derive(Debug)]
struct Given {
    body: Arc<SecretBytes>,
    /// Until when.
    ends: Option<Timestamp>,
    /// Why there is nothing newer.
    not_renewed: Option<String>,
}

impl Book {
    /// Nothing yet; `token` is what a client has to send.
    pub fn new(token: Secret) -> Self {
        Book { token, port: 0, by_path: BTreeMap::new() }
    }

    /// The port that clients have to name.
    pub fn at_port(&mut self, port: u16) {
        self.port = port;
    }

    /// From now on the profile's path gives these credentials.
    pub fn put(&mut self, session: &Session) {
        let given = &session.credentials;
        // Keys without an end are given one far away: SDKs demand the field.
        let expires = given.expires.unwrap_or(Timestamp(i64::MAX)).to_string();
        let mut body = credentials::object(
            &credentials::COMPACT,
            &[
                ("AccessKeyId", Some(&given.access_key_id)),
                ("SecretAccessKey", Some(given.secret_access_key.expose())),
                ("Token", Some(given.session_token.as_ref().map(Secret::expose).unwrap_or_default())),
                ("Expiration", Some(&expires)),
                ("AccountId", session.account.as_deref()),
            ],
        );
        let body = Arc::new(SecretBytes::new(std::mem::take(&mut *body).into_bytes()));
        let given = Given { body, ends: given.expires, not_renewed: None };
        self.by_path.insert(path(&session.profile), given);
    }

    /// The profile's session could not be renewed. What it gives stays good until it ends.
    pub fn failed(&mut self, profile: &str, why: &str) {
        if let Some(given) = self.by_path.get_mut(&path(profile)) {
            given.not_renewed = Some(why.to_owned());
        }
    }

    /// The answer to a request: credentials for whoever has the token, and has not been led here by a page in a
    /// browser.
    pub fn answer(&self, asked: &Asked<'_>, now: Timestamp) -> Answer {
        if !asked.host.is_some_and(|host| self.is_here(host)) {
            return refusal(403, "HostNotAllowed", "the header Host must name this machine");
        }
        let token = self.token.expose().as_bytes();
        if !asked.authorization.is_some_and(|given| bool::from(given.ct_eq(token))) {
            return refusal(403, "AccessDenied", "the header Authorization must be the token that awsx has given out");
        }
        if asked.method != "GET" {
            return refusal(405, "MethodNotAllowed", "only GET is answered");
        }
        match self.by_path.get(asked.path) {
            None => refusal(404, "NotFound", "no profile is served under this path"),
            Some(given) if given.ends.is_some_and(|ends| ends <= now) => {
                let why = given.not_renewed.as_deref().unwrap_or("awsx is about to renew it; ask again");
                refusal(503, "SessionEnded", &format!("the session has ended: {}", terminal_text::line(why)))
            }
            Some(given) => Answer { status: 200, content: Content::Json, body: given.body.clone() },
        }
    }

    fn is_here(&self, host: &str) -> bool {
        host.rsplit_once(':').is_some_and(|(name, port)| {
            port.parse() == Ok(self.port) && ["127.0.0.1", "localhost", "[::1]"].contains(&name)
        })
    }
}

/// The path of a profile.
pub fn path(profile: &str) -> String {
    format!("/{}", utf8_percent_encode(profile, ENCODED))
}

fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({"code": code, "message": message}).to_string();
    Answer { status, content: Content::Json, body: Arc::new(SecretBytes::new(body.into_bytes())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Credentials;

    const NOW: Timestamp = Timestamp(1_767_225_600);
    const HERE: std::net::SocketAddr =
        std::net::SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 50000));

    fn session(profile: &str, expires: Option<Timestamp>) -> Session {
        let credentials = Credentials {
            session_token: Some(Secret::new("to\"ken".into())),
            expires,
            ..Credentials::key_pair("ASIAX", Secret::new("se/cret".into()))
        };
        Session {
            profile: profile.into(),
            credentials,
            account: Some("111122223333".into()),
            arn: None,
            key: None,
            cached: false,
            margin: 300,
        }
    }

    fn book() -> Book {
        let mut book = Book::new(Secret::new("right".into()));
        book.at_port(4000);
        book.put(&session("prod", Some(NOW.plus(600))));
        book.put(&session("two words/ü", Some(NOW.plus(60))));
        book
    }

    fn status(method: &str, path: &str, host: Option<&str>, authorization: Option<&str>) -> u16 {
        let authorization = authorization.map(str::as_bytes);
        book().answer(&Asked { method, path, query: None, host, authorization, from: HERE }, NOW).status
    }

    #[test]
    fn only_who_has_the_token_and_is_here_gets_something() {
        let (host, token) = (Some("127.0.0.1:4000"), Some("right"));
        assert_eq!(status("GET", "/prod", host, token), 200);
        assert_eq!(status("GET", "/two%20words%2F%C3%BC", Some("localhost:4000"), token), 200);
        for (method, path, host, authorization, want) in [
            ("GET", "/prod", host, None, 403),
            ("GET", "/prod", host, Some(""), 403),
            ("GET", "/prod", host, Some("righ"), 403),
            ("GET", "/prod", host, Some("right "), 403),
            ("GET", "/prod", host, Some("Bearer right"), 403),
            ("GET", "/prod", None, token, 403),
            ("GET", "/prod", Some("127.0.0.1"), token, 403),
            ("GET", "/prod", Some("127.0.0.1:4001"), token, 403),
            ("GET", "/prod", Some("evil.test:4000"), token, 403),
            ("GET", "/prod", Some("127.0.0.1.evil.test:4000"), token, 403),
            ("POST", "/prod", host, token, 405),
            ("GET", "/", host, token, 404),
            ("GET", "/prod/", host, token, 404),
            ("GET", "//prod", host, token, 404),
            ("GET", "/other", host, token, 404),
        ] {
            assert_eq!(status(method, path, host, authorization), want, "{method} {path} {host:?} {authorization:?}");
        }
    }

    #[test]
    fn what_has_ended_is_not_given_out() {
        let (host, authorization) = (Some("[::1]:4000"), Some(&b"right"[..]));
        let asked = Asked { method: "GET", path: "/prod", query: None, host, authorization, from: HERE };
        let answer = book().answer(&asked, NOW);
        let body: serde_json::Value = serde_json::from_slice(answer.body.expose()).unwrap();
        assert_eq!(
            body,
            json!({"AccessKeyId": "ASIAX", "SecretAccessKey": "se/cret", "Token": "to\"ken", "AccountId": "111122223333",
                   "Expiration": "2026-01-01T00:10:00Z"})
        );
        assert_eq!(book().answer(&asked, NOW.plus(600)).status, 503);
        let mut book = book();
        book.failed("prod", "prod was not renewed: no\u{1b} network");
        assert_eq!(book.answer(&asked, NOW).status, 200, "what is still good is given out");
        let answer = book.answer(&asked, NOW.plus(600));
        let body: serde_json::Value = serde_json::from_slice(answer.body.expose()).unwrap();
        let said = body["message"].as_str().unwrap();
        assert!(
            said.starts_with("the session has ended: prod was not renewed: no") && !said.contains('\u{1b}'),
            "{said}"
        );
        book.put(&session("prod", None));
        assert_eq!(book.answer(&asked, NOW.plus(600)).status, 200);
    }
}
