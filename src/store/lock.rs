//! One lock per item, so that parallel callers wait for the one who asks.
//!
//! A lock is an advisory lock on a file of its own; the kernel frees it with its process, however that ends. Files
//! that nobody holds are swept when a session is written, so a lock counts only if its file is still in place.

use std::convert::Infallible;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Error as IoError, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::interruption;
use crate::store::runtime;

/// How the files are called.
pub const SUFFIX: &str = ".lock";
/// Shorter waits than this are not worth a word: whoever holds a lock that long is asking a person or AWS.
const SHORT: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(10);
/// A blocking wait knows no limit and may miss a signal that comes just before it.
const LONG_PAUSE: Duration = Duration::from_millis(100);
/// How often a wait with a limit looks for what the lock is for.
const LOOK: Duration = Duration::from_secs(1);
const UNATTENDED: Duration = Duration::from_secs(30);

/// Holds the lock until it is dropped, or the process ends or is replaced.
#[derive(Debug)]
pub struct Guard {
    _file: File,
}

/// Takes the lock `name` in the runtime folder, waiting as long as another process (or thread) holds it; `waiting` is
/// called once if that takes a while. Ctrl-C ends the process as usual, or the waiting where signals are caught.
///
/// # Errors
/// [`ErrorKind::Failed`](crate::base::error::ErrorKind::Failed) if there can be no lock there (a read-only or foreign folder): go on
/// without. [`ErrorKind::Input`](crate::base::error::ErrorKind::Input) on an interruption: don't go on.
pub fn lock(folder: &Path, name: &str, waiting: impl FnOnce()) -> Result<Guard> {
    lock_within(folder, name, None, waiting)
}

/// The same, but waiting no longer than `limit`.
///
/// # Errors
/// Those of [`lock`]; also [`ErrorKind::Input`](crate::base::error::ErrorKind::Input) if the lock is still held then.
pub fn lock_within(folder: &Path, name: &str, limit: Option<Duration>, waiting: impl FnOnce()) -> Result<Guard> {
    let Ok(guard) = lock_or(folder, name, limit, waiting, || None::<Infallible>)?;
    Ok(guard)
}

/// The same, but a wait that has a limit ends without the lock as soon as `look`, called now and then, finds what the
/// lock is for: of many that wait, each need not have its turn.
///
/// # Errors
/// Those of [`lock_within`].
pub fn lock_or<T>(
    folder: &Path,
    name: &str,
    limit: Option<Duration>,
    waiting: impl FnOnce(),
    look: impl Fn() -> Option<T>,
) -> Result<std::result::Result<Guard, T>> {
    runtime::ensure(folder)?;
    let path = path(folder, name);
    let failed = |error: IoError| Error::failed(format!("can't lock {}", path.display())).cause(error);

    let begin = Instant::now();
    let mut looked = begin;
    let mut waiting = Some(waiting);
    loop {
        if let Some(guard) = attempt(&path).map_err(failed)? {
            return Ok(Ok(guard));
        }
        if let Some(interruption) = interruption::pending() {
            return Err(interruption);
        }
        let waited = begin.elapsed();
        if limit.is_some() && looked.elapsed() >= LOOK {
            if let Some(found) = look() {
                return Ok(Err(found));
            }
            looked = Instant::now();
        }
        if let Some(limit) = limit.filter(|limit| waited >= *limit) {
            return Err(Error::input("another awsx is getting this session, and may be asking for its MFA code")
                .cause(format!("waited {} s for it", limit.as_secs()))
                .hint("answer it or end it, and try again"));
        }
        if waited < SHORT {
            sleep(PAUSE);
            continue;
        }
        if let Some(say) = waiting.take() {
            say();
        }
        if limit.is_some() || interruption::watched() {
            sleep(LONG_PAUSE);
        } else if let Some(guard) = block(&path).map_err(failed)? {
            return Ok(Ok(guard));
        }
    }
}

/// How long to wait for an awsx that may be asking a person: with nobody in front of this one, nobody would ever end it.
pub fn patience(app: &App) -> Option<Duration> {
    (app.global.no_input || !app.prompter.can_ask()).then_some(UNATTENDED)
}

/// Takes the lock if it is free; `None` if it is held or there can be none.
pub fn try_lock(folder: &Path, name: &str) -> Option<Guard> {
    attempt(&path(folder, name)).ok().flatten()
}

