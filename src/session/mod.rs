//! From a request to a session: cache, locks, single flight, codes, calls.

pub mod account;
mod call;
pub mod forget;
pub mod knowledge;
mod learn;
mod run;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::base::error::Result;
use crate::base::secret::Credentials;
use crate::plan::{Request, SessionKey};
use crate::profile::Profiles;
use crate::store::cache;

/// A session, ready for a child.
#[derive(Debug, Clone)]
pub struct Session {
    /// The profile it was made for.
    pub profile: String,
    /// The credentials; base keys only where `--no-session` asked for just these.
    pub credentials: Credentials,
    /// Twelve digits, where known.
    pub account: Option<String>,
    /// The caller's ARN, where known.
    pub arn: Option<String>,
    /// Its name; `None` for base keys.
    pub key: Option<SessionKey>,
    /// Whether it came out of the cache.
    pub cached: bool,
}

/// Gets a session: out of the cache if enough is left of it, else made, with one MFA code at most, while every other
/// process that wants the same waits for this one.
///
/// # Errors
/// Any kind: the plan, the keychain, a code, AWS.
pub fn obtain(app: &App, profiles: &Profiles, request: &Request) -> Result<Session> {
    let cache = match (!request.no_cache).then(|| cache::Cache::open(app)).transpose() {
        Ok(cache) => cache,
        Err(e) => {
            app.prompter.warn(&format!("sessions are not cached: {}", e.what));
            None
        }
    };
    run::Run::new(app, profiles, request, cache.as_ref()).session()
}
