//! Gets an MFA code from where the contract says, and asks again for a refused one.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::app::App;
use crate::aws::errors;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Secret;
use crate::base::subprocess;
use crate::mfa::spent::Ledger;
use crate::mfa::totp;
use crate::ports::{Call, CallError, Item, MfaCode};
use crate::profile::Profile;
use crate::store::lock;

/// How many codes are sent in all before AWS's refusal is final.
const TRIES: usize = 3;
/// How often a person may type what can't be sent.
const SLIPS: u32 = 5;
/// How often a source is waited for; whatever its clock says, it has a new code after the first or second time.
const WAITS: u32 = 2;
/// How long `mfa_process` may take; long enough to find the security key and touch it.
const PROCESS_LIMIT: Duration = Duration::from_mins(1);

/// Whose code, and what is known about where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct MfaAsk<'a> {
    /// The profile, as a person knows it.
    pub profile: &'a str,
    /// Serial number or ARN of the device.
    pub serial: &'a str,
    /// The profile's `mfa_process`.
    pub mfa_process: Option<&'a str>,
    /// `--code` or a variable of the same meaning.
    pub given: Option<&'a Secret>,
}

/// Why there is no answer from AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MfaFailure {
    /// No usable code could be had; nothing was sent, or nothing since the last refusal.
    Code(Error),
    /// AWS refused the last code, or the call failed for another reason.
    Call(CallError),
}

/// Gets a code, makes the call with it, and remembers the code once AWS has taken it. A refused one is asked for again,
/// three in all; any other failure ends it. Meanwhile the device is locked, so that two commands never send the same
/// code.
///
/// # Errors
/// [`MfaFailure::Code`] with [`crate::base::error::ErrorKind::Input`] where nobody can be asked, [`crate::base::error::ErrorKind::Config`] for a
/// given code that isn't one; [`MfaFailure::Call`] as AWS or the network said it.
pub fn with_code<T>(app: &App, ask: &MfaAsk, call: impl FnMut(&MfaCode) -> Call<T>) -> Outcome<T> {
    let ledger = Ledger::of(app, ask.serial);
    let waiting = || app.prompter.say(&format!("waiting for another awsx that asks for a code of {}", ask.serial));
    // Where no lock can be had the code is asked for all the same: at worst AWS refuses one that was used twice.
    let lock = |folder| lock::lock_within(folder, &ledger.lock_name(), lock::patience(app), waiting);
    let _guard = match ledger.folder().map(lock) {
        Some(Err(error)) if error.kind == ErrorKind::Input => return Err(error.into()),
        guard => guard,
    };
    Attempt { app, ask, ledger, call, refused: Vec::new() }.run()
}

/// The `mfa_process` of the first of these profiles that has one. It gives the codes of the device that they name, and of
/// no other.
pub fn own_process(profiles: &[Profile], serial: &str) -> Option<String> {
    let own = profiles.iter().find_map(Profile::mfa_serial);
    let line = profiles.iter().find_map(|profile| profile.get("mfa_process").filter(|line| !line.is_empty()));
    line.filter(|_| own.is_none_or(|own| own == serial)).map(str::to_owned)
}

/// A code that comes by itself, for the device `serial`: from `mfa_process`, else from the stored seed.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if `mfa_process` fails or prints no code; [`crate::base::error::ErrorKind::Config`] if the seed is
/// none.
pub fn automatic(app: &App, serial: &str, mfa_process: Option<&str>) -> Result<Option<Secret>> {
    match mfa_process {
        Some(line) => from_process(app, line).map(Some),
        None => from_seed(app, serial),
    }
}

/// Six digits, also in groups and with blanks around them; `None` for anything else.
pub fn six_digits(text: &str) -> Option<Secret> {
    let mut digits = String::with_capacity(text.len());
    digits.extend(text.chars().filter(|c| !c.is_whitespace()));
    let code = Secret::new(digits);
    totp::is_code(code.expose()).then_some(code)
}

type Outcome<T> = std::result::Result<T, MfaFailure>;

impl From<Error> for MfaFailure {
    fn from(error: Error) -> Self {
        MfaFailure::Code(error)
    }
}

