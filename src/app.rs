//! Everything a verb may use, in one place: the environment, the global options and the ports.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::cli::Global;
use crate::ports::{Clock, Http, Iam, Keychain, Prompter, SealingKey, Ssm, Sso, Sts};

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
    /// Whom to ask.
    pub prompter: Box<dyn Prompter>,
    /// Where long-lived secrets live.
    pub keychain: Box<dyn Keychain>,
    /// The key that seals cached sessions.
    pub sealing: Box<dyn SealingKey>,
    /// AWS STS.
    pub sts: Box<dyn Sts>,
    /// AWS IAM.
    pub iam: Box<dyn Iam>,
    /// AWS SSM; shared with the thread that reads advertised limits while a person types.
    pub ssm: Arc<dyn Ssm + Send + Sync>,
    /// The profiles that this command may use, as far as `awsx_confirm` is concerned.
    pub admitted: RefCell<BTreeSet<String>>,
    /// IAM Identity Center.
    pub sso: Box<dyn Sso>,
    /// The endpoints that give containers and instances their credentials.
    pub http: Box<dyn Http>,
}

impl App {
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

    /// Shows a step and when it began under `--debug`; the closure is not called otherwise. It must never see a secret.
    pub fn debug(&self, line: impl FnOnce() -> String) {
        if self.global.debug {
            self.prompter.say(&format!("debug: {:>5} ms  {}", self.started.elapsed().as_millis(), line()));
        }
    }
}

/// `$HOME` of an environment.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it is not set.
pub fn home(env: &Env) -> Result<PathBuf> {
    env.path("HOME").ok_or_else(|| Error::config("no home folder").cause("HOME is not set"))
}

/// A folder of ours under an XDG base folder; a relative value of the variable is ignored, as the XDG specification asks.
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
