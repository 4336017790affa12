//! The AWS CLI: whether it is there, and whether it is too old for these profiles.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::checks;
use super::super::finding::Finding;
use crate::base::env::Env;
use crate::base::{programs, subprocess, vars};
use crate::profile::Profiles;

/// How long it may take to say its version. It is a large Python program.
const LIMIT: Duration = Duration::from_secs(10);

/// What is known of the AWS CLI.
pub enum Cli {
    /// It is not on the PATH.
    Absent,
    /// It said nothing that makes sense, and why.
    Silent(String),
    /// Its version.
    Version([u32; 3]),
}

/// Asks it.
pub fn version(env: &Env) -> Cli {
    let Some(path) = programs::find(env, "aws") else { return Cli::Absent };
    let mut command = Command::new(path);
    subprocess::environment(&mut command, env);
    // It refuses even that where a file has a mistake, which is no fault of its own.
    command.env(vars::AWS_CONFIG_FILE, "/dev/null").env(vars::AWS_SHARED_CREDENTIALS_FILE, "/dev/null");
    command.arg("--version").stderr(Stdio::null());
    match subprocess::output(&mut command, LIMIT) {
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Cli::Silent(format!("it did not answer within {} s", LIMIT.as_secs()))
        }
        Err(error) => Cli::Silent(error.to_string()),
        Ok((_, printed)) => read(&printed).map_or_else(|| Cli::Silent("it names no version".into()), Cli::Version),
    }
}

/// `aws-cli/2.15.30 Python/3.11.8 …`
fn read(printed: &str) -> Option<[u32; 3]> {
    let version = printed.trim().strip_prefix("aws-cli/")?.split_whitespace().next()?;
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some([parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)])
}

/// Says what follows from it. `aws login` came with 2.32.0, `[sso-session]` with 2.9.0.
pub fn check(
    cli: Option<Cli>,
    profiles: &Profiles,
    names: &[String],
    seen: &mut Vec<String>,
    found: &mut Vec<Finding>,
) {
    let update = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
    let version = match cli {
        None => return,
        Some(Cli::Absent) => {
            let what = "the AWS CLI is not on the PATH: `awsx aws` and the `aws` function can't run it; everything else works without it";
            found.push(Finding::new(checks::AWS_CLI_ABSENT, what).fix(update));
            return;
        }
        Some(Cli::Silent(why)) => {
            let what = format!("the AWS CLI doesn't say its version: {why}");
            found.push(Finding::new(checks::AWS_CLI_BROKEN, what).fix("try `aws --version`, and install it anew"));
            return;
        }
        Some(Cli::Version(version)) => version,
    };
    let shown = version.map(|part| part.to_string()).join(".");
    seen.push(format!("AWS CLI {shown}"));
    let needs = |key: &str| names.iter().find(|name| profiles.get(name).is_some_and(|profile| profile.has(key)));
    let old = if version < [2, 0, 0] {
        Some(
            "version 1, which AWS supports with security fixes only; it has no `aws sso login` and no `aws login`"
                .to_owned(),
        )
    } else if let Some(name) = needs("sso_session").filter(|_| version < [2, 9, 0]) {
        Some(format!("older than 2.9, which can't read the sso_session of {name}"))
    } else {
        needs("login_session")
            .filter(|_| version < [2, 32, 0])
            .map(|name| format!("older than 2.32, which can't sign in with the login_session of {name}"))
    };
    if let Some(old) = old {
        let what = format!("the AWS CLI is {shown}: {old}");
        found.push(Finding::new(checks::AWS_CLI_OLD, what).fix(format!("install version 2: {update}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_old_and_new() {
        let table = [
            ("aws-cli/2.32.1 Python/3.13.9 Linux/6.1 exe/x86_64.debian.12\n", Some([2, 32, 1])),
            ("aws-cli/1.46.3 Python/3.11.2 Linux/6.1 botocore/1.43.3", Some([1, 46, 3])),
            ("aws-cli/2.0.0dev0 Python/3.7", Some([2, 0, 0])),
            ("aws-cli/x", None),
            ("zsh: command not found", None),
            ("", None),
        ];
        for (printed, want) in table {
            assert_eq!(read(printed), want, "{printed}");
        }
    }
}
