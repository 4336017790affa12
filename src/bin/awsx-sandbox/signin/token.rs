//! `CreateOAuth2Token`: a code or a refresh token becomes credentials for fifteen minutes.

use serde::Deserialize;
use serde_json::{Value, json};

use super::authorize::console_session;
use super::dpop::{self, Proof};
use super::logins::{Login, RefreshToken};
use super::{CROSS_DEVICE, SAME_DEVICE, denied, invalid, may};
use crate::codes::{self, Redeemed, Wrong};
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Reply, Request, base, random, random_id};

/// How long a refresh token that has been used gives the same answer again, in seconds: the answer may have been lost.
const AGAIN: i64 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateToken {
    client_id: String,
    grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

/// Gives credentials.
///
/// # Errors
/// In AWS's words.
pub fn create_token(sandbox: &mut Sandbox, request: &Request) -> Result<Reply, ApiError> {
    if request.header("content-type") != Some("application/json") {
        return Err(invalid("Content-Type must be application/json"));
    }
    let asked: CreateToken = serde_json::from_slice(&request.body).map_err(|e| invalid(e.to_string()))?;
    if asked.client_id != SAME_DEVICE && asked.client_id != CROSS_DEVICE {
        return Err(invalid("clientId is unknown"));
    }
    let proof = proof(sandbox, request)?;
    let (index, new) = match asked.grant_type.as_str() {
        "authorization_code" => (by_code(sandbox, &asked, proof)?, true),
        "refresh_token" => (by_refresh(sandbox, &asked, &proof)?, false),
        other => return Err(invalid(format!("grantType {other} is unknown"))),
    };
    give(sandbox, index, new)
}

/// The proof of possession that came along.
fn proof(sandbox: &mut Sandbox, request: &Request) -> Result<Proof, ApiError> {
    let headers: Vec<&str> = request.headers.iter().filter(|(n, _)| n == "dpop").map(|(_, v)| v.as_str()).collect();
    let [header] = headers.as_slice() else { return Err(invalid("There must be one DPoP header")) };
    let url = format!("{}{}", base(request)?, request.path);
    let proof = dpop::verify(header, &request.method, &url, sandbox.now()).map_err(|why| {
        sandbox.violated(format!("signin: DPoP: {why}"));
        invalid(format!("Invalid DPoP header: {why}"))
    })?;
    if !sandbox.proofs.insert(proof.jti.clone()) {
        sandbox.violated("signin: DPoP: jti was used again");
        return Err(invalid("Invalid DPoP header: jti was used again"));
    }
    Ok(proof)
}

fn need<'a>(value: Option<&'a String>, name: &str) -> Result<&'a str, ApiError> {
    value.map(String::as_str).filter(|v| !v.is_empty()).ok_or_else(|| invalid(format!("{name} is missing")))
}

fn by_code(sandbox: &mut Sandbox, asked: &CreateToken, proof: Proof) -> Result<usize, ApiError> {
    let given = Redeemed {
        code: need(asked.code.as_ref(), "code")?,
        client_id: &asked.client_id,
        redirect_uri: need(asked.redirect_uri.as_ref(), "redirectUri")?,
        verifier: need(asked.code_verifier.as_ref(), "codeVerifier")?,
    };
    let id = format!("login-{}", random_id(8));
    let now = sandbox.now();
    let code =
        codes::redeem(&mut sandbox.world.console_logins.codes, &given, &id, now).map_err(|wrong| match wrong {
            Wrong::Used(login) => {
                sandbox.violated("signin: an authorization code was used again");
                for of_it in sandbox.world.console_logins.logins.iter_mut().filter(|l| Some(&l.id) == login.as_ref()) {
                    of_it.end("TOKEN_EXPIRED");
                }
                denied("AUTHCODE_EXPIRED", "The authorization code has been used")
            }
            Wrong::Expired => denied("AUTHCODE_EXPIRED", "The authorization code has expired"),
            Wrong::Unknown => denied("AUTHCODE_EXPIRED", "The authorization code is unknown"),
            Wrong::Other(why) => {
                sandbox.violated(format!("signin: {why}"));
                invalid(why)
            }
        })?;
    let login = Login {
        id,
        mfa_at: console_session(sandbox, &code.user, 0).mfa_at,
        user: code.user,
        client_id: asked.client_id.clone(),
        key: proof.key,
        started: now,
        ends: now + sandbox.world.settings.login_seconds,
        refresh: Vec::new(),
        over: None,
    };
    sandbox.world.console_logins.logins.push(login);
    Ok(sandbox.world.console_logins.logins.len() - 1)
}

