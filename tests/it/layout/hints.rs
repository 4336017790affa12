//! Every command and option of awsx that a text names exists: hints, questions, help, man pages and shell scripts.

use std::collections::BTreeSet;

use clap::Command;

use super::code::{Source, files};
use super::{assert_none, root};

/// Literals that begin with "awsx" and are no commands: names for keys, and sentences.
const PROSE: [&str; 6] = ["accepted", "fingerprint", "is", "itself", "runs", "session"];

/// Verbs that other tools have or that may come: no text may name one before it is there, not even in a sentence.
const MISSING: [&str; 2] = ["assume", "sso"];

/// Options in awsx's own texts and code that are other programs'.
const FOREIGN: [&str; 6] = ["--profile", "--rcfile", "--init-command", "--network", "--volume", "--env"];

/// Files whose options are other programs' (dialogs, the AWS CLI, browsers, the keyring's own, clipboards, kubectl).
const OF_OTHERS: [&str; 6] = [
    "src/adapters/dialog.rs",
    "src/adapters/keychain/mod.rs",
    "src/cmd/aws.rs",
    "src/signin/browser.rs",
    "src/deliver/clipboard/ways.rs",
    "src/doctor/machine/kubeconfig.rs",
];

/// The whole command line, with what clap adds to each command.
fn built() -> Command {
    let mut root = awsx::cli::command();
    root.build();
    root
}

/// The texts in the code of awsx itself, each with its file: literals, and the words of the command line.
fn texts() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for path in files(&root(), "src", "rs").into_iter().filter(|path| !path.starts_with("src/bin/")) {
        let source = Source::read(&root(), &path);
        if !source.is_test() && !path.ends_with("_cases.rs") {
            all.extend(source.literals().into_iter().map(|text| (path.clone(), text)));
        }
    }
    for (folder, extension) in [("shell", "bash"), ("shell", "zsh"), ("shell", "fish"), ("man", "1")] {
        for path in files(&root(), folder, extension) {
            let text = std::fs::read_to_string(root().join(&path)).expect("ours");
            let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
            let text = lines.join("\n");
            all.push((path, text.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")));
        }
    }
    all
}

/// The words behind each `awsx` in a text, up to the end of the line or of what is quoted.
///
/// The flag says whether it stands where a command does: in backticks, or at the start of a text that is no sentence.
fn command_lines(text: &str) -> Vec<(bool, Vec<&str>)> {
    let starts = text
        .match_indices("awsx ")
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.')));
    starts
        .map(|(at, name)| {
            let rest = &text[at + name.len()..];
            let end = rest.find(['`', '\n', '"', ';', '|', ')', '(', ':', ',']).unwrap_or(rest.len());
            let words: Vec<&str> = rest[..end].split_whitespace().take_while(|word| *word != "--").collect();
            let sentence = words.get(1).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
            ((at == 0 && !sentence) || text[..at].ends_with('`'), words)
        })
        .collect()
}

fn has_option(command: &Command, word: &str) -> bool {
    let option = word.split('=').next().unwrap_or_default().trim_end_matches(['.', ',', '?']);
    command.get_arguments().any(|arg| match option.strip_prefix("--") {
        Some(long) => arg.get_long_and_visible_aliases().is_some_and(|all| all.contains(&long)),
        None => arg.get_short().is_some_and(|short| option == format!("-{short}")),
    })
}

/// What is wrong with a command line that a text names.
fn fault(root: &Command, quoted: bool, words: &[&str]) -> Option<String> {
    let plain = |word: &str| word.split(['.', '?', '!', '\'', '{']).next().unwrap_or_default().to_owned();
    let mut command = root;
    for (at, word) in words.iter().map(|word| plain(word)).enumerate() {
        if word.starts_with('-') && word.len() > 1 {
            if !has_option(command, &word) {
                return Some(format!("`{}` has no option {word}", command.get_name()));
            }
        } else if let Some(below) = command.find_subcommand(&word) {
            // What stands behind `aws` is the AWS CLI's.
            if word == "aws" {
                return None;
            }
            command = below;
        } else if at == 0 {
            let name = word.starts_with(|c: char| c.is_ascii_lowercase()) && !PROSE.contains(&word.as_str());
            let meant = MISSING.contains(&word.as_str()) || (quoted && name);
            return meant.then(|| format!("there is no command {word}"));
        } else if command.get_name() == "mfa" && word.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Some(format!("there is no command mfa {word}"));
        }
    }
    None
}

#[test]
fn every_command_that_a_text_names_exists() {
    let (root, mut seen, mut broken) = (built(), 0, BTreeSet::new());
    for (path, text) in texts() {
        for (quoted, words) in command_lines(&text) {
            seen += 1;
            broken
                .extend(fault(&root, quoted, &words).map(|fault| format!("{path}: awsx {}: {fault}", words.join(" "))));
        }
    }
    assert!(seen > 150, "only {seen} command lines were found");
    assert_none("a command that a text names exists", &broken.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_option_that_a_text_names_exists() {
    fn all(command: &Command, word: &str) -> bool {
        has_option(command, word) || command.get_subcommands().any(|below| all(below, word))
    }
    let (root, mut seen, mut broken) = (built(), 0, BTreeSet::new());
    for (path, text) in texts().into_iter().filter(|(path, _)| !OF_OTHERS.contains(&path.as_str())) {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        for word in words.filter(|word| word.strip_prefix("--").is_some_and(|w| w.starts_with(char::is_alphanumeric))) {
            seen += 1;
            let of_fish = word == "--on-event" && ["shell/awsx.fish", "shell/sandbox.fish"].contains(&path.as_str());
            if !of_fish && !FOREIGN.contains(&word) && !all(&root, word) {
                broken.insert(format!("{path}: {word}"));
            }
        }
    }
    assert!(seen > 150, "only {seen} options were found");
    assert_none("an option that a text names exists", &broken.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_command_that_is_not_there_is_found() {
    let root = built();
    let table = [
        ("`awsx add prod` stores it", None),
        ("`awsx ad prod`", Some("there is no command ad")),
        ("awsx mfa enrol", Some("there is no command mfa enrol")),
        ("awsx exec --nonsense -- ls --all", Some("`exec` has no option --nonsense")),
        ("awsx {name} or awsx PROFILE", None),
        ("what awsx knows", None),
        ("let awsx sso do it", Some("there is no command sso")),
        ("awsx-refresh and /bin/awsx nonsense", None),
    ];
    for (text, want) in table {
        let found = command_lines(text).iter().find_map(|(quoted, words)| fault(&root, *quoted, words));
        assert_eq!(found.as_deref(), want, "{text}");
    }
}
