//! The checks before a profile's credentials are given out: `awsx_confirm`, `awsx_account_id` and `awsx_agent`.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::plan::place;
use crate::profile::{AgentRule, OwnKeys, Profile, Profiles};
use crate::session::mark;

/// Lets a command use these profiles, or says why not. A person is asked at most once: about the first of them with
/// `awsx_confirm`, and never again for the same profile in one command.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a guard that can't be read, [`crate::base::error::ErrorKind::Input`]
/// if the answer was no or nobody could be asked.
pub fn admit(app: &App, profiles: &Profiles, names: &[&str]) -> Result<()> {
    let mut ask = None;
    for name in names {
        let Some(profile) = profiles.get(name) else { continue };
        let own = OwnKeys::of(profiles, &profile)?;
        check_agent(&profile, &own.agent)?;
        if own.confirm && !is_inside(app, name) && !app.admitted.borrow().contains(*name) {
            ask = ask.or(Some(name));
        }
    }
    if let Some(name) = ask
        && !app.confirm(&format!("Use {name}?"))?
    {
        return Err(Error::input(format!("{name} is not used: it has awsx_confirm, and the answer was no")));
    }
    app.admitted.borrow_mut().extend(names.iter().map(|name| (*name).to_owned()));
    Ok(())
}

/// Whether a profile's credentials may be used without a question.
pub fn admits_unasked(app: &App, profiles: &Profiles, profile: &Profile) -> bool {
    OwnKeys::of(profiles, profile).is_ok_and(|own| {
        check_agent(profile, &own.agent).is_ok() && (!own.confirm || app.global.yes || is_inside(app, &profile.name))
    })
}

const AGENT: &str = "awsx_agent";

/// Refuses a rule for AI agents that limits them: this version can't tell an agent from a person, and a rule that is
/// not kept would be taken for protection.
fn check_agent(profile: &Profile, rule: &AgentRule) -> Result<()> {
    if *rule == AgentRule::Allow {
        return Ok(());
    }
    Err(Error::config(format!(
        "{AGENT} of {} can't be kept by this version of awsx{}",
        profile.name,
        place(profile, AGENT)
    ))
    .cause("it does not tell programs that run under an AI agent from others")
    .hint(format!("take {AGENT} out of the profile, or set it to allow; awsx_confirm = true asks before each use")))
}

/// Whether awsx runs inside a session of that profile, with a proof. The person was asked when that session began.
fn is_inside(app: &App, name: &str) -> bool {
    app.env.get(vars::AWSX_PROFILE) == Some(name) && mark::is_proven(app)
}

const ACCOUNT: &str = "awsx_account_id";

/// Whether a profile says which account it must lead to.
pub fn states_account(profile: &Profile) -> bool {
    profile.has(ACCOUNT)
}

/// Whether `account` is the one that a profile states with `awsx_account_id`, if it states one.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it is another.
pub fn check_account(profile: &Profile, account: &str) -> Result<()> {
    let Some(stated) = profile.get(ACCOUNT).filter(|stated| *stated != account) else { return Ok(()) };
    Err(Error::config(format!("{} leads to the account {account}, not to {stated}", profile.name))
        .cause(format!("its {ACCOUNT} says {stated}{}", place(profile, ACCOUNT)))
        .hint(format!("correct {ACCOUNT}, or the keys or the role of {}", profile.name)))
}

/// What a guard would say, for `awsx explain`.
pub struct Verdict {
    /// The key of the profile.
    pub key: &'static str,
    /// `pass`, `ask`, `refuse` or `unknown`.
    pub says: &'static str,
    /// In words.
    pub why: String,
}

/// What the guards of a profile would say. `leads_to` is the account that it leads to, as far as that is known.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a guard that can't be read.
pub fn verdicts(app: &App, profiles: &Profiles, name: &str, leads_to: Option<&str>) -> Result<Vec<Verdict>> {
    let Some(profile) = profiles.get(name) else { return Ok(Vec::new()) };
    let own = OwnKeys::of(profiles, &profile)?;
    let mut verdicts = Vec::new();
    let mut add = |key, says, why: String| verdicts.push(Verdict { key, says, why });
    if own.confirm {
        match () {
            () if is_inside(app, name) => add("awsx_confirm", "pass", "this environment is in it already".into()),
            () if app.global.yes => add("awsx_confirm", "pass", "-y answers".into()),
            () if app.prompter.can_ask() => add("awsx_confirm", "ask", "a person is asked first".into()),
            () => add("awsx_confirm", "refuse", format!("nobody can be asked: {}", app.prompter.why_not())),
        }
    }
    if check_agent(&profile, &own.agent).is_err() {
        add(AGENT, "refuse", "this version can't keep a rule for AI agents".into());
    }
    if let Some(stated) = own.account_id {
        match leads_to {
            None => add(ACCOUNT, "unknown", format!("AWS is asked whether it leads to {stated}")),
            Some(account) if account == stated => add(ACCOUNT, "pass", format!("it leads to {stated}")),
            Some(account) => add(ACCOUNT, "refuse", format!("it leads to {account}, not to {stated}")),
        }
    }
    Ok(verdicts)
}
