//! Applies the rules for AI coding agents (`awsx_agent`, `AWSX_AGENT_RULE`) to a request.

use crate::app::App;
use crate::base::agent::Agent;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::plan::role::read_only;
use crate::plan::{ForAgent, Request};
use crate::profile::{AGENT, AgentRights, Profiles};

/// What the agent that runs this command gets of a profile; `None` for a person.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a rule that can't be.
pub fn rights<'a>(app: &'a App, profiles: &Profiles, asked: &str) -> Result<Option<(&'a Agent, AgentRights)>> {
    let Some(agent) = app.agent() else { return Ok(None) };
    let rights = AgentRights::of(profiles, asked, app.env.get(vars::AWSX_AGENT_RULE))?;
    Ok(Some((agent, rights)))
}

/// The request after the rules. A person's stays as it is. An agent's is for a session of its own, perhaps of another
/// profile, perhaps one that can only read. The guards decide later whether the agent gets it at all.
///
/// # Errors
/// As [`rights`]; [`crate::base::error::ErrorKind::Config`] for session policies beside the one that a rule demands.
pub fn limited(app: &App, profiles: &Profiles, mut request: Request) -> Result<Request> {
    let Some((agent, rights)) = rights(app, profiles, &request.profile)? else { return Ok(request) };
    let mut made = request.agent.take().unwrap_or_default();
    agent.name.clone_into(&mut made.name);
    if let Some(rule) = rights.instead {
        made.instead_of = Some((std::mem::replace(&mut request.profile, rights.profile), rule));
    }
    if let Some(rule) = rights.read_only {
        let policy = profiles.get(&request.profile).map(|profile| read_only(&profile)).unwrap_or_default();
        if request.policy.is_some() || request.policy_arns.iter().any(|arn| *arn != policy) {
            return Err(Error::config(format!(
                "{} is for reading only, with no policy of another kind",
                request.profile
            ))
            .cause(format!(
                "{rule} says readonly for {}, and AWS allows a session what any one of its policies allows",
                agent.name
            ))
            .hint("leave out --policy and --policy-arn"));
        }
        request.policy_arns = vec![policy];
        made.read_only = Some(rule);
    }
    request.agent = Some(made);
    Ok(request)
}

/// Refuses an agent what its rules don't give it.
pub(super) fn check_denied(agent: &Agent, name: &str, rights: &AgentRights) -> Result<()> {
    let Some(rule) = &rights.deny else { return Ok(()) };
    Err(refused(agent, name, rule, "says deny"))
}

/// Refuses an agent long-lived keys and codes of a profile, where it would get less than a person: neither can be
/// narrowed.
pub(super) fn check_whole(agent: &Agent, name: &str, rights: &AgentRights) -> Result<()> {
    check_denied(agent, name, rights)?;
    let limit = rights.read_only.as_ref().map(|rule| (rule, "says readonly, which keys and codes can't be".to_owned()));
    let other = || Some((rights.instead.as_ref()?, format!("gives it {} instead", rights.profile)));
    match limit.or_else(other) {
        Some((rule, says)) => Err(refused(agent, name, rule, &says)),
        None => Ok(()),
    }
}

fn refused(agent: &Agent, name: &str, rule: &str, says: &str) -> Error {
    let change = if rule == vars::AWSX_AGENT_RULE {
        format!("{rule} is set where the agent was started")
    } else {
        format!("or change {AGENT} to ask, to readonly for a role, or to the name of another profile")
    };
    Error::config(format!("{name} is not for an AI agent to use"))
        .cause(format!("{} runs this ({} is set), and {rule} {says}", agent.name, agent.signal))
        .hint(format!("a person can run it in a terminal of their own; {change}"))
}

/// The question to a person about an agent.
pub(super) fn question(agent: &Agent, name: &str) -> String {
    format!("Let the AI agent {} use {name}?", agent.name)
}

/// The error where that question can't be asked. An agent's own `-y` is no answer to it.
pub(super) fn nobody(agent: &Agent, name: &str, why: &str) -> Error {
    Error::input(format!("{name} is only for an AI agent whom a person lets use it, and nobody can be asked"))
        .cause(format!("{} runs this ({} is set); {why}", agent.name, agent.signal))
        .hint("a person can run it in a terminal of their own; -y of an agent is no person's answer")
}

/// Tells an agent that it gets another profile than it asked for.
pub fn tell(app: &App, request: &Request) {
    if let Some(ForAgent { name, instead_of: Some((asked, rule)), .. }) = &request.agent {
        app.prompter.say(&format!("{name} gets {} instead of {asked}: {rule}", request.profile));
    }
}
