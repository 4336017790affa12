//! The time limit of keychain calls. A call runs on a thread of its own, and after the limit awsx no longer waits for it.
//! Ctrl-C is not caught meanwhile, so it ends the process as usual.

use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::time::{parse_duration, show_duration};
use crate::base::vars;
use crate::ports::Prompter;

/// After this time a message says what awsx is waiting for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a call may take, and whom to tell while it takes long.
#[derive(Clone)]
pub struct Limit {
    seconds: u32,
    prompter: Rc<dyn Prompter>,
}

impl Limit {
    /// The limit of `AWSX_KEYCHAIN_TIMEOUT`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if that is no length of time, or none at all.
    pub fn from_env(env: &Env, prompter: Rc<dyn Prompter>) -> Result<Self> {
        let seconds = env.get(vars::AWSX_KEYCHAIN_TIMEOUT).map_or(Ok(30), parse_duration);
        match seconds {
            Ok(seconds) if seconds > 0 => Ok(Limit { seconds, prompter }),
            Ok(_) => Err(Error::config("AWSX_KEYCHAIN_TIMEOUT leaves no time at all").hint("set it to 1s or more")),
            Err(e) => Err(Error::config(format!("AWSX_KEYCHAIN_TIMEOUT: {}", e.what))
                .hint(e.hint.unwrap_or_else(|| "unset it".into()))),
        }
    }

    /// The limit in whole seconds.
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// Waits for what a thread sends. `waiting_for` completes the sentence "waiting for …".
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`] when the time is up or the thread died.
    pub fn wait<T>(&self, result: &Receiver<T>, waiting_for: &str) -> Result<T> {
        let first = PATIENCE.min(self.duration());
        match result.recv_timeout(first) {
            Ok(value) => return Ok(value),
            Err(RecvTimeoutError::Disconnected) => return Err(Error::keychain(format!("{waiting_for} failed"))),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let rest = self.duration().saturating_sub(first);
        if !rest.is_zero() {
            self.prompter.say(&format!(
                "waiting for {waiting_for} for up to {} (a dialog may be open; Ctrl-C gives up)",
                show_duration(self.seconds)
            ));
        }
        result.recv_timeout(rest).map_err(|e| match e {
            RecvTimeoutError::Disconnected => Error::keychain(format!("{waiting_for} failed")),
            RecvTimeoutError::Timeout => self.up(waiting_for),
        })
    }

    /// The error of a call that took too long.
    pub fn up(&self, waiting_for: &str) -> Error {
        Error::keychain(format!("{waiting_for} did not answer within {}", show_duration(self.seconds)))
            .hint("AWSX_KEYCHAIN_TIMEOUT=2m waits longer; --backend file needs no keychain service")
    }
}
