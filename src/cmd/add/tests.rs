use std::fs;

use super::*;
use crate::ports::{Fault, Identity};
use crate::store::state;
use crate::testkit::{Kit, StsCall, access_denied};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const OTHER: &str = "AKIAI44QH8DHBEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn args(profile: &str) -> cli::Add {
    cli::Add { profile: profile.into(), env: false, stdin: false, csv: None, no_verify: false, region: None }
}

fn env_args(profile: &str) -> cli::Add {
    cli::Add { env: true, ..args(profile) }
}

fn kit() -> Kit {
    Kit::with_env(&[("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", SECRET)])
}

fn held(kit: &Kit, profile: &str) -> Option<String> {
    let secret = kit.app.keychain.get(&Item::Keys(profile.into())).unwrap();
    secret.map(|secret| keys::decode(&secret).unwrap().access_key_id)
}

fn store(kit: &Kit, profile: &str, id: &str) {
    let keys = Credentials::key_pair(id, Secret::new(SECRET.into()));
    kit.app.keychain.set(&Item::Keys(profile.into()), &keys::encode(&keys).unwrap()).unwrap();
}

fn config(kit: &Kit) -> String {
    fs::read_to_string(kit.home.path().join(".aws/config")).unwrap_or_default()
}

#[test]
fn asks_for_both_halves_and_checks_them() {
    let kit = Kit::new();
    kit.prompter.answer(ID);
    kit.prompter.answer(&format!(" {SECRET}\n"));
    let added = cli::Add { region: Some("eu-north-1".into()), ..args("prod") };
    assert_eq!(run(&kit.app, &added).unwrap(), 0);
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
    assert_eq!(config(&kit), "[profile prod]\nregion = eu-north-1\n");
    let calls = kit.sts.on.calls();
    assert!(
        matches!(&calls[..], [StsCall::GetCallerIdentity { with, at }] if with == ID && at.region == "eu-north-1"),
        "{calls:?}"
    );
    let known = state::load(&kit.app.state_dir().unwrap(), "prod");
    assert_eq!(known.access_key_id.as_deref(), Some(ID));
    assert_eq!(known.arn.as_deref(), Some("arn:aws:iam::123456789012:user/alice"));
    assert_eq!(known.account.as_deref(), Some("123456789012"));
    assert!(kit.prompter.has_said("say: stored the key AKIAIOSFODNN7EXAMPLE of arn:aws:iam::123456789012:user/alice"));
    assert!(!kit.prompter.transcript().join("\n").contains("wJalr"));
}

#[test]
fn what_is_no_key_is_asked_for_again_and_the_half_that_is_there_stays() {
    let kit = Kit::new();
    for answer in ["ASIAIOSFODNN7EXAMPLE", "", SECRET, "prod", &format!("aws_access_key_id = {ID}")] {
        kit.prompter.answer(answer);
    }
    run(&kit.app, &args("prod")).unwrap();
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
    for said in ["temporary", "there is no access key ID", "That is the secret", "no access key ID"] {
        assert!(kit.prompter.has_said(said), "{said}: {:?}", kit.prompter.transcript());
    }
    assert!(!kit.prompter.transcript().join("\n").contains("wJalr"));
    // Somebody who gives up is told the other ways, and nothing is left for the shell.
    let kit = Kit::new();
    for _ in 0..TRIES {
        kit.prompter.answer("nonsense");
    }
    let error = run(&kit.app, &args("prod")).unwrap_err();
    assert_eq!((error.kind, error.hint.is_some()), (ErrorKind::Input, true));
    assert_eq!(kit.prompter.transcript().last().map(String::as_str), Some("forgets what was typed"));
}

#[test]
fn both_halves_at_once_are_asked_for_once() {
    let kit = Kit::new();
    kit.prompter.answer(&format!("export AWS_SECRET_ACCESS_KEY='{SECRET}'\nexport AWS_ACCESS_KEY_ID='{ID}'"));
    run(&kit.app, &args("prod")).unwrap();
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
    assert_eq!(kit.prompter.transcript().iter().filter(|line| line.starts_with("ask:")).count(), 1);
}

