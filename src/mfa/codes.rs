//! The MFA codes of one command: where the next one comes from, and what became of the last one.
//!
//! The order is: a given code, `mfa_process`, the stored seed, the person. A code counts as spent from the moment it
//! is handed out, before anything is sent: a process that is killed, or an answer that is lost, must not lead to the
//! same code being sent twice. A refusal which proves that AWS did not take it makes it free again.

use crate::app::App;
use crate::aws::errors;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Secret;
pub use crate::mfa::automatic::{automatic, own_process, six_digits};
use crate::mfa::automatic::{from_process, from_seed};
use crate::mfa::spent::Ledger;
use crate::mfa::totp;
use crate::ports::{CallError, MfaCode};
use crate::store::lock::{self, Waited};

/// How many codes are sent in all; after that AWS's refusal is final.
const TRIES: usize = 3;
/// How many codes of `mfa_process` or of the seed are sent: somebody may have used the first one elsewhere.
const TRIES_OF_A_PROGRAM: usize = 2;
/// How many unusable inputs a person may type.
const SLIPS: u32 = 5;
/// How often to wait for a program's next code. Even if its clock is off, it shows a new one after two waits.
const WAITS: u32 = 2;

/// Whose code, and what is known about where it comes from.
#[derive(Debug, Clone, Default)]
pub struct MfaAsk {
    /// The profile, as a person knows it.
    pub profile: String,
    /// Serial number or ARN of the device.
    pub serial: String,
    /// Why a code is needed, for the person who is asked; empty if that needs no word.
    pub why: String,
    /// The profile's `mfa_process`.
    pub mfa_process: Option<String>,
    /// `--code` or a variable of the same meaning.
    pub given: Option<Secret>,
}

/// Why there is no further code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCode {
    /// None could be had.
    Because(Error),
    /// AWS has refused as many as may be tried; this is its last refusal.
    Refused(CallError),
}

impl From<Error> for NoCode {
    fn from(error: Error) -> Self {
        NoCode::Because(error)
    }
}

/// Why an origin has no code.
enum Missing {
    /// The next origin may have one.
    GoOn(Error),
    /// That ends it.
    End(Error),
}

impl From<Error> for Missing {
    fn from(error: Error) -> Self {
        Missing::GoOn(error)
    }
}

/// Where a code comes from, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Given,
    Process,
    Seed,
    Person,
}

/// The codes of one device, for one command. While it lives the device is locked, so that no two commands send the same
/// code.
pub struct Codes<'a> {
    app: &'a App,
    ask: MfaAsk,
    ledger: Ledger<'a>,
    _lock: Option<crate::base::lock::Lock>,
    origin: Origin,
    /// How many codes of this origin AWS has refused.
    tries: usize,
    /// How often this origin was waited for.
    waits: u32,
    slips: u32,
    asked: bool,
    /// Handed out, and nobody has said yet what became of it.
    pending: Option<Secret>,
    refused: Vec<Secret>,
    /// Why there is no code yet.
    last: Option<NoCode>,
}

/// A code that was given with the command.
///
/// # Errors
/// [`ErrorKind::Config`] if it can't be one.
pub fn given_code(text: &Secret) -> Result<Secret> {
    six_digits(text.expose()).ok_or_else(|| {
        Error::config("the given MFA code is not six digits")
            .hint("see --code and AWSX_MFA_CODE (AWS_SESSION_MFA_CODE, AWS_MFA_TOKEN)")
    })
}

