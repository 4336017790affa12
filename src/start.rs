//! The way in: arguments → ports → verb → exit status.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::adapters;
use crate::cli::{Cli, Verb};
use crate::cmd;
use crate::env::Env;
use crate::error::{Error, Kind, LAUNCH_FAILED};

/// Runs awsx with the arguments and the environment of this process.
pub fn run_main() -> ExitCode {
    adapters::process::guard();
    let env: Env = std::env::vars_os().collect();
    let args: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(e) => return ExitCode::from(usage(&e, &args)),
    };
    let app = adapters::app(env, cli.global);
    let (result, launcher) = match &cli.verb {
        Some(verb) => (cmd::run(&app, verb), stands_in(verb)),
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => (cmd::pick(&app), true),
        None => {
            let _ = write!(std::io::stderr(), "{}", Cli::command().render_help());
            return ExitCode::from(Kind::Usage.status());
        }
    };
    ExitCode::from(result.unwrap_or_else(|e| report(&e, launcher)))
}

/// Whether a verb stands in for another command, whose own statuses must stay free.
fn stands_in(verb: &Verb) -> bool {
    matches!(verb, Verb::Exec(_) | Verb::Shell(_) | Verb::Aws(_))
}

fn report(error: &Error, launcher: bool) -> u8 {
    let _ = writeln!(std::io::stderr(), "awsx: {error}");
    if launcher { error.kind.launcher_status() } else { error.kind.status() }
}

/// Prints what clap has to say: help on stdout with status 0, wrong usage on stderr with that of the verb.
fn usage(error: &clap::Error, args: &[OsString]) -> u8 {
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
        _ if launcher_named(args) => LAUNCH_FAILED,
        _ => Kind::Usage.status(),
    }
}

/// Whether the verb on a command line that clap refused is one that stands in for another command.
fn launcher_named(args: &[OsString]) -> bool {
    let mut words = args.iter().skip(1).filter_map(|a| a.to_str());
    while let Some(word) = words.next() {
        match word {
            "--backend" | "--color" => {
                words.next();
            }
            _ if word.starts_with('-') => {}
            _ => return matches!(word, "exec" | "shell" | "aws"),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_is_found_past_the_options() {
        let named = |line: &str| launcher_named(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(named("awsx exec"));
        assert!(named("awsx --backend file --debug shell --wrong"));
        assert!(!named("awsx --backend exec list"));
        assert!(!named("awsx --color never list exec"));
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
