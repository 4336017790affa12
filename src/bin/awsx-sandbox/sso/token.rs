//! `CreateToken`: a code, a device code or a refresh token becomes an access token.

use serde::Deserialize;
use serde_json::json;

use super::directory::{Client, DeviceAnswer, SignIn};
use super::oidc::{self, DEVICE_CODE};
use super::{invalid, invalid_grant, members, ok};
use crate::codes::{self, Redeemed, Wrong};
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Reply, Request, random, random_id};

/// What a client that polls too fast has to add to its interval, in seconds
/// ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)).
const SLOWER: i64 = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateToken {
    client_id: String,
    client_secret: String,
    grant_type: String,
    device_code: Option<String>,
    code: Option<String>,
    refresh_token: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    #[serde(default)]
    scope: Vec<String>,
}

/// Gives tokens.
///
/// # Errors
/// In AWS's words.
pub fn create_token(sandbox: &mut Sandbox, request: &Request) -> Result<Reply, ApiError> {
    if !request.query.is_empty() {
        return Err(ApiError::new(501, "NotImplemented", "The sandbox has no CreateTokenWithIAM."));
    }
    let asked: CreateToken = members(request)?;
    let client = oidc::client(sandbox, &asked.client_id, &asked.client_secret)?.clone();
    let registered = if client.grant_types.is_empty() {
        asked.grant_type != "authorization_code"
    } else {
        client.grant_types.contains(&asked.grant_type)
    };
    if !["authorization_code", "refresh_token", DEVICE_CODE].contains(&asked.grant_type.as_str()) {
        let why = format!("Unsupported grant type: {}", asked.grant_type);
        return Err(ApiError::new(400, "UnsupportedGrantTypeException", why));
    }
    if !registered {
        let why = format!("The client did not register for {}", asked.grant_type);
        return Err(ApiError::new(400, "UnauthorizedClientException", why));
    }
    if let Some(scope) = asked.scope.iter().find(|s| !client.scopes.contains(s)) {
        return Err(ApiError::new(400, "InvalidScopeException", format!("Invalid scope: {scope}")));
    }
    let id = format!("sign-in-{}", random_id(8));
    let index = match asked.grant_type.as_str() {
        "authorization_code" => by_code(sandbox, &asked, &client, &id)?,
        "refresh_token" => by_refresh(sandbox, &asked)?,
        _ => by_device_code(sandbox, &asked, &client, &id)?,
    };
    give(sandbox, &client, index)
}

fn need<'a>(value: Option<&'a String>, name: &str) -> Result<&'a str, ApiError> {
    value.map(String::as_str).filter(|v| !v.is_empty()).ok_or_else(|| invalid(format!("{name} is missing")))
}

fn by_code(sandbox: &mut Sandbox, asked: &CreateToken, client: &Client, id: &str) -> Result<usize, ApiError> {
    let given = Redeemed {
        code: need(asked.code.as_ref(), "code")?,
        client_id: &asked.client_id,
        redirect_uri: need(asked.redirect_uri.as_ref(), "redirectUri")?,
        verifier: need(asked.code_verifier.as_ref(), "codeVerifier")?,
    };
    let now = sandbox.now();
    match codes::redeem(&mut sandbox.world.identity_center.codes, &given, id, now) {
        Ok(code) => Ok(begin(sandbox, id, &code.user, client, code.asked.scopes)),
        Err(Wrong::Used(sign_in)) => {
            sandbox.violated("sso-oauth: an authorization code was used again");
            let center = &mut sandbox.world.identity_center;
            for of_it in center.sign_ins.iter_mut().filter(|s| Some(&s.id) == sign_in.as_ref()) {
                of_it.end("its authorization code was used again");
            }
            Err(invalid_grant("The authorization code has been used"))
        }
        Err(Wrong::Other(why)) => {
            sandbox.violated(format!("sso-oauth: {why}"));
            Err(invalid_grant(why))
        }
        Err(Wrong::Expired) => Err(invalid_grant("The authorization code has expired")),
        Err(Wrong::Unknown) => Err(invalid_grant("The authorization code is unknown")),
    }
}

