//! The documents, judged by a small evaluator of IAM's rules.

use std::collections::BTreeMap;

use crate::iam_policy::*;

const USER: &str = "arn:aws:iam::123456789012:user/alice";
const USER_IN_PATH: &str = "arn:aws:iam::123456789012:user/division/team/alice";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/alice";
const SECOND_DEVICE: &str = "arn:aws:iam::123456789012:mfa/alice/alice-2";

/// Who asks: seconds since the MFA code, if there was one.
type Caller = Option<u32>;

/// Whether a document decides on a request, and how: `Some(true)` allows, `Some(false)` denies.
fn verdict(document: &Document, caller: Caller, action: &str, resource: &str) -> Option<bool> {
    let mut allowed = None;
    let parsed: Value = serde_json::from_str(&document.json()).unwrap();
    for statement in parsed["Statement"].as_array().unwrap() {
        let hit = |yes: &str, no: &str, text: &str| match (&statement[yes], &statement[no]) {
            (Value::Null, Value::Null) => panic!("neither {yes} nor {no}"),
            (Value::Null, not) => !matches_any(not, text),
            (yes, _) => matches_any(yes, text),
        };
        if hit("Action", "NotAction", action)
            && hit("Resource", "NotResource", resource)
            && holds(&statement["Condition"], caller)
        {
            if statement["Effect"] == "Deny" {
                return Some(false);
            }
            allowed = Some(true);
        }
    }
    allowed
}

fn allows(document: &Document, caller: Caller, action: &str, resource: &str) -> bool {
    verdict(document, caller, action, resource) == Some(true)
}

fn matches_any(patterns: &Value, text: &str) -> bool {
    let one = |pattern: &Value| glob(&pattern.as_str().unwrap().replace("${aws:username}", "alice"), text);
    patterns.as_array().map_or_else(|| one(patterns), |list| list.iter().any(one))
}

fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text
            .strip_prefix(head)
            .is_some_and(|rest| (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| glob(tail, rest)))),
    }
}

fn holds(condition: &Value, caller: Caller) -> bool {
    let context: BTreeMap<&str, String> = caller
        .map(|age| [("aws:MultiFactorAuthPresent", "true".into()), ("aws:MultiFactorAuthAge", age.to_string())])
        .into_iter()
        .flatten()
        .collect();
    let Some(operators) = condition.as_object() else { return true };
    operators.iter().all(|(operator, keys)| {
        let (operator, if_exists) = operator.strip_suffix("IfExists").map_or((operator.as_str(), false), |o| (o, true));
        keys.as_object().unwrap().iter().all(|(key, wanted)| {
            let Some(has) = context.get(key.as_str()) else { return if_exists };
            let wanted = wanted.as_str().unwrap();
            let numbers = || (has.parse::<u32>().unwrap(), wanted.parse::<u32>().unwrap());
            match operator {
                "Bool" => has == wanted,
                "NumericLessThanEquals" => numbers().0 <= numbers().1,
                "NumericGreaterThan" => numbers().0 > numbers().1,
                other => panic!("{other}"),
            }
        })
    })
}

fn plain(name: &str) -> Document {
    document(name, None, "aws").unwrap()
}

/// What enrolment calls before there is any MFA.
fn enrolment() -> Vec<(&'static str, &'static str)> {
    let mut calls = vec![("iam:ListVirtualMFADevices", "*"), ("iam:ListAccountAliases", "*")];
    for user in [USER, USER_IN_PATH] {
        calls.extend([("iam:ListMFADevices", user), ("iam:EnableMFADevice", user), ("iam:ResyncMFADevice", user)]);
    }
    for device in [DEVICE, SECOND_DEVICE] {
        calls.extend([("iam:CreateVirtualMFADevice", device), ("iam:DeleteVirtualMFADevice", device)]);
    }
    calls
}

#[test]
fn enrolment_is_never_locked_out() {
    for name in ["enforce-mfa", "allow-mfa", "open-mfa", "self-provision", "boundary"] {
        for (action, resource) in enrolment() {
            for caller in [None, Some(5), Some(100_000)] {
                assert!(allows(&plain(name), caller, action, resource), "{name} {action} {resource} {caller:?}");
            }
        }
    }
}

#[test]
fn no_document_lets_a_key_be_minted_without_mfa() {
    let minting = [
        "iam:CreateAccessKey",
        "iam:UpdateAccessKey",
        "iam:ChangePassword",
        "iam:UploadSSHPublicKey",
        "iam:CreateUser",
    ];
    for (name, _) in NAMES {
        for action in minting.into_iter().chain(["iam:DeactivateMFADevice", "iam:AttachUserPolicy"]) {
            for user in [USER, USER_IN_PATH, "arn:aws:iam::123456789012:user/bob"] {
                assert!(!allows(&plain(name), None, action, user), "{name} {action} {user}");
            }
        }
    }
    // … and these two take it away from every other policy as well.
    for name in ["enforce-mfa", "allow-mfa"] {
        for action in minting {
            assert_eq!(verdict(&plain(name), None, action, USER), Some(false), "{name} {action}");
            assert_ne!(verdict(&plain(name), Some(5), action, USER), Some(false), "{name} {action}");
        }
    }
}

