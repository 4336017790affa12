//! The `file` backend: every item sealed into one file, `$XDG_DATA_HOME/awsx/keys.sealed`, under a passphrase.
//!
//! The key that is derived from the passphrase is remembered for a while (`AWSX_FILE_REMEMBER`). Its name holds the file's
//! salt, so it is never used for another file. A passphrase in `AWSX_FILE_PASSPHRASE` is always checked, even while the right
//! key is remembered. Where nothing can be remembered, every command that needs the keys asks for the passphrase once. So
//! does one that needs the key of cached sessions, which is then in this file too.

mod disk;
mod known;
mod sealed;

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

use super::limit::Limit;
use crate::adapters::remembered::Remembered;
use crate::app::xdg;
use crate::base::env::Env;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::{Secret, SecretBytes};
use crate::base::time::parse_duration;
use crate::base::vars;
use crate::ports::{Item, Keychain, Prompter};
use disk::Disk;
use known::Known;
use sealed::{Header, Items, Sealed as Contents, Unsealable};

/// How often a person may mistype a passphrase.
const TRIES: usize = 3;

/// The encrypted file. Nothing is read before the first call.
pub struct Sealed {
    disk: Disk,
    env: Env,
    prompter: Rc<dyn Prompter>,
    debug: bool,
    remembered: Remembered,
    /// The key, once it is known.
    key: RefCell<Option<SecretBytes>>,
    /// Why a person did not give the passphrase. They are not asked again.
    refused: RefCell<Option<Error>>,
    quiet: Cell<bool>,
}

impl Sealed {
    /// The file of this user.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if there is no home folder.
    pub fn new(env: &Env, limit: Limit, debug: bool, prompter: Rc<dyn Prompter>) -> Result<Self> {
        Ok(Sealed {
            disk: Disk::new(xdg(env, "XDG_DATA_HOME", ".local/share")?, limit),
            env: env.clone(),
            prompter,
            debug,
            remembered: Remembered::new(env),
            key: RefCell::default(),
            refused: RefCell::default(),
            quiet: Cell::new(false),
        })
    }

    /// Where it is, or would be.
    pub fn path(&self) -> &Path {
        &self.disk.path
    }

    /// Whether it is there.
    pub fn exists(&self) -> bool {
        self.disk.path.exists()
    }

    fn load(&self) -> Result<Option<Contents>> {
        self.disk.read()?.map(|bytes| Contents::parse(&bytes)).transpose().map_err(|fault| self.broken(fault))
    }

    fn broken(&self, fault: Unsealable) -> Error {
        let path = self.path().display();
        match fault {
            Unsealable::Foreign => {
                Error::keychain(format!("{path} is not a file of awsx")).hint("move it away; awsx leaves it as it is")
            }
            Unsealable::Newer => {
                Error::keychain(format!("{path} was written by a later version of awsx")).hint("update awsx")
            }
            Unsealable::Damaged => Error::keychain(format!("{path} is damaged"))
                .cause("it was cut off or changed since awsx wrote it")
                .hint("put a backup back, or move it away and store the keys again with `awsx add`"),
            Unsealable::WrongKey => Error::keychain(format!("the passphrase does not open {path}")),
        }
    }

    /// The variable, if it is set to something.
    fn variable(&self) -> Result<Option<Secret>> {
        match self.env.os(vars::AWSX_FILE_PASSPHRASE) {
            None => Ok(None),
            Some(value) if value.is_empty() => Ok(None),
            Some(value) => match value.to_str() {
                Some(text) => Ok(Some(Secret::new(text.to_owned()))),
                None => Err(Error::config("AWSX_FILE_PASSPHRASE is not UTF-8 text")),
            },
        }
    }

