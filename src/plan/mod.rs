//! From a profile to steps: a pure function of the profile graph, the request, and what is known. Pure.
//!
//! The steps lead from the base of the profile's chain to the profile itself. A step that makes a session has a
//! [`SessionKey`], the name under which the session is cached. [`Plan::start`] is the first step that must be run,
//! since sessions of the earlier ones are cached or not needed.

pub mod device;
mod digest;
pub mod duration;
pub mod endpoint;
mod explain;
pub mod role;
pub mod source;
mod steps;

pub use explain::{to_json, to_lines};
pub use source::Source;
pub use steps::plan;

use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::ports::{AssumeRole, Endpoint};
use crate::profile::{Profile, Profiles};

/// The name of a session: a hex digest over everything that goes into the STS call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub String);

/// What a command asks for: the options of every command that gets credentials, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Name of a profile that exists.
    pub profile: String,
    /// `--duration`.
    pub duration: Option<duration::Wanted>,
    /// `AWSX_SESSION_DURATION` or a variable of the same meaning; unlike the flag it also counts for the session that
    /// roles share.
    pub default_duration: Option<duration::Wanted>,
    /// `--code` or a variable of the same meaning.
    pub code: Option<Secret>,
    /// `--mfa-serial` or `AWS_MFA_SERIAL`.
    pub mfa_serial: Option<String>,
    /// Seconds that must be left of a cached session.
    pub min_ttl: u32,
    /// Whether `min_ttl` was asked for, and is not the usual value.
    pub min_ttl_is_asked_for: bool,
    /// A session of which at least half is left is good enough, even if that is less than `min_ttl`.
    pub half_is_enough: bool,
    /// `--no-session`: no GetSessionToken. The keys themselves, or AssumeRole straight from them.
    pub no_session: bool,
    /// `--no-cache`: neither uses nor writes cached sessions.
    pub no_cache: bool,
    /// Inline session policy, JSON.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<String>,
    /// `--session-name`.
    pub session_name: Option<String>,
    /// The AI coding agent that the session is for; `None` for a person.
    pub agent: Option<ForAgent>,
}

/// An AI coding agent that a session is for. Its sessions have names of their own, at AWS and in the cache, so that no
/// agent is given a person's session and no person an agent's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForAgent {
    /// Its name.
    pub name: String,
    /// The rule that lets it only read.
    pub read_only: Option<String>,
    /// The profile that was asked for, and the rule that gives another one instead.
    pub instead_of: Option<(String, String)>,
}

impl Request {
    /// Whether a session policy is asked for.
    pub fn has_policy(&self) -> bool {
        self.policy.is_some() || !self.policy_arns.is_empty()
    }
}

/// What awsx remembers, as far as a plan needs it.
pub trait Facts {
    /// The access key ID that the keychain holds for a profile. Where it isn't remembered, the keychain is asked only
    /// if `look` is set, which is done for a profile that has no other source.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    fn key_id(&self, profile: &str, look: bool) -> Result<Option<String>>;
    /// The ID of the long-lived keys that a profile's source gave when it was last asked; `None` if it gave a session,
    /// or hasn't been asked. `source` stands for all that went into the question.
    fn source_keys(&self, profile: &str, source: &SessionKey) -> Option<String>;
    /// The MFA device of the user behind a profile's keys.
    fn serial(&self, profile: &str) -> Serial;
    /// The name of that user; `None` if it isn't known.
    fn user(&self, profile: &str) -> Option<String>;
    /// Whether that user is an account's root.
    fn is_root(&self, profile: &str) -> bool;
    /// Seconds an MFA session of that user may last, as advertised.
    fn mfa_limit(&self, profile: &str) -> Option<u32>;
    /// Seconds a session of a role may last: advertised to the user behind `profile`, or the role's own maximum.
    fn role_limit(&self, profile: &str, role_arn: &str) -> Option<u32>;
}

/// What is known of a user's MFA device where neither config nor command line names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Serial {
    /// Nobody has looked yet.
    Unknown,
    /// There is none.
    None,
    /// This one.
    Known(String),
}

