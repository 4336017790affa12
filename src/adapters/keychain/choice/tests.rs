use std::cell::RefCell;

use tempfile::TempDir;

use super::super::limit::Limit;
use super::*;
use crate::base::env::Env;
use crate::base::error::ErrorKind;
use crate::testkit::{FakeClock, FakePrompter, START};

/// An OS keychain that holds one item, or fails in one way.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Works,
    Absent,
    Empty,
    Locked,
    Hangs,
}

struct FakeOs(State, RefCell<Vec<Item>>);

impl FakeOs {
    fn reply<T>(&self, value: T) -> Reply<T> {
        match self.0 {
            State::Works => Ok(value),
            State::Absent => Err(Trouble::Absent("no bus".into())),
            State::Empty => Err(Trouble::Empty),
            State::Locked => Err(Trouble::Locked("no dialog")),
            State::Hangs => Err(Trouble::Failed(crate::base::error::Error::keychain("no answer"))),
        }
    }
}

impl Os for FakeOs {
    fn name(&self) -> &'static str {
        "fake"
    }
    fn ready(&self) -> Reply<()> {
        // No desktop is there to make the first keyring.
        if self.0 == State::Empty { Err(Trouble::Locked("no dialog")) } else { self.reply(()) }
    }
    fn get(&self, item: &Item) -> Reply<Option<Secret>> {
        self.reply(self.1.borrow().contains(item).then(|| secret("os")))
    }
    fn set(&self, item: &Item, _: &Secret) -> Reply<()> {
        self.reply(())?;
        self.1.borrow_mut().push(item.clone());
        Ok(())
    }
    fn remove(&self, item: &Item) -> Reply<bool> {
        self.reply(self.1.borrow().contains(item))
    }
    fn list(&self) -> Reply<Vec<Item>> {
        self.reply(self.1.borrow().clone())
    }
}

struct Desk {
    dir: TempDir,
    person: FakePrompter,
}

impl Desk {
    fn new() -> Self {
        Desk { dir: tempfile::tempdir().unwrap(), person: FakePrompter::new(FakeClock::new(START)) }
    }

    fn file(&self) -> Sealed {
        let home = self.dir.path().to_str().unwrap();
        let variables = [("HOME", home), ("AWSX_FILE_PASSPHRASE", "sesame"), ("AWSX_FILE_REMEMBER", "0")];
        let env: Env = variables.into_iter().collect();
        let person: Rc<dyn Prompter> = Rc::new(self.person.clone());
        Sealed::new(&env, Limit::from_env(&env, person.clone()).unwrap(), false, person).unwrap()
    }

    fn open(&self, state: State) -> OsOrFile {
        let os = FakeOs(state, RefCell::default());
        OsOrFile::new(Box::new(os), Some(self.file()), true, Rc::new(self.person.clone()))
    }
}

fn prod() -> Item {
    Item::Keys("prod".into())
}

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

#[test]
fn an_os_keychain_that_answers_is_believed() {
    let desk = Desk::new();
    desk.file().set(&prod(), &secret("file")).unwrap();
    let keychain = desk.open(State::Works);
    assert_eq!(keychain.get(&prod()).unwrap(), None);
    assert!(!keychain.remove(&prod()).unwrap());
    assert_eq!(keychain.list().unwrap(), []);
    keychain.ready_to_store().unwrap();
    keychain.set(&prod(), &secret("x")).unwrap();
    assert_eq!(keychain.get(&prod()).unwrap(), Some(secret("os")));
    assert_eq!(keychain.backend(), "fake");
    assert!(desk.person.transcript().is_empty());
}

