use std::path::Path;

use super::*;
use crate::testkit::START;

const CONFIG: &str = "[default]\nregion = eu-west-1\n\
    [profile prod]\n[profile empty]\nregion = x\n\
    [profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = prod\n\
    [profile plain]\n[team]\n";
const CREDENTIALS: &str = "[plain]\naws_access_key_id = AKIAPLAINPLAIN00PLAI\naws_secret_access_key = s\n\
    [plain-mfasession]\naws_access_key_id = ASIAPLAINPLAIN00MFAS\naws_secret_access_key = s\naws_session_token = t\n";

fn report(variables: &str) -> Report {
    let file = |name, text: &str| Some((Path::new(name), text.to_owned()));
    let profiles = Profiles::parse(file("config", CONFIG), file("credentials", CREDENTIALS)).unwrap();
    let session = |key: &str, profile: &str, id: &str| KeptSession {
        key: SessionKey(key.into()),
        profile: profile.into(),
        id: id.into(),
        expires: START.plus(3600),
    };
    let sessions = [session("d1", "prod", "ASIAPROD000000000001"), session("d2", "ops", "ASIAOPS0000000000002")];
    let key_of = |name: &str| (name == "prod").then(|| "AKIAPROD000000000000".to_owned());
    let env: Env = variables.split_whitespace().filter_map(|variable| variable.split_once('=')).collect();
    classify(&env, &profiles, &Kept { key_of: &key_of, sessions: &sessions }, START)
}

const LONG: &str = "AWS_SECRET_ACCESS_KEY=s AWS_ACCESS_KEY_ID=";
const SHORT: &str = "AWS_SECRET_ACCESS_KEY=s AWS_SESSION_TOKEN=t AWS_ACCESS_KEY_ID=";

