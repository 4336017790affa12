//! What a command line that can't be read was probably meant to be.

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind as Refused};

use crate::base::env::Env;
use crate::base::error::Error;
use crate::cli;
use crate::deliver::formats;
use crate::profile::{Profiles, nearest};

/// What other tools call a verb of awsx.
const ELSEWHERE: [(&str, &str); 16] = [
    ("run", "exec"),
    ("assume", "shell"),
    ("switch", "use"),
    ("set", "use"),
    ("rm", "remove"),
    ("delete", "remove"),
    ("new", "add"),
    ("profiles", "list"),
    ("info", "status"),
    ("renew", "refresh"),
    ("plan", "explain"),
    ("why", "explain"),
    ("completion", "completions"),
    ("version", "--version"),
    ("enroll", "provision-mfa"),
    ("enrol", "provision-mfa"),
];

/// The same below `awsx mfa`.
const ELSEWHERE_IN_MFA: [(&str, &str); 8] = [
    ("list", "mfa status"),
    ("ls", "mfa status"),
    ("rm", "mfa remove"),
    ("delete", "mfa remove"),
    ("sync", "mfa resync"),
    ("add", "provision-mfa"),
    ("enable", "provision-mfa"),
    ("provision", "provision-mfa"),
];

/// The options of `awsx login` that say how a person signs in.
const SIGN_IN: [&str; 4] = ["--browser", "--device-code", "--remote", "--console"];

/// A better error than clap's, where awsx can tell what was meant.
pub fn explain(refused: &clap::Error, args: &[OsString], env: &Env) -> Option<Error> {
    let words: Vec<&str> = args.iter().skip(1).map(|word| word.to_str()).collect::<Option<_>>()?;
    let line = Line { words, root: cli::command(), profiles: Profiles::load(env).ok() };
    let said = |kind| match refused.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match refused.kind() {
        Refused::InvalidSubcommand => line.no_verb(said(ContextKind::InvalidSubcommand)?),
        Refused::UnknownArgument => line.unknown(said(ContextKind::InvalidArg)?),
        Refused::MissingRequiredArgument => line.without_command(),
        _ => None,
    }
}

/// A command line that was refused.
struct Line<'a> {
    words: Vec<&'a str>,
    root: Command,
    profiles: Option<Profiles>,
}

