//! Ctrl-C, Ctrl-\, SIGTERM and SIGHUP while something half-done has to be undone, or the terminal has to be restored.
//!
//! While a [`Watch`] lives, a signal is only noted. Every question and every wait fails soon after, so the code
//! cleans up as after any other error. Without a watch a signal ends the process as usual.

use std::cell::Cell;
use std::fs::File;
use std::marker::PhantomData;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};
#[cfg(target_os = "linux")]
use nix::sys::signal::{SigmaskHow, pthread_sigmask};
use nix::sys::termios::{SetArg, Termios, tcsetattr};

use super::error::{Error, Result};

/// The signals that end a program.
pub const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];
/// How often a wait looks for a noted signal, in milliseconds. One that came just before the wait doesn't interrupt it.
const LOOK: u16 = 200;

/// The first signal that came since the outermost [`Watch`] began; 0: none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);
/// Every signal that came since then and was not taken, one bit each: two may come at the same moment.
static NOT_TAKEN: AtomicU64 = AtomicU64::new(0);
/// The thread of the innermost [`Watch`] (a `pthread_t`). If another thread gets the signal, it is passed on to this
/// one, so that its wait ends.
static WATCHER: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Where the first signal is noted, while signals are watched for on this thread.
    static NOTED: Cell<Option<&'static AtomicI32>> = const { Cell::new(None) };
}

/// While it lives, signals are noted and don't end the process. One that was ignored (nohup) stays ignored. Watches
/// of one thread can be nested.
#[derive(Debug)]
pub struct Watch {
    before: Vec<(Signal, SigAction)>,
    outer: (Option<&'static AtomicI32>, usize),
    /// Keeps it on its thread: not `Send`.
    this_thread: PhantomData<*const ()>,
}

impl Watch {
    /// Begins to watch for these signals.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the system allows no handler.
    #[allow(clippy::cast_possible_truncation, reason = "a pthread_t is as wide as a pointer")]
    pub fn begin(signals: &[Signal]) -> Result<Self> {
        let outer = NOTED.get();
        if outer.is_none() {
            NOTED.set(Some(&CAUGHT));
            CAUGHT.store(0, Ordering::SeqCst);
            NOT_TAKEN.store(0, Ordering::SeqCst);
        }
        // A thread that another one interrupts (`note_in`) leaves the signals to that one.
        let watcher = if is_told_by_signals() {
            // SAFETY: it has no preconditions.
            WATCHER.swap(unsafe { libc::pthread_self() } as usize, Ordering::SeqCst)
        } else {
            WATCHER.load(Ordering::SeqCst)
        };
        let mut watch = Watch { before: Vec::new(), outer: (outer, watcher), this_thread: PhantomData };
        let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
        for &signal in signals {
            let before = install(signal, &action)?;
            if matches!(before.handler(), SigHandler::SigIgn) {
                install(signal, &before)?;
            } else {
                watch.before.push((signal, before));
            }
        }
        Ok(watch)
    }

    /// The first signal that came, if any.
    pub fn caught(&self) -> Option<Signal> {
        let _ = self.this_thread;
        Signal::try_from(CAUGHT.load(Ordering::SeqCst)).ok()
    }

    /// A signal that came, whichever; each is given once. The watch goes on without a gap.
    pub fn take(&self) -> Option<Signal> {
        let _ = self.this_thread;
        CAUGHT.store(0, Ordering::SeqCst);
        let number = NOT_TAKEN.load(Ordering::SeqCst).trailing_zeros().cast_signed();
        NOT_TAKEN.fetch_and(!bit(number), Ordering::SeqCst);
        Signal::try_from(number).ok()
    }

