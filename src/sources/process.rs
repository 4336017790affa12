//! `credential_process`: a program of the user's that prints credentials
//! ([its protocol](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html)). It is run as the
//! AWS CLI runs it: without a shell, found on the PATH.

use std::fs::File;
use std::io::ErrorKind as IoKind;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::json::Answer;
use super::{Asking, Given};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::base::{programs, subprocess, vars};
use crate::plan::source::{Process, resolving};

/// How long it may take without a terminal, where it can't ask for anything.
const LIMIT: Duration = Duration::from_mins(1);
/// How long it may take with a terminal, on which it may ask for a code.
const LIMIT_WITH_TERMINAL: Duration = Duration::from_mins(10);

/// Runs the program; what it says on standard error goes to the person.
pub fn ask(asking: &Asking, process: &Process) -> Result<Given> {
    let app = asking.app;
    let (program, arguments) = process.words.split_first().ok_or_else(|| failed(asking, "it is empty"))?;
    let path = if program.contains('/') { Some(program.into()) } else { programs::find(&app.env, program) };
    let path = path.ok_or_else(|| not_run(asking, process, program, &IoKind::NotFound.into()))?;
    let mut command = Command::new(path);
    command.arg0(program).args(arguments).stderr(Stdio::inherit());
    subprocess::environment(&mut command, &app.env);
    let mut profiles = resolving(app.env.get(vars::AWSX_RESOLVING));
    profiles.push(asking.profile.to_owned());
    command.env(vars::AWSX_RESOLVING, serde_json::Value::from(profiles).to_string());
    // Standard input may be a pipe that belongs to the command that gets the credentials.
    let terminal = if app.global.no_input { None } else { File::open("/dev/tty").ok() };
    let limit = if terminal.is_some() { LIMIT_WITH_TERMINAL } else { LIMIT };
    let stdin = terminal.map_or_else(Stdio::null, Stdio::from);
    let (status, printed) =
        subprocess::output_with(&mut command, stdin, limit).map_err(|error| match error.kind() {
            IoKind::TimedOut => failed(asking, format!("it gave none within {} s", limit.as_secs())),
            IoKind::InvalidData => wrong(asking, "it is no text, or longer than 64 KiB"),
            IoKind::NotFound | IoKind::PermissionDenied => not_run(asking, process, program, &error),
            _ => failed(asking, format!("it could not be run: {error}")),
        })?;
    if !status.success() {
        return Err(failed(asking, format!("it failed: {status}")));
    }
    Ok(Given { credentials: parse(&printed).map_err(|cause| wrong(asking, &cause))?, arn: None })
}

/// Reads what it printed.
fn parse(printed: &str) -> std::result::Result<Credentials, String> {
    let answer = Answer::parse(printed.as_bytes())?;
    match answer.version {
        Some(1) => Ok(answer.credentials()?),
        Some(other) => Err(format!("its Version is {other}, and only 1 is known")),
        None => Err("it has no Version".into()),
    }
}

fn failed(asking: &Asking, cause: impl std::fmt::Display) -> Error {
    asking
        .failed(ErrorKind::Failed, cause)
        .hint(format!("run the credential_process of profile {} by hand", asking.profile))
}

fn not_run(asking: &Asking, process: &Process, program: &str, error: &std::io::Error) -> Error {
    let cause = format!("{program}: {error}");
    let for_a_shell = program.starts_with('~')
        || process.words.iter().any(|word| word.contains(['$', '`']) || ["|", ">", "<", "&&", ";"].contains(&&**word));
    asking.failed(ErrorKind::Config, cause).hint(if for_a_shell {
        "as with the AWS CLI no shell runs it: write whole paths, or `sh -c \"…\"`"
    } else {
        "name a program on the PATH, or by its whole path"
    })
}

fn wrong(asking: &Asking, cause: &str) -> Error {
    Error::config(format!("what the credential_process of profile {} prints can't be used", asking.profile))
        .cause(cause)
        .hint(
            r#"it must print {"Version": 1, "AccessKeyId": …, "SecretAccessKey": …, "SessionToken": …, "Expiration": …}"#,
        )
}
