use super::*;
use crate::base::error::ErrorKind;
use crate::base::secret::{Credentials, Secret};
use crate::plan::SessionKey;
use crate::store::cache::Cache;
use crate::testkit::Kit;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";

fn args(profile: &str) -> cli::Remove {
    cli::Remove { profile: profile.into() }
}

fn kit() -> Kit {
    let mut kit = Kit::new();
    kit.app.global.yes = true;
    let keys = Credentials::key_pair(ID, Secret::new("x".into()));
    kit.app.keychain.set(&Item::Keys("prod".into()), &keys::encode(&keys).unwrap()).unwrap();
    state::update(&kit.app.state_dir().unwrap(), "prod", |known| known.set_key(ID)).unwrap();
    kit
}

fn key(digit: char) -> SessionKey {
    SessionKey(digit.to_string().repeat(64))
}

fn cached(kit: &Kit, digit: char, profile: &str, source: &str) {
    crate::testkit::cached(kit, &key(digit).0, profile, source);
}

#[test]
fn takes_every_session_made_from_the_keys_along() {
    let kit = kit();
    cached(&kit, 'a', "prod", ID);
    cached(&kit, 'b', "a-role-over-prod", ID);
    cached(&kit, 'c', "other", "AKIAOTHER");
    assert_eq!(run(&kit.app, &args("prod")).unwrap(), 0);
    assert_eq!(kit.app.keychain.list().unwrap(), []);
    assert_eq!(Cache::open(&kit.app).unwrap().keys(), [key('c')]);
    assert_eq!(state::load(&kit.app.state_dir().unwrap(), "prod"), state::ProfileState::default());
    assert!(kit.prompter.has_said("removed AKIAIOSFODNN7EXAMPLE of prod from the keychain"));
    assert!(kit.prompter.has_said("removed 2 cached sessions"));
}

#[test]
fn asks_first() {
    let mut kit = kit();
    kit.app.global.yes = false;
    assert_eq!(run(&kit.app, &args("prod")).unwrap_err().kind, ErrorKind::Input);
    kit.prompter.answer("");
    assert_eq!(run(&kit.app, &args("prod")).unwrap_err().kind, ErrorKind::Failed);
    assert_eq!(kit.app.keychain.list().unwrap(), [Item::Keys("prod".into())]);
    kit.prompter.answer("y");
    run(&kit.app, &args("prod")).unwrap();
    assert_eq!(kit.app.keychain.list().unwrap(), []);
}

#[test]
fn what_is_not_there_is_an_error_and_leaves_no_index() {
    let kit = kit();
    kit.config("[profile dev]\n[profile prod]\n");
    let error = run(&kit.app, &args("dev")).unwrap_err();
    assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Config, "no keys of dev are stored"));
    assert_eq!(run(&kit.app, &args("unknown")).unwrap_err().kind, ErrorKind::Config);
    kit.app.keychain.remove(&Item::Keys("prod".into())).unwrap();
    cached(&kit, 'a', "prod", ID);
    assert_eq!(run(&kit.app, &args("prod")).unwrap_err().kind, ErrorKind::Config);
    assert_eq!(state::load(&kit.app.state_dir().unwrap(), "prod"), state::ProfileState::default());
    assert!(Cache::open(&kit.app).unwrap().keys().is_empty());
}

#[test]
fn an_item_that_can_t_be_read_can_be_removed() {
    let kit = kit();
    kit.app.keychain.set(&Item::Keys("prod".into()), &Secret::new("what?".into())).unwrap();
    run(&kit.app, &args("prod")).unwrap();
    assert_eq!(kit.app.keychain.list().unwrap(), []);
}

#[test]
fn a_locked_keychain_changes_nothing() {
    let kit = kit();
    cached(&kit, 'a', "prod", ID);
    kit.keychain.set_broken(Some(Error::keychain("the keychain is locked")));
    assert_eq!(run(&kit.app, &args("prod")).unwrap_err().kind, ErrorKind::Keychain);
    assert_eq!(Cache::open(&kit.app).unwrap().keys().len(), 1);
}

#[test]
fn a_seed_goes_along_if_the_person_says_so_and_no_other_keys_need_it() {
    const PHONE: &str = "arn:aws:iam::123456789012:mfa/alice";
    let seed = Item::Seed(PHONE.into());
    let with_seed = |config: &str, yes: bool| {
        let mut kit = kit();
        kit.app.global.yes = yes;
        kit.config(config);
        kit.app.keychain.set(&seed, &Secret::new("GEZDGNBVGY3TQOJQ".into())).unwrap();
        kit
    };
    let named = format!("[profile prod]\nmfa_serial = {PHONE}\n[profile twin]\nmfa_serial = {PHONE}\n");
    for (yes, answers, stays) in [(true, vec![], false), (false, vec!["y", "y"], false), (false, vec!["y", "n"], true)]
    {
        let kit = with_seed(&named, yes);
        for answer in answers {
            kit.prompter.answer(answer);
        }
        run(&kit.app, &args("prod")).unwrap();
        assert_eq!(kit.app.keychain.get(&seed).unwrap().is_some(), stays);
        assert_eq!(kit.app.keychain.get(&Item::Keys("prod".into())).unwrap(), None);
    }
    // The device is only remembered.
    let kit = with_seed("[profile prod]\n", true);
    state::update(&kit.app.state_dir().unwrap(), "prod", |known| known.serial = Some(PHONE.into())).unwrap();
    run(&kit.app, &args("prod")).unwrap();
    assert_eq!(kit.app.keychain.get(&seed).unwrap(), None);
    // Other keys have the same device.
    let kit = with_seed(&named, true);
    kit.app.keychain.set(&Item::Keys("twin".into()), &Secret::new("x".into())).unwrap();
    run(&kit.app, &args("prod")).unwrap();
    assert!(kit.app.keychain.get(&seed).unwrap().is_some());
}
