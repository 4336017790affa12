//! Signals that end the guided shell or the demo: they are noted, so that the place is taken away on the normal way out.

use std::io;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// The first signal that came; 0: none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);
/// The shell that is told, by its process ID; 0: none.
static SHELL: AtomicI32 = AtomicI32::new(0);

/// From now on these signals are noted instead of ending the process, each of them once: a second one ends it at once.
/// What was ignored stays ignored.
///
/// # Errors
/// If the system allows no handler.
pub fn watch(signals: &[Signal]) -> io::Result<()> {
    let flags = SaFlags::SA_RESTART | SaFlags::SA_RESETHAND;
    let action = SigAction::new(SigHandler::Handler(note), flags, SigSet::empty());
    for signal in signals {
        // SAFETY: the handler stores to atomics and calls kill(2), all of it async-signal-safe.
        let before = unsafe { sigaction(*signal, &action) }?;
        if matches!(before.handler(), SigHandler::SigIgn) {
            // SAFETY: it runs no code of ours. Whoever started this with nohup wants it so.
            unsafe { sigaction(*signal, &before) }?;
        }
    }
    Ok(())
}

/// A shell that is to end with this process; one that has ended must be taken back with 0.
pub fn shell(pid: i32) {
    SHELL.store(pid, Ordering::SeqCst);
    if caught().is_some() {
        hang_up();
    }
}

/// The first signal that came.
pub fn caught() -> Option<Signal> {
    Signal::try_from(CAUGHT.load(Ordering::SeqCst)).ok()
}

extern "C" fn note(signal: libc::c_int) {
    let errno = Errno::last_raw();
    let _ = CAUGHT.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
    hang_up();
    Errno::set_raw(errno);
}

/// Shells that somebody works in ignore SIGTERM; SIGHUP they pass on to what runs in them.
fn hang_up() {
    let pid = SHELL.load(Ordering::SeqCst);
    if pid > 0 {
        // SAFETY: kill(2) touches no memory of ours.
        unsafe { libc::kill(pid, libc::SIGHUP) };
    }
}
