//! Runs a program for what it prints, with a time limit.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use zeroize::Zeroizing;

use crate::base::env::Env;
use crate::base::signals;
use crate::base::vars;

/// The longest answer that is read, in bytes. Programs print a code, a line or a session here. AWS states no maximum
/// for the length of a session token.
const LONGEST: usize = 64 * 1024;

/// As [`output_with`], without a standard input.
///
/// # Errors
/// The same.
pub fn output(command: &mut Command, limit: Duration) -> io::Result<(ExitStatus, Zeroizing<String>)> {
    output_with(command, Stdio::null(), limit)
}

/// Runs it to its end and gives what it printed, which may be a secret. Its standard error is where `command` says.
/// Ctrl-C reaches it as it reaches awsx.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] after `limit` (the program is then killed); [`io::ErrorKind::InvalidData`] if it prints
/// more than 64 KiB or something that is not text; else what the system says.
pub fn output_with(
    command: &mut Command,
    stdin: Stdio,
    limit: Duration,
) -> io::Result<(ExitStatus, Zeroizing<String>)> {
    let end = Instant::now() + limit;
    signals::keep_statuses();
    let mut child = command.stdin(stdin).stdout(Stdio::piped()).spawn()?;
    let finished = read(&mut child, end).and_then(|printed| Ok((wait(&mut child, end)?, printed)));
    if finished.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    finished
}

/// Runs a program that reads `input`, a short one, and prints nothing; it may leave a process behind that goes on. Its
/// standard error goes nowhere.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] after `limit` (the program is then killed); else what the system says.
pub fn feed(command: &mut Command, input: &[u8], limit: Duration) -> io::Result<ExitStatus> {
    let end = Instant::now() + limit;
    signals::keep_statuses();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    // A program that doesn't read it says more with its status.
    let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input));
    let ended = wait(&mut child, end);
    if ended.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    ended
}

/// The environment of a program that awsx starts for itself: all of `env` but [`vars::SECRETS`].
pub fn environment(command: &mut Command, env: &Env) {
    command.env_clear().envs(env.iter().filter(|(name, _)| !vars::SECRETS.iter().any(|secret| name == secret)));
}

fn read(child: &mut Child, end: Instant) -> io::Result<Zeroizing<String>> {
    let mut stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    // Allocated once: a buffer that grows leaves unwiped copies behind.
    let mut buffer = Zeroizing::new(vec![0; LONGEST]);
    let mut length = 0;
    loop {
        let left = PollTimeout::try_from(end.saturating_duration_since(Instant::now())).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)], left) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => {}
            Err(nix::Error::EINTR) => continue,
            Err(error) => return Err(error.into()),
        }
        match stdout.read(buffer.get_mut(length..).unwrap_or_default())? {
            0 if length == LONGEST => return Err(io::ErrorKind::InvalidData.into()),
            0 => break,
            more => length += more,
        }
    }
    let printed = std::str::from_utf8(buffer.get(..length).unwrap_or_default());
    printed.map(|text| Zeroizing::new(text.to_owned())).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn wait(child: &mut Child, end: Instant) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);
    const SHORT: Duration = Duration::from_millis(300);

    fn sh(script: &str, limit: Duration) -> io::Result<(ExitStatus, Zeroizing<String>)> {
        output(Command::new("/bin/sh").args(["-c", script]), limit)
    }

    #[test]
    fn gives_output_and_status() {
        let (status, printed) = sh("printf 12; cat; printf 34; exit 3", LONG).unwrap();
        assert_eq!((status.code(), printed.as_str()), (Some(3), "1234"));
    }

    #[test]
    fn waits_no_longer_than_told() {
        for script in ["exec sleep 600", "exec >&-; exec sleep 600", "sleep 3 & exit 0"] {
            assert_eq!(sh(script, SHORT).unwrap_err().kind(), io::ErrorKind::TimedOut, "{script}");
        }
    }

    #[test]
    fn feeds_a_program_and_leaves_what_it_leaves() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = |script: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script, "sh"]).arg(file.path());
            command
        };
        let status = feed(&mut script("cat >$1; sleep 1 & exit 3"), b"text", LONG).unwrap();
        assert_eq!((status.code(), std::fs::read_to_string(file.path()).unwrap().as_str()), (Some(3), "text"));
        assert!(feed(&mut script("exec <&-"), &[b'x'; 8192], LONG).unwrap().success());
        assert_eq!(feed(&mut script("exec sleep 600"), b"", SHORT).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn refuses_floods_and_what_is_no_text() {
        for script in ["yes", "printf '\\377'"] {
            assert_eq!(sh(script, LONG).unwrap_err().kind(), io::ErrorKind::InvalidData, "{script}");
        }
        assert_eq!(output(&mut Command::new("/does/not/exist"), LONG).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn codes_and_passphrases_stay_here() {
        let env: Env =
            [("PATH", "/usr/bin:/bin"), ("KEPT", "yes"), ("AWSX_MFA_CODE", "1"), ("AWSX_FILE_PASSPHRASE", "2")]
                .into_iter()
                .collect();
        let mut command = Command::new("/usr/bin/env");
        environment(&mut command, &env);
        let (_, printed) = output(&mut command, LONG).unwrap();
        assert_eq!(printed.as_str(), "KEPT=yes\nPATH=/usr/bin:/bin\n");
    }
}
