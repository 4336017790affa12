//! One lock per item, so that parallel callers wait for the one who asks. Lock files that nobody holds are swept when a
//! session is written.
//!
//! A lock file names the process that holds it. Whoever waits too long says which one that is; a person may then go on
//! without the lock.

use std::io::Error as IoError;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::unistd::{Pid, getpgid, getpgrp};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::lock::{self, Lock};
use crate::base::signals;
use crate::base::time::show_duration;
use crate::store::runtime;

/// How the names of lock files end.
pub const SUFFIX: &str = ".lock";
/// After this time a wait is announced: by then the holder is asking a person or AWS.
const SHORT: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(10);
const LONG_PAUSE: Duration = Duration::from_millis(100);
/// How often a wait calls `look`.
const LOOK: Duration = Duration::from_secs(1);
/// How long a wait usually takes before it says who holds the lock.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How a wait for a lock has ended.
#[derive(Debug)]
pub enum Waited<T> {
    /// With the lock.
    Locked(Lock),
    /// Without it: what it is for is there.
    There(T),
    /// Without it: the person wants to go on alone.
    Alone,
}

/// Takes the lock `name` in the runtime folder, waiting as long as another process (or thread) holds it; `waiting` is
/// called once if that takes a while. `look` is called every second and ends the wait when it finds the session (or
/// whatever the lock is for), so that many waiting processes need not take the lock one after another. Ctrl-C ends the
/// process as usual, or the waiting where signals are caught. After `patience` a person decides whether to go on alone,
/// and already after [`PATIENCE`] where the holder is stopped.
///
/// # Errors
/// [`ErrorKind::Failed`](crate::base::error::ErrorKind::Failed) if there can be no lock there (a read-only or foreign folder): go on
/// without. [`ErrorKind::Input`](crate::base::error::ErrorKind::Input) on an interruption, and if nobody can be asked by
/// then: don't go on.
pub fn wait<T>(
    app: &App,
    folder: &Path,
    name: &str,
    patience: Duration,
    waiting: impl FnOnce(),
    look: impl Fn() -> Option<T>,
) -> Result<Waited<T>> {
    runtime::ensure(folder)?;
    let path = path(folder, name);
    let failed = |error: IoError| Error::failed(format!("can't lock {}", path.display())).cause(error);

    let begin = Instant::now();
    let (mut looked, mut asked) = (begin, begin);
    let mut waiting = Some(waiting);
    loop {
        if let Some(lock) = take(&path).map_err(failed)? {
            return Ok(Waited::Locked(lock));
        }
        if let Some(interruption) = signals::pending() {
            return Err(interruption);
        }
        if looked.elapsed() >= LOOK {
            if let Some(found) = look() {
                return Ok(Waited::There(found));
            }
            looked = Instant::now();
        }
        if asked.elapsed() >= patience || (asked.elapsed() >= PATIENCE && lock::holder(&path).is_some_and(is_stopped)) {
            if !go_on_waiting(app, &path, begin.elapsed())? {
                return Ok(Waited::Alone);
            }
            asked = Instant::now();
        }
        if begin.elapsed() < SHORT {
            sleep(PAUSE);
            continue;
        }
        if let Some(say) = waiting.take() {
            say();
        }
        sleep(LONG_PAUSE);
    }
}

/// After a long wait a person decides. Where nobody can be asked it is an error: such a process could wait for ever.
fn go_on_waiting(app: &App, path: &Path, waited: Duration) -> Result<bool> {
    let holder = lock::holder(path);
    let waited = show_duration(u32::try_from(waited.as_secs()).unwrap_or(u32::MAX));
    let who = holder.map_or_else(|| "another awsx".to_owned(), |id| format!("another awsx ({})", process(id)));
    if app.global.no_input || !app.prompter.can_ask() {
        return Err(Error::input(format!("{who} is getting this session, and may be waiting for a code or a sign-in"))
            .cause(format!("waited {waited} for it"))
            .hint("answer it or end it, and try again"));
    }
    // A process of the same job may be asking on this terminal. A second question could take the answer to the first.
    if holder.is_some_and(|id| getpgid(Some(id)) == Ok(getpgrp()) && !is_stopped(id)) {
        return Ok(true);
    }
    let question = format!("{who} has been getting this session for {waited}. Go on without waiting for it?");
    Ok(!app.prompter.confirm(&question, false)?)
}

fn process(id: Pid) -> String {
    if is_stopped(id) { format!("process {id}, which is stopped") } else { format!("process {id}") }
}

