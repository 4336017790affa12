//! Gives the terminal back as it was, whatever ends a question.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// What ends or stops a program that a person is typing into.
const SIGNALS: [Signal; 5] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGTSTP];

/// The signal that came, 0 for none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);
/// There is one person, so there is one question at a time.
static ASKING: Mutex<()> = Mutex::new(());

/// The thread that asks (a `pthread_t`), so that its waiting ends also if another thread got the signal.
static ASKER: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note(signal: i32) {
    // The first one counts: the picker answers an interrupted wait with a SIGINT of its own.
    let _ = CAUGHT.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
    let asker = ASKER.load(Ordering::SeqCst) as libc::pthread_t;
    // SAFETY: both are async-signal-safe; the asking thread lives as long as its guard, and so as this handler.
    unsafe {
        if libc::pthread_self() != asker {
            libc::pthread_kill(asker, signal);
        }
    }
}

/// While it lives, signals are noted instead of obeyed; [`Guard::end`] restores terminal and signals and obeys then.
pub struct Guard<'a> {
    terminal: &'a File,
    before: Termios,
    handlers: Vec<(Signal, SigAction)>,
    _asking: MutexGuard<'static, ()>,
}

impl<'a> Guard<'a> {
    /// Keeps the terminal's settings, and turns the echo off where asked to.
    ///
    /// # Errors
    /// As the terminal gives them.
    #[allow(clippy::cast_possible_truncation, reason = "a pthread_t is as wide as a pointer")]
    pub fn new(terminal: &'a File, hidden: bool) -> io::Result<Self> {
        let asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tcgetattr(terminal.as_fd())?;
        CAUGHT.store(0, Ordering::SeqCst);
        // SAFETY: it has no preconditions.
        ASKER.store(unsafe { libc::pthread_self() } as usize, Ordering::SeqCst);
        let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
        let mut guard = Guard { terminal, before, handlers: Vec::new(), _asking: asking };
        for signal in SIGNALS {
            // SAFETY: the handler does only what is async-signal-safe; the old action is put back.
            let old = unsafe { sigaction(signal, &action) }?;
            guard.handlers.push((signal, old));
            if matches!(old.handler(), SigHandler::SigIgn) {
                // What is ignored on purpose (nohup) stays ignored.
                // SAFETY: it is the action that was there before.
                unsafe { sigaction(signal, &old) }?;
            }
        }
        if hidden {
            let mut silent = guard.before.clone();
            silent.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL);
            silent.local_flags.insert(LocalFlags::ICANON | LocalFlags::ISIG);
            tcsetattr(terminal.as_fd(), SetArg::TCSADRAIN, &silent)?;
        }
        Ok(guard)
    }

    /// Whether a signal came.
    pub fn interrupted() -> bool {
        CAUGHT.load(Ordering::SeqCst) != 0
    }

    /// Restores everything, then does what the signal that came asks for; whether awsx was stopped and goes on now.
    pub fn end(self) -> bool {
        drop(self);
        let caught = Signal::try_from(CAUGHT.swap(0, Ordering::SeqCst));
        caught.is_ok_and(|signal| raise(signal).is_ok())
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal.as_fd(), SetArg::TCSADRAIN, &self.before);
        for (signal, old) in self.handlers.drain(..) {
            // SAFETY: it is the action that was there before.
            let _ = unsafe { sigaction(signal, &old) };
        }
    }
}
