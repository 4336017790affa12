//! The documents of `awsx policy`, judged by the evaluator: who may do what with each of them.

use awsx::iam_policy::{NAMES, document};

use super::*;

/// A user's callers, in the order of the columns below: long-lived keys, a session without MFA, one with MFA, and one
/// whose code was given ten hours ago.
const CALLERS: [&[(&str, &str)]; 4] = [
    &[],
    &[("aws:MultiFactorAuthPresent", "false")],
    &[("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", "5")],
    &[("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", "36000")],
];

/// The documents in the order of the columns.
const DOCUMENTS: [&str; 7] =
    ["enforce-mfa", "allow-mfa", "open-mfa", "self-provision", "session-user", "boundary", "sign-in"];

/// For each call the verdict of each document for each caller: `+` allowed, `x` denied whatever else allows it, `.`
/// nothing said. `own` is the user, `dev` a device with the user's name, `bob` another user, `his` a device of
/// another name.
#[rustfmt::skip]
const TABLE: &[(&str, &str, [&str; 7])] = &[
    // Enrolment: it must work before there is any MFA, and for nobody else.
    ("iam:ListVirtualMFADevices", "*", ["++++", "++++", "++++", "++++", "....", "++++", "...."]),
    ("iam:ListAccountAliases", "*", ["++++", "++++", "++++", "++++", "++++", "++++", "...."]),
    ("iam:CreateVirtualMFADevice", "dev", ["++++", "++++", "++++", "++++", "....", "++++", "...."]),
    ("iam:CreateVirtualMFADevice", "his", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:DeleteVirtualMFADevice", "dev", ["++++", "++++", "++++", "++++", "....", "++++", "...."]),
    ("iam:DeleteVirtualMFADevice", "his", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:EnableMFADevice", "own", ["++++", "++++", "++++", "++++", "....", "++++", "...."]),
    ("iam:EnableMFADevice", "bob", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:ResyncMFADevice", "own", ["++++", "++++", "++++", "++++", "....", "++++", "...."]),
    ("iam:ResyncMFADevice", "bob", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:ListMFADevices", "own", ["++++", "++++", "++++", "++++", "++++", "++++", "...."]),
    ("iam:ListMFADevices", "bob", ["....", "....", "....", "....", "....", "..++", "...."]),
    ("iam:DeactivateMFADevice", "own", ["xx+x", "xx++", "..++", "..++", "....", "..++", "...."]),
    ("iam:DeactivateMFADevice", "bob", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    // Credentials: nobody gets one without MFA.
    ("iam:CreateAccessKey", "own", ["xx+x", "xx++", "..++", "....", "..++", "..++", "...."]),
    ("iam:CreateAccessKey", "bob", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:UpdateAccessKey", "own", ["xx+x", "xx++", "..++", "....", "..++", "..++", "...."]),
    ("iam:DeleteAccessKey", "own", ["xx+x", "xx++", "..++", "....", "..++", "..++", "...."]),
    ("iam:ListAccessKeys", "own", ["xx+x", "..++", "..++", "....", "..++", "..++", "...."]),
    ("iam:CreateLoginProfile", "own", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:UpdateLoginProfile", "own", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:DeleteLoginProfile", "own", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:ChangePassword", "own", ["xx+x", "xx++", "..++", "....", "....", "..++", "...."]),
    ("iam:UploadSSHPublicKey", "own", ["xx+x", "xx++", "..++", "....", "....", "..++", "...."]),
    ("iam:UploadSigningCertificate", "own", ["xx+x", "xx++", "..++", "....", "....", "..++", "...."]),
    ("iam:CreateServiceSpecificCredential", "own", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("sts:AssumeRoot", "arn:PARTITION:iam::210987654321:root", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    // Rights.
    ("iam:CreateUser", "bob", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:AttachUserPolicy", "own", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:PutUserPolicy", "own", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:DetachUserPolicy", "own", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    ("iam:DeleteUserPermissionsBoundary", "own", ["xx.x", "xx..", "....", "....", "....", "xxxx", "...."]),
    ("iam:PutUserPermissionsBoundary", "own", ["xx.x", "xx..", "....", "....", "....", "xxxx", "...."]),
    ("iam:DeleteUserPermissionsBoundary", "bob", ["xx.x", "xx..", "....", "....", "....", "..++", "...."]),
    // Everything else.
    ("iam:GetUser", "own", ["++++", "++++", "++++", "....", "....", "..++", "...."]),
    ("iam:GetAccountPasswordPolicy", "*", ["xx+x", "++++", "++++", "....", "....", "..++", "...."]),
    ("iam:GetRole", "role", ["xx.x", "....", "....", "....", "..++", "..++", "...."]),
    ("sts:GetSessionToken", "*", ["....", "....", "....", "....", "++++", "++++", "...."]),
    ("sts:GetCallerIdentity", "*", ["....", "....", "....", "....", "++++", "++++", "...."]),
    ("sts:AssumeRole", "role", ["xx.x", "....", "....", "....", "....", "..++", "...."]),
    ("sts:GetFederationToken", "*", ["xx.x", "....", "....", "....", "....", "..++", "...."]),
    ("ssm:GetParameters", "limit", ["xx.x", "....", "....", "....", "++++", "..++", "...."]),
    ("ssm:PutParameter", "limit", ["xx.x", "....", "....", "....", "....", "..++", "...."]),
    // Console login.
    ("signin:AuthorizeOAuth2Access", "here", ["xx.x", "....", "....", "....", "....", "..++", "++++"]),
    ("signin:CreateOAuth2Token", "here", ["xx.x", "....", "....", "....", "....", "..++", "++++"]),
    ("signin:AuthorizeOAuth2Access", "away", ["xx.x", "....", "....", "....", "....", "..++", "++++"]),
    ("signin:CreateOAuth2Token", "away", ["xx.x", "....", "....", "....", "....", "..++", "++++"]),
    ("signin:CreateOAuth2Token", "arn:PARTITION:signin:us-east-1:123456789012:service/mcp", ["xx.x", "....", "....", "....", "....", "..++", "...."]),
    ("signin:RevokeOAuth2Token", "here", ["xx.x", "....", "....", "....", "....", "..++", "...."]),
    ("s3:ListAllMyBuckets", "*", ["xx.x", "....", "....", "....", "....", "..++", "...."]),
];

/// The resources that a word of the table stands for.
fn resources(word: &str, partition: &str) -> Vec<String> {
    let iam = |rest: &str| format!("arn:{partition}:iam::123456789012:{rest}");
    match word {
        "own" => ["user/alice", "user/division/team/alice"].map(iam).into(),
        "dev" => ["mfa/alice", "mfa/alice/tablet"].map(iam).into(),
        "bob" => ["user/bob", "user/alice2", "user/malice", "user/alice/bob", "user/x/malice"].map(iam).into(),
        "his" => ["mfa/bob", "mfa/alice2", "mfa/alice-2", "mfa/malice", "mfa/bob/alice"].map(iam).into(),
        "role" => ["role/ops", "role/team/ops"].map(iam).into(),
        "limit" => vec![format!("arn:{partition}:ssm:us-east-1:123456789012:parameter/unencrypted/mfa/session_length")],
        "here" => vec![format!("arn:{partition}:signin:us-east-1:123456789012:oauth2/public-client/localhost")],
        "away" => vec![format!("arn:{partition}:signin:us-east-1:123456789012:oauth2/public-client/remote")],
        other => vec![other.replace("PARTITION", partition)],
    }
}

fn shipped(name: &str, max_age: Option<u32>, partition: &str) -> Policy {
    Policy::parse(&document(name, max_age, partition).unwrap().json()).unwrap()
}

fn judged(policies: &[&Policy], caller: &[(&str, &str)], action: &str, resource: &str) -> char {
    let mut context = Context::default();
    for (key, value) in [("aws:username", "alice")].iter().chain(caller) {
        context.set(key, *value);
    }
    let verdicts = policies.iter().map(|policy| policy.verdict(Ask { action, resource, context: &context }, None));
    verdicts.fold('.', |so_far, verdict| match (so_far, verdict) {
        (_, Verdict::Deny) | ('x', _) => 'x',
        (_, Verdict::Allow { .. }) | ('+', _) => '+',
        _ => '.',
    })
}

#[test]
fn who_may_do_what() {
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        for (name, column) in DOCUMENTS.iter().zip(0..) {
            let policy = shipped(name, None, partition);
            for (action, word, wanted) in TABLE {
                for resource in resources(word, partition) {
                    let got: String = CALLERS.iter().map(|who| judged(&[&policy], who, action, &resource)).collect();
                    assert_eq!(Some(&got.as_str()), wanted.get(column), "{name}: {action} {resource}");
                }
            }
        }
    }
}

#[test]
fn the_table_has_every_document_and_no_device_of_another_partition_is_ones_own() {
    assert!(NAMES.iter().map(|(name, _)| *name).eq(DOCUMENTS));
    let policy = shipped("self-provision", None, "aws");
    assert_eq!(judged(&[&policy], &[], "iam:CreateVirtualMFADevice", "arn:aws-cn:iam::123456789012:mfa/alice"), '.');
}

#[test]
fn a_session_counts_as_long_as_it_is_not_too_old() {
    let bucket = |name, max_age, age: &str| {
        let caller = [("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", age)];
        judged(&[&shipped(name, max_age, "aws")], &caller, "s3:ListAllMyBuckets", "*")
    };
    assert_eq!((bucket("enforce-mfa", None, "32400"), bucket("enforce-mfa", None, "32401")), ('.', 'x'));
    assert_eq!((bucket("enforce-mfa", Some(900), "900"), bucket("enforce-mfa", Some(900), "901")), ('.', 'x'));
    assert_eq!((bucket("boundary", None, "129600"), bucket("boundary", Some(900), "901")), ('+', '.'));
    let rotate = |age: &str| {
        let caller = [("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", age)];
        let policy = shipped("session-user", Some(900), "aws");
        judged(&[&policy], &caller, "iam:CreateAccessKey", "arn:aws:iam::123456789012:user/alice")
    };
    assert_eq!((rotate("900"), rotate("901")), ('+', '.'));
}

/// The writing actions of IAM that a user who may do everything still may without MFA, under each document. None of
/// them makes a credential or gives rights. An action that is new in IAM has to be put here or into the document.
const HARMLESS: [&str; 46] = [
    "AddRoleToInstanceProfile",
    "AssociateDelegationRequest",
    "CreateAccountAlias",
    "CreateDelegationRequest",
    "CreateGroup",
    "CreateInstanceProfile",
    "CreateServiceLinkedRole",
    "DeleteAccountAlias",
    "DeleteGroup",
    "DeleteInstanceProfile",
    "DeleteOpenIDConnectProvider",
    "DeleteRole",
    "DeleteSAMLProvider",
    "DeleteServerCertificate",
    "DeleteServiceLinkedRole",
    "DeleteUser",
    "DisableOrganizationsRootCredentialsManagement",
    "DisableOrganizationsRootSessions",
    "DisableOutboundWebIdentityFederation",
    "EnableOrganizationsRootCredentialsManagement",
    "EnableOrganizationsRootSessions",
    "EnableOutboundWebIdentityFederation",
    "PutAccountProperties",
    "RejectDelegationRequest",
    "RemoveClientIDFromOpenIDConnectProvider",
    "RemoveRoleFromInstanceProfile",
    "SetSecurityTokenServicePreferences",
    "TagInstanceProfile",
    "TagMFADevice",
    "TagOpenIDConnectProvider",
    "TagPolicy",
    "TagSAMLProvider",
    "TagServerCertificate",
    "UntagInstanceProfile",
    "UntagMFADevice",
    "UntagOpenIDConnectProvider",
    "UntagPolicy",
    "UntagSAMLProvider",
    "UntagServerCertificate",
    "UpdateAccountPasswordPolicy",
    "UpdateDelegationRequest",
    "UpdateGroup",
    "UpdateRole",
    "UpdateRoleDescription",
    "UpdateServerCertificate",
    "UploadServerCertificate",
];

#[test]
fn no_action_of_iam_makes_a_credential_or_gives_rights_without_mfa() {
    let all = Policy::parse(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap();
    // Actions on a user of another name, so that nobody's own enrolment counts.
    let bob = "arn:aws:iam::123456789012:user/bob";
    let reads = |name: &&str| ["Get", "List", "Generate", "Simulate"].iter().any(|verb| name.starts_with(verb));
    let left = |name: &str| {
        let policy = shipped(name, None, "aws");
        let actions = include_str!("iam_actions.txt").lines().filter(|action| !reads(action));
        let open = |action: &&str| judged(&[&all, &policy], &[], &format!("iam:{action}"), bob) == '+';
        actions.filter(open).collect::<Vec<_>>()
    };
    assert_eq!(left("enforce-mfa"), [""; 0]);
    assert_eq!(left("allow-mfa"), HARMLESS);
    let policy = shipped("boundary", None, "aws");
    let bounded = include_str!("iam_actions.txt").lines().filter(|action| !reads(action));
    let bounded = bounded.filter(|action| judged(&[&policy], &[], &format!("iam:{action}"), bob) == '+');
    assert_eq!(bounded.collect::<Vec<_>>(), [""; 0]);
}
