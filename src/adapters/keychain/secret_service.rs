//! The Secret Service of a Linux desktop (GNOME Keyring, KWallet, KeePassXC) over D-Bus;
//! [specification](https://specifications.freedesktop.org/secret-service-spec/latest/).
//!
//! The crate `keyring` reads, writes and deletes. Some things it can't do, so they go to the crate below it: telling
//! locked from missing before a dialog opens, listing items with one search, and labels. Items have the attributes
//! that `keyring` gives them, `service` and `username`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use keyring::Entry;
use keyring_core::Error as StoreError;
use secret_service::blocking::{Collection, Item as Found, SecretService};
use secret_service::{EncryptionType, Error as ServiceError};
use zbus::fdo;

use super::limit::Limit;
use super::{Os, Reply, SERVICE, Trouble, label};
use crate::adapters::process::files_are_left;
use crate::base::error::Error;
use crate::base::secret::Secret;
use crate::ports::Item;

const WHAT: &str = "the Secret Service";

type Job = Box<dyn FnOnce(&mut Option<SecretService<'static>>) + Send>;
pub(super) type Answer<T> = Result<T, Failure>;

/// An error of either crate.
pub(super) enum Failure {
    Service(ServiceError),
    Store(StoreError),
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Failure::Service(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

/// Connects with the first call and stays connected. It has a thread of its own, because zbus panics inside a tokio
/// runtime.
pub struct Desktop {
    limit: Limit,
    worker: RefCell<Option<Sender<Job>>>,
    quiet: Cell<bool>,
}

/// Whether what is locked may be unlocked, which opens a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlock {
    /// With a dialog of the desktop, if it takes one.
    Ask,
    /// Never: it is an error.
    Never,
}

impl Desktop {
    /// Not connected yet.
    pub fn new(limit: Limit) -> Self {
        Desktop { limit, worker: RefCell::new(None), quiet: Cell::new(false) }
    }

    pub(super) fn call<T: Send + 'static>(
        &self,
        f: impl FnOnce(&SecretService<'_>) -> Answer<T> + Send + 'static,
    ) -> Reply<T> {
        files_are_left().map_err(|e| {
            let error = Error::keychain(format!("{WHAT} can't be called")).cause(e);
            Trouble::Failed(error.hint("raise the limit of open files: ulimit -n 256"))
        })?;
        let (sender, result) = channel();
        let job: Job = Box::new(move |connection| {
            let service = match connection {
                Some(service) => Ok(service),
                None => SecretService::connect(EncryptionType::Dh).map(|service| connection.insert(service)),
            };
            let answer = service.map_err(Failure::from).and_then(|service| f(service));
            // After the time limit nobody receives the answer.
            let _ = sender.send(answer.map_err(trouble));
        });
        self.send(job);
        self.limit.wait(&result, WHAT).unwrap_or_else(|e| {
            // The thread hangs. A later call gets a new one.
            self.worker.replace(None);
            Err(Trouble::Failed(e))
        })
    }

    pub(super) fn unlock(&self) -> Unlock {
        if self.quiet.get() { Unlock::Never } else { Unlock::Ask }
    }

    fn send(&self, job: Job) {
        let mut worker = self.worker.borrow_mut();
        let jobs = worker.get_or_insert_with(|| {
            let (sender, jobs) = channel::<Job>();
            thread::spawn(move || {
                let mut connection = None;
                for job in jobs {
                    job(&mut connection);
                }
            });
            sender
        });
        // If the thread has died, the job and the sender in it are dropped, and the wait reports that.
        let _ = jobs.send(job);
    }
}

impl Os for Desktop {
    fn name(&self) -> &'static str {
        "secret-service"
    }

    fn set_quiet(&self, quiet: bool) {
        self.quiet.set(quiet);
    }

    fn ready(&self) -> Reply<()> {
        let how = self.unlock();
        self.call(move |service| default_collection(service, how).map(|_| ()))
    }

    fn get(&self, item: &Item) -> Reply<Option<Secret>> {
        let (account, how) = (item.account(), self.unlock());
        self.call(move |service| {
            if find(service, &[("username", &account)], how)?.is_empty() {
                return Ok(None);
            }
            match Entry::new(SERVICE, &account)?.get_password() {
                Ok(text) => Ok(Some(Secret::new(text))),
                Err(StoreError::NoEntry) => Ok(None),
                Err(e) => Err(e.into()),
            }
        })
    }

    fn set(&self, item: &Item, secret: &Secret) -> Reply<()> {
        let (account, label, secret, how) = (item.account(), label(item), secret.clone(), self.unlock());
        self.call(move |service| {
            default_collection(service, how)?;
            let wanted = [("username", account.as_str())];
            let is_new = find(service, &wanted, how)?.is_empty();
            Entry::new(SERVICE, &account)?.set_password(secret.expose())?;
            if is_new {
                find(service, &wanted, how)?.iter().try_for_each(|made| made.set_label(&label))?;
            }
            Ok(())
        })
    }

    fn remove(&self, item: &Item) -> Reply<bool> {
        let (account, how) = (item.account(), self.unlock());
        self.call(move |service| {
            if find(service, &[("username", &account)], how)?.is_empty() {
                return Ok(false);
            }
            Entry::new(SERVICE, &account)?.delete_credential()?;
            Ok(true)
        })
    }

    fn list(&self) -> Reply<Vec<Item>> {
        let how = self.unlock();
        self.call(move |service| {
            let mut items = Vec::new();
            for found in find(service, &[], how)? {
                let attributes = found.get_attributes()?;
                items.extend(attributes.get("username").and_then(|account| Item::from_account(account)));
            }
            items.sort();
            items.dedup();
            Ok(items)
        })
    }
}

/// Every item of awsx with these attributes, unlocked. If the result is empty, there is none in a locked collection
/// either. [`ServiceError::NoResult`] if there is no collection at all.
fn find<'a>(service: &'a SecretService<'_>, attributes: &[(&str, &str)], how: Unlock) -> Answer<Vec<Found<'a>>> {
    let wanted: HashMap<_, _> = attributes.iter().copied().chain([("service", SERVICE)]).collect();
    let found = service.search_items(wanted.clone())?;
    if !found.locked.is_empty() {
        if how == Unlock::Never {
            return Err(ServiceError::Locked.into());
        }
        for item in &found.locked {
            item.unlock()?;
            item.ensure_unlocked()?;
        }
        return Ok(found.unlocked.into_iter().chain(found.locked).collect());
    }
    if found.unlocked.is_empty() {
        // A search may leave out the items of a locked collection.
        match service.get_default_collection() {
            Ok(collection) if collection.is_locked()? => {
                unlock(&collection, how)?;
                return Ok(service.search_items(wanted)?.unlocked);
            }
            Ok(_) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(found.unlocked)
}

/// The collection for new items, unlocked. If there is none, it is made, and the desktop asks for its new password.
fn default_collection<'a>(service: &'a SecretService<'_>, how: Unlock) -> Answer<Collection<'a>> {
    let collection = match service.get_default_collection() {
        Err(ServiceError::NoResult) if how == Unlock::Never => return Err(ServiceError::Locked.into()),
        Err(ServiceError::NoResult) => service.create_collection("Login", "default")?,
        other => other?,
    };
    if collection.is_locked()? {
        unlock(&collection, how)?;
    }
    Ok(collection)
}

/// Unlocks through the desktop's own dialog.
pub(super) fn unlock(collection: &Collection<'_>, how: Unlock) -> Answer<()> {
    if how == Unlock::Never {
        return Err(ServiceError::Locked.into());
    }
    collection.unlock()?;
    Ok(collection.ensure_unlocked()?)
}

fn wipe(bytes: Vec<u8>) {
    drop(zeroize::Zeroizing::new(bytes));
}

/// What an error means. Its own text is mostly left out, because it may hold a whole D-Bus message, secrets included.
fn trouble(failure: Failure) -> Trouble {
    let error = match failure {
        Failure::Service(error) => error,
        Failure::Store(StoreError::BadEncoding(bytes) | StoreError::BadDataFormat(bytes, _)) => {
            wipe(bytes);
            return failed("the item is not text");
        }
        Failure::Store(StoreError::NoStorageAccess(_)) => return Trouble::Locked("it could not be unlocked"),
        Failure::Store(StoreError::Ambiguous(_)) => return failed("there are several such items"),
        Failure::Store(_) => return failed("it answered something that makes no sense"),
    };
    match error {
        ServiceError::Locked => Trouble::Locked("it was not unlocked"),
        ServiceError::Prompt | ServiceError::PromptDisconnected => {
            Trouble::Locked("its dialog was dismissed, or could not be shown")
        }
        ServiceError::Unavailable => Trouble::Absent("there is no D-Bus session bus".into()),
        ServiceError::Zbus(e) => bus_trouble(&e),
        ServiceError::ZbusFdo(e) => standard_trouble(&e),
        ServiceError::NoResult => Trouble::Empty,
        ServiceError::Crypto(_) => failed("the secret could not be decrypted"),
        _ => failed("it answered something that makes no sense"),
    }
}

fn bus_trouble(error: &zbus::Error) -> Trouble {
    match error {
        zbus::Error::MethodError(name, text, _) => {
            method_trouble(name.as_str(), text.as_deref().unwrap_or("it gave no reason"))
        }
        zbus::Error::FDO(e) => standard_trouble(e),
        zbus::Error::Address(_) => Trouble::Absent("the address of the D-Bus session bus is not valid".into()),
        zbus::Error::InputOutput(e) | zbus::Error::Connection(e, _) => {
            Trouble::Absent(format!("the D-Bus session bus is out of reach: {e}"))
        }
        zbus::Error::Handshake(_) => Trouble::Absent("the D-Bus session bus refuses the connection".into()),
        _ => failed("it answered something that makes no sense"),
    }
}

fn standard_trouble(error: &fdo::Error) -> Trouble {
    match error {
        fdo::Error::ZBus(e) => bus_trouble(e),
        fdo::Error::ServiceUnknown(text) | fdo::Error::NameHasNoOwner(text) | fdo::Error::SpawnChildExited(text) => {
            Trouble::Absent(text.clone())
        }
        fdo::Error::NoReply(text) | fdo::Error::Disconnected(text) | fdo::Error::Failed(text) => failed(text),
        _ => failed("D-Bus refused the call"),
    }
}

fn method_trouble(name: &str, text: &str) -> Trouble {
    match name.rsplit('.').next() {
        Some("ServiceUnknown" | "NameHasNoOwner") => {
            Trouble::Absent("no program on the D-Bus session bus offers it".into())
        }
        Some("IsLocked") => Trouble::Locked("it could not be unlocked"),
        _ if name.starts_with("org.freedesktop.DBus.Error.Spawn") => Trouble::Absent(text.into()),
        _ => failed(text),
    }
}

fn failed(cause: &str) -> Trouble {
    Trouble::Failed(
        Error::keychain(format!("{WHAT} failed"))
            .cause(cause)
            .hint("try again; --backend file needs no keychain service"),
    )
}
