//! The AWS SDK behind the ports. Building any of these types costs nothing; a runtime, a TLS client and a connection
//! exist only inside a call and are gone when it returns. Never call them from inside a tokio runtime.

mod call;
mod client;
mod iam;
mod ssm;
mod sts;
mod upstream;

use std::time::Duration;

pub use iam::AwsIam;
pub use ssm::AwsSsm;
pub use sts::AwsSts;

/// The time limits of a call (spec section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// One attempt, from connecting to the last byte of the answer.
    pub attempt: Duration,
    /// All attempts and the waits between them.
    pub total: Duration,
    /// How many attempts, the first one included.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles after that.
    pub backoff: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(10),
            total: Duration::from_secs(30),
            attempts: 3,
            backoff: Duration::from_secs(1),
        }
    }
}
