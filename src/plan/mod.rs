//! From a profile to steps: a pure function of (profile graph, request, what is known, now); spec section 2.

use crate::secret::Secret;

/// Names a session: a hex digest over everything that goes into the STS call (spec section 2, *Cache*).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub String);

/// What a command asks for: the options of every command that gets credentials, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Name of a profile that exists.
    pub profile: String,
    /// `--duration` or a variable of the same meaning, in seconds.
    pub duration: Option<u32>,
    /// `--code` or a variable of the same meaning.
    pub code: Option<Secret>,
    /// `--mfa-serial` or `AWS_MFA_SERIAL`.
    pub mfa_serial: Option<String>,
    /// Seconds that must be left of a cached session.
    pub min_ttl: u32,
    /// Neither use GetSessionToken …
    pub no_session: bool,
    /// … nor use and write cached sessions.
    pub no_cache: bool,
    /// `--region`.
    pub region: Option<String>,
    /// Inline session policy, JSON.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
    /// `--session-name`.
    pub session_name: Option<String>,
}
