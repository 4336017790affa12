//! Ctrl-C, Ctrl-\, SIGTERM or SIGHUP that came while something half-made has to be undone. Who catches them is
//! [`crate::adapters::signals`]; here everyone else learns of it, so that no wait and no next step ignores it.

use std::cell::Cell;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::sys::signal::Signal;

use crate::base::error::Error;

thread_local! {
    /// Where the first caught signal is noted (0: none yet), while signals are caught for this thread.
    static NOTED: Cell<Option<&'static AtomicI32>> = const { Cell::new(None) };
}

/// From now on this thread's interruptions are noted there; `None`: signals end the process as usual.
pub fn watch(noted: Option<&'static AtomicI32>) {
    NOTED.set(noted);
}

/// Whether signals are caught for this thread.
pub fn watched() -> bool {
    NOTED.get().is_some()
}

/// What a question, a wait or the next step fails with once a signal was caught.
pub fn pending() -> Option<Error> {
    let signal = Signal::try_from(NOTED.get()?.load(Ordering::SeqCst)).ok()?;
    Some(Error::input("interrupted").cause(signal.as_str()))
}
