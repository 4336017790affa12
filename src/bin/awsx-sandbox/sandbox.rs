//! The sandbox as a whole: the world, its clock, the faults that were asked for, and the log of calls.

use std::collections::{BTreeMap, HashSet};
use std::time::SystemTime;

use awsx::base::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::consent::waiting::Consent;
use crate::faults::Fault;
use crate::sso::provision::provision;
use crate::world::{Session, World};

/// One AWS call, as `GET /_sandbox/calls` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// RFC 3339, the sandbox's clock.
    pub time: String,
    /// `sts`.
    pub service: String,
    /// `sts:GetSessionToken`; the service and `:?` if it could not be told.
    pub action: String,
    /// Who signed, or said to.
    pub access_key_id: Option<String>,
    /// `User-Agent`.
    pub user_agent: String,
    /// HTTP status.
    pub status: u16,
    /// `ok`, or the error code.
    pub outcome: String,
    /// The error's message.
    pub message: Option<String>,
    /// The fault that was made, if one was.
    pub fault: Option<&'static str>,
    /// The parameters, MFA codes and values of SSM left out.
    pub params: BTreeMap<String, Value>,
}

/// Something that no correct client does, as `GET /_sandbox/violations` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Violation {
    /// RFC 3339, the sandbox's clock.
    pub time: String,
    /// `refresh token used again`.
    pub what: String,
}

/// A token that signs in to the web console.
#[derive(Debug, Clone)]
pub struct SignInToken {
    /// Its text.
    pub token: String,
    /// The session that it was made with.
    pub session: Session,
    /// Epoch seconds.
    pub until: i64,
}

/// Everything the server knows.
pub struct Sandbox {
    /// What exists.
    pub world: World,
    /// What existed at the start.
    seed: World,
    /// What is to go wrong.
    pub faults: Vec<Fault>,
    /// What was called.
    pub calls: Vec<Call>,
    /// What clients did that no correct one does.
    pub violations: Vec<Violation>,
    /// Questions that wait for a person in the browser.
    pub consents: Vec<Consent>,
    /// The numbers of the proofs of possession so far.
    pub proofs: HashSet<String>,
    /// Tokens that sign in to the console.
    pub sign_in_tokens: Vec<SignInToken>,
    /// Seconds that the sandbox's clock is ahead.
    pub clock_offset: i64,
}

impl Sandbox {
    /// A sandbox in its first state.
    pub fn new(mut world: World) -> Self {
        provision(&mut world);
        Sandbox {
            seed: world.clone(),
            world,
            faults: Vec::new(),
            calls: Vec::new(),
            violations: Vec::new(),
            consents: Vec::new(),
            proofs: HashSet::new(),
            sign_in_tokens: Vec::new(),
            clock_offset: 0,
        }
    }

    /// Everything as at the start.
    pub fn reset(&mut self) {
        *self = Sandbox::new(self.seed.clone());
    }

    /// The sandbox's clock, epoch seconds.
    pub fn now(&self) -> i64 {
        Timestamp::from(SystemTime::now()).0 + self.clock_offset
    }

    /// The same in milliseconds.
    pub fn now_millis(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX) + self.clock_offset * 1000
    }

    /// Notes what no correct client does.
    pub fn violated(&mut self, what: impl Into<String>) {
        self.violations.push(Violation { time: Timestamp(self.now()).to_string(), what: what.into() });
    }
}
