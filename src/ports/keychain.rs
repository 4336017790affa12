//! Where secrets are kept, as traits: the keychain for what is long-lived, and the key that seals cached sessions.

use std::rc::Rc;

use crate::base::error::Result;
use crate::base::secret::{Secret, SecretBytes};

/// One item of the keychain: service `awsx`, the account as below.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The key pair of a profile; the secret is `{"AccessKeyId":…,"SecretAccessKey":…}`.
    Keys(String),
    /// The key pair that is to take the place of a profile's, while it is being replaced.
    NextKeys(String),
    /// The TOTP seed (base32) of the MFA device with this serial.
    Seed(String),
    /// All that is kept of a browser sign-in: tokens, and the registration of this machine or the key of a console login.
    /// `sso/NAME` or `console/NAME`.
    SignIn(String),
    /// The key (base64, 32 bytes) that seals cached sessions where the kernel keyring can't hold it.
    CacheKey,
}

impl Item {
    /// The account under which the item is stored: `keys:prod`, `next-keys:prod`, `seed:arn:aws:iam::…`,
    /// `sign-in:sso/work`, `cache-key`.
    pub fn account(&self) -> String {
        match self {
            Item::Keys(profile) => format!("keys:{profile}"),
            Item::NextKeys(profile) => format!("next-keys:{profile}"),
            Item::Seed(serial) => format!("seed:{serial}"),
            Item::SignIn(name) => format!("sign-in:{name}"),
            Item::CacheKey => "cache-key".into(),
        }
    }

    /// The profile that uses this key pair.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Item::Keys(profile) => Some(profile),
            Item::NextKeys(_) | Item::Seed(_) | Item::SignIn(_) | Item::CacheKey => None,
        }
    }

    /// The inverse of [`Item::account`]; `None` for an account that awsx doesn't use.
    pub fn from_account(account: &str) -> Option<Self> {
        if account == "cache-key" {
            return Some(Item::CacheKey);
        }
        let (kind, name) = account.split_once(':')?;
        match (kind, name) {
            (_, "") => None,
            ("keys", profile) => Some(Item::Keys(profile.into())),
            ("next-keys", profile) => Some(Item::NextKeys(profile.into())),
            ("seed", serial) => Some(Item::Seed(serial.into())),
            ("sign-in", name) => Some(Item::SignIn(name.into())),
            _ => None,
        }
    }
}

/// Where long-lived secrets live. Every call has a time limit and can be interrupted; failures are
/// [`crate::base::error::ErrorKind::Keychain`] and tell locked from missing.
pub trait Keychain {
    /// The backend as `--backend` names it.
    fn backend(&self) -> String;
    /// Reads one item; `None` if there is none (never for a locked keychain: that is an error).
    fn get(&self, item: &Item) -> Result<Option<Secret>>;
    /// Creates or replaces one item.
    fn set(&self, item: &Item, secret: &Secret) -> Result<()>;
    /// Removes one item; `false` if there was none.
    fn remove(&self, item: &Item) -> Result<bool>;
    /// Every item of awsx, sorted, without its secret.
    fn list(&self) -> Result<Vec<Item>>;
    /// Called before a person types anything that is to be stored. Reaches and unlocks the keychain. Where the OS
    /// keychain is out of reach and no backend was chosen, it offers one that works.
    fn ready_to_store(&self) -> Result<()> {
        Ok(())
    }
    /// While it is set, nobody is asked for anything, neither for a passphrase nor in a dialog. A locked keychain is an
    /// error then.
    fn set_quiet(&self, _quiet: bool) {}
    /// Whether that is set.
    fn is_quiet(&self) -> bool {
        false
    }
}

/// Several owners can share one keychain, so that its passphrase is asked for only once.
impl<K: Keychain + ?Sized> Keychain for Rc<K> {
    fn backend(&self) -> String {
        (**self).backend()
    }
    fn get(&self, item: &Item) -> Result<Option<Secret>> {
        (**self).get(item)
    }
    fn set(&self, item: &Item, secret: &Secret) -> Result<()> {
        (**self).set(item, secret)
    }
    fn remove(&self, item: &Item) -> Result<bool> {
        (**self).remove(item)
    }
    fn list(&self) -> Result<Vec<Item>> {
        (**self).list()
    }
    fn ready_to_store(&self) -> Result<()> {
        (**self).ready_to_store()
    }
    fn set_quiet(&self, quiet: bool) {
        (**self).set_quiet(quiet);
    }
    fn is_quiet(&self) -> bool {
        (**self).is_quiet()
    }
}

/// Where the key that seals cached sessions lives; the kernel's user keyring on Linux.
pub trait SealingKey {
    /// The key (32 bytes), made at random and stored if there is none yet; `None` if no place can hold one.
    fn key(&self) -> Option<SecretBytes>;
    /// The key if there is one; makes none.
    fn existing(&self) -> Option<SecretBytes>;
    /// Whether a key can be held in memory, so that the keychain is not asked for it each time.
    fn is_remembered(&self) -> bool {
        true
    }
}
