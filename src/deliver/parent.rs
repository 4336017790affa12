//! awsx as the parent of a command: it stays until the command ends, passes signals on, and stops when the command does.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, killpg, pthread_sigmask};
use nix::unistd::{Pid, getpgid, getpgrp, tcgetpgrp, tcsetpgrp};

use super::aside;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::signals::{self, ENDING, Watch};
use crate::base::subprocess::{self, Change};
use crate::cli::SessionArgs;
use crate::profile::Profiles;

/// What is passed on. Of the terminal's own signals the command has a copy already.
const PASSED_ON: [Signal; 7] = [
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    // Of an alarm that was set before awsx was started, and that the command would have had in its place.
    Signal::SIGALRM,
];
/// The longest wait. A signal ends it.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// How long awsx waits after a stop before it stops too. Ctrl-Z and `fg` reach the processes of a job one after the other,
/// so the command may go on at once.
const SETTLED: Duration = Duration::from_millis(20);

/// A command that awsx is to be the parent of, and the session that it gets.
pub struct Job<'a> {
    /// Where it is wanted.
    pub app: &'a App,
    /// The AWS files.
    pub profiles: &'a Profiles,
    /// Whose session.
    pub profile: &'a str,
    /// How that is got.
    pub args: &'a SessionArgs,
    /// The program.
    pub program: &'a OsStr,
}

/// The end of a command.
pub struct End {
    /// Its status.
    pub status: ExitStatus,
    /// Whether it was stopped for a time.
    pub stopped: bool,
}

/// Runs a command to its end. `noted` hears of each signal that is to end it.
///
/// # Errors
/// `explain` makes one if the command can't be started; [`crate::base::error::ErrorKind::Failed`] if the system
/// allows no signal handler.
pub fn run(
    mut command: Command,
    explain: impl FnOnce(&std::io::Error) -> Error,
    noted: impl Fn(Signal),
) -> Result<End> {
    let watch = Watch::begin(&PASSED_ON)?;
    signals::keep_statuses();
    // No signal tells of a change: whatever started awsx may have blocked it, or have it ignored.
    let (told, telling) = io::pipe().map_err(|e| Error::failed("the system allows no pipe").cause(e))?;
    let (tell, changes) = mpsc::channel();
    let (name, named) = mpsc::channel();
    // Before the command, which nobody would wait for if the system allowed no thread.
    let waits = move || named.recv().map_or((), |pid| wait(pid, &tell, telling));
    aside::spawn("command", waits)?;
    let mut child = command.spawn().map_err(|e| explain(&e))?;
    let pid = Pid::from_raw(child.id().cast_signed());
    let _ = name.send(pid);
    let take = || {
        let change = changes.try_recv().ok()?;
        let _ = (&told).read_exact(&mut [0]);
        Some(change)
    };
    let mut stopped = false;
    loop {
        while let Some(signal) = watch.take() {
            if ENDING.contains(&signal) {
                noted(signal);
            }
            if !is_from_terminal(signal) {
                let _ = kill(pid, signal);
            }
        }
        let mut change = take();
        if change == Some(Change::Stopped) {
            thread::sleep(SETTLED);
            change = take().or(change);
        }
        match change {
            Some(Change::Ended) => {
                // Only now is its number free: no signal went to another process.
                let status = child.wait().map_err(|e| Error::failed("the command's status is lost").cause(e))?;
                return Ok(End { status, stopped });
            }
            Some(Change::Stopped) => {
                stopped = true;
                stop_with(pid);
            }
            Some(Change::Continued) => {}
            None => signals::pause_until(Some(told.as_fd()), LONGEST_WAIT),
        }
    }
}

/// Tells what becomes of the command, until it has ended: each change is sent, and is a byte in the pipe.
fn wait(pid: Pid, tell: &Sender<Change>, mut telling: PipeWriter) {
    loop {
        // Where nothing can be learnt of it, the wait for its status says why.
        let change = subprocess::change(pid).unwrap_or(Change::Ended);
        let _ = tell.send(change);
        let _ = telling.write_all(&[0]);
        if change == Change::Ended {
            return;
        }
    }
}

/// The command has stopped, so awsx stops as well: then the shell that has started awsx takes the terminal back. When
/// that shell continues awsx (`fg`), the command has what it had before, and goes on.
fn stop_with(pid: Pid) {
    let Ok(terminal) = File::open("/dev/tty") else { return };
    let Ok(group) = getpgid(Some(pid)) else { return };
    let had_terminal = tcgetpgrp(&terminal) == Ok(group);
    // All of the job, as Ctrl-Z does it; and as with Ctrl-Z nothing stops where no shell could continue it.
    let _ = killpg(getpgrp(), Signal::SIGTSTP);
    if had_terminal && tcgetpgrp(&terminal) == Ok(getpgrp()) {
        let _ = give(&terminal, group);
    }
    let _ = killpg(group, Signal::SIGCONT);
}

/// Makes a group the one in the terminal's foreground. Whoever does that from the background is stopped, unless it
/// blocks the signal.
fn give(terminal: &File, group: Pid) -> nix::Result<()> {
    let mut before = SigSet::empty();
    let blocked = SigSet::from_iter([Signal::SIGTTOU]);
    pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&blocked), Some(&mut before))?;
    let given = tcsetpgrp(terminal, group);
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None)?;
    given
}

/// Whether the terminal has sent this signal, to the command as well: it sends to all that is in its foreground.
fn is_from_terminal(signal: Signal) -> bool {
    let terminal = File::open("/dev/tty");
    matches!(signal, Signal::SIGINT | Signal::SIGQUIT)
        && terminal.is_ok_and(|terminal| tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
}
