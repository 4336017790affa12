//! `awsx completions`: the scripts, and the words that they ask for whenever Tab is pressed.

use std::ffi::OsString;
use std::sync::Arc;

use clap::{Command, CommandFactory};

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::output;
use crate::cli::completion::{self, Names};
use crate::cli::{self, ShellName};
use crate::iam_policy;
use crate::profile::Profiles;

/// Runs `awsx completions`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Completions) -> Result<u8> {
    match args.at {
        None => output::text(script(args.shell))?,
        Some(index) => output::text(&candidates(&app.env, args, index))?,
    }
    Ok(0)
}

/// The script of a shell.
fn script(shell: ShellName) -> &'static str {
    match shell {
        ShellName::Bash => include_str!("../../completions/awsx.bash"),
        ShellName::Zsh => include_str!("../../completions/_awsx"),
        ShellName::Fish => include_str!("../../completions/awsx.fish"),
    }
}

/// One line for each word that fits: the word, a tab, what it means.
fn candidates(env: &Env, args: &cli::Completions, index: usize) -> String {
    let (env, words) = (env.clone(), args.words.clone());
    let names: Names = Arc::new(move |kind| match kind {
        // No error for a config that can't be read: it would disturb the line being typed, and the command will report
        // it.
        "PROFILE" | "PATTERN" => Profiles::load(&env).map(|profiles| profiles.names()).unwrap_or_default(),
        "SESSION" => Profiles::load(&env).map(|profiles| profiles.sso_sessions()).unwrap_or_default(),
        "BACKEND" => backends(&env),
        "COMMAND" => commands(words.get(..index).unwrap_or_default()),
        "POLICY" => iam_policy::NAMES.iter().map(|(name, _)| (*name).to_owned()).collect(),
        "PARTITION" => iam_policy::PARTITIONS.map(str::to_owned).to_vec(),
        _ => Vec::new(),
    });
    let folder = std::env::current_dir().ok();
    let found = completion::candidates(cli::command(), args.words.clone(), index, folder.as_deref(), &names);
    let lines: Vec<String> =
        found.iter().map(|candidate| format!("{}\t{}\n", candidate.value, candidate.about)).collect();
    lines.concat()
}

/// The backends of this platform, with the helpers that are installed.
fn backends(env: &Env) -> Vec<String> {
    let folders = env.os("PATH").map(std::env::split_paths).into_iter().flatten().filter(|folder| folder.is_absolute());
    let files = folders.filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
    let helpers = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        name.strip_prefix("docker-credential-").filter(|name| cli::is_helper(name)).map(|name| format!("helper:{name}"))
    });
    let mut all: Vec<String> = [cli::OS_BACKEND, "file"].map(str::to_owned).into_iter().chain(helpers).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The subcommands of the command that is named after `man` so far.
fn commands(before: &[OsString]) -> Vec<String> {
    let mut root = cli::Cli::command().disable_help_subcommand(true);
    root.build();
    let man = before.iter().rposition(|word| word == "man").map_or(before.len(), |at| at + 1);
    let named = before.get(man..).unwrap_or_default().iter().filter(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let parent = named.into_iter().try_fold(&root, |command, word| command.find_subcommand(word));
    parent.map(names_below).unwrap_or_default()
}

fn names_below(command: &Command) -> Vec<String> {
    command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect()
}