fn by_device_code(sandbox: &mut Sandbox, asked: &CreateToken, client: &Client, id: &str) -> Result<usize, ApiError> {
    let code = need(asked.device_code.as_ref(), "deviceCode")?;
    let (now, millis) = (sandbox.now(), sandbox.now_millis());
    let devices = &mut sandbox.world.identity_center.devices;
    let device = devices.iter_mut().find(|d| d.code == code && d.client == asked.client_id);
    let device = device.ok_or_else(|| invalid_grant("The device code is unknown"))?;
    let soon = device.polled.is_some_and(|before| millis < before + device.interval * 1000);
    device.polled = Some(millis);
    if soon {
        device.interval += SLOWER;
        sandbox.violated("sso-oauth: polled faster than the interval");
        return Err(ApiError::new(400, "SlowDownException", "The client polls too fast"));
    }
    match device.answer.clone() {
        DeviceAnswer::Used(sign_in) => {
            sandbox.violated("sso-oauth: a device code was used again");
            let center = &mut sandbox.world.identity_center;
            for of_it in center.sign_ins.iter_mut().filter(|s| s.id == sign_in) {
                of_it.end("its device code was used again");
            }
            Err(invalid_grant("The device code has been used"))
        }
        _ if device.until <= now => Err(ApiError::new(400, "ExpiredTokenException", "The device code has expired")),
        DeviceAnswer::Pending => {
            Err(ApiError::new(400, "AuthorizationPendingException", "The request has not been approved yet"))
        }
        DeviceAnswer::Denied => Err(ApiError::new(400, "AccessDeniedException", "The request was denied")),
        DeviceAnswer::Approved(user) => {
            device.answer = DeviceAnswer::Used(id.to_owned());
            Ok(begin(sandbox, id, &user, client, client.scopes.clone()))
        }
    }
}

/// A refresh token is good once. Whoever comes with an old one has a copy of it, or is not the one who got it.
fn by_refresh(sandbox: &mut Sandbox, asked: &CreateToken) -> Result<usize, ApiError> {
    let token = need(asked.refresh_token.as_ref(), "refreshToken")?.to_owned();
    let now = sandbox.now();
    let sign_ins = &mut sandbox.world.identity_center.sign_ins;
    let mine =
        |s: &SignIn| s.client == asked.client_id && (s.refresh.as_ref() == Some(&token) || s.spent.contains(&token));
    let index = sign_ins.iter().position(mine);
    let found = index.and_then(|at| sign_ins.get_mut(at)).zip(index);
    let (sign_in, index) = found.ok_or_else(|| invalid_grant("Invalid refresh token provided"))?;
    if sign_in.spent.contains(&token) {
        sign_in.end("an old refresh token was used again");
        sandbox.violated("sso-oauth: an old refresh token was used again");
        return Err(invalid_grant("Invalid refresh token provided"));
    }
    if sign_in.over.is_some() || sign_in.ends <= now {
        return Err(invalid_grant("Refresh token has expired"));
    }
    sign_in.spent.push(token);
    sign_in.refresh = None;
    Ok(index)
}

/// Begins a sign-in; its place in the list.
fn begin(sandbox: &mut Sandbox, id: &str, user: &str, client: &Client, scopes: Vec<String>) -> usize {
    let started = sandbox.now();
    let sign_in = SignIn {
        id: id.to_owned(),
        user: user.to_owned(),
        client: client.id.clone(),
        scopes,
        started,
        ends: started + sandbox.world.settings.sign_in_seconds,
        access: Vec::new(),
        refresh: None,
        spent: Vec::new(),
        over: None,
    };
    sandbox.world.identity_center.sign_ins.push(sign_in);
    sandbox.world.identity_center.sign_ins.len() - 1
}

/// New tokens for a sign-in.
fn give(sandbox: &mut Sandbox, client: &Client, index: usize) -> Result<Reply, ApiError> {
    let (now, short) = (sandbox.now(), sandbox.world.settings.token_seconds);
    let sign_in = sandbox.world.identity_center.sign_ins.get_mut(index);
    let sign_in = sign_in.ok_or_else(|| invalid_grant("The sign-in is over"))?;
    let grant = client.grant_types.is_empty() || client.grant_types.iter().any(|g| g == "refresh_token");
    let refreshable = grant && !sign_in.scopes.is_empty();
    let left = sign_in.ends - now;
    let seconds = if refreshable { left.min(short) } else { left };
    let access = format!("aoaAAAAA{}", data_encoding::BASE64URL_NOPAD.encode(&random::<96>()));
    sign_in.access.push((access.clone(), now + seconds));
    if refreshable {
        sign_in.refresh = Some(format!("aorAAAAA{}", data_encoding::BASE64URL_NOPAD.encode(&random::<96>())));
    }
    Ok(ok(&json!({
        "accessToken": access,
        "tokenType": "Bearer",
        "expiresIn": seconds,
        "refreshToken": sign_in.refresh,
    })))
}
