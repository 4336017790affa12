//! The key that seals cached sessions: remembered in memory, else in the keychain
//! (docs/decisions/0001-keychain-and-cache.md). There is one key per user, not one per runtime folder, because each key
//! counts against the kernel's quota.
//!
//! With the `file` backend, and where nothing can be remembered in memory, each command asks for the passphrase once
//! to open a cached session. Without the cache it would ask as well, to read the keys, and then for an MFA code.
//! Nobody is asked for a new passphrase because of the cache. And nobody is asked twice: the keychain is the same one
//! that gives the keys, and a look-up that failed is not tried again.

use std::cell::{Cell, OnceCell};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use data_encoding::BASE64;

use super::remembered::Remembered;
use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::lock::{self, Lock};
use crate::base::secret::{Secret, SecretBytes};
use crate::ports::{Item, Keychain, SealingKey};

const DESCRIPTION: &str = "awsx:cache-key";
const LENGTH: usize = 32;

/// The sealing key of this user.
pub struct OsSealingKey {
    description: String,
    remembered: Remembered,
    /// Used only where nothing can be remembered.
    keychain: Rc<dyn Keychain>,
    known: OnceCell<SecretBytes>,
    /// A look-up in the keychain failed. Finding no key is no failure: another process may make one at any time.
    failed: Cell<bool>,
}

impl OsSealingKey {
    /// Looks for nothing yet.
    pub fn new(env: &Env, keychain: Rc<dyn Keychain>) -> Self {
        let remembered = Remembered::new(env);
        Self { description: DESCRIPTION.into(), remembered, keychain, known: OnceCell::new(), failed: Cell::new(false) }
    }

    fn remembered(&self) -> Option<SecretBytes> {
        self.remembered.read(&self.description).filter(|key| key.expose().len() == LENGTH)
    }

    /// Makes the key. Of several processes that come here at once, the first makes it, and the others find it.
    fn make(&self) -> Option<SecretBytes> {
        let _lock = own_program_locked();
        if let Some(key) = self.remembered() {
            return Some(key);
        }
        let mut fresh = vec![0; LENGTH];
        getrandom::fill(&mut fresh).ok()?;
        let fresh = SecretBytes::new(fresh);
        if self.remembered.store(&self.description, &fresh, None) {
            // Read back: with a key that can't be read again nobody could open what it seals.
            return self.remembered();
        }
        self.in_keychain().or_else(|| {
            self.tried(|keychain| keychain.set(&Item::CacheKey, &Secret::new(BASE64.encode(fresh.expose()))))?;
            self.in_keychain()
        })
    }

    fn in_keychain(&self) -> Option<SecretBytes> {
        let text = self.tried(|keychain| keychain.get(&Item::CacheKey))??;
        let key = BASE64.decode(text.expose().as_bytes()).map(SecretBytes::new).ok()?;
        (key.expose().len() == LENGTH).then_some(key)
    }

    fn tried<T>(&self, act: impl FnOnce(&dyn Keychain) -> Result<T>) -> Option<T> {
        if self.failed.get() {
            return None;
        }
        let result = act(&*self.keychain);
        // A failure while nobody may be asked doesn't count: a person might still give the passphrase.
        self.failed.set(result.is_err() && !self.keychain.is_quiet());
        result.ok()
    }

    fn remember(&self, find: impl FnOnce() -> Option<SecretBytes>) -> Option<SecretBytes> {
        if self.known.get().is_none() {
            let _ = self.known.set(find()?);
        }
        self.known.get().cloned()
    }
}

impl SealingKey for OsSealingKey {
    fn key(&self) -> Option<SecretBytes> {
        self.remember(|| self.remembered().or_else(|| self.make()))
    }

    fn existing(&self) -> Option<SecretBytes> {
        self.remember(|| self.remembered().or_else(|| self.in_keychain()))
    }

    fn is_remembered(&self) -> bool {
        self.remembered().is_some() || self.remembered.works()
    }
}

