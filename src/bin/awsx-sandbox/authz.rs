//! Whether a caller may do it: identity policies, permissions boundary, session policies.

use awsx::base::time::Timestamp;

use crate::auth::Caller;
use crate::policy::{Ask, Context, Policy, Verdict};
use crate::sandbox::Sandbox;
use crate::wire::ApiError;
use crate::world::{Who, World};

/// What the caller's own policies say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// Yes.
    Allowed,
    /// Nobody says yes: the sort of policy that should.
    NotAllowed(&'static str),
    /// One says no: the sort of policy that does.
    Denied(&'static str),
}

/// The facts of a call. `mfa_now` is for AssumeRole with a code in the very call.
pub fn facts(sandbox: &Sandbox, caller: &Caller, mfa_now: bool) -> Context {
    let (account, arn, id) = caller.identity(&sandbox.world);
    let mut facts = Context::default();
    facts.set("aws:userid", id);
    facts.set("aws:PrincipalAccount", account);
    facts.set("aws:RequestedRegion", caller.region.as_str());
    facts.set("aws:UserAgent", caller.user_agent.as_str());
    facts.set("aws:CurrentTime", Timestamp(sandbox.now()).to_string());
    facts.set("aws:EpochTime", sandbox.now().to_string());
    facts.set("aws:SecureTransport", "true");
    facts.set("aws:ViaAWSService", "false");
    match &caller.who {
        Who::User(_) => {
            facts.set("aws:PrincipalArn", arn);
            if let Some(name) = caller.user() {
                facts.set("aws:username", name);
            }
            facts.set("aws:PrincipalType", if caller.is_root() { "Account" } else { "User" });
        }
        Who::Role { arn, .. } => {
            facts.set("aws:PrincipalArn", arn.as_str());
            facts.set("aws:PrincipalType", "AssumedRole");
        }
    }
    if let Some(session) = &caller.session {
        facts.set("aws:TokenIssueTime", Timestamp(session.issued).to_string());
        for (key, value) in &session.tags {
            facts.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
        }
        if let Some(source) = &session.source_identity {
            facts.set("aws:SourceIdentity", source.as_str());
        }
    }
    // Long-lived keys have no such key at all, which is what BoolIfExists is about.
    match (&caller.session, mfa_now) {
        (_, true) => {
            facts.set("aws:MultiFactorAuthPresent", "true");
            facts.set("aws:MultiFactorAuthAge", "0");
        }
        (Some(session), false) => {
            facts.set("aws:MultiFactorAuthPresent", session.mfa_at.is_some().to_string());
            if let Some(at) = session.mfa_at {
                facts.set("aws:MultiFactorAuthAge", (sandbox.now() - at).max(0).to_string());
            }
        }
        (None, false) => {}
    }
    facts
}

/// What the caller's own policies say of a call.
pub fn own_policies(world: &World, caller: &Caller, ask: Ask<'_>) -> Own {
    if caller.is_root() {
        return Own::Allowed;
    }
    let (identity, boundary): (&[Policy], Option<&Policy>) = match &caller.who {
        Who::User(name) => match world.user(name) {
            Some(user) => (&user.policies, user.boundary.as_ref()),
            None => (&[], None),
        },
        Who::Role { arn, .. } => (world.role(arn).map(|r| r.policies.as_slice()).unwrap_or_default(), None),
    };
    let session = caller.session.as_ref().map(|s| s.policies.as_slice()).unwrap_or_default();
    let layers: [(&str, Vec<&Policy>, bool); 3] = [
        ("identity-based policy", identity.iter().collect(), true),
        ("permissions boundary", boundary.into_iter().collect(), boundary.is_some()),
        ("session policy", session.iter().collect(), !session.is_empty()),
    ];
    let verdicts: Vec<(&'static str, Vec<Verdict>)> = layers
        .into_iter()
        .filter(|(.., present)| *present)
        .map(|(sort, policies, _)| (sort, policies.iter().map(|p| p.verdict(ask, None)).collect()))
        .collect();
    if let Some((sort, _)) = verdicts.iter().find(|(_, v)| v.contains(&Verdict::Deny)) {
        return Own::Denied(sort);
    }
    match verdicts.iter().find(|(_, v)| v.iter().all(|v| *v == Verdict::Silent)) {
        Some((sort, _)) => Own::NotAllowed(sort),
        None => Own::Allowed,
    }
}

/// Lets the call pass or refuses it in AWS's words; `shown` is the resource as the message names it.
///
/// # Errors
/// `AccessDenied`.
pub fn authorize(sandbox: &Sandbox, caller: &Caller, ask: Ask<'_>, shown: &str) -> Result<(), ApiError> {
    let why = match own_policies(&sandbox.world, caller, ask) {
        Own::Allowed => return Ok(()),
        Own::NotAllowed(sort) => format!("because no {sort} allows the {} action", ask.action),
        Own::Denied(sort) => {
            format!("with an explicit deny in {} {sort}", if sort.starts_with('i') { "an" } else { "a" })
        }
    };
    Err(refusal(&sandbox.world, caller, ask.action, shown, &why))
}

/// `User: … is not authorized to perform: …`.
pub fn refusal(world: &World, caller: &Caller, action: &str, shown: &str, why: &str) -> ApiError {
    let message =
        format!("User: {} is not authorized to perform: {action} on resource: {shown} {why}", caller.arn(world));
    ApiError::denied(message.trim_end())
}