    /// The key of a file that exists: known to this process, remembered, from the variable, or asked for.
    fn key(&self, header: &Header) -> Result<SecretBytes> {
        if let Some(key) = self.key.borrow().as_ref().filter(|key| header.is_key(key)) {
            return Ok(key.clone());
        }
        let (variable, seconds) = (self.variable()?, self.seconds()?);
        let remembered = (seconds > 0).then(|| self.remembered.read(&name(header))).flatten();
        let remembered = remembered.and_then(|bytes| Known::parse(&bytes)).filter(|known| header.is_key(&known.key));
        match (variable, remembered) {
            (None, Some(known)) => return Ok(self.keep(known.key)),
            (Some(value), Some(known)) if known.is_from(&value) => return Ok(self.keep(known.key)),
            (Some(value), _) => {
                let key = self.derive(header, &value)?.ok_or_else(|| {
                    self.broken(Unsealable::WrongKey)
                        .cause("AWSX_FILE_PASSPHRASE is set to another one")
                        .hint("correct AWSX_FILE_PASSPHRASE, or unset it to be asked")
                })?;
                return self.remember(header, Known::new(key, Some(&value)));
            }
            (None, None) => {}
        }
        if self.quiet.get() {
            return Err(Error::input(format!("{} needs its passphrase", self.path().display()))
                .cause("awsx may not ask anybody now")
                .hint("set AWSX_FILE_PASSPHRASE, or run awsx once where it can ask"));
        }
        if let Some(error) = self.refused.borrow().as_ref() {
            return Err(error.clone());
        }
        let asked = self.asked(header);
        self.refused.replace(asked.as_ref().err().cloned());
        asked
    }

    fn asked(&self, header: &Header) -> Result<SecretBytes> {
        for _ in 0..TRIES {
            let passphrase = self.ask(&format!("Passphrase of {}: ", self.path().display()))?;
            if let Some(key) = self.derive(header, &passphrase)? {
                return self.remember(header, Known::new(key, None));
            }
            self.prompter.warn("that is not the passphrase");
        }
        Err(self.broken(Unsealable::WrongKey).cause(format!("{TRIES} wrong passphrases")))
    }

    fn derive(&self, header: &Header, passphrase: &Secret) -> Result<Option<SecretBytes>> {
        self.say_derived();
        let key = header.derive(passphrase).ok_or_else(|| {
            Error::keychain(format!("the key of {} can't be derived", self.path().display()))
                .cause("its header asks for more than awsx grants, or there is not enough memory")
        })?;
        Ok(Some(key).filter(|key| header.is_key(key)))
    }

    /// Header and key of a file that is to be made.
    fn create(&self) -> Result<(Header, SecretBytes)> {
        let variable = self.variable()?;
        let passphrase = variable.clone().map_or_else(|| self.new_passphrase(), Ok)?;
        self.say_derived();
        let (header, key) = Header::create(&passphrase).ok_or_else(no_randomness)?;
        let key = self.remember(&header, Known::new(key, variable.as_ref()))?;
        Ok((header, key))
    }

    /// Shown by `--debug`, because deriving a key takes a tenth of a second or more.
    fn say_derived(&self) {
        if self.debug {
            self.prompter.say(&format!("debug: deriving the key of {} from its passphrase", self.path().display()));
        }
    }

    fn new_passphrase(&self) -> Result<Secret> {
        self.prompter.say(&format!(
            "The keys go into a new encrypted file, {}. Its passphrase can't be recovered.",
            self.path().display()
        ));
        for _ in 0..TRIES {
            let passphrase = self.ask("New passphrase: ")?;
            if passphrase.is_empty() {
                self.prompter.warn("an empty passphrase protects nothing");
            } else if passphrase == self.ask("The same again: ")? {
                return Ok(passphrase);
            } else {
                self.prompter.warn("the two differ");
            }
        }
        Err(Error::input("no passphrase for the encrypted file"))
    }

    fn ask(&self, prompt: &str) -> Result<Secret> {
        self.prompter.hidden(prompt).map_err(|e| match e.kind {
            ErrorKind::Input => Error::input(format!("{} needs its passphrase", self.path().display()))
                .cause(e.cause.unwrap_or(e.what))
                .hint("set AWSX_FILE_PASSPHRASE, or run awsx once where it can ask"),
            _ => e,
        })
    }

