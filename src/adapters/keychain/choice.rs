//! The OS keychain and, where no backend was chosen, the fallback to the `file` backend.

use std::cell::Cell;
use std::rc::Rc;

use super::file::Sealed;
use super::{Os, Reply, Trouble};
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::ports::{Item, Keychain, Prompter};

/// The OS keychain, with the `file` backend behind it unless the OS keychain was chosen by name.
pub struct OsOrFile {
    os: Box<dyn Os>,
    file: Option<Sealed>,
    /// Whether this process uses the file from now on.
    on_file: Cell<bool>,
    quiet: Cell<bool>,
    debug: bool,
    prompter: Rc<dyn Prompter>,
}

impl OsOrFile {
    /// Connects to nothing yet. Without `file` there is no fallback.
    pub fn new(os: Box<dyn Os>, file: Option<Sealed>, debug: bool, prompter: Rc<dyn Prompter>) -> Self {
        OsOrFile { os, file, on_file: Cell::new(false), quiet: Cell::new(false), debug, prompter }
    }

    /// The file, if this process uses it.
    fn settled(&self) -> Option<&Sealed> {
        self.file.as_ref().filter(|_| self.on_file.get())
    }

    /// The file, if it exists.
    fn existing(&self) -> Option<&Sealed> {
        self.file.as_ref().filter(|file| file.exists())
    }

    fn settle<'a>(&self, file: &'a Sealed, why: &str) -> &'a Sealed {
        if self.debug {
            self.prompter.say(&format!("debug: keychain backend file, {}: {why}", file.path().display()));
        }
        self.on_file.set(true);
        file
    }

    /// Falls back to the file if it exists and the OS keychain is absent or was never set up.
    fn or_file<'a, T: Default>(&'a self, reply: Reply<T>, on_file: impl FnOnce(&'a Sealed) -> Result<T>) -> Result<T> {
        match (reply, self.existing()) {
            (Ok(value), _) => Ok(value),
            (Err(Trouble::Absent(cause)), Some(file)) => on_file(self.settle(file, &cause)),
            (Err(Trouble::Empty), Some(file)) => on_file(self.settle(file, "the OS keychain was never set up")),
            (Err(Trouble::Empty), None) => Ok(T::default()),
            (Err(trouble), _) => Err(trouble.into_error()),
        }
    }

    /// As [`OsOrFile::or_file`], but if that is not enough, asks whether to make or use the file.
    fn or_offer<'a, T: Default>(&'a self, reply: Reply<T>, on_file: impl FnOnce(&'a Sealed) -> Result<T>) -> Result<T> {
        let trouble = match reply {
            Err(trouble @ (Trouble::Absent(_) | Trouble::Locked(_))) => trouble,
            other => return self.or_file(other, on_file),
        };
        let known = matches!(trouble, Trouble::Absent(_)).then(|| self.existing()).flatten();
        let error = trouble.into_error();
        let cause = error.cause.clone().unwrap_or_default();
        if let Some(file) = known {
            return on_file(self.settle(file, &cause));
        }
        let Some(file) = self.file.as_ref().filter(|_| self.prompter.can_ask()) else { return Err(error) };
        self.prompter.say(&format!("{}: {cause}", error.what));
        let question = format!("Keep keys in an encrypted file with a passphrase instead ({})?", file.path().display());
        if !self.prompter.confirm(&question, true)? {
            return Err(error);
        }
        on_file(self.settle(file, &cause))
    }
}

impl Keychain for OsOrFile {
    fn backend(&self) -> String {
        self.settled().map_or_else(|| self.os.name().to_owned(), Keychain::backend)
    }

    fn get(&self, item: &Item) -> Result<Option<Secret>> {
        if let Some(file) = self.settled() {
            return file.get(item);
        }
        match (self.os.get(item), self.existing()) {
            // The item may have been stored in the file when the keychain was locked before. If it is not there, it may be in
            // the locked keychain, so it must not count as missing.
            (Err(trouble @ Trouble::Locked(_)), Some(file)) => match file.get(item)? {
                Some(secret) => Ok(Some(secret)),
                None => Err(trouble.into_error()),
            },
            (reply, _) => self.or_file(reply, |file| file.get(item)),
        }
    }

    fn set(&self, item: &Item, secret: &Secret) -> Result<()> {
        match self.settled() {
            Some(file) => file.set(item, secret),
            // awsx stores this key for itself, so it must not make anybody answer a question.
            None if *item == Item::CacheKey => self.or_file(self.os.set(item, secret), |file| file.set(item, secret)),
            None => self.or_offer(self.os.set(item, secret), |file| file.set(item, secret)),
        }
    }

    fn remove(&self, item: &Item) -> Result<bool> {
        if let Some(file) = self.settled() {
            return file.remove(item);
        }
        match (self.os.remove(item), self.existing()) {
            (Err(trouble @ Trouble::Locked(_)), Some(file)) => {
                if file.remove(item)? {
                    Ok(true)
                } else {
                    Err(trouble.into_error())
                }
            }
            (reply, _) => self.or_file(reply, |file| file.remove(item)),
        }
    }

    fn list(&self) -> Result<Vec<Item>> {
        if let Some(file) = self.settled() {
            return file.list();
        }
        match (self.os.list(), self.existing()) {
            (Err(Trouble::Locked(cause)), Some(file)) => {
                self.prompter
                    .warn(&format!("the keychain is locked ({cause}): only what the file backend holds is known"));
                file.list()
            }
            (reply, _) => self.or_file(reply, Keychain::list),
        }
    }

    fn set_quiet(&self, quiet: bool) {
        self.quiet.set(quiet);
        self.os.set_quiet(quiet);
        if let Some(file) = &self.file {
            file.set_quiet(quiet);
        }
    }

    fn is_quiet(&self) -> bool {
        self.quiet.get()
    }

    fn ready_to_store(&self) -> Result<()> {
        match self.settled() {
            Some(file) => file.ready_to_store(),
            None => self.or_offer(self.os.ready(), Keychain::ready_to_store),
        }
    }
}

#[cfg(test)]
mod tests;