/// Everything a plan depends on.
pub struct Inputs<'a> {
    /// The profile graph.
    pub profiles: &'a Profiles,
    /// Endpoints, and who the user of this machine is.
    pub env: &'a Env,
    /// What is asked for.
    pub request: &'a Request,
    /// What is remembered.
    pub known: &'a dyn Facts,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Reads a key pair from the keychain.
    Keychain,
    /// Takes credentials that stand in plain text in the AWS files: a key pair or a session.
    Plaintext,
    /// GetSessionToken.
    SessionToken,
    /// AssumeRole; its `mfa` is filled in when the code is there.
    AssumeRole(Box<AssumeRole>),
    /// Asks a source.
    Source(Box<Source>),
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The profile whose settings it follows.
    pub profile: String,
    /// What it does.
    pub action: Action,
    /// The MFA device whose code is sent.
    pub serial: Option<String>,
    /// The device has to be looked up before this can run (ListMFADevices).
    pub look_up_serial: bool,
    /// Seconds, for a session.
    pub duration: Option<u32>,
    /// Where the call goes, for a session.
    pub endpoint: Endpoint,
    /// The name of the session; `None` for what is never cached.
    pub key: Option<SessionKey>,
    /// Why this step is there.
    pub why: String,
}

impl Step {
    /// Seconds that must be left of its session for it to be used: what its source says, because its sessions are short,
    /// else `min_ttl`.
    pub fn margin(&self, min_ttl: u32) -> u32 {
        match &self.action {
            Action::Source(source) => source.margin().unwrap_or(min_ttl),
            _ => min_ttl,
        }
    }
}

/// Where a profile sets something, as an error says it: ` (FILE:LINE)`.
pub fn place(profile: &Profile, key: &str) -> String {
    profile.line(key).map(|(file, line)| format!(" ({}:{line})", file.display())).unwrap_or_default()
}

/// Whether a cached session that ends at `expires` can be used: at least `min_ttl` seconds are left, and at least one.
pub fn usable(expires: Timestamp, min_ttl: u32, now: Timestamp) -> bool {
    expires.seconds_left(now) >= i64::from(min_ttl.max(1))
}

/// The steps to a profile's credentials, in order; never empty.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The profile.
    pub profile: String,
    /// The profile at the base of the chain, whose keys or source everything starts from.
    pub base: String,
    /// The access key ID of the base keys, where it starts from keys.
    pub key_id: Option<String>,
    /// From the base to the profile.
    pub steps: Vec<Step>,
    /// What a person should be told once, when the session is made.
    pub warnings: Vec<String>,
}

impl Plan {
    /// The name of the session that the last step makes.
    pub fn key(&self) -> Option<&SessionKey> {
        self.steps.last()?.key.as_ref()
    }

    /// Whether it starts with what a person may have to sign in to in a browser.
    pub fn starts_with_a_sign_in(&self) -> bool {
        let first = self.steps.first().map(|step| &step.action);
        matches!(first, Some(Action::Source(source)) if matches!(**source, Source::Sso(_) | Source::Login(_)))
    }

    /// Seconds that must be left of the session `key` for it to be used.
    pub fn margin(&self, key: &SessionKey, min_ttl: u32) -> u32 {
        self.steps.iter().find(|step| step.key.as_ref() == Some(key)).map_or(min_ttl, |step| step.margin(min_ttl))
    }

    /// The index of the first step that must be run: the one after the last step whose session is cached and usable.
    /// It is `steps.len()` if the profile's own session is. `cached` gives the expiry of a cached session. It is
    /// called for the last step first, and no further than needed.
    pub fn start(&self, min_ttl: u32, now: Timestamp, cached: impl Fn(&SessionKey) -> Option<Timestamp>) -> usize {
        let usable = |step: &Step| {
            let expires = step.key.as_ref().and_then(&cached);
            expires.is_some_and(|expires| usable(expires, step.margin(min_ttl), now))
        };
        self.steps.iter().rposition(usable).map_or(0, |i| i + 1)
    }
}

#[cfg(test)]
mod tests;
