//! Refreshing a console login, and where it is kept. Signing in anew is tried with a browser (tests/it/console_login.rs).

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::base::error::ErrorKind;
use crate::base::secret::Secret;
use crate::ports::{Fault, Keychain as _};
use crate::testkit::{Kit, START};
use kept::tests::{kept, tokens};

const ARN: &str = "arn:aws:iam::123456789012:user/alice";

fn login(share: bool) -> ConsoleLogin {
    let at = Endpoint { region: "us-east-1".into(), ..Endpoint::default() };
    ConsoleLogin { session: ARN.into(), at, margin: 300, share }
}

fn stored(kit: &Kit) -> Option<Kept> {
    Kept::parse(kit.app.keychain.get(&item(ARN)).unwrap()?.expose().as_bytes())
}

fn store(kit: &Kit, kept: &Kept) {
    kit.app.keychain.set(&item(ARN), &kept.json().unwrap()).unwrap();
}

fn file(kit: &Kit) -> CliCache {
    CliCache::of(&kit.app, ARN).unwrap()
}

fn credentials(kit: &Kit, share: bool) -> Result<Credentials> {
    Console::new(&kit.app, "p", &login(share)).unwrap().credentials()
}

fn get(kit: &Kit) -> Result<Credentials> {
    credentials(kit, false)
}

fn refused(code: &str) -> Fault {
    Fault::Service { code: code.into(), message: "words".into(), status: 400, server_time: None }
}

/// The refresh tokens that AWS was given.
fn given(kit: &Kit) -> Vec<String> {
    let token = |grant: &ConsoleGrant| match grant {
        ConsoleGrant::Refresh(token) => token.expose().to_owned(),
        ConsoleGrant::Code { .. } => "a code".into(),
    };
    kit.console_sign_in.on.calls().iter().map(|call| token(&call.grant)).collect()
}

#[test]
fn what_is_there_is_used_and_then_refreshed_with_the_same_key_once() {
    let kit = Kit::new();
    let before = kept(START.plus(900));
    store(&kit, &before);
    assert_eq!(get(&kit).unwrap(), tokens(1, START.plus(900)).credentials);
    kit.clock.advance(600);
    get(&kit).unwrap();
    assert!(kit.console_sign_in.on.calls().is_empty());
    kit.clock.advance(1);
    let fresh = get(&kit).unwrap();
    assert_eq!(fresh.expires, Some(START.plus(601 + 900)));
    let after = stored(&kit).unwrap();
    assert!(after.is_of(&before) && after.credentials() == Some(fresh.clone()));
    assert_eq!(get(&kit).unwrap(), fresh);
    kit.clock.advance(700);
    get(&kit).unwrap();
    assert_eq!(given(&kit), ["refresh-1", "refresh-of-ASIACONSOLE1"], "no token is used twice");
    let calls = kit.console_sign_in.on.calls();
    assert_eq!(calls[0].at.region, "eu-west-1", "where the sign-in was");
    assert_eq!(calls[0].client_id, "arn:aws:signin:::devtools/same-device");
    assert_ne!(calls[0].proof, calls[1].proof);
    assert!(!file(&kit).path().exists(), "nothing in clear");
}