#[test]
fn a_profile_that_takes_its_keys_from_another_is_asked_about() {
    let config = "[profile base]\n\
        [profile admin]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = base\n\
        [profile deep]\nrole_arn = arn:aws:iam::123456789012:role/deep\nsource_profile = admin\n\
        [profile lost]\nrole_arn = arn:aws:iam::123456789012:role/lost\nsource_profile = gone\n\
        [profile own]\nrole_arn = arn:aws:iam::123456789012:role/own\nsource_profile = own\n\
        [profile bare]\nrole_arn = arn:aws:iam::123456789012:role/bare\n\
        [profile sso]\nsso_session = x\nsso_account_id = 123456789012\nsso_role_name = r\n\
        [profile console]\nlogin_session = arn:aws:iam::123456789012:user/x\n\
        [profile over]\nrole_arn = arn:aws:iam::123456789012:role/over\nsource_profile = sso\n";
    let table = [
        ("admin", "admin takes its keys from base", "did you mean `awsx add base --env`?"),
        ("deep", "deep takes its keys from base", "did you mean `awsx add base --env`?"),
        ("lost", "lost takes its keys from gone", "did you mean `awsx add gone --env`?"),
        ("sso", "sso signs in with IAM Identity Center and needs no stored keys", "`awsx add sso --env -y`"),
        ("console", "console is a console login and needs no stored keys", "`awsx add console --env -y`"),
        ("over", "over starts from sso, which needs no stored keys", "`awsx add over --env -y`"),
    ];
    for (name, what, hint) in table {
        let mut kit = kit();
        kit.config(config);
        let error = run(&kit.app, &env_args(name)).unwrap_err();
        assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Config, what));
        assert!(error.hint.unwrap().contains(hint), "{name}");
        kit.app.global.yes = true;
        run(&kit.app, &env_args(name)).unwrap();
        assert_eq!(held(&kit, name).as_deref(), Some(ID));
    }
    for name in ["base", "own", "bare", "new"] {
        let kit = kit();
        kit.config(config);
        run(&kit.app, &env_args(name)).unwrap();
    }
}

#[test]
fn a_failed_check_stores_nothing() {
    let unreachable = Fault::Unreachable("connection refused".into());
    for (fault, kind) in [(access_denied("no"), ErrorKind::Refused), (unreachable, ErrorKind::Network)] {
        let kit = kit();
        kit.sts.on.fail_next(fault);
        let error = run(&kit.app, &env_args("prod")).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.what.starts_with("the keys were not stored"), "{error}");
        assert_eq!(held(&kit, "prod"), None);
        assert_eq!(config(&kit), "");
        assert_eq!(state::load(&kit.app.state_dir().unwrap(), "prod").access_key_id, None);
    }
}

#[test]
fn a_hint_repeats_where_the_keys_are_from() {
    let kit = kit();
    let csv = kit.home.path().join("alice's keys.csv");
    fs::write(&csv, format!("Access key ID,Secret access key\n{ID},{SECRET}\n")).unwrap();
    kit.sts.on.fail_next(Fault::Service {
        code: "InvalidClientTokenId".into(),
        message: String::new(),
        status: 403,
        server_time: None,
    });
    let added = cli::Add { csv: Some(csv), region: Some("eu-north-1".into()), ..args("prod") };
    let hint = run(&kit.app, &added).unwrap_err().hint.unwrap();
    assert!(hint.contains(" --csv '") && hint.contains("alice'\\''s keys.csv' --region eu-north-1`"), "{hint}");
}

#[test]
fn no_verify_asks_nobody() {
    let kit = kit();
    kit.sts.on.fail_next(access_denied("no"));
    run(&kit.app, &cli::Add { no_verify: true, ..env_args("prod") }).unwrap();
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
    assert!(kit.sts.on.calls().is_empty());
    assert!(kit.prompter.has_said("not checked"));
}

#[test]
fn another_key_is_replaced_only_if_somebody_says_so() {
    let mut kit = kit();
    store(&kit, "prod", OTHER);
    let error = run(&kit.app, &env_args("prod")).unwrap_err();
    assert_eq!((error.kind, held(&kit, "prod").as_deref()), (ErrorKind::Input, Some(OTHER)));
    kit.prompter.answer("n");
    let error = run(&kit.app, &env_args("prod")).unwrap_err();
    assert_eq!((error.kind, held(&kit, "prod").as_deref()), (ErrorKind::Failed, Some(OTHER)));
    kit.prompter.answer("y");
    run(&kit.app, &env_args("prod")).unwrap();
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
    // The same key again is no question.
    run(&kit.app, &env_args("prod")).unwrap();
    store(&kit, "prod", OTHER);
    kit.app.global.yes = true;
    run(&kit.app, &env_args("prod")).unwrap();
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
}

#[test]
fn another_secret_of_the_same_key_is_a_question_too() {
    let kit = kit();
    let typo = Credentials::key_pair(ID, Secret::new(SECRET.replace('w', "v")));
    let item = Item::Keys("prod".into());
    kit.app.keychain.set(&item, &keys::encode(&typo).unwrap()).unwrap();
    let unchecked = cli::Add { no_verify: true, ..env_args("prod") };
    assert_eq!(run(&kit.app, &unchecked).unwrap_err().kind, ErrorKind::Input);
    kit.prompter.answer("n");
    assert_eq!(run(&kit.app, &unchecked).unwrap_err().kind, ErrorKind::Failed);
    assert!(kit.prompter.has_said("already, with another secret"));
    let held = || keys::decode(&kit.app.keychain.get(&item).unwrap().unwrap()).unwrap();
    assert_eq!(held(), typo);
    kit.prompter.answer("y");
    run(&kit.app, &unchecked).unwrap();
    assert_eq!(held().secret_access_key.expose(), SECRET);
}

#[test]
fn what_is_no_key_pair_is_replaced_only_if_somebody_says_so() {
    let kit = kit();
    kit.app.keychain.set(&Item::Keys("prod".into()), &Secret::new("something".into())).unwrap();
    assert_eq!(run(&kit.app, &env_args("prod")).unwrap_err().kind, ErrorKind::Input);
    kit.prompter.answer("y");
    run(&kit.app, &env_args("prod")).unwrap();
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
}

