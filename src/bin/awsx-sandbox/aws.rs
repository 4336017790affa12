//! One signed AWS call from request to answer: which service and operation, who, may they, and the protocol's form.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::auth::{Unknown, authenticate};
use crate::call::{Named, Outcome, with_faults};
use crate::sandbox::Sandbox;
use crate::sigv4::Authorization;
use crate::wire::{Answer, ApiError, Params, Reply, Request, request_id, tag, text};
use crate::world::Who;
use crate::{iam, s3, ssm, sts, web_identity};

/// The operation that a request asks for.
struct Operation {
    service: &'static str,
    /// As IAM names it: `sts:GetSessionToken`.
    action: String,
    /// The parameters of the query protocol.
    params: Params,
    /// Those of the JSON protocol.
    json: Value,
}

/// Answers one signed call and writes it into the log.
pub fn answer(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let operation = operation(request);
    let call = Named { service: operation.service, action: &operation.action, params: logged(&operation) };
    with_faults(
        sandbox,
        request,
        call,
        |sandbox| perform(sandbox, request, &operation),
        |result| form(&operation, result),
    )
}

/// Tells the operation from the request's form; the signature's scope decides between services that look alike.
fn operation(request: &Request) -> Operation {
    let scope = request.header("authorization").and_then(|h| Authorization::parse(h).ok()).map(|a| a.service);
    if let Some(name) = request.header("x-amz-target").and_then(|t| t.strip_prefix("AmazonSSM.")) {
        let json = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        return Operation { service: "ssm", action: format!("ssm:{name}"), params: Params::default(), json };
    }
    let mut params = Params::parse(&request.query);
    if request.method == "POST" {
        params.0.extend(Params::parse(&String::from_utf8_lossy(&request.body)).0);
    }
    let name = params.get("Action").unwrap_or("?").to_owned();
    let service = match (scope.as_deref(), params.get("Version")) {
        (Some("s3"), _) => "s3",
        (Some("iam"), _) | (None, Some("2010-05-08")) => "iam",
        (Some("sts") | None, _) => "sts",
        _ => "?",
    };
    let action = if service == "s3" { s3::action(request) } else { format!("{service}:{name}") };
    Operation { service, action, params, json: Value::Null }
}

fn perform(sandbox: &mut Sandbox, request: &Request, operation: &Operation) -> Answer {
    let Operation { service, action, params, json } = operation;
    if *service == "?" {
        return Err(ApiError::new(501, "NotImplemented", "The sandbox has STS, IAM, SSM and a little of S3 only."));
    }
    // The token says who it is: nobody signs this call.
    if action == "sts:AssumeRoleWithWebIdentity" {
        return web_identity::assume(sandbox, params);
    }
    let caller = authenticate(sandbox, request, service).map_err(|unknown| unknown.error(service))?;
    let name = action.split_once(':').map_or("", |(_, name)| name);
    match *service {
        "sts" | "iam" => {
            let version = if *service == "sts" { "2011-06-15" } else { "2010-05-08" };
            if params.get("Version") != Some(version) {
                return Err(ApiError::new(
                    400,
                    "InvalidAction",
                    format!(
                        "Could not find operation {name} for version {}",
                        params.get("Version").unwrap_or("NO_VERSION_SPECIFIED")
                    ),
                ));
            }
            if *service == "sts" {
                return sts::call(sandbox, &caller, name, params);
            }
            // IAM does not know sessions of GetSessionToken that were made without MFA.
            let bare = caller.session.as_ref().is_some_and(|s| s.mfa_at.is_none() && !s.console);
            if bare && matches!(caller.who, Who::User(_)) {
                return Err(Unknown::Key.error(service));
            }
            iam::call(sandbox, &caller, name, params)
        }
        "ssm" => ssm::call(sandbox, &caller, name, json),
        _ => s3::call(sandbox, &caller, action),
    }
}

/// The answer in the form of its service's protocol.
fn form(operation: &Operation, result: Answer) -> Reply {
    let id = request_id();
    let name = operation.action.split_once(':').map_or("", |(_, name)| name);
    match (operation.service, result) {
        ("ssm", Ok(body)) => Reply::new(200, "application/x-amz-json-1.1", body),
        ("ssm", Err(e)) => Reply::new(
            e.status,
            "application/x-amz-json-1.1",
            json!({"__type": e.code, "message": e.message}).to_string(),
        ),
        ("s3", Ok(body)) => Reply::new(200, "application/xml", body),
        ("s3", Err(e)) => Reply::new(
            e.status,
            "application/xml",
            tag("Error", &(text("Code", &e.code) + &text("Message", &e.message) + &text("RequestId", &id))),
        ),
        (service, result) => {
            let namespace = match service {
                "iam" => "https://iam.amazonaws.com/doc/2010-05-08/",
                _ => "https://sts.amazonaws.com/doc/2011-06-15/",
            };
            let (status, root, inner) = match result {
                Ok(inner) => {
                    let result = if inner.is_empty() { String::new() } else { tag(&format!("{name}Result"), &inner) };
                    let meta = tag("ResponseMetadata", &text("RequestId", &id));
                    (200, format!("{name}Response"), result + &meta)
                }
                Err(e) => {
                    let side = if e.status < 500 { "Sender" } else { "Receiver" };
                    let error = text("Type", side) + &text("Code", &e.code) + &text("Message", &e.message);
                    (e.status, "ErrorResponse".into(), tag("Error", &error) + &text("RequestId", &id))
                }
            };
            let body = format!("<{root} xmlns=\"{namespace}\">{inner}</{root}>\n");
            Reply::new(status, "text/xml", body)
        }
    }
}

/// The parameters that the log may show: neither MFA codes nor values of SSM.
fn logged(operation: &Operation) -> BTreeMap<String, Value> {
    const SECRET: [&str; 6] =
        ["TokenCode", "AuthenticationCode1", "AuthenticationCode2", "Value", "Action", "WebIdentityToken"];
    let query = operation.params.0.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str())));
    let json = operation.json.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone()));
    query.chain(json).filter(|(k, _)| !SECRET.contains(&k.as_str())).collect()
}
