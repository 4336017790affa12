//! What a browser does: `GET /authorize`, the page for device codes, and the person's decision.

use super::directory::DeviceAnswer;
use crate::codes::{Asked, Code, asked, loopback};
use crate::consent::page;
use crate::consent::waiting::Ask;
use crate::pages;
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Params, Reply, Request};

/// `GET /authorize`: shows the question.
///
/// # Errors
/// Where the redirect URI can't be trusted, so that the browser can't be sent back with the error.
pub fn authorize(sandbox: &mut Sandbox, request: &Request) -> Result<Reply, ApiError> {
    let params = Params::parse(&request.query);
    let wrong = |why: String| ApiError::new(400, "InvalidRequestException", why);
    let scopes = params.get("scopes").unwrap_or_default();
    let scopes = scopes.split([' ', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect();
    let asked = asked(&params, "S256", scopes).map_err(wrong)?;
    let center = &sandbox.world.identity_center;
    let client = center.client(&asked.client_id).filter(|c| c.expires > sandbox.now());
    let client = client.ok_or_else(|| wrong("client_id is not registered".into()))?;
    let real = loopback(&asked.redirect_uri);
    if real.is_none() || !client.redirect_uris.iter().any(|uri| loopback(uri) == real) {
        return Err(wrong("redirect_uri is not one that the client has registered".into()));
    }
    if !client.grant_types.iter().any(|g| g == "authorization_code") {
        return Ok(Reply::redirect(asked.refused("unauthorized_client", "not registered for authorization_code")));
    }
    if let Some(scope) = asked.scopes.iter().find(|s| !client.scopes.contains(s)) {
        return Ok(Reply::redirect(asked.refused("invalid_scope", &format!("not registered for {scope}"))));
    }
    page::show(sandbox, request, Ask::Authorization(asked))
}

/// `GET /device`: asks for the code, or shows the question of the one in the address.
///
/// # Errors
/// If there is no such code to decide on.
pub fn verify_device(sandbox: &mut Sandbox, request: &Request) -> Result<Reply, ApiError> {
    let params = Params::parse(&request.query);
    let Some(typed) = params.get("user_code") else {
        return Ok(pages::page(
            200,
            "<h1>Sign in a device</h1>\n<form method=\"get\" action=\"/device\">\n\
             <label>Code that the device shows <input name=\"user_code\" required autofocus autocomplete=\"off\"></label>\n\
             <button>Next</button>\n</form>",
        ));
    };
    let typed = typed.trim().to_uppercase();
    let center = &sandbox.world.identity_center;
    let device = center.devices.iter().find(|d| d.user_code == typed || d.user_code.replace('-', "") == typed);
    let device = device.filter(|d| d.until > sandbox.now() && d.answer == DeviceAnswer::Pending);
    let device = device.ok_or_else(|| {
        ApiError::new(400, "InvalidRequestException", "This code is unknown, has been used, or is too old")
    })?;
    let ask = Ask::Device { user_code: device.user_code.clone(), client: device.client.clone() };
    page::show(sandbox, request, ask)
}

/// What the browser gets once a person has decided; `user` is who said yes.
pub fn decide(sandbox: &mut Sandbox, asked: Asked, user: Option<&str>) -> Reply {
    let Some(user) = user else {
        return Reply::redirect(asked.refused("access_denied", "The request was denied"));
    };
    let code = Code::new(asked, user, sandbox.now() + sandbox.world.settings.code_seconds);
    let to = code.asked.with(&[("code", code.text())]);
    sandbox.world.identity_center.codes.push(code);
    Reply::redirect(to)
}

/// The same for a device code.
///
/// # Errors
/// If it is no longer waited for.
pub fn decide_device(sandbox: &mut Sandbox, user_code: &str, user: Option<&str>) -> Result<Reply, ApiError> {
    let now = sandbox.now();
    let device = sandbox.world.identity_center.devices.iter_mut().find(|d| d.user_code == user_code);
    let device = device.filter(|d| d.until > now && d.answer == DeviceAnswer::Pending);
    let device = device.ok_or_else(|| ApiError::new(400, "InvalidRequestException", "The code is too old"))?;
    device.answer = user.map_or(DeviceAnswer::Denied, |u| DeviceAnswer::Approved(u.to_owned()));
    Ok(match user {
        Some(_) => pages::message(200, "Request approved", "You can close this window and go back to the program."),
        None => pages::message(200, "Request denied", "The program has not been signed in."),
    })
}
