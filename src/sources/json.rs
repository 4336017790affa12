//! Credentials as JSON, the way programs and the endpoints of containers and instances give them. Pure.

use serde::Deserialize;

use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;

/// What is read of it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answer {
    /// Of a program's answer; it must be 1.
    pub version: Option<i64>,
    access_key_id: Option<String>,
    secret_access_key: Option<Secret>,
    #[serde(alias = "Token")]
    session_token: Option<Secret>,
    expiration: Option<String>,
    /// An error's code, where an endpoint has no credentials to give; `Success` where it has.
    #[serde(alias = "code")]
    pub code: Option<String>,
    /// The error in words.
    #[serde(alias = "message")]
    pub message: Option<String>,
}

impl Answer {
    /// Reads it. Errors don't quote it, because it may hold a secret.
    pub fn parse(text: &[u8]) -> Result<Answer, String> {
        serde_json::from_slice(text).map_err(|e| {
            let what = if e.is_data() { "it is not such an object" } else { "it is not JSON" };
            format!("{what} (line {}, column {})", e.line(), e.column())
        })
    }

    /// The credentials in it, or what is missing.
    pub fn credentials(self) -> Result<Credentials, &'static str> {
        let full = |secret: &Secret| !secret.is_empty();
        let expires = self.expiration.as_deref().filter(|time| !time.is_empty()).map(Timestamp::parse_rfc3339);
        Ok(Credentials {
            access_key_id: self.access_key_id.filter(|id| !id.is_empty()).ok_or("it has no AccessKeyId")?,
            secret_access_key: self.secret_access_key.filter(full).ok_or("it has no SecretAccessKey")?,
            session_token: self.session_token.filter(full),
            expires: expires.transpose().map_err(|_| "its Expiration is not an RFC 3339 time")?,
        })
    }
}
