//! The checks before a profile's credentials are given out: `awsx_confirm`, `awsx_account_id` and `awsx_agent`. Where an
//! AI agent runs awsx, only a person answers a question: its own `-y` doesn't.

use std::borrow::Cow;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::plan::{Inputs, Request, place, plan};
use crate::profile::{AGENT, OwnKeys, Profile, Profiles};
use crate::session::knowledge::Knowledge;
use crate::session::{agents, mark};

/// Checks whether a command may have a session, and gives the request that is granted. An AI agent may be granted the
/// session of another profile, or one that can only read.
///
/// # Errors
/// As [`admit`].
pub fn admit_session<'r>(app: &App, profiles: &Profiles, request: &'r Request) -> Result<Cow<'r, Request>> {
    let request = match app.agent() {
        None => Cow::Borrowed(request),
        Some(_) => Cow::Owned(agents::limited(app, profiles, request.clone())?),
    };
    agents::tell(app, &request);
    // Without a plan there can be no session, so a person is not asked about it.
    let possible = || {
        let known = Knowledge::new(app, None);
        plan(&Inputs { profiles, env: &app.env, request: &request, known: &known }).map(drop)
    };
    enter(app, profiles, &[&request.profile], Wants::Session, possible)?;
    Ok(request)
}

/// Checks whether a command may use the long-lived keys or a code of these profiles. A person is asked at most once:
/// about the first of them with `awsx_confirm`, and never again for the same profile in one command.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a guard that can't be read, or a rule that gives an AI agent less;
/// [`crate::base::error::ErrorKind::Input`] if the answer was no or nobody could be asked.
pub fn admit(app: &App, profiles: &Profiles, names: &[&str]) -> Result<()> {
    enter(app, profiles, names, Wants::Keys, || Ok(()))
}

/// Refuses an AI agent to remove or replace the stored keys of a profile if it would not get the keys themselves. Its
/// `-y` must not cost a person the only copy of a key.
///
/// # Errors
/// As [`admit`].
pub fn admit_to_change(app: &App, name: &str) -> Result<()> {
    if app.agent().is_some() { admit(app, &Profiles::load(&app.env)?, &[name]) } else { Ok(()) }
}

/// What a command wants of a profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// A session, which may be narrowed.
    Session,
    /// Keys or a code.
    Keys,
}

fn enter(
    app: &App,
    profiles: &Profiles,
    names: &[&str],
    wants: Wants,
    possible: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut ask = None;
    for name in names {
        let own = match profiles.get(name) {
            Some(profile) => OwnKeys::of(profiles, &profile)?,
            None => OwnKeys::default(),
        };
        let mut asks = own.confirm;
        if let Some((agent, rights)) = agents::rights(app, profiles, name)? {
            match wants {
                Wants::Session => agents::check_denied(agent, name, &rights)?,
                Wants::Keys => agents::check_whole(agent, name, &rights)?,
            }
            asks |= rights.ask.is_some();
        }
        if asks && !is_inside(app, name) && !app.admitted.borrow().contains(*name) {
            ask = ask.or(Some(name));
        }
    }
    if let Some(name) = ask {
        if app.agent().is_some() {
            possible()?;
        }
        self::ask(app, name)?;
    }
    app.admitted.borrow_mut().extend(names.iter().map(|name| (*name).to_owned()));
    Ok(())
}

/// Asks a person whether a profile may be used.
fn ask(app: &App, name: &str) -> Result<()> {
    let said = match app.agent() {
        None => app.confirm(&format!("Use {name}?"))?,
        Some(agent) if !app.prompter.can_ask() => return Err(agents::nobody(agent, name, &app.prompter.why_not())),
        Some(agent) => app.prompter.confirm_apart(&agents::question(agent, name))?,
    };
    if said {
        return Ok(());
    }
    Err(match app.agent() {
        None => Error::input(format!("{name} is not used: it has awsx_confirm, and the answer was no")),
        Some(agent) => Error::input(format!("{name} is not used: the answer about {} was no", agent.name))
            .hint("a person can run it in a terminal of their own"),
    })
}

/// Whether [`admit_session`] or the check of the account could refuse this profile.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a guard that can't be read.
pub fn is_guarded(app: &App, profiles: &Profiles, name: &str) -> Result<bool> {
    let Some(profile) = profiles.get(name) else { return Ok(false) };
    let own = OwnKeys::of(profiles, &profile)?;
    let less = agents::rights(app, profiles, name)?.is_some_and(|(_, rights)| !rights.is_all());
    Ok(own.confirm || own.account_id.is_some() || less)
}

/// Whether a profile's credentials may be used without a question.
pub fn admits_unasked(app: &App, profiles: &Profiles, profile: &Profile) -> bool {
    let for_agent = || agents::rights(app, profiles, &profile.name);
    let unasked =
        |confirm: bool, agents: bool| !confirm || (app.global.yes && !agents) || is_inside(app, &profile.name);
    OwnKeys::of(profiles, profile).is_ok_and(|own| match for_agent() {
        Ok(None) => unasked(own.confirm, false),
        Ok(Some((_, rights))) => rights.is_all() && unasked(own.confirm, true),
        Err(_) => false,
    })
}

/// Whether awsx runs inside a session of that profile, with a proof, until its end. The person was asked when that session
/// began, or when it was renewed.
fn is_inside(app: &App, name: &str) -> bool {
    app.env.get(vars::AWSX_PROFILE) == Some(name) && mark::is_proven(app) && mark::lasts(app)
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
    let for_agent = agents::rights(app, profiles, name)?;
    let used = for_agent.as_ref().map_or(name, |(_, rights)| &rights.profile);
    let Some(profile) = profiles.get(used) else { return Ok(Vec::new()) };
    let own = OwnKeys::of(profiles, &profile)?;
    let mut verdicts = Vec::new();
    let mut add = |key, says, why: String| verdicts.push(Verdict { key, says, why });
    let yes = app.global.yes && for_agent.is_none();
    let question = || match () {
        () if is_inside(app, used) => ("pass", "this environment is in it already".to_owned()),
        () if yes => ("pass", "-y answers".to_owned()),
        () if app.prompter.can_ask() => ("ask", "a person is asked first".to_owned()),
        () => ("refuse", format!("nobody can be asked: {}", app.prompter.why_not())),
    };
    if own.confirm {
        let (says, why) = question();
        add("awsx_confirm", says, why);
    }
    match &for_agent {
        None if profile.has(AGENT) => add(AGENT, "pass", "no AI agent runs this".into()),
        None => {}
        Some((agent, rights)) => {
            let rule = |rule: &Option<String>| rule.clone().unwrap_or_default();
            let name = &agent.name;
            if rights.deny.is_some() {
                add(AGENT, "refuse", format!("{} gives {name} nothing", rule(&rights.deny)));
            }
            if rights.instead.is_some() {
                add(AGENT, "pass", format!("{} gives {name} {} instead", rule(&rights.instead), rights.profile));
            }
            if rights.read_only.is_some() {
                add(AGENT, "pass", format!("{} lets {name} only read", rule(&rights.read_only)));
            }
            if rights.ask.is_some() {
                let (says, why) = question();
                add(AGENT, says, format!("{} is about {name}: {why}", rule(&rights.ask)));
            }
            if rights.is_all() {
                add(AGENT, "pass", format!("{name} gets a session of its own, with all rights"));
            }
        }
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
