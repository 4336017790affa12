//! Signals while something half-made has to be undone: a guard turns Ctrl-C, Ctrl-\, SIGTERM and SIGHUP into a failed
//! prompt, so that the way out is the normal one. Without a guard they end the process as usual.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use nix::poll::{PollTimeout, poll};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};

use crate::base::error::{Error, Result};
use crate::base::interruption;
use crate::ports::Prompter;

const WATCHED: [Signal; 4] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP];
/// How often a noted signal is looked for while waiting, in milliseconds: another thread may have got it.
const LOOK: u16 = 200;

/// The first signal that a guard caught; 0: none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);

/// While it lives, SIGINT, SIGQUIT, SIGTERM and SIGHUP are noted instead of ending the process, and questions and pauses of this
/// thread end soon after. A signal that was ignored (nohup) stays ignored. There can be one guard at a time.
#[derive(Debug)]
pub struct Guard {
    before: Vec<(Signal, SigAction)>,
    /// It belongs to its thread.
    this_thread: PhantomData<*const ()>,
}

impl Guard {
    /// Starts to watch.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the system allows no handler.
    pub fn new() -> Result<Self> {
        CAUGHT.store(0, Ordering::SeqCst);
        interruption::watch(Some(&CAUGHT));
        let mut guard = Guard { before: Vec::new(), this_thread: PhantomData };
        let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
        for signal in WATCHED {
            let before = install(signal, &action)?;
            if matches!(before.handler(), SigHandler::SigIgn) {
                install(signal, &before)?;
            } else {
                guard.before.push((signal, before));
            }
        }
        Ok(guard)
    }

    /// The first signal that came, if any.
    pub fn caught(&self) -> Option<Signal> {
        let _ = self.this_thread;
        Signal::try_from(CAUGHT.load(Ordering::SeqCst)).ok()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        for (signal, before) in &self.before {
            let _ = install(*signal, before);
        }
        interruption::watch(None);
    }
}

fn install(signal: Signal, action: &SigAction) -> Result<SigAction> {
    // SAFETY: the only handler ever given stores to an atomic, which is async-signal-safe; every other action is a default
    // or one that was there before.
    unsafe { sigaction(signal, action) }.map_err(|e| Error::failed("signals can't be watched").cause(e))
}

extern "C" fn note(signal: nix::libc::c_int) {
    let _ = CAUGHT.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
}

/// Sleeps that long; a guarded signal ends it early.
pub fn pause(length: Duration) {
    let end = Instant::now() + length;
    while interruption::pending().is_none() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // Unlike std's sleep, poll(2) comes back when a signal has come. Rounded up, lest the last millisecond be spun away.
        let millis = u16::try_from(left.as_millis() + 1).unwrap_or(LOOK).min(LOOK);
        let _ = poll(&mut [], PollTimeout::from(millis));
    }
}

/// Does something under a [`Guard`]. If a signal made it fail, that is said, and this process ends by the signal as if it
/// had never been caught, so that shells and supervisors see the truth.
///
/// # Errors
/// Those of `act`.
pub fn held<T>(prompter: &dyn Prompter, act: impl FnOnce() -> Result<T>) -> Result<T> {
    let guard = Guard::new()?;
    let result = act();
    let caught = guard.caught();
    drop(guard);
    if let (Err(error), Some(signal)) = (&result, caught) {
        prompter.failure(error);
        end_by(signal);
    }
    result
}

fn end_by(signal: Signal) {
    // SIGQUIT would leave the memory, and what is secret in it, on the disk.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    if install(signal, &default).is_ok() {
        let _ = raise(signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test: signals belong to the whole process.
    #[test]
    fn a_guard_turns_signals_into_interruptions() {
        pause(Duration::from_millis(1));
        let guard = Guard::new().unwrap();
        assert!(guard.caught().is_none() && interruption::pending().is_none());
        raise(Signal::SIGTERM).unwrap();
        raise(Signal::SIGHUP).unwrap();
        assert_eq!(guard.caught(), Some(Signal::SIGTERM));
        let error = interruption::pending().unwrap();
        assert_eq!((error.kind, error.cause.as_deref()), (crate::base::error::ErrorKind::Input, Some("SIGTERM")));
        assert!(std::thread::spawn(interruption::pending).join().unwrap().is_none(), "another thread goes on");
        pause(Duration::from_hours(1));
        drop(guard);

        assert!(interruption::pending().is_none());
        let guard = Guard::new().unwrap();
        assert!(guard.caught().is_none(), "a new guard starts afresh");
    }
}
