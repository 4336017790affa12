//! A failed call in words: what failed, why, and the command or setting that mends it. Pure.

use crate::aws::answer::CLOCKS_APART;
use crate::aws::errors::Class;
use crate::aws::errors::Context;
use crate::aws::errors::classify;
use crate::aws::errors::may_have_happened;
use crate::base::error::{Error, ErrorKind};
use crate::base::time::show_duration;
use crate::ports::{CallError, Fault};

/// What failed, why, and what mends it. What AWS wrote is given as the cause unless awsx knows better.
pub fn explain(error: &CallError, context: &Context) -> Error {
    let class = match (classify(error), &error.fault, context.now) {
        // A wrong clock spoils the signature too, and AWS doesn't always say so.
        (Class::WrongSecret, Fault::Service { server_time: Some(server), .. }, Some(now))
            if now.seconds_left(*server).abs() > CLOCKS_APART =>
        {
            Class::ClockSkew { server_time: Some(*server) }
        }
        (class, ..) => class,
    };
    match &error.fault {
        Fault::Service { code, message, .. } => {
            let (what, cause, hint) = refusal(&class, error.action, context);
            let kind = if class == Class::Unavailable { ErrorKind::Network } else { ErrorKind::Refused };
            let cause = cause.unwrap_or_else(|| in_its_words(code, message));
            Error { kind, what, cause: Some(cause), hint }
        }
        Fault::Unsendable(cause) => Error::config(format!("{} can't be called", server(error, context)))
            .cause(one_line(cause))
            .hint(unsendable_hint(cause, context)),
        Fault::Unusable(wrong) => {
            Error::new(ErrorKind::Refused, format!("the answer of {} can't be used", server(error, context)))
                .cause(one_line(wrong))
                .hint("check that what answers there is AWS: endpoint_url, AWS_ENDPOINT_URL, HTTPS_PROXY")
        }
        Fault::Unreachable(cause) => {
            Error::new(ErrorKind::Network, format!("{} can't be reached", server(error, context)))
                .cause(one_line(cause))
                .hint(unreachable_hint(cause, context))
        }
        Fault::TimedOut(cause) => lost(format!("{} did not answer in time", server(error, context)), cause, error),
        Fault::Protocol(cause) => lost(format!("no usable answer from {}", server(error, context)), cause, error),
    }
}

/// The words for a refusal: what failed, the cause (`None`: AWS's own words), and a hint.
type Words = (String, Option<String>, Option<String>);

fn refusal(class: &Class, action: &str, context: &Context) -> Words {
    let profile = context.profile.unwrap_or("PROFILE");
    let device = context.serial.unwrap_or("the MFA device");
    let (what, cause, hint): (String, Option<String>, String) = match class {
        Class::BadCode => (
            format!("AWS refused the MFA code of {device}"),
            Some("it is mistyped, too old, of another device, or has been used before".into()),
            "use the next code; if none works, set the phone's clock to automatic, or run `awsx mfa resync`".into(),
        ),
        Class::BadCodePair => (
            format!("AWS refused the two MFA codes of {device}"),
            Some("they must be two different codes in a row, both from this device".into()),
            "give the next two codes; if that fails, set the phone's clock to automatic".into(),
        ),
        Class::UnknownDevice => (
            format!("AWS does not take {device} as a device of this user"),
            Some("its serial number is wrong, or it belongs to somebody else".into()),
            format!(
                "`awsx mfa status {profile}` lists the devices; set mfa_serial of [profile {profile}] or --mfa-serial"
            ),
        ),
        Class::CodeMissing => (
            format!("{action} needs an MFA code"),
            None,
            format!("set mfa_serial of [profile {profile}], or give --mfa-serial and --code"),
        ),
        Class::Expired => (
            "the session has expired".into(),
            None,
            format!("`awsx clear {profile}` and try again; in a session shell, `awsx-refresh`"),
        ),
        Class::UnknownKey if context.session && !context.mfa => (
            format!("AWS does not take this session for {action}"),
            Some("IAM refuses a session without MFA; or its key has been deleted or deactivated".into()),
            format!(
                "set mfa_serial of [profile {profile}] (`awsx provision-mfa {profile}` enrols a device), or use --no-session"
            ),
        ),
        Class::UnknownKey if context.session => (
            "AWS does not know this session".into(),
            Some("its key has been deleted or deactivated, or the region is not enabled for the account".into()),
            format!("`awsx clear {profile}` and try again"),
        ),
        Class::UnknownKey => (
            "AWS does not know this access key".into(),
            Some("it is mistyped, deleted, deactivated, of another partition, or made only seconds ago".into()),
            format!("`awsx add {profile}` stores another one"),
        ),
        Class::WrongSecret => (
            "the secret access key does not belong to the access key".into(),
            Some("AWS computed another signature".into()),
            format!("`awsx add {profile}` stores the pair anew"),
        ),
        Class::ClockSkew { server_time } => (
            "this machine's clock is wrong".into(),
            server_time.zip(context.now).map(|(server, now)| skew(now.seconds_left(server))),
            "set the clock (`timedatectl set-ntp true`; in WSL `sudo hwclock -s`)".into(),
        ),
        Class::NotAllowed { action, resource, denied } => {
            return not_allowed(action, resource.as_deref(), *denied, context);
        }
        Class::Denied => (format!("AWS denied {action}"), None, no_mfa_hint(context)),
        Class::NeedsKeys => (
            format!("{action} takes the keys of a user, not a session"),
            None,
            format!("`awsx add {profile}` with the user's own key, or use --no-session"),
        ),
        Class::Root => {
            ("root can't assume a role".into(), None, format!("`awsx add {profile}` with the key of an IAM user"))
        }
        Class::TooLong { limit } => (
            too_long(context),
            limit.map(|limit| format!("AWS allows {} here", show_duration(limit))),
            format!(
                "ask for less with --duration, set duration_seconds of [profile {profile}], or raise the role's MaxSessionDuration"
            ),
        ),
        Class::TooLongForChain => (
            too_long(context),
            Some("a role that is assumed with session credentials lasts 1h at most".into()),
            "give --duration 1h, or --no-session to assume it straight from the keys".into(),
        ),
        _ => return unwilling(class, action, context),
    };
    (what, cause, Some(hint))
}

