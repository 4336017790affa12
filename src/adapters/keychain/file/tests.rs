use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;
use crate::testkit::{FakeClock, FakePrompter, START};

struct Home {
    dir: TempDir,
    person: FakePrompter,
    in_kernel: bool,
    debug: bool,
}

impl Home {
    fn new() -> Self {
        Home {
            dir: tempfile::tempdir().unwrap(),
            person: FakePrompter::new(FakeClock::new(START)),
            in_kernel: true,
            debug: false,
        }
    }

    /// As another command would open it: what an earlier one knew is not known here.
    fn open(&self, variables: &[(&str, &str)]) -> Sealed {
        let home = ("HOME", self.dir.path().to_str().unwrap());
        let remember = ("AWSX_FILE_REMEMBER", "60");
        let env: Env = [home, remember].iter().chain(variables).copied().collect();
        let person: Rc<dyn Prompter> = Rc::new(self.person.clone());
        Sealed {
            remembered: self.remembered(),
            ..Sealed::new(&env, Limit::from_env(&env, person.clone()).unwrap(), self.debug, person).unwrap()
        }
    }

    fn remembered(&self) -> Remembered {
        Remembered::with(self.in_kernel, Some(self.dir.path().join("memory")))
    }

    /// Forgets what is remembered of the file.
    fn forget(&self) {
        if let Ok(Some(contents)) = self.open(&[]).load() {
            self.remembered().forget(&name(&contents.header));
        }
    }

    /// How often a key was derived so far.
    fn derived(&self) -> usize {
        self.person.transcript().iter().filter(|line| line.contains("debug: deriving the key")).count()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.forget();
    }
}

const PASSPHRASE: (&str, &str) = ("AWSX_FILE_PASSPHRASE", "open sesame");

fn prod() -> Item {
    Item::Keys("prod".into())
}

fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

#[test]
fn stores_lists_and_removes() {
    let home = Home::new();
    let file = home.open(&[PASSPHRASE]);
    assert_eq!(file.get(&prod()).unwrap(), None);
    assert!(!file.remove(&prod()).unwrap());
    assert!(!file.exists(), "reading makes nothing");
    file.set(&prod(), &secret("one")).unwrap();
    file.set(&Item::CacheKey, &secret("key")).unwrap();
    file.set(&prod(), &secret("two")).unwrap();
    assert_eq!(home.open(&[PASSPHRASE]).get(&prod()).unwrap(), Some(secret("two")));
    assert_eq!(file.list().unwrap(), [prod(), Item::CacheKey]);
    assert!(file.remove(&prod()).unwrap());
    assert!(!file.remove(&prod()).unwrap());
    assert_eq!(home.open(&[PASSPHRASE]).list().unwrap(), [Item::CacheKey]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(file.path()), 0o600);
    assert_eq!(mode(file.path().parent().unwrap()), 0o700);
    assert!(home.person.transcript().is_empty(), "nobody was asked");
}

#[test]
fn whoever_does_not_answer_is_not_asked_again() {
    let home = Home::new();
    home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
    home.forget();
    home.person.answer("wrong");
    let file = home.open(&[]);
    let error = file.get(&prod()).unwrap_err();
    home.person.answer("open sesame");
    assert_eq!(file.get(&Item::CacheKey).unwrap_err(), error);
    assert_eq!(home.person.transcript().iter().filter(|line| line.starts_with("ask:")).count(), 2);
    assert_eq!(home.open(&[]).get(&prod()).unwrap(), Some(secret("one")), "another command asks");
}

#[test]
fn no_file_is_made_for_the_key_of_cached_sessions_alone() {
    let home = Home::new();
    home.person.answer("open sesame");
    assert!(home.open(&[]).set(&Item::CacheKey, &secret("key")).is_err());
    assert!(home.person.transcript().is_empty() && !home.open(&[]).exists());
    home.open(&[PASSPHRASE]).set(&Item::CacheKey, &secret("key")).unwrap();
}

