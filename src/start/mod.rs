//! The entry point: arguments → ports → verb → exit status.

mod misuse;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use clap::error::ErrorKind as Refused;

use crate::adapters;
use crate::app::colors;
use crate::base::env::Env;
use crate::base::error::{Error, ErrorKind, LAUNCH_FAILED, Result};
use crate::base::terminal_text;
use crate::cli::{self, Cli, Global};
use crate::cmd;

/// Runs awsx with the arguments and the environment of this process; the exit status.
pub fn run_main() -> u8 {
    adapters::process::guard();
    let env = Env::of_process();
    let args = aws_options_apart(std::env::args_os().collect());
    let cli = match Cli::read(&args) {
        Ok(cli) => cli,
        Err(e) => return usage(&e, &args, &env),
    };
    let (env_of_errors, global) = (env.clone(), cli.global.clone());
    run(env, cli).unwrap_or_else(|e| {
        print(&e, &env_of_errors, &global);
        if cli::is_launcher(&args) { e.kind.launcher_status() } else { e.kind.status() }
    })
}

fn run(env: Env, cli: Cli) -> Result<u8> {
    env.check()?;
    let app = adapters::app(env, cli.global);
    let status = match &cli.verb {
        Some(_) if cli.full => {
            return Err(Error::usage("--full goes with the picker, not with a command").hint("awsx --full"));
        }
        Some(verb) => cmd::run(&app, verb)?,
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => cmd::pick(&app, cli.full)?,
        None => {
            let _ = write!(std::io::stderr(), "{}", cli::command().render_help());
            ErrorKind::Usage.status()
        }
    };
    Ok(status)
}

fn print(error: &Error, env: &Env, global: &Global) {
    if error.kind == ErrorKind::Quit {
        return;
    }
    let _ = writeln!(std::io::stderr(), "{}", error.told(colors(env, global, std::io::stderr().is_terminal())));
}

/// Prints help on standard output with status 0, and wrong usage on standard error with the status of the verb.
fn usage(refused: &clap::Error, args: &[OsString], env: &Env) -> u8 {
    let global = cli::color_options(args);
    let shown = harmless(args);
    let text = |terminal| {
        let text = shown.as_ref().unwrap_or(refused).render();
        if colors(env, &global, terminal) { text.ansi().to_string() } else { text.to_string() }
    };
    if matches!(refused.kind(), Refused::DisplayHelp | Refused::DisplayVersion) {
        let _ = write!(std::io::stdout(), "{}", text(std::io::stdout().is_terminal()));
        return 0;
    }
    if let Some(error) = misuse::explain(refused, args, env) {
        print(&error, env, &global);
    } else {
        let text = text(std::io::stderr().is_terminal()).replacen("error:", "awsx:", 1);
        let _ = write!(std::io::stderr(), "{text}");
    }
    if cli::is_launcher(args) { LAUNCH_FAILED } else { ErrorKind::Usage.status() }
}

/// clap's error for the same arguments without control characters: clap quotes arguments as they are, and a terminal
/// would obey them.
fn harmless(args: &[OsString]) -> Option<clap::Error> {
    let args: Vec<OsString> = args.iter().map(|arg| terminal_text::line(&arg.to_string_lossy()).into()).collect();
    Cli::read(&args).err()
}

/// Puts `--` after `awsx aws`: all options after it are the AWS CLI's, `--debug` and `--color` too.
fn aws_options_apart(mut args: Vec<OsString>) -> Vec<OsString> {
    if let Some(index) = cli::verb_index(&args).filter(|i| args.get(*i).is_some_and(|verb| verb == "aws"))
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
    use crate::cli::Verb;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_verb_is_found_past_the_options() {
        let launcher = |line: &str| cli::is_launcher(&words(line));
        assert!(launcher("awsx exec"));
        assert!(launcher("awsx --backend file --debug shell --wrong"));
        assert!(launcher("awsx --backend=file -m aws"));
        assert!(!launcher("awsx --backend exec list"));
        assert!(!launcher("awsx --color never list exec"));
        assert!(!launcher("awsx -- exec"));
    }

    #[test]
    fn launchers_are_verbs() {
        for name in cli::LAUNCHERS {
            assert!(cli::command().find_subcommand(name).is_some(), "{name}");
        }
    }

    #[test]
    fn colours_are_known_of_a_line_that_is_refused() {
        let said = |line: &str| cli::color_options(&words(line));
        assert_eq!(said("awsx --color always nonsense").color, cli::Color::Always);
        assert_eq!(said("awsx nonsense --color=never").color, cli::Color::Never);
        assert_eq!(said("awsx exec --color pink -- x --color=never").color, cli::Color::Auto);
        assert!(said("awsx -m nonsense").monochrome);
    }

    #[test]
    fn the_aws_clis_options_are_its_own() {
        let apart = |line: &str| {
            let cli = Cli::try_parse_from(aws_options_apart(words(line))).unwrap();
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
            "awsx aws -- s3 ls --profile x --debug -- y",
            "awsx --debug aws -- --help",
            "awsx aws",
            "awsx -h aws",
            "awsx --help aws -- s3",
            "awsx --version aws -- s3",
            "awsx --color always --nonsense aws -- s3",
            "awsx --here use prod",
            "awsx --no-cache exec prod -- a",
            "awsx token eks --cluster blue prod --region eu-west-1",
            "awsx token --no-input rds prod --host h --port 1 --user u -y",
            "awsx token",
            "awsx token eks",
            "awsx token help eks",
            "awsx token eks --help",
            "awsx token nonsense",
            "awsx refresh --min-ttl 1h prod",
            "awsx refresh --help",
            "awsx shell prod --via shims -d 1h",
            "awsx shell --help",
            "awsx shell a b",
            "awsx use --here prod",
            "awsx use -",
            "awsx use - --nonsense",
            "awsx prompt",
            "awsx prompt --color always",
            "awsx prompt nonsense",
        ] {
            match (Cli::read(&words(line)), Cli::whole(&words(line))) {
                (Ok(short), Ok(whole)) => assert_eq!(format!("{short:?}"), format!("{whole:?}"), "{line}"),
                (Err(short), Err(whole)) => assert_eq!(short.to_string(), whole.to_string(), "{line}"),
                (short, whole) => panic!("{line}: {short:?} {whole:?}"),
            }
        }
    }

    #[test]
    fn verbs_that_are_run_most_take_the_short_way() {
        for line in [
            "awsx exec prod -- true",
            "awsx credential-process prod",
            "awsx env prod",
            "awsx unset",
            "awsx --debug token eks --cluster blue prod",
            "awsx shell prod",
            "awsx use -",
            "awsx aws -- s3 ls",
            "awsx refresh",
            "awsx prompt",
        ] {
            assert!(Cli::short(&words(line)).is_some(), "{line}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        cli::command().debug_assert();
    }
}