impl Line<'_> {
    fn is_profile(&self, word: &str) -> bool {
        self.profiles.as_ref().is_some_and(|profiles| profiles.find(word).is_ok())
    }

    /// `awsx prod`, `awsx prod terraform plan`, `awsx rm prod`.
    fn no_verb(&self, word: &str) -> Option<Error> {
        let at = self.words.iter().position(|w| *w == word)?;
        let rest = command_in(self.words.get(at + 1..)?);
        let in_mfa = self.words.get(..at)?.contains(&"mfa");
        let error = Error::usage(format!("there is no command {}{word}", if in_mfa { "mfa " } else { "" }));
        // `awsx prod shell`: the verb comes first.
        let behind = self.words.get(at + 1..)?;
        if let Some((verb, rest)) = behind.split_first()
            && !in_mfa
            && self.is_profile(word)
            && self.root.find_subcommand(verb).is_some_and(|found| found.get_name() == *verb && takes_profile(found))
        {
            return Some(
                error
                    .cause("the command comes before the profile")
                    .hint(join(&[&["awsx", verb, word][..], rest].concat())),
            );
        }
        let elsewhere = if in_mfa { &ELSEWHERE_IN_MFA[..] } else { &ELSEWHERE[..] };
        if self.is_profile(word) {
            let error = error.cause(format!("{word} is a profile"));
            let word = formats::word(word);
            return Some(error.hint(match (in_mfa, rest.as_slice()) {
                (true, _) => format!("awsx mfa status {word}"),
                (false, []) => format!("awsx shell {word}"),
                (false, command) => format!("awsx exec {word} -- {}", join(command)),
            }));
        }
        if let Some((_, ours)) = elsewhere.iter().find(|(theirs, _)| *theirs == word) {
            let ours: Vec<&str> = ours.split(' ').collect();
            return Some(error.hint(join(&[&["awsx"][..], &ours, &rest].concat())));
        }
        let (prefix, command) = match self.root.find_subcommand("mfa").filter(|_| in_mfa) {
            Some(mfa) => (&["awsx", "mfa"][..], mfa),
            None => (&["awsx"][..], &self.root),
        };
        let names: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
        if let Some(near) = nearest(&names, word).first() {
            return Some(error.hint(join(&[prefix, &[near], &rest].concat())));
        }
        let profiles = self.profiles.as_ref().filter(|_| !in_mfa);
        if let Some(mistaken) = profiles.and_then(|profiles| profiles.mistaken(word)) {
            return Some(Error { what: error.what, kind: error.kind, ..mistaken });
        }
        let near = profiles.and_then(|profiles| profiles.find(word).err()?.cause);
        let hint = format!("`{} --help` lists the commands", prefix.join(" "));
        Some(Error { cause: near.map(|near| format!("it is no profile either: {near}")), ..error.hint(hint) })
    }

    /// The verb, and where it stands.
    fn verb(&self) -> Option<(usize, &Command)> {
        self.words.iter().enumerate().find_map(|(at, word)| Some((at, self.root.find_subcommand(word)?)))
    }

    /// A word or an option that clap doesn't expect.
    fn unknown(&self, word: &str) -> Option<Error> {
        if word == "-v" && self.verb().is_none() {
            return Some(Error::usage("there is no option -v").hint("awsx --version"));
        }
        let (at, verb) = self.verb()?;
        let (before, behind) = (self.words.get(..at)?, self.words.get(at + 1..)?);
        let name = verb.get_name();
        let option = word.split('=').next()?;
        let names_profile = matches!(option, "--profile" | "-p");
        if names_profile && takes_profile(verb) {
            let others = [before, behind].concat();
            let (profile, rest) = without_option(&others, option)?;
            let line = join(&[&["awsx", name, profile][..], &rest].concat());
            return Some(Error::usage(format!("awsx {name} has no option {option}")).hint(line));
        }
        if before.iter().any(|w| w.split('=').next() == Some(option)) && has_option(verb, option) {
            let line = join(&[&["awsx", name][..], before, behind].concat());
            return Some(Error::usage(format!("{option} must come after the command")).hint(line));
        }
        // How somebody signs in belongs to `login`, whichever command needs the sign-in.
        if SIGN_IN.contains(&option) && takes_profile(verb) {
            let (cause, hint) = match option {
                "--browser" => (
                    "BROWSER names the browser for every command; `awsx login` has this option",
                    "awsx login PROFILE --browser CMD".to_owned(),
                ),
                _ => ("`awsx login` has it, and signs in for all others", format!("awsx login PROFILE {option}")),
            };
            return Some(Error::usage(format!("awsx {name} has no option {option}")).cause(cause).hint(hint));
        }
        if name == "each" {
            let own = behind.iter().position(|it| it.starts_with(word))?;
            return self.command_of_each(verb, behind).filter(|at| *at < own).map(|at| after_dashes(behind, at));
        }
        if name != "exec" && name != "shell" {
            return None;
        }
        let first = first_word(verb, behind)?;
        let (start, rest) = behind.split_at(first);
        let (profile, command) = match rest.split_first() {
            Some((profile, command)) if self.is_profile(profile) => (Some(*profile), command),
            _ => (None, rest),
        };
        let whole = rest.join(" ");
        if rest.len() > 1 && self.is_profile(&whole) {
            let line = join(&[&["awsx", name][..], start, &[whole.as_str()]].concat());
            return Some(Error::usage("a profile's name is one word").hint(line));
        }
        let command = command_in(command);
        // An unknown option and no command: clap's own message says it best.
        if command.first().is_none_or(|first| first.starts_with('-')) || (name == "shell" && profile.is_none()) {
            return None;
        }
        let profile: Vec<&str> = profile.into_iter().collect();
        let line = join(&[&["awsx", "exec"][..], start, &profile, &["--"], &command].concat());
        Some(match name {
            "exec" => Error::usage("the command to run comes after --").hint(line),
            _ => Error::usage("awsx shell runs no command").hint(line),
        })
    }

    /// Where the command begins in `awsx each prod bob ls`: behind the first pattern, and what else must be one.
    fn command_of_each(&self, verb: &Command, words: &[&str]) -> Option<usize> {
        let mut at = first_word(verb, words).filter(|_| !words.contains(&"--"))?;
        loop {
            at += 1 + first_word(verb, words.get(at + 1..)?)?;
            let word = words.get(at)?;
            if !word.contains(['*', '?', '[']) && !self.is_profile(word) {
                return Some(at);
            }
        }
    }

    /// `awsx exec prod`, `awsx exec ls`, `awsx each prod ls`.
    fn without_command(&self) -> Option<Error> {
        let (at, verb) = self.verb()?;
        if verb.get_name() == "each" {
            let behind = self.words.get(at + 1..)?;
            return self.command_of_each(verb, behind).map(|at| after_dashes(behind, at));
        }
        if verb.get_name() != "exec" {
            return None;
        }
        let behind: Vec<&str> = self.words.get(at + 1..)?.iter().copied().filter(|word| *word != "--").collect();
        let error = Error::usage("no command to run");
        let Some(first) = first_word(verb, &behind) else {
            return Some(error.hint("awsx exec PROFILE -- CMD runs one command; awsx shell PROFILE opens a shell"));
        };
        let word = behind.get(first)?;
        Some(if self.is_profile(word) {
            let word = formats::word(word);
            error.hint(format!("awsx exec {word} -- CMD runs one command; awsx shell {word} opens a shell"))
        } else {
            error.cause(format!("{word} is where the profile's name belongs")).hint(format!(
                "if it is the command: {}",
                join(&[&["awsx", "exec"][..], &behind[..first], &["--"], &behind[first..]].concat())
            ))
        })
    }
}

