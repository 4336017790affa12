//! The last step: awsx becomes the command.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus};

use nix::sys::signal::Signal;

use crate::base::env::Env;
use crate::base::error::{Error, ErrorKind};
use crate::base::programs;
use crate::base::signals;
use crate::deliver::session_env::ChildEnv;

/// Replaces this process by `program`, found on the PATH as a shell finds it, with `env` laid over the environment.
/// Umask, limits and the signal mask stay as they are; SIGPIPE, which Rust's start-up code ignores, gets its default
/// action back.
///
/// Comes back only if that failed: [`ErrorKind::NotFound`] or [`ErrorKind::NotExecutable`].
pub fn exec(program: &OsStr, args: &[OsString], env: &ChildEnv, parent: &Env) -> Error {
    explain(program, &command(program, args, env).exec(), parent)
}

/// The program with `env` laid over the environment, ready to be started.
pub fn command(program: &OsStr, args: &[OsString], env: &ChildEnv) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    for name in &env.unset {
        command.env_remove(name);
    }
    for (name, value) in &env.set {
        command.env(&**name, value.expose());
    }
    command
}

/// The same for a program that awsx has chosen, which comes from an absolute folder of the PATH ([`programs::find`]).
pub fn exec_own(name: &str, args: &[OsString], env: &ChildEnv, parent: &Env) -> Error {
    match programs::find(parent, name) {
        Some(program) => exec(program.as_os_str(), args, env, parent),
        None => Error::new(ErrorKind::NotFound, format!("{name}: command not found"))
            .hint("check that it is installed, and in a folder that the PATH names in full"),
    }
}

/// A status as shells have it: 128 and the signal, if one has ended the program.
pub fn status(status: ExitStatus) -> u8 {
    let signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(signal).and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// Ends as a program has ended that ran in the place of awsx: by the same signal, or with its status.
pub fn end_as(status: ExitStatus) -> u8 {
    if let Some(signal) = status.signal().and_then(|signal| Signal::try_from(signal).ok()) {
        signals::end_by(signal);
    }
    self::status(status)
}

/// Why a program could not be started: [`ErrorKind::NotFound`] or [`ErrorKind::NotExecutable`].
pub fn explain(program: &OsStr, error: &io::Error, env: &Env) -> Error {
    let name = program.to_string_lossy();
    let there = find(program, env);
    if error.kind() == io::ErrorKind::NotFound && !there {
        let hint = if name.contains(char::is_whitespace) {
            "write the command and its arguments as separate words"
        } else if name.contains('/') {
            "check the path"
        } else {
            "check that it is installed and on the PATH; functions and aliases of a shell need that shell, as in: \
             -- bash -ic '…'"
        };
        return Error::new(ErrorKind::NotFound, format!("{name}: command not found")).hint(hint);
    }
    let (cause, hint) = match error.kind() {
        // The file is there, so it is the program after `#!`, or the loader, that is not.
        io::ErrorKind::NotFound => {
            ("the program that should run it is missing".to_owned(), "check its first line (#!)")
        }
        io::ErrorKind::ArgumentListTooLong => {
            (error.to_string(), "pass fewer or shorter arguments, or a smaller environment")
        }
        _ => (error.to_string(), "check that it is a program and that you may execute it (chmod +x)"),
    };
    Error::new(ErrorKind::NotExecutable, format!("{name}: can't be executed")).cause(cause).hint(hint)
}

/// Whether there is such a file, executable or not.
fn find(program: &OsStr, env: &Env) -> bool {
    if program.is_empty() {
        return false;
    }
    let path = Path::new(program);
    if path.components().count() > 1 || path.is_absolute() {
        return path.exists();
    }
    env.os("PATH").is_some_and(|dirs| std::env::split_paths(dirs).any(|dir| dir.join(program).exists()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn fails(program: &OsStr) -> Error {
        let path = std::env::var_os("PATH").unwrap_or_default();
        exec(program, &[], &ChildEnv::default(), &Env::from_iter([("PATH", path)]))
    }

    #[test]
    fn what_is_missing_is_127() {
        for name in ["", "awsx-no-such-command", "./no/such/file", "terraform plan"] {
            let error = fails(OsStr::new(name));
            assert_eq!((error.kind, error.kind.launcher_status()), (ErrorKind::NotFound, 127), "{name}");
            assert!(error.hint.is_some());
        }
    }

    #[test]
    fn what_cannot_run_is_126() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str, mode| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path.into_os_string()
        };
        let programs = [
            file("plain", "text", 0o644),
            file("orphan", "#!/no/such/interpreter\n", 0o755),
            dir.path().as_os_str().to_owned(),
        ];
        for program in programs {
            let error = fails(&program);
            assert_eq!(
                (error.kind, error.kind.launcher_status()),
                (ErrorKind::NotExecutable, 126),
                "{program:?} {error}"
            );
            assert!(error.cause.is_some() && error.hint.is_some());
        }
    }
}