#[test]
fn a_login_that_is_over_wants_a_person() {
    for (code, says) in [("TOKEN_EXPIRED", "is over"), ("USER_CREDENTIALS_CHANGED", "password")] {
        let kit = Kit::new();
        store(&kit, &kept(START));
        kit.console_sign_in.on.fail_next(refused(code));
        let error = get(&kit).unwrap_err();
        assert_eq!((error.kind, error.hint.as_deref()), (ErrorKind::Input, Some("awsx login p")), "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert!(stored(&kit).is_none(), "it is not tried again");
        let error = get(&kit).unwrap_err();
        assert!(error.to_string().contains("needs a sign-in"), "{error}");
        assert_eq!(given(&kit).len(), 1);
    }
}

#[test]
fn a_refusal_of_another_kind_leaves_the_login() {
    let kit = Kit::new();
    store(&kit, &kept(START));
    kit.console_sign_in.on.fail_next(refused("INSUFFICIENT_PERMISSIONS"));
    let error = get(&kit).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(error.hint.unwrap().contains("awsx policy sign-in"));
    kit.console_sign_in.on.fail_next(Fault::Unreachable("no route to host".into()));
    assert_eq!(get(&kit).unwrap_err().kind, ErrorKind::Network);
    get(&kit).unwrap();
}

#[test]
fn without_a_network_the_rest_is_used() {
    let kit = Kit::new();
    store(&kit, &kept(START.plus(120)));
    kit.console_sign_in.on.fail_next(Fault::TimedOut("no answer".into()));
    assert_eq!(get(&kit).unwrap().access_key_id, "ASIALOGIN1");
    assert!(kit.prompter.has_said("was not refreshed, its session ends in 2m"), "{:?}", kit.prompter.transcript());
}

#[test]
fn what_the_aws_cli_keeps_is_refreshed_where_it_is() {
    let kit = Kit::new();
    let mut json: serde_json::Value = serde_json::from_str(kept(START).json().unwrap().expose()).unwrap();
    json["own"] = "of the CLI".into();
    // As older versions have it, and the SDK for JavaScript.
    json.as_object_mut().unwrap().remove("signInRegion");
    json["accessToken"]["expiresAt"] = "2026-01-01T00:04:59.123Z".into();
    std::fs::create_dir_all(file(&kit).path().parent().unwrap()).unwrap();
    std::fs::write(file(&kit).path(), json.to_string()).unwrap();
    std::fs::set_permissions(file(&kit).path(), PermissionsExt::from_mode(0o644)).unwrap();
    get(&kit).unwrap();
    let after: serde_json::Value = serde_json::from_slice(&std::fs::read(file(&kit).path()).unwrap()).unwrap();
    assert_eq!(after["own"], "of the CLI");
    assert_eq!((&after["refreshToken"], &after["dpopKey"]), (&"refresh-of-ASIACONSOLE1".into(), &json["dpopKey"]));
    assert_eq!(std::fs::metadata(file(&kit).path()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(stored(&kit).is_none());
    assert_eq!(kit.console_sign_in.on.calls()[0].at.region, "us-east-1");
    // Over: what is the CLI's stays.
    kit.clock.advance(800);
    kit.console_sign_in.on.fail_next(refused("TOKEN_EXPIRED"));
    assert!(get(&kit).unwrap_err().to_string().contains("is over"));
    assert!(file(&kit).path().exists());
}

#[test]
fn two_logins_are_tried_in_turn() {
    let kit = Kit::new();
    store(&kit, &kept(START.plus(10)));
    file(&kit).write(&kept(START)).unwrap();
    kit.console_sign_in.on.fail_next(refused("TOKEN_EXPIRED"));
    get(&kit).unwrap();
    assert_eq!(given(&kit).len(), 2);
    assert!(stored(&kit).is_none() && file(&kit).read().unwrap().expires() > Some(START.plus(800)));
}

#[test]
fn a_shared_login_is_in_both_places_and_the_later_one_counts() {
    let kit = Kit::new();
    store(&kit, &kept(START));
    credentials(&kit, true).unwrap();
    assert_eq!(stored(&kit).unwrap().json(), file(&kit).read().unwrap().json());
    // The AWS CLI refreshes it.
    let theirs = file(&kit).read().unwrap().renewed(&tokens(7, START.plus(1300)));
    file(&kit).write(&theirs).unwrap();
    kit.clock.advance(1000);
    assert_eq!(credentials(&kit, true).unwrap().access_key_id, "ASIALOGIN7");
    kit.clock.advance(200);
    credentials(&kit, true).unwrap();
    assert_eq!(given(&kit), ["refresh-1", "refresh-7"]);
    assert_eq!(stored(&kit).unwrap().json(), file(&kit).read().unwrap().json());
}

#[test]
fn a_keychain_that_can_not_be_written_is_a_warning() {
    let kit = Kit::new();
    store(&kit, &kept(START));
    let keychain = kit.keychain.clone();
    kit.console_sign_in.on.check(move |_| {
        keychain.set_quiet(true);
        keychain.lock();
        None
    });
    get(&kit).unwrap();
    assert!(kit.prompter.has_said("is not kept"), "{:?}", kit.prompter.transcript());
}

#[test]
fn what_is_forgotten_is_gone_in_both_places() {
    let kit = Kit::new();
    let out = || Console::new(&kit.app, "p", &login(false)).unwrap().log_out().unwrap();
    assert!(!out().ours && out().theirs.is_none());
    store(&kit, &kept(START));
    file(&kit).write(&kept(START)).unwrap();
    let gone = out();
    assert!(gone.ours && gone.theirs.as_deref() == Some(file(&kit).path()));
    assert!(stored(&kit).is_none() && !file(&kit).path().exists());
}

#[test]
fn a_broken_item_counts_as_none() {
    let kit = Kit::new();
    kit.app.keychain.set(&item(ARN), &Secret::new("{}".into())).unwrap();
    assert!(get(&kit).unwrap_err().to_string().contains("needs a sign-in"));
}

#[test]
fn logout_waits_for_whoever_refreshes_it() {
    let kit = Kit::new();
    store(&kit, &kept(START.plus(900)));
    let refreshing = Flight::of(&kit.app, &name(ARN)).turn().unwrap();
    let (keychain, run) = (kit.keychain.clone(), kit.home.path().join("run").display().to_string());
    let (say, said) = std::sync::mpsc::channel();
    let leaving = std::thread::spawn(move || {
        let mut other = Kit::with_env(&[("XDG_RUNTIME_DIR", run)]);
        other.app.keychain = Box::new(keychain);
        say.send(other.prompter.clone()).unwrap();
        Console::new(&other.app, "p", &login(false)).unwrap().log_out().unwrap().ours
    });
    let prompter = said.recv().unwrap();
    while !prompter.has_said("waiting for another awsx") {
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(!leaving.is_finished(), "it did not wait");
    }
    // What is kept only now is forgotten, too.
    store(&kit, &kept(START.plus(1800)));
    drop(refreshing);
    assert!(leaving.join().unwrap() && stored(&kit).is_none());
}
