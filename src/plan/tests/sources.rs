//! The names of sessions that start from a source.

use super::*;

const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/r\n";

/// The name of the session of profile `p`.
fn name(settings: &str, variables: &[(&str, &str)]) -> SessionKey {
    let config = format!("[profile p]\n{settings}\n");
    let profiles = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
    let env = variables.iter().copied().chain([("HOME", "/home/alice"), ("USER", "alice")]).collect();
    let inputs = Inputs { profiles: &profiles, env: &env, request: &request("p"), known: &Table::default() };
    plan(&inputs).unwrap().key().unwrap().clone()
}

/// Every change that matters gives another session, and nothing else does.
#[track_caller]
fn known_by(settings: &str, variables: &[(&str, &str)], changes: &[(&str, &str)], more: &[(&str, &str)]) {
    let first = name(settings, variables);
    let unrelated = format!("output = json\nregion = us-east-1\nawsx_color = red\n{settings}\n[services x]\n");
    assert_eq!(name(&unrelated, &[variables, &[("AWS_PROFILE", "x"), ("KEPT", "y")]].concat()), first, "{settings}");
    let mut seen = vec![first];
    for (from, to) in changes {
        assert!(settings.contains(from), "{from}");
        seen.push(name(&settings.replace(from, to), variables));
    }
    seen.extend(more.iter().map(|variable| name(settings, &[variables, &[*variable]].concat())));
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "{settings}: a change made no difference");
}

#[test]
fn what_a_browser_may_be_needed_for_is_told() {
    let corp = "[sso-session corp]\nsso_start_url = https://corp.test/start\nsso_region = eu-west-1";
    let sso = format!("sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n{corp}");
    for (settings, expected) in [
        (format!("{ROLE}source_profile = q\n[profile q]\n{sso}"), true),
        (sso, true),
        ("login_session = arn:aws:iam::111122223333:user/alice".to_owned(), true),
        (format!("{ROLE}web_identity_token_file = /t"), false),
        ("credential_process = x".to_owned(), false),
    ] {
        let config = format!("[profile p]\n{settings}\n");
        let profiles = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
        let env = [("HOME", "/home/alice"), ("USER", "alice")].into_iter().collect();
        let inputs = Inputs { profiles: &profiles, env: &env, request: &request("p"), known: &Table::default() };
        assert_eq!(plan(&inputs).unwrap().starts_with_a_sign_in(), expected, "{settings}");
    }
}

#[test]
fn a_sign_in() {
    let settings = "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n\
                    [sso-session corp]\nsso_start_url = https://corp.test/start\nsso_region = eu-west-1";
    let changes = [
        ("corp", "other"),
        ("111122223333", "444455556666"),
        ("= dev", "= ops"),
        ("corp.test", "other.test"),
        ("eu-west-1", "eu-central-1"),
    ];
    let more = [
        ("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:1"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
    ];
    known_by(settings, &[], &changes, &more);
}

#[test]
fn a_sign_in_can_not_be_narrowed_and_a_role_over_it_can() {
    let config = |more: &str| {
        format!(
            "[profile p]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n{more}\
             [sso-session corp]\nsso_start_url = https://corp.test/start\nsso_region = eu-west-1\n\
             [profile over]\n{ROLE}source_profile = p\nsession_tags = a=b\nexternal_id = id\n"
        )
    };
    let made = |more: &str, request: Request| {
        let profiles = Profiles::parse(Some((Path::new("config"), config(more))), None).unwrap();
        let env = [("USER", "alice")].into_iter().collect();
        plan(&Inputs { profiles: &profiles, env: &env, request: &request, known: &Table::default() })
    };
    let readonly =
        |name: &str| Request { policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()], ..request(name) };
    for (more, request, said) in [
        ("", readonly("p"), "a session policy needs a role"),
        ("session_tags = a=b\n", request("p"), "session_tags (config:5) needs a role"),
        ("source_identity = me\n", request("p"), "source_identity (config:5) needs a role"),
    ] {
        let error = made(more, request).unwrap_err();
        assert_eq!(error.kind, crate::base::error::ErrorKind::Config);
        assert!(error.to_string().contains(said) && error.to_string().contains("source_profile = p"), "{error}");
    }
    assert!(made("", request("p")).is_ok());
    let over = made("", readonly("over")).unwrap();
    let Some(Action::AssumeRole(role)) = over.steps.last().map(|step| &step.action) else { panic!("{over:?}") };
    assert_eq!((role.tags.len(), role.external_id.as_deref(), role.policy_arns.len()), (1, Some("id"), 1));
    assert_eq!(over.steps.last().and_then(|step| step.duration), Some(3600), "AWS gives a chained role no more");
}

