//! Security Token Service, API version 2011-06-15
//! ([reference](https://docs.aws.amazon.com/STS/latest/APIReference/)).

use std::collections::BTreeMap;

use awsx::base::time::Timestamp;

use crate::auth::Caller;
use crate::authz::{self, Own};
use crate::policy::{Ask, Context, Policy, Verdict};
use crate::sandbox::Sandbox;
use crate::totp;
use crate::violations::Violations;
use crate::wire::{Answer, ApiError, Params, tag, text};
use crate::world::{Role, Session, Who};

/// Longest life of a role session made with session credentials.
const CHAINED: i64 = 3600;

/// Runs a call; the inside of its `Result` element.
///
/// # Errors
/// In AWS's words.
pub fn call(sandbox: &mut Sandbox, caller: &Caller, action: &str, params: &Params) -> Answer {
    match action {
        "GetCallerIdentity" => {
            let (account, arn, id) = caller.identity(&sandbox.world);
            Ok(text("Arn", &arn) + &text("UserId", &id) + &text("Account", &account))
        }
        "GetSessionToken" => get_session_token(sandbox, caller, params),
        "GetFederationToken" => get_federation_token(sandbox, caller, params),
        "AssumeRole" => assume_role(sandbox, caller, params),
        other => {
            Err(ApiError::new(400, "InvalidAction", format!("Could not find operation {other} for version 2011-06-15")))
        }
    }
}

fn get_session_token(sandbox: &mut Sandbox, caller: &Caller, params: &Params) -> Answer {
    if caller.session.is_some() {
        return Err(ApiError::denied("Cannot call GetSessionToken with session credentials"));
    }
    let mut wrong = Violations::default();
    let mut seconds = wrong.duration(params, 129_600).unwrap_or(43_200);
    wrong.mfa(params);
    wrong.finish()?;
    if caller.is_root() {
        // The owner's sessions are cut to an hour, not refused.
        seconds = seconds.min(3600);
    }
    let context = authz::facts(sandbox, caller, false);
    let ask = Ask { action: "sts:GetSessionToken", resource: "*", context: &context };
    // It needs no permission, but can be denied.
    if let Own::Denied(_) = authz::own_policies(&sandbox.world, caller, ask) {
        authz::authorize(sandbox, caller, ask, "*")?;
    }
    let mfa_at = check_mfa(sandbox, caller, params)?.then(|| sandbox.now());
    let seconds = sandbox.world.settings.lifetime(seconds);
    let session = Session::new(caller.who.clone(), sandbox.now(), seconds, mfa_at);
    let answer = credentials(&session);
    sandbox.world.sessions.push(session);
    Ok(answer)
}