/// `awsx each` with the command where it belongs.
fn after_dashes(words: &[&str], at: usize) -> Error {
    let (patterns, command) = words.split_at(at);
    Error::usage("the command to run comes after --")
        .hint(join(&[&["awsx", "each"][..], patterns, &["--"], command].concat()))
}

/// The words without the first `--`.
fn command_in<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut words = words.to_vec();
    if let Some(at) = words.iter().position(|word| *word == "--") {
        words.remove(at);
    }
    words
}

/// Where the first word stands that is neither an option nor the value of one.
fn first_word(verb: &Command, words: &[&str]) -> Option<usize> {
    let mut is_value = false;
    words.iter().position(|word| {
        let found = !word.starts_with('-') && !is_value;
        is_value = !is_value && takes_value(verb, word);
        found
    })
}

fn is_named(arg: &clap::Arg, option: &str) -> bool {
    let long = |name: &str| arg.get_long_and_visible_aliases().is_some_and(|all| all.contains(&name));
    let short = |letter: &str| arg.get_short().is_some_and(|c| letter == c.to_string());
    option.strip_prefix("--").map_or_else(|| option.strip_prefix('-').is_some_and(short), long)
}

fn takes_profile(verb: &Command) -> bool {
    verb.get_positionals().any(|arg| arg.get_id() == "profile")
}

fn has_option(verb: &Command, option: &str) -> bool {
    verb.get_arguments().any(|arg| is_named(arg, option))
}

fn takes_value(verb: &Command, option: &str) -> bool {
    let own = |arg: &clap::Arg| is_named(arg, option) && arg.get_action().takes_values();
    verb.get_arguments().any(own) || cli::takes_value(option.as_ref())
}

/// The value of an option, and the words without both.
fn without_option<'a>(words: &[&'a str], option: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let at = words.iter().position(|word| word.split('=').next() == Some(option))?;
    let (word, mut rest) = (*words.get(at)?, words.to_vec());
    rest.remove(at);
    match word.split_once('=') {
        Some((_, value)) => Some((value, rest)),
        None => (at < rest.len()).then(|| (rest.remove(at), rest)),
    }
}

