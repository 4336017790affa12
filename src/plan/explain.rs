//! A plan as `awsx explain` prints it. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Action, Plan, SessionKey, Source, Step};
use crate::base::time::{Timestamp, show_duration, show_left};

impl Action {
    fn name(&self) -> &'static str {
        match self {
            Action::Keychain => "keychain",
            Action::SessionToken => "get-session-token",
            Action::AssumeRole(_) => "assume-role",
            Action::Source(source) => match **source {
                Source::Sso(_) => "sso",
                Source::WebIdentity(_) => "web-identity",
                Source::Process(_) => "process",
                Source::Login(_) | Source::Environment(_) | Source::Container(_) | Source::Instance(_) => "sdk",
            },
            Action::Plaintext => "sdk",
        }
    }
}

impl Step {
    /// The ARN the step is about: the role, else the MFA device.
    fn arn(&self) -> Option<&str> {
        match &self.action {
            Action::AssumeRole(role) => Some(&role.role_arn),
            Action::Source(source) => match &**source {
                Source::WebIdentity(identity) => Some(&identity.role.role_arn),
                Source::Login(login) => Some(&login.session),
                _ => None,
            },
            _ => self.serial.as_deref(),
        }
    }
}

/// The plan as JSON; `settings` is the profile as the AWS CLI would see it, `cached` says when a session expires.
pub fn to_json(plan: &Plan, settings: &Value, cached: impl Fn(&SessionKey) -> Option<Timestamp>) -> Value {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| {
            json!({
                "action": step.action.name(),
                "profile": step.profile,
                "arn": step.arn(),
                "mfa": step.serial.is_some() || step.look_up_serial,
                "duration_seconds": step.duration,
                "cached": step.key.as_ref().and_then(&cached).is_some(),
                "why": step.why,
            })
        })
        .collect();
    json!({ "profile": plan.profile, "settings": settings, "steps": steps, "warnings": warnings(plan) })
}

/// The warnings of a plan, and those about the endpoints of its calls.
fn warnings(plan: &Plan) -> Vec<String> {
    let open: BTreeSet<String> = plan.steps.iter().filter_map(|step| step.endpoint.open_warning()).collect();
    plan.warnings.iter().cloned().chain(open).collect()
}

/// The plan as lines for a person.
pub fn to_lines(
    plan: &Plan,
    now: Timestamp,
    start: usize,
    cached: impl Fn(&SessionKey) -> Option<Timestamp>,
) -> Vec<String> {
    let mut lines = vec![plan.profile.clone()];
    for (i, step) in plan.steps.iter().enumerate() {
        let mut line = format!("  {}. {} ({})", i + 1, step.action.name(), step.profile);
        if let Some(arn) = step.arn() {
            line += &format!(" {arn}");
        }
        if let Some(duration) = step.duration {
            line += &format!(", {}", show_duration(duration));
        }
        lines.push(line);
        lines.push(format!("     {}", step.why));
        match step.key.as_ref().and_then(&cached) {
            Some(expires) => lines.push(format!("     cached, {} left", show_left(expires.seconds_left(now)))),
            None if i < start => lines.push("     not needed: a later session is cached".into()),
            None => {}
        }
    }
    lines.extend(warnings(plan).iter().map(|warning| format!("  note: {warning}")));
    lines
}