/// Each use gives another refresh token. The one before gives the same answer for a while, and is a thief's afterwards.
fn by_refresh(sandbox: &mut Sandbox, asked: &CreateToken, proof: &Proof) -> Result<usize, ApiError> {
    let token = need(asked.refresh_token.as_ref(), "refreshToken")?;
    let now = sandbox.now();
    let logins = &mut sandbox.world.console_logins.logins;
    let expired = || denied("TOKEN_EXPIRED", "The refresh token has expired");
    let of = |login: &Login| login.refresh.iter().any(|r| r.token == token);
    let index = logins.iter().position(of).ok_or_else(expired)?;
    let login = logins.get_mut(index).ok_or_else(expired)?;
    if login.key != proof.key || login.client_id != asked.client_id {
        sandbox.violated("signin: a refresh token was used with another key or client");
        return Err(invalid("The refresh token belongs to another key or client"));
    }
    if let Some(error) = &login.over {
        return Err(denied(error, "The sign-in is over"));
    }
    if login.ends <= now {
        return Err(expired());
    }
    let used = login.refresh.iter_mut().find(|r| r.token == token).ok_or_else(expired)?;
    if used.used.is_some_and(|first| now - first > AGAIN) {
        login.end("TOKEN_EXPIRED");
        sandbox.violated("signin: an old refresh token was used again");
        return Err(expired());
    }
    used.used.get_or_insert(now);
    Ok(index)
}

/// New credentials for a sign-in; `new` if it has just begun.
fn give(sandbox: &mut Sandbox, index: usize, new: bool) -> Result<Reply, ApiError> {
    let (now, most) = (sandbox.now(), sandbox.world.settings.login_token_seconds);
    let gone = || denied("TOKEN_EXPIRED", "The sign-in is over");
    let login = sandbox.world.console_logins.logins.get(index).ok_or_else(gone)?.clone();
    let seconds = sandbox.world.settings.lifetime(most.min(login.ends - now));
    let mut session = console_session(sandbox, &login.user, seconds);
    session.mfa_at = login.mfa_at;
    session.console = true;
    if !may(sandbox, &session, &login.client_id, "signin:CreateOAuth2Token") {
        return Err(denied("INSUFFICIENT_PERMISSIONS", "The user may not perform signin:CreateOAuth2Token"));
    }
    let kept = sandbox.world.console_logins.logins.get_mut(index).ok_or_else(gone)?;
    // The answer to a use that comes again is the token that the first use gave.
    if kept.refresh.last().is_none_or(|last| last.used.is_some()) {
        let token = data_encoding::BASE64URL_NOPAD.encode(&random::<96>());
        kept.refresh.push(RefreshToken { token, used: None });
    }
    let refresh = kept.refresh.last().map(|r| r.token.clone());
    let mut answer = json!({
        "accessToken": {
            "accessKeyId": session.id,
            "secretAccessKey": session.secret,
            "sessionToken": session.token,
        },
        "tokenType": "aws_sigv4",
        "expiresIn": seconds,
        "refreshToken": refresh,
    });
    if new {
        answer["idToken"] = Value::from(id_token(sandbox, &login));
    }
    sandbox.world.sessions.push(session);
    Ok(Reply::new(200, "application/json", answer.to_string()))
}

/// Who signed in, as a JWT. Nobody can check its signature, for the sandbox has no published key.
fn id_token(sandbox: &Sandbox, login: &Login) -> String {
    let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let header = json!({"typ": "JWT", "alg": "ES384", "kid": "awsx-sandbox"});
    let claims = json!({
        "iss": "https://signin.aws.amazon.com/signin",
        "sub": sandbox.world.user_arn(&login.user),
        "aud": login.client_id,
        "iat": login.started,
        "exp": login.ends,
    });
    let [header, claims] = [header, claims].map(|part| encode(part.to_string().as_bytes()));
    format!("{header}.{claims}.{}", encode(&random::<48>()).as_str())
}
