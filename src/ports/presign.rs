//! Requests that awsx signs and somebody else sends.

use super::{Caller, Endpoint};
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;

/// A GET request for the root of an endpoint. Everything that authenticates it is in its URL.
#[derive(Debug, Clone)]
pub struct ToPresign<'a> {
    /// The name that the request is signed for: `sts`, `rds-db`.
    pub service: &'static str,
    /// The query, in this order; names and values as they are, not encoded.
    pub query: &'a [(&'static str, &'a str)],
    /// Headers that the sender must send as well.
    pub headers: &'a [(&'static str, &'a str)],
    /// When it is signed.
    pub at: Timestamp,
    /// How many seconds from then AWS accepts it.
    pub valid: u32,
}

/// Signs requests on this machine ([signature in the
/// query](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html)).
pub trait Presigner {
    /// Where a request for the root of this endpoint goes. Without a URL of its own that is STS in its region.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no such place.
    fn root(&self, at: &Endpoint) -> Result<String>;
    /// The URL with its signature, at [`Presigner::root`]. Whoever has it acts as the caller until it is no longer valid.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there can be no such URL.
    fn presign(&self, caller: Caller<'_>, request: &ToPresign<'_>) -> Result<Secret>;
}
