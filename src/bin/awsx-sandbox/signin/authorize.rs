//! What a browser does: `GET /v1/authorize`, the person's decision, and the page with the code to carry over.

use super::{CONFIRMATION, CROSS_DEVICE, SAME_DEVICE, invalid, may};
use crate::codes::{Asked, Code, asked, loopback};
use crate::consent::page;
use crate::consent::waiting::Ask;
use crate::pages;
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Params, Reply, Request, base, encoded};
use crate::world::{Session, Who};

/// `GET /v1/authorize`: shows the question.
///
/// # Errors
/// What is wrong with the request. The browser stays here then, as it does with AWS.
pub fn authorize(sandbox: &mut Sandbox, request: &Request) -> Result<Reply, ApiError> {
    let params = Params::parse(&request.query);
    if params.get("scope") != Some("openid") {
        return Err(invalid("scope must be openid"));
    }
    let asked = asked(&params, "SHA-256", vec!["openid".into()]).map_err(invalid)?;
    let right = match asked.client_id.as_str() {
        SAME_DEVICE => loopback(&asked.redirect_uri) == Some("/oauth/callback"),
        CROSS_DEVICE => asked.redirect_uri == format!("{}{CONFIRMATION}", base(request)?),
        _ => return Err(invalid("client_id is unknown")),
    };
    if !right {
        return Err(invalid("redirect_uri is not one of this client"));
    }
    page::show(sandbox, request, Ask::Console(asked))
}

/// When a user who signs in to the console now gave a code: at once, if there is a device, for the console wants one.
pub fn console_session(sandbox: &Sandbox, user: &str, seconds: i64) -> Session {
    let mfa = sandbox.world.devices_of(user).next().is_some().then(|| sandbox.now());
    Session::new(Who::User(user.to_owned()), sandbox.now(), seconds, mfa)
}

/// What the browser gets once a person has decided; `user` is who said yes.
///
/// # Errors
/// If that user may not let programs sign in.
pub fn decide(sandbox: &mut Sandbox, asked: Asked, user: Option<&str>) -> Result<Reply, ApiError> {
    let Some(user) = user else {
        return Ok(Reply::redirect(asked.refused("access_denied", "The request was denied")));
    };
    let session = console_session(sandbox, user, 0);
    if !may(sandbox, &session, &asked.client_id, "signin:AuthorizeOAuth2Access") {
        let why = format!("{user} is not authorized to perform: signin:AuthorizeOAuth2Access");
        return Err(ApiError::new(400, "AccessDeniedException/INSUFFICIENT_PERMISSIONS", why));
    }
    let code = Code::new(asked, user, sandbox.now() + sandbox.world.settings.code_seconds);
    let to = code.asked.with(&[("code", code.text())]);
    sandbox.world.console_logins.codes.push(code);
    Ok(Reply::redirect(to))
}

/// `GET /v1/sessions/confirmation`: shows the code that is pasted where the program runs.
pub fn confirmation(request: &Request) -> Reply {
    let params = Params::parse(&request.query);
    let (Some(code), Some(state)) = (params.get("code"), params.get("state")) else {
        let why = params.get("error_description").unwrap_or("There is no code in the address");
        return pages::message(400, "Not signed in", why);
    };
    let pasted = data_encoding::BASE64.encode(format!("state={}&code={}", encoded(state), encoded(code)).as_bytes());
    let inside = format!(
        "<h1>Copy this code</h1>\n<p>Paste it where the program asks for it.</p>\n\
         <textarea readonly rows=\"5\">{pasted}</textarea>"
    );
    pages::page(200, &inside)
}
