//! `awsx mfa`.

use std::sync::atomic::{AtomicI32, Ordering};

use crate::base::error::ErrorKind;
use crate::base::signals;
use crate::devices::tests::*;
use crate::store::state;
use crate::testkit::{StsCall, access_denied};

const KEY: &str = "arn:aws:iam::123456789012:u2f/user/alice/key";
const TOKEN: &str = "GAHT12345678";

fn remove(kit: &Kit, serial: Option<&str>, keep: bool) -> Result<()> {
    super::super::remove(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target(), serial, keep)
}

fn resync(kit: &Kit) -> Result<()> {
    super::super::resync(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target(), None)
}

fn code_of(kit: &Kit) -> Result<Secret> {
    code_named(kit, None)
}

fn code_named(kit: &Kit, serial: Option<&str>) -> Result<Secret> {
    super::super::code(&kit.app, &Profiles::load(&kit.app.env).unwrap(), Some("prod"), serial)
}

/// A user with one device that the profile names and whose seed is stored.
fn enrolled() -> Kit {
    let kit = kit();
    kit.config(&config_with(ALICE));
    kit.iam.add_device(ALICE);
    kit.keychain.set(&Item::Seed(ALICE.into()), &Secret::new(SEED.into())).unwrap();
    state::update(&kit.app.state_dir().unwrap(), "prod", |state| state.serial = Some(ALICE.into())).unwrap();
    kit
}

fn has_seed(kit: &Kit) -> bool {
    kit.keychain.get(&Item::Seed(ALICE.into())).unwrap().is_some()
}

#[test]
fn removal_leaves_no_trace() {
    let kit = enrolled();
    answers(&kit, &["y"]);
    remove(&kit, None, false).unwrap();
    assert_eq!(calls(&kit), ["list", &format!("deactivate {ALICE}"), &format!("delete {ALICE}")]);
    assert_eq!(config_of(&kit), CONFIG, "every other byte as it was");
    assert!(!has_seed(&kit));
    assert_eq!(state::load(&kit.app.state_dir().unwrap(), "prod").serial, None);
    let cache = crate::store::cache::Cache::open(&kit.app).unwrap();
    assert!(cache.keys().is_empty(), "the session that did it is gone as well");
}

#[test]
fn a_device_that_is_only_deactivated_is_kept() {
    let kit = enrolled();
    answers(&kit, &["y"]);
    remove(&kit, None, true).unwrap();
    assert_eq!(unassigned(&kit), [ALICE]);
    assert!(has_seed(&kit), "it can be used again");
    assert_eq!(config_of(&kit), CONFIG);
    // … and be deleted later, without MFA.
    kit.prompter.answer("y");
    remove(&kit, Some(ALICE), false).unwrap();
    assert!(unassigned(&kit).is_empty() && !has_seed(&kit));
}

#[test]
fn nothing_happens_without_a_yes() {
    for typed in [vec!["n"], vec![""]] {
        let kit = enrolled();
        answers(&kit, &typed);
        assert!(remove(&kit, None, false).is_err());
        assert_eq!((calls(&kit).len(), config_of(&kit)), (1, config_with(ALICE)));
    }
    let mut kit = enrolled();
    let error = remove(&kit, None, false).unwrap_err();
    assert_eq!((error.kind, error.hint.as_deref()), (ErrorKind::Input, Some("-y answers yes")));
    kit.app.global.yes = true;
    remove(&kit, None, false).unwrap();
    assert!(assigned(&kit).is_empty());
}

#[test]
fn an_interruption_on_the_way_leaves_the_device() {
    static NOTED: AtomicI32 = AtomicI32::new(0);
    let kit = enrolled();
    answers(&kit, &["y"]);
    signals::note_in(Some(&NOTED));
    kit.sts.on.check(|_| {
        NOTED.store(2, Ordering::SeqCst);
        None
    });
    let error = remove(&kit, None, false).unwrap_err();
    signals::note_in(None);
    assert_eq!((error.what.as_str(), error.cause.as_deref()), ("interrupted", Some("SIGINT")));
    assert_eq!((assigned(&kit), config_of(&kit)), (vec![ALICE.to_owned()], config_with(ALICE)));
}

