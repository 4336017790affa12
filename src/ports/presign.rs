//! Requests that awsx signs and somebody else sends.

use super::Caller;
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
    /// The URL with its signature. Whoever has it acts as the caller until it is no longer valid. Without a URL of
    /// its own the endpoint is that of STS in its region.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there can be no such URL.
    fn presign(&self, caller: Caller<'_>, request: &ToPresign<'_>) -> Result<Secret>;
}
