//! What is kept of a console login, in the form of the AWS CLI's own cache, so that both can read it
//! (`~/.aws/login/cache`). Pure.

use serde_json::{Map, Value, json};
use zeroize::{Zeroize, Zeroizing};

use super::dpop::DpopKey;
use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::ConsoleTokens;

/// The fields that a login can't be refreshed without.
const NEEDED: [&str; 3] = ["clientId", "refreshToken", "dpopKey"];

/// A login: credentials, what they are refreshed with, and fields of the AWS CLI's that are kept as they are. It is wiped
/// when it is dropped.
#[derive(Clone)]
pub struct Kept(Map<String, Value>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        _ => {}
    }
}

/// What a new login consists of.
pub struct Begun<'a> {
    /// `arn:aws:signin:::devtools/same-device` or `…/cross-device`.
    pub client_id: &'a str,
    /// What the sign-in is bound to.
    pub key: &'a DpopKey,
    /// Twelve digits.
    pub account: &'a str,
    /// The region that was signed in to; it is refreshed there, too.
    pub region: &'a str,
}

impl Kept {
    /// What AWS has given for a code.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the key can't be written.
    pub fn new(begun: &Begun, tokens: &ConsoleTokens) -> Result<Self> {
        let mut kept = Kept(Map::new());
        kept.put("accessToken", json!({}));
        kept.put("tokenType", tokens.token_type.as_str().into());
        kept.put("clientId", begun.client_id.into());
        if let Some(token) = &tokens.id_token {
            kept.put("idToken", token.expose().into());
        }
        kept.put("dpopKey", begun.key.to_pem()?.expose().into());
        kept.put("signInRegion", begun.region.into());
        kept.take(tokens, begun.account);
        Ok(kept)
    }

