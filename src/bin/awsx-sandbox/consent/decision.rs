//! The answer to a question, and what follows from it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::waiting::Ask;
use crate::call::{Named, Outcome, with_faults};
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Params, Reply, Request, base};
use crate::{pages, signin, sso};

/// Whether a request is an answer.
pub fn is_for(request: &Request) -> bool {
    request.method == "POST" && request.path == "/decision"
}

/// Takes an answer, and writes it into the log.
pub fn answer(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let params = Params::parse(&String::from_utf8_lossy(&request.body));
    let ticket = params.get("ticket").unwrap_or_default();
    let now = sandbox.now();
    sandbox.consents.retain(|c| c.until > now);
    let at = sandbox.consents.iter().position(|c| c.ticket == ticket);
    let action = at.and_then(|at| sandbox.consents.get(at)).map_or("sso-oauth:Decide", |c| c.ask.action());
    let shown = ["decision", "user"].map(|n| (n.to_owned(), Value::from(params.get(n))));
    let service = action.split_once(':').map_or("", |(service, _)| service);
    let perform = |sandbox: &mut Sandbox| {
        own_form(request)?;
        let at = at.ok_or_else(|| refused("This page is too old, or its question has been answered"))?;
        let user = match params.get("decision") {
            Some("approve") => Some(params.get("user").ok_or_else(|| refused("Nobody was chosen"))?),
            Some("deny") => None,
            _ => return Err(refused("Neither approved nor denied")),
        };
        let waiting = sandbox.consents.get(at).ok_or_else(|| refused("The question is gone"))?;
        if user.is_some_and(|user| !waiting.ask.users(&sandbox.world).iter().any(|u| u == user)) {
            return Err(refused("There is no such user"));
        }
        match sandbox.consents.remove(at).ask {
            Ask::Authorization(asked) => Ok(sso::decide(sandbox, asked, user)),
            Ask::Device { user_code, .. } => sso::decide_device(sandbox, &user_code, user),
            Ask::Console(asked) => signin::decide(sandbox, asked, user),
        }
    };
    let form = |result: Result<Reply, ApiError>| {
        result.unwrap_or_else(|error| pages::message(error.status, "This can't go on", &error.message))
    };
    with_faults(sandbox, request, Named { service, action, params: BTreeMap::from(shown) }, perform, form)
}

/// Whether the form came from our own page: a browser says where it comes from.
fn own_form(request: &Request) -> Result<(), ApiError> {
    let base = base(request)?;
    let foreign = request.header("origin").is_some_and(|origin| origin != base)
        || request.header("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if foreign {
        return Err(ApiError::new(403, "ForbiddenException", "The form came from another site"));
    }
    if request.header("content-type") != Some("application/x-www-form-urlencoded") {
        return Err(refused("That is no form"));
    }
    Ok(())
}

fn refused(why: &str) -> ApiError {
    ApiError::new(400, "InvalidRequestException", why)
}
