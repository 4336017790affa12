//! Runs one call on a runtime of its own, and turns a failure into a [`CallError`].

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_config::SdkConfig;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use super::{Limits, Network, client};
use crate::adapters::process::files_are_left;
use crate::base::secret::Credentials;
use crate::base::time::Timestamp;
use crate::ports::{Call, CallError, Caller, Endpoint, Fault};

/// What an SDK operation comes back with.
type Outcome<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// One call that is about to be made.
pub struct Calling<'a> {
    /// The IAM action.
    pub action: &'static str,
    /// How it leaves this machine.
    pub network: &'a Network,
    /// Where the call goes.
    pub endpoint: &'a Endpoint,
    /// What signs it; some calls are not signed.
    pub credentials: Option<&'a Credentials>,
}

impl<'a> Calling<'a> {
    /// A call of `caller`.
    pub fn signed(action: &'static str, network: &'a Network, caller: Caller<'a>) -> Self {
        Calling { action, network, endpoint: caller.endpoint, credentials: Some(caller.credentials) }
    }

    /// A call that is not signed.
    pub fn unsigned(action: &'static str, network: &'a Network, endpoint: &'a Endpoint) -> Self {
        Calling { action, network, endpoint, credentials: None }
    }

    /// Makes the call and returns the operation's answer.
    pub fn run<T, E, F>(&self, operation: impl FnOnce(SdkConfig) -> F) -> Call<T>
    where
        F: Future<Output = Outcome<T, E>>,
        E: ProvideErrorMetadata + StdError + 'static,
    {
        self.run_once(|config, _| operation(config))
    }

    /// Makes a call that can't succeed twice: an MFA code can be used once, a device can be made once.
    ///
    /// It is retried like any other, since most lost attempts never reached AWS. But if an earlier attempt may have
    /// reached AWS, the refusal of a retry doesn't mean that the person typed something wrong. Then the lost answer
    /// is reported. The operation must be sent with the interceptor that it gets.
    pub fn run_once<T, E, F>(&self, operation: impl FnOnce(SdkConfig, Unanswered) -> F) -> Call<T>
    where
        F: Future<Output = Outcome<T, E>>,
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let unanswered = Unanswered::default();
        self.make(&unanswered, operation).map_err(|fault| match fault {
            Fault::Service { code, status, .. } if status < 500 && unanswered.any() => {
                self.error(Fault::Protocol(format!("the answer was lost, and AWS refused the repeat ({code})")))
            }
            fault => self.error(fault),
        })
    }

    /// As [`Calling::run_once`], for a change that was made for sure if a retry is refused with the code `done`.
    pub fn run_until<T, E, F>(&self, done: &str, operation: impl FnOnce(SdkConfig, Unanswered) -> F) -> Call<()>
    where
        F: Future<Output = Outcome<T, E>>,
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let unanswered = Unanswered::default();
        match self.make(&unanswered, operation) {
            Ok(_) => Ok(()),
            Err(Fault::Service { code, .. }) if code == done && unanswered.any() => Ok(()),
            Err(fault) => Err(self.error(fault)),
        }
    }

    fn make<T, E, F>(
        &self,
        unanswered: &Unanswered,
        operation: impl FnOnce(SdkConfig, Unanswered) -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Outcome<T, E>>,
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let config = client::config(self.network, self.endpoint, self.credentials)?;
        let limits = self.network.limits;
        let operation = operation(config, unanswered.clone());
        // The limit of all attempts, and of all pages of a list together.
        block_on(async { timeout(limits.total, operation).await })?
            .map_err(|_| Fault::TimedOut(format!("no answer within {}, all attempts together", seconds(limits.total))))?
            .map_err(|error| fault(&error, limits))
    }

    /// A failure of this call.
    pub fn error(&self, fault: Fault) -> CallError {
        CallError { action: self.action, fault }
    }

    /// A failure of this call: AWS answered, but without `what`.
    pub fn missing(&self, what: &str) -> CallError {
        self.error(Fault::Unusable(format!("it has no {what}")))
    }

    /// Makes what [`crate::aws::answer`] found wrong with the answer a failure of this call.
    pub fn usable(&self, verdict: Result<(), String>) -> Call<()> {
        verdict.map_err(|wrong| self.error(Fault::Unusable(wrong)))
    }

    /// The pages that [`pages`] has read, unless there are more than AWS can have.
    pub fn whole<T>(&self, pages: Vec<T>) -> Call<Vec<T>> {
        if pages.len() > MOST_PAGES {
            return Err(self.error(Fault::Unusable(format!("it goes on after {MOST_PAGES} pages"))));
        }
        Ok(pages)
    }
}

/// More pages than any list that awsx reads can have.
const MOST_PAGES: usize = 50;

