//! Who is calling: the signature, the key, the token and the clock of a request are checked here.

use awsx::base::time::Timestamp;

use crate::sandbox::Sandbox;
use crate::sigv4::{Authorization, compact, hex_sha256};
use crate::wire::{ApiError, Request};
use crate::world::{ROOT, Session, Who, World};

/// Greatest difference of the clocks, seconds.
const SKEW: i64 = 300;

/// A caller whose signature was right.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The region that the call was signed for.
    pub region: String,
    /// Whose key it is.
    pub who: Who,
    /// The session, unless the key is a long-lived one.
    pub session: Option<Session>,
    /// `User-Agent`.
    pub user_agent: String,
}

impl Caller {
    /// Account, ARN and unique ID, as GetCallerIdentity gives them.
    pub fn identity(&self, world: &World) -> (String, String, String) {
        self.who.identity(world)
    }

    /// The ARN, as messages give it.
    pub fn arn(&self, world: &World) -> String {
        self.identity(world).1
    }

    /// The user's name, if it is a user.
    pub fn user(&self) -> Option<&str> {
        match &self.who {
            Who::User(name) if name != ROOT => Some(name),
            _ => None,
        }
    }

    /// Whether it is the account's owner.
    pub fn is_root(&self) -> bool {
        self.who == Who::User(ROOT.into())
    }
}

impl Who {
    /// Account, ARN and unique ID, as GetCallerIdentity gives them.
    pub fn identity(&self, world: &World) -> (String, String, String) {
        match self {
            Who::User(name) if name == ROOT => (world.account.clone(), world.user_arn(name), world.account.clone()),
            Who::User(name) => {
                let id = world.user(name).map(|u| u.id.clone()).unwrap_or_default();
                (world.account.clone(), world.user_arn(name), id)
            }
            Who::Role { arn, session } => {
                let Some(role) = world.role(arn) else { return Default::default() };
                let account = role.account();
                let arn = format!("arn:aws:sts::{account}:assumed-role/{}/{session}", role.name());
                (account.to_owned(), arn, format!("{}:{session}", role.id))
            }
        }
    }
}

/// Why the caller is unknown. Each service has its own error codes for these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// No `Authorization` header.
    Missing,
    /// One that makes no sense.
    Malformed(String),
    /// No such key, or its token is not this one.
    Key,
    /// The session is over.
    Expired,
    /// The signature is another one.
    Mismatch,
    /// The clocks differ too much.
    Skew(String),
    /// Signed for something else.
    Scope(String),
}

impl Unknown {
    /// In the words of a service.
    pub fn error(&self, service: &str) -> ApiError {
        let json = service == "ssm";
        let s3 = service == "s3";
        let (status, code, message) = match self {
            Unknown::Missing if s3 => (403, "AccessDenied", "Access Denied".into()),
            Unknown::Missing => (403, "MissingAuthenticationToken", "Request is missing Authentication Token".into()),
            Unknown::Malformed(why) if s3 => (400, "AuthorizationHeaderMalformed", why.clone()),
            Unknown::Malformed(why) => (403, "IncompleteSignature", why.clone()),
            Unknown::Key if s3 => {
                (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.".into())
            }
            Unknown::Key => {
                let code = if json { "UnrecognizedClientException" } else { "InvalidClientTokenId" };
                (403, code, "The security token included in the request is invalid.".into())
            }
            Unknown::Expired if s3 => (400, "ExpiredToken", "The provided token has expired.".into()),
            Unknown::Expired => {
                let code = if json { "ExpiredTokenException" } else { "ExpiredToken" };
                (403, code, "The security token included in the request is expired".into())
            }
            Unknown::Skew(_) if s3 => (
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.".into(),
            ),
            Unknown::Mismatch | Unknown::Skew(_) | Unknown::Scope(_) => {
                let code = if json { "InvalidSignatureException" } else { "SignatureDoesNotMatch" };
                (403, code, match self {
                    Unknown::Skew(why) | Unknown::Scope(why) => why.clone(),
                    _ => "The request signature we calculated does not match the signature you provided. Check your AWS \
                          Secret Access Key and signing method. Consult the service documentation for details."
                        .into(),
                })
            }
        };
        ApiError::new(if json { 400 } else { status }, code, message)
    }
}

/// Finds out who is calling; `service` is the one whose operation it is.
///
/// # Errors
/// Why that can't be told.
pub fn authenticate(sandbox: &mut Sandbox, request: &Request, service: &str) -> Result<Caller, Unknown> {
    let header = request.header("authorization").ok_or(Unknown::Missing)?;
    let auth = Authorization::parse(header).map_err(Unknown::Malformed)?;
    let amz_date = request.header("x-amz-date").ok_or_else(|| {
        Unknown::Malformed(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".into(),
        )
    })?;
    let now = sandbox.now();
    check_clock(amz_date, now)?;
    check_scope(&auth, amz_date, service)?;
    check_signed_parts(&auth, request)?;

    let token = request.header("x-amz-security-token");
    let (secret, who, session) = match sandbox.world.sessions.iter().find(|s| s.id == auth.key_id) {
        Some(session) if token == Some(&session.token) => {
            (session.secret.clone(), session.who.clone(), Some(session.clone()))
        }
        Some(_) => return Err(Unknown::Key),
        None => {
            let usable = |k: &&crate::world::AccessKey| k.id == auth.key_id && k.active && k.usable_from <= now;
            let key = sandbox.world.access_keys.iter().find(usable).ok_or(Unknown::Key)?;
            // A long-lived key has no token; one that comes along is somebody else's.
            if token.is_some() {
                return Err(Unknown::Key);
            }
            (key.secret.clone(), Who::User(key.user.clone()), None)
        }
    };
    if session.as_ref().is_some_and(|s| s.expires <= now) {
        return Err(Unknown::Expired);
    }
    if auth.expected(request, &secret, amz_date) != auth.signature {
        return Err(Unknown::Mismatch);
    }
    if let Some(key) = sandbox.world.access_keys.iter_mut().find(|k| k.id == auth.key_id) {
        key.last_used = Some((now, auth.service.clone(), auth.region.clone()));
    }
    let user_agent = request.header("user-agent").unwrap_or_default().to_owned();
    Ok(Caller { region: auth.region, who, session, user_agent })
}

fn check_clock(amz_date: &str, now: i64) -> Result<(), Unknown> {
    let bad = || Unknown::Malformed(format!("Date must be in ISO-8601 'basic format'. Got '{amz_date}'."));
    let part = |range| amz_date.get(range).ok_or_else(bad);
    let (day, time) = amz_date.strip_suffix('Z').and_then(|d| d.split_once('T')).ok_or_else(bad)?;
    if day.len() != 8 || time.len() != 6 {
        return Err(bad());
    }
    let long = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    );
    let signed = Timestamp::parse_rfc3339(&long).map_err(|_| bad())?.0;
    let (server, early, late) = (compact(now), compact(now - SKEW), compact(now + SKEW));
    if signed < now - SKEW {
        return Err(Unknown::Skew(format!(
            "Signature expired: {amz_date} is now earlier than {early} ({server} - 5 min.)"
        )));
    }
    if signed > now + SKEW {
        return Err(Unknown::Skew(format!(
            "Signature not yet current: {amz_date} is still later than {late} ({server} + 5 min.)"
        )));
    }
    Ok(())
}

