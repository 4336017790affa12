//! How the file gets to the disk and back: whole or not at all, one writer at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::super::limit::Limit;
use crate::base::error::{Error, Result};

/// Far above what anybody has keys for: one item is a few hundred bytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// How long a writer that waits for another one sleeps between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The file and its lock.
pub struct Disk {
    /// The file.
    pub path: PathBuf,
    dir: PathBuf,
    limit: Limit,
}

impl Disk {
    /// In a folder that is made when something is written.
    pub fn new(dir: PathBuf, limit: Limit) -> Self {
        Disk { path: dir.join("keys.sealed"), dir, limit }
    }

    /// What the file holds; `None` if it does not exist.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    pub fn read(&self) -> Result<Option<Vec<u8>>> {
        let read = || -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            File::open(&self.path)?.take(LARGEST).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.failed("read", &e)),
        }
    }

    /// Waits, within the time limit of keychain calls, until no other awsx writes; until the lock is dropped none does.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    pub fn lock(&self) -> Result<File> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        let opened = made.and_then(|()| {
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(self.dir.join("keys.lock"))
        });
        let lock = opened.map_err(|e| self.failed("lock", &e))?;
        let until = Instant::now() + self.limit.duration();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(self.limit.up("the lock of the encrypted file")),
                Err(TryLockError::Error(e)) => return Err(self.failed("lock", &e)),
            }
        }
    }

    /// Replaces the file, to be called under the lock: at any moment it is the old one or the new one, whole and on the
    /// disk. A file that is a link stays one.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`]; the old file is as it was.
    pub fn replace(&self, bytes: &[u8]) -> Result<()> {
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let fresh = target.with_extension("sealed.new");
        write_whole(&fresh, &target, bytes).map_err(|e| {
            let _ = fs::remove_file(&fresh);
            self.failed("write", &e).hint("the keys that were stored before are still there")
        })
    }

    fn failed(&self, verb: &str, error: &io::Error) -> Error {
        Error::keychain(format!("can't {verb} {}", self.path.display())).cause(error)
    }
}

fn write_whole(fresh: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a killed writer left behind.
    let _ = fs::remove_file(fresh);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(fresh, target)?;
    target.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
