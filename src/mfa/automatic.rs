//! Codes that come by themselves: from `mfa_process`, or computed from a stored seed.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::subprocess;
use crate::mfa::totp;
use crate::ports::Item;
use crate::profile::Profile;

/// How long `mfa_process` may take; long enough to find the security key and touch it.
const PROCESS_LIMIT: Duration = Duration::from_mins(1);

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

/// Runs `mfa_process` with the shell, as aws-vault does. Its standard error is shown.
pub(super) fn from_process(app: &App, line: &str) -> Result<Secret> {
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

/// The code of this moment, computed from the stored seed of a device; `None` if there is none.
pub(super) fn from_seed(app: &App, serial: &str) -> Result<Option<Secret>> {
    match app.keychain.get(&Item::Seed(serial.to_owned())) {
        Ok(Some(seed)) => totp::code(&seed, app.clock.now()).map(Some),
        Ok(None) => Ok(None),
        // No keychain may be there at all, with the keys in a file. A person may still have the code.
        Err(error) => {
            app.debug(|| format!("no stored seed: {}", error.brief()));
            Ok(None)
        }
    }
}
