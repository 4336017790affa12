//! What AWS Sign-In refuses, in words. Pure.

use crate::aws::errors::{self, Context};
use crate::base::error::{Error, ErrorKind};
use crate::base::time::Timestamp;
use crate::ports::{CallError, Endpoint, Fault};

/// How far this machine's clock may be from AWS's before it is taken for the reason of a refusal, in seconds.
const CLOCKS_APART: i64 = 60;

/// Whether a login is over for good, so that somebody has to sign in again.
pub fn is_over(error: &CallError) -> bool {
    let over = ["TOKEN_EXPIRED", "USER_CREDENTIALS_CHANGED", "invalid_grant"];
    matches!(&error.fault, Fault::Service { code, .. } if over.contains(&code.as_str()))
}

/// Whether AWS has not decided anything: it couldn't be reached, or has a problem of its own.
pub fn is_passing(error: &CallError) -> bool {
    match &error.fault {
        Fault::Service { status, .. } => *status >= 500 || *status == 429,
        Fault::Unreachable(_) | Fault::TimedOut(_) | Fault::Protocol(_) => true,
        Fault::Unsendable(_) | Fault::Unusable(_) => false,
    }
}

/// A failed call in words. `whom` is who signs in, as a person knows it: a profile.
pub fn explain(error: &CallError, whom: &str, now: Timestamp, at: &Endpoint) -> Error {
    let context = Context { profile: Some(whom), now: Some(now), ..Context::default() }.at(at);
    let Fault::Service { code, status, server_time, .. } = &error.fault else {
        return errors::explain(error, &context);
    };
    if server_time.is_some_and(|server| server.seconds_left(now).abs() > CLOCKS_APART) && *status < 500 {
        // Each request has the time in it, and AWS doesn't say that this is what it minds.
        let fault = Fault::Service {
            code: "RequestTimeTooSkewed".into(),
            message: String::new(),
            status: *status,
            server_time: *server_time,
        };
        return errors::explain(&CallError { fault, ..error.clone() }, &context);
    }
    let again = || format!("awsx login {whom}");
    match code.as_str() {
        "TOKEN_EXPIRED" | "invalid_grant" => Error::input(format!("the console login of {whom} is over"))
            .cause("one lasts for 12 hours at most, and for as long as the session in the browser")
            .hint(again()),
        "USER_CREDENTIALS_CHANGED" => Error::input(format!("the console login of {whom} is over"))
            .cause("the password, or another credential of that user, was changed since")
            .hint(again()),
        "AUTHCODE_EXPIRED" => Error::input("the code from the browser has expired")
            .cause("it is good for a few minutes, and once")
            .hint(again()),
        "INSUFFICIENT_PERMISSIONS" => Error::new(
            ErrorKind::Refused,
            "permission missing: signin:CreateOAuth2Token or signin:AuthorizeOAuth2Access",
        )
        .cause("who signs in to the console may not get credentials for programs from it")
        .hint("`awsx policy sign-in` prints the policy that allows it, for an administrator"),
        _ => errors::explain(error, &context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, status: u16, server_time: Option<Timestamp>) -> CallError {
        let fault = Fault::Service { code: code.into(), message: "words of AWS".into(), status, server_time };
        CallError { action: "signin:CreateOAuth2Token", fault }
    }

    #[test]
    fn each_refusal_in_words() {
        let now = Timestamp(1_767_225_600);
        let at = Endpoint { region: "eu-west-1".into(), ..Endpoint::default() };
        let table = [
            ("TOKEN_EXPIRED", ErrorKind::Input, "login of p is over", "awsx login p"),
            ("USER_CREDENTIALS_CHANGED", ErrorKind::Input, "password", "awsx login p"),
            ("AUTHCODE_EXPIRED", ErrorKind::Input, "code from the browser has expired", "awsx login p"),
            ("INSUFFICIENT_PERMISSIONS", ErrorKind::Refused, "signin:CreateOAuth2Token", "awsx policy sign-in"),
            ("INVALID_REQUEST", ErrorKind::Refused, "words of AWS", ""),
        ];
        for (code, kind, says, hint) in table {
            let error = explain(&refused(code, 400, Some(now.plus(30))), "p", now, &at);
            assert_eq!(error.kind, kind, "{error}");
            assert!(error.to_string().contains(says) && error.hint.unwrap_or_default().contains(hint), "{code}");
        }
        let off = explain(&refused("INVALID_REQUEST", 400, Some(now.plus(-600))), "p", now, &at);
        assert!(
            off.to_string().contains("this machine's clock is wrong") && off.to_string().contains("10m ahead"),
            "{off}"
        );
        let theirs = explain(&refused("InternalServerException", 500, Some(now.plus(-600))), "p", now, &at);
        assert_eq!(theirs.kind, ErrorKind::Network, "{theirs}");
    }

    #[test]
    fn what_ends_a_login_and_what_passes() {
        for (code, status, over, passing) in [
            ("TOKEN_EXPIRED", 400, true, false),
            ("USER_CREDENTIALS_CHANGED", 400, true, false),
            ("INSUFFICIENT_PERMISSIONS", 403, false, false),
            ("TooManyRequestsError", 429, false, true),
            ("InternalServerException", 500, false, true),
        ] {
            let error = refused(code, status, None);
            assert_eq!((is_over(&error), is_passing(&error)), (over, passing), "{code}");
        }
        let lost = CallError { action: "signin:CreateOAuth2Token", fault: Fault::TimedOut("late".into()) };
        assert!(is_passing(&lost) && !is_over(&lost));
    }
}