/// As [`refusal`], for refusals that don't depend on the caller. AWS's own words are the cause.
fn unwilling(class: &Class, action: &str, context: &Context) -> Words {
    let profile = context.profile.unwrap_or("PROFILE");
    let (what, hint): (String, String) = match class {
        Class::RegionOff => (
            format!("STS is off in {} for this account", context.region.unwrap_or("this region")),
            format!("set another region for [profile {profile}], or have an administrator activate STS there"),
        ),
        Class::NotSignedUp => (
            "the account is not signed up for this".into(),
            "finish the account's registration in the AWS console".into(),
        ),
        Class::Throttled => ("AWS got too many requests".into(), "wait a minute and try again".into()),
        Class::Unavailable => {
            ("AWS has a problem of its own".into(), "try again later; https://health.aws.amazon.com".into())
        }
        Class::BadPolicy => ("AWS can't read the policy".into(), "check the document given with --policy".into()),
        Class::PolicyTooBig => {
            ("session policy and tags together are too big".into(), "shorten --policy, or use --policy-arn".into())
        }
        Class::BadParameter => {
            (format!("AWS can't read a parameter of {action}"), format!("`awsx explain {profile}` shows what is sent"))
        }
        Class::Exists => {
            (format!("{action}: it is there already"), format!("`awsx mfa status {profile}` shows what is there"))
        }
        Class::Missing => {
            (format!("{action}: there is no such thing"), format!("`awsx mfa status {profile}` shows what is there"))
        }
        Class::Quota => (
            format!("{action}: AWS allows no more of these"),
            format!("`awsx mfa remove {profile}` makes room (8 devices a user)"),
        ),
        Class::InUse => (
            format!("{action}: something else still needs it"),
            format!("`awsx mfa remove {profile}` deactivates a device first"),
        ),
        Class::Changing => (format!("{action}: it was changed a moment ago"), "wait a minute and try again".into()),
        _ => (format!("AWS refused {action}"), String::new()),
    };
    (what, None, Some(hint).filter(|hint| !hint.is_empty()))
}

/// Actions that AssumeRole needs for what it is sent, and the keys of a profile that say it.
const SENT_ALONG: [(&str, &str); 2] =
    [("sts:TagSession", "session_tags"), ("sts:SetSourceIdentity", "source_identity")];

fn not_allowed(action: &str, resource: Option<&str>, denied: bool, context: &Context) -> Words {
    let action = one_line(action);
    let on = resource.map(|r| format!(" on {}", one_line(r))).unwrap_or_default();
    let what = format!("permission missing: {action}{on}");
    let hint = if action == "sts:AssumeRole" {
        let mut needs = vec!["the user's policy and the role's trust policy must both allow it".to_owned()];
        if !context.mfa {
            needs.push(no_mfa_hint(context));
        }
        if !context.external_id {
            needs.push("if it asks for an external ID, set external_id".into());
        }
        needs.join("; ")
    } else if let Some((_, key)) = SENT_ALONG.iter().find(|(needed, _)| *needed == action) {
        format!(
            "{key} of the profile needs it: the role's trust policy must allow it, and so must the policy of the caller"
        )
    } else if denied && !context.mfa {
        no_mfa_hint(context)
    } else {
        format!("ask an administrator to allow {action}")
    };
    let cause = if denied { "a policy denies it explicitly" } else { "no policy allows it" };
    (what, Some(cause.into()), Some(hint))
}

