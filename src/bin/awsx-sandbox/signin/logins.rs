//! Who is signed in as a user of the web console, with which program and which key.

use serde::{Deserialize, Serialize};

use crate::codes::Code;

/// Console logins.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleLogins {
    /// Codes of the browser flow.
    pub codes: Vec<Code>,
    /// Who is, or was, signed in.
    pub logins: Vec<Login>,
}

/// A user signed in with a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// A name for it.
    pub id: String,
    /// Who: an IAM user, or the account's owner.
    pub user: String,
    /// Which program.
    pub client_id: String,
    /// Thumbprint of the key that every call has to be signed with.
    pub key: String,
    /// When a code was given (epoch seconds).
    pub mfa_at: Option<i64>,
    /// Epoch seconds.
    pub started: i64,
    /// It can't be refreshed after that (epoch seconds).
    pub ends: i64,
    /// The refresh tokens that were given out; the last one is good now.
    pub refresh: Vec<RefreshToken>,
    /// Why it is over, if it is: an error of Sign-In.
    pub over: Option<String>,
}

/// A refresh token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshToken {
    /// Its text.
    pub token: String,
    /// When it was first used (epoch seconds).
    pub used: Option<i64>,
}

impl Login {
    /// Ends it.
    pub fn end(&mut self, error: &str) {
        self.over.get_or_insert_with(|| error.to_owned());
    }
}
