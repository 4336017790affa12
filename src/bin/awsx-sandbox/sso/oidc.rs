//! `RegisterClient` and `StartDeviceAuthorization`.

use serde::Deserialize;
use serde_json::json;

use super::directory::{Client, DeviceAnswer, DeviceCode};
use super::{invalid, members, ok};
use crate::codes::loopback;
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Reply, Request, base, random, random_id};

/// How long a registration is good.
const NINETY_DAYS: i64 = 90 * 86_400;
/// How a device code is named as a grant.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Register {
    client_name: String,
    client_type: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    issuer_url: Option<String>,
}

/// Registers a program.
///
/// # Errors
/// In AWS's words.
pub fn register_client(sandbox: &mut Sandbox, request: &Request) -> Result<Reply, ApiError> {
    let asked: Register = members(request)?;
    let metadata = |why: &str| ApiError::new(400, "InvalidClientMetadataException", why);
    if asked.client_type != "public" {
        return Err(metadata("Only public clients can register"));
    }
    if asked.client_name.is_empty() || asked.client_name.len() > 128 {
        return Err(metadata("The client name is empty or too long"));
    }
    if let Some(scope) = asked.scopes.iter().find(|s| !is_scope(s)) {
        return Err(ApiError::new(400, "InvalidScopeException", format!("Invalid scope: {scope}")));
    }
    if let Some(uri) = asked.redirect_uris.iter().find(|u| loopback(u).is_none()) {
        return Err(ApiError::new(400, "InvalidRedirectUriException", format!("Not a loopback address: {uri}")));
    }
    let known = ["authorization_code", "refresh_token", DEVICE_CODE];
    if let Some(grant) = asked.grant_types.iter().find(|g| !known.contains(&g.as_str())) {
        return Err(ApiError::new(400, "UnsupportedGrantTypeException", format!("Unsupported grant type: {grant}")));
    }
    if asked.issuer_url.as_deref().is_some_and(|url| !sandbox.world.identity_center.is_start_url(url)) {
        return Err(invalid("issuerUrl is no instance of Identity Center"));
    }
    let by_code = asked.grant_types.iter().any(|g| g == "authorization_code");
    if by_code && (asked.redirect_uris.is_empty() || asked.issuer_url.is_none()) {
        return Err(invalid("authorization_code needs redirectUris and issuerUrl"));
    }
    let now = sandbox.now();
    let client = Client {
        id: data_encoding::BASE64URL_NOPAD.encode(&random::<16>()),
        secret: data_encoding::BASE64URL_NOPAD.encode(&random::<96>()),
        name: asked.client_name,
        scopes: asked.scopes,
        redirect_uris: asked.redirect_uris,
        grant_types: asked.grant_types,
        issuer: asked.issuer_url,
        expires: now + NINETY_DAYS,
    };
    let answer = json!({
        "clientId": client.id,
        "clientSecret": client.secret,
        "clientIdIssuedAt": now,
        "clientSecretExpiresAt": client.expires,
    });
    sandbox.world.identity_center.clients.push(client);
    Ok(ok(&answer))
}

/// Whether it has the form of a scope: `sso:account:access`, `openid`.
fn is_scope(text: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text == "openid" || text.contains(':') && text.split(':').all(part)
}

/// The client that a call comes from.
///
/// # Errors
/// `InvalidClientException`.
pub fn client<'a>(sandbox: &'a Sandbox, id: &str, secret: &str) -> Result<&'a Client, ApiError> {
    let wrong = |why: &str| ApiError::new(401, "InvalidClientException", why);
    let client = sandbox.world.identity_center.client(id).filter(|c| c.secret == secret);
    let client = client.ok_or_else(|| wrong("Invalid client ID or secret"))?;
    if client.expires <= sandbox.now() {
        return Err(wrong("The registration of the client has expired"));
    }
    Ok(client)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StartDevice {
    client_id: String,
    client_secret: String,
    start_url: String,
}

/// Gives a device code, and the user code that belongs to it.
///
/// # Errors
/// In AWS's words.
pub fn start_device_authorization(sandbox: &mut Sandbox, request: &Request) -> Result<Reply, ApiError> {
    let asked: StartDevice = members(request)?;
    let client = client(sandbox, &asked.client_id, &asked.client_secret)?;
    if !client.grant_types.is_empty() && !client.grant_types.iter().any(|g| g == DEVICE_CODE) {
        return Err(ApiError::new(400, "UnauthorizedClientException", "The client did not register for device codes"));
    }
    if !sandbox.world.identity_center.is_start_url(&asked.start_url) {
        return Err(invalid("startUrl is no instance of Identity Center"));
    }
    let base = base(request)?;
    let settings = &sandbox.world.settings;
    let letters = random_id(8);
    let device = DeviceCode {
        code: data_encoding::BASE64URL_NOPAD.encode(&random::<48>()),
        user_code: format!("{}-{}", letters.get(..4).unwrap_or_default(), letters.get(4..).unwrap_or_default()),
        client: asked.client_id,
        until: sandbox.now() + settings.code_seconds,
        interval: settings.poll_seconds,
        polled: None,
        answer: DeviceAnswer::Pending,
    };
    let answer = json!({
        "deviceCode": device.code,
        "userCode": device.user_code,
        "verificationUri": format!("{base}/device"),
        "verificationUriComplete": format!("{base}/device?user_code={}", device.user_code),
        "expiresIn": settings.code_seconds,
        "interval": device.interval,
    });
    sandbox.world.identity_center.devices.push(device);
    Ok(ok(&answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        assert!(is_scope("sso:account:access") && is_scope("openid"));
        for wrong in ["", "sso", "sso:", "sso account", "SSO:account"] {
            assert!(!is_scope(wrong), "{wrong}");
        }
    }
}
