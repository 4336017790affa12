//! AssumeRoleWithWebIdentity
//! ([reference](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)), and the identity
//! provider whose tokens it takes: the sandbox itself. Its tokens are JSON Web Tokens with HMAC signatures, which a real
//! provider would not use; all else is as with one.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::policy::{Ask, Context, Verdict};
use crate::sandbox::Sandbox;
use crate::sts;
use crate::violations::Violations;
use crate::wire::{Answer, ApiError, Params, text};
use crate::world::{Role, Session, Who};

/// The provider, as its tokens and trust policies name it.
const ISSUER: &str = "https://token.awsx-sandbox.test";
const PROVIDER: &str = "token.awsx-sandbox.test";
/// For whom its tokens are where nothing else is asked for; the provider in IAM takes these.
const AUDIENCE: &str = "sts.amazonaws.com";
/// What signs its tokens. Whoever can read this can reach nothing but a sandbox with it.
const KEY: &[u8] = b"awsx-sandbox";
/// The claims that make session tags and a source identity.
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";

fn signature(signed: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(KEY).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        },
    )
}

/// A token with these claims; issuer, audience and times are filled in where they are left out.
pub fn token(now: i64, claims: &Value) -> String {
    let mut all = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ci", "iat": now, "exp": now + 3600});
    if let (Some(all), Some(given)) = (all.as_object_mut(), claims.as_object()) {
        all.extend(given.clone());
    }
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(&all));
    let mac = BASE64URL_NOPAD.encode(&signature(&signed));
    format!("{signed}.{mac}")
}

/// The claims of a token that this provider has issued.
fn claims(token: &str) -> Option<Value> {
    let (signed, mac) = token.rsplit_once('.')?;
    let (_, body) = signed.split_once('.')?;
    let right = BASE64URL_NOPAD.decode(mac.as_bytes()).ok()? == signature(signed);
    right.then_some(())?;
    serde_json::from_slice(&BASE64URL_NOPAD.decode(body.as_bytes()).ok()?).ok()
}

/// Runs the call, which nobody signs.
///
/// # Errors
/// In AWS's words.
pub fn assume(sandbox: &mut Sandbox, params: &Params) -> Answer {
    let mut wrong = Violations::default();
    let (arn, name) = wrong.role(params);
    let token = wrong.text(params, "WebIdentityToken", 4, 20_000, &|_| true);
    let seconds = wrong.duration(params, 43_200).unwrap_or(3600);
    wrong.finish()?;
    let invalid = |message: &str| ApiError::new(400, "InvalidIdentityToken", message);
    let claims = claims(&token).ok_or_else(|| {
        invalid("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
    })?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (issuer, now) = (claim("iss"), sandbox.now());
    if issuer != ISSUER {
        return Err(invalid(&format!("No OpenIDConnect provider found in your account for {issuer}")));
    }
    if claim("aud") != AUDIENCE {
        return Err(invalid("Incorrect token audience"));
    }
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if expires <= now {
        return Err(ApiError::new(
            400,
            "ExpiredTokenException",
            format!("Token expired: current date/time {now} must be before the expiration date/time{expires}"),
        ));
    }
    let mut session = Session::new(Who::Role { arn: arn.clone(), session: name.clone() }, now, 0, None);
    session.policies = sts::session_policies(sandbox, params)?;
    session.tags = tags(&claims);
    let keys = claims.pointer("/https:~1~1aws.amazon.com~1tags/transitive_tag_keys").and_then(Value::as_array);
    session.transitive = keys.into_iter().flatten().filter_map(|key| key.as_str().map(str::to_owned)).collect();
    session.source_identity = Some(claim(SOURCE_IDENTITY)).filter(|it| !it.is_empty()).map(str::to_owned);
    let role = trusting(sandbox, &arn, &name, &session, &claims)?.clone();
    if seconds > role.max_session {
        return Err(ApiError::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    session.expires = session.issued + sandbox.world.settings.lifetime(seconds);
    let mut answer = sts::role_session(sandbox, &session)
        + &text("SubjectFromWebIdentityToken", claim("sub"))
        + &text("Audience", AUDIENCE)
        + &text("Provider", &format!("arn:aws:iam::{}:oidc-provider/{PROVIDER}", role.account()));
    if let Some(source) = &session.source_identity {
        answer += &text("SourceIdentity", source);
    }
    sandbox.world.sessions.push(session);
    Ok(answer)
}

/// The tags that a token carries.
fn tags(claims: &Value) -> BTreeMap<String, String> {
    let tags = claims.get(TAGS).and_then(|tags| tags.get("principal_tags")).and_then(Value::as_object);
    let first =
        |value: &Value| value.as_array().and_then(|all| all.first()).unwrap_or(value).as_str().map(str::to_owned);
    tags.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), first(value)?))).collect()
}

/// The role, if its trust policy lets the token in, with all that it carries.
fn trusting<'a>(
    sandbox: &'a Sandbox,
    arn: &str,
    name: &str,
    session: &Session,
    claims: &Value,
) -> Result<&'a Role, ApiError> {
    let mut context = Context::default();
    for claim in ["aud", "sub", "amr"] {
        if let Some(value) = claims.get(claim).and_then(Value::as_str) {
            context.set(&format!("{PROVIDER}:{claim}"), value);
        }
    }
    context.set("sts:RoleSessionName", name);
    sts::tag_facts(&mut context, &session.tags, &session.transitive, session.source_identity.as_deref());
    let mut actions = vec!["sts:AssumeRoleWithWebIdentity"];
    actions.extend((!session.tags.is_empty()).then_some("sts:TagSession"));
    actions.extend(session.source_identity.as_ref().map(|_| "sts:SetSourceIdentity"));
    let role = sandbox.world.role(arn);
    for action in actions {
        let allowed = role.is_some_and(|role| {
            let provider = format!("arn:aws:iam::{}:oidc-provider/{PROVIDER}", role.account());
            let ask = Ask { action, resource: "*", context: &context };
            matches!(role.trust.verdict_of_provider(ask, &provider), Verdict::Allow { .. })
        });
        if !allowed {
            return Err(ApiError::denied(format!("Not authorized to perform {action}")));
        }
    }
    role.ok_or_else(|| ApiError::denied("Not authorized to perform sts:AssumeRoleWithWebIdentity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_another_is_not() {
        let made = token(1000, &json!({"sub": "me", "exp": 2000}));
        let read = claims(&made).unwrap();
        assert_eq!((&read["sub"], &read["exp"], &read["iss"]), (&json!("me"), &json!(2000), &json!(ISSUER)));
        assert_eq!(claims(&made.replace('.', "x")), None);
        assert_eq!(claims(&format!("{made}A")), None);
        assert_eq!(claims("a.b.c"), None);
    }
}
