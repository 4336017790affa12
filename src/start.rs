//! The way in: arguments → ports → verb → exit status.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::CommandFactory;

use crate::adapters;
use crate::base::env::Env;
use crate::base::error::{Error, ErrorKind, LAUNCH_FAILED};
use crate::base::terminal_text;
use crate::cli::{Cli, Verb, verb_index};
use crate::cmd;

/// Runs awsx with the arguments and the environment of this process.
pub fn run_main() -> ExitCode {
    adapters::process::guard();
    let env: Env = std::env::vars_os().collect();
    let args = aws_options_apart(std::env::args_os().collect());
    let cli = match Cli::read(&args) {
        Ok(cli) => cli,
        Err(e) => return ExitCode::from(usage(&harmless(&args).unwrap_or(e), &args)),
    };
    let app = adapters::app(env, cli.global);
    let (result, launcher) = match &cli.verb {
        Some(verb) => (cmd::run(&app, verb), stands_in(verb)),
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => (cmd::pick(&app), false),
        None => {
            let _ = write!(std::io::stderr(), "{}", Cli::command().render_help());
            return ExitCode::from(ErrorKind::Usage.status());
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
        clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion => 0,
        _ if launcher_named(args) => LAUNCH_FAILED,
        _ => ErrorKind::Usage.status(),
    }
}

/// What clap has to say of the same arguments made harmless for a terminal: it quotes them as they are.
fn harmless(args: &[OsString]) -> Option<clap::Error> {
    let args: Vec<OsString> = args.iter().map(|arg| terminal_text::line(&arg.to_string_lossy()).into()).collect();
    Cli::read(&args).err()
}

/// Whether the verb on a command line that clap refused is one that stands in for another command.
fn launcher_named(args: &[OsString]) -> bool {
    verb_index(args).and_then(|i| args.get(i)).is_some_and(|verb| ["exec", "shell", "aws"].iter().any(|v| verb == v))
}

/// Everything behind `awsx aws` belongs to the AWS CLI, its own `--debug` and `--color` too.
fn aws_options_apart(mut args: Vec<OsString>) -> Vec<OsString> {
    if let Some(index) = verb_index(&args).filter(|i| args.get(*i).is_some_and(|verb| verb == "aws"))
        && args.get(index + 1).is_some_and(|next| next != "--")
    {
        args.insert(index + 1, "--".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use clap::Parser;

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
    fn the_aws_clis_options_are_its_own() {
        let apart = |line: &str| {
            let args = aws_options_apart(line.split(' ').map(OsString::from).collect());
            let cli = Cli::try_parse_from(args).unwrap();
            match cli.verb {
                Some(Verb::Aws(aws)) => (cli.global.debug, aws.args.join(std::ffi::OsStr::new(" "))),
                _ => unreachable!("it is `awsx aws`"),
            }
        };
        assert_eq!(apart("awsx aws --debug --color off s3 ls"), (false, "--debug --color off s3 ls".into()));
        assert_eq!(apart("awsx --debug aws -- s3 ls"), (true, "s3 ls".into()));
        assert_eq!(apart("awsx --backend helper:aws aws --help"), (false, "--help".into()));
    }

    #[test]
    fn the_short_way_is_the_same_way() {
        for line in [
            "awsx exec prod -- true --help",
            "awsx --debug exec -- x",
            "awsx exec --duration 1h prod --readonly --backend file -- a b",
            "awsx exec",
            "awsx exec --help",
            "awsx exec prod --nonsense -- x",
            "awsx list exec",
            "awsx exec exec -- exec",
            "awsx --backend file exec --no-input prod --min-ttl 1h -y -- a --debug",
            "awsx --backend exec exec -- a",
            "awsx -- exec prod -- a",
            "awsx prod exec -- a",
            "awsx aws -- exec",
        ] {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            match (Cli::read(&args), Cli::try_parse_from(&args)) {
                (Ok(short), Ok(whole)) => assert_eq!(format!("{short:?}"), format!("{whole:?}"), "{line}"),
                (Err(short), Err(whole)) => assert_eq!(short.to_string(), whole.to_string(), "{line}"),
                (short, whole) => panic!("{line}: {short:?} {whole:?}"),
            }
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
