//! Signals while something half-made has to be undone: a guard turns Ctrl-C, SIGTERM and SIGHUP into a failed prompt, so
//! that the way out is the normal one. Without a guard they end the process as usual.

use std::cell::Cell;
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};

use crate::error::{Error, Result};

const WATCHED: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// The first signal that a guard caught; 0: none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);
/// The end of the pipe that the handler writes to; -1: no guard.
static WAKE: AtomicI32 = AtomicI32::new(-1);

thread_local! {
    /// The other end, for the thread that holds the guard; -1: no guard.
    static WOKEN: Cell<i32> = const { Cell::new(-1) };
}

/// While it lives, SIGINT, SIGTERM and SIGHUP are noted instead of ending the process, and every wait below ends at
/// once (in this thread). A signal that was ignored (nohup) stays ignored. There can be one guard at a time.
#[derive(Debug)]
pub struct Guard {
    before: Vec<(Signal, SigAction)>,
    _pipe: (OwnedFd, OwnedFd),
    _this_thread: PhantomData<*const ()>,
}

impl Guard {
    /// Starts to watch.
    ///
    /// # Errors
    /// [`crate::error::Kind::Failed`] if the system allows no pipe or no handler.
    pub fn new() -> Result<Self> {
        Guard::set().map_err(|e| Error::failed("signals can't be watched").cause(e))
    }

    fn set() -> io::Result<Self> {
        let (read, write) = io::pipe()?;
        let (read, write) = (OwnedFd::from(read), OwnedFd::from(write));
        CAUGHT.store(0, Ordering::SeqCst);
        WOKEN.set(read.as_raw_fd());
        WAKE.store(write.as_raw_fd(), Ordering::SeqCst);
        let mut guard = Guard { before: Vec::new(), _pipe: (read, write), _this_thread: PhantomData };
        let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
        for signal in WATCHED {
            // SAFETY: the handler does nothing but store to an atomic and write(2), which are async-signal-safe.
            let before = unsafe { sigaction(signal, &action) }?;
            if matches!(before.handler(), SigHandler::SigIgn) {
                // SAFETY: puts back the disposition that was just replaced.
                unsafe { sigaction(signal, &before) }?;
            } else {
                guard.before.push((signal, before));
            }
        }
        Ok(guard)
    }

    /// The first signal that came, if any.
    #[allow(clippy::unused_self, reason = "only meaningful while a guard lives")]
    pub fn caught(&self) -> Option<Signal> {
        caught()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        for (signal, before) in &self.before {
            // SAFETY: puts back the dispositions that were there before the guard.
            let _ = unsafe { sigaction(*signal, before) };
        }
        WAKE.store(-1, Ordering::SeqCst);
        WOKEN.set(-1);
    }
}

extern "C" fn note(signal: nix::libc::c_int) {
    let _ = CAUGHT.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
    let pipe = WAKE.load(Ordering::SeqCst);
    if pipe >= 0 {
        let errno = Errno::last_raw();
        // SAFETY: write(2) of one byte from a static; a closed or full pipe is an error that changes nothing.
        let _ = unsafe { nix::libc::write(pipe, b"!".as_ptr().cast(), 1) };
        Errno::set_raw(errno);
    }
}

fn caught() -> Option<Signal> {
    Signal::try_from(CAUGHT.load(Ordering::SeqCst)).ok()
}

/// What a prompt fails with when a guarded signal has come.
pub fn interruption() -> Option<Error> {
    if WOKEN.get() < 0 {
        return None;
    }
    caught().map(|signal| Error::input("interrupted").cause(signal.as_str()))
}

fn wake() -> Option<BorrowedFd<'static>> {
    let fd = WOKEN.get();
    // SAFETY: the guard, which can't leave this thread, keeps the pipe open and forgets it here before it closes it.
    (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Waits until there is something to read, or until a guarded signal comes. Without a guard it returns at once and the
/// read itself waits.
///
/// # Errors
/// [`crate::error::Kind::Input`] for a signal.
pub fn wait_readable(fd: BorrowedFd<'_>) -> Result<()> {
    let Some(wake) = wake() else { return Ok(()) };
    loop {
        if let Some(interruption) = interruption() {
            return Err(interruption);
        }
        let mut both = [PollFd::new(fd, PollFlags::POLLIN), PollFd::new(wake.as_fd(), PollFlags::POLLIN)];
        match poll(&mut both, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            Err(e) => return Err(Error::input("the terminal can't be waited for").cause(e)),
            Ok(_) if both[0].any() == Some(true) => return Ok(()),
            Ok(_) => {}
        }
    }
}

/// Sleeps that long; a guarded signal ends it early.
pub fn pause(length: Duration) {
    let Some(wake) = wake() else { return std::thread::sleep(length) };
    let end = Instant::now() + length;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || interruption().is_some() {
            return;
        }
        // Rounded up, so that the last millisecond isn't spent in a busy loop.
        let millis = u32::try_from(left.as_millis()).unwrap_or(u32::MAX).saturating_add(1);
        let timeout = PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX);
        let _ = poll(&mut [PollFd::new(wake, PollFlags::POLLIN)], timeout);
    }
}

/// Ends this process with the signal, as if it had never been caught, so that shells and supervisors see the truth.
pub fn end_by(signal: Signal) {
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: installs the default disposition.
    let _ = unsafe { sigaction(signal, &action) };
    let _ = raise(signal);
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test: signals belong to the whole process.
    #[test]
    fn a_guard_turns_signals_into_failed_waits() {
        let (read, _write) = io::pipe().unwrap();
        assert!(wait_readable(read.as_fd()).is_ok(), "no guard: the read itself waits");
        let guard = Guard::new().unwrap();
        assert!(guard.caught().is_none() && interruption().is_none());

        let (ready, mut filled) = io::pipe().unwrap();
        io::Write::write_all(&mut filled, b"x").unwrap();
        assert!(wait_readable(ready.as_fd()).is_ok());

        raise(Signal::SIGTERM).unwrap();
        raise(Signal::SIGHUP).unwrap();
        assert_eq!(guard.caught(), Some(Signal::SIGTERM));
        let error = wait_readable(read.as_fd()).unwrap_err();
        assert_eq!((error.kind, error.cause.as_deref()), (crate::error::Kind::Input, Some("SIGTERM")));
        pause(Duration::from_secs(3600));
        drop(guard);

        assert!(interruption().is_none());
        let guard = Guard::new().unwrap();
        assert!(guard.caught().is_none(), "a new guard starts afresh");
    }
}
