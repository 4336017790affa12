//! A profile for every role that a sign-in with IAM Identity Center grants: the roles are listed, compared with what the
//! config has, and shown; what a person agrees to is written in one step.

mod compare;
mod names;
mod portal;
mod which;

use std::fmt;

use crate::app::App;
use crate::base::columns;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::vars;
use crate::profile::edit::{Changes, change_profiles};
use crate::profile::{Locations, Profiles, io};
use compare::{Asked, Comparison, Wanted, compare};
use names::{DEFAULT_TEMPLATE, Template};

/// A role that somebody who has signed in may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The account: twelve digits.
    pub account: String,
    /// What the organization calls it.
    pub account_name: String,
    /// The name of the role.
    pub role: String,
}

impl Granted {
    fn pair(&self) -> (&str, &str) {
        (&self.account, &self.role)
    }
}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.role, self.account)?;
        if self.account_name.is_empty() { Ok(()) } else { write!(f, " ({})", self.account_name) }
    }
}

/// What is asked for.
#[derive(Debug, Default, Clone, Copy)]
pub struct Options<'a> {
    /// The name of the `sso-session`.
    pub session: Option<&'a str>,
    /// Where a person signs in, for a new `sso-session`.
    pub start_url: Option<&'a str>,
    /// The region of Identity Center, for a new `sso-session`.
    pub sso_region: Option<&'a str>,
    /// How profiles are named.
    pub template: Option<&'a str>,
    /// A region for profiles that have none.
    pub region: Option<&'a str>,
    /// Whether profiles whose role is gone are removed.
    pub prune: bool,
}

/// Writes the profiles. `admit` lets this command use a sign-in, or says why not.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Usage`] for a template that can't be read,
/// [`crate::base::error::ErrorKind::Config`] if it isn't known where to sign in or names clash,
/// [`crate::base::error::ErrorKind::Input`] if nobody has signed in or can be asked, whatever AWS refuses, and
/// [`crate::base::error::ErrorKind::Failed`] if the answer was no or the config changed meanwhile.
pub fn run(app: &App, options: &Options, admit: &dyn Fn(&Profiles, &str) -> Result<()>) -> Result<()> {
    let template = Template::parse(options.template.unwrap_or(DEFAULT_TEMPLATE))?;
    let at = Locations::of(&app.env)?;
    let text = io::read(&at.config)?.unwrap_or_default();
    let credentials = io::read(&at.credentials)?;
    // The very text that is changed below.
    let profiles = Profiles::parse(
        Some((&at.config, text.to_string())),
        credentials.map(|text| (at.credentials.as_path(), text.to_string())),
    )?;
    let session = which::session(app, &profiles, options)?;
    admit(&profiles, &session.name)?;
    let granted = portal::granted(app, &profiles, &session)?;
    let names = template.names(&session.name, &granted)?;
    let wanted: Vec<Wanted> = names.into_iter().zip(granted).map(|(name, granted)| Wanted { name, granted }).collect();
    let comparison = compare(
        &profiles,
        &Asked {
            session: &session.name,
            wanted: &wanted,
            named: options.template.is_some(),
            region: options.region,
            prune: options.prune,
        },
    );
    show(app, &session.name, &wanted, &comparison);
    if wanted.is_empty() && !comparison.pruned.is_empty() {
        let what = format!("{} grants no role at all, so no profile is removed", session.name);
        return Err(Error::new(ErrorKind::Refused, what)
            .cause("that is as likely a fault as it is meant, and what you have added to the profiles would go")
            .hint("if it is meant, take them out of the config with an editor"));
    }
    let other = match (comparison.taken, options.template) {
        (0, _) => None,
        (_, None) => Some(format!("--name-template '{{session}}.{DEFAULT_TEMPLATE}' gives them names of their own")),
        (_, Some(_)) => Some("another --name-template gives them names of their own".to_owned()),
    };
    let taken = match comparison.taken {
        1 => "1 name is".to_owned(),
        n => format!("{n} names are"),
    };
    if comparison.is_empty()
        && let Some(other) = other.as_ref().filter(|_| session.is_new)
    {
        return Err(Error::config(format!("{} would get no profile, so nothing was written", session.name))
            .cause(format!("{taken} taken by other profiles"))
            .hint(other));
    }
    if comparison.is_empty() && !session.is_new {
        app.prompter.say(&match other {
            None => "the config has all of them already: nothing was changed".to_owned(),
            Some(other) => format!("nothing was changed: {taken} taken by other profiles; {other}"),
        });
        return Ok(());
    }
    if !agreed(app, &format!("Write this to {}?", at.config.display()))? {
        return Err(Error::failed("nothing was imported"));
    }
    let section = session.settings();
    let changes = Changes {
        session: session.is_new.then(|| (session.name.as_str(), borrowed(&section))),
        added: comparison.added.iter().map(|it| (it.name.as_str(), borrowed(&it.settings))).collect(),
        changed: comparison.changed.iter().map(|it| (it.name.as_str(), borrowed(&it.settings))).collect(),
        renamed: comparison.renamed.iter().map(|it| (it.from.as_str(), it.to.as_str())).collect(),
        removed: comparison.pruned.iter().map(|it| it.name.as_str()).collect(),
    };
    io::replace_file(&at.config, &text, &change_profiles(&text, &changes)?)?;
    let counts = [
        (comparison.added.len(), "added"),
        (comparison.changed.len(), "changed"),
        (comparison.renamed.len(), "renamed"),
        (comparison.pruned.len(), "removed"),
    ];
    let done: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let done = if done.is_empty() { "none yet".to_owned() } else { done.join(", ") };
    app.prompter.say(&format!("wrote {}; profiles: {done}", at.config.display()));
    if let Some(other) = other {
        app.prompter.say(&format!("{taken} taken by other profiles; {other}"));
    }
    let has_region = options.region.is_some()
        || app.env.first(&[vars::AWS_REGION, vars::AWS_DEFAULT_REGION]).is_some()
        || profiles.get("default").is_some_and(|default| default.has("region"));
    if !has_region && !comparison.added.is_empty() {
        let name = &session.name;
        app.prompter
            .say(&format!("they have no region: `awsx import sso {name} --region REGION` gives each of them one"));
    }
    if let Some(first) = wanted.first() {
        app.prompter.say(&format!("`awsx exec {} -- CMD` runs one with credentials", first.name));
    }
    Ok(())
}