impl MfaFailure {
    fn is_refused_code(&self) -> bool {
        matches!(self, MfaFailure::Call(error) if errors::is_mfa_refused(error))
    }
}

struct Attempt<'a, F> {
    app: &'a App,
    ask: &'a MfaAsk<'a>,
    ledger: Ledger<'a>,
    call: F,
    refused: Vec<Secret>,
}

impl<T, F: FnMut(&MfaCode) -> Call<T>> Attempt<'_, F> {
    fn run(&mut self) -> Outcome<T> {
        // Why the sources so far came to nothing, for where there is no other.
        let mut last = None;
        if let Some(given) = self.ask.given {
            let code = six_digits(given.expose()).ok_or_else(|| {
                Error::config("the given MFA code is not six digits")
                    .hint("see --code and AWSX_MFA_CODE (AWS_SESSION_MFA_CODE, AWS_MFA_TOKEN)")
            })?;
            match self.given(code) {
                Err(failure) if failure.is_refused_code() || matches!(failure, MfaFailure::Code(_)) => {
                    last = Some(failure);
                }
                end => return end,
            }
        }
        let sources: [(&str, Source<'_>); 2] = [
            ("mfa_process", &|app, ask| ask.mfa_process.map(|line| from_process(app, line)).transpose()),
            ("the stored seed", &|app, ask| from_seed(app, ask.serial)),
        ];
        for (name, source) in sources {
            match self.by_itself(name, source) {
                Ok(None) => {}
                Ok(Some(answer)) => return Ok(answer),
                Err(failure) if failure.is_refused_code() || matches!(failure, MfaFailure::Code(_)) => {
                    last = Some(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        if self.app.prompter.can_ask() { self.person(last) } else { Err(self.nobody(last)) }
    }

    /// `--code`: it can't be had anew, so it is sent once.
    fn given(&mut self, code: Secret) -> Outcome<T> {
        if self.ledger.spent(&code).is_some() {
            let wait = totp::seconds_to_next(self.app.clock.now());
            return Err(Error::input("the given MFA code has been used already")
                .cause(format!("AWS takes each code once; the next one of {} comes in {wait} s", self.ask.serial))
                .hint("give the next one with --code or AWSX_MFA_CODE, or none to be asked for it")
                .into());
        }
        self.send(code)
    }

    /// A source that computes codes: waits for the next one when it has been used, and sends the next one when one is
    /// refused, once (somebody may have used that one elsewhere).
    fn by_itself(&mut self, name: &str, source: Source<'_>) -> Outcome<Option<T>> {
        let mut waits = 0;
        let mut tries = 0;
        loop {
            let Some(code) = source(self.app, self.ask)? else { return Ok(None) };
            if self.ledger.spent(&code).is_some() || self.refused.contains(&code) {
                if waits == WAITS {
                    return Err(Error::input(format!("{name} gives the same MFA code again and again"))
                        .hint("check what it does, and this machine's clock")
                        .into());
                }
                waits += 1;
                let seconds = totp::seconds_to_next(self.app.clock.now());
                self.app.prompter.countdown("that MFA code has been used; the next one comes in {} s", seconds)?;
                continue;
            }
            tries += 1;
            match self.send(code) {
                Err(failure) if failure.is_refused_code() => {
                    if tries == 2 || self.tries_left() == 0 {
                        self.app.prompter.warn(&format!(
                            "AWS refused the code of {name}: it may be for another device, or this machine's clock is off"
                        ));
                        return Err(failure);
                    }
                }
                result => return result.map(Some),
            }
        }
    }

    /// A person with the device in hand.
    fn person(&mut self, mut last: Option<MfaFailure>) -> Outcome<T> {
        let (app, ask) = (self.app, self.ask);
        match &last {
            Some(MfaFailure::Code(error)) => app.prompter.warn(&one_line(error)),
            Some(MfaFailure::Call(_)) if ask.given.is_some() && self.refused.len() == 1 => {
                app.prompter.warn("AWS refused the given MFA code");
            }
            _ => {}
        }
        let prompt = format!("MFA code for {} ({}): ", ask.profile, ask.serial);
        let mut slips = 0;
        while self.tries_left() > 0 && slips < SLIPS {
            let typed = Secret::new(app.prompter.line(&prompt)?);
            let Some(code) = six_digits(typed.expose()) else {
                slips += 1;
                app.prompter.warn("an MFA code is six digits");
                continue;
            };
            if self.ledger.spent(&code).is_some() {
                slips += 1;
                let wait = totp::seconds_to_next(app.clock.now());
                app.prompter.warn(&format!("that code has been used already; the next one comes in {wait} s"));
                continue;
            }
            match self.send(code) {
                Err(failure) if failure.is_refused_code() => {
                    if self.tries_left() > 0 {
                        app.prompter.warn("AWS refused that code; try again");
                    }
                    last = Some(failure);
                }
                result => return result,
            }
        }
        match last {
            Some(failure @ MfaFailure::Call(_)) => Err(failure),
            _ => Err(Error::input(format!("no MFA code for {} in {SLIPS} tries", ask.profile)).into()),
        }
    }

    /// What is said where nobody can be asked.
    fn nobody(&self, last: Option<MfaFailure>) -> MfaFailure {
        let cause = match last {
            Some(MfaFailure::Code(error)) if error.kind != ErrorKind::Input => one_line(&error),
            Some(failure) => return failure,
            None => self.app.prompter.why_not(),
        };
        Error::input(format!("{} needs an MFA code of {}", self.ask.profile, self.ask.serial))
            .cause(cause)
            .hint("give it with --code or AWSX_MFA_CODE; mfa_process in the profile gives one by itself")
            .into()
    }

    fn tries_left(&self) -> usize {
        TRIES.saturating_sub(self.refused.len())
    }

    fn send(&mut self, code: Secret) -> Outcome<T> {
        let mfa = MfaCode { serial: self.ask.serial.to_owned(), code };
        let result = (self.call)(&mfa);
        // A code whose answer got lost may be used up too.
        if result.as_ref().map_or_else(errors::may_have_happened, |_| true) {
            self.ledger.record(&mfa.code);
        }
        result.map_err(|error| {
            if errors::is_mfa_refused(&error) {
                self.refused.push(mfa.code);
            }
            MfaFailure::Call(error)
        })
    }
}

type Source<'a> = &'a dyn Fn(&App, &MfaAsk) -> Result<Option<Secret>>;

/// Runs `mfa_process` with the shell, as aws-vault does; what it says goes to the person.
fn from_process(app: &App, line: &str) -> Result<Secret> {
    let failed = |cause: String| Error::failed("mfa_process gave no MFA code").cause(cause);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).stderr(Stdio::inherit());
    subprocess::environment(&mut command, &app.env);
    // Not the line itself: it may name the seed.
    app.debug(|| "mfa_process is asked for a code".into());
    let (status, printed) = subprocess::output(&mut command, PROCESS_LIMIT).map_err(|error| match error.kind() {
        std::io::ErrorKind::TimedOut => failed(format!("no answer within {} s", PROCESS_LIMIT.as_secs())),
        _ => failed(error.to_string()),
    })?;
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    // ykman and its like put the account's name in front of the code.
    let mut words = printed.split_whitespace().filter(|word| totp::is_code(word));
    match (six_digits(&printed), words.next(), words.next()) {
        (Some(code), _, _) => Ok(code),
        (None, Some(word), None) => Ok(Secret::new(word.to_owned())),
        _ => Err(failed("it printed something else than six digits".into())),
    }
}

fn from_seed(app: &App, serial: &str) -> Result<Option<Secret>> {
    match app.keychain.get(&Item::Seed(serial.to_owned())) {
        Ok(Some(seed)) => totp::code(&seed, app.clock.now()).map(Some),
        Ok(None) => Ok(None),
        // Keys may be in a file and no keychain there at all; that says nothing about the code.
        Err(error) => {
            app.debug(|| format!("no stored seed: {}", one_line(&error)));
            Ok(None)
        }
    }
}

fn one_line(error: &Error) -> String {
    match &error.cause {
        Some(cause) => format!("{}: {cause}", error.what),
        None => error.what.clone(),
    }
}

#[cfg(test)]
mod tests;