#[test]
fn without_one_and_without_a_person_it_says_what_to_do() {
    let desk = Desk::new();
    for state in [State::Absent, State::Locked] {
        let keychain = desk.open(state);
        for error in [
            keychain.get(&prod()).unwrap_err(),
            keychain.set(&prod(), &secret("x")).unwrap_err(),
            keychain.remove(&prod()).unwrap_err(),
            keychain.list().unwrap_err(),
            keychain.ready_to_store().unwrap_err(),
        ] {
            assert_eq!(error.kind, ErrorKind::Keychain);
            assert!(error.hint.unwrap().contains("AWSX_BACKEND=file"));
        }
    }
    assert!(!desk.file().exists());
}

#[test]
fn an_accepted_offer_holds_for_later_commands() {
    let desk = Desk::new();
    desk.person.answer("y");
    let keychain = desk.open(State::Absent);
    keychain.ready_to_store().unwrap();
    keychain.set(&prod(), &secret("file")).unwrap();
    assert_eq!(keychain.backend(), "file");
    assert_eq!(keychain.get(&prod()).unwrap(), Some(secret("file")));
    assert_eq!(desk.person.transcript().iter().filter(|line| line.starts_with("ask:")).count(), 1);
    // Another command, told nothing.
    let keychain = desk.open(State::Absent);
    assert_eq!(keychain.get(&prod()).unwrap(), Some(secret("file")));
    assert!(desk.person.has_said("say: debug: keychain backend file"));
    assert_eq!(desk.open(State::Absent).list().unwrap(), [prod()]);
    desk.open(State::Absent).set(&Item::CacheKey, &secret("k")).unwrap();
    assert!(desk.open(State::Absent).remove(&prod()).unwrap());
    assert_eq!(desk.open(State::Absent).get(&prod()).unwrap(), None);
}

#[test]
fn a_refused_offer_stores_nothing() {
    let desk = Desk::new();
    desk.person.answer("n");
    let error = desk.open(State::Locked).ready_to_store().unwrap_err();
    assert_eq!(error.what, "the keychain is locked");
    assert!(!desk.file().exists());
}

#[test]
fn nobody_is_asked_for_the_sake_of_the_cache() {
    let desk = Desk::new();
    desk.person.answer("y");
    assert!(desk.open(State::Absent).set(&Item::CacheKey, &secret("k")).is_err());
    assert!(!desk.person.has_said("ask:"));
}

#[test]
fn one_that_was_never_set_up_holds_nothing() {
    let desk = Desk::new();
    let keychain = desk.open(State::Empty);
    assert_eq!(keychain.get(&prod()).unwrap(), None);
    assert_eq!(keychain.list().unwrap(), []);
    assert!(!keychain.remove(&prod()).unwrap());
    desk.person.answer("y");
    keychain.ready_to_store().unwrap();
    keychain.set(&prod(), &secret("file")).unwrap();
    assert_eq!(desk.open(State::Empty).get(&prod()).unwrap(), Some(secret("file")));
}

#[test]
fn behind_a_lock_nothing_is_called_missing() {
    let desk = Desk::new();
    desk.file().set(&prod(), &secret("file")).unwrap();
    let keychain = desk.open(State::Locked);
    assert_eq!(keychain.get(&prod()).unwrap(), Some(secret("file")));
    assert_eq!(keychain.get(&Item::CacheKey).unwrap_err().what, "the keychain is locked");
    assert_eq!(keychain.remove(&Item::CacheKey).unwrap_err().what, "the keychain is locked");
    assert_eq!(keychain.list().unwrap(), [prod()]);
    assert!(desk.person.has_said("warn: the keychain is locked"));
    assert!(keychain.remove(&prod()).unwrap());
}

#[test]
fn one_that_hangs_is_an_error_and_no_reason_to_look_elsewhere() {
    let desk = Desk::new();
    desk.file().set(&prod(), &secret("file")).unwrap();
    desk.person.answer("y");
    let keychain = desk.open(State::Hangs);
    assert_eq!(keychain.get(&prod()).unwrap_err().what, "no answer");
    assert_eq!(keychain.ready_to_store().unwrap_err().what, "no answer");
    assert_eq!(keychain.list().unwrap_err().what, "no answer");
}
