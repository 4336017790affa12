use crate::aws::errors::*;
use crate::base::error::ErrorKind;

const ROLE: &str = "arn:aws:iam::123456789012:role/ops";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/alice";
const NOW: Timestamp = Timestamp(1_767_323_045);

fn refused(action: &'static str, code: &str, message: &str) -> CallError {
    let status = if code == "ServiceUnavailable" || code == "InternalFailure" { 503 } else { 403 };
    let fault =
        Fault::Service { code: code.into(), message: message.into(), status, server_time: Some(NOW.plus(-600)) };
    CallError { action, fault }
}

/// A keys profile with a device, signed with the keys themselves.
fn context() -> Context<'static> {
    Context {
        profile: Some("prod"),
        serial: Some(DEVICE),
        role_arn: Some(ROLE),
        duration: Some(43200),
        region: Some("eu-west-1"),
        ..Context::default()
    }
}

/// One row per class: what AWS says, what it means, and a part of each line that a person reads.
struct Row {
    action: &'static str,
    code: &'static str,
    message: &'static str,
    class: Class,
    what: &'static str,
    cause: &'static str,
    hint: &'static str,
}

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    let row = |action, code, message, class, what, cause, hint| Row { action, code, message, class, what, cause, hint };
    let not_allowed = |action: &str, resource: Option<&str>, denied| Class::NotAllowed {
        action: action.into(), resource: resource.map(Into::into), denied,
    };
    vec![
        row("sts:GetSessionToken", "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            Class::BadCode, DEVICE, "used before", "next code"),
        row("iam:EnableMFADevice", "InvalidAuthenticationCode", "Authentication code for device is not valid.",
            Class::BadCodePair, DEVICE, "two different codes in a row", "next two codes"),
        row("sts:GetSessionToken", "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
            Class::UnknownDevice, DEVICE, "serial number is wrong", "`awsx mfa status prod`"),
        row("sts:AssumeRole", "AccessDenied", "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            Class::CodeMissing, "needs an MFA code", "must provide both", "mfa_serial of [profile prod]"),
        row("sts:AssumeRole", "ExpiredToken", "The security token included in the request is expired",
            Class::Expired, "session has expired", "is expired", "`awsx clear prod`"),
        row("ssm:GetParameters", "ExpiredTokenException", "The security token included in the request is expired",
            Class::Expired, "session has expired", "is expired", "`awsx clear prod`"),
        row("sts:GetCallerIdentity", "InvalidClientTokenId", "The security token included in the request is invalid.",
            Class::UnknownKey, "does not know this access key", "deactivated", "`awsx add prod`"),
        row("ssm:GetParameters", "UnrecognizedClientException", "The security token included in the request is invalid.",
            Class::UnknownKey, "does not know this access key", "deleted", "`awsx add prod`"),
        row("sts:GetSessionToken", "SignatureDoesNotMatch", "Signature expired: 20260102T030405Z is now earlier than 20260102T030905Z (20260102T031405Z - 5 min.)",
            Class::ClockSkew { server_time: Some(NOW.plus(-600)) }, "clock is wrong", "10m ahead of AWS", "timedatectl"),
        row("sts:GetSessionToken", "SignatureDoesNotMatch", "Signature not yet current: 20260102T030405Z is still later than 20260102T025905Z (20260102T025405Z + 5 min.)",
            Class::ClockSkew { server_time: Some(NOW.plus(-600)) }, "clock is wrong", "10m ahead of AWS", "timedatectl"),
        row("ssm:GetParameters", "InvalidSignatureException", "Signature expired: 20260102T030405Z is now earlier than 20260102T030905Z (20260102T031405Z - 5 min.)",
            Class::ClockSkew { server_time: Some(NOW.plus(-600)) }, "clock is wrong", "10m ahead of AWS", "timedatectl"),
        row("sts:GetSessionToken", "RequestExpired", "Request has expired.",
            Class::ClockSkew { server_time: Some(NOW.plus(-600)) }, "clock is wrong", "10m ahead of AWS", "hwclock"),
        row("sts:GetSessionToken", "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
            Class::ClockSkew { server_time: Some(NOW.plus(-600)) }, "clock is wrong", "10m ahead of AWS", "hwclock"),
        row("sts:AssumeRole", "AccessDenied",
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/ops",
            not_allowed("sts:AssumeRole", Some(ROLE), false), "permission missing: sts:AssumeRole on arn:aws:iam::123456789012:role/ops", "no policy allows it",
            "if it needs MFA, set mfa_serial of [profile prod]; `awsx provision-mfa prod` enrols a device; if it asks for an external ID, set external_id"),
        row("iam:GetUser", "AccessDenied",
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:GetUser on resource: user alice because no identity-based policy allows the iam:GetUser action",
            not_allowed("iam:GetUser", Some("user alice"), false), "permission missing: iam:GetUser on user alice", "no policy allows it", "allow iam:GetUser"),
        row("iam:ListMFADevices", "AccessDenied",
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:ListMFADevices on resource: arn:aws:iam::123456789012:user/alice with an explicit deny in an identity-based policy",
            not_allowed("iam:ListMFADevices", Some("arn:aws:iam::123456789012:user/alice"), true), "iam:ListMFADevices on arn:aws:iam::123456789012:user/alice", "denies it explicitly", "`awsx provision-mfa prod`"),
        row("ssm:GetParameters", "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: ssm:GetParameters",
            not_allowed("ssm:GetParameters", None, false), "permission missing: ssm:GetParameters", "no policy allows it", "allow ssm:GetParameters"),
        row("iam:GetUser", "AccessDenied", "Access Denied",
            Class::Denied, "AWS denied iam:GetUser", "Access Denied", "if it needs MFA"),
        row("sts:GetSessionToken", "AccessDenied", "Cannot call GetSessionToken with session credentials",
            Class::NeedsKeys, "takes the keys of a user", "session credentials", "--no-session"),
        row("sts:AssumeRole", "AccessDenied", "Roles may not be assumed by root accounts.",
            Class::Root, "root can't assume a role", "root accounts", "IAM user"),
        row("sts:AssumeRole", "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            Class::TooLong { limit: None }, "a session of 12h is too long for arn:aws:iam::123456789012:role/ops", "MaxSessionDuration", "--duration"),
        row("sts:AssumeRole", "ValidationError", "1 validation error detected: Value '50000' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
            Class::TooLong { limit: Some(43200) }, "a session of 12h is too long", "AWS allows 12h here", "--duration"),
        row("sts:AssumeRole", "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            Class::TooLongForChain, "a session of 12h is too long", "1h at most", "--no-session"),
        row("sts:AssumeRole", "RegionDisabledException", "STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.",
            Class::RegionOff, "STS is off in eu-west-1", "not activated", "another region for [profile prod]"),
        row("sts:GetCallerIdentity", "OptInRequired", "The AWS Access Key Id needs a subscription for the service",
            Class::NotSignedUp, "not signed up", "needs a subscription", "AWS console"),
        row("iam:ListMFADevices", "Throttling", "Rate exceeded",
            Class::Throttled, "too many requests", "Rate exceeded", "wait a minute"),
        row("ssm:GetParameters", "ThrottlingException", "Rate exceeded",
            Class::Throttled, "too many requests", "Rate exceeded", "wait a minute"),
        row("sts:AssumeRole", "ServiceUnavailable", "Service is unable to handle request.",
            Class::Unavailable, "problem of its own", "unable to handle", "health.aws.amazon.com"),
        row("sts:AssumeRole", "InternalFailure", "",
            Class::Unavailable, "problem of its own", "InternalFailure", "try again later"),
        row("sts:AssumeRole", "MalformedPolicyDocument", "Syntax errors in policy.",
            Class::BadPolicy, "can't read the policy", "Syntax errors", "--policy"),
        row("sts:AssumeRole", "PackedPolicyTooLarge", "Packed policy consumes 133% of allotted space, please use smaller policy.",
            Class::PolicyTooBig, "too big", "133%", "--policy-arn"),
        row("sts:AssumeRole", "ValidationError", "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
            Class::BadParameter, "parameter of sts:AssumeRole", "roleSessionName", "`awsx explain prod`"),
        row("iam:CreateVirtualMFADevice", "EntityAlreadyExists", "MFADevice entity at the same path and name already exists.",
            Class::Exists, "is there already", "same path and name", "`awsx mfa status prod`"),
        row("iam:DeactivateMFADevice", "NoSuchEntity", "MFA Device invalid for user.",
            Class::Missing, "no such thing", "invalid for user", "`awsx mfa status prod`"),
        row("iam:EnableMFADevice", "LimitExceeded", "Cannot exceed quota for MfaDevicesPerUser: 8",
            Class::Quota, "no more of these", "MfaDevicesPerUser", "`awsx mfa remove prod`"),
        row("iam:DeleteVirtualMFADevice", "DeleteConflict", "Cannot delete entity, MFA device is in use.",
            Class::InUse, "still needs it", "in use", "deactivates"),
        row("iam:EnableMFADevice", "EntityTemporarilyUnmodifiable", "The user is being modified.",
            Class::Changing, "a moment ago", "being modified", "wait a minute"),
    ]
}

#[test]
fn every_refusal_is_translated() {
    for row in rows() {
        let error = refused(row.action, row.code, row.message);
        assert_eq!(classify(&error), row.class, "{} {}", row.code, row.message);
        let said = explain(&error, &Context { now: Some(NOW), ..context() });
        let kind = if row.class == Class::Unavailable { ErrorKind::Network } else { ErrorKind::Refused };
        assert_eq!(said.kind, kind, "{said}");
        assert!(said.what.contains(row.what), "{said}");
        assert!(said.cause.as_deref().unwrap_or_default().contains(row.cause), "{said}");
        assert!(said.hint.as_deref().unwrap_or_default().contains(row.hint), "{said}");
        assert!(!said.what.contains('\n'), "{said}");
    }
}

#[test]
fn a_wrong_secret_and_a_wrong_clock_are_told_apart() {
    let error = refused(
        "sts:GetSessionToken",
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
         and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request \
         should have been\n'POST\n/\n\nx-amz-security-token:hush'",
    );
    assert_eq!(classify(&error), Class::WrongSecret);
    let right_clock = explain(&error, &Context { now: Some(NOW.plus(-601)), ..context() });
    assert!(right_clock.what.contains("secret access key"), "{right_clock}");
    assert!(right_clock.hint.as_deref().is_some_and(|h| h.contains("`awsx add prod`")));
    assert!(!right_clock.to_string().contains("hush"));
    let behind = explain(&error, &Context { now: Some(NOW.plus(-4200)), ..context() });
    assert_eq!(behind.cause.as_deref(), Some("it is 1h behind AWS"), "{behind}");
}

#[test]
fn a_session_that_aws_does_not_take_depends_on_mfa() {
    let error =
        refused("iam:GetUser", "InvalidClientTokenId", "The security token included in the request is invalid.");
    let without = explain(&error, &Context { session: true, ..context() });
    assert!(without.hint.as_deref().is_some_and(|h| h.contains("awsx provision-mfa prod")), "{without}");
    let with = explain(&error, &Context { session: true, mfa: true, ..context() });
    assert!(with.hint.as_deref().is_some_and(|h| h.contains("awsx clear prod")), "{with}");
}

#[test]
fn with_mfa_and_external_id_sent_neither_is_proposed() {
    let message = format!("User: x is not authorized to perform: sts:AssumeRole on resource: {ROLE}");
    let said = explain(
        &refused("sts:AssumeRole", "AccessDenied", &message),
        &Context { mfa: true, external_id: true, ..context() },
    );
    assert_eq!(said.hint.as_deref(), Some("the user's policy and the role's trust policy must both allow it"));
}

#[test]
fn network_failures_name_the_place_and_the_setting() {
    let local = Context { url: Some("http://127.0.0.1:1"), ..context() };
    let table = [
        (
            Fault::Unreachable("Connection refused (os error 111)".into()),
            local,
            "STS at http://127.0.0.1:1",
            "endpoint_url",
        ),
        (
            Fault::Unreachable("failed to lookup address information: Name or service not known".into()),
            context(),
            "STS in eu-west-1 can't be reached",
            "that eu-west-1 is a region",
        ),
        (Fault::Unreachable("invalid peer certificate: UnknownIssuer".into()), context(), "STS", "ca_bundle"),
        (
            Fault::Unreachable("no CONNECT tunnel through the proxy: unsuccessful".into()),
            context(),
            "STS",
            "HTTPS_PROXY",
        ),
        (
            Fault::TimedOut("no answer within 10 s, 3 times".into()),
            context(),
            "did not answer in time",
            "take the next one",
        ),
        (Fault::Protocol("the answer is not one of AWS's".into()), context(), "no usable answer", "take the next one"),
    ];
    for (fault, context, what, hint) in table {
        let said = explain(&CallError { action: "sts:GetSessionToken", fault }, &context);
        assert_eq!(said.kind, ErrorKind::Network, "{said}");
        assert!(said.what.contains(what), "{said}");
        assert!(said.hint.as_deref().is_some_and(|h| h.contains(hint)), "{said}");
    }
}

#[test]
fn what_aws_writes_is_fit_for_a_terminal_and_holds_no_code() {
    let said =
        explain(&refused("sts:AssumeRole", "Weird\u{1b}[2J", "line one\nline\ttwo \u{1b}]0;title\u{7}"), &context());
    assert_eq!(said.cause.as_deref(), Some("Weird [2J: line one line two ]0;title"));
    let said = explain(
        &refused("sts:AssumeRole", "ValidationError", "Value '12a456' at 'tokenCode' failed to satisfy constraint"),
        &context(),
    );
    assert!(!said.to_string().contains("12a456"), "{said}");
    let long = "x".repeat(10_000);
    assert!(explain(&refused("sts:AssumeRole", "Odd", &long), &context()).to_string().len() < 1000);
}

#[test]
fn predicates() {
    let bad_code = refused(
        "sts:GetSessionToken",
        "AccessDenied",
        "MultiFactorAuthentication failed with invalid MFA one time pass code.",
    );
    assert!(is_mfa_refused(&bad_code) && !is_access_denied(&bad_code) && !may_have_happened(&bad_code));
    assert!(is_access_denied(&refused("iam:GetUser", "AccessDenied", "no")));
    assert!(is_unknown_key(&refused("sts:GetCallerIdentity", "InvalidClientTokenId", "")));
    assert!(is_expired(&refused("sts:GetCallerIdentity", "ExpiredToken", "")));
    assert!(is_missing(&refused("iam:GetUser", "NoSuchEntity", "")));
    assert!(exists_already(&refused("iam:CreateVirtualMFADevice", "EntityAlreadyExists", "")));
    assert!(is_too_long(&refused(
        "sts:AssumeRole",
        "ValidationError",
        "DurationSeconds exceeds the MaxSessionDuration"
    )));
    assert!(may_have_happened(&refused("sts:AssumeRole", "InternalFailure", "")));
    let timed_out = CallError { action: "sts:AssumeRole", fault: Fault::TimedOut(String::new()) };
    assert!(may_have_happened(&timed_out));
    let unreachable = CallError { action: "sts:AssumeRole", fault: Fault::Unreachable(String::new()) };
    assert!(!may_have_happened(&unreachable));
}

#[test]
fn a_setting_that_is_wrong_and_an_answer_that_is_wrong() {
    let said = |fault| explain(&CallError { action: "sts:AssumeRole", fault }, &context());
    let setting = said(Fault::Unsendable("the CA bundle /x can't be used: No such file".into()));
    assert_eq!((setting.kind, setting.what.as_str()), (ErrorKind::Config, "STS in eu-west-1 can't be called"));
    assert!(setting.hint.as_deref().is_some_and(|hint| hint.contains("AWS_CA_BUNDLE")), "{setting}");
    let answer = said(Fault::Unusable("its Arn is empty".into()));
    assert_eq!((answer.kind, answer.cause.as_deref()), (ErrorKind::Refused, Some("its Arn is empty")));
    let used = |fault| may_have_happened(&CallError { action: "sts:AssumeRole", fault });
    assert!(used(Fault::Unusable(String::new())) && !used(Fault::Unsendable(String::new())));
}
