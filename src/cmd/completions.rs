//! `awsx completions`: the scripts, and what they ask for on each press of the key.

use std::sync::Arc;

use clap::CommandFactory;

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::output;
use crate::cli::completion::{self, Names};
use crate::cli::{self, ShellName};
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
    let env = env.clone();
    let names: Names = Arc::new(move |kind| match kind {
        // A config that can't be read is no reason to disturb someone who is typing; running it will tell.
        "PROFILE" => Profiles::load(&env).map(|profiles| profiles.names()).unwrap_or_default(),
        "BACKEND" => ["secret-service", "keychain", "file", "helper:"].map(str::to_owned).to_vec(),
        "COMMAND" => cli::Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect(),
        _ => Vec::new(),
    });
    let found = completion::candidates(cli::Cli::command(), args.words.clone(), index, &names);
    let lines: Vec<String> =
        found.iter().map(|candidate| format!("{}\t{}\n", candidate.value, candidate.about)).collect();
    lines.concat()
}