#[test]
fn asks_twice_for_a_new_passphrase_and_remembers_the_key() {
    let home = Home::new();
    for answer in ["", "typo", "sesame", "sesame", "sesame"] {
        home.person.answer(answer);
    }
    home.open(&[]).set(&prod(), &secret("one")).unwrap();
    assert!(home.person.has_said("warn: an empty passphrase"));
    assert!(home.person.has_said("warn: the two differ"));
    let asked = home.person.transcript().len();
    assert_eq!(home.open(&[]).get(&prod()).unwrap(), Some(secret("one")));
    home.open(&[]).set(&Item::CacheKey, &secret("two")).unwrap();
    assert_eq!(home.person.transcript().len(), asked, "the kernel keyring remembers");
}

#[test]
fn a_wrong_passphrase_is_asked_for_again_three_times_at_most() {
    let home = Home::new();
    home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
    home.forget();
    for answer in ["no", "never", "open sesame", "no", "no", "no"] {
        home.person.answer(answer);
    }
    assert_eq!(home.open(&[]).get(&prod()).unwrap(), Some(secret("one")));
    home.forget();
    let error = home.open(&[]).get(&prod()).unwrap_err();
    assert_eq!((error.kind, error.cause.as_deref()), (ErrorKind::Keychain, Some("3 wrong passphrases")));
}

#[test]
fn a_wrong_variable_is_an_error_even_while_the_key_is_remembered() {
    let home = Home::new();
    home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
    for action in [
        |file: &Sealed| file.get(&prod()).map(|_| ()),
        |file: &Sealed| file.set(&prod(), &Secret::new("two".into())),
        |file: &Sealed| file.remove(&prod()).map(|_| ()),
        |file: &Sealed| file.list().map(|_| ()),
        |file: &Sealed| file.ready_to_store(),
    ] {
        let error = action(&home.open(&[("AWSX_FILE_PASSPHRASE", "wrong")])).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Keychain);
        assert!(error.to_string().contains("AWSX_FILE_PASSPHRASE"), "{error}");
    }
    // An empty one counts as unset.
    assert_eq!(home.open(&[("AWSX_FILE_PASSPHRASE", "")]).get(&prod()).unwrap(), Some(secret("one")));
}

#[test]
fn zero_remembers_nothing_and_forgets() {
    let home = Home::new();
    home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
    assert!(home.open(&[]).get(&prod()).is_ok());
    assert!(home.open(&[PASSPHRASE, ("AWSX_FILE_REMEMBER", "0")]).get(&prod()).is_ok());
    let error = home.open(&[]).get(&prod()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.hint.unwrap().contains("AWSX_FILE_PASSPHRASE"));
    let error = home.open(&[PASSPHRASE, ("AWSX_FILE_REMEMBER", "soon")]).get(&prod()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Config);
}

#[test]
fn a_remembered_key_fits_its_own_file_alone() {
    let home = Home::new();
    home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
    let path = home.open(&[]).path().to_owned();
    let old = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    home.open(&[("AWSX_FILE_PASSPHRASE", "another")]).set(&prod(), &secret("two")).unwrap();
    assert_eq!(home.open(&[]).get(&prod()).unwrap(), Some(secret("two")));
    home.forget();
    fs::write(&path, old).unwrap();
    assert_eq!(home.open(&[]).get(&prod()).unwrap(), Some(secret("one")));
}

