//! Gives the terminal back as it was, whatever ends a question.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// What ends or stops a program that a person is typing into.
const SIGNALS: [Signal; 5] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGTSTP];

/// The signal that came, 0 for none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);
/// There is one person, so there is one question at a time.
static ASKING: Mutex<()> = Mutex::new(());

extern "C" fn note(signal: i32) {
    CAUGHT.store(signal, Ordering::SeqCst);
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
    pub fn new(terminal: &'a File, hidden: bool) -> io::Result<Self> {
        let asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tcgetattr(terminal.as_fd())?;
        CAUGHT.store(0, Ordering::SeqCst);
        let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
        let mut guard = Guard { terminal, before, handlers: Vec::new(), _asking: asking };
        for signal in SIGNALS {
            // SAFETY: the handler only stores to an atomic, which is async-signal-safe; the old action is put back.
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
