//! One verb each: arguments → what to do. These files don't import each other.

pub mod add;
pub mod advertise;
pub mod aws;
pub mod clear;
pub mod completions;
pub mod doctor;
pub mod each;
pub mod exec;
pub mod explain;
pub mod init;
pub mod list;
pub mod man;
pub mod mfa;
pub mod off;
pub mod policy;
pub mod prompt;
pub mod provision_mfa;
pub mod refresh;
pub mod remove;
pub mod shell;
pub mod status;
pub mod token;
pub mod use_profile;
pub mod whoami;

use crate::app::App;
use crate::base::error::Result;
use crate::cli::{SessionArgs, Verb, Via};

/// Runs the verb; its exit status.
///
/// # Errors
/// Whatever the verb fails with.
pub fn run(app: &App, verb: &Verb) -> Result<u8> {
    match verb {
        Verb::Shell(args) => shell::run(app, args),
        Verb::Exec(args) => exec::run(app, args),
        Verb::Each(args) => each::run(app, args),
        Verb::Refresh(args) => refresh::run(app, args),
        Verb::Aws(args) => aws::run(app, args),
        Verb::Use(args) => use_profile::run(app, args),
        Verb::Off(args) => off::run(app, args),
        Verb::Add(args) => add::run(app, args),
        Verb::Remove(args) => remove::run(app, args),
        Verb::ProvisionMfa(args) => provision_mfa::run(app, args),
        Verb::Mfa(args) => mfa::run(app, args),
        Verb::List(args) => list::run(app, args),
        Verb::Status(args) => status::run(app, args),
        Verb::Whoami(args) => whoami::run(app, args),
        Verb::Explain(args) => explain::run(app, args),
        Verb::Doctor(args) => doctor::run(app, args),
        Verb::Clear(args) => clear::run(app, args),
        Verb::Token(args) => token::run(app, args),
        Verb::Advertise(args) => advertise::run(app, args),
        Verb::Policy(args) => policy::run(app, args),
        Verb::Init(args) => init::run(app, args),
        Verb::Prompt(args) => prompt::run(app, args),
        Verb::Completions(args) => completions::run(app, args),
        Verb::Man(args) => man::run(app, args),
    }
}

/// What `awsx` alone does on a terminal: the picker, then a subshell.
///
/// # Errors
/// Whatever picking or the shell fails with.
pub fn pick(app: &App) -> Result<u8> {
    let profiles = crate::profile::Profiles::load(&app.env)?;
    let Some(profile) = list::pick(app, &profiles)? else { return Ok(0) };
    let args = crate::cli::Shell { profile: Some(profile), via: Via::Env, session: SessionArgs::default() };
    // From here on failures have the exit status of `awsx shell`.
    shell::run(app, &args).or_else(|e| {
        app.prompter.failure(&e);
        Ok(e.kind.launcher_status())
    })
}