fn join(words: &[&str]) -> String {
    words.iter().map(|word| formats::word(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use crate::testkit::Kit;

    fn told(line: &[&str]) -> String {
        let kit = Kit::new();
        kit.config("[profile prod]\n[profile prod admin]\n[profile \"two words\"]\n[profile list]\n");
        let args: Vec<OsString> = std::iter::once(&"awsx").chain(line).map(OsString::from).collect();
        let refused = Cli::read(&args).expect_err("it can't be read");
        explain(&refused, &args, &kit.app.env).map_or_else(|| format!("clap: {refused}"), |e| e.to_string())
    }

    #[test]
    fn what_was_meant_is_said() {
        let exec = "the command to run comes after --\n  hint: awsx exec prod -- terraform plan";
        let table: [(&[&str], &str); 37] = [
            (
                &["prod", "shell", "-d", "1h"],
                "there is no command prod\n  cause: the command comes before the profile\n  hint: awsx shell prod -d 1h",
            ),
            (&["-v"], "there is no option -v\n  hint: awsx --version"),
            (&["prod"], "there is no command prod\n  cause: prod is a profile\n  hint: awsx shell prod"),
            (&["--debug", "prod"], "there is no command prod\n  cause: prod is a profile\n  hint: awsx shell prod"),
            (
                &["prod", "ls", "a b"],
                "there is no command prod\n  cause: prod is a profile\n  hint: awsx exec prod -- ls 'a b'",
            ),
            (
                &["prod", "--", "ls"],
                "there is no command prod\n  cause: prod is a profile\n  hint: awsx exec prod -- ls",
            ),
            (
                &["two words"],
                "there is no command two words\n  cause: two words is a profile\n  hint: awsx shell 'two words'",
            ),
            (&["shel", "prod"], "there is no command shel\n  hint: awsx shell prod"),
            (&["rm", "prod"], "there is no command rm\n  hint: awsx remove prod"),
            (&["version"], "there is no command version\n  hint: awsx --version"),
            (
                &["prdo"],
                "there is no command prdo\n  cause: it is no profile either: the nearest name is prod\n  hint: `awsx --help` lists the commands",
            ),
            (
                &["help", "nothing"],
                "there is no command nothing\n  cause: it is no profile either: no name is like it\n  hint: `awsx --help` lists the commands",
            ),
            (
                &["mfa", "prod"],
                "there is no command mfa prod\n  cause: prod is a profile\n  hint: awsx mfa status prod",
            ),
            (&["mfa", "stat"], "there is no command mfa stat\n  hint: awsx mfa status"),
            (&["mfa", "add", "prod"], "there is no command mfa add\n  hint: awsx provision-mfa prod"),
            (&["mfa", "xyz"], "there is no command mfa xyz\n  hint: `awsx mfa --help` lists the commands"),
            (&["exec", "prod", "terraform", "plan"], exec),
            (&["exec", "prod", "terraform", "--", "plan"], exec),
            (
                &["exec", "-d", "1h", "prod", "ls", "-la"],
                "the command to run comes after --\n  hint: awsx exec -d 1h prod -- ls -la",
            ),
            (&["each", "prod", "ls"], "the command to run comes after --\n  hint: awsx each prod -- ls"),
            (
                &["each", "-j", "2", "p*", "prod", "ls", "-la"],
                "the command to run comes after --\n  hint: awsx each -j 2 'p*' prod -- ls -la",
            ),
            (&["exec", "ls", "-la"], "the command to run comes after --\n  hint: awsx exec -- ls -la"),
            (&["exec", "two words", "ls"], "the command to run comes after --\n  hint: awsx exec 'two words' -- ls"),
            (
                &["exec", "--profile", "prod", "--", "ls"],
                "awsx exec has no option --profile\n  hint: awsx exec prod -- ls",
            ),
            (&["shell", "--profile=prod"], "awsx shell has no option --profile\n  hint: awsx shell prod"),
            (&["--profile", "prod", "shell"], "awsx shell has no option --profile\n  hint: awsx shell prod"),
            (
                &["exec", "prod"],
                "no command to run\n  hint: awsx exec prod -- CMD runs one command; awsx shell prod opens a shell",
            ),
            (
                &["exec", "prod", "--"],
                "no command to run\n  hint: awsx exec prod -- CMD runs one command; awsx shell prod opens a shell",
            ),
            (
                &["exec"],
                "no command to run\n  hint: awsx exec PROFILE -- CMD runs one command; awsx shell PROFILE opens a shell",
            ),
            (
                &["exec", "terraform"],
                "no command to run\n  cause: terraform is where the profile's name belongs\n  hint: if it is the command: awsx exec -- terraform",
            ),
            (&["shell", "prod", "--", "ls"], "awsx shell runs no command\n  hint: awsx exec prod -- ls"),
            (&["shell", "two", "words"], "a profile's name is one word\n  hint: awsx shell 'two words'"),
            (&["-d", "1h", "shell", "prod"], "-d must come after the command\n  hint: awsx shell -d 1h prod"),
            (&["exec", "prod", "--nonsense", "--", "ls"], "clap: "),
            (&["list", "prod"], "clap: "),
            (
                &["exec", "--browser", "firefox", "prod", "--", "ls"],
                "awsx exec has no option --browser\n  cause: BROWSER names the browser for every command; `awsx login` has \
                 this option\n  hint: awsx login PROFILE --browser CMD",
            ),
            (
                &["use", "--remote", "prod"],
                "awsx use has no option --remote\n  cause: `awsx login` has it, and signs in for all others\n  hint: awsx \
                 login PROFILE --remote",
            ),
        ];
        for (line, want) in table {
            let told = told(line);
            if want == "clap: " {
                assert!(told.starts_with(want), "{line:?}: {told}");
            } else {
                assert_eq!(told, want, "{line:?}");
            }
        }
    }
}
