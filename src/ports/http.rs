//! Plain HTTP, for the endpoints of containers and instances, as a trait.

use std::path::Path;
use std::time::Duration;

use super::Fault;
use crate::base::secret::{Secret, SecretBytes};
use crate::base::time::Timestamp;

/// One request.
#[derive(Debug, Clone)]
pub struct HttpRequest<'a> {
    /// `GET`, `PUT` or `POST`.
    pub method: &'static str,
    /// The whole URL.
    pub url: &'a str,
    /// Header fields; their values may be secrets.
    pub headers: &'a [(&'static str, Secret)],
    /// What is sent, which may be a secret.
    pub body: Option<&'a Secret>,
    /// PEM file of additional trusted roots.
    pub ca_bundle: Option<&'a Path>,
    /// How long it may take.
    pub limit: Duration,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body, which may be a secret.
    pub body: SecretBytes,
    /// The server's clock, from the `Date` header.
    pub date: Option<Timestamp>,
}

/// HTTP to addresses of this machine without a proxy; `https` goes through the proxy, if there is one.
pub trait Http {
    /// One attempt.
    ///
    /// # Errors
    /// No connection, no answer in time, or none that makes sense.
    fn send(&self, request: &HttpRequest<'_>) -> std::result::Result<HttpAnswer, Fault>;
}
