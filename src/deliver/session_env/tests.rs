use crate::base::secret::Credentials;
use crate::base::time::Timestamp;
use crate::deliver::session_env::*;
use crate::plan::SessionKey;

fn session() -> Session {
    Session {
        profile: "prod".into(),
        credentials: Credentials {
            session_token: Some(Secret::new("t0k3n".into())),
            expires: Some(Timestamp(1_767_323_045)),
            ..Credentials::key_pair("ASIAX", Secret::new("s3cr3t".into()))
        },
        key: Some(SessionKey("d1".into())),
        account: None,
        arn: None,
        cached: false,
        margin: 300,
    }
}

fn parent(vars: &[(&str, &str)]) -> Env {
    vars.iter().copied().collect()
}

fn at(url: &str) -> Sdk {
    let config = format!("[profile p]\nendpoint_url = {url}\n");
    Sdk::of(&Profiles::parse(Some((std::path::Path::new("config"), config)), None).unwrap(), "p")
}

fn set(env: &ChildEnv) -> Vec<(&str, &str)> {
    let mut set: Vec<(&str, &str)> = env.set.iter().map(|(name, value)| (&**name, value.expose())).collect();
    set.sort_unstable();
    set
}

fn unset(env: &ChildEnv) -> Vec<&str> {
    let mut names: Vec<&str> = env.unset.iter().map(|name| name.to_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn set_and_removed_are_the_contract() {
    let settings = Settings {
        region: Some("eu-west-1".into()),
        output: Some("json".into()),
        sdk: at("http://127.0.0.1:1"),
        ca_bundle: Some("/ca.pem".into()),
        ..Settings::default()
    };
    let env = child_env(&session(), &settings, None, &parent(&[]));
    let expected = [
        ("AWSX_EXPIRES", "1767323045"),
        ("AWSX_PROFILE", "prod"),
        (
            "AWSX_SETTINGS",
            concat!(
                r#"{"AWS_CA_BUNDLE":["/ca.pem",null],"AWS_DEFAULT_OUTPUT":["json",null],"#,
                r#""AWS_DEFAULT_REGION":["eu-west-1",null],"AWS_ENDPOINT_URL":["http://127.0.0.1:1",null],"#,
                r#""AWS_REGION":["eu-west-1",null]}"#,
            ),
        ),
        ("AWS_ACCESS_KEY_ID", "ASIAX"),
        ("AWS_CA_BUNDLE", "/ca.pem"),
        ("AWS_CREDENTIAL_EXPIRATION", "2026-01-02T03:04:05Z"),
        ("AWS_DEFAULT_OUTPUT", "json"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
        ("AWS_SESSION_TOKEN", "t0k3n"),
        ("AWS_VAULT", "prod"),
    ];
    assert_eq!(set(&env), expected);
    let removed = [
        "AWSUME_EXPIRATION",
        "AWSUME_PROFILE",
        "AWSU_EXPIRES",
        "AWSU_PROFILE",
        "AWSX_ACCOUNT",
        "AWSX_FILE_PASSPHRASE",
        "AWSX_MFA_CODE",
        "AWSX_PROFILE_COLOR",
        "AWSX_SESSION",
        "AWSX_SESSION_ARGS",
        "AWSX_START",
        "AWSX_VIA",
        "AWSX_ZDOTDIR",
        "AWS_ACCOUNT_ID",
        "AWS_CREDENTIAL_FILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_MFA_TOKEN",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_SDK_LOAD_CONFIG",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_EXPIRATION",
        "AWS_SESSION_EXPIRY",
        "AWS_SESSION_MFA_CODE",
        "AWS_SESSION_PARENT_KEY",
        "AWS_SESSION_PARENT_SECRET",
        "AWS_SESSION_PARENT_TOKEN",
        "AWS_SSO_PROFILE",
        "AWS_SSO_SESSION_EXPIRATION",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ];
    assert_eq!(unset(&env), removed);
}

#[test]
fn container_variables_go_by_their_prefix() {
    let names = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_X", "AWS_CONTAINERS", "XAWS_CONTAINER_Y"];
    let env = child_env(&session(), &Settings::default(), None, &names.iter().map(|n| (*n, "x")).collect());
    let gone: Vec<&str> = unset(&env).into_iter().filter(|n| n.contains("CONTAINER")).collect();
    assert_eq!(gone, &names[..2]);
}

#[test]
fn base_keys_have_no_token_and_no_expiry_and_drop_those_around() {
    let keys = Session { credentials: Credentials::key_pair("AKIAX", Secret::new("s3cr3t".into())), ..session() };
    let around = parent(&[("AWS_SESSION_TOKEN", "old"), ("AWSX_EXPIRES", "1"), ("AWS_CREDENTIAL_EXPIRATION", "old")]);
    let env = child_env(&keys, &Settings::default(), None, &around);
    for name in ["AWS_SESSION_TOKEN", "AWSX_EXPIRES", "AWS_CREDENTIAL_EXPIRATION", "AWS_SECURITY_TOKEN"] {
        assert!(unset(&env).contains(&name), "{name}");
    }
    assert!(set(&env).contains(&("AWS_ACCESS_KEY_ID", "AKIAX")));
}

#[test]
fn switches() {
    let env = child_env(&session(), &Settings::default(), None, &parent(&[("AWSX_SET_AWS_VAULT", "0")]));
    assert!(unset(&env).contains(&"AWS_VAULT"));
    let env = child_env(&session(), &Settings::default(), None, &parent(&[("AWSX_LEGACY_TOKEN", "1")]));
    assert!(set(&env).contains(&("AWS_SECURITY_TOKEN", "t0k3n")));
    assert!(!unset(&env).contains(&"AWS_SECURITY_TOKEN"));
}

#[test]
fn a_variable_of_the_persons_own_goes_before_the_profiles_endpoint() {
    let settings = Settings { sdk: at("http://profile"), ..Settings::default() };
    let env = child_env(&session(), &settings, None, &parent(&[("AWS_ENDPOINT_URL", "http://mine")]));
    assert!(env.names().all(|name| name != "AWS_ENDPOINT_URL"));
    // One that a session around this one took from its profile does not.
    let around = parent(&[
        ("AWS_ENDPOINT_URL", "http://outer"),
        ("AWSX_SETTINGS", r#"{"AWS_ENDPOINT_URL":["http://outer",null]}"#),
    ]);
    let env = child_env(&session(), &settings, None, &around);
    assert!(set(&env).contains(&("AWS_ENDPOINT_URL", "http://profile")));
    let env = child_env(&session(), &Settings::default(), None, &around);
    assert!(unset(&env).contains(&"AWS_ENDPOINT_URL") && unset(&env).contains(&"AWSX_SETTINGS"));
}

#[test]
fn only_known_variables_are_dropped() {
    let around = parent(&[
        ("AWSX_SETTINGS", r#"{"PATH":["/bin",null],"AWS_REGION":["x",null]}"#),
        ("PATH", "/bin"),
        ("AWS_REGION", "x"),
    ]);
    let env = child_env(&session(), &Settings::default(), None, &around);
    assert!(!unset(&env).contains(&"PATH") && unset(&env).contains(&"AWS_REGION"));
}

#[test]
fn a_renewal_changes_credentials_and_expiry_alone() {
    let settings = Settings { region: Some("eu-west-1".into()), ..Settings::default() };
    let env = child_env(&session(), &settings, None, &parent(&[])).renewal();
    let names: Vec<&str> = set(&env).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "AWSX_EXPIRES",
        "AWS_ACCESS_KEY_ID",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ];
    assert_eq!(names, expected);
    assert_eq!(unset(&env), ["AWSX_SESSION", "AWSX_SESSION_ARGS", "AWS_SECURITY_TOKEN"]);
}

#[test]
fn what_is_passed_through_keeps_all_but_secrets_and_another_profiles_settings() {
    let around = parent(&[
        (
            "AWSX_SETTINGS",
            r#"{"AWS_REGION":["x",null],"AWS_DEFAULT_REGION":["x","mine"],"AWS_ENDPOINT_URL":["http://x",null],
                "AWS_CA_BUNDLE":["/x.pem",null],"PATH":["/bin",null]}"#,
        ),
        ("AWS_REGION", "x"),
        ("AWS_DEFAULT_REGION", "x"),
        ("AWS_ENDPOINT_URL", "http://x"),
        ("AWS_CA_BUNDLE", "/changed.pem"),
    ]);
    let env = ChildEnv::pass_through(&around, false);
    let secrets =
        ["AWSX_FILE_PASSPHRASE", "AWSX_MFA_CODE", "AWSX_START", "AWS_MFA_TOKEN", "AWS_SESSION_MFA_CODE"].as_slice();
    assert_eq!((unset(&env).as_slice(), env.set.len()), (secrets, 0));
    let env = ChildEnv::pass_through(&around, true);
    let mut expected = [secrets, &["AWS_ENDPOINT_URL", "AWS_REGION"]].concat();
    expected.sort_unstable();
    assert_eq!(unset(&env), expected);
    assert_eq!(set(&env), [("AWS_DEFAULT_REGION", "mine")]);
}

#[test]
fn sessions_inside_each_other_give_back_what_the_person_had() {
    let with_region = Settings { region: Some("eu-west-1".into()), ..Settings::default() };
    let mine = [("AWS_REGION", "us-west-2"), ("HOME", "/home/me")];
    let mut around: Env = mine.into_iter().collect();
    for _ in 0..2 {
        let env = child_env(&session(), &with_region, None, &around);
        around = around.iter().chain(env.set.iter().map(|(n, v)| (OsStr::new(&**n), OsStr::new(v.expose())))).collect();
        assert_eq!(around.get("AWS_REGION"), Some("eu-west-1"));
    }
    let env = child_env(&session(), &Settings::default(), None, &around);
    assert!(set(&env).contains(&("AWS_REGION", "us-west-2")), "{env:?}");
    assert!(unset(&env).contains(&"AWS_DEFAULT_REGION") && unset(&env).contains(&"AWSX_SETTINGS"), "{env:?}");
}

#[test]
fn a_path_in_a_variable_has_no_tilde() {
    let settings = Settings { ca_bundle: Some("~/ca.pem".into()), ..Settings::default() };
    let env = child_env(&session(), &settings, None, &parent(&[("HOME", "/home/me")]));
    assert!(set(&env).contains(&("AWS_CA_BUNDLE", "/home/me/ca.pem")));
}

#[test]
fn no_name_is_both_set_and_removed_and_no_secret_is_shown() {
    let around = parent(&[("AWS_CONTAINER_A", "1"), ("AWSX_LEGACY_TOKEN", "1"), ("AWS_PROFILE", "x")]);
    let mut env = child_env(&session(), &Settings::default(), Some("[]".into()), &around);
    env.put(vars::AWSX_START, "s3cr3t".into());
    let mut names: Vec<&OsStr> = env.names().collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    let shown = format!("{env:?}");
    assert!(!shown.contains("s3cr3t") && !shown.contains("t0k3n"), "{shown}");
}
