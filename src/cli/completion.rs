//! Completion: the words that fit at one position of the command line. Commands and options come from clap, names from
//! the AWS files.
//!
//! The scripts in `completions/` ask for it with the hidden options of `awsx completions`, so that no script knows a
//! command, an option or a profile by itself.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use clap::Command;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};

use super::verb_index;

/// A word that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub value: String,
    /// What it means, in one line; empty where there is nothing to say.
    pub about: String,
}

/// The names of values whose words [`Names`] knows.
const NAMED: [&str; 7] = ["PROFILE", "PATTERN", "BACKEND", "COMMAND", "POLICY", "PARTITION", "SESSION"];

/// Gives the words for the name of a value, such as `PROFILE`. It is asked only when such a value is completed: reading
/// ten thousand profiles takes longer than the rest.
pub type Names = Arc<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// The words that fit at `index` of `words`, whose first is the name of the program. File names are those in `folder`.
pub fn candidates(
    command: Command,
    words: Vec<OsString>,
    index: usize,
    folder: Option<&Path>,
    names: &Names,
) -> Vec<Candidate> {
    let before = words.get(..index).unwrap_or_default();
    if verb_index(before).and_then(|verb| before.get(verb)).is_some_and(|verb| verb == "aws") {
        return profiles_of_aws(before.last(), words.get(index), names);
    }
    let typed = words.get(index).and_then(|word| word.to_str()).unwrap_or_default().to_owned();
    let asks_for_option = typed.starts_with('-');
    let can_go_back =
        typed == "-" && verb_index(before).and_then(|at| before.get(at)).is_some_and(|verb| verb == "use");
    let mut command = with_names(command, names);
    let found = complete(&mut command, words, index, folder).unwrap_or_default();
    let found = found.into_iter().flat_map(|candidate| with_aliases(&command, candidate, &typed));
    let mut found: Vec<Candidate> = found.filter_map(|candidate| readable(&candidate)).collect();
    if can_go_back {
        found.insert(0, Candidate { value: typed, about: "The profile that this shell had before".into() });
    }
    // There are many options. They are offered only if nothing else fits or the word begins with `-`.
    if !asks_for_option && found.iter().any(|candidate| !candidate.value.starts_with('-')) {
        found.retain(|candidate| !candidate.value.starts_with('-'));
    }
    found
}

/// A verb under each of its names that fits: clap gives only one of them.
fn with_aliases(command: &Command, candidate: CompletionCandidate, typed: &str) -> Vec<CompletionCandidate> {
    let id = candidate.get_id().and_then(|id| id.strip_prefix("command::"));
    let Some(verb) = id.and_then(|name| command.find_subcommand(name)) else { return vec![candidate] };
    let names = verb.get_name_and_visible_aliases().into_iter().filter(|name| name.starts_with(typed));
    names.map(|name| CompletionCandidate::new(name).help(candidate.get_help().cloned())).collect()
}

/// Profiles behind `--profile` of the AWS CLI; its other words are for its own completion.
fn profiles_of_aws(before: Option<&OsString>, word: Option<&OsString>, names: &Names) -> Vec<Candidate> {
    let word = word.and_then(|word| word.to_str()).unwrap_or_default();
    let (option, typed) = match (word.strip_prefix("--profile="), before) {
        (Some(typed), _) => ("--profile=", typed),
        (None, Some(before)) if before == "--profile" => ("", word),
        _ => return Vec::new(),
    };
    let fitting = names("PROFILE").into_iter().filter(|name| name.starts_with(typed));
    let whole = fitting.map(|name| CompletionCandidate::new(format!("{option}{name}")));
    whole.filter_map(|candidate| readable(&candidate)).collect()
}

/// The command with the names known for each of its arguments, at every depth.
fn with_names(command: Command, names: &Names) -> Command {
    let command = command.mut_args(|arg| {
        let value = arg.get_value_names().and_then(|value_names| value_names.first());
        let Some(value) = NAMED.into_iter().find(|named| value.is_some_and(|value| value == named)) else { return arg };
        let names = names.clone();
        arg.add(ArgValueCandidates::new(move || names(value).into_iter().map(CompletionCandidate::new).collect()))
    });
    command.mut_subcommands(|subcommand| with_names(subcommand, names))
}