#[test]
fn every_call_of_a_removal_fails() {
    for way in [lost, || access_denied("not authorized to perform: iam:X on resource: y")] {
        for (position, done) in [(1, false), (2, false), (3, true)] {
            let mut kit = enrolled();
            kit.app.global.yes = true;
            let mut count = 0;
            kit.iam.on.check(move |_| {
                count += 1;
                (count == position).then(way)
            });
            let error = remove(&kit, None, false).unwrap_err();
            if done {
                assert!(error.what.starts_with("the device is deactivated, but not deleted"), "{error}");
                assert!(error.hint.unwrap().contains(&format!("mfa remove prod --mfa-serial {ALICE}")));
                assert_eq!(config_of(&kit), CONFIG, "it is of no use any more");
            } else {
                assert_eq!(config_of(&kit), config_with(ALICE));
                assert!(has_seed(&kit));
            }
        }
    }
}

#[test]
fn the_right_one_of_several() {
    let mut kit = enrolled();
    kit.iam.add_device(PHONE);
    kit.iam.add_device(KEY);
    assert_eq!(remove(&kit, Some("nonsense"), false).unwrap_err().kind, ErrorKind::Failed);
    kit.app.global.yes = true;
    assert_eq!(remove(&kit, None, false).unwrap_err().kind, ErrorKind::Input, "nobody to choose");
    kit.prompter.answer("1");
    remove(&kit, None, false).unwrap();
    assert_eq!(assigned(&kit), [ALICE, KEY]);
    remove(&kit, Some(KEY), false).unwrap();
    assert!(!calls(&kit).contains(&format!("delete {KEY}")), "a security key is nothing to delete");
    assert_eq!((config_of(&kit), has_seed(&kit)), (config_with(ALICE), true));
}

/// A user with a lost phone, which the profile names, and a token at hand.
fn with_a_token() -> Kit {
    let kit = kit();
    kit.config(&config_with(PHONE));
    kit.iam.add_device(PHONE);
    kit.iam.add_device(TOKEN);
    kit
}

/// The devices whose codes STS was sent.
fn asked_for(kit: &Kit) -> Vec<String> {
    let serial = |call: &StsCall| match call {
        StsCall::GetSessionToken { mfa: Some(mfa), .. } => Some(mfa.serial.clone()),
        _ => None,
    };
    kit.sts.on.calls().iter().filter_map(serial).collect()
}

#[test]
fn a_lost_device_goes_with_a_code_of_the_one_that_stays() {
    let kit = with_a_token();
    answers(&kit, &["y", "654321"]);
    remove(&kit, Some(PHONE), false).unwrap();
    assert_eq!((asked_for(&kit), assigned(&kit)), (vec![TOKEN.to_owned()], vec![TOKEN.to_owned()]));
    assert!(kit.prompter.has_said(&format!("a code of {TOKEN} is used; --code-from ARN")));

    // The device that is removed can still give the code.
    let kit = with_a_token();
    answers(&kit, &["y", "654321"]);
    let target = Target { code_from: Some(PHONE), ..target() };
    super::super::remove(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target, Some(PHONE), false).unwrap();
    assert_eq!((asked_for(&kit), assigned(&kit)), (vec![PHONE.to_owned()], vec![TOKEN.to_owned()]));
    assert!(!kit.prompter.has_said("--code-from"));

    let kit = with_a_token();
    answers(&kit, &["y"]);
    let target = Target { code_from: Some(KEY), ..target };
    let error = super::super::remove(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target, Some(PHONE), false);
    assert!(error.unwrap_err().what.contains(&format!("no device {KEY} that gives codes")));
    assert!(asked_for(&kit).is_empty() && assigned(&kit).len() == 2);
}

#[test]
fn without_a_code_the_way_out_is_said() {
    for (devices, way) in [(&[PHONE, TOKEN][..], "--code-from ARN uses another device"), (&[PHONE], "--as PROFILE")] {
        let mut kit = kit();
        kit.app.global.yes = true;
        for serial in devices {
            kit.iam.add_device(serial);
        }
        let error = remove(&kit, Some(PHONE), false).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Input);
        assert!(error.hint.as_deref().is_some_and(|hint| hint.contains(way)), "{:?}", error.hint);
        assert_eq!(assigned(&kit), devices);
    }
}