#[test]
fn a_console_login() {
    let settings = "login_session = arn:aws:iam::111122223333:user/alice";
    let more = [("AWS_ENDPOINT_URL_SIGNIN", "http://127.0.0.1:1")];
    known_by(settings, &[], &[("user/alice", "user/bob")], &more);
    assert_eq!(
        name(settings, &[]),
        name(&format!("region = eu-west-1\n{settings}"), &[]),
        "it is the same in every region"
    );
    let planned = |asked: Option<u32>, profile: &str| {
        let config = format!("[profile p]\n{settings}\n[profile r]\n{ROLE}source_profile = p\n");
        let profiles = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
        let request =
            Request { min_ttl: asked.unwrap_or(900), min_ttl_is_asked_for: asked.is_some(), ..request(profile) };
        let inputs = Inputs { profiles: &profiles, env: &Env::default(), request: &request, known: &Table::default() };
        let plan = plan(&inputs).unwrap();
        (shape(&plan), plan.steps.iter().map(|step| step.margin(request.min_ttl)).collect::<Vec<u32>>())
    };
    for (asked, margin) in [(None, 300), (Some(60), 60), (Some(600), 600), (Some(900), 450), (Some(7200), 450)] {
        assert_eq!(planned(asked, "p"), (vec!["sdk p false null".to_owned()], vec![margin]), "{asked:?}");
    }
    let role = vec!["sdk p false null".to_owned(), "assume-role r false 3600".to_owned()];
    assert_eq!(planned(None, "r"), (role.clone(), vec![300, 900]));
    assert_eq!(planned(Some(1800), "r"), (role, vec![300, 1800]));
    for wrong in ["", "alice", "arn:aws:iam::1:user/alice"] {
        let config = format!("[profile p]\nlogin_session = {wrong}\n");
        let profiles = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
        let (env, request) = (Env::default(), request("p"));
        let inputs = Inputs { profiles: &profiles, env: &env, request: &request, known: &Table::default() };
        assert_eq!(plan(&inputs).unwrap_err().kind, crate::base::error::ErrorKind::Config, "{wrong}");
    }
}

#[test]
fn a_web_identity() {
    let settings =
        format!("{ROLE}web_identity_token_file = /run/token\nrole_session_name = ci\nduration_seconds = 3600");
    let changes = [("/run/token", "/run/other"), ("role/r", "role/s"), ("= ci", "= cd"), ("3600", "7200")];
    known_by(
        &settings,
        &[],
        &changes,
        &[("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"), ("AWS_USE_FIPS_ENDPOINT", "true")],
    );
}

#[test]
fn a_web_identity_from_a_program() {
    let settings = format!("{ROLE}web_identity_token_process = oidc token\nrole_session_name = ci");
    known_by(&settings, &[], &[("oidc token", "oidc other"), ("process", "file")], &[]);
}

#[test]
fn what_a_web_identity_can_not_take_along_is_said_and_makes_no_difference() {
    let made = |more: &str| {
        let config = format!("[profile p]\n{ROLE}web_identity_token_file = /t\n{more}");
        let profiles = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
        let env = [("USER", "alice")].into_iter().collect();
        let inputs = Inputs { profiles: &profiles, env: &env, request: &request("p"), known: &Table::default() };
        plan(&inputs).unwrap()
    };
    let (bare, more) = (made(""), made("external_id = id\nsession_tags = a=b\nsource_identity = me\n"));
    assert_eq!((bare.key(), bare.warnings.len()), (more.key(), 0));
    assert!(
        more.warnings[0].contains("external_id, session_tags, source_identity can't be sent"),
        "{:?}",
        more.warnings
    );
}

#[test]
fn a_program() {
    known_by("credential_process = creds a b", &[], &[("a b", "a c"), ("a b", "'a b'"), ("creds", "/bin/creds")], &[]);
}

#[test]
fn a_machine() {
    let keys = [("AWS_ACCESS_KEY_ID", "ASIAENV"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "t")];
    let environment = format!("{ROLE}credential_source = Environment");
    known_by(&environment, &keys, &[("role/r", "role/s")], &[("AWS_ACCESS_KEY_ID", "ASIAOTHER")]);
    let long_lived = &keys[..2];
    assert_ne!(name(&environment, &keys), name(&environment, long_lived), "keys are no session");

    let url =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t")];
    let more = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/y"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "u"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/run/t"),
    ];
    known_by(&format!("{ROLE}credential_source = EcsContainer"), &url, &[], &more);

    let more = [
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"),
    ];
    known_by(&format!("{ROLE}credential_source = Ec2InstanceMetadata"), &[], &[], &more);
}

#[test]
fn keys_of_a_source_are_keys() {
    let config = format!(
        "[profile r]\n{ROLE}source_profile = s\n[profile s]\nmfa_serial = GAHT12345678\ncredential_process = creds\n"
    );
    let profiles = Profiles::parse(Some((Path::new("config"), config)), None).unwrap();
    let env = Env::default();
    let shape_of = |known: &Table| {
        shape(&plan(&Inputs { profiles: &profiles, env: &env, request: &request("r"), known }).unwrap())
    };
    assert_eq!(shape_of(&Table::default()), ["process s false null", "assume-role r false 3600"]);
    let known = Table { source_keys: [("s".into(), "AKIAGIVEN".into())].into(), ..Table::default() };
    assert_eq!(
        shape_of(&known),
        ["process s false null", "get-session-token s true 43200", "assume-role r false 3600"]
    );
}