/// A candidate as text; `None` if it has control characters, which would break the output format.
fn readable(candidate: &CompletionCandidate) -> Option<Candidate> {
    let value = candidate.get_value().to_str()?.to_owned();
    let about = candidate.get_help().map(ToString::to_string).unwrap_or_default();
    let about = about.lines().next().unwrap_or_default().replace('\t', " ");
    (!value.chars().any(char::is_control)).then_some(Candidate { value, about })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use crate::cli::command;

    fn values(words: &[&str]) -> Vec<String> {
        let names: Names = Arc::new(|kind| match kind {
            "PROFILE" => ["dev", "prod", "prod admin", "bad\nname"].map(str::to_owned).to_vec(),
            "POLICY" => ["enforce-mfa", "boundary"].map(str::to_owned).to_vec(),
            _ => Vec::new(),
        });
        let line = std::iter::once(&"awsx").chain(words).map(OsString::from).collect();
        candidates(command(), line, words.len(), None, &names).into_iter().map(|found| found.value).collect()
    }

    #[test]
    fn profiles_complete_wherever_one_is_meant() {
        for line in [
            &["shell", "pr"][..],
            &["exec", "pr"],
            &["exec", "--duration", "1h", "pr"],
            &["--debug", "remove", "pr"],
            &["mfa", "status", "pr"],
            &["mfa", "status", "--as", "pr"],
            &["aws", "--profile", "pr"],
            &["--color", "never", "aws", "s3", "ls", "--profile", "pr"],
        ] {
            assert_eq!(values(line), ["prod", "prod admin"], "{line:?}");
        }
    }

    #[test]
    fn every_verb_and_alias_is_offered_and_what_aws_knows_is_not() {
        let verbs = values(&[""]);
        for verb in command().get_subcommands() {
            assert!(
                verb.get_name_and_visible_aliases().iter().all(|name| verbs.iter().any(|v| v == name)),
                "{verbs:?}"
            );
        }
        assert_eq!(values(&["help", "mfa", "st"]), ["status"]);
        assert_eq!(values(&["policy", "e"]), ["enforce-mfa"]);
        assert_eq!(values(&["aws", "--profile=d"]), ["--profile=dev"]);
        assert_eq!(values(&["aws", "s3"]), [""; 0]);
        assert_eq!(values(&["exec", "prod", ""]).iter().find(|value| !value.starts_with('-')), None);
    }

    #[test]
    fn options_come_when_asked_for() {
        assert_eq!(values(&["shell", ""]), ["dev", "prod", "prod admin"]);
        assert_eq!(values(&["shell", "--no-"]), ["--no-session", "--no-cache", "--no-input"]);
        assert_eq!(values(&["shell", "--color=n"]), ["--color=never"]);
        assert_eq!(values(&["mfa", "re"]), ["remove", "resync"]);
        assert_eq!(values(&["init", ""]), ["bash", "zsh", "fish"]);
        assert_eq!(values(&["use", "-"])[..2], ["-", "-d"]);
        assert_eq!(values(&["shell", "-"])[0], "-d");
    }

    #[test]
    fn a_name_says_what_it_means() {
        let none: Names = Arc::new(|_| Vec::new());
        let found = candidates(command(), ["awsx", "whoa"].map(OsString::from).to_vec(), 1, None, &none);
        let about = "Account, alias, ARN and user behind a profile".to_owned();
        assert_eq!(found, [Candidate { value: "whoami".to_owned(), about }]);
    }

    #[test]
    fn profiles_are_read_once_and_only_where_one_is_meant() {
        for (line, want) in [("awsx exec pr", 1), ("awsx --backend f", 0), ("awsx init ba", 0), ("awsx li", 0)] {
            let asked = Arc::new(AtomicUsize::new(0));
            let count = asked.clone();
            let names: Names = Arc::new(move |kind| {
                count.fetch_add(usize::from(kind == "PROFILE"), Relaxed);
                Vec::new()
            });
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let index = words.len() - 1;
            candidates(command(), words, index, None, &names);
            assert_eq!(asked.load(Relaxed), want, "{line}");
        }
    }
}
