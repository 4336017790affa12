//! A small HTTP server on this machine, as a trait.

use std::net::SocketAddr;
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
    /// What follows the question mark, as it was sent.
    pub query: Option<&'a str>,
    /// The header `Host`.
    pub host: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a [u8]>,
    /// The client's end of the connection.
    pub from: SocketAddr,
}

/// An answer. No client may keep it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// What it is.
    pub content: Content,
    /// The text of it.
    pub body: Arc<SecretBytes>,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Credentials or an error, for a program. The connection stays open for more.
    Json,
    /// A page for a person, which loads nothing and leads nowhere. The connection is closed after it.
    Page,
    /// A redirect: the text is where to. The connection is closed after it.
    Redirect,
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

/// A server that runs. It ends when this is dropped: the port is closed at once. A page or redirect that is on its way
/// arrives.
pub trait Listening {
    /// Its port.
    fn port(&self) -> u16;
}
