//! A server on this machine that waits for one visit of a browser.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::base::error::Result;
use crate::base::secret::SecretBytes;
use crate::base::signals;
use crate::ports::{Answer, Answering, Asked, Content, Listening, Server};

/// How often a wait looks around.
const LOOK: Duration = Duration::from_millis(50);

/// A server that waits. The port is open for as long as this lives.
pub struct Visit<T> {
    listening: Box<dyn Listening>,
    came: Receiver<T>,
}

/// How a wait has ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended<T, E> {
    /// With the visit that was waited for.
    Came(T),
    /// `look` has ended it.
    Stopped(E),
    /// The time was over.
    Late,
}

impl<T: Send + 'static> Visit<T> {
    /// Begins to listen on a free port. `answer` gives each visitor an answer, and for the visit that is waited for what
    /// it brings. Only the first such visit counts. Whoever names another host than this address is turned away: a page
    /// of somebody else could ask under a name of its own that leads to this machine (DNS rebinding).
    ///
    /// # Errors
    /// As [`crate::ports::Server::listen`].
    pub fn begin(
        server: &dyn Server,
        answer: impl Fn(&Asked<'_>) -> (Answer, Option<T>) + Send + Sync + 'static,
    ) -> Result<Self> {
        let (say, came) = channel();
        let (say, came_already) = (Mutex::new(say), AtomicBool::new(false));
        let host = Arc::new(OnceLock::<String>::new());
        let own = host.clone();
        let answering: Answering = Arc::new(move |asked: &Asked<'_>| {
            if asked.host.is_none() || asked.host != own.get().map(String::as_str) {
                return nothing(400, "this address answers under its own name only");
            }
            let (given, brought) = answer(asked);
            let Some(brought) = brought else { return given };
            if came_already.swap(true, SeqCst) {
                return nothing(410, "this has been answered already");
            }
            // Nobody listens any more if the wait is over.
            let _ = say.lock().unwrap_or_else(PoisonError::into_inner).send(brought);
            given
        });
        let listening = server.listen(0, answering)?;
        let _ = host.set(format!("127.0.0.1:{}", listening.port()));
        Ok(Visit { listening, came })
    }

    /// The host and port for the browser.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.listening.port())
    }

    /// Waits for the visit; `look` is called again and again meanwhile. The port is closed when this returns.
    ///
    /// # Errors
    /// A signal that is watched for.
    pub fn wait<E>(self, limit: Duration, mut look: impl FnMut() -> ControlFlow<E>) -> Result<Ended<T, E>> {
        let end = Instant::now() + limit;
        loop {
            match self.came.recv_timeout(LOOK) {
                Ok(brought) => return Ok(Ended::Came(brought)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Ended::Late),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(interruption) = signals::pending() {
                return Err(interruption);
            }
            if let ControlFlow::Break(why) = look() {
                return Ok(Ended::Stopped(why));
            }
            if Instant::now() >= end {
                return Ok(Ended::Late);
            }
        }
    }
}

/// An answer to a visit that doesn't count.
pub fn nothing(status: u16, why: &str) -> Answer {
    page(status, "Not here", &format!("awsx: {why}."))
}

/// A page for a person, which loads nothing.
pub fn page(status: u16, title: &str, text: &str) -> Answer {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} – awsx</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;\
         color-scheme:light dark}}h1{{font-size:1.5rem}}</style></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
    );
    Answer { status, content: Content::Page, body: Arc::new(SecretBytes::new(html.into_bytes())) }
}