fn check_scope(auth: &Authorization, amz_date: &str, service: &str) -> Result<(), Unknown> {
    if auth.service != service {
        return Err(Unknown::Scope(format!("Credential should be scoped to correct service: '{service}'. ")));
    }
    if !amz_date.starts_with(&auth.date) {
        return Err(Unknown::Scope(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', \
             from '{amz_date}'.",
            auth.date,
            amz_date.get(..8).unwrap_or(amz_date)
        )));
    }
    if !is_region(&auth.region) {
        return Err(Unknown::Scope(format!("Credential should be scoped to a valid region, not '{}'. ", auth.region)));
    }
    Ok(())
}

/// Whether it has the form of a region's name: `eu-west-1`, `us-gov-east-1`.
fn is_region(name: &str) -> bool {
    const AREAS: [&str; 11] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx", "cn", "eusc"];
    const DIRECTIONS: [&str; 9] =
        ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];
    let parts: Vec<&str> = name.split('-').collect();
    let Some((number, [area, .., direction])) = parts.split_last() else { return false };
    let between = parts.get(1..parts.len() - 2).unwrap_or_default();
    AREAS.contains(area)
        && DIRECTIONS.contains(direction)
        && number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit())
        && matches!(between, [] | ["gov" | "iso" | "isob" | "de"])
}

fn check_signed_parts(auth: &Authorization, request: &Request) -> Result<(), Unknown> {
    let unsigned = |name: &str| !auth.signed_headers.iter().any(|h| h == name);
    let must: Vec<&str> = ["host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-target"]
        .into_iter()
        .filter(|name| *name == "host" || request.header(name).is_some())
        .collect();
    if let Some(name) = must.into_iter().find(|name| unsigned(name)) {
        return Err(Unknown::Malformed(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")));
    }
    match request.header("x-amz-content-sha256") {
        Some("UNSIGNED-PAYLOAD") if auth.service == "s3" => Ok(()),
        Some(hash) if hash != hex_sha256(&request.body) => Err(Unknown::Mismatch),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        for name in ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-4", "cn-north-1", "eusc-de-east-1"] {
            assert!(is_region(name), "{name}");
        }
        for name in ["", "us-east", "atlantis-1", "us-east-1a", "aws-global", "us-moon-1", "us-x-east-1"] {
            assert!(!is_region(name), "{name}");
        }
    }

    #[test]
    fn clock() {
        let now = Timestamp::parse_rfc3339("2026-01-02T03:04:05Z").unwrap().0;
        assert_eq!(check_clock("20260102T030405Z", now), Ok(()));
        assert_eq!(check_clock("20260102T030405Z", now + 300), Ok(()));
        let late =
            "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)";
        assert_eq!(check_clock("20260102T030405Z", now + 301), Err(Unknown::Skew(late.into())));
        assert!(
            matches!(check_clock("20260102T030405Z", now - 301), Err(Unknown::Skew(m)) if m.contains("still later"))
        );
        for bad in ["", "2026-01-02T03:04:05Z", "20260102", "20261302T030405Z", "2026010éT030405Z"] {
            assert!(matches!(check_clock(bad, now), Err(Unknown::Malformed(_))), "{bad}");
        }
    }
}
