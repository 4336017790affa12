//! What AWS's errors mean: each is classified, then explained to a person with what mends it. Pure.
//!
//! The codes are those of the [common errors](https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html)
//! and of each action's own page; where one code stands for several things, AWS's message tells them apart.

mod explain;
#[cfg(test)]
mod tests;

use crate::base::time::Timestamp;
use crate::ports::{CallError, Endpoint, Fault};
pub use explain::{explain, one_line};

/// What is known about the call that failed; everything is optional.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The profile whose step it was.
    pub profile: Option<&'a str>,
    /// The MFA device of the step.
    pub serial: Option<&'a str>,
    /// Whether the call carried a code, or was signed with an MFA session.
    pub mfa: bool,
    /// Whether it was signed with session credentials.
    pub session: bool,
    /// The role that was to be assumed.
    pub role_arn: Option<&'a str>,
    /// Whether an external ID was sent.
    pub external_id: bool,
    /// The duration asked for, in seconds.
    pub duration: Option<u32>,
    /// Where the call went: a URL of the user's own …
    pub url: Option<&'a str>,
    /// … or this region.
    pub region: Option<&'a str>,
    /// This machine's clock when the answer came, to measure it against AWS's.
    pub now: Option<Timestamp>,
}

impl<'a> Context<'a> {
    /// The same, saying where the call went.
    #[must_use]
    pub fn at(self, at: &'a Endpoint) -> Self {
        Context { url: at.url.as_deref(), region: Some(&at.region), ..self }
    }
}

/// What a failed call means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// The MFA code is wrong or has been used before: AWS doesn't say which.
    BadCode,
    /// Two consecutive codes of a device that is being enrolled or resynchronised don't fit.
    BadCodePair,
    /// There is no such device, or it is not this user's.
    UnknownDevice,
    /// The call needs a code and had none.
    CodeMissing,
    /// The session has expired.
    Expired,
    /// The access key is unknown: deleted, deactivated or mistyped; or a session that IAM doesn't take.
    UnknownKey,
    /// The secret doesn't belong to the access key.
    WrongSecret,
    /// This machine's clock is off.
    ClockSkew {
        /// AWS's clock, where it said.
        server_time: Option<Timestamp>,
    },
    /// A permission is missing.
    NotAllowed {
        /// The IAM action: `sts:AssumeRole`.
        action: String,
        /// The ARN it was for, where AWS says.
        resource: Option<String>,
        /// A policy forbids it, as opposed to none allowing it.
        denied: bool,
    },
    /// Refused without a reason.
    Denied,
    /// Session credentials where AWS takes only a user's own keys.
    NeedsKeys,
    /// Root credentials, which can't assume roles.
    Root,
    /// Longer than AWS allows here.
    TooLong {
        /// The limit in seconds, where AWS says.
        limit: Option<u32>,
    },
    /// Longer than the 1 h of a chained role.
    TooLongForChain,
    /// The region is off for this account.
    RegionOff,
    /// The account isn't signed up for the service.
    NotSignedUp,
    /// Too many requests.
    Throttled,
    /// AWS has a problem of its own.
    Unavailable,
    /// A policy document that AWS can't read.
    BadPolicy,
    /// Session policy and tags together are too big.
    PolicyTooBig,
    /// A parameter that AWS can't read.
    BadParameter,
    /// IAM: it is there already.
    Exists,
    /// IAM: it isn't there.
    Missing,
    /// IAM: a quota is used up.
    Quota,
    /// IAM: something else still needs it.
    InUse,
    /// IAM: it was changed a moment ago.
    Changing,
    /// Never got there.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// A setting keeps the call from being made.
    Unsendable,
    /// The answer was lost or made no sense.
    NoAnswer,
    /// AWS answered with something that can't be used.
    Unusable,
    /// Anything else AWS says.
    Other,
}

/// What this error means.
pub fn classify(error: &CallError) -> Class {
    let (code, message, status, server_time) = match &error.fault {
        Fault::Unreachable(_) => return Class::Unreachable,
        Fault::TimedOut(_) => return Class::TimedOut,
        Fault::Unsendable(_) => return Class::Unsendable,
        Fault::Protocol(_) => return Class::NoAnswer,
        Fault::Unusable(_) => return Class::Unusable,
        Fault::Service { code, message, status, server_time } => {
            (code.as_str(), message.as_str(), *status, *server_time)
        }
    };
    match code {
        "SignatureDoesNotMatch" | "InvalidSignatureException" if !is_about_time(message) => Class::WrongSecret,
        "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "RequestInTheFuture" => Class::ClockSkew { server_time },
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Class::Expired,
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" | "InvalidToken" => {
            Class::UnknownKey
        }
        "AccessDenied" | "AccessDeniedException" | "NotAuthorized" | "UnauthorizedOperation" => denial(message),
        "RegionDisabledException" | "RegionDisabled" => Class::RegionOff,
        "OptInRequired" | "SubscriptionRequiredException" => Class::NotSignedUp,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "TooManyRequestsError"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "SlowDown"
        | "SlowDownException"
        | "PriorRequestNotComplete" => Class::Throttled,
        "MalformedPolicyDocument" | "MalformedPolicyDocumentException" => Class::BadPolicy,
        "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => Class::PolicyTooBig,
        "InvalidAuthenticationCode" => Class::BadCodePair,
        "EntityAlreadyExists" => Class::Exists,
        "NoSuchEntity" => Class::Missing,
        "LimitExceeded" => Class::Quota,
        "DeleteConflict" => Class::InUse,
        "EntityTemporarilyUnmodifiable" | "ConcurrentModification" | "TooManyUpdates" => Class::Changing,
        "ValidationError" | "ValidationException" => validation(message),
        "InvalidParameterValue" | "InvalidParameterCombination" | "InvalidInput" | "MissingParameter" => {
            Class::BadParameter
        }
        _ if status >= 500 => Class::Unavailable,
        _ => Class::Other,
    }
}