/// Whether a person agrees. New profiles have none of the rules for AI agents that those have which lead to the same
/// roles, so the `-y` of an agent is no answer here.
fn agreed(app: &App, question: &str) -> Result<bool> {
    match app.agent() {
        None => app.confirm(question),
        Some(_) if app.prompter.can_ask() => app.prompter.confirm(question, false),
        Some(agent) => Err(Error::input("a person has to agree to new profiles, and nobody can be asked")
            .cause(format!("{} runs this ({} is set); {}", agent.name, agent.signal, app.prompter.why_not()))
            .hint("a person can run it in a terminal of their own; -y of an agent is no person's answer")),
    }
}

fn borrowed<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// Shows what is about to be done.
fn show(app: &App, session: &str, wanted: &[Wanted], comparison: &Comparison) {
    let mut accounts: Vec<&str> = wanted.iter().map(|wanted| wanted.granted.account.as_str()).collect();
    accounts.dedup();
    let (roles, accounts) = (wanted.len(), accounts.len());
    let of = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    let same = match comparison.same {
        0 => String::new(),
        1 => "; 1 profile is there already".to_owned(),
        same => format!("; {same} profiles are there already"),
    };
    app.prompter.say(&format!("{session} grants {} in {}{same}", of(roles, "role"), of(accounts, "account")));
    let row = |does: &str, name: &str, what: String| vec![format!("  {does}"), name.to_owned(), what];
    let values = |settings: &[(&str, String)]| {
        settings.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend(comparison.added.iter().map(|it| row("add", &it.name, it.granted.to_string())));
    rows.extend(comparison.changed.iter().map(|it| row("change", &it.name, values(&it.settings))));
    rows.extend(
        comparison.renamed.iter().map(|it| row("rename", &it.from, format!("to {}; everything in it stays", it.to))),
    );
    rows.extend(comparison.pruned.iter().map(|it| row("remove", &it.name, it.why.clone())));
    rows.extend(comparison.left.iter().map(|it| row("leave", &it.name, it.why.clone())));
    let widths = columns::widths(&rows);
    for row in &rows {
        app.prompter.say(&columns::row(row, &widths));
    }
}

#[cfg(test)]
mod tests;
