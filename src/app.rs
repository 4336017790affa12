//! Everything a verb may use, in one place: the environment, the global options and the ports.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::base::agent::{self, Agent};
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::cli::{Color, Global, SignInArgs};
use crate::ports::{
    Clock, ConsoleSignIn, Http, Iam, Keychain, Oidc, Presigner, Prompter, SealingKey, Server, Ssm, Sso, Sts,
};

/// What the verbs work with. Building it costs nothing: every port connects when it is first used.
pub struct App {
    /// When this command began, for `--debug`.
    pub started: Instant,
    /// The environment as it was at the start.
    pub env: Env,
    /// The global options.
    pub global: Global,
    /// The clock.
    pub clock: Box<dyn Clock>,
    /// Asks and informs the person.
    pub prompter: Box<dyn Prompter>,
    /// Where long-lived secrets live.
    pub keychain: Box<dyn Keychain>,
    /// The key that seals cached sessions.
    pub sealing: Box<dyn SealingKey>,
    /// AWS STS; shared with the threads that check profiles.
    pub sts: Arc<dyn Sts + Send + Sync>,
    /// AWS IAM; shared with the thread that looks for a new MFA device while a usable session is at hand.
    pub iam: Arc<dyn Iam + Send + Sync>,
    /// AWS SSM; shared with the thread that reads advertised limits while a person types.
    pub ssm: Arc<dyn Ssm + Send + Sync>,
    /// The profiles that this command may use, as far as `awsx_confirm` is concerned.
    pub admitted: RefCell<BTreeSet<String>>,
    /// The AI coding agent that runs this command, filled in by [`App::agent`].
    pub agent: OnceCell<Option<Agent>>,
    /// The command that gets the credentials, where awsx runs one.
    pub command: OnceCell<String>,
    /// How to sign in in the browser, if that is what the command is for (`awsx login`).
    pub sign_in: OnceCell<SignInArgs>,
    /// Signs in to IAM Identity Center.
    pub oidc: Box<dyn Oidc>,
    /// IAM Identity Center.
    pub sso: Box<dyn Sso>,
    /// AWS Sign-In.
    pub console_sign_in: Box<dyn ConsoleSignIn>,
    /// Plain HTTP; shared with the thread that asks AWS for the time.
    pub http: Arc<dyn Http + Send + Sync>,
    /// Signs requests that somebody else sends.
    pub presigner: Box<dyn Presigner>,
    /// Serves HTTP on this machine.
    pub server: Box<dyn Server>,
    /// Makes ports like these.
    pub make: fn(Env, Global) -> App,
}

impl App {
    /// Makes an app like this one for another thread, which can't share its ports. What a person has agreed to stays
    /// agreed to.
    pub fn for_a_thread(&self) -> impl Fn(Global) -> App + Clone + Send + 'static {
        let (make, env, started) = (self.make, self.env.clone(), self.started);
        let (admitted, command) = (self.admitted.borrow().clone(), self.command.clone());
        move |global| App {
            started,
            admitted: RefCell::new(admitted.clone()),
            command: command.clone(),
            ..make(env.clone(), global)
        }
    }

    /// The AI coding agent that runs this command, if there is one.
    pub fn agent(&self) -> Option<&Agent> {
        self.agent.get_or_init(|| agent::of(&self.env)).as_ref()
    }

    /// `$HOME`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if it is not set.
    pub fn home(&self) -> Result<PathBuf> {
        home(&self.env)
    }

    /// Where state without secrets is kept: `$XDG_STATE_HOME/awsx`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
    pub fn state_dir(&self) -> Result<PathBuf> {
        xdg(&self.env, "XDG_STATE_HOME", ".local/state")
    }

    /// Where the `file` backend keeps its file: `$XDG_DATA_HOME/awsx`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
    pub fn data_dir(&self) -> Result<PathBuf> {
        xdg(&self.env, "XDG_DATA_HOME", ".local/share")
    }

    /// Asks before something is destroyed or overwritten; `-y` answers, and where nobody can be asked it is required.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`].
    pub fn confirm(&self, question: &str) -> Result<bool> {
        if self.global.yes {
            return Ok(true);
        }
        if !self.prompter.can_ask() {
            return Err(Error::input("nobody can be asked").cause(question).hint("-y answers yes"));
        }
        self.prompter.confirm(question, false)
    }

    /// Whether results on standard output are to have colours.
    pub fn colored_results(&self) -> bool {
        colors(&self.env, &self.global, std::io::stdout().is_terminal())
    }

    /// Shows a step and when it began under `--debug`; the closure is not called otherwise. It must never see a secret.
    pub fn debug(&self, line: impl FnOnce() -> String) {
        if self.global.debug {
            self.prompter.say(&format!("debug: {:>5} ms  {}", self.started.elapsed().as_millis(), line()));
        }
    }
}

/// Whether what goes to a stream is to have colours; `terminal` says whether that stream is one.
pub fn colors(env: &Env, global: &Global, terminal: bool) -> bool {
    match global.color {
        _ if global.monochrome => false,
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let unwanted = env.get(vars::NO_COLOR).is_some() || env.is_off(vars::AWSX_COLOR);
            terminal && !unwanted && env.get("TERM") != Some("dumb")
        }
    }
}

/// `$HOME` of an environment.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it is not set.
pub fn home(env: &Env) -> Result<PathBuf> {
    env.path("HOME").ok_or_else(|| {
        Error::config("no home folder")
            .cause("HOME is not set, and the password database has no entry for this user")
            .hint("set HOME")
    })
}

/// A folder of ours under an XDG base folder; a relative value of the variable is ignored, as the XDG specification
/// asks.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
pub fn xdg(env: &Env, variable: &str, default: &str) -> Result<PathBuf> {
    let base = match env.path(variable) {
        Some(path) if path.is_absolute() => path,
        _ => home(env)?.join(default),
    };
    Ok(base.join("awsx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_as_told() {
        let with = |color, monochrome, vars: &[(&str, &str)]| {
            colors(&vars.iter().copied().collect(), &Global { color, monochrome, ..Global::default() }, true)
        };
        assert!(with(Color::Always, false, &[("NO_COLOR", "1"), ("TERM", "dumb")]) && with(Color::Auto, false, &[]));
        assert!(!with(Color::Always, true, &[]) && !with(Color::Never, false, &[]));
        for off in [("NO_COLOR", "1"), ("AWSX_COLOR", "0"), ("TERM", "dumb")] {
            assert!(!with(Color::Auto, false, &[off]));
        }
        assert!(!colors(&Env::default(), &Global::default(), false));
    }
}
