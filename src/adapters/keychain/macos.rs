//! The macOS login keychain.

use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::thread;

use keyring_core::Error as StoreError;

use super::limit::Limit;
use super::{Os, Reply, SERVICE, Trouble};
use crate::base::error::Error;
use crate::base::secret::Secret;
use crate::ports::Item;

/// The login keychain. macOS itself unlocks it, and asks whether awsx may read an item.
pub struct Keychain {
    limit: Limit,
}

impl Keychain {
    /// Nothing is read yet.
    pub fn new(limit: Limit) -> Self {
        Keychain { limit }
    }

    fn call<T: Send + 'static>(&self, f: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Reply<T> {
        let (sender, result) = channel();
        thread::spawn(move || sender.send(f().map_err(|e| trouble(&e))));
        self.limit.wait(&result, "the keychain").unwrap_or_else(|e| Err(Trouble::Failed(e)))
    }
}

/// `None` for an item that does not exist.
fn existing<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::NoEntry) => Ok(None),
        Err(e) => Err(e),
    }
}

impl Os for Keychain {
    fn name(&self) -> &'static str {
        "keychain"
    }

    fn ready(&self) -> Reply<()> {
        self.get(&Item::CacheKey).map(|_| ())
    }

    fn get(&self, item: &Item) -> Reply<Option<Secret>> {
        let account = item.account();
        self.call(move || existing(keyring::Entry::new(SERVICE, &account)?.get_password().map(Secret::new)))
    }

    fn set(&self, item: &Item, secret: &Secret) -> Reply<()> {
        let (account, secret) = (item.account(), secret.clone());
        self.call(move || keyring::Entry::new(SERVICE, &account)?.set_password(secret.expose()))
    }

    fn remove(&self, item: &Item) -> Reply<bool> {
        let account = item.account();
        let removed = self.call(move || existing(keyring::Entry::new(SERVICE, &account)?.delete_credential()))?;
        Ok(removed.is_some())
    }

    fn list(&self) -> Reply<Vec<Item>> {
        let accounts = self.call(|| {
            // The store is opened with the first entry.
            keyring::Entry::new(SERVICE, "cache-key")?;
            let found = keyring_core::Entry::search(&HashMap::from([("service", SERVICE)]))?;
            Ok(found.iter().filter_map(keyring_core::Entry::get_specifiers).map(|(_, account)| account).collect())
        })?;
        let accounts: Vec<String> = accounts;
        let mut items: Vec<Item> = accounts.iter().filter_map(|account| Item::from_account(account)).collect();
        items.sort();
        Ok(items)
    }
}

/// The error without its `Debug` text and its bytes, which can be the secret.
fn trouble(error: &StoreError) -> Trouble {
    let cause = match error {
        StoreError::NoStorageAccess(_) | StoreError::NoDefaultStore => {
            return Trouble::Absent("the login keychain is not available".into());
        }
        // errSecInteractionNotAllowed, as over SSH; the code itself is not passed on.
        StoreError::PlatformFailure(e) if e.to_string().contains("interaction is not allowed") => {
            return Trouble::Locked("its dialog can't be shown here");
        }
        StoreError::PlatformFailure(e) => e.to_string(),
        StoreError::Ambiguous(_) => "there are several such items".into(),
        _ => "it answered something that makes no sense".into(),
    };
    Trouble::Failed(Error::keychain("the keychain failed").cause(cause))
}
