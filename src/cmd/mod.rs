//! One verb each: arguments → what to do. These files don't import each other.

pub mod add;
pub mod advertise;
pub mod aws;
pub mod clear;
pub mod completions;
pub mod console;
pub mod credential_process;
pub mod doctor;
pub mod doctor_env;
pub mod each;
pub mod env;
pub mod exec;
pub mod explain;
pub mod import;
pub mod init;
pub mod list;
pub mod login;
pub mod logout;
pub mod man;
pub mod mfa;
pub mod off;
pub mod persist;
mod pick;
pub mod policy;
pub mod prompt;
pub mod provision_mfa;
pub mod refresh;
pub mod remove;
pub mod rotate;
pub mod serve;
pub mod shell;
pub mod status;
pub mod token;
pub mod unset;
pub mod use_profile;
pub mod whence;
pub mod whoami;

use crate::app::App;
use crate::base::error::Result;
use crate::cli::{self, CLEAR_AFTER, Clear, Console, Env, SessionArgs, Shell, ShellVia, Verb};
use crate::profile::Profiles;
use crate::store::recent;
use pick::Act;

/// Runs the verb; its exit status.
///
/// # Errors
/// Whatever the verb fails with.
pub fn run(app: &App, verb: &Verb) -> Result<u8> {
    match verb {
        Verb::Shell(args) => shell::run(app, args),
        Verb::Exec(args) => exec::run(app, args),
        Verb::Each(args) => each::run(app, args),
        Verb::Login(args) => login::run(app, args),
        Verb::Logout(args) => logout::run(app, args),
        Verb::Refresh(args) => refresh::run(app, args),
        Verb::Aws(args) => aws::run(app, args),
        Verb::Env(args) => env::run(app, args),
        Verb::Unset(args) => unset::run(app, args),
        Verb::CredentialProcess(args) => credential_process::run(app, args),
        Verb::Use(args) => use_profile::run(app, args),
        Verb::Off(args) => off::run(app, args),
        Verb::Add(args) => add::run(app, args),
        Verb::Import(args) => import::run(app, args),
        Verb::Remove(args) => remove::run(app, args),
        Verb::Rotate(args) => rotate::run(app, args),
        Verb::ProvisionMfa(args) => provision_mfa::run(app, args),
        Verb::Mfa(args) => mfa::run(app, args),
        Verb::List(args) => list::run(app, args),
        Verb::Status(args) => status::run(app, args),
        Verb::Whoami(args) => whoami::run(app, args),
        Verb::Explain(args) => explain::run(app, args),
        Verb::Doctor(cli::Doctor { about: Some(cli::DoctorAbout::Env(args)), .. }) => doctor_env::run(app, args),
        Verb::Doctor(args) => doctor::run(app, args),
        Verb::Clear(args) => clear::run(app, args),
        Verb::Persist(args) => persist::run(app, args),
        Verb::Serve(args) => serve::run(app, args),
        Verb::Token(args) => token::run(app, args),
        Verb::Console(args) => console::run(app, args),
        Verb::Whence(args) => whence::run(app, args),
        Verb::Advertise(args) => advertise::run(app, args),
        Verb::Policy(args) => policy::run(app, args),
        Verb::Init(args) => init::run(app, args),
        Verb::Prompt(args) => prompt::run(app, args),
        Verb::Completions(args) => completions::run(app, args),
        Verb::Man(args) => man::run(app, args),
    }
}

/// What `awsx` alone does on a terminal: with `full` a check of all profiles, the picker, then what was picked.
///
/// # Errors
/// Those of the picker, and of what was picked.
pub fn pick(app: &App, full: bool) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    pick::say_around(app, &profiles);
    if full {
        pick::check(app, &profiles)?;
    }
    loop {
        let Some((name, act)) = pick::choose(app, &profiles)? else { return Ok(0) };
        match act {
            Act::Shell => {
                recent::used(app, &name);
                let args = Shell { profile: Some(name), via: ShellVia::Env, session: SessionArgs::default() };
                // From here on failures have the exit status of `awsx shell`.
                return shell::run(app, &args).or_else(|e| {
                    app.prompter.failure(&e);
                    Ok(e.kind.launcher_status())
                });
            }
            Act::Env => {
                recent::used(app, &name);
                let args = Env {
                    profile: Some(name),
                    format: None,
                    select: false,
                    show_secret: false,
                    copy: true,
                    clear_after: CLEAR_AFTER.into(),
                    clear_copied: None,
                    session: SessionArgs::default(),
                };
                return env::run(app, &args);
            }
            Act::Console => {
                recent::used(app, &name);
                let args = Console {
                    profile: Some(name),
                    service: None,
                    path: None,
                    stdout: false,
                    isolated: false,
                    keep_sessions: false,
                    session: SessionArgs::default(),
                };
                return console::run(app, &args);
            }
            // The next screen shows what is left.
            Act::Clear => clear::run(app, &Clear { profile: Some(name), expired: false })?,
        };
    }
}
