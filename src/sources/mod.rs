//! Where a chain of steps starts: one file for each source. A source is asked for exactly what the plan says
//! ([`crate::plan::source`]). The profile and the environment are not read again here, except for secrets, which a plan
//! doesn't hold.

mod container;
mod environment;
mod instance;
mod json;
pub mod keys;
mod login;
pub mod pasted;
pub mod plaintext;
mod process;
mod program;
mod sso;
#[cfg(test)]
mod tests;
mod web_identity;

use std::time::Duration;

use crate::app::App;
use crate::aws::answer;
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::base::time::Timestamp;
use crate::plan::Source;
use crate::ports::{CallError, Endpoint, Fault, HttpAnswer, HttpRequest};

/// What a source gave: a session, or a long-lived key pair.
#[derive(Debug, Clone)]
pub struct Given {
    /// The credentials.
    pub credentials: Credentials,
    /// Whose they are, where the source says so.
    pub arn: Option<String>,
}

/// Asks the source of `profile`, once.
///
/// # Errors
/// Which source it was, why it gave nothing, and what mends that.
pub fn resolve(app: &App, profile: &str, source: &Source) -> Result<Given> {
    app.debug(|| format!("{profile}: asking {}", source.name()));
    let asking = Asking { app, profile, source };
    let given = match source {
        Source::Sso(role) => sso::ask(&asking, role),
        Source::Login(login) => login::ask(&asking, login),
        Source::WebIdentity(identity) => web_identity::ask(&asking, identity),
        Source::Process(process) => process::ask(&asking, process),
        Source::Environment(from) => environment::ask(&asking, from),
        Source::Container(container) => container::ask(&asking, container),
        Source::Instance(instance) => instance::ask(&asking, instance),
    }?;
    let credentials = check(given.credentials, app.clock.now()).map_err(|cause| asking.unusable(cause))?;
    Ok(Given { credentials, ..given })
}

/// The longest session of AWS, in seconds. A later expiry is cut to this.
const LONGEST: i64 = 36 * 3600;

/// Refuses credentials that can't be used, so that the error names the source, and not some later call.
fn check(mut credentials: Credentials, now: Timestamp) -> std::result::Result<Credentials, String> {
    answer::credentials(&credentials, None, now)?;
    if !credentials.is_session() && credentials.access_key_id.starts_with("ASIA") {
        return Err("it is the key of a session, without its session token".into());
    }
    credentials.expires = credentials.expires.map(|expires| expires.min(now.plus(LONGEST)));
    Ok(credentials)
}

/// A source that is being asked.
struct Asking<'a> {
    app: &'a App,
    profile: &'a str,
    source: &'a Source,
}

/// The hint for a source that gives credentials that have expired or can't be used.
pub fn how_to_renew(profile: &str, source: &Source) -> String {
    match source {
        Source::Process(_) => {
            format!("the program named by credential_process of profile {profile} gives them: renew them there")
        }
        Source::Environment(_) => "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and \
                                   AWS_CREDENTIAL_EXPIRATION where they are set"
            .into(),
        _ => "check this machine's clock, then try again".into(),
    }
}

/// How often the endpoint of a container or an instance is asked.
const ATTEMPTS: u32 = 3;

impl Asking<'_> {
    /// The error for a source that gave nothing.
    fn failed(&self, kind: ErrorKind, cause: impl std::fmt::Display) -> Error {
        Error::new(kind, format!("no credentials for profile {} from {}", self.profile, self.source.name()))
            .cause(cause)
    }

    /// The error for a source whose answer can't be used.
    fn unusable(&self, cause: String) -> Error {
        let name = self.source.name();
        Error::new(ErrorKind::Refused, format!("what {name} gives for profile {} can't be used", self.profile))
            .cause(cause)
            .hint(how_to_renew(self.profile, self.source))
    }

    /// The error for a call to AWS that failed.
    fn explain(&self, error: &CallError, role_arn: Option<&str>, duration: Option<u32>, at: &Endpoint) -> Error {
        let context = Context {
            profile: Some(self.profile),
            role_arn,
            duration,
            now: Some(self.app.clock.now()),
            ..Context::default()
        };
        errors::explain(error, &context.at(at))
    }

    /// Sends a request to an endpoint of this machine. Tries again if the answer was lost or the endpoint has a problem.
    ///
    /// # Errors
    /// [`ErrorKind::Network`] if there is no answer. `hint` says what mends that.
    fn send(&self, request: &HttpRequest, hint: &str) -> Result<HttpAnswer> {
        let mut attempt = 1;
        loop {
            let answer = self.app.http.send(request);
            let again = match &answer {
                Ok(answer) => answer.status >= 500 || answer.status == 429,
                Err(fault) => !matches!(fault, Fault::Unreachable(_)),
            };
            if !again || attempt == ATTEMPTS {
                return answer.map_err(|fault| {
                    let (kind, why) = match fault {
                        Fault::Unsendable(why) => (ErrorKind::Config, why),
                        Fault::Unreachable(why) | Fault::TimedOut(why) | Fault::Protocol(why) => {
                            (ErrorKind::Network, why)
                        }
                        Fault::Unusable(why) | Fault::Service { code: why, .. } => (ErrorKind::Refused, why),
                    };
                    let cause = format!("{}: {}", request.url, errors::one_line(&why));
                    self.failed(kind, cause).hint(hint)
                });
            }
            self.app.debug(|| format!("{}: attempt {attempt} failed", request.url));
            self.app.clock.sleep(1);
            attempt += 1;
        }
    }
}

/// How long an endpoint of this machine may take, one attempt.
const LIMIT: Duration = Duration::from_secs(3);
