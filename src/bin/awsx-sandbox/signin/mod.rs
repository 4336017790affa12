//! AWS Sign-In: console logins for programs
//! ([reference](https://docs.aws.amazon.com/signin/latest/APIReference/)), and the federation endpoint of the web
//! console.

mod authorize;
mod dpop;
pub mod federation;
pub mod logins;
mod token;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub use authorize::decide;

use crate::auth::Caller;
use crate::authz::{Own, facts, own_policies};
use crate::call::{Named, Outcome, with_faults};
use crate::pages;
use crate::policy::Ask;
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Params, Reply, Request};
use crate::world::Session;

/// Programs that run where the browser is.
const SAME_DEVICE: &str = "arn:aws:signin:::devtools/same-device";
/// Programs for which the person carries a code over.
const CROSS_DEVICE: &str = "arn:aws:signin:::devtools/cross-device";
/// The page that shows that code.
const CONFIRMATION: &str = "/v1/sessions/confirmation";
/// The region of everything here; a loopback address names none.
const REGION: &str = "us-east-1";

/// The operation of Sign-In that a request is for, as IAM names it.
pub fn action(request: &Request) -> Option<&'static str> {
    Some(match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v1/authorize") => "signin:Authorize",
        ("GET", CONFIRMATION) => "signin:Confirmation",
        ("POST", "/v1/token") => "signin:CreateOAuth2Token",
        _ => return None,
    })
}

/// Answers a call and writes it into the log.
pub fn answer(sandbox: &mut Sandbox, request: &Request, action: &'static str) -> Outcome {
    let perform = |sandbox: &mut Sandbox| match action {
        "signin:Authorize" => authorize::authorize(sandbox, request),
        "signin:Confirmation" => Ok(authorize::confirmation(request)),
        _ => token::create_token(sandbox, request),
    };
    let form = |result: Result<Reply, ApiError>| {
        result.unwrap_or_else(|error| match action {
            "signin:CreateOAuth2Token" => refusal(&error),
            _ => pages::message(error.status, "This can't go on", &error.message),
        })
    };
    with_faults(sandbox, request, Named { service: "signin", action, params: logged(request) }, perform, form)
}

/// The parameters that the log may show.
fn logged(request: &Request) -> BTreeMap<String, Value> {
    const SECRET: [&str; 3] = ["code", "codeVerifier", "refreshToken"];
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let body = body.as_object().cloned().unwrap_or_default();
    let query = Params::parse(&request.query).0.into_iter().map(|(name, value)| (name, Value::from(value)));
    query.chain(body).filter(|(name, _)| !SECRET.contains(&name.as_str())).collect()
}

/// The form of an error. Its code is that of the service and, after a slash, the one of OAuth.
fn refusal(error: &ApiError) -> Reply {
    let (code, oauth) = match error.code.as_str() {
        "InternalFailure" => ("InternalServerException", "server_error"),
        "Throttling" => ("TooManyRequestsError", "rate_exceeded"),
        code => code.split_once('/').unwrap_or((code, "INVALID_REQUEST")),
    };
    let status = if code == "TooManyRequestsError" { 429 } else { error.status };
    let body = json!({"error": oauth, "message": error.message}).to_string();
    let mut reply = Reply::new(status, "application/json", body);
    reply.headers.push(("x-amzn-errortype", code.to_owned()));
    reply
}

/// 400 `ValidationException`.
fn invalid(why: impl Into<String>) -> ApiError {
    ApiError::new(400, "ValidationException/INVALID_REQUEST", why)
}

/// 400 `AccessDeniedException` with one of its four reasons.
fn denied(reason: &str, why: &str) -> ApiError {
    ApiError::new(400, &format!("AccessDeniedException/{reason}"), why)
}

/// Whether the user of a session may do that with a program. Two sorts of programs are two resources.
fn may(sandbox: &Sandbox, session: &Session, client_id: &str, action: &str) -> bool {
    let place = if client_id == SAME_DEVICE { "localhost" } else { "remote" };
    let resource = format!("arn:aws:signin:{REGION}:{}:oauth2/public-client/{place}", sandbox.world.account);
    let caller = Caller {
        region: REGION.into(),
        who: session.who.clone(),
        session: Some(session.clone()),
        user_agent: String::new(),
    };
    let context = facts(sandbox, &caller, false);
    own_policies(&sandbox.world, &caller, Ask { action, resource: &resource, context: &context }) == Own::Allowed
}
