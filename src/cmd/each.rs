//! `awsx each`: one command for many profiles.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

use crate::app::{App, colors};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::{columns, output, signals, terminal_text};
use crate::cli;
use crate::deliver::child::child;
use crate::deliver::many::{Label, Look, Outcome, Printer, Run};
use crate::deliver::session_env::ChildEnv;
use crate::profile::{OwnKeys, Profile, Profiles};
use crate::select::patterns;
use crate::session::knowledge::Knowledge;

/// Colours for profiles that have none of their own.
const COLORS: [&str; 6] = ["36", "33", "32", "35", "34", "96"];

/// Runs `awsx each`; the worst status of the commands, or 125 if a profile got no session.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Each) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    let knowledge = Knowledge::new(app, None);
    knowledge.look_at_what_is_there();
    let account =
        |profile: &Profile| profile.account().map(str::to_owned).or_else(|| knowledge.state(&profile.name).account);
    let names = patterns::matching(&profiles, &args.patterns, account)?;
    let Some((program, rest)) = args.command.split_first() else {
        output::lines(&names)?;
        return Ok(0);
    };
    let _ = app.command.set(program.to_string_lossy().into_owned());
    let on_terminal = std::io::stderr().is_terminal();
    let printer = Arc::new(Printer::new(Look {
        colors: app.colored_results(),
        error_colors: colors(&app.env, &app.global, on_terminal),
        json: args.json,
        progress: on_terminal && app.env.get("TERM") != Some("dumb"),
    }));
    let run = Run { program, args: rest, env: &app.env, at_once: args.jobs.get() };
    let mut unanswered = Unanswered::of(&profiles, &knowledge, &names);
    let (session, out) = (args.session.clone(), printer.clone());
    let (outcomes, signal) = run.for_each(app, labels(&profiles, &names)?, &printer, |here| {
        let profiles = Profiles::load(&here.app().env);
        move |name| {
            let profiles = profiles.as_ref().map_err(Clone::clone)?;
            // Nothing else is printed while a person may be asked for a code.
            unanswered.ask(name, || here.act(|app| child(app, profiles, Some(name), &session), || out.hold()))
        }
    })?;
    if !args.json {
        let _ = write!(std::io::stderr(), "{}", table(&outcomes));
    }
    if let Some(signal) = signal {
        signals::end_by(signal);
    }
    let worst = outcomes.iter().filter_map(|outcome| outcome.status).max().unwrap_or_default();
    Ok(signal.map_or(worst, |signal| u8::try_from(128 + signal as i32).unwrap_or(u8::MAX)))
}

fn labels(profiles: &Profiles, names: &[String]) -> Result<Vec<Label>> {
    let width = names.iter().map(|name| columns::width(&terminal_text::line(name))).max().unwrap_or_default();
    let label = |(at, name): (usize, &String)| {
        let own = profiles.get(name).map(|profile| OwnKeys::of(profiles, &profile)).transpose()?;
        let color = own
            .and_then(|own| own.color)
            .unwrap_or_else(|| COLORS.get(at % COLORS.len()).copied().unwrap_or("0").into());
        Ok(Label { name: name.clone(), color, width })
    };
    names.iter().enumerate().map(label).collect()
}

/// Users whose question was not answered: it isn't asked again for their other profiles.
struct Unanswered {
    users: BTreeMap<String, String>,
    by_user: BTreeMap<String, Error>,
}

impl Unanswered {
    fn of(profiles: &Profiles, knowledge: &Knowledge, names: &[String]) -> Self {
        let stored = |name: &str| knowledge.state(name).access_key_id.is_some();
        let user = |name: &String| {
            let chain = profiles.way(name, stored).unwrap_or_default();
            (name.clone(), chain.first().map_or(name, |hop| &hop.profile.name).to_owned())
        };
        Unanswered { users: names.iter().map(user).collect(), by_user: BTreeMap::new() }
    }

    fn ask(&mut self, name: &str, make: impl FnOnce() -> Result<ChildEnv>) -> Result<ChildEnv> {
        let user = self.users.get(name).cloned().unwrap_or_default();
        if let Some(error) = self.by_user.get(&user) {
            return Err(error.clone());
        }
        make().inspect_err(|error| {
            if error.kind == ErrorKind::Input {
                self.by_user.insert(user, error.clone());
            }
        })
    }
}

fn table(outcomes: &[Outcome]) -> String {
    let row = |outcome: &Outcome| {
        let status = outcome.status.map_or_else(|| "-".into(), |status| status.to_string());
        // Why not was said when it was known.
        let why = if outcome.error.is_some() || outcome.status.is_none() { "not started" } else { "" };
        [&outcome.profile, status.as_str(), why].map(terminal_text::line)
    };
    let head = ["PROFILE", "STATUS", ""].map(str::to_owned);
    let rows: Vec<[String; 3]> = std::iter::once(head).chain(outcomes.iter().map(row)).collect();
    columns::table(&rows)
}