#[test]
fn in_step_again_by_hand() {
    let kit = kit();
    kit.iam.add_device("GAHT12345678");
    answers(&kit, &["111111", "222222", "333333", "444444"]);
    let mut first = true;
    kit.iam.on.check(move |call| {
        let fails = matches!(call, IamCall::Resync { .. }) && std::mem::take(&mut first);
        fails.then(|| refused("InvalidAuthenticationCode", "not valid"))
    });
    resync(&kit).unwrap();
    let IamCall::Resync { serial, codes, .. } = kit.iam.on.calls().pop().unwrap() else { panic!() };
    assert_eq!(
        (serial.as_str(), codes.map(|c| c.expose().to_owned())),
        ("GAHT12345678", ["333333", "444444"].map(Into::into))
    );
    assert!(kit.prompter.has_said("in step again"));
}

#[test]
fn in_step_again_by_itself() {
    let kit = enrolled();
    Ledger::of(&kit.app, ALICE).record(&Secret::new(code(0)));
    resync(&kit).unwrap();
    let IamCall::Resync { codes, .. } = kit.iam.on.calls().pop().unwrap() else { panic!() };
    assert_eq!(codes.map(|c| c.expose().to_owned()), [code(1), code(2)], "a spent code is not sent");
    let kit = kit_without_anybody();
    assert_eq!(resync(&kit).unwrap_err().kind, ErrorKind::Input);
}

fn kit_without_anybody() -> Kit {
    let kit = kit();
    kit.iam.add_device(ALICE);
    kit
}

#[test]
fn codes_by_themselves() {
    let kit = enrolled();
    assert_eq!(code_of(&kit).unwrap().expose(), code(0));
    Ledger::of(&kit.app, ALICE).record(&Secret::new(code(0)));
    assert_eq!(code_of(&kit).unwrap().expose(), code(1), "waits for one that is not spent");

    let kit = kit_without_anybody();
    assert_eq!(code_of(&kit).unwrap_err().kind, ErrorKind::Config, "no device known");
    kit.config(&config_with(ALICE));
    assert_eq!(code_of(&kit).unwrap_err().kind, ErrorKind::Input, "nothing stored");
    kit.config("[profile prod]\nmfa_process = echo 135790\n");
    assert_eq!(code_of(&kit).unwrap().expose(), "135790");
    assert!(kit.iam.on.calls().is_empty() && kit.sts.on.calls().is_empty(), "offline");
}

#[test]
fn codes_of_the_device_that_is_named() {
    let kit = enrolled();
    kit.keychain.set(&Item::Seed(PHONE.into()), &Secret::new("MZXW6YTBOJXXGZLFMFRGCZLF".into())).unwrap();
    let phones = totp::code(&Secret::new("MZXW6YTBOJXXGZLFMFRGCZLF".into()), START).unwrap();
    assert_ne!(phones.expose(), code(0));
    assert_eq!(code_named(&kit, Some(PHONE)).unwrap(), phones);
    assert_eq!(code_named(&kit, Some(ALICE)).unwrap().expose(), code(0));
    assert_eq!(code_named(&kit, Some(TOKEN)).unwrap_err().kind, ErrorKind::Input);
    // What mfa_process gives are the codes of the profile's device.
    kit.config(&config_with(ALICE).replace("[profile prod]\r\n", "[profile prod]\r\nmfa_process = echo 135790\r\n"));
    assert_eq!(code_of(&kit).unwrap().expose(), "135790");
    assert_eq!(code_named(&kit, Some(ALICE)).unwrap().expose(), "135790");
    assert_eq!(code_named(&kit, Some(PHONE)).unwrap(), phones);
    assert_eq!(code_named(&kit, Some(TOKEN)).unwrap_err().kind, ErrorKind::Input);
}

#[test]
fn status_lists_what_there_is() {
    let kit = enrolled();
    kit.iam.add_device(KEY);
    let devices = status(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target()).unwrap();
    assert_eq!(devices.iter().map(|d| kind(&d.serial)).collect::<Vec<_>>(), ["virtual", "fido"]);
}