/// Most refusals without a stated reason come from a policy that enforces MFA.
fn no_mfa_hint(context: &Context) -> String {
    if context.mfa {
        return "ask an administrator which policy denies it".into();
    }
    let profile = context.profile.unwrap_or("PROFILE");
    format!("if it needs MFA, set mfa_serial of [profile {profile}]; `awsx provision-mfa {profile}` enrols a device")
}

fn too_long(context: &Context) -> String {
    let asked = context.duration.map(|d| format!(" of {}", show_duration(d))).unwrap_or_default();
    match context.role_arn {
        Some(role) => format!("a session{asked} is too long for {role}"),
        None => format!("a session{asked} is too long"),
    }
}

/// `offset`: how far this machine is ahead of AWS, in seconds. Rounded to minutes, because the answer took time as well.
fn skew(offset: i64) -> String {
    let seconds = u32::try_from(offset.unsigned_abs()).unwrap_or(u32::MAX);
    let length = show_duration(if seconds < 60 { seconds } else { seconds.saturating_add(30) / 60 * 60 });
    match offset {
        0 => "it agrees with AWS's clock by now".into(),
        1.. => format!("it is {length} ahead of AWS"),
        _ => format!("it is {length} behind AWS"),
    }
}

fn lost(what: String, cause: &str, error: &CallError) -> Error {
    let hint = match error.action {
        _ if !may_have_happened(error) => "try again",
        "sts:GetSessionToken" | "sts:AssumeRole" => {
            "try again; a code that went with it may be used up, so take the next one"
        }
        "iam:CreateVirtualMFADevice" => {
            "a device may have been made; the next `awsx provision-mfa` finds and replaces it"
        }
        "iam:EnableMFADevice" | "iam:DeactivateMFADevice" | "iam:DeleteVirtualMFADevice" => {
            "`awsx mfa status` shows whether it was done"
        }
        _ => "try again; if that fails too, check endpoint_url, HTTPS_PROXY and AWS_CA_BUNDLE",
    };
    Error::new(ErrorKind::Network, what).cause(one_line(cause)).hint(hint)
}

fn unsendable_hint(cause: &str, context: &Context) -> String {
    let profile = context.profile.unwrap_or("PROFILE");
    if cause.contains("open files") {
        return "raise the limit of open files: ulimit -n 256".into();
    }
    if cause.starts_with("the CA bundle") {
        return format!("set AWS_CA_BUNDLE or ca_bundle of [profile {profile}] to a file of PEM certificates");
    }
    if cause.starts_with("SSL_CERT_FILE") {
        return "set SSL_CERT_FILE to a file of PEM certificates, or unset it".into();
    }
    if cause.contains("_PROXY") {
        return "write it like http://host:port".into();
    }
    format!("check the region and the endpoint of [profile {profile}]")
}

fn unreachable_hint(cause: &str, context: &Context) -> String {
    if cause.contains("certificate") {
        return "behind an intercepting proxy, set AWS_CA_BUNDLE or ca_bundle to its root; else install ca-certificates".into();
    }
    if cause.contains("CONNECT tunnel") {
        return "check HTTPS_PROXY and NO_PROXY".into();
    }
    match (context.url, context.region) {
        (Some(_), _) => "check endpoint_url and AWS_ENDPOINT_URL, and that it is running".into(),
        (None, Some(region)) if cause.contains("lookup") => {
            format!("check the connection, HTTPS_PROXY, and that {region} is a region")
        }
        _ => "check the connection and HTTPS_PROXY".into(),
    }
}

/// The service and where it was looked for.
fn server(error: &CallError, context: &Context) -> String {
    let service = error.action.split(':').next().unwrap_or_default().to_uppercase();
    match (context.url, context.region) {
        (Some(url), _) => format!("{service} at {url}"),
        (None, Some(region)) => format!("{service} in {region}"),
        (None, None) => format!("AWS {service}"),
    }
}

/// What AWS wrote, as one line that is safe for a terminal. AWS may quote the request. The part that does, with the session
/// token in it, is cut off. A message about a code is left out.
fn in_its_words(code: &str, message: &str) -> String {
    let lower = message.to_ascii_lowercase();
    if lower.contains("tokencode") || lower.contains("authenticationcode") {
        return format!("{}: a code must be six digits", one_line(code));
    }
    let message = message.split("The Canonical String").next().unwrap_or_default();
    let message = message.split("Encoded authorization failure message").next().unwrap_or_default();
    match one_line(message) {
        message if message.is_empty() => one_line(code),
        message => format!("{}: {message}", one_line(code)),
    }
}

/// Text from elsewhere as one line without control characters, cut to a readable length.
pub fn one_line(text: &str) -> String {
    const LONGEST: usize = 500;
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}
