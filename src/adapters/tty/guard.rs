//! Restores the terminal's settings, whatever ends a question.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::sys::signal::Signal;
use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};

use crate::base::signals::{self, Asked, ENDING, Watch};

/// Held during a question: there is only one person, so there is one question at a time.
static ASKING: Mutex<()> = Mutex::new(());

/// How the terminal is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Line by line, not shown.
    Hidden,
    /// Key by key, not shown.
    Keys,
}

/// While it lives, signals are only noted, the one of Ctrl-Z too. [`Guard::end`] restores the terminal, then raises the
/// signal that came.
pub struct Guard<'a> {
    terminal: Restored<'a>,
    watch: Watch,
    _asking: MutexGuard<'static, ()>,
}

/// The terminal's settings are put back when it is dropped.
struct Restored<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Guard<'a> {
    /// Remembers the terminal's settings and turns off the echo. [`Mode::Keys`] also makes single keys readable.
    ///
    /// # Errors
    /// What the terminal reports.
    pub fn new(terminal: &'a File, mode: Mode) -> io::Result<Self> {
        let asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tcgetattr(terminal.as_fd())?;
        let [int, quit, term, hup] = ENDING;
        let watch = Watch::begin(&[int, quit, term, hup, Signal::SIGTSTP]).map_err(|e| io::Error::other(e.what))?;
        let guard = Guard { terminal: Restored { terminal, before }, watch, _asking: asking };
        let mut silent = guard.terminal.before.clone();
        silent.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL);
        silent.local_flags.insert(LocalFlags::ISIG);
        silent.local_flags.set(LocalFlags::ICANON, mode == Mode::Hidden);
        if mode == Mode::Keys {
            silent.local_flags.remove(LocalFlags::IEXTEN);
            silent.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
            silent.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        }
        let outside = guard.terminal.before.clone();
        signals::asks(Some(Asked { terminal: terminal.try_clone()?, outside, inside: silent.clone() }));
        tcsetattr(terminal.as_fd(), SetArg::TCSADRAIN, &silent)?;
        Ok(guard)
    }

    /// Restores everything, then raises the signal that came, if any. Returns the same as [`Watch::end`].
    pub fn end(self) -> bool {
        drop(self.terminal);
        self.watch.end()
    }
}

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        signals::asks(None);
        let _ = tcsetattr(self.terminal.as_fd(), SetArg::TCSADRAIN, &self.before);
    }
}