#[test]
fn devices_and_users_of_other_names_stay_out_of_reach() {
    let strangers = [
        "user/alice2",
        "user/malice",
        "user/alice/bob",
        "user/division/malice",
        "mfa/alice2",
        "mfa/alice-2",
        "mfa/malice",
        "mfa/bob",
        "mfa/bob/alice",
        "mfa/alice2/phone",
    ];
    for name in ["open-mfa", "allow-mfa", "enforce-mfa", "self-provision", "session-user"] {
        for stranger in strangers {
            let resource = format!("arn:aws:iam::123456789012:{stranger}");
            let actions = enrolment().into_iter().map(|(action, _)| action);
            for action in actions.filter(|a| !a.starts_with("iam:List") || *a == "iam:ListMFADevices") {
                for caller in [None, Some(5)] {
                    assert!(!allows(&plain(name), caller, action, &resource), "{name} {action} {stranger}");
                }
            }
            assert!(!allows(&plain(name), Some(5), "iam:DeactivateMFADevice", &resource), "{name} {stranger}");
        }
    }
    // Without MFA an administrator's own rights don't reach there either.
    for name in ["enforce-mfa", "allow-mfa"] {
        let bob = "arn:aws:iam::123456789012:user/bob";
        assert_eq!(verdict(&plain(name), None, "iam:EnableMFADevice", bob), Some(false));
        assert_eq!(verdict(&plain(name), Some(5), "iam:EnableMFADevice", bob), None);
    }
}

#[test]
fn self_provision_is_exactly_that() {
    let document = plain("self-provision");
    assert!(allows(&document, Some(5), "iam:DeactivateMFADevice", USER_IN_PATH));
    for (action, resource) in [
        ("s3:ListAllMyBuckets", "*"),
        ("iam:CreateAccessKey", USER),
        ("iam:ListUsers", "*"),
        ("iam:GetRole", "arn:aws:iam::123456789012:role/x"),
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/x"),
    ] {
        for caller in [None, Some(5)] {
            assert_eq!(verdict(&document, caller, action, resource), None, "{action}");
        }
    }
}

#[test]
fn enforcement_begins_at_the_age() {
    let buckets = ("s3:ListAllMyBuckets", "*");
    let nine = plain("enforce-mfa");
    assert_eq!(verdict(&nine, Some(32_400), buckets.0, buckets.1), None);
    assert_eq!(verdict(&nine, Some(32_401), buckets.0, buckets.1), Some(false));
    assert_eq!(verdict(&nine, None, buckets.0, buckets.1), Some(false));
    assert_eq!(verdict(&nine, None, "sts:GetSessionToken", "*"), None);
    let short = document("enforce-mfa", Some(900), "aws").unwrap();
    assert_eq!(verdict(&short, Some(901), buckets.0, buckets.1), Some(false));
    assert_eq!(verdict(&plain("allow-mfa"), None, buckets.0, buckets.1), None);

    let boundary = plain("boundary");
    assert!(allows(&boundary, Some(100_000), buckets.0, buckets.1));
    assert!(!allows(&boundary, None, buckets.0, buckets.1));
    assert!(!allows(&boundary, None, "sts:AssumeRole", "arn:aws:iam::123456789012:role/x"));
    assert!(allows(&boundary, None, "sts:GetSessionToken", "*"));
    assert_eq!(verdict(&boundary, Some(5), "iam:DeleteUserPermissionsBoundary", USER_IN_PATH), Some(false));
    let short = document("boundary", Some(900), "aws").unwrap();
    assert!(!allows(&short, Some(901), buckets.0, buckets.1));
}

#[test]
fn every_partition_and_nothing_else() {
    for partition in ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"] {
        for (name, _) in NAMES {
            let text = document(name, None, partition).unwrap().json();
            let arns = text.matches("\"arn:").count();
            assert_eq!(text.matches(&format!("\"arn:{partition}:")).count(), arns, "{name}");
            assert!(name == "session-user" || arns > 0);
        }
    }
    for partition in ["", "AWS", "aws-", "aws--cn", "aws-*", "gcp", "aws-cn\"", "aws:"] {
        assert_eq!(
            document("boundary", None, partition).unwrap_err().kind,
            crate::base::error::ErrorKind::Usage,
            "{partition}"
        );
    }
}

#[test]
fn names_ages_and_sizes() {
    assert_eq!(document("enforce", None, "aws").unwrap_err().kind, crate::base::error::ErrorKind::Usage);
    assert_eq!(document("boundary", Some(0), "aws").unwrap_err().kind, crate::base::error::ErrorKind::Usage);
    for (name, about) in NAMES {
        let document = document(name, Some(129_600), "aws-us-gov").unwrap();
        let json = document.json();
        let size = json.chars().filter(|c| !c.is_whitespace()).count();
        assert!(size <= 6144, "{name}: a managed policy holds 6144 characters, this has {size}");
        let explanation = document.explanation();
        assert!(explanation.starts_with(&format!("{name}: {about}\n")));
        let parsed: Value = serde_json::from_str(&json).unwrap();
        for statement in parsed["Statement"].as_array().unwrap() {
            let sid = statement["Sid"].as_str().unwrap();
            assert!(sid.bytes().all(|b| b.is_ascii_alphanumeric()), "IAM takes letters and digits alone: {sid}");
            assert!(explanation.contains(&format!("\n{sid}\n    ")), "{name} {sid}");
        }
        assert!(explanation.lines().all(|line| line.len() <= 100));
    }
}
