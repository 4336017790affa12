//! `awsx mfa`.

use std::sync::atomic::{AtomicI32, Ordering};

use super::*;
use crate::error::Kind;
use crate::interruption;
use crate::session::state;
use crate::testkit::access_denied;

const KEY: &str = "arn:aws:iam::123456789012:u2f/user/alice/key";

fn remove(kit: &Kit, serial: Option<&str>, keep: bool) -> Result<()> {
    super::super::remove(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target(), serial, keep)
}

fn resync(kit: &Kit) -> Result<()> {
    super::super::resync(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target(), None)
}

fn code_of(kit: &Kit) -> Result<Secret> {
    super::super::code(&kit.app, &Profiles::load(&kit.app.env).unwrap(), Some("prod"))
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
    let cache = crate::session::cache::Cache::open(&kit.app).unwrap();
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
    assert_eq!((error.kind, error.hint.as_deref()), (Kind::Input, Some("give -y")));
    kit.app.global.yes = true;
    remove(&kit, None, false).unwrap();
    assert!(assigned(&kit).is_empty());
}

#[test]
fn an_interruption_on_the_way_leaves_the_device() {
    static NOTED: AtomicI32 = AtomicI32::new(0);
    let kit = enrolled();
    answers(&kit, &["y"]);
    interruption::watch(Some(&NOTED));
    kit.sts.on.check(|_| {
        NOTED.store(2, Ordering::SeqCst);
        None
    });
    let error = remove(&kit, None, false).unwrap_err();
    interruption::watch(None);
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
    assert_eq!(remove(&kit, Some("nonsense"), false).unwrap_err().kind, Kind::Failed);
    kit.app.global.yes = true;
    assert_eq!(remove(&kit, None, false).unwrap_err().kind, Kind::Input, "nobody to choose");
    kit.prompter.answer("1");
    remove(&kit, None, false).unwrap();
    assert_eq!(assigned(&kit), [ALICE, KEY]);
    remove(&kit, Some(KEY), false).unwrap();
    assert!(!calls(&kit).contains(&format!("delete {KEY}")), "a security key is nothing to delete");
    assert_eq!((config_of(&kit), has_seed(&kit)), (config_with(ALICE), true));
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
    assert_eq!(resync(&kit).unwrap_err().kind, Kind::Input);
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
    assert_eq!(code_of(&kit).unwrap_err().kind, Kind::Config, "no device known");
    kit.config(&config_with(ALICE));
    assert_eq!(code_of(&kit).unwrap_err().kind, Kind::Input, "nothing stored");
    kit.config("[profile prod]\nmfa_process = echo 135790\n");
    assert_eq!(code_of(&kit).unwrap().expose(), "135790");
    assert!(kit.iam.on.calls().is_empty() && kit.sts.on.calls().is_empty(), "offline");
}

#[test]
fn status_lists_what_there_is() {
    let kit = enrolled();
    kit.iam.add_device(KEY);
    let devices = status(&kit.app, &Profiles::load(&kit.app.env).unwrap(), target()).unwrap();
    assert_eq!(devices.iter().map(|d| kind(&d.serial)).collect::<Vec<_>>(), ["virtual", "fido"]);
}
