//! The sandbox's own interface under `/_sandbox/`, for tests and for the guided shell: JSON in, JSON out.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::sandbox::Sandbox;
use crate::sso::directory::Assignment;
use crate::sso::provision::provision;
use crate::totp;
use crate::web_identity;
use crate::wire::{Params, Reply, Request};
use crate::world::{Device, Settings, World};

/// Sessions to end: `"all"`, or access key IDs.
#[derive(Deserialize)]
#[serde(untagged)]
enum Which {
    Word(String),
    Ids(Vec<String>),
}

impl Which {
    fn has(&self, id: &str) -> bool {
        match self {
            Which::Word(word) => word == "all" || word == id,
            Which::Ids(ids) => ids.iter().any(|i| i == id),
        }
    }
}

#[derive(Deserialize)]
struct Sessions {
    sessions: Which,
}

/// Sign-ins, and what becomes of them.
#[derive(Deserialize)]
struct SignIns {
    /// `"all"`, an ID, a user, or a list of these.
    which: Which,
    /// What.
    r#do: Fate,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Fate {
    /// They are over at once.
    Revoke,
    /// Their access tokens are; they can be refreshed.
    ExpireTokens,
    /// So are codes that have not been used, and device codes.
    ExpireCodes,
    /// The user of the console has another password.
    ChangePassword,
}

/// Gives a directory user a role in an account, or takes it away.
#[derive(Deserialize)]
struct Assign {
    user: String,
    account: String,
    role: String,
    assigned: bool,
}

#[derive(Deserialize)]
struct Time {
    offset: i64,
}

/// Answers one request.
pub fn answer(sandbox: &mut Sandbox, request: &Request) -> Reply {
    let (status, body) = match run(sandbox, request) {
        Ok(body) => (200, body),
        Err(Problem::Unknown) => (404, json!({"error": "no such thing; see `awsx-sandbox serve --help`"})),
        Err(Problem::Bad(why)) => (400, json!({"error": why})),
    };
    Reply::new(status, "application/json", format!("{body:#}\n"))
}

enum Problem {
    Unknown,
    Bad(String),
}

fn read<'a, T: Deserialize<'a>>(request: &'a Request) -> Result<T, Problem> {
    serde_json::from_slice(&request.body).map_err(|e| Problem::Bad(e.to_string()))
}

fn run(sandbox: &mut Sandbox, request: &Request) -> Result<Value, Problem> {
    let bad = |e: serde_json::Error| Problem::Bad(e.to_string());
    let done = json!({"ok": true});
    let what = request.path.strip_prefix("/_sandbox/").unwrap_or_default();
    match (request.method.as_str(), what) {
        ("GET", "state") => serde_json::to_value(&sandbox.world).map_err(bad),
        ("POST", "state") => {
            let text = String::from_utf8_lossy(&request.body);
            *sandbox = Sandbox::new(World::parse(&text).map_err(Problem::Bad)?);
            Ok(done)
        }
        ("GET", "calls") => serde_json::to_value(&sandbox.calls).map_err(bad),
        ("DELETE", "calls") => {
            sandbox.calls.clear();
            Ok(done)
        }
        ("GET", "code") => code(sandbox, request),
        ("GET", "codes") => Ok(codes(sandbox)),
        ("GET", "time") => Ok(json!({"now": sandbox.now(), "offset": sandbox.clock_offset})),
        ("POST", "time") => {
            sandbox.clock_offset = read::<Time>(request)?.offset;
            Ok(done)
        }
        ("GET", "faults") => serde_json::to_value(&sandbox.faults).map_err(bad),
        ("POST", "faults") => {
            sandbox.faults.push(read::<Fault>(request)?);
            Ok(done)
        }
        ("DELETE", "faults") => {
            sandbox.faults.clear();
            Ok(done)
        }
        ("POST", "settings") => {
            sandbox.world.settings = read::<Settings>(request)?;
            Ok(done)
        }
        ("POST", "revoke") => {
            let which = read::<Sessions>(request)?.sessions;
            sandbox.world.sessions.retain(|s| !which.has(&s.id));
            Ok(done)
        }
        ("POST", "expire") => {
            let which = read::<Sessions>(request)?.sessions;
            let now = sandbox.now();
            for session in sandbox.world.sessions.iter_mut().filter(|s| which.has(&s.id)) {
                session.expires = now - 1;
            }
            Ok(done)
        }
        ("GET", "violations") => serde_json::to_value(&sandbox.violations).map_err(bad),
        ("DELETE", "violations") => {
            sandbox.violations.clear();
            Ok(done)
        }
        ("GET", "sign-ins") => {
            let (center, console) = (&sandbox.world.identity_center, &sandbox.world.console_logins);
            Ok(json!({"identity_center": center.sign_ins, "console": console.logins}))
        }
        ("POST", "sign-ins") => {
            decide_fate(sandbox, &read(request)?);
            Ok(done)
        }
        ("POST", "assignments") => assign(sandbox, read(request)?).map(|()| done),
        ("POST", "web-identity") => Ok(json!({"token": web_identity::token(sandbox.now(), &read::<Value>(request)?)})),
        ("POST", "reset") => {
            sandbox.reset();
            Ok(done)
        }
        _ => Err(Problem::Unknown),
    }
}