#[test]
fn what_was_known_of_the_old_key_does_not_outlive_it() {
    let mut kit = kit();
    store(&kit, "prod", OTHER);
    let dir = kit.app.state_dir().unwrap();
    state::update(&dir, "prod", |known| {
        known.set_key(OTHER);
        known.serial = Some("arn:aws:iam::1:mfa/old".into());
    })
    .unwrap();
    kit.app.global.yes = true;
    run(&kit.app, &env_args("prod")).unwrap();
    let known = state::load(&dir, "prod");
    assert_eq!((known.access_key_id.as_deref(), known.serial), (Some(ID), None));
}

#[test]
fn an_existing_profile_stays_as_it_is() {
    let kit = kit();
    let text = "# mine\n[profile prod]\nregion=eu-west-1 ; here\n";
    kit.config(text);
    run(&kit.app, &cli::Add { region: Some("us-east-2".into()), ..env_args("prod") }).unwrap();
    assert_eq!(config(&kit), text);
    assert!(kit.prompter.has_said("--region is not written"));
}

#[test]
fn the_default_profile_has_a_header_of_its_own() {
    let kit = kit();
    run(&kit.app, &env_args("default")).unwrap();
    assert_eq!(config(&kit), "[default]\n");
}

#[test]
fn what_can_t_be_a_name_is_refused_first() {
    let kit = kit();
    for name in ["a\nb", "", "\u{1b}[31m"] {
        let error = run(&kit.app, &env_args(name)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage, "{name:?}");
    }
    assert!(kit.sts.on.calls().is_empty() && kit.app.keychain.list().unwrap().is_empty());
}

#[test]
fn session_credentials_in_the_environment_are_refused() {
    let kit =
        Kit::with_env(&[("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_SESSION_TOKEN", "t")]);
    assert!(run(&kit.app, &env_args("prod")).unwrap_err().what.contains("temporary"));
    let kit = Kit::with_env(&[("AWS_ACCESS_KEY_ID", ID)]);
    let error = run(&kit.app, &env_args("prod")).unwrap_err();
    assert_eq!(error.what, "AWS_SECRET_ACCESS_KEY is not set");
}

#[test]
fn a_csv_file_stays_where_it_is_and_is_mentioned() {
    let kit = Kit::new();
    let path = kit.home.path().join("alice_accessKeys.csv");
    fs::write(&path, format!("\u{feff}Access key ID,Secret access key\r\n{ID},{SECRET}\r\n")).unwrap();
    let from_csv = cli::Add { csv: Some(path.clone()), ..args("prod") };
    run(&kit.app, &from_csv).unwrap();
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
    assert!(path.exists() && kit.prompter.has_said("still holds the secret in plain text"));
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert_eq!(run(&kit.app, &from_csv).unwrap_err().kind, ErrorKind::Config);
    fs::remove_file(&path).unwrap();
    assert_eq!(run(&kit.app, &from_csv).unwrap_err().kind, ErrorKind::Config);
}

#[test]
fn root_keys_are_warned_of() {
    let kit = kit();
    let arn = "arn:aws:iam::123456789012:root".into();
    kit.sts.set_identity(Identity { account: "123456789012".into(), arn, user_id: "123456789012".into() });
    run(&kit.app, &env_args("prod")).unwrap();
    assert!(kit.prompter.has_said("warn: these are keys of the root user of account 123456789012"));
}

#[test]
fn a_keychain_that_fails_is_known_before_anything_is_asked() {
    let kit = Kit::new();
    kit.keychain.set_broken(Some(Error::keychain("the keychain is locked")));
    kit.prompter.answer(ID);
    let error = run(&kit.app, &args("prod")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Keychain);
    assert!(!kit.prompter.has_said("ask:"));
}

#[test]
fn half_done_is_said() {
    // A config path that can't be created.
    let (id, secret) = (("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", SECRET));
    let kit = Kit::with_env(&[id, secret, ("AWS_CONFIG_FILE", "/proc/awsx/config")]);
    let error = run(&kit.app, &env_args("prod")).unwrap_err();
    assert!(error.what.contains("are in the keychain, but"), "{error}");
    assert!(error.cause.is_some());
    assert_eq!(held(&kit, "prod").as_deref(), Some(ID));
}

#[test]
fn nobody_to_ask_is_told_the_other_ways() {
    let kit = Kit::new();
    let error = run(&kit.app, &args("prod")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.hint.unwrap().contains("--stdin"));
}

#[test]
fn keys_of_another_account_than_the_profile_states_are_not_stored() {
    let kit = kit();
    kit.config("[profile prod]\nawsx_account_id = 444455556666\n");
    let error = run(&kit.app, &env_args("prod")).unwrap_err();
    assert!(error.what.contains("not stored") && error.what.contains("account 123456789012, not to 444455556666"));
    assert_eq!((error.kind, held(&kit, "prod")), (ErrorKind::Config, None));
}
