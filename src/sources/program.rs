//! Runs programs of the user that print credentials or a web identity token.

use std::fs::File;
use std::io::ErrorKind as IoKind;
use std::process::{Command, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use super::Asking;
use crate::base::error::{Error, ErrorKind};
use crate::base::{subprocess, vars};
use crate::plan::source::resolving;

/// How long it may take without a terminal, where it can't ask for anything.
const LIMIT: Duration = Duration::from_mins(1);
/// How long it may take with a terminal, on which it may ask for a code.
const LIMIT_WITH_TERMINAL: Duration = Duration::from_mins(10);

/// Why there is nothing to read.
pub enum Failure {
    /// It could not be started: it doesn't exist, or can't be executed.
    NotRun(std::io::Error),
    /// It printed something that is no text, or too much of it.
    NoText,
    /// It failed, or took too long; in words.
    Failed(String),
}

/// Runs it and gives what it printed. What it says on standard error goes to the person.
///
/// # Errors
/// See [`Failure`].
pub fn run(asking: &Asking, command: &mut Command) -> Result<Zeroizing<String>, Failure> {
    let app = asking.app;
    command.stderr(Stdio::inherit());
    subprocess::environment(command, &app.env);
    let mut profiles = resolving(app.env.get(vars::AWSX_RESOLVING));
    profiles.push(asking.profile.to_owned());
    command.env(vars::AWSX_RESOLVING, serde_json::Value::from(profiles).to_string());
    // Standard input may be a pipe that belongs to the command that gets the credentials.
    let terminal = if app.global.no_input { None } else { File::open("/dev/tty").ok() };
    let limit = if terminal.is_some() { LIMIT_WITH_TERMINAL } else { LIMIT };
    let stdin = terminal.map_or_else(Stdio::null, Stdio::from);
    let (status, printed) = subprocess::output_with(command, stdin, limit).map_err(|error| match error.kind() {
        IoKind::TimedOut => Failure::Failed(format!("it gave none within {} s", limit.as_secs())),
        IoKind::InvalidData => Failure::NoText,
        IoKind::NotFound | IoKind::PermissionDenied => Failure::NotRun(error),
        _ => Failure::Failed(format!("it could not be run: {error}")),
    })?;
    if status.success() { Ok(printed) } else { Err(Failure::Failed(format!("it failed: {status}"))) }
}

/// The error for a program that gave nothing; `key` names it in the profile.
pub fn failed(asking: &Asking, key: &str, cause: impl std::fmt::Display) -> Error {
    asking.failed(ErrorKind::Failed, cause).hint(format!("run the {key} of profile {} by hand", asking.profile))
}
