//! `awsx serve`: credentials for whoever asks on this machine and has the token, until it is interrupted.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::secret::Secret;
use crate::base::signals::{self, ENDING, Watch};
use crate::base::vars;
use crate::cli::{self, ServeFormat, ShellName};
use crate::deliver::serve::Served;
use crate::deliver::session_env::ChildEnv;
use crate::deliver::shells;
use crate::profile::Profiles;
use crate::select::selection::{self, Selection};

/// Where the file with the token is in a container.
const TOKEN_IN_CONTAINER: &str = "/run/awsx-token";

/// Runs `awsx serve` until a signal ends it; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Serve) -> Result<u8> {
    let watch = Watch::begin(&ENDING)?;
    let profiles = Profiles::load(&app.env)?;
    let names = names(app, &profiles, args.profile.as_deref())?;
    let (served, sessions) = Served::begin(app, &profiles, &names, &args.session, args.port)?;
    // An AI agent may get other profiles than it has named.
    let names: Vec<String> = sessions.into_iter().map(|session| session.profile).collect();
    for (at, name) in names.iter().enumerate() {
        if at == 0 {
            output::text(&told(app, args, &served, name)?)?;
        } else {
            app.prompter.say(&format!("{name}: {}", served.url(name)));
        }
    }
    app.prompter.say(&format!("serving {} until Ctrl-C", names.join(", ")));
    while watch.caught().is_none() {
        signals::pause(Duration::from_hours(1));
    }
    Ok(0)
}

/// The profiles that are meant: a list, where no profile has that very name.
fn names(app: &App, profiles: &Profiles, said: Option<&str>) -> Result<Vec<String>> {
    match said.map(|said| selection::listed(profiles, said)).transpose()?.flatten() {
        Some(names) => Ok(names),
        None => Ok(vec![Selection::of(&app.env, said).profile(app, profiles)?]),
    }
}

/// What a client needs, as it was asked for.
fn told(app: &App, args: &cli::Serve, served: &Served<'_>, name: &str) -> Result<String> {
    let variables = served.variables(name);
    if args.docker {
        let file = served.token_file().to_str().filter(|path| !path.contains([':', ',']));
        let file = file.ok_or_else(|| {
            Error::failed("docker can't mount the file with the token").cause("its path has a colon or a comma")
        })?;
        let quote = |text: &str| shells::dialect(ShellName::Bash).quote(text).to_string();
        return Ok(format!(
            "--network host --volume {} --env {} --env {}\n",
            quote(&format!("{file}:{TOKEN_IN_CONTAINER}:ro")),
            quote(&format!("{}={}", vars::AWS_CONTAINER_CREDENTIALS_FULL_URI, served.url(name))),
            quote(&format!("{}={TOKEN_IN_CONTAINER}", vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)),
        ));
    }
    let guessed = || match app.env.os("SHELL").and_then(shells::shell_of) {
        Some(ShellName::Fish) => ServeFormat::Fish,
        _ => ServeFormat::Bash,
    };
    let shell = match args.format.unwrap_or_else(guessed) {
        ServeFormat::Json => {
            let all: Map<String, Value> =
                variables.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
            return Ok(format!("{}\n", Value::Object(all)));
        }
        ServeFormat::Bash => ShellName::Bash,
        ServeFormat::Fish => ShellName::Fish,
    };
    let set = variables.into_iter().map(|(name, value)| (name.into(), Secret::new(value))).collect();
    Ok(shells::code(&ChildEnv { set, unset: Vec::new() }, shells::dialect(shell)).to_string())
}
