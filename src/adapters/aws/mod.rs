//! The AWS SDK behind the ports. Making one of these types costs nothing: the runtime, the TLS client and the
//! connection exist only during a call. Never call them from inside a tokio runtime.

mod call;
mod client;
mod http;
mod iam;
mod oidc;
mod presign;
mod signin;
mod ssm;
mod sso;
mod sso_lists;
mod sts;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::base::env::Env;
use crate::base::vars;

pub use http::PlainHttp;
pub use iam::AwsIam;
pub use oidc::AwsOidc;
pub use presign::AwsPresigner;
pub use signin::AwsConsoleSignIn;
pub use ssm::AwsSsm;
pub use sso::AwsSso;
pub use sts::AwsSts;

/// The time limits of a call.
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

/// Prints a warning, from any thread.
pub type Warn = Arc<dyn Fn(&str) + Send + Sync>;

/// Proxies, trusted roots and time limits of calls. The proxy URLs may hold a password, so there is no `Debug`.
#[derive(Clone, Default)]
pub struct Network {
    limits: Limits,
    http_proxy: Option<String>,
    https_proxy: Option<String>,
    no_proxy: Option<String>,
    roots: Option<PathBuf>,
    warn: Option<Warn>,
}

impl Network {
    /// The default time limits, with `SSL_CERT_FILE` and the proxies of the environment: `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY`. Lower case goes first, as in curl and the AWS CLI.
    pub fn new(env: &Env) -> Self {
        let either = |name: &str| env.first(&[&name.to_ascii_lowercase(), name]).map(ToOwned::to_owned);
        let all = either(vars::ALL_PROXY);
        Network {
            limits: Limits::default(),
            http_proxy: either(vars::HTTP_PROXY).or_else(|| all.clone()),
            https_proxy: either(vars::HTTPS_PROXY).or(all),
            no_proxy: either(vars::NO_PROXY),
            roots: env.path(vars::SSL_CERT_FILE),
            warn: None,
        }
    }

    /// Warns a person before a call that is dangerous.
    #[must_use]
    pub fn warning(self, warn: Warn) -> Self {
        Network { warn: Some(warn), ..self }
    }

    /// Other time limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Network { limits, ..self }
    }
}
