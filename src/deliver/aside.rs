//! Threads that get sessions while the main thread waits for commands. A call to AWS may take half a minute, and a person
//! longer. Neither must hold up commands, their signals or other profiles.

use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::signals;
use crate::cli::Global;

/// How long the end waits for a question to be taken back. A call to AWS may be left alone.
const GRACE: Duration = Duration::from_millis(500);

/// Held while a person is asked, so that only one thread asks at a time.
static ASKING: Mutex<()> = Mutex::new(());

/// A thread. It ends when this is dropped.
pub struct Aside {
    end: Option<Sender<()>>,
    /// What ends a question of the thread. It has to live as long as the thread, which may outlive this value.
    noted: &'static AtomicI32,
    thread: Option<JoinHandle<()>>,
}

/// Starts a thread.
///
/// # Errors
/// [`ErrorKind::Failed`] if the system allows none.
pub fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    let thread = thread::Builder::new().name(name.into()).spawn(work);
    thread.map_err(|e| Error::failed("the system allows no further thread").cause(e))
}

/// What the thread works with: two apps.
pub struct Here {
    /// Asks nobody.
    silent: App,
    /// May ask a person.
    asking: App,
    ended: Receiver<()>,
    noted: &'static AtomicI32,
}

impl Aside {
    /// Starts a thread.
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] if the system allows none.
    pub fn start(app: &App, work: impl FnOnce(Here) + Send + 'static) -> Result<Self> {
        let (end, ended) = mpsc::channel();
        let noted: &'static AtomicI32 = Box::leak(Box::default());
        let (make, global) = (app.for_a_thread(), app.global.clone());
        let thread = spawn("sessions", move || {
            signals::note_in(Some(noted));
            let silent = make(Global { no_input: true, ..global.clone() });
            work(Here { silent, asking: make(global), ended, noted });
        })?;
        Ok(Aside { end: Some(end), noted, thread: Some(thread) })
    }

    /// A signal has come: it ends the question that a person is asked just now.
    pub fn interrupt(&self, signal: Signal) {
        self.noted.store(signal as i32, SeqCst);
    }

    /// Tells the thread to end. Dropping waits for that, but not for long.
    pub fn end(&mut self) {
        self.end = None;
        self.interrupt(Signal::SIGTERM);
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.end();
        let end = Instant::now() + GRACE;
        while Instant::now() < end && self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Here {
    /// The app that may ask a person.
    pub fn app(&self) -> &App {
        &self.asking
    }

    /// Whether the thread is to end.
    pub fn is_over(&self) -> bool {
        self.ended.try_recv() != Err(TryRecvError::Empty)
    }

    /// Waits that long; `false` if the thread is to end.
    pub fn wait(&self, length: Duration) -> bool {
        self.ended.recv_timeout(length) == Err(RecvTimeoutError::Timeout)
    }

    /// Calls `act` with the app that asks nobody. If that needs a person, calls it with the app that may ask, one thread
    /// at a time. What `before` gives is held meanwhile. An interruption ends this call alone.
    ///
    /// # Errors
    /// Those of `act`; [`ErrorKind::Input`] if the thread is to end.
    pub fn act<T, B>(&self, act: impl Fn(&App) -> Result<T>, before: impl FnOnce() -> B) -> Result<T> {
        let done = self.silently(&act);
        let needs_a_person = done.as_ref().is_err_and(|error| error.kind == ErrorKind::Input);
        if !needs_a_person || self.asking.global.no_input || signals::pending().is_some() {
            return done;
        }
        let _one_at_a_time = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
        let _held = before();
        act(&self.asking)
    }

    /// The same without asking anybody.
    ///
    /// # Errors
    /// As [`Here::act`].
    pub fn silently<T>(&self, act: impl Fn(&App) -> Result<T>) -> Result<T> {
        // In this order: an end that comes now is noted after it.
        self.noted.store(0, SeqCst);
        if self.is_over() {
            return Err(Error::input("interrupted"));
        }
        act(&self.silent)
    }
}
