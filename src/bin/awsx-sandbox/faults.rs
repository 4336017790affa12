//! Faults that a test asks for with `POST /_sandbox/faults`.

use serde::{Deserialize, Serialize};

use crate::wire::ApiError;

/// A fault that waits for its calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// `sts:GetSessionToken`, `iam:*`, `*`.
    pub action: String,
    /// What happens.
    #[serde(flatten)]
    pub kind: Kind,
    /// How many calls it meets; 0: every one until `reset`.
    #[serde(default = "once")]
    pub count: u32,
    /// How many calls it lets pass first.
    #[serde(default)]
    pub after: u32,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// HTTP 500, nothing done.
    Error500,
    /// HTTP 400 `Throttling`, nothing done.
    Throttle,
    /// The connection ends, nothing done.
    DropBefore,
    /// The call is done, the connection ends without an answer.
    DropAfter,
    /// The answer comes late.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The server's clock is that many seconds ahead for this call.
    Skew {
        /// Seconds.
        seconds: i64,
    },
    /// Any error, nothing done.
    Error {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
        /// Message.
        message: String,
    },
    /// An answer that is no XML and no JSON.
    Garbage,
}

fn once() -> u32 {
    1
}

impl Kind {
    /// Its name in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Error500 => "error500",
            Kind::Throttle => "throttle",
            Kind::DropBefore => "drop_before",
            Kind::DropAfter => "drop_after",
            Kind::Delay { .. } => "delay",
            Kind::Skew { .. } => "skew",
            Kind::Error { .. } => "error",
            Kind::Garbage => "garbage",
        }
    }

    /// The error that takes the place of the call.
    pub fn error(&self) -> Option<ApiError> {
        match self {
            Kind::Error500 => Some(ApiError::new(
                500,
                "InternalFailure",
                "The request processing has failed because of an unknown error, exception or failure.",
            )),
            Kind::Throttle => Some(ApiError::new(400, "Throttling", "Rate exceeded")),
            Kind::Error { status, code, message } => Some(ApiError::new(*status, code, message)),
            _ => None,
        }
    }
}

/// Takes the fault that this call meets, if there is one.
pub fn take(faults: &mut Vec<Fault>, action: &str) -> Option<Kind> {
    let mut met = None;
    for (index, fault) in faults.iter_mut().enumerate() {
        if !crate::policy::matches(&fault.action, action) {
            continue;
        }
        if fault.after > 0 {
            fault.after -= 1;
            continue;
        }
        met = Some((index, fault.kind.clone(), fault.count));
        fault.count = fault.count.saturating_sub(1);
        break;
    }
    let (index, kind, count) = met?;
    if count == 1 {
        faults.remove(index);
    }
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_patterns() {
        let read = |t: &str| serde_json::from_str::<Fault>(t).unwrap();
        let mut faults = vec![
            read(r#"{"action":"sts:AssumeRole","kind":"drop_after","count":2,"after":1}"#),
            read(r#"{"action":"iam:*","kind":"delay","ms":5,"count":0}"#),
        ];
        let mut names = |action| take(&mut faults, action).map(|k| k.name());
        assert_eq!(names("sts:AssumeRole"), None);
        assert_eq!(names("sts:AssumeRole"), Some("drop_after"));
        assert_eq!(names("sts:GetSessionToken"), None);
        assert_eq!(names("sts:AssumeRole"), Some("drop_after"));
        assert_eq!(names("sts:AssumeRole"), None);
        assert_eq!((names("iam:GetUser"), names("iam:GetUser")), (Some("delay"), Some("delay")));
        assert!(serde_json::from_str::<Fault>(r#"{"action":"*","kind":"flood"}"#).is_err());
    }
}
