//! The session cache: one sealed file per session, named by the digest of what was asked for
//! (docs/decisions/0001-keychain-and-cache.md).

pub mod sealed;

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::OFlag;

use crate::app::App;
use crate::base::atomic_write;
use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, SecretBytes};
use crate::base::time::Timestamp;
use crate::plan::SessionKey;
use crate::store::{lock, runtime};

/// A config of `--via process` that was last used this long ago is nobody's any more: a program that still runs would
/// have renewed its session, and none lasts longer than 36 hours.
const CONFIG_LIVES: Duration = Duration::from_hours(48);

/// Longest file that is read, in bytes; session tokens have no documented limit but stay below 4 KiB.
const LONGEST: u64 = 64 * 1024;
/// A file of spent codes that was last written this long ago holds none that AWS could still take (at most 90 s).
const CODES_LIVE: Duration = Duration::from_mins(2);

/// No STS session lasts longer. A file sealed with another key can't be opened to see when it ends, so it is removed at
/// this age.
const LONGEST_SESSION: Duration = Duration::from_hours(36);

/// A cached session and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The session; its expiry is what counts, whatever the file's age.
    pub credentials: Credentials,
    /// The profile it was made for.
    pub profile: String,
    /// Access key ID of the key pair that everything started from; empty where it started elsewhere.
    pub source_key_id: String,
    /// Twelve digits, where known.
    pub account: Option<String>,
    /// The caller's ARN, where known.
    pub arn: Option<String>,
    /// The MFA device, if a code was used.
    pub serial: Option<String>,
    /// When STS gave it out.
    pub issued: Timestamp,
}

/// The cache of this user.
pub struct Cache<'a> {
    app: &'a App,
    folder: PathBuf,
}

/// What a file turned out to be.
enum Found {
    Nothing,
    /// It can't be opened: tampered with, or not a file.
    Bad,
    /// This machine has no key that opens it: there is none, or a machine or container that shares the folder has it.
    Closed,
    Entry(Box<Entry>),
}

impl<'a> Cache<'a> {
    /// Finds the folder; creates nothing.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if what is there can't be trusted; go on without a cache.
    pub fn open(app: &'a App) -> Result<Self> {
        Ok(Cache { app, folder: runtime::locate(&app.env)? })
    }

    /// The runtime folder; it may not exist yet.
    pub fn dir(&self) -> &Path {
        &self.folder
    }

    /// The session of that name, expired or not, in one read. What can't be opened is a miss, and is removed unless
    /// another key may open it.
    pub fn get(&self, key: &SessionKey) -> Option<Entry> {
        match self.look(&key.0, || self.app.sealing.existing()) {
            Found::Entry(entry) => Some(*entry),
            Found::Bad => {
                self.drop_unless(&key.0, |found| !matches!(found, Found::Bad));
                None
            }
            Found::Nothing | Found::Closed => None,
        }
    }

    /// Stores a session, and sweeps what has expired or been left behind.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`]; worth one warning, never a lost session.
    pub fn put(&self, key: &SessionKey, entry: &Entry) -> Result<()> {
        if !entry.credentials.is_session() || entry.credentials.expires.is_none() {
            return Err(Error::failed("only sessions are cached"));
        }
        if !is_name(&key.0) {
            return Err(Error::failed(format!("no name for a session: {}", key.0)));
        }
        let sealing_key = self.app.sealing.key().ok_or_else(|| {
            Error::failed("the session is not cached")
                .cause("neither the kernel keyring nor the keychain can hold the key that would seal it")
        })?;
        let sealed =
            sealed::seal(entry, &key.0, &sealing_key).ok_or_else(|| Error::failed("can't seal the session"))?;
        runtime::ensure(&self.folder)?;
        write(&self.folder, &key.0, &sealed)?;
        self.sweep(&sealing_key);
        Ok(())
    }

