//! IAM Identity Center: its OIDC service
//! ([reference](https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/)) and its access portal
//! ([reference](https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/)).

mod authorize;
pub mod directory;
mod oidc;
mod portal;
pub mod provision;
mod token;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

pub use authorize::{decide, decide_device};

use crate::call::{Named, Outcome, with_faults};
use crate::pages;
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Params, Reply, Request};

/// The operation of Identity Center that a request is for, as IAM names it.
pub fn action(request: &Request) -> Option<&'static str> {
    Some(match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/client/register") => "sso-oauth:RegisterClient",
        ("POST", "/device_authorization") => "sso-oauth:StartDeviceAuthorization",
        ("POST", "/token") => "sso-oauth:CreateToken",
        ("GET", "/authorize") => "sso-oauth:Authorize",
        ("GET", "/device") => "sso-oauth:VerifyDevice",
        ("GET", "/federation/credentials") => "sso:GetRoleCredentials",
        ("GET", "/assignment/accounts") => "sso:ListAccounts",
        ("GET", "/assignment/roles") => "sso:ListAccountRoles",
        ("POST", "/logout") => "sso:Logout",
        _ => return None,
    })
}

/// Answers a call and writes it into the log.
pub fn answer(sandbox: &mut Sandbox, request: &Request, action: &'static str) -> Outcome {
    let (service, operation) = action.split_once(':').unwrap_or((action, ""));
    let params = logged(request);
    let perform = |sandbox: &mut Sandbox| match operation {
        "RegisterClient" => oidc::register_client(sandbox, request),
        "StartDeviceAuthorization" => oidc::start_device_authorization(sandbox, request),
        "CreateToken" => token::create_token(sandbox, request),
        "Authorize" => authorize::authorize(sandbox, request),
        "VerifyDevice" => authorize::verify_device(sandbox, request),
        _ => portal::call(sandbox, request, operation),
    };
    let form = |result: Result<Reply, ApiError>| {
        result.unwrap_or_else(|error| match (service, operation) {
            (_, "Authorize" | "VerifyDevice") => pages::message(error.status, "This can't go on", &error.message),
            ("sso", _) => portal_error(&error),
            _ => oidc_error(&error),
        })
    };
    with_faults(sandbox, request, Named { service, action, params }, perform, form)
}

/// The parameters that the log may show.
fn logged(request: &Request) -> BTreeMap<String, Value> {
    const SECRET: [&str; 5] = ["clientSecret", "code", "codeVerifier", "refreshToken", "deviceCode"];
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let body = body.as_object().cloned().unwrap_or_default();
    let query = Params::parse(&request.query).0.into_iter().map(|(name, value)| (name, Value::from(value)));
    query.chain(body).filter(|(name, _)| !SECRET.contains(&name.as_str())).collect()
}

/// Reads the members of a call.
///
/// # Errors
/// `InvalidRequestException`, also for a member that doesn't exist.
fn members<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T, ApiError> {
    if request.header("content-type") != Some("application/json") {
        return Err(invalid("Content-Type must be application/json"));
    }
    serde_json::from_slice(&request.body).map_err(|e| invalid(e.to_string()))
}

fn ok(body: &Value) -> Reply {
    Reply::new(200, "application/json", body.to_string())
}

/// 400 `InvalidRequestException`.
fn invalid(why: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidRequestException", why)
}

/// 400 `InvalidGrantException`.
fn invalid_grant(why: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidGrantException", why)
}

fn oidc_error(error: &ApiError) -> Reply {
    let (code, oauth) = match error.code.as_str() {
        "InternalFailure" => ("InternalServerException", "server_error".to_owned()),
        code => (code, snake(code.strip_suffix("Exception").unwrap_or(code))),
    };
    let body = json!({"error": oauth, "error_description": error.message});
    with_type(error.status, code, &body)
}

fn portal_error(error: &ApiError) -> Reply {
    let (status, code) = match error.code.as_str() {
        "Throttling" => (429, "TooManyRequestsException"),
        code => (error.status, code),
    };
    with_type(status, code, &json!({"message": error.message, "__type": code}))
}

fn with_type(status: u16, code: &str, body: &Value) -> Reply {
    let mut reply = Reply::new(status, "application/json", body.to_string());
    reply.headers.push(("x-amzn-errortype", code.to_owned()));
    reply
}

/// `InvalidGrant` as `invalid_grant`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
