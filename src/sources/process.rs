//! `credential_process`: a program of the user's that prints credentials
//! ([its protocol](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html)). It is run as the
//! AWS CLI runs it: without a shell, found on the PATH.

use std::io::ErrorKind as IoKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::json::Answer;
use super::program::{self, Failure};
use super::{Asking, Given};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::programs;
use crate::base::secret::Credentials;
use crate::plan::source::Process;

/// The key of a profile.
const KEY: &str = "credential_process";

/// Runs the program.
pub fn ask(asking: &Asking, process: &Process) -> Result<Given> {
    let (name, arguments) = process.words.split_first().ok_or_else(|| program::failed(asking, KEY, "it is empty"))?;
    let path = if name.contains('/') { Some(name.into()) } else { programs::find(&asking.app.env, name) };
    let path = path.ok_or_else(|| not_run(asking, process, name, &IoKind::NotFound.into()))?;
    let mut command = Command::new(path);
    command.arg0(name).args(arguments);
    let printed = program::run(asking, &mut command).map_err(|failure| match failure {
        Failure::NotRun(error) => not_run(asking, process, name, &error),
        Failure::NoText => wrong(asking, "it is no text, or longer than 64 KiB"),
        Failure::Failed(cause) => program::failed(asking, KEY, cause),
    })?;
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

fn not_run(asking: &Asking, process: &Process, name: &str, error: &std::io::Error) -> Error {
    let cause = format!("{name}: {error}");
    let for_a_shell = name.starts_with('~')
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