fn get_federation_token(sandbox: &mut Sandbox, caller: &Caller, params: &Params) -> Answer {
    if caller.session.is_some() {
        return Err(ApiError::denied("Cannot call GetFederationToken with session credentials"));
    }
    let mut wrong = Violations::default();
    let name = wrong.text(params, "Name", 2, 32, &|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c));
    let seconds = wrong.duration(params, 129_600).unwrap_or(43_200);
    wrong.finish()?;
    let seconds = sandbox.world.settings.lifetime(seconds);
    let context = authz::facts(sandbox, caller, false);
    let ask = Ask { action: "sts:GetFederationToken", resource: "*", context: &context };
    let resource = format!("arn:aws:sts::{}:federated-user/{name}", sandbox.world.account);
    authz::authorize(sandbox, caller, Ask { resource: &resource, ..ask }, &resource)?;
    let mut session = Session::new(caller.who.clone(), sandbox.now(), seconds, None);
    session.policies = session_policies(sandbox, params)?;
    // Without a session policy it may do nothing.
    if session.policies.is_empty() {
        session.policies = vec![Policy::parse(r#"{"Statement":[]}"#).map_err(ApiError::validation)?];
    }
    session.federated = true;
    let id = format!("{}:{name}", sandbox.world.account);
    let answer =
        credentials(&session) + &tag("FederatedUser", &(text("FederatedUserId", &id) + &text("Arn", &resource)));
    sandbox.world.sessions.push(session);
    Ok(answer)
}

fn assume_role(sandbox: &mut Sandbox, caller: &Caller, params: &Params) -> Answer {
    let mut wrong = Violations::default();
    let (arn, name) = wrong.role(params);
    let seconds = wrong.duration(params, 43_200).unwrap_or(3600);
    if params.get("ExternalId").is_some() {
        wrong.text(params, "ExternalId", 2, 1224, &|c| c.is_ascii_alphanumeric() || "+=,.@:/_-".contains(c));
    }
    if params.get("SourceIdentity").is_some() {
        wrong.text(params, "SourceIdentity", 2, 64, &|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c));
    }
    wrong.mfa(params);
    wrong.finish()?;
    if !arn.starts_with("arn:aws") || arn.split(':').count() < 6 || !arn.contains(":role/") {
        return Err(ApiError::validation(format!("{arn} is invalid")));
    }
    let policies = session_policies(sandbox, params)?;
    if caller.is_root() {
        return Err(ApiError::denied("Roles may not be assumed by root accounts."));
    }
    let mfa = check_mfa(sandbox, caller, params)?;
    let mut session = new_role_session(sandbox, caller, params, (&arn, &name), mfa)?;
    session.policies = policies;
    let role = allowed_role(sandbox, caller, params, &session, mfa)?.clone();

    if seconds > role.max_session {
        return Err(ApiError::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    // Sessions of GetSessionToken count as much as those of a role.
    if caller.session.is_some() && seconds > CHAINED {
        return Err(ApiError::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    session.expires = session.issued + sandbox.world.settings.lifetime(seconds);
    let mut answer = role_session(sandbox, &session);
    if !session.policies.is_empty() || !session.tags.is_empty() {
        answer += &text("PackedPolicySize", "1");
    }
    if let Some(source) = &session.source_identity {
        answer += &text("SourceIdentity", source);
    }
    sandbox.world.sessions.push(session);
    Ok(answer)
}

/// What the answer of every call that gives a role session begins with.
pub fn role_session(sandbox: &Sandbox, session: &Session) -> String {
    let (_, arn, id) = session.who.identity(&sandbox.world);
    credentials(session) + &tag("AssumedRoleUser", &(text("AssumedRoleId", &id) + &text("Arn", &arn)))
}

/// The facts of a call that gives a session with tags and a source identity.
pub fn tag_facts(
    context: &mut Context,
    tags: &BTreeMap<String, String>,
    transitive: &[String],
    source_identity: Option<&str>,
) {
    for (key, value) in tags {
        context.set(&format!("aws:RequestTag/{key}"), value.as_str());
        context.set("aws:TagKeys", key.as_str());
    }
    for key in transitive {
        context.set("sts:TransitiveTagKeys", key.as_str());
    }
    if let Some(source) = source_identity {
        context.set("sts:SourceIdentity", source);
    }
}

/// The session as it will be if the policies allow it.
fn new_role_session(
    sandbox: &Sandbox,
    caller: &Caller,
    params: &Params,
    (arn, name): (&str, &str),
    mfa: bool,
) -> Result<Session, ApiError> {
    let before = caller.session.as_ref();
    // The MFA of a user's session counts for the role; that of a role does not count for the next one.
    let inherited = before.filter(|_| matches!(caller.who, Who::User(_))).and_then(|s| s.mfa_at);
    let who = Who::Role { arn: arn.to_owned(), session: name.to_owned() };
    let mut session = Session::new(who, sandbox.now(), 0, if mfa { Some(sandbox.now()) } else { inherited });
    if let Some(before) = before {
        session.transitive.clone_from(&before.transitive);
        session.tags =
            before.transitive.iter().filter_map(|k| Some((k.clone(), before.tags.get(k)?.clone()))).collect();
    }
    let tags = request_tags(params);
    // What a session before it has passed on stays as it is.
    if tags.keys().any(|key| session.transitive.contains(key)) {
        return Err(ApiError::new(
            400,
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the \
             calling session.",
        ));
    }
    session.tags.extend(tags);
    session.transitive.extend(transitive_keys(params));
    let given = params.get("SourceIdentity");
    let inherited = before.and_then(|s| s.source_identity.as_deref());
    if let (Some(given), Some(inherited)) = (given, inherited)
        && given != inherited
    {
        return Err(ApiError::denied(format!(
            "The source identity {given} can't be set: the calling session has the source identity {inherited}"
        )));
    }
    session.source_identity = inherited.or(given).map(str::to_owned);
    Ok(session)
}

fn transitive_keys(params: &Params) -> Vec<String> {
    params.members("TransitiveTagKeys").iter().filter_map(|m| m.get("").map(ToString::to_string)).collect()
}

fn request_tags(params: &Params) -> BTreeMap<String, String> {
    let members = params.members("Tags");
    let pair = |m: &BTreeMap<&str, &str>| {
        Some(((*m.get("Key")?).to_owned(), m.get("Value").copied().unwrap_or_default().to_owned()))
    };
    members.iter().filter_map(pair).collect()
}

/// The session policies that a call asks for.
///
/// # Errors
/// In AWS's words.
pub fn session_policies(sandbox: &Sandbox, params: &Params) -> Result<Vec<Policy>, ApiError> {
    let mut policies = Vec::new();
    if let Some(text) = params.get("Policy") {
        policies.push(Policy::parse(text).map_err(|why| ApiError::new(400, "MalformedPolicyDocument", why))?);
    }
    for member in params.members("PolicyArns") {
        let arn = member.get("arn").copied().unwrap_or_default();
        let policy = sandbox.world.managed_policies.get(arn);
        policies.push(
            policy
                .cloned()
                .ok_or_else(|| ApiError::validation(format!("Policy {arn} does not exist or is not attachable.")))?,
        );
    }
    Ok(policies)
}

/// The role, if trust and the caller's own policies both let it be assumed.
fn allowed_role<'a>(
    sandbox: &'a Sandbox,
    caller: &Caller,
    params: &Params,
    session: &Session,
    mfa: bool,
) -> Result<&'a Role, ApiError> {
    let world = &sandbox.world;
    let arn = params.get("RoleArn").unwrap_or_default();
    let tags = request_tags(params);
    let mut context = authz::facts(sandbox, caller, mfa);
    context.set("sts:RoleSessionName", params.get("RoleSessionName").unwrap_or_default());
    if let Some(id) = params.get("ExternalId") {
        context.set("sts:ExternalId", id);
    }
    tag_facts(&mut context, &tags, &transitive_keys(params), session.source_identity.as_deref());
    let mut actions = vec!["sts:AssumeRole"];
    if !tags.is_empty() {
        actions.push("sts:TagSession");
    }
    // Also where it is the one of the session that calls.
    if session.source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    // A role that doesn't exist is refused like one that isn't allowed, so that its name can't be guessed.
    let refused = |action: &str, why: &str| authz::refusal(world, caller, action, arn, why);
    let role = world.role(arn).ok_or_else(|| refused("sts:AssumeRole", ""))?;
    for action in actions {
        may_assume(sandbox, caller, role, action, &context).map_err(|why| refused(action, &why))?;
    }
    Ok(role)
}

fn may_assume(sandbox: &Sandbox, caller: &Caller, role: &Role, action: &str, context: &Context) -> Result<(), String> {
    let (account, arn, _) = caller.identity(&sandbox.world);
    let names = match &caller.who {
        Who::User(_) => vec![arn, account.clone()],
        Who::Role { arn: role, .. } => vec![arn, role.clone(), account.clone()],
    };
    let ask = Ask { action, resource: &role.arn, context };
    let trust_ask = Ask { resource: "*", ..ask };
    let by_name = match role.trust.verdict(trust_ask, Some(&names)) {
        Verdict::Deny => return Err("with an explicit deny in a resource-based policy".into()),
        Verdict::Silent => return Err(String::new()),
        Verdict::Allow { by_name } => by_name && role.account() == account,
    };
    match authz::own_policies(&sandbox.world, caller, ask) {
        Own::Allowed => Ok(()),
        Own::NotAllowed("identity-based policy") if by_name => Ok(()),
        Own::NotAllowed(sort) => Err(format!("because no {sort} allows the {action} action")),
        Own::Denied(sort) => {
            Err(format!("with an explicit deny in {} {sort}", if sort.starts_with('i') { "an" } else { "a" }))
        }
    }
}

/// Whether a code was given, after it has been found right and used up.
fn check_mfa(sandbox: &mut Sandbox, caller: &Caller, params: &Params) -> Result<bool, ApiError> {
    let (serial, code) = match (params.get("SerialNumber"), params.get("TokenCode")) {
        (None, None) => return Ok(false),
        (Some(serial), Some(code)) => (serial, code),
        _ => {
            return Err(ApiError::denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            ));
        }
    };
    let now = sandbox.now();
    let Who::User(user) = &caller.who else {
        return Err(unable());
    };
    let device = sandbox.world.mfa_devices.iter_mut().find(|d| d.serial == serial && d.user.as_ref() == Some(user));
    let device = device.ok_or_else(unable)?;
    let seed = device.seed.as_deref().ok_or_else(unable)?;
    let step = totp::accept(seed, code, now + device.drift * totp::STEP, device.last_step);
    device.last_step =
        Some(step.ok_or_else(|| {
            ApiError::denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ")
        })?);
    Ok(true)
}

fn unable() -> ApiError {
    ApiError::denied(
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid \
         and associated with this user.",
    )
}

fn credentials(session: &Session) -> String {
    tag(
        "Credentials",
        &(text("AccessKeyId", &session.id)
            + &text("SecretAccessKey", &session.secret)
            + &text("SessionToken", &session.token)
            + &text("Expiration", &Timestamp(session.expires).to_string())),
    )
}