/// Removes a lock file that nobody holds.
pub fn sweep(path: &Path) {
    let Ok(file) = OpenOptions::new().read(true).custom_flags(OFlag::O_NOFOLLOW.bits()).open(path) else { return };
    // Whoever opened it and waits sees that it has gone, and makes a new one.
    if file.try_lock().is_ok() && in_place(&file, path) {
        let _ = fs::remove_file(path);
    }
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{SUFFIX}"))
}

fn attempt(path: &Path) -> std::io::Result<Option<Guard>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) if in_place(&file, path) => Ok(Some(Guard { _file: file })),
        Ok(()) | Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Waits in the kernel, which wakes those who wait at once; `None` if that was for nothing.
fn block(path: &Path) -> std::io::Result<Option<Guard>> {
    let file = open(path)?;
    match file.lock() {
        Ok(()) => Ok(in_place(&file, path).then_some(Guard { _file: file })),
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(None),
        Err(error) => Err(error),
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
}

fn in_place(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::testkit::Kit;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("awsx");
        (temp, folder)
    }

    #[test]
    fn fifty_threads_go_one_by_one_while_the_file_is_swept() {
        let (_temp, folder) = folder();
        let (inside, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..50 {
                scope.spawn(|| {
                    let guard = lock(&folder, "item", || ()).unwrap();
                    most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    sleep(Duration::from_millis(2));
                    inside.fetch_sub(1, SeqCst);
                    drop(guard);
                    sweep(&path(&folder, "item"));
                    done.fetch_add(1, SeqCst);
                });
            }
        });
        assert_eq!((most.load(SeqCst), done.load(SeqCst)), (1, 50));
    }

    #[test]
    fn says_once_that_it_waits() {
        let (_temp, folder) = folder();
        let held = lock(&folder, "item", || panic!("it was free")).unwrap();
        assert!(try_lock(&folder, "item").is_none());
        assert!(try_lock(&folder, "other").is_some());
        let (say, said) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| lock(&folder, "item", move || say.send(()).unwrap()).map(drop));
            said.recv().unwrap();
            drop(held);
            waiter.join().unwrap().unwrap();
        });
        assert!(said.recv().is_err(), "said twice");
    }

    #[test]
    fn waits_no_longer_than_it_may() {
        let (_temp, folder) = folder();
        let held = lock(&folder, "item", || ()).unwrap();
        let error = lock_within(&folder, "item", Some(Duration::ZERO), || ()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Input);
        assert!(error.to_string().contains("another awsx"), "{error}");
        let mut said = 0;
        lock_within(&folder, "item", Some(SHORT * 2), || said += 1).unwrap_err();
        assert_eq!(said, 1);
        drop(held);
        lock_within(&folder, "item", Some(Duration::ZERO), || ()).unwrap();
    }

    #[test]
    fn a_wait_ends_when_what_the_lock_is_for_is_there() {
        let (_temp, folder) = folder();
        let _held = lock(&folder, "item", || ()).unwrap();
        let looks = AtomicUsize::new(0);
        let second = || (looks.fetch_add(1, SeqCst) == 1).then_some("there");
        assert_eq!(lock_or(&folder, "item", Some(UNATTENDED), || (), second).unwrap().err(), Some("there"));
        assert_eq!(looks.load(SeqCst), 2);
    }

    #[test]
    fn an_interruption_ends_the_waiting() {
        static NOTED: AtomicI32 = AtomicI32::new(0);
        let (_temp, folder) = folder();
        let _held = lock(&folder, "item", || ()).unwrap();
        interruption::watch(Some(&NOTED));
        let error = lock(&folder, "item", || NOTED.store(15, SeqCst)).unwrap_err();
        assert_eq!((error.kind, error.cause.as_deref()), (ErrorKind::Input, Some("SIGTERM")));
        interruption::watch(None);
    }

    #[test]
    fn patience_ends_where_nobody_is() {
        let mut kit = Kit::new();
        assert_eq!(patience(&kit.app), Some(UNATTENDED));
        kit.prompter.answer("123456");
        assert_eq!(patience(&kit.app), None);
        kit.app.global.no_input = true;
        assert_eq!(patience(&kit.app), Some(UNATTENDED));
    }

    #[test]
    fn a_held_lock_is_not_swept_and_the_file_is_private() {
        let (_temp, folder) = folder();
        let held = lock(&folder, "item", || ()).unwrap();
        let path = path(&folder, "item");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        sweep(&path);
        assert!(path.exists());
        drop(held);
        sweep(&path);
        assert!(!path.exists());
    }

    #[test]
    fn no_lock_where_nothing_can_be_written() {
        assert!(lock(Path::new("/proc/awsx"), "item", || ()).is_err());
        assert!(try_lock(Path::new("/proc/awsx"), "item").is_none());
    }
}