/// A lock on the program's own file. All processes of this program share it, whatever their environment is, and it
/// needs no other file. Anybody who can read the program could hold it, so the wait has a limit.
fn own_program_locked() -> Option<Lock> {
    let path = std::env::current_exe().unwrap_or_default();
    let taken = |path: &Path| lock::within(Duration::from_secs(2), || lock::take_on(path));
    taken(Path::new("/proc/self/exe")).or_else(|_| taken(&path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::keychain;
    use crate::base::error::Error;
    use crate::testkit::{FakeClock, FakePrompter, MemoryKeychain, START};
    use std::sync::Barrier;

    /// On a machine without a kernel keyring, and with this folder in memory.
    fn in_folder(folder: Option<&Path>, keychain: Rc<dyn Keychain>) -> OsSealingKey {
        let remembered = Remembered::with(false, folder.map(Path::to_owned));
        OsSealingKey { remembered, ..OsSealingKey::new(&Env::default(), keychain) }
    }

    fn nowhere(keychain: &MemoryKeychain) -> OsSealingKey {
        in_folder(None, Rc::new(keychain.clone()))
    }

    fn name(test: &str) -> String {
        format!("awsx-test:{test}:{}", std::process::id())
    }

    #[test]
    fn everyone_agrees_on_the_first_key() {
        let name = name("agree");
        let keychain = MemoryKeychain::default();
        let home = tempfile::tempdir().unwrap();
        for in_kernel in [true, false] {
            let remembered = || Remembered::with(in_kernel, Some(home.path().join("awsx")));
            let sealing = || OsSealingKey {
                description: name.clone(),
                remembered: remembered(),
                ..OsSealingKey::new(&Env::default(), Rc::new(keychain.clone()))
            };
            assert_eq!(sealing().existing(), None);
            let start = Barrier::new(16);
            let keys: Vec<_> = std::thread::scope(|scope| {
                let one = || {
                    start.wait();
                    sealing().key().expect("a key")
                };
                let threads: Vec<_> = (0..16).map(|_| scope.spawn(one)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(keys.iter().all(|key| *key == keys[0]) && keys[0].expose().len() == LENGTH);
            assert_eq!(sealing().existing().as_ref(), Some(&keys[0]));
            assert_eq!(keychain.list().unwrap(), []);
            remembered().forget(&name);
            assert_ne!(sealing().key(), Some(keys[0].clone()));
            remembered().forget(&name);
        }
    }

    #[test]
    fn where_nothing_can_be_remembered_the_keychain_holds_it() {
        let keychain = MemoryKeychain::default();
        assert_eq!(nowhere(&keychain).existing(), None);
        let key = nowhere(&keychain).key().unwrap();
        assert_eq!(keychain.list().unwrap(), [Item::CacheKey]);
        for sealing in [nowhere(&keychain), nowhere(&keychain)] {
            assert_eq!((sealing.existing().as_ref(), sealing.key().as_ref()), (Some(&key), Some(&key)));
        }
    }

    #[test]
    fn without_a_kernel_keyring_it_is_in_memory_and_not_in_the_keychain() {
        let home = tempfile::tempdir().unwrap();
        let (folder, keychain) = (home.path().join("awsx"), MemoryKeychain::default());
        let sealing = || in_folder(Some(&folder), Rc::new(keychain.clone()));
        let key = sealing().key();
        assert!(key.is_some() && sealing().existing() == key && sealing().key() == key);
        assert_eq!((keychain.list().unwrap(), keychain.reads()), (Vec::new(), 0));
    }

    #[test]
    fn no_place_no_key() {
        let keychain = MemoryKeychain::default();
        keychain.set_broken(Some(Error::keychain("locked")));
        let sealing = nowhere(&keychain);
        assert_eq!((sealing.existing(), sealing.key()), (None, None));
        // After a failure nobody is asked again in this command.
        keychain.set_broken(None);
        assert_eq!((sealing.existing(), sealing.key()), (None, None));
        assert_eq!(keychain.reads(), 0);
    }

    #[test]
    fn a_spoilt_item_is_replaced() {
        let keychain = MemoryKeychain::default();
        keychain.set(&Item::CacheKey, &Secret::new("not a key".into())).unwrap();
        let key = nowhere(&keychain).key().unwrap();
        assert_eq!(nowhere(&keychain).existing(), Some(key));
    }

    #[test]
    fn one_passphrase_opens_keys_and_sessions() {
        let home = tempfile::tempdir().unwrap();
        let person = FakePrompter::new(FakeClock::new(START));
        let keychain = |variables: &[(&str, &str)]| -> Rc<dyn Keychain> {
            let own = [("HOME", home.path().to_str().unwrap()), ("AWSX_FILE_REMEMBER", "0")];
            let env: Env = own.iter().chain(variables).copied().collect();
            keychain::open(&env, Some("file"), false, Box::new(person.clone())).into()
        };
        let sealing = |keychain| in_folder(None, keychain);
        let keys = Item::Keys("prod".into());
        let first = keychain(&[("AWSX_FILE_PASSPHRASE", "open sesame")]);
        first.set(&keys, &Secret::new("pair".into())).unwrap();
        let key = sealing(first).key();

        person.answer("open sesame");
        let second = keychain(&[]);
        assert_eq!(sealing(second.clone()).existing(), key);
        assert!(key.is_some() && second.get(&keys).unwrap().is_some());
        assert_eq!(person.transcript().len(), 1);
    }

    #[test]
    fn it_is_asked_for_once() {
        let keychain = MemoryKeychain::default();
        let sealing = nowhere(&keychain);
        sealing.key().unwrap();
        let reads = keychain.reads();
        for _ in 0..5 {
            sealing.key().unwrap();
            sealing.existing().unwrap();
        }
        assert_eq!(keychain.reads(), reads);
    }
}
