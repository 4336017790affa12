//! Runs a plan: cache, lock, single flight, code ledger, prompts (spec section 2).

pub mod cache;
pub mod codes;
pub mod lock;
pub mod mfa;
pub mod state;

use crate::secret::Credentials;

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
    /// Whether it came out of the cache.
    pub cached: bool,
}