    fn keep(&self, key: SecretBytes) -> SecretBytes {
        self.key.replace(Some(key.clone()));
        key
    }

    /// How long the key is remembered.
    fn seconds(&self) -> Result<u32> {
        let seconds = self.env.get(vars::AWSX_FILE_REMEMBER).map_or(Ok(8 * 3600), parse_duration);
        seconds.map_err(|e| Error::config(format!("AWSX_FILE_REMEMBER: {}", e.what)).hint("write 8h, or 0"))
    }

    fn remember(&self, header: &Header, known: Known) -> Result<SecretBytes> {
        match self.seconds()? {
            0 => self.remembered.forget(&name(header)),
            // If that fails, the next command asks again. This is documented, so there is no warning each time.
            seconds => drop(self.remembered.store(&name(header), &known.bytes(), Some(seconds))),
        }
        Ok(self.keep(known.key))
    }

    fn open(&self, contents: &Contents) -> Result<Items> {
        contents.open(&self.key(&contents.header)?).map_err(|fault| self.broken(fault))
    }

    fn items(&self) -> Result<Items> {
        self.load()?.map_or_else(|| Ok(Items::new()), |contents| self.open(&contents))
    }

    /// Changes the items; `change` returns whether it did. Nobody is asked for anything while the lock is held.
    fn update<T>(&self, change: impl Fn(&mut Items) -> (bool, T)) -> Result<T> {
        // While a person types, another process may make or replace the file. Then the key of that file is needed.
        for _ in 0..TRIES {
            let (header, key) = match self.load()? {
                Some(contents) => (contents.header.clone(), self.key(&contents.header)?),
                None => self.create()?,
            };
            let lock = self.disk.lock()?;
            let mut items = match self.load()? {
                Some(contents) if contents.header.id() != header.id() => continue,
                Some(contents) => contents.open(&key).map_err(|fault| self.broken(fault))?,
                None => Items::new(),
            };
            let (changed, result) = change(&mut items);
            if changed {
                self.disk.replace(&header.seal(&key, &items).ok_or_else(no_randomness)?)?;
            }
            drop(lock);
            return Ok(result);
        }
        Err(Error::keychain(format!("{} keeps being replaced by another program", self.path().display())))
    }
}

/// The name under which the key of a file is remembered.
fn name(header: &Header) -> String {
    format!("awsx:file:{}", header.id())
}

fn no_randomness() -> Error {
    Error::keychain("the keys can't be sealed").cause("no randomness, or not enough memory")
}

impl Keychain for Sealed {
    fn set_quiet(&self, quiet: bool) {
        self.quiet.set(quiet);
    }

    fn is_quiet(&self) -> bool {
        self.quiet.get()
    }

    fn backend(&self) -> String {
        "file".into()
    }

    fn get(&self, item: &Item) -> Result<Option<Secret>> {
        Ok(self.items()?.remove(&item.account()))
    }

    fn set(&self, item: &Item, secret: &Secret) -> Result<()> {
        // awsx stores this key for itself, so it must not make anybody think of a passphrase.
        if *item == Item::CacheKey && !self.exists() && self.variable()?.is_none() {
            return Err(Error::keychain(format!("there is no {} yet", self.path().display())));
        }
        self.update(|items| (items.insert(item.account(), secret.clone()).as_ref() != Some(secret), ()))
    }

    fn remove(&self, item: &Item) -> Result<bool> {
        if !self.exists() {
            return Ok(false);
        }
        self.update(|items| {
            let removed = items.remove(&item.account()).is_some();
            (removed, removed)
        })
    }

    fn list(&self) -> Result<Vec<Item>> {
        let mut items: Vec<Item> = self.items()?.keys().filter_map(|account| Item::from_account(account)).collect();
        items.sort();
        Ok(items)
    }

    /// Asks for the passphrase now, so that it does not come as a surprise later.
    fn ready_to_store(&self) -> Result<()> {
        match self.load()? {
            Some(contents) => self.open(&contents).map(|_| ()),
            None => self.update(|_| (true, ())),
        }
    }
}

#[cfg(test)]
mod tests;