#[test]
fn what_is_not_whole_is_left_as_it_is() {
    let home = Home::new();
    home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
    let path = home.open(&[]).path().to_owned();
    let whole = fs::read(&path).unwrap();
    for (bytes, expected) in [
        (whole[..whole.len() - 1].to_vec(), "damaged"),
        (b"#!/bin/sh\n".to_vec(), "not a file of awsx"),
        (Vec::new(), "not a file of awsx"),
        ([b"awsxkeys\x02".as_slice(), &whole[9..]].concat(), "later version"),
    ] {
        fs::write(&path, &bytes).unwrap();
        for error in [
            home.open(&[PASSPHRASE]).get(&prod()).unwrap_err(),
            home.open(&[PASSPHRASE]).set(&prod(), &secret("two")).unwrap_err(),
            home.open(&[PASSPHRASE]).remove(&prod()).unwrap_err(),
            home.open(&[PASSPHRASE]).ready_to_store().unwrap_err(),
        ] {
            assert_eq!(error.kind, ErrorKind::Keychain);
            assert!(error.what.contains(expected), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    assert!(home.person.transcript().is_empty(), "nobody is asked for the passphrase of a broken file");
    fs::write(&path, &whole).unwrap();
}

#[test]
fn leftovers_of_a_killed_writer_and_links_don_t_matter() {
    let home = Home::new();
    let file = home.open(&[PASSPHRASE]);
    file.set(&prod(), &secret("one")).unwrap();
    let elsewhere = home.dir.path().join("synced");
    fs::rename(file.path(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, file.path()).unwrap();
    fs::write(home.dir.path().join(".awsx-half.tmp"), b"half").unwrap();
    file.set(&prod(), &secret("two")).unwrap();
    assert!(file.path().is_symlink());
    assert_eq!(home.open(&[PASSPHRASE]).get(&prod()).unwrap(), Some(secret("two")));
    assert!(!home.dir.path().join(".awsx-half.tmp").exists());
}

#[test]
fn writers_in_parallel_lose_nothing() {
    let home = Home::new();
    let names: Vec<String> = (0..8).map(|n| format!("profile-{n}")).collect();
    let dir = home.dir.path().to_str().unwrap();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(move || {
                let env: Env = [("HOME", dir), ("AWSX_FILE_REMEMBER", "0"), PASSPHRASE].into_iter().collect();
                let person: Rc<dyn Prompter> = Rc::new(FakePrompter::new(FakeClock::new(START)));
                let limit = Limit::from_env(&env, person.clone()).unwrap();
                let file = Sealed::new(&env, limit, false, person).unwrap();
                file.set(&Item::Keys(name.clone()), &Secret::new(name.clone())).unwrap();
            });
        }
    });
    let expected: Vec<Item> = names.into_iter().map(Item::Keys).collect();
    assert_eq!(home.open(&[PASSPHRASE]).list().unwrap(), expected);
}

#[test]
fn a_key_is_derived_once_however_many_commands_use_it() {
    for in_kernel in [true, false] {
        let mut home = Home::new();
        (home.in_kernel, home.debug) = (in_kernel, true);
        home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
        assert_eq!(home.derived(), 1);
        for variables in [&[PASSPHRASE][..], &[], &[PASSPHRASE]] {
            assert_eq!(home.open(variables).get(&prod()).unwrap(), Some(secret("one")));
        }
        assert_eq!(home.derived(), 1);
        // Only a passphrase that was never right has to be tried.
        assert!(home.open(&[("AWSX_FILE_PASSPHRASE", "wrong")]).get(&prod()).is_err());
        assert_eq!(home.derived(), 2);
        // One that was typed is not compared with the variable; from then on it is known to be the same.
        home.forget();
        home.person.answer("open sesame");
        home.open(&[]).get(&prod()).unwrap();
        for _ in 0..2 {
            home.open(&[PASSPHRASE]).get(&prod()).unwrap();
        }
        assert_eq!(home.derived(), 4);
        home.open(&[PASSPHRASE, ("AWSX_FILE_REMEMBER", "0")]).get(&prod()).unwrap();
        assert_eq!(home.derived(), 5);
    }
}

#[test]
fn what_was_spoilt_in_memory_is_not_believed() {
    let mut home = Home::new();
    home.in_kernel = false;
    home.open(&[PASSPHRASE]).set(&prod(), &secret("one")).unwrap();
    let header = home.open(&[]).load().unwrap().unwrap().header;
    home.remembered().store(&name(&header), &SecretBytes::new(vec![7; 64]), Some(60));
    assert_eq!(home.open(&[]).get(&prod()).unwrap_err().kind, ErrorKind::Input);
    assert_eq!(home.open(&[PASSPHRASE]).get(&prod()).unwrap(), Some(secret("one")));
}
