//! `awsx env`.

use std::io::IsTerminal;

use zeroize::Zeroizing;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::secret::Secret;
use crate::base::time::{parse_duration, show_duration};
use crate::cli::{self, Format};
use crate::deliver::child;
use crate::deliver::clipboard;
use crate::deliver::formats::{self, credentials};
use crate::deliver::session_env::{Settings, selectors};
use crate::deliver::shells;
use crate::profile::Profiles;
use crate::select::request;
use crate::select::selection;

/// Runs `awsx env`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Env) -> Result<u8> {
    if let Some(program) = &args.clear_copied {
        clipboard::clear(app, program)?;
        return Ok(0);
    }
    let format = args.format.unwrap_or_else(|| shells::format_of(&app.env));
    let seconds =
        parse_duration(&args.clear_after).map_err(|e| Error { what: format!("--clear-after: {}", e.what), ..e })?;
    let shown = std::io::stdout().is_terminal() && !args.show_secret && !args.copy;
    let (profiles, profile) = selection::chosen(app, args.profile.as_deref())?;
    let text = if args.select {
        formats::variables(&selectors(&profile, &app.env), format, &app.env)?
    } else {
        text(app, (&profiles, &profile), args, format, shown)?
    };
    if args.copy {
        copy(app, text, format, seconds)?;
        return Ok(0);
    }
    output::text(&text)?;
    if shown && !args.select {
        app.prompter.say(&how_to_use(app, args, format));
    } else if format == Format::Prefix {
        app.prompter.say("`awsx exec` does the same, and doesn't show the secrets to other users of this machine");
    }
    Ok(0)
}

/// What is printed; with `hidden`, without the secrets.
fn text(
    app: &App,
    (profiles, profile): (&Profiles, &str),
    args: &cli::Env,
    format: Format,
    hidden: bool,
) -> Result<Zeroizing<String>> {
    let profile = Some(profile);
    if !matches!(format, Format::Json | Format::Ini | Format::Sql) {
        let mut env = child::child(app, profiles, profile, &args.session)?;
        if hidden {
            env = formats::hidden(env);
        }
        return formats::variables(&env, format, &app.env);
    }
    let request = request::from_args(app, profiles, profile, &args.session)?;
    let mut session = child::session(app, profiles, &request)?;
    if hidden {
        session = credentials::hidden(session);
    }
    match format {
        Format::Json => Ok(credentials::json(&session)),
        Format::Sql => credentials::sql(&session),
        _ => {
            let settings = Settings::of(profiles, &session.profile, args.session.region.as_deref());
            credentials::ini(&session, settings.region.as_deref())
        }
    }
}

/// Puts the text on a clipboard, and says for how long.
fn copy(app: &App, mut text: Zeroizing<String>, format: Format, seconds: u32) -> Result<()> {
    if format == Format::Prefix && text.ends_with('\n') {
        // The command comes behind it.
        text.pop();
        text.push(' ');
    }
    let text = Secret::new(std::mem::take(&mut *text));
    let way = clipboard::copy(app, &text)?;
    let line = match (way.pasting(), seconds) {
        (None, _) => {
            let tmux = if app.env.get("TMUX").is_some() { ", tmux with allow-passthrough on" } else { "" };
            format!(
                "copied to the clipboard of the terminal, if it has one (OSC 52{tmux}); awsx can't take it off again"
            )
        }
        (Some(_), 0) => format!("copied to the clipboard ({})", way.name()),
        (Some(_), _) => {
            clipboard::clear_later(app, way, &text, seconds)?;
            let left = show_duration(seconds);
            format!("copied to the clipboard ({}); it is taken off in {left}, if it is still there", way.name())
        }
    };
    app.prompter.say(&line);
    Ok(())
}

/// What a person is told who sees the output without its secrets.
fn how_to_use(app: &App, args: &cli::Env, format: Format) -> String {
    let profile = args.profile.as_deref().map(|name| format!(" {}", formats::word(name))).unwrap_or_default();
    let line = match (format, shells::format_of(&app.env)) {
        (Format::Fish, Format::Fish) => format!("`awsx env{profile} | source` sets them"),
        (Format::Bash, Format::Bash) => format!("`eval \"$(awsx env{profile})\"` sets them"),
        (Format::Powershell, _) => "`awsx env --format powershell | Out-String | Invoke-Expression` sets them".into(),
        _ => "a pipe or a file gets them".into(),
    };
    format!("secrets are not shown on a terminal: {line}, and --show-secret shows them")
}
