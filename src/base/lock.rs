//! The one kind of lock: an advisory lock on a file. The kernel frees it when its process ends, however that happens.
//!
//! A lock file is made when it is first needed. One that nobody holds may be removed at any time, so a lock counts only
//! while its path still leads to the locked file. A program that this process starts does not inherit the lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::unistd::Pid;

/// How long [`within`] sleeps between two tries.
const PAUSE: Duration = Duration::from_millis(10);

/// Holds a lock until it is dropped, or the process ends or is replaced.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Writes this process into the lock file, for those who wait. Best effort.
    pub fn sign(&self) {
        let _ = self.write(process::id().to_string().as_bytes());
    }

    /// Makes this the content of the lock file.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn write(&self, content: &[u8]) -> Result<()> {
        self.file.set_len(0)?;
        self.file.write_all_at(content, 0)
    }
}

/// The process that a lock file names; it holds the lock, if anybody does.
pub fn holder(path: &Path) -> Option<Pid> {
    fs::read_to_string(path).ok()?.trim().parse().ok().filter(|id| *id > 0).map(Pid::from_raw)
}

/// Takes the lock file `path` if nobody holds it. The file is made (0600) where there is none; its folder must exist.
///
/// # Errors
/// What the operating system reports: the folder can't be written, or its file system has no locks.
pub fn take(path: &Path) -> Result<Option<Lock>> {
    let file = open(path)?;
    Ok(free(&file)?.then_some(file).filter(|file| in_place(file, path)).map(|file| Lock { file }))
}

/// Takes a lock on something that exists anyway, a folder or a program, if nobody holds it. Anybody who can read it can
/// hold the lock, so wait with a limit.
///
/// # Errors
/// What the operating system reports.
pub fn take_on(path: &Path) -> Result<Option<Lock>> {
    let file = File::open(path)?;
    Ok(free(&file)?.then_some(Lock { file }))
}

/// Calls `take` until it gives the lock.
///
/// # Errors
/// Those of `take`; [`ErrorKind::TimedOut`] if somebody holds the lock for longer than `limit`.
pub fn within(limit: Duration, take: impl Fn() -> Result<Option<Lock>>) -> Result<Lock> {
    let end = Instant::now() + limit;
    loop {
        match take()? {
            Some(lock) => return Ok(lock),
            None if Instant::now() >= end => return Err(ErrorKind::TimedOut.into()),
            None => sleep(PAUSE),
        }
    }
}

/// Removes a file that nobody holds a lock on.
pub fn sweep(path: &Path) {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let Ok(file) = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path) else { return };
    // A process that has opened it already and waits for the lock notices that it is gone, and makes a new one.
    if file.try_lock().is_ok() && in_place(&file, path) {
        let _ = fs::remove_file(path);
    }
}

/// Whether `path` is the name of this very file.
pub fn in_place(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

fn free(file: &File) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::eventually;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    #[test]
    fn fifty_threads_go_one_by_one_while_the_file_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (inside, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..50 {
                let (path, inside, most, done) = (&path, &inside, &most, &done);
                scope.spawn(move || {
                    let lock = within(Duration::from_mins(1), || take(path)).unwrap();
                    most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    sleep(Duration::from_millis(2));
                    inside.fetch_sub(1, SeqCst);
                    drop(lock);
                    sweep(path);
                    done.fetch_add(1, SeqCst);
                });
            }
        });
        assert_eq!((most.load(SeqCst), done.load(SeqCst)), (1, 50));
    }

    #[test]
    fn a_held_lock_is_waited_for_and_not_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = take(&path).unwrap().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(take(&path).unwrap().is_none());
        assert_eq!(within(Duration::ZERO, || take(&path)).unwrap_err().kind(), ErrorKind::TimedOut);
        sweep(&path);
        assert!(path.exists());
        drop(held);
        assert!(eventually(|| {
            sweep(&path);
            !path.exists()
        }));
    }

    #[test]
    fn folders_and_programs_can_be_locked_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let held = take_on(folder.path()).unwrap().unwrap();
        assert!(take_on(folder.path()).unwrap().is_none());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(held);
        assert!(eventually(|| take_on(folder.path()).unwrap().is_some()));
    }

    #[test]
    fn what_is_no_lock_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(take(&link).is_err() && take(Path::new("/proc/awsx")).is_err());
        sweep(&link);
        sweep(folder.path());
        assert!(link.is_symlink() && !file.exists());
    }
}
