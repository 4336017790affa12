//! What every call to the sandbox goes through: the fault that was asked for it, and the log.

use std::collections::BTreeMap;
use std::time::Duration;

use awsx::base::time::Timestamp;
use serde_json::Value;

use crate::faults::{self, Kind};
use crate::sandbox::{Call, Sandbox};
use crate::sigv4::Authorization;
use crate::wire::{ApiError, Reply, Request};

/// What the connection gets.
#[derive(Debug)]
pub struct Outcome {
    /// The answer; none if the connection is to be cut.
    pub reply: Option<Reply>,
    /// How long it is held back.
    pub delay: Duration,
    /// The server's clock, for the `Date` header.
    pub now: i64,
}

/// A call as faults and the log name it.
pub struct Named<'a> {
    /// `sts`.
    pub service: &'static str,
    /// `sts:GetSessionToken`.
    pub action: &'a str,
    /// The parameters that the log may show.
    pub params: BTreeMap<String, Value>,
}

/// Does a call with the fault that it meets, and writes it into the log.
pub fn with_faults<T>(
    sandbox: &mut Sandbox,
    request: &Request,
    call: Named<'_>,
    perform: impl FnOnce(&mut Sandbox) -> Result<T, ApiError>,
    form: impl FnOnce(Result<T, ApiError>) -> Reply,
) -> Outcome {
    let fault = faults::take(&mut sandbox.faults, call.action);
    let skew = if let Some(Kind::Skew { seconds }) = fault { seconds } else { 0 };
    let delay = if let Some(Kind::Delay { ms }) = fault { Duration::from_millis(ms) } else { Duration::ZERO };

    sandbox.clock_offset += skew;
    let result = match fault.as_ref().map(|f| (f, f.error())) {
        Some((Kind::DropBefore, _)) => Err(ApiError::new(0, "dropped", "the connection was cut before the call")),
        Some((_, Some(error))) => Err(error),
        _ => perform(sandbox),
    };
    log(sandbox, request, call, fault.as_ref(), result.as_ref().err());
    let now = sandbox.now();
    sandbox.clock_offset -= skew;

    let reply = match fault {
        Some(Kind::DropBefore | Kind::DropAfter) => None,
        Some(Kind::Garbage) => Some(Reply::new(200, "text/html", "<html>not an API")),
        _ => Some(form(result)),
    };
    Outcome { reply, delay, now }
}

fn log(sandbox: &mut Sandbox, request: &Request, call: Named<'_>, fault: Option<&Kind>, error: Option<&ApiError>) {
    let key = request.header("authorization").and_then(|h| Authorization::parse(h).ok()).map(|a| a.key_id);
    sandbox.calls.push(Call {
        time: Timestamp(sandbox.now()).to_string(),
        service: call.service.into(),
        action: call.action.into(),
        access_key_id: key,
        user_agent: request.header("user-agent").unwrap_or_default().into(),
        status: error.map_or(200, |e| e.status),
        outcome: error.map_or_else(|| "ok".into(), |e| e.code.clone()),
        message: error.map(|e| e.message.clone()),
        fault: fault.map(Kind::name),
        params: call.params,
    });
}
