//! One sign-in at a time. However many processes want the same sign-in, one of them asks the person. Its answer counts
//! for all that wait, a refusal too.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, str};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::lock::Lock;
use crate::signin::callback;
use crate::store::cache;
use crate::store::lock::{self, Waited};
use crate::store::runtime;

/// A refusal counts for this long. An older one was the answer to other processes.
const COUNTS_FOR: Duration = Duration::from_mins(2);

/// One sign-in, as the processes of this user share it.
pub struct Flight<'a> {
    app: &'a App,
    folder: Option<PathBuf>,
    name: String,
}

/// Whose turn it is.
#[derive(Debug)]
pub enum Turn {
    /// This process asks, for as long as it holds the lock. `None` if no lock can be had.
    Own(Option<Lock>),
    /// No process asks: the sign-in failed or was refused while this process waited.
    Failed(Error),
}

/// How the last sign-in failed, without secrets.
#[derive(Serialize, Deserialize)]
struct Failure {
    status: u8,
    what: String,
    cause: Option<String>,
    hint: Option<String>,
}

impl<'a> Flight<'a> {
    /// That of the sign-in with this name.
    pub fn of(app: &'a App, sign_in: &str) -> Self {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(sign_in.as_bytes()));
        let name = format!("sign-in-{}", digest.get(..32).unwrap_or(&digest));
        Flight { app, folder: runtime::locate(&app.env).ok(), name }
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] on an interruption, and where nobody can be asked after a long wait.
    pub fn turn(&self) -> Result<Turn> {
        let Some(folder) = &self.folder else { return Ok(Turn::Own(None)) };
        let waiting = || self.app.prompter.say("waiting for another awsx that is signing in …");
        let turn = match lock::wait(self.app, folder, &self.name, callback::LIMIT, waiting, || self.failure()) {
            Ok(Waited::Locked(lock)) => Turn::Own(Some(lock)),
            Ok(Waited::There(error)) => return Ok(Turn::Failed(error)),
            Ok(Waited::Alone) => Turn::Own(None),
            Err(e) if e.kind == ErrorKind::Input => return Err(e),
            Err(e) => {
                self.app.debug(|| format!("sign-ins can't be locked: {e}"));
                Turn::Own(None)
            }
        };
        Ok(self.failure().map_or(turn, Turn::Failed))
    }

    /// Tells those who wait that the sign-in has failed. An interruption is no answer: another process goes on.
    pub fn failed(&self, error: &Error) {
        let Some(folder) = self.folder.as_deref().filter(|_| error.what != "interrupted") else { return };
        let failure = Failure {
            status: error.kind.status(),
            what: error.what.clone(),
            cause: error.cause.clone(),
            hint: error.hint.clone(),
        };
        let written = serde_json::to_vec(&failure).map(|text| cache::write(folder, &self.file(), &text));
        if !matches!(written, Ok(Ok(()))) {
            self.app.debug(|| "those who wait for this sign-in could not be told that it failed".into());
        }
    }

    /// Forgets a failure: the next sign-in has gone well.
    pub fn succeeded(&self) {
        let _ = self.folder.as_deref().map(|folder| fs::remove_file(folder.join(self.file())));
    }

    fn file(&self) -> String {
        format!("{}.failed", self.name)
    }

    /// The failure that this process has waited for: it is younger than this command, and recent.
    fn failure(&self) -> Option<Error> {
        let path = self.folder.as_deref()?.join(self.file());
        let at = fs::metadata(&path).ok()?.modified().ok()?;
        let now = SystemTime::now();
        let began = now.checked_sub(self.app.started.elapsed().min(COUNTS_FOR))?;
        (at >= began).then(|| read(&path)).flatten()
    }
}

fn read(path: &Path) -> Option<Error> {
    let failure: Failure = serde_json::from_slice(&cache::read(path).ok()?).ok()?;
    let kind = [ErrorKind::Refused, ErrorKind::Input, ErrorKind::Network, ErrorKind::Config, ErrorKind::Keychain];
    let kind = kind.into_iter().find(|kind| kind.status() == failure.status).unwrap_or(ErrorKind::Failed);
    Some(Error { kind, what: failure.what, cause: failure.cause, hint: failure.hint })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Kit;
    use std::time::Instant;

    #[test]
    fn one_after_the_other_and_a_refusal_is_for_all_who_wait() {
        let kit = Kit::new();
        let flight = Flight::of(&kit.app, "sso/work");
        let held = flight.turn().unwrap();
        assert!(matches!(&held, Turn::Own(Some(_))));
        assert!(matches!(Flight::of(&kit.app, "sso/other").turn().unwrap(), Turn::Own(Some(_))));
        let denied = Error::input("denied").cause("no").hint("again");
        flight.failed(&denied);
        // The lock is still held: this one gets its answer while it waits.
        let Turn::Failed(error) = flight.turn().unwrap() else { panic!("it did not wait") };
        assert_eq!(error, denied);
        drop(held);
        assert!(matches!(flight.turn().unwrap(), Turn::Failed(_)));
        flight.succeeded();
        assert!(matches!(flight.turn().unwrap(), Turn::Own(Some(_))));
    }

    #[test]
    fn whoever_comes_later_may_ask_again_and_an_interruption_is_no_answer() {
        let mut kit = Kit::new();
        Flight::of(&kit.app, "x").failed(&Error::input("interrupted"));
        assert!(matches!(Flight::of(&kit.app, "x").turn().unwrap(), Turn::Own(Some(_))));
        Flight::of(&kit.app, "x").failed(&Error::input("denied"));
        std::thread::sleep(Duration::from_millis(20));
        kit.app.started = Instant::now();
        assert!(matches!(Flight::of(&kit.app, "x").turn().unwrap(), Turn::Own(Some(_))));
    }
}
