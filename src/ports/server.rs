//! A small HTTP server on this machine, as a trait.

use std::sync::Arc;

use crate::base::error::Result;
use crate::base::secret::SecretBytes;

/// The part of a request that an answer depends on.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// `GET` …
    pub method: &'a str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// The header `Host`.
    pub host: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a [u8]>,
}

/// An answer: JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Arc<SecretBytes>,
}

/// Answers a request at once, from whichever thread; it must not wait for anything.
pub type Answering = Arc<dyn Fn(&Asked<'_>) -> Answer + Send + Sync>;

/// Serves HTTP on 127.0.0.1.
pub trait Server {
    /// Takes a port (0: any free one) and serves from a thread of its own for as long as the result lives.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the port is taken.
    fn listen(&self, port: u16, answering: Answering) -> Result<Box<dyn Listening>>;
}

/// A server that runs. It ends when this is dropped.
pub trait Listening {
    /// Its port.
    fn port(&self) -> u16;
}
