//! Where long-lived secrets live: the OS keychain, the encrypted file, any `docker-credential-…` helper.
//!
//! Which one: `--backend`, else `AWSX_BACKEND`, else the OS keychain.
//!
//! If no backend is chosen and the OS keychain is out of reach (no D-Bus, no service, locked and can't be unlocked),
//! there is a fallback: storing something on a terminal offers the `file` backend. Once its file exists, later
//! commands read it, but only while no backend is chosen and the OS keychain is out of reach or was never set up. If
//! the OS keychain answers, the file is not read, so that nobody is asked for a passphrase without need.

mod choice;
#[cfg(not(target_os = "macos"))]
mod collection;
mod file;
mod helper;
mod limit;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(target_os = "macos"))]
mod secret_service;

use std::rc::Rc;

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::vars;
use crate::cli::OS_BACKEND;
use crate::ports::{Item, Keychain, Prompter};
pub(in crate::adapters) use limit::Limit;

#[cfg(target_os = "macos")]
use macos::Keychain as OsKeychain;
#[cfg(not(target_os = "macos"))]
pub(in crate::adapters) use secret_service::Desktop;
#[cfg(not(target_os = "macos"))]
use secret_service::Desktop as OsKeychain;

/// The service name of every item that awsx stores.
const SERVICE: &str = "awsx";

/// Opens the backend that `--backend` (or else `AWSX_BACKEND`) names, or the OS keychain. Nothing is connected, read or
/// asked before the first call, and an invalid choice fails only then. Must be called, and used, outside of any tokio
/// runtime.
pub fn open(env: &Env, backend: Option<&str>, debug: bool, prompter: Box<dyn Prompter>) -> Box<dyn Keychain> {
    let prompter: Rc<dyn Prompter> = Rc::from(prompter);
    let name = backend.or(env.get(vars::AWSX_BACKEND));
    choose(env, name, debug, &prompter)
        .unwrap_or_else(|error| Box::new(Broken { name: name.unwrap_or(OS_BACKEND).to_owned(), error }))
}

fn choose(env: &Env, name: Option<&str>, debug: bool, prompter: &Rc<dyn Prompter>) -> Result<Box<dyn Keychain>> {
    let limit = Limit::from_env(env, prompter.clone())?;
    let file = || file::Sealed::new(env, limit.clone(), debug, prompter.clone());
    Ok(match name {
        None => {
            let os = Box::new(OsKeychain::new(limit.clone()));
            // Without a home folder there is no file to fall back on.
            Box::new(choice::OsOrFile::new(os, file().ok(), debug, prompter.clone()))
        }
        Some(OS_BACKEND) => {
            Box::new(choice::OsOrFile::new(Box::new(OsKeychain::new(limit)), None, debug, prompter.clone()))
        }
        Some("file") => Box::new(file()?),
        Some(name) => match name.strip_prefix("helper:") {
            Some(helper) => Box::new(helper::Helper::new(helper, env, limit)?),
            None => return Err(unknown(name)),
        },
    })
}

fn unknown(name: &str) -> Error {
    let what = match name {
        "keychain" => "the backend keychain exists on macOS only".to_owned(),
        "secret-service" => "the backend secret-service does not exist on macOS".to_owned(),
        _ => format!("unknown keychain backend {name}"),
    };
    Error::config(what).hint(format!("--backend (AWSX_BACKEND) takes {OS_BACKEND}, file or helper:NAME"))
}

/// The label of the item in the desktop's keychain viewer.
fn label(item: &Item) -> String {
    match item {
        Item::Keys(profile) => format!("awsx: AWS access key of {profile}"),
        Item::NextKeys(profile) => format!("awsx: next AWS access key of {profile}"),
        Item::Seed(serial) => format!("awsx: MFA seed of {serial}"),
        Item::SignIn(name) => format!("awsx: AWS sign-in {name}"),
        Item::CacheKey => "awsx: key of cached sessions".into(),
    }
}

/// The answer of an OS keychain.
pub(in crate::adapters) type Reply<T> = std::result::Result<T, Trouble>;

/// Why an OS keychain failed.
pub(in crate::adapters) enum Trouble {
    /// There is none, or it can't be reached.
    Absent(String),
    /// It is there but has no collection yet. Storing something makes one.
    Empty,
    /// It is there and locked.
    Locked(&'static str),
    /// Anything else, the time limit included.
    Failed(Error),
}

impl Trouble {
    pub(in crate::adapters) fn into_error(self) -> Error {
        match self {
            Trouble::Absent(cause) => Error::keychain("the OS keychain can't be reached")
                .cause(cause)
                .hint("--backend file (AWSX_BACKEND=file) keeps keys in an encrypted file instead"),
            Trouble::Empty => Error::keychain("the OS keychain holds nothing yet"),
            Trouble::Locked(cause) => Error::keychain("the keychain is locked").cause(cause).hint(
                "unlock it (log in to the desktop, or `gnome-keyring-daemon --unlock`), \
                 or use --backend file (AWSX_BACKEND=file)",
            ),
            Trouble::Failed(error) => error,
        }
    }
}

/// The keychain of an operating system. Like [`Keychain`], but its errors tell absent from locked.
trait Os {
    fn name(&self) -> &'static str;
    fn ready(&self) -> Reply<()>;
    fn get(&self, item: &Item) -> Reply<Option<Secret>>;
    fn set(&self, item: &Item, secret: &Secret) -> Reply<()>;
    fn remove(&self, item: &Item) -> Reply<bool>;
    fn list(&self) -> Reply<Vec<Item>>;
    /// As [`Keychain::set_quiet`].
    fn set_quiet(&self, _quiet: bool) {}
}

/// An invalid choice of a backend. It is an error as soon as the keychain is needed, and not before.
struct Broken {
    name: String,
    error: Error,
}

impl Keychain for Broken {
    fn backend(&self) -> String {
        self.name.clone()
    }
    fn get(&self, _: &Item) -> Result<Option<Secret>> {
        Err(self.error.clone())
    }
    fn set(&self, _: &Item, _: &Secret) -> Result<()> {
        Err(self.error.clone())
    }
    fn remove(&self, _: &Item) -> Result<bool> {
        Err(self.error.clone())
    }
    fn list(&self) -> Result<Vec<Item>> {
        Err(self.error.clone())
    }
    fn ready_to_store(&self) -> Result<()> {
        Err(self.error.clone())
    }
}