#[test]
fn seven_classes() {
    let table = [
        ("", "", Class::None, None, "no AWS credentials in this environment"),
        ("", "AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY=", Class::None, None, "no AWS credentials in this environment"),
        ("", "AWS_ACCESS_KEY_ID=x", Class::None, None, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
        ("", "AWS_SECRET_ACCESS_KEY=x", Class::None, None, "unset AWS_SECRET_ACCESS_KEY"),
        ("", "AWSX_PROFILE=prod", Class::None, None, "no AWS credentials in this environment"),
        (
            "",
            "AWSX_PROFILE=prod AWSX_VIA=server",
            Class::SelectorOnly,
            Some("prod"),
            "a session of prod, which awsx gives to programs over a server (--via server)",
        ),
        // Its config has names of its own.
        (
            "",
            "AWSX_PROFILE=prod AWSX_VIA=process AWS_PROFILE=pro-d",
            Class::SelectorOnly,
            Some("prod"),
            "a session of prod, which awsx gives to programs over a process",
        ),
        ("", "AWS_PROFILE=prod", Class::SelectorOnly, Some("prod"), "AWS_PROFILE selects prod; no credentials"),
        ("", "AWS_DEFAULT_PROFILE=prod", Class::SelectorOnly, Some("prod"), "AWS_DEFAULT_PROFILE selects prod;"),
        ("", "AWS_PROFILE=prdo", Class::SelectorOnly, Some("prdo"), "similar names: prod"),
        ("", "AWS_PROFILE=team", Class::SelectorOnly, Some("team"), "config:10 has [team], which is no profile"),
        ("", "AWS_PROFILE=a AWS_DEFAULT_PROFILE=b", Class::SelectorOnly, Some("a"), "AWS_DEFAULT_PROFILE says b"),
        (
            LONG,
            "AKIAPROD000000000000 AWS_PROFILE=prod",
            Class::Mirrored,
            Some("prod"),
            "long-lived keys of prod (AKIA…0000)",
        ),
        (LONG, "AKIAPROD000000000000 AWS_PROFILE=ops", Class::Mirrored, Some("ops"), "they don't expire"),
        (LONG, "AKIAPLAINPLAIN00PLAI", Class::Mirrored, Some("plain"), "long-lived keys of plain"),
        (SHORT, "ASIAPROD000000000001 AWS_VAULT=prod", Class::Mirrored, Some("prod"), "a session of prod (ASIA…0001)"),
        (SHORT, "ASIAPROD000000000001", Class::Mirrored, Some("prod"), "a session of prod"),
        (SHORT, "ASIAPLAINPLAIN00MFAS AWS_PROFILE=plain", Class::Mirrored, Some("plain"), "a session of plain"),
        (SHORT, "ASIAPLAINPLAIN00MFAS AWS_PROFILE=plain-mfasession", Class::Mirrored, Some("plain-mfasession"), ""),
        // Two profiles that ask for the same share the session.
        (
            SHORT,
            "ASIAOPS0000000000002 AWSX_PROFILE=prod AWSX_SESSION=ASIAOPS0000000000002:d2",
            Class::Mirrored,
            Some("prod"),
            "",
        ),
        (SHORT, "ASIAX AWSX_PROFILE=prod", Class::OtherSession, Some("prod"), "is another one, with 1h00m left"),
        (SHORT, "ASIAX AWS_PROFILE=plain", Class::OtherSession, Some("plain"), "awsx keeps no session for plain"),
        (SHORT, "ASIAOPS0000000000002 AWS_PROFILE=prod", Class::OtherSession, Some("prod"), "in fact a session of ops"),
        // awsx's variables are those of another session.
        (
            SHORT,
            "ASIAX AWSX_PROFILE=prod AWSX_SESSION=ASIAY:d1",
            Class::Unnamed,
            None,
            "a session (ASIA…) of no known profile",
        ),
        (
            LONG,
            "AKIAOLD0000000000OLD AWS_PROFILE=prod",
            Class::RotatedKey,
            Some("prod"),
            "the key of prod is AKIA…0000",
        ),
        (
            LONG,
            "AKIAOLD0000000000OLD AWS_PROFILE=plain",
            Class::RotatedKey,
            Some("plain"),
            "the key of plain is AKIA…PLAI",
        ),
        (
            LONG,
            "AKIAOLD0000000000OLD AWS_PROFILE=ops",
            Class::RotatedKey,
            Some("ops"),
            "the key of prod, which ops starts from, is",
        ),
        (
            LONG,
            "AKIAPLAINPLAIN00PLAI AWS_PROFILE=prod",
            Class::RotatedKey,
            Some("prod"),
            "in fact long-lived keys of plain",
        ),
        (LONG, "AKIAX AWS_PROFILE=empty", Class::Orphan, Some("empty"), "awsx add empty --env"),
        (LONG, "AKIAX AWS_PROFILE=gone", Class::Orphan, Some("gone"), "there is no such profile (AWS_PROFILE)"),
        (SHORT, "ASIAX AWS_VAULT=gone", Class::Orphan, Some("gone"), "there is no such profile (AWS_VAULT)"),
        (SHORT, "ASIAPROD000000000001 AWS_VAULT=gone", Class::Orphan, Some("gone"), "in fact a session of prod"),
        (LONG, "AKIAX", Class::Unnamed, None, "awsx add PROFILE --env"),
        (SHORT, "ASIAX", Class::Unnamed, None, "a session"),
        ("", "AWS_SECRET_ACCESS_KEY=s AWS_SECURITY_TOKEN=t AWS_ACCESS_KEY_ID=X", Class::Unnamed, None, "a session"),
    ];
    for (start, rest, class, profile, says) in table {
        let report = report(&format!("{start}{rest}"));
        assert_eq!((report.class, report.profile.as_deref()), (class, profile), "{rest}: {report:#?}");
        assert!(report.lines().join("\n").contains(says), "{rest}: {report:#?}");
    }
}

#[test]
fn a_secret_is_never_told() {
    let secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";
    for variables in [
        format!("AWS_ACCESS_KEY_ID={secret} AWS_SECRET_ACCESS_KEY={secret} AWS_SESSION_TOKEN={secret}"),
        format!("AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY={secret} AWS_SECURITY_TOKEN={secret} AWS_PROFILE=prod"),
    ] {
        let told = report(&variables).lines().join("\n");
        assert!(!told.contains(&secret[4..36]), "{told}");
    }
    assert_eq!(["AKIAIOSFODNN7EXAMPLE", "short", "ab", ""].map(masked), ["AKIA…MPLE", "shor…", "…", "…"]);
}

#[test]
fn the_time_left_is_the_one_of_these_credentials() {
    let with = |rest: &str| report(&format!("{SHORT}ASIAX {rest}"));
    let end = START.plus(600).0;
    assert_eq!(
        with(&format!("AWSX_EXPIRES={end} AWSX_SESSION=ASIAX:d")).notes[0],
        "10m left (until 2026-01-01T00:10:00Z)"
    );
    assert_eq!(with(&format!("AWSX_EXPIRES={end} AWSX_SESSION=ASIAY:d")).expires, None);
    let expired = with("AWS_CREDENTIAL_EXPIRATION=2025-12-31T23:00:00+00:00");
    assert!(expired.notes[0].starts_with("they expired at 2025-12-31T23:00:00Z"), "{expired:#?}");
}

#[test]
fn regions_and_profiles_beside_each_other() {
    let notes = |variables: &str| report(variables).notes.join("\n");
    assert_eq!(notes("AWS_DEFAULT_REGION=us-east-1"), "region us-east-1 (AWS_DEFAULT_REGION)");
    assert_eq!(notes("AWS_DEFAULT_REGION=x AWS_REGION=x"), "region x (AWS_REGION)");
    assert!(notes("AWS_DEFAULT_REGION=x AWS_REGION=y").contains("AWS_REGION says y and AWS_DEFAULT_REGION says x"));
}
