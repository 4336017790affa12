//! Reads and writes the file: whole or not at all, one writer at a time.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use super::super::limit::Limit;
use crate::base::atomic_write::{self, Draft};
use crate::base::error::{Error, Result};
use crate::base::lock::{self, Lock};

/// The largest file that is read. An item has a few hundred bytes, so real files are far smaller.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The file and its lock.
pub struct Disk {
    /// The file.
    pub path: PathBuf,
    dir: PathBuf,
    limit: Limit,
}

impl Disk {
    /// The file in this folder, which is made when something is written.
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

    /// Waits until no other awsx writes, with the time limit of keychain calls. None writes until the lock is dropped.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    pub fn lock(&self) -> Result<Lock> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        let path = self.dir.join("keys.lock");
        let held = made.and_then(|()| lock::within(self.limit.duration(), || lock::take(&path)));
        held.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => self.limit.up("the lock of the encrypted file"),
            _ => self.failed("lock", &error),
        })
    }

    /// Replaces the file. Call it under the lock. At any moment the complete old file or the complete new one is on the disk.
    /// A symbolic link stays one.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`]; the old file is as it was.
    pub fn replace(&self, bytes: &[u8]) -> Result<()> {
        let target = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let written = atomic_write::draft(&target, bytes, None).and_then(Draft::replace);
        written.map_err(|e| self.failed("write", &e).hint("the keys that were stored before are still there"))
    }

    fn failed(&self, verb: &str, error: &io::Error) -> Error {
        Error::keychain(format!("can't {verb} {}", self.path.display())).cause(error)
    }
}
