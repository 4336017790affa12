//! The federation endpoint of the web console
//! ([protocol](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html)),
//! and a page in place of the console.

use std::collections::BTreeMap;

use awsx::base::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::pages;
use crate::sandbox::{Call, Sandbox, SignInToken};
use crate::wire::{Params, Reply, Request, random};
use crate::world::Who;

/// How long a sign-in token is good, in seconds.
const GOOD_FOR: i64 = 900;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchanged {
    #[serde(rename = "sessionId")]
    id: String,
    #[serde(rename = "sessionKey")]
    secret: String,
    #[serde(rename = "sessionToken")]
    token: String,
}

/// Whether a request is for this endpoint.
pub fn is_for(request: &Request) -> bool {
    matches!(request.path.as_str(), "/federation" | "/oauth")
}

/// Answers a request, and writes it into the log.
pub fn answer(sandbox: &mut Sandbox, request: &Request) -> Reply {
    let mut params = Params::parse(&request.query);
    let in_address = params.get("Session").is_some();
    if request.method == "POST" {
        params.0.extend(Params::parse(&String::from_utf8_lossy(&request.body)).0);
    }
    let action = params.get("Action").unwrap_or("?").to_owned();
    let result = match (request.path.as_str(), action.as_str()) {
        ("/federation", "getSigninToken") => {
            get_token(sandbox, &params, in_address).map(|body| Reply::new(200, "application/json", body.to_string()))
        }
        ("/federation", "login") => login(sandbox, &params),
        ("/oauth", "logout") => match params.get("redirect_uri") {
            Some(next) => Ok(Reply::redirect(next)),
            None => Err("redirect_uri is missing"),
        },
        _ => Err("no such action"),
    };
    sandbox.calls.push(Call {
        time: Timestamp(sandbox.now()).to_string(),
        service: "signin".into(),
        action: format!("signin:{action}"),
        access_key_id: None,
        user_agent: request.header("user-agent").unwrap_or_default().into(),
        status: if result.is_ok() { 200 } else { 400 },
        outcome: if result.is_ok() { "ok" } else { "refused" }.into(),
        message: result.as_ref().err().map(|why| (*why).to_owned()),
        fault: None,
        params: BTreeMap::from([("Destination".to_owned(), Value::from(params.get("Destination")))]),
    });
    result.unwrap_or_else(|why| page(400, why))
}

fn get_token(sandbox: &mut Sandbox, params: &Params, in_address: bool) -> Result<Value, &'static str> {
    // AWS takes it there, and every log on the way has it then.
    if in_address {
        return Err("the sandbox takes the session in the body only");
    }
    let given: Exchanged = serde_json::from_str(params.get("Session").ok_or("Session is missing")?)
        .map_err(|_| "Session is not sessionId, sessionKey and sessionToken")?;
    let now = sandbox.now();
    let session = sandbox.world.sessions.iter().find(|s| s.id == given.id && s.expires > now);
    let session = session.filter(|s| s.secret == given.secret && s.token == given.token);
    let session = session.ok_or("the session is unknown or over")?.clone();
    if !session.federated && matches!(session.who, Who::User(_)) {
        return Err("Only federation tokens or assume role tokens may be used for federated login.");
    }
    if session.federated && params.get("SessionDuration").is_some() {
        return Err("SessionDuration is not for federation tokens");
    }
    let token = data_encoding::BASE64URL_NOPAD.encode(&random::<48>());
    sandbox.sign_in_tokens.push(SignInToken { token: token.clone(), session, until: now + GOOD_FOR });
    Ok(json!({ "SigninToken": token }))
}

fn login(sandbox: &Sandbox, params: &Params) -> Result<Reply, &'static str> {
    let token = params.get("SigninToken").ok_or("SigninToken is missing")?;
    let known = sandbox.sign_in_tokens.iter().find(|known| known.token == token && known.until > sandbox.now());
    let known = known.ok_or("the token is unknown or too old")?;
    let destination = params.get("Destination").ok_or("Destination is missing")?;
    if !destination.starts_with("https://") || !destination.contains("console.") {
        return Err("Destination is no page of the console");
    }
    let who = match &known.session.who {
        Who::User(name) => format!("federated user {name}"),
        Who::Role { arn, .. } => arn.clone(),
    };
    Ok(page(200, &format!("This is not AWS. Signed in as {who}; the console would show {destination}")))
}

fn page(status: u16, text: &str) -> Reply {
    pages::page(status, &format!("<p>{}</p>", pages::escaped(text)))
}