/// Reads a list page by page, at most one page more than [`MOST_PAGES`]. [`Calling::whole`] refuses a list with that
/// page.
pub async fn pages<T, E>(mut next: impl AsyncFnMut() -> Option<Result<T, E>>) -> Result<Vec<T>, E> {
    let mut pages = Vec::new();
    while pages.len() <= MOST_PAGES {
        let Some(page) = next().await else { break };
        pages.push(page?);
    }
    Ok(pages)
}

/// Waits for `future` on a runtime of its own.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Fault> {
    let unsendable = |e: io::Error| Fault::Unsendable(format!("a call opens several files: {e}"));
    files_are_left().map_err(unsendable)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unsendable)?;
    let output = runtime.block_on(future);
    // A name look-up that hangs must not hold the process up once its time limit has passed.
    runtime.shutdown_background();
    Ok(output)
}

/// Remembers whether an attempt was sent of which nobody knows if AWS acted on it.
#[derive(Debug, Clone, Default)]
pub struct Unanswered(Arc<AtomicBool>);

impl Intercept for Unanswered {
    fn name(&self) -> &'static str {
        "awsx: attempts without an answer"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else { return Ok(()) };
        let open = match (context.response(), error.as_connector_error()) {
            (Some(response), _) => response.status().is_server_error() || !error.is_operation_error(),
            (None, Some(error)) => !never_sent(error),
            (None, None) => error.is_timeout_error(),
        };
        if open {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Unanswered {
    fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether the failure came before a single byte of the request was sent.
pub fn never_sent(error: &(dyn StdError + 'static)) -> bool {
    // The SDK doesn't expose the error type of hyper, so the texts of hyper and of the SDK have to do.
    chain(error).any(|e| {
        let words = e.to_string();
        words == "client error (Connect)" || words.starts_with("HTTP connect timeout")
    })
}

/// Why there is no connection. The answer of a proxy doesn't say that it is from a proxy, so this does.
fn no_connection(error: &(dyn StdError + 'static)) -> String {
    let cause = root_cause(error);
    if chain(error).any(|e| e.to_string().starts_with("tunnel error: ")) {
        return format!("no CONNECT tunnel through the proxy: {}", cause.trim_start_matches("tunnel error: "));
    }
    cause
}

/// The error and everything below it.
pub fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&e| e.source())
}

/// The innermost error's words.
pub fn root_cause(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// What failed, as a [`Fault`]. The raw answer is not passed on: it may hold secrets.
fn fault<E: ProvideErrorMetadata + StdError + 'static>(error: &SdkError<E, HttpResponse>, limits: Limits) -> Fault {
    match error {
        SdkError::ServiceError(answer) => {
            let (meta, response) = (answer.err().meta(), answer.raw());
            let status = response.status().as_u16();
            match meta.code() {
                Some(code) => Fault::Service {
                    code: code.into(),
                    message: meta.message().unwrap_or_default().into(),
                    status,
                    server_time: server_time(response),
                },
                None => Fault::Protocol(format!("the answer is not one of AWS's (HTTP status {status})")),
            }
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(e) if never_sent(e) && failure.is_timeout() => {
                Fault::Unreachable(format!("no connection within {}", seconds(limits.connect)))
            }
            Some(e) if never_sent(e) => Fault::Unreachable(no_connection(e)),
            _ if failure.is_timeout() => no_answer(limits),
            Some(e) => Fault::Protocol(format!("the connection broke before the answer came: {}", root_cause(e))),
            None => Fault::Protocol("the request could not be sent".into()),
        },
        SdkError::TimeoutError(_) => no_answer(limits),
        SdkError::ResponseError(_) if chain(error).any(<dyn StdError>::is::<LengthLimitError>) => {
            Fault::Protocol(format!("the answer is longer than {} KiB", client::LONGEST_ANSWER / 1024))
        }
        SdkError::ResponseError(answer) => Fault::Protocol(format!(
            "the answer is not one of AWS's, or it broke off (HTTP status {})",
            answer.raw().status().as_u16()
        )),
        SdkError::ConstructionFailure(_) => Fault::Unsendable(root_cause(error)),
        _ => Fault::Protocol(root_cause(error)),
    }
}

fn no_answer(limits: Limits) -> Fault {
    Fault::TimedOut(format!("no answer within {}, {} times", seconds(limits.attempt), limits.attempts))
}

fn seconds(length: std::time::Duration) -> String {
    format!("{} s", length.as_secs_f32())
}

/// The server's clock, from the `Date` header (RFC 9110, section 6.6.1).
pub fn server_time(response: &HttpResponse) -> Option<Timestamp> {
    let date = response.headers().get("date")?;
    Some(Timestamp(DateTime::from_str(date, Format::HttpDate).ok()?.secs()))
}
