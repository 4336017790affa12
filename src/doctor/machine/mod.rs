//! This machine: the AWS CLI, the clock, the keychain, the shell, and what other tools have left in the environment.
//!
//! What takes time runs in parallel: the AWS CLI is asked for its version and AWS for the time while the keychain is
//! listed.

mod aws_cli;
mod clock;
pub mod environment;
mod keychain;
mod kubeconfig;
mod shell;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use super::checks;
use super::finding::{Finding, said};
use crate::access_keys::rotate;
use crate::app::App;
use crate::base::vars;
use crate::profile::Profiles;
use crate::select::selection::{By, Selection};
use crate::session::mark;
use crate::store::runtime;

/// What was found out about the machine.
pub struct Machine {
    /// The profiles whose keys the keychain holds; only those that are remembered, if it can't be listed.
    pub stored: BTreeSet<String>,
    /// Whether the keychain could be listed, so that a profile that is not in `stored` has no keys there.
    pub listed: bool,
    /// What was looked at, for a person.
    pub seen: Vec<String>,
}

/// Looks at the machine. `shell`: what the shell's integration says about itself.
pub fn look(app: &App, profiles: &Profiles, shell: Option<&str>, found: &mut Vec<Finding>) -> Machine {
    let (names, env, mut seen) = (profiles.names(), &app.env, Vec::new());
    thread::scope(|scope| {
        let version = scope.spawn(move || aws_cli::version(env));
        let at = clock::place(app, profiles);
        let http = Arc::clone(&app.http);
        let offset = scope.spawn(move || clock::server_time(&*http, &at?));
        let (stored, listed) = keychain::check(app, &names, &mut seen, found);
        aws_cli::check(version.join().ok(), profiles, &names, &mut seen, found);
        clock::check(app, offset.join().ok().flatten(), &mut seen, found);
        rotations(app, found);
        storage(app, found);
        shell::check(app, shell, &mut seen, found);
        found.extend(folder(app, profiles));
        found.extend(agent(app));
        kubeconfig::check(app, profiles, found);
        found.extend(environment::check(&app.env, profiles, &names, app.clock.now()));
        Machine { stored, listed, seen }
    })
}

/// The profile that this folder is bound to.
fn folder(app: &App, profiles: &Profiles) -> Option<Finding> {
    let selection = Selection::of(&app.env, None);
    let error = selection.named(profiles).err().filter(|_| matches!(selection.by(), By::Folder(_)))?;
    let finding = Finding::new(checks::FOLDER_PROFILE_MISSING, error.brief());
    Some(finding.fix(error.hint.unwrap_or_else(|| "`awsx use --forget` ends that".into())))
}

/// An AI agent inside a session that was not made for it.
fn agent(app: &App) -> Option<Finding> {
    let inside = app.env.get(vars::AWSX_PROFILE)?;
    let agent = app.agent().filter(|_| mark::is_of_another(app))?;
    let what = format!(
        "{} runs this ({} is set), and this environment has a session of {} that was not made for it",
        agent.name,
        agent.signal,
        said(inside)
    );
    Some(
        Finding::new(checks::AGENT_IN_SESSION, what)
            .fix("start agents outside of a session: awsx gives them sessions of their own"),
    )
}

/// Rotations that were interrupted.
fn rotations(app: &App, found: &mut Vec<Finding>) {
    for name in rotate::unfinished(app) {
        let name = said(&name);
        let what = format!("the rotation of {name} has not ended: two of its access keys may be active");
        let fix = format!("`awsx rotate {name}` goes on with it; with --abort it is undone");
        found.push(Finding::new(checks::UNFINISHED_ROTATION, what).fix(fix));
    }
}

/// Where sessions and the key that seals them are kept.
fn storage(app: &App, found: &mut Vec<Finding>) {
    if let Err(error) = runtime::locate(&app.env) {
        let finding = Finding::new(checks::RUNTIME_FOLDER, error.brief());
        found.push(finding.fix(error.hint.unwrap_or_else(|| "set XDG_RUNTIME_DIR to a folder of your own".into())));
    }
    if !app.sealing.is_remembered() {
        let what = "neither the kernel's keyring nor a folder in memory can hold a key: every command asks the keychain for \
                    the key of cached sessions, and for a passphrase where it has one";
        let fix = "mount a tmpfs at $XDG_RUNTIME_DIR or /dev/shm, or allow keyctl (a container's seccomp profile may forbid it)";
        found.push(Finding::new(checks::NOTHING_REMEMBERED, what).fix(fix));
    }
}