impl<'a> Codes<'a> {
    /// Locks the device and asks for nothing yet. While it waits for the lock it calls `there` now and then, to see
    /// whether a code is still needed; `None` if not. `alone`: the person doesn't want to wait.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if another command has the device and doesn't let go of it.
    pub fn of<T>(app: &'a App, ask: MfaAsk, alone: bool, there: impl Fn() -> Option<T>) -> Result<Option<Self>> {
        let ledger = Ledger::of(app, &ask.serial);
        let waiting = || app.prompter.say(&format!("waiting for another awsx that asks for a code of {}", ask.serial));
        let lock = |folder| match lock::try_lock(folder, &ledger.lock_name()) {
            Some(lock) => Ok(Waited::Locked(lock)),
            None if alone => Ok(Waited::Alone),
            None => lock::wait(app, folder, &ledger.lock_name(), lock::PATIENCE, waiting, there),
        };
        let lock = match ledger.folder().map(lock) {
            Some(Ok(Waited::Locked(lock))) => Some(lock),
            Some(Ok(Waited::There(_))) => return Ok(None),
            Some(Err(error)) if error.kind == ErrorKind::Input => return Err(error),
            // Without a lock it goes on: at worst AWS refuses a code that another command has used.
            Some(Ok(Waited::Alone) | Err(_)) | None => None,
        };
        Ok(Some(Codes {
            app,
            ask,
            ledger,
            _lock: lock,
            origin: Origin::Given,
            tries: 0,
            waits: 0,
            slips: 0,
            asked: false,
            pending: None,
            refused: Vec::new(),
            last: None,
        }))
    }

    /// The device that these are codes of.
    pub fn serial(&self) -> &str {
        &self.ask.serial
    }

    /// The next code to send; the same one again until [`Codes::accepted`] or [`Codes::refused`] is called.
    ///
    /// # Errors
    /// [`NoCode`]: [`ErrorKind::Input`] where nobody can be asked, [`ErrorKind::Config`] for a given code that isn't
    /// one.
    #[expect(clippy::should_implement_trait, reason = "it fails, and is no sequence")]
    pub fn next(&mut self) -> std::result::Result<MfaCode, NoCode> {
        let code = match &self.pending {
            Some(code) => code.clone(),
            None => self.find()?,
        };
        if self.pending.is_none() {
            self.ledger.record(&code);
            self.pending = Some(code.clone());
        }
        Ok(MfaCode { serial: self.ask.serial.clone(), code })
    }

    /// AWS has taken the code.
    pub fn accepted(&mut self) {
        self.pending = None;
    }

    /// The call with the code has failed. Comes back if AWS refused the code itself, so that another one may do.
    ///
    /// # Errors
    /// The error, if another code won't mend it.
    pub fn refused(&mut self, error: CallError) -> std::result::Result<(), CallError> {
        let Some(code) = self.pending.take() else { return Err(error) };
        if errors::leaves_the_code(&error) {
            self.ledger.release(&code);
        }
        if !errors::is_mfa_refused(&error) {
            return Err(error);
        }
        self.refused.push(code);
        self.tries += 1;
        self.last = Some(NoCode::Refused(error));
        Ok(())
    }

    /// A code from wherever there is one.
    fn find(&mut self) -> std::result::Result<Secret, NoCode> {
        loop {
            let (found, next) = match self.origin {
                Origin::Given => (self.given(), Origin::Process),
                Origin::Process => (self.by_itself("mfa_process", from_the_process), Origin::Seed),
                Origin::Seed => (self.by_itself("the stored seed", from_the_seed), Origin::Person),
                Origin::Person if self.app.prompter.can_ask() => return self.person(),
                Origin::Person => return Err(self.nobody()),
            };
            match found {
                Ok(Some(code)) => return Ok(code),
                Ok(None) => {}
                Err(Missing::End(error)) => return Err(error.into()),
                Err(Missing::GoOn(error)) => self.last = Some(error.into()),
            }
            (self.origin, self.tries, self.waits) = (next, 0, 0);
        }
    }

    /// `--code`: there is only this one, so it is sent once.
    fn given(&mut self) -> std::result::Result<Option<Secret>, Missing> {
        let Some(given) = self.ask.given.take() else {
            if self.tries > 0 && self.app.prompter.can_ask() {
                self.app.prompter.warn("AWS refused the given MFA code");
            }
            return Ok(None);
        };
        let code = given_code(&given).map_err(Missing::End)?;
        if self.ledger.spent(&code).is_some() {
            let wait = totp::seconds_to_next(self.app.clock.now());
            return Err(Error::input("the given MFA code has been used already")
                .cause(format!("AWS takes each code once; the next one of {} comes in {wait} s", self.ask.serial))
                .hint("give the next one with --code or AWSX_MFA_CODE, or none to be asked for it")
                .into());
        }
        Ok(Some(code))
    }

