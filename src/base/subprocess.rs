//! Runs a program for what it prints, with a time limit; and waits for what becomes of one.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;
use zeroize::Zeroizing;

use crate::base::env::Env;
use crate::base::saved_env::SavedEnv;
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

/// The environment of a program that awsx starts for itself: all of `env` but [`vars::SECRETS`]. In a shell whose shims
/// alone get credentials such a program finds what it finds outside: it may be what the session starts from.
pub fn environment(command: &mut Command, env: &Env) {
    command.env_clear().envs(env.iter().filter(|(name, _)| !vars::SECRETS.iter().any(|secret| name == secret)));
    let outer = SavedEnv::of(env);
    for name in [vars::AWS_PROFILE, vars::AWS_EC2_METADATA_DISABLED] {
        match outer.before(name) {
            Some(Some(own)) => command.env(name, own),
            Some(None) => command.env_remove(name),
            None => continue,
        };
    }
}

/// What has become of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It has ended. Its number is not given to another process before somebody waits for its status.
    Ended,
    /// A signal has stopped it.
    Stopped,
    /// It goes on.
    Continued,
}

/// Waits for the next change of a child. Its end stays to be waited for. So whoever does that can still send it signals
/// without the danger of another process getting them.
///
/// # Errors
/// What the system says: that there is no such child, for one.
pub fn change(pid: Pid) -> io::Result<Change> {
    let changes = libc::WSTOPPED | libc::WCONTINUED;
    loop {
        let seen = wait_id(pid, changes | libc::WEXITED | libc::WNOWAIT)?;
        if [libc::CLD_EXITED, libc::CLD_KILLED, libc::CLD_DUMPED].contains(&seen) {
            return Ok(Change::Ended);
        }
        // Taken, so that it is not told again. It is the latest change that counts, or it may have ended meanwhile.
        match wait_id(pid, changes | libc::WNOHANG)? {
            libc::CLD_STOPPED | libc::CLD_TRAPPED => return Ok(Change::Stopped),
            libc::CLD_CONTINUED => return Ok(Change::Continued),
            _ => {}
        }
    }
}

/// waitid(2), which nix doesn't have on every system; what has happened (`si_code`).
fn wait_id(pid: Pid, options: libc::c_int) -> nix::Result<libc::c_int> {
    loop {
        // SAFETY: a siginfo_t of zeros is a valid one, and says that nothing has happened.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is good for the call.
        let waited = unsafe { libc::waitid(libc::P_PID, pid.as_raw().cast_unsigned(), &raw mut info, options) };
        match Errno::result(waited) {
            Err(Errno::EINTR) => {}
            waited => return waited.map(|_| info.si_code),
        }
    }
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
    fn a_child_that_has_ended_stays_there_until_somebody_waits_for_it() {
        use nix::sys::signal::{Signal, kill};

        let mut child = Command::new("/bin/sh").args(["-c", "kill -STOP $$; exit 3"]).spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed());
        assert_eq!(change(pid).unwrap(), Change::Stopped);
        kill(pid, Signal::SIGCONT).unwrap();
        assert_eq!(change(pid).unwrap(), Change::Continued);
        assert_eq!([change(pid).unwrap(), change(pid).unwrap()], [Change::Ended; 2]);
        kill(pid, None).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(3));
        assert!(change(pid).is_err() && kill(pid, None).is_err());
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