fn decide_fate(sandbox: &mut Sandbox, asked: &SignIns) {
    let now = sandbox.now();
    let center = &mut sandbox.world.identity_center;
    for sign_in in center.sign_ins.iter_mut().filter(|s| asked.which.has(&s.id) || asked.which.has(&s.user)) {
        match asked.r#do {
            Fate::Revoke => sign_in.end("revoked"),
            Fate::ExpireTokens => sign_in.access.iter_mut().for_each(|(_, until)| *until = now.min(*until)),
            Fate::ExpireCodes | Fate::ChangePassword => {}
        }
    }
    let console = &mut sandbox.world.console_logins;
    for login in console.logins.iter_mut().filter(|l| asked.which.has(&l.id) || asked.which.has(&l.user)) {
        match asked.r#do {
            Fate::Revoke => login.end("TOKEN_EXPIRED"),
            Fate::ChangePassword => login.end("USER_CREDENTIALS_CHANGED"),
            Fate::ExpireTokens | Fate::ExpireCodes => {}
        }
    }
    if asked.r#do == Fate::ExpireCodes {
        center.codes.iter_mut().chain(&mut console.codes).for_each(|c| c.until = now);
        center.devices.iter_mut().for_each(|d| d.until = now);
    }
}

fn assign(sandbox: &mut Sandbox, asked: Assign) -> Result<(), Problem> {
    let users = &mut sandbox.world.identity_center.users;
    let user = users.iter_mut().find(|u| u.name == asked.user).ok_or(Problem::Unknown)?;
    let assignment = Assignment { account: asked.account, role: asked.role };
    user.assignments.retain(|a| *a != assignment);
    if asked.assigned {
        user.assignments.push(assignment);
    }
    provision(&mut sandbox.world);
    Ok(())
}

/// `GET /_sandbox/code?serial=…` or `?user=…`: the code to type now. With `&ahead=1` it is the code of the next step if
/// the current one has been used: AWS accepts codes one step ahead. If all of them have been used, `code` is null and
/// `wait` is the seconds until the next.
fn code(sandbox: &Sandbox, request: &Request) -> Result<Value, Problem> {
    let params = Params::parse(&request.query);
    let (serial, user) = (params.get("serial"), params.get("user"));
    let wanted = |d: &&Device| {
        serial.is_none_or(|s| s == d.serial) && user.is_none_or(|u| d.user.as_deref() == Some(u)) && d.seed.is_some()
    };
    let device = sandbox.world.mfa_devices.iter().rev().find(wanted).ok_or(Problem::Unknown)?;
    Ok(show(sandbox, device, i64::from(params.get("ahead").is_some())))
}

/// `GET /_sandbox/codes`: the same for every device that shows codes.
fn codes(sandbox: &Sandbox) -> Value {
    sandbox.world.mfa_devices.iter().filter(|d| d.seed.is_some()).map(|d| show(sandbox, d, 0)).collect()
}

fn show(sandbox: &Sandbox, device: &Device, ahead: i64) -> Value {
    let now = sandbox.now() + device.drift * totp::STEP;
    let current = totp::step(now);
    let fresh = device.last_step.map_or(current, |last| current.max(last + 1));
    let reach = current + ahead;
    let code = device.seed.as_deref().filter(|_| fresh <= reach).and_then(|seed| totp::code(seed, fresh));
    json!({
        "serial": device.serial,
        "user": device.user,
        "code": code,
        "wait": ((fresh - reach) * totp::STEP - now.rem_euclid(totp::STEP)).max(0),
        "left": (fresh + 1) * totp::STEP - now,
    })
}