    /// Ends the watch, then raises the signal that came, if any. True if there was one and the process still runs: it
    /// was stopped and continued, or an outer watch has noted the signal.
    pub fn end(self) -> bool {
        drop(self);
        let caught = CAUGHT.swap(0, Ordering::SeqCst);
        // An outer watch notes it anew.
        NOT_TAKEN.fetch_and(!bit(caught), Ordering::SeqCst);
        Signal::try_from(caught).is_ok_and(|signal| raise(signal).is_ok())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for (signal, before) in &self.before {
            let _ = install(*signal, before);
        }
        let (noted, watcher) = self.outer;
        NOTED.set(noted);
        WATCHER.store(watcher, Ordering::SeqCst);
    }
}

fn install(signal: Signal, action: &SigAction) -> Result<SigAction> {
    // SAFETY: the only handler ever given is `note`, which does only what is async-signal-safe; every other action is a
    // default or one that was there before.
    unsafe { sigaction(signal, action) }.map_err(|e| Error::failed("signals can't be watched").cause(e))
}

/// A terminal on which something is asked, and its settings outside of the question and in it.
pub struct Asked {
    /// The terminal.
    pub terminal: File,
    /// Typing is shown.
    pub outside: Termios,
    /// It is not.
    pub inside: Termios,
}

static ASKED: Mutex<Option<Asked>> = Mutex::new(None);

/// Notes that a question whose answer is not shown begins, and with `None` that it has ended: [`stop`] needs to know.
pub fn asks(asked: Option<Asked>) {
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = asked;
}

/// Stops this process as Ctrl-Z does, though that signal is watched for. It comes back when somebody continues it, and at once
/// where no shell could. A question that another thread asks meanwhile goes on as it was: the shell has shown what is typed,
/// and an answer must not be shown.
pub fn stop() {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let set = |settings: fn(&Asked) -> &Termios| {
        let set = |asked: &Asked| tcsetattr(asked.terminal.as_fd(), SetArg::TCSADRAIN, settings(asked));
        let _ = asked.as_ref().map(set);
    };
    set(|asked| &asked.outside);
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    if let Ok(before) = install(Signal::SIGTSTP, &default) {
        let _ = raise(Signal::SIGTSTP);
        let _ = install(Signal::SIGTSTP, &before);
    }
    // In the background this stops the process until it has the terminal again.
    set(|asked| &asked.inside);
}

/// The bit of a signal in [`NOT_TAKEN`]. No signal that is watched for has a number above 63.
fn bit(signal: i32) -> u64 {
    1_u64.checked_shl(signal.cast_unsigned()).unwrap_or(0)
}

extern "C" fn note(signal: libc::c_int) {
    NOT_TAKEN.fetch_or(bit(signal), Ordering::SeqCst);
    // Only the first one counts: it is what the process ends by.
    let _ = CAUGHT.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
    let watcher = WATCHER.load(Ordering::SeqCst) as libc::pthread_t;
    // SAFETY: both are async-signal-safe; the watching thread lives as long as its watch, and so as this handler.
    unsafe {
        if watcher != 0 && libc::pthread_self() != watcher {
            libc::pthread_kill(watcher, signal);
        }
    }
}

/// From now on the questions and waits of this thread, which watches for no signals, end when a number of a signal is
/// put there. So another thread can end them.
pub fn note_in(noted: Option<&'static AtomicI32>) {
    NOTED.set(noted);
}

/// The error that a question, a wait or the next step returns once a signal was noted.
pub fn pending() -> Option<Error> {
    let signal = Signal::try_from(NOTED.get()?.load(Ordering::SeqCst)).ok()?;
    Some(Error::input("interrupted").cause(signal.as_str()))
}

/// Sleeps that long; a signal that is watched for ends it early.
pub fn pause(length: Duration) {
    pause_until(None, length);
}

/// The same; it also ends when there is something to read.
pub fn pause_until(readable: Option<BorrowedFd<'_>>, length: Duration) {
    let end = Instant::now() + length;
    while pending().is_none() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || sleep(readable, left) {
            return;
        }
    }
}

/// The status of a child can be had from now on. Where SIGCHLD is ignored, as some daemons hand it down, the system
/// throws it away.
pub fn keep_statuses() {
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    let _ = install(Signal::SIGCHLD, &action);
}

/// Whether the waits of this thread end with a signal, not because another thread says so.
fn is_told_by_signals() -> bool {
    NOTED.get().is_some_and(|noted| std::ptr::eq(noted, &raw const CAUGHT))
}

