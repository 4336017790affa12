//! One lock per item, so that parallel callers wait for the one who asks. Lock files that nobody holds are swept when a
//! session is written.

use std::convert::Infallible;
use std::io::Error as IoError;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::interruption;
use crate::base::lock::{self, Lock};
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

/// Takes the lock `name` in the runtime folder, waiting as long as another process (or thread) holds it; `waiting` is
/// called once if that takes a while. Ctrl-C ends the process as usual, or the waiting where signals are caught.
///
/// # Errors
/// [`ErrorKind::Failed`](crate::base::error::ErrorKind::Failed) if there can be no lock there (a read-only or foreign folder): go on
/// without. [`ErrorKind::Input`](crate::base::error::ErrorKind::Input) on an interruption: don't go on.
pub fn lock(folder: &Path, name: &str, waiting: impl FnOnce()) -> Result<Lock> {
    lock_within(folder, name, None, waiting)
}

/// The same, but waiting no longer than `limit`.
///
/// # Errors
/// Those of [`lock`]; also [`ErrorKind::Input`](crate::base::error::ErrorKind::Input) if the lock is still held then.
pub fn lock_within(folder: &Path, name: &str, limit: Option<Duration>, waiting: impl FnOnce()) -> Result<Lock> {
    let Ok(lock) = lock_or(folder, name, limit, waiting, || None::<Infallible>)?;
    Ok(lock)
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
) -> Result<std::result::Result<Lock, T>> {
    runtime::ensure(folder)?;
    let path = path(folder, name);
    let failed = |error: IoError| Error::failed(format!("can't lock {}", path.display())).cause(error);

    let begin = Instant::now();
    let mut looked = begin;
    let mut waiting = Some(waiting);
    loop {
        if let Some(lock) = lock::take(&path).map_err(failed)? {
            return Ok(Ok(lock));
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
        } else if let Some(lock) = lock::block(&path).map_err(failed)? {
            return Ok(Ok(lock));
        }
    }
}

/// How long to wait for an awsx that may be asking a person: with nobody in front of this one, nobody would ever end it.
pub fn patience(app: &App) -> Option<Duration> {
    (app.global.no_input || !app.prompter.can_ask()).then_some(UNATTENDED)
}

/// Takes the lock if it is free; `None` if it is held or there can be none.
pub fn try_lock(folder: &Path, name: &str) -> Option<Lock> {
    lock::take(&path(folder, name)).ok().flatten()
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{SUFFIX}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::testkit::Kit;
    use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("awsx");
        (temp, folder)
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
    fn no_lock_where_nothing_can_be_written() {
        assert!(lock(Path::new("/proc/awsx"), "item", || ()).is_err());
        assert!(try_lock(Path::new("/proc/awsx"), "item").is_none());
    }
}