    /// A program that gives codes: waits for the next one when this one has been used or refused.
    fn by_itself(&mut self, name: &str, origin: FromProgram) -> std::result::Result<Option<Secret>, Missing> {
        if self.tries == TRIES_OF_A_PROGRAM || (self.tries > 0 && self.tries_left() == 0) {
            self.app.prompter.warn(&format!(
                "AWS refused the code of {name}: it may be for another device, or this machine's clock is off"
            ));
            return Ok(None);
        }
        loop {
            let Some(code) = origin(self.app, &self.ask)? else { return Ok(None) };
            if self.ledger.spent(&code).is_none() && !self.refused.contains(&code) {
                return Ok(Some(code));
            }
            if self.waits == WAITS {
                return Err(Error::input(format!("{name} gives the same MFA code again and again"))
                    .hint("check what it does, and this machine's clock")
                    .into());
            }
            self.waits += 1;
            let seconds = totp::seconds_to_next(self.app.clock.now());
            // A person who interrupts the wait wants no further question.
            let wait = self.app.prompter.countdown("that MFA code has been used; the next one comes in {} s", seconds);
            wait.map_err(Missing::End)?;
        }
    }

    /// A person with the device in hand.
    fn person(&mut self) -> std::result::Result<Secret, NoCode> {
        let app = self.app;
        if self.tries_left() == 0 {
            return Err(self.out_of_tries());
        }
        match &self.last {
            Some(NoCode::Refused(_)) if self.asked => app.prompter.warn("AWS refused that code; try again"),
            Some(NoCode::Because(error)) if !self.asked => app.prompter.warn(&error.brief()),
            _ => {}
        }
        if !self.asked && !self.ask.why.is_empty() {
            app.prompter.say(&self.ask.why);
        }
        self.asked = true;
        let prompt = format!("MFA code for {} ({}): ", self.ask.profile, self.ask.serial);
        let mut spent = false;
        while self.slips < SLIPS {
            let typed = if spent {
                // Counts the seconds while it reads.
                app.prompter.next_code(&prompt, totp::seconds_to_next(app.clock.now()))?
            } else {
                app.prompter.line(&prompt)?
            };
            let typed = Secret::new(typed);
            let Some(code) = six_digits(typed.expose()) else {
                self.slips += 1;
                app.prompter.warn("an MFA code is six digits");
                continue;
            };
            if self.ledger.spent(&code).is_none() {
                return Ok(code);
            }
            (self.slips, spent) = (self.slips + 1, true);
            let wait = totp::seconds_to_next(app.clock.now());
            app.prompter.warn(&format!("that code has been used already; the next one comes in {wait} s"));
        }
        Err(self.out_of_tries())
    }

    fn out_of_tries(&mut self) -> NoCode {
        match self.last.take() {
            Some(refused @ NoCode::Refused(_)) => refused,
            _ => Error::input(format!("no MFA code for {} in {SLIPS} tries", self.ask.profile)).into(),
        }
    }

    /// The error where nobody can be asked.
    fn nobody(&mut self) -> NoCode {
        let cause = match self.last.take() {
            Some(NoCode::Because(error)) if error.kind != ErrorKind::Input => error.brief(),
            Some(last) => return last,
            None => self.app.prompter.why_not(),
        };
        Error::input(format!("{} needs an MFA code of {}", self.ask.profile, self.ask.serial))
            .cause(cause)
            .hint(format!(
                "give it with --code or AWSX_MFA_CODE, or run `awsx exec {0} -- true` in a terminal: other commands then \
                 use that session; mfa_process in the profile gives codes by itself",
                self.ask.profile
            ))
            .into()
    }

    fn tries_left(&self) -> usize {
        TRIES.saturating_sub(self.refused.len())
    }
}

impl Drop for Codes<'_> {
    fn drop(&mut self) {
        // Handed out, and never sent.
        if let Some(code) = self.pending.take() {
            self.ledger.release(&code);
        }
    }
}

type FromProgram = fn(&App, &MfaAsk) -> Result<Option<Secret>>;

fn from_the_process(app: &App, ask: &MfaAsk) -> Result<Option<Secret>> {
    ask.mfa_process.as_deref().map(|line| from_process(app, line)).transpose()
}

fn from_the_seed(app: &App, ask: &MfaAsk) -> Result<Option<Secret>> {
    from_seed(app, &ask.serial)
}

#[cfg(test)]
mod tests;