/// Sleeps that long, or less: until a signal comes, and no longer than [`LOOK`] where one could be missed; `true` if there
/// is something to read. Unlike std's sleep, poll(2) returns when a signal comes.
fn sleep(readable: Option<BorrowedFd<'_>>, left: Duration) -> bool {
    let mut readable = readable.map(|fd| PollFd::new(fd, PollFlags::POLLIN));
    let readable = readable.as_mut_slice();
    #[cfg(target_os = "linux")]
    if is_told_by_signals() {
        let mut before = SigSet::empty();
        // No signal gets in between the look and the wait.
        if pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), Some(&mut before)).is_ok() {
            let ready = pending().is_none()
                && nix::poll::ppoll(readable, Some(left.into()), Some(before)).is_ok_and(|ready| ready > 0);
            let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
            return ready;
        }
    }
    // Rounded up, or the last millisecond would be a busy loop.
    let millis = u16::try_from(left.as_millis() + 1).unwrap_or(LOOK).min(LOOK);
    poll(readable, PollTimeout::from(millis)).is_ok_and(|ready| ready > 0)
}

/// Runs `act` under a watch, because it must not be left half-done. If it fails and a signal came, `say` gets the
/// error, and the process ends by that signal. So shells and supervisors see the real cause.
///
/// # Errors
/// Those of `act`.
pub fn held<T>(say: impl FnOnce(&Error), act: impl FnOnce() -> Result<T>) -> Result<T> {
    let watch = Watch::begin(&ENDING)?;
    let result = act();
    let caught = watch.caught();
    drop(watch);
    if let (Err(error), Some(signal)) = (&result, caught) {
        say(error);
        end_by(signal);
    }
    result
}

/// Ends this process by a signal, so that whoever started it sees the real cause: a shell's loop ends with a command that
/// Ctrl-C has ended, and goes on after one that exits with a status. Comes back where the signal is ignored.
pub fn end_by(signal: Signal) {
    // SIGQUIT would write a core dump, with secrets in it.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = raise(signal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;

    // One test: signals belong to the whole process.
    #[test]
    fn a_watch_turns_signals_into_interruptions() {
        pause(Duration::from_millis(1));
        let watch = Watch::begin(&ENDING).unwrap();
        assert!(watch.caught().is_none() && pending().is_none());
        raise(Signal::SIGTERM).unwrap();
        raise(Signal::SIGHUP).unwrap();
        assert_eq!(watch.caught(), Some(Signal::SIGTERM));
        let error = pending().unwrap();
        assert_eq!((error.kind, error.cause.as_deref()), (ErrorKind::Input, Some("SIGTERM")));
        assert!(std::thread::spawn(pending).join().unwrap().is_none(), "another thread goes on");
        pause(Duration::from_hours(1));

        // A signal that was noted before an inner watch began interrupts that as well, and is not lost.
        let inner = Watch::begin(&ENDING).unwrap();
        assert_eq!(inner.caught(), Some(Signal::SIGTERM));
        assert!(inner.end());
        assert_eq!(watch.caught(), Some(Signal::SIGTERM));
        drop(watch);

        assert!(pending().is_none());
        let watch = Watch::begin(&ENDING).unwrap();
        assert!(watch.caught().is_none(), "a new watch starts afresh");

        // The one inside of another notes for both.
        let inner = Watch::begin(&[Signal::SIGINT]).unwrap();
        let other = std::thread::spawn(|| raise(Signal::SIGINT));
        pause(Duration::from_hours(1));
        other.join().unwrap().unwrap();
        assert!(inner.end() && watch.caught() == Some(Signal::SIGINT));

        // What was taken makes room for the next one.
        assert_eq!((watch.take(), watch.take()), (Some(Signal::SIGINT), None));
        assert!(pending().is_none());
        raise(Signal::SIGHUP).unwrap();
        assert_eq!(watch.take(), Some(Signal::SIGHUP));
        // Two at once are both there.
        raise(Signal::SIGTERM).unwrap();
        raise(Signal::SIGINT).unwrap();
        assert_eq!([watch.take(), watch.take(), watch.take()], [Some(Signal::SIGINT), Some(Signal::SIGTERM), None]);
        assert!(pending().is_none());
        drop(watch);
    }
}