    /// Reads it; `None` for what no login can be refreshed with.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let kept = Kept(serde_json::from_slice(text).ok()?);
        let whole = NEEDED.iter().all(|field| kept.text(field).is_some());
        (whole && kept.key().is_some()).then_some(kept)
    }

    /// The same login after a refresh. Everything else stays.
    #[must_use]
    pub fn renewed(&self, tokens: &ConsoleTokens) -> Self {
        let mut kept = self.clone();
        let account = self.account().unwrap_or_default().to_owned();
        kept.take(tokens, &account);
        kept
    }

    fn take(&mut self, tokens: &ConsoleTokens, account: &str) {
        let it = &tokens.credentials;
        let access = json!({
            "accessKeyId": it.access_key_id,
            "secretAccessKey": it.secret_access_key.expose(),
            "sessionToken": it.session_token.as_ref().map(Secret::expose),
            "accountId": account,
            "expiresAt": it.expires.map(|at| at.to_string()),
        });
        self.put("accessToken", access);
        self.put("refreshToken", tokens.refresh_token.expose().into());
    }

    fn put(&mut self, field: &str, value: Value) {
        if let Some(mut old) = self.0.insert(field.to_owned(), value) {
            wipe(&mut old);
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    fn access(&self, field: &str) -> Option<&str> {
        self.0.get("accessToken")?.get(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// The credentials, if they are whole.
    pub fn credentials(&self) -> Option<Credentials> {
        let secret = |field| self.access(field).map(|text| Secret::new(text.to_owned()));
        Some(Credentials {
            access_key_id: self.access("accessKeyId")?.to_owned(),
            secret_access_key: secret("secretAccessKey")?,
            session_token: Some(secret("sessionToken")?),
            expires: Some(self.expires()?),
        })
    }

    /// When the credentials end.
    pub fn expires(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(self.access("expiresAt")?).ok()
    }

    /// Twelve digits.
    pub fn account(&self) -> Option<&str> {
        self.access("accountId")
    }

    /// What the next credentials are asked for with.
    pub fn refresh_token(&self) -> Secret {
        Secret::new(self.text("refreshToken").unwrap_or_default().to_owned())
    }

    /// What the login is bound to.
    pub fn key(&self) -> Option<DpopKey> {
        DpopKey::from_pem(&Secret::new(self.text("dpopKey")?.to_owned()))
    }

    /// Whether it is the same login, however often it was refreshed.
    pub fn is_of(&self, other: &Kept) -> bool {
        self.text("dpopKey") == other.text("dpopKey")
    }

    /// The program that it was made for.
    pub fn client_id(&self) -> &str {
        self.text("clientId").unwrap_or_default()
    }

    /// The region that was signed in to. Logins of older versions of the AWS CLI don't say.
    pub fn region(&self) -> Option<&str> {
        self.text("signInRegion")
    }

    /// As it is kept.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`].
    pub fn json(&self) -> Result<Secret> {
        let failed = || Error::failed("the console login can't be encoded");
        // Allocated once: a buffer that grows leaves unwiped copies behind.
        let mut json = Zeroizing::new(Vec::with_capacity(64 * 1024));
        serde_json::to_writer(&mut *json, &self.0).map_err(|_| failed())?;
        Ok(Secret::new(std::str::from_utf8(&json).map_err(|_| failed())?.to_owned()))
    }
}

#[cfg(test)]
#[allow(missing_docs, clippy::missing_panics_doc, reason = "a panic here is a failed test")]
pub mod tests {
    use super::*;
    use crate::testkit::session;

    /// Tokens that end then.
    pub fn tokens(number: u32, expires: Timestamp) -> ConsoleTokens {
        ConsoleTokens {
            credentials: session(&format!("ASIALOGIN{number}"), expires),
            token_type: "aws_sigv4".into(),
            refresh_token: Secret::new(format!("refresh-{number}")),
            id_token: None,
        }
    }

    pub fn kept(expires: Timestamp) -> Kept {
        let key = DpopKey::new().unwrap();
        let begun = Begun {
            client_id: "arn:aws:signin:::devtools/same-device",
            key: &key,
            account: "123456789012",
            region: "eu-west-1",
        };
        Kept::new(&begun, &tokens(1, expires)).unwrap()
    }

    #[test]
    fn a_login_as_the_aws_cli_keeps_it() {
        let login = kept(Timestamp(1_767_225_600));
        let json: Value = serde_json::from_str(login.json().unwrap().expose()).unwrap();
        assert_eq!(
            json["accessToken"],
            json!({"accessKeyId": "ASIALOGIN1", "secretAccessKey": "secret-of-ASIALOGIN1",
                   "sessionToken": "token-of-ASIALOGIN1", "accountId": "123456789012", "expiresAt": "2026-01-01T00:00:00Z"})
        );
        assert_eq!(json["tokenType"], "aws_sigv4");
        assert!(json["dpopKey"].as_str().unwrap().starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
        let read = Kept::parse(login.json().unwrap().expose().as_bytes()).unwrap();
        assert_eq!(read.credentials(), Some(tokens(1, Timestamp(1_767_225_600)).credentials));
        assert!(read.is_of(&login) && !read.is_of(&kept(Timestamp(0))));
        assert_eq!((read.account(), read.region()), (Some("123456789012"), Some("eu-west-1")));
        assert_eq!(read.refresh_token().expose(), "refresh-1");
    }

    #[test]
    fn a_refresh_leaves_every_other_field() {
        let login = kept(Timestamp(0));
        let mut json: Value = serde_json::from_str(login.json().unwrap().expose()).unwrap();
        json["idToken"] = "a.b.c".into();
        json["another"] = json!({"of": ["the", "AWS CLI"]});
        let after = Kept::parse(json.to_string().as_bytes()).unwrap().renewed(&tokens(2, Timestamp(60)));
        json["refreshToken"] = "refresh-2".into();
        json["accessToken"] = json!({"accessKeyId": "ASIALOGIN2", "secretAccessKey": "secret-of-ASIALOGIN2",
            "sessionToken": "token-of-ASIALOGIN2", "accountId": "123456789012", "expiresAt": "1970-01-01T00:01:00Z"});
        assert_eq!(after.json().unwrap().expose(), json.to_string());
    }

    #[test]
    fn what_can_not_be_refreshed_is_none() {
        let whole: Value = serde_json::from_str(kept(Timestamp(0)).json().unwrap().expose()).unwrap();
        for field in NEEDED {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(Kept::parse(less.to_string().as_bytes()).is_none(), "{field}");
        }
        for text in ["", "null", "[]", "{\"accessToken\":1}"] {
            assert!(Kept::parse(text.as_bytes()).is_none(), "{text}");
        }
        let mut broken = whole.clone();
        broken["dpopKey"] = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n".into();
        assert!(Kept::parse(broken.to_string().as_bytes()).is_none());
        let mut odd = whole;
        odd["accessToken"] = 5.into();
        assert!(Kept::parse(odd.to_string().as_bytes()).unwrap().credentials().is_none());
    }
}