/// Whether a process is stopped, as far as Linux says so.
fn is_stopped(id: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

fn take(path: &Path) -> std::io::Result<Option<Lock>> {
    let lock = lock::take(path)?;
    if let Some(lock) = &lock {
        lock.sign();
    }
    Ok(lock)
}

/// Takes the lock if it is free; `None` if it is held or there can be none.
pub fn try_lock(folder: &Path, name: &str) -> Option<Lock> {
    take(&path(folder, name)).ok().flatten()
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{SUFFIX}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::testkit::{Kit, eventually};
    use nix::sys::signal::{Signal, kill};
    use std::os::unix::process::CommandExt;
    use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("awsx");
        runtime::ensure(&folder).unwrap();
        (temp, folder)
    }

    /// Waits, with nothing to look for.
    fn wait(kit: &Kit, folder: &Path, patience: Duration, waiting: impl FnOnce()) -> Result<Waited<()>> {
        super::wait(&kit.app, folder, "item", patience, waiting, || None)
    }

    #[test]
    fn says_once_that_it_waits() {
        let (_temp, folder) = folder();
        let held = try_lock(&folder, "item").unwrap();
        assert!(try_lock(&folder, "item").is_none());
        assert!(try_lock(&folder, "other").is_some());
        let (say, said) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let folder = &folder;
            let waiter =
                scope.spawn(move || wait(&Kit::new(), folder, PATIENCE, move || say.send(()).unwrap()).map(drop));
            said.recv().unwrap();
            drop(held);
            waiter.join().unwrap().unwrap();
        });
        assert!(said.recv().is_err(), "said twice");
    }

    #[test]
    fn where_nobody_can_be_asked_a_long_wait_is_an_error() {
        let (_temp, folder) = folder();
        let mut kit = Kit::new();
        let held = try_lock(&folder, "item").unwrap();
        let mut said = 0;
        let error = wait(&kit, &folder, SHORT * 2, || said += 1).unwrap_err();
        assert_eq!((error.kind, said), (ErrorKind::Input, 1));
        assert!(error.to_string().contains(&format!("another awsx (process {})", std::process::id())), "{error}");
        kit.prompter.answer("y");
        kit.app.global.no_input = true;
        wait(&kit, &folder, Duration::ZERO, || ()).unwrap_err();
        drop(held);
        assert!(eventually(|| matches!(wait(&kit, &folder, Duration::ZERO, || ()), Ok(Waited::Locked(_)))));
    }

    #[test]
    fn a_person_may_go_on_without_who_is_stopped() {
        let (_temp, folder) = folder();
        let kit = Kit::new();
        let _held = try_lock(&folder, "item").unwrap();
        // A process of another job, as if it held the lock.
        let mut other = std::process::Command::new("sleep").arg("60").process_group(0).spawn().unwrap();
        let id = Pid::from_raw(other.id().cast_signed());
        std::fs::write(path(&folder, "item"), id.to_string()).unwrap();
        kill(id, Signal::SIGSTOP).unwrap();
        while !is_stopped(id) {
            sleep(PAUSE);
        }
        for answer in ["n", "", "y"] {
            kit.prompter.answer(answer);
        }
        assert!(matches!(wait(&kit, &folder, Duration::ZERO, || ()).unwrap(), Waited::Alone));
        let question =
            format!("another awsx (process {id}, which is stopped) has been getting this session for 0s. Go");
        let asked = kit.prompter.transcript();
        assert_eq!(asked.iter().filter(|line| line.contains(&question)).count(), 3, "{asked:?}");
        other.kill().unwrap();
        other.wait().unwrap();
    }

    #[test]
    fn nobody_is_asked_beside_a_question_of_the_same_job() {
        let (_temp, folder) = folder();
        let kit = Kit::new();
        kit.prompter.answer("y");
        let held = try_lock(&folder, "item").unwrap();
        let looks = AtomicUsize::new(0);
        let second = || (looks.fetch_add(1, SeqCst) == 1).then_some("there");
        let waited = super::wait(&kit.app, &folder, "item", Duration::ZERO, || (), second).unwrap();
        assert!(matches!(waited, Waited::There("there")) && looks.load(SeqCst) == 2, "{waited:?}");
        assert!(kit.prompter.transcript().is_empty());
        drop(held);
    }

    #[test]
    fn an_interruption_ends_the_waiting() {
        static NOTED: AtomicI32 = AtomicI32::new(0);
        let (_temp, folder) = folder();
        let _held = try_lock(&folder, "item").unwrap();
        signals::note_in(Some(&NOTED));
        let error = wait(&Kit::new(), &folder, PATIENCE, || NOTED.store(15, SeqCst)).unwrap_err();
        assert_eq!((error.kind, error.cause.as_deref()), (ErrorKind::Input, Some("SIGTERM")));
        signals::note_in(None);
    }

    #[test]
    fn no_lock_where_nothing_can_be_written() {
        assert!(wait(&Kit::new(), Path::new("/proc/awsx"), PATIENCE, || ()).is_err());
        assert!(try_lock(Path::new("/proc/awsx"), "item").is_none());
    }
}