fn is_about_time(message: &str) -> bool {
    message.contains("Signature expired") || message.contains("Signature not yet current")
}

fn denial(message: &str) -> Class {
    if message.contains("invalid MFA one time pass code") {
        return Class::BadCode;
    }
    if message.contains("unable to validate MFA code") {
        return Class::UnknownDevice;
    }
    if message.contains("must provide both MFA serial number") {
        return Class::CodeMissing;
    }
    if message.contains("with session credentials") {
        return Class::NeedsKeys;
    }
    if message.contains("by root accounts") {
        return Class::Root;
    }
    let Some((_, rest)) = message.split_once("is not authorized to perform: ") else { return Class::Denied };
    let (action, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let resource = rest.strip_prefix("on resource: ").map(|rest| {
        let ends = [" with an explicit deny", " because "].iter().filter_map(|end| rest.find(end)).min();
        rest.get(..ends.unwrap_or(rest.len())).unwrap_or(rest).trim().to_owned()
    });
    Class::NotAllowed { action: action.into(), resource, denied: message.contains("explicit deny") }
}

fn validation(message: &str) -> Class {
    if message.contains("role chaining") {
        return Class::TooLongForChain;
    }
    if message.contains("exceeds the MaxSessionDuration") {
        return Class::TooLong { limit: None };
    }
    let limit = message.split_once("less than or equal to ").map(|(_, rest)| rest);
    match limit.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()) {
        Some(limit) if message.contains("urationSeconds") => Class::TooLong { limit: Some(limit) },
        _ => Class::BadParameter,
    }
}

/// Whether the code itself was refused: another one may work.
pub fn is_mfa_refused(error: &CallError) -> bool {
    matches!(classify(error), Class::BadCode | Class::BadCodePair)
}

/// Whether a permission is missing, for whatever reason.
pub fn is_access_denied(error: &CallError) -> bool {
    matches!(classify(error), Class::NotAllowed { .. } | Class::Denied)
}

/// Whether AWS doesn't know the access key (or not yet: new keys take seconds to work).
pub fn is_unknown_key(error: &CallError) -> bool {
    classify(error) == Class::UnknownKey
}

/// Whether the session that signed the call has expired.
pub fn is_expired(error: &CallError) -> bool {
    classify(error) == Class::Expired
}

/// Whether IAM has no such thing.
pub fn is_missing(error: &CallError) -> bool {
    classify(error) == Class::Missing
}

/// Whether IAM has such a thing already.
pub fn exists_already(error: &CallError) -> bool {
    classify(error) == Class::Exists
}

/// Whether the role doesn't allow the duration asked for; less may work.
pub fn is_too_long(error: &CallError) -> bool {
    matches!(classify(error), Class::TooLong { .. } | Class::TooLongForChain)
}

/// Whether AWS may have acted on the call although it failed: a code that went with it may be used up, a device may
/// have been made.
pub fn may_have_happened(error: &CallError) -> bool {
    match &error.fault {
        Fault::Service { status, .. } => *status >= 500,
        Fault::TimedOut(_) | Fault::Protocol(_) | Fault::Unusable(_) => true,
        Fault::Unsendable(_) | Fault::Unreachable(_) => false,
    }
}

/// Whether AWS has not even looked at the call: it was never sent, or it was turned away as one too many. What went with
/// it is as good as before.
pub fn was_not_looked_at(error: &CallError) -> bool {
    !may_have_happened(error) && matches!(classify(error), Class::Throttled | Class::Unsendable | Class::Unreachable)
}

/// Whether the failure proves that the MFA code of the call is not used up: AWS refused the code, or it refused the
/// call before it checked the code, or the call was never sent.
pub fn leaves_the_code(error: &CallError) -> bool {
    matches!(
        classify(error),
        Class::BadCode
            | Class::UnknownDevice
            | Class::CodeMissing
            | Class::WrongSecret
            | Class::ClockSkew { .. }
            | Class::UnknownKey
            | Class::Expired
            | Class::NeedsKeys
            | Class::RegionOff
            | Class::Throttled
            | Class::Unsendable
            | Class::Unreachable
    )
}
