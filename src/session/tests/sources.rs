//! Sources that give a session, and sources that give keys.

use super::*;
use crate::base::time::Timestamp;

fn wanted(seconds: u32) -> Wanted {
    Wanted { seconds, from: "--duration".into() }
}

/// A program that prints a session, or keys where the ID is that of keys, and writes down each run.
fn printing(kit: &Kit, id: &str, expires: Timestamp) -> String {
    let token =
        if id.starts_with("ASIA") { format!(r#","SessionToken":"t","Expiration":"{expires}""#) } else { String::new() };
    let json = format!(r#"{{"Version":1,"AccessKeyId":"{id}","SecretAccessKey":"s"{token}}}"#);
    let (answer, runs) = (kit.home.path().join("answer"), kit.home.path().join("runs"));
    std::fs::write(&answer, json).unwrap();
    format!("sh -c 'echo run >> {}; cat {}'", runs.display(), answer.display())
}

fn runs(kit: &Kit) -> usize {
    std::fs::read_to_string(kit.home.path().join("runs")).unwrap_or_default().lines().count()
}

#[test]
fn what_a_source_gives_decides_what_comes_next() {
    let kit = kit(&[]);
    let line = printing(&kit, "AKIAPROCESS", START);
    let role = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = s\n";
    kit.config(&format!("[profile r]\n{role}mfa_serial = {SERIAL}\n[profile s]\ncredential_process = {line}\n"));
    kit.prompter.answer("123456");
    get(&kit, &request("r")).unwrap();
    assert_eq!(calls(&kit), ["token AKIAPROCESS 43200 true", "role ASIAFAKE0002 3600 false"]);
    assert_eq!(runs(&kit), 1);
    assert!(get(&kit, &request("r")).unwrap().cached);
    assert_eq!(runs(&kit), 1, "what it gave last time is remembered");

    // More than an hour is asked for straight from the keys.
    kit.prompter.answer("654321");
    kit.clock.advance(60);
    get(&kit, &Request { duration: Some(wanted(7200)), ..request("r") }).unwrap();
    assert_eq!(calls(&kit)[2..], ["role AKIAPROCESS 7200 true"]);

    // Other keys: another user, whose device is looked up.
    printing(&kit, "AKIAOTHER", START);
    kit.config(&format!("[profile r]\n{role}[profile s]\ncredential_process = {line}\n"));
    kit.iam.add_device(SERIAL);
    kit.prompter.answer("111111");
    get(&kit, &Request { no_cache: true, ..request("r") }).unwrap();
    assert_eq!(calls(&kit)[3..], ["token AKIAOTHER 43200 true", "role ASIAFAKE0006 3600 false"]);
    assert_eq!(kit.iam.on.calls().len(), 1);

    // From now on it gives sessions.
    printing(&kit, "ASIAPROCESS", kit.app.clock.now().plus(3600));
    get(&kit, &Request { no_cache: true, ..request("r") }).unwrap();
    assert_eq!(calls(&kit)[5..], ["role ASIAPROCESS 3600 false"]);
    assert_eq!(runs(&kit), 4);
}

#[test]
fn the_keys_a_source_gives_never_reach_a_child() {
    let kit = kit(&[]);
    let line = printing(&kit, "AKIAPROCESS", START);
    kit.config(&format!("[profile s]\nmfa_serial =\ncredential_process = {line}\n"));
    assert!(get(&kit, &request("s")).unwrap().credentials.is_session());
    assert_eq!(calls(&kit), ["token AKIAPROCESS 43200 false"]);
    let bare = get(&kit, &Request { no_session: true, ..request("s") }).unwrap();
    assert_eq!(bare.credentials.access_key_id, "AKIAPROCESS");
}

#[test]
fn each_hop_is_taken_once() {
    let kit = kit(&[("AWSX_ADVERTISED", "0"), ("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")]);
    kit.config(&format!(
        "[profile e]\nrole_arn = arn:aws:iam::123456789012:role/e\ncredential_source = Environment\nmfa_serial =\n\
         [profile w]\nrole_arn = arn:aws:iam::123456789012:role/w\nweb_identity_token_file = {token}\nrole_session_name = ci\n\
         [profile over]\nrole_arn = arn:aws:iam::123456789012:role/over\nsource_profile = w\n",
        token = kit.home.path().join("token").display()
    ));
    std::fs::write(kit.home.path().join("token"), "header.claims.signature\n").unwrap();
    get(&kit, &request("e")).unwrap();
    assert_eq!(calls(&kit), ["role AKIAENV 3600 false"]);
    get(&kit, &request("over")).unwrap();
    get(&kit, &request("w")).unwrap();
    assert_eq!(calls(&kit)[1..], ["web arn:aws:iam::123456789012:role/w 3600", "role ASIAFAKE0002 3600 false"]);
    let long = Request { duration: Some(wanted(7200)), policy: Some("{}".into()), ..request("w") };
    get(&kit, &long).unwrap();
    let calls = kit.sts.on.calls();
    let Some(StsCall::WebIdentity { token, role, .. }) = calls.last() else { panic!("{calls:?}") };
    assert_eq!(token.expose(), "header.claims.signature");
    assert_eq!((role.session_name.as_str(), role.duration, role.policy.as_deref()), ("ci", 7200, Some("{}")));
}

#[test]
fn a_session_that_has_expired_is_never_handed_on() {
    let kit = kit(&[]);
    let line = printing(&kit, "ASIAPROCESS", START);
    kit.config(&format!("[profile s]\ncredential_process = {line}\n"));
    let error = get(&kit, &request("s")).unwrap_err();
    assert_eq!(error.kind, crate::base::error::ErrorKind::Refused);
    assert!(error.to_string().contains("Expiration is past"), "{error}");
    kit.config("[profile s]\n");
    kit.credentials("[s]\naws_access_key_id = ASIAX\naws_secret_access_key = s\naws_session_token = t\nexpiration = 2025-01-01 00:00:00\n");
    let error = get(&kit, &request("s")).unwrap_err();
    assert_eq!(error.kind, crate::base::error::ErrorKind::Config);
    assert!(!error.to_string().contains("awsx clear"), "{error}");
}

#[test]
fn the_account_of_other_sources_is_checked_too() {
    let kit = kit(&[]);
    let of = |settings: &str, account: &str| {
        kit.config(&format!("[profile other]\nawsx_account_id = {account}\n{settings}\n"));
        get(&kit, &request("other"))
    };
    let role = "role_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = /t";
    for settings in [role, "sso_account_id = 123456789012\nsso_role_name = r\nsso_start_url = u\nsso_region = r"] {
        let error = of(settings, "444455556666").unwrap_err().to_string();
        assert!(error.contains("account 123456789012, not to 444455556666"), "{error}");
    }
    assert!(kit.sts.on.calls().is_empty() && kit.sso.on.calls().is_empty());
    // The program's output doesn't say whose keys they are. AWS is asked once.
    let process = format!("credential_process = {}", printing(&kit, "ASIAPROCESS", START.plus(3600)));
    let error = of(&process, "444455556666").unwrap_err().to_string();
    assert!(error.contains("account 123456789012, not to 444455556666"), "{error}");
    for _ in 0..2 {
        let made = of(&process, "123456789012").unwrap();
        assert_eq!(made.account.as_deref(), Some("123456789012"));
    }
    let asked = kit.sts.on.calls().iter().filter(|call| matches!(call, StsCall::GetCallerIdentity { .. })).count();
    assert_eq!(asked, 2, "{:?}", kit.sts.on.calls());
}
