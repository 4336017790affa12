//! The journal of a rotation: a small file without a secret for each one that was begun and has not ended, in
//! `$XDG_STATE_HOME/awsx/rotations`. The next run goes on from there.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::base::atomic_write::{self, Draft};
use crate::base::error::{Error, Result};
use crate::base::lock::{self, Lock};
use crate::base::signals;
use crate::store::state;

/// How long to wait for another rotation. It takes seconds, unless it waits for a person.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(100);

/// What has been done for sure. What comes after it may have been done or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Nothing yet: the new key is about to be made.
    Begun,
    /// The new key is in the keychain, beside the old one.
    Stored,
    /// The new key is the one of every profile.
    Switched,
    /// The old key is inactive.
    Deactivated,
    /// The rotation is being undone: the new key is to be deleted.
    Undoing,
}

/// A rotation that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// The profile under whose name the new key is kept until it takes the old one's place.
    pub profile: String,
    /// Every profile that has the old key in the keychain.
    pub profiles: Vec<String>,
    /// ARN of the user.
    pub user: String,
    /// ID of the old key.
    pub old: String,
    /// IDs of the keys that the user had before the new one was made.
    pub known: Vec<String>,
    /// When the new key was about to be made, in epoch seconds.
    pub began: i64,
    /// ID of the new key, once it is stored.
    pub new: Option<String>,
    /// What has been done.
    pub step: Step,
}

/// The journals of this user.
pub struct Journals {
    folder: PathBuf,
}

impl Journals {
    /// Finds the folder; makes nothing.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
    pub fn of(app: &App) -> Result<Self> {
        Ok(Journals { folder: app.state_dir()?.join("rotations") })
    }

    /// Waits until no other awsx rotates a key. None does until the lock is dropped. `waiting` is called first if
    /// there is another one.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if there can be no lock or the other one doesn't end,
    /// [`crate::base::error::ErrorKind::Input`] on an interruption.
    pub fn lock(&self, app: &App, waiting: impl FnOnce()) -> Result<Lock> {
        let path = self.folder.join("lock");
        let failed = |e: io::Error| Error::failed(format!("can't lock {}", path.display())).cause(e);
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(failed)?;
        let end = Instant::now() + PATIENCE;
        let mut waiting = Some(waiting);
        loop {
            if let Some(lock) = lock::take(&path).map_err(failed)? {
                lock.sign();
                return Ok(lock);
            }
            if let Some(interruption) = signals::pending() {
                return Err(interruption);
            }
            let other = lock::holder(&path).map_or_else(|| "another awsx".into(), |id| format!("another awsx ({id})"));
            if Instant::now() >= end {
                return Err(Error::failed(format!("{other} is replacing an access key"))
                    .cause("waited 1m for it; it may be asking for an MFA code")
                    .hint("answer it or end it; the next run goes on from where it was"));
            }
            if let Some(waiting) = waiting.take() {
                waiting();
                app.prompter.say(&format!("waiting for {other} that is replacing an access key …"));
            }
            signals::pause(PAUSE);
        }
    }

    /// The rotation that a profile is part of.
    pub fn of_profile(&self, profile: &str) -> Option<Journal> {
        read(&self.file(profile)).or_else(|| self.all().find(|journal| journal.profiles.iter().any(|p| p == profile)))
    }

    /// The rotation that replaces this key, or that has made it.
    pub fn of_key(&self, id: &str) -> Option<Journal> {
        self.all().find(|journal| journal.old == id || journal.new.as_deref() == Some(id))
    }

    /// Every rotation that has not ended.
    pub fn all(&self) -> impl Iterator<Item = Journal> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|file| file.path());
        files
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter_map(|path| read(&path))
    }

    /// Writes one, so that it survives a power cut.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`]; what was written before is still there.
    pub fn save(&self, journal: &Journal) -> Result<()> {
        let path = self.file(&journal.profile);
        let write = || atomic_write::draft(&path, &serde_json::to_vec_pretty(journal)?, None).and_then(Draft::replace);
        write().map_err(|e| Error::failed(format!("can't write {}", path.display())).cause(e))
    }

    /// Removes one: the rotation has ended.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`].
    pub fn remove(&self, journal: &Journal) -> Result<()> {
        let path = self.file(&journal.profile);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(Error::failed(format!("can't remove {}", path.display())).cause(e))
            }
            _ => Ok(()),
        }
    }

    fn file(&self, profile: &str) -> PathBuf {
        self.folder.join(state::file_name(profile))
    }
}

fn read(path: &Path) -> Option<Journal> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