    /// Forgets one session; `false` if there was none.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if it is there and can't be removed.
    pub fn remove(&self, key: &SessionKey) -> Result<bool> {
        if !is_name(&key.0) {
            return Ok(false);
        }
        let path = self.folder.join(&key.0);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::failed(format!("can't remove {}", path.display())).cause(error)),
        }
    }

    /// The names of all sessions, sorted, also of those that can't be opened.
    pub fn keys(&self) -> Vec<SessionKey> {
        let mut keys: Vec<_> = names(&self.folder).into_iter().filter(|name| is_name(name)).map(SessionKey).collect();
        keys.sort();
        keys
    }

    /// Every session that can be opened, expired or not, sorted by name. For listings: it reads them all.
    pub fn entries(&self) -> Vec<(SessionKey, Entry)> {
        let keys = self.keys();
        // Without a session there may well be no key, and looking for one can mean asking for a passphrase.
        let Some(sealing_key) = (!keys.is_empty()).then(|| self.app.sealing.existing()).flatten() else {
            return Vec::new();
        };
        let opened = |key: SessionKey| match self.look(&key.0, || Some(sealing_key.clone())) {
            Found::Entry(entry) => Some((key, *entry)),
            _ => None,
        };
        keys.into_iter().filter_map(opened).collect()
    }

    /// Forgets every session that `matches`; how many.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if one can't be removed.
    pub fn remove_where(&self, matches: impl Fn(&Entry) -> bool) -> Result<usize> {
        let keys: Vec<_> = self.entries().into_iter().filter(|(_, entry)| matches(entry)).map(|(key, _)| key).collect();
        self.remove_each(&keys)
    }

    /// Forgets every session, also those that can't be opened; how many. Accepted codes stay known.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if one can't be removed.
    pub fn remove_all(&self) -> Result<usize> {
        self.remove_each(&self.keys())
    }

    fn remove_each(&self, keys: &[SessionKey]) -> Result<usize> {
        let removed: Vec<bool> = keys.iter().map(|key| self.remove(key)).collect::<Result<_>>()?;
        Ok(removed.into_iter().filter(|&was_there| was_there).count())
    }

    fn look(&self, name: &str, sealing_key: impl FnOnce() -> Option<SecretBytes>) -> Found {
        if !is_name(name) {
            return Found::Nothing;
        }
        let path = self.folder.join(name);
        let sealed = match read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == ErrorKind::NotFound => return Found::Nothing,
            Err(_) => return Found::Bad,
        };
        let Some(sealing_key) = sealing_key() else { return Found::Closed };
        match sealed::open(&sealed, name, &sealing_key) {
            Some(entry) => Found::Entry(Box::new(entry)),
            None if sealed::is_foreign(&sealed, &sealing_key) && !is_older(&path, LONGEST_SESSION) => Found::Closed,
            None => Found::Bad,
        }
    }

    /// Removes a file unless a second look, under the item's lock, finds it worth keeping. Whoever holds the lock is
    /// about to replace the file, and nothing that was written in between may be lost.
    fn drop_unless(&self, name: &str, keep: impl FnOnce(&Found) -> bool) {
        let Some(_guard) = lock::try_lock(&self.folder, name) else { return };
        if !keep(&self.look(name, || self.app.sealing.existing())) {
            let _ = fs::remove_file(self.folder.join(name));
        }
    }

    fn sweep(&self, sealing_key: &SecretBytes) {
        let now = self.app.clock.now();
        let expired = |entry: &Entry| entry.credentials.expires.is_none_or(|end| end.seconds_left(now) <= 0);
        let keep = |found: &Found| match found {
            Found::Entry(entry) => !expired(entry),
            Found::Bad => false,
            Found::Nothing | Found::Closed => true,
        };
        for name in names(&self.folder) {
            let path = self.folder.join(&name);
            if is_name(&name) {
                if !keep(&self.look(&name, || Some(sealing_key.clone()))) {
                    self.drop_unless(&name, keep);
                }
            } else if !name.ends_with(lock::SUFFIX)
                && (name.starts_with(runtime::SPENT_CODES) && is_older(&path, CODES_LIVE)
                    || name.starts_with(runtime::CONFIG) && is_older(&path, CONFIG_LIVES))
            {
                let _ = fs::remove_file(&path);
            }
        }
        runtime::sweep_tokens(&self.folder);
        // Last, because the above takes locks too.
        for name in names(&self.folder).iter().filter(|name| name.ends_with(lock::SUFFIX)) {
            crate::base::lock::sweep(&self.folder.join(name));
        }
    }
}

/// Writes a file of the runtime folder in one step, for its owner alone.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`]; what was there before is then still there.
pub fn write(folder: &Path, name: &str, content: &[u8]) -> Result<()> {
    let written = atomic_write::write(&folder.join(name), content);
    written.map_err(|error| Error::failed(format!("can't write to {}", folder.display())).cause(error))
}

/// Reads a file of the runtime folder.
///
/// # Errors
/// As the system gives them; a link or anything but a file is one.
pub fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    let length = file.metadata()?.len().min(LONGEST);
    // Room for one byte more than there is, so that the end is seen without growing.
    let mut content = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(LONGEST).read_to_end(&mut content)?;
    Ok(content)
}

/// Session files alone have names of letters and digits only, so that no name leads out of the folder.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && name.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect()
}

fn is_older(path: &Path, than: Duration) -> bool {
    let age = fs::symlink_metadata(path).and_then(|file| file.modified()).map(|at| at.elapsed());
    age.is_ok_and(|age| age.is_ok_and(|age| age > than))
}

#[cfg(test)]
mod tests;
