//! awsx as the parent of a command: it stays until the command ends, and passes signals on.

use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::{Pid, getpgrp, tcgetpgrp};

use crate::base::error::{Error, Result};
use crate::base::signals::{self, Watch};

/// What is passed on. Of the terminal's own signals the command has a copy already.
const PASSED_ON: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2];
/// Ends a wait of the main thread when the command has ended. awsx uses no alarms.
const ENDED: Signal = Signal::SIGALRM;

/// Runs a command to its end and gives its status. `meanwhile` is called at once and then each time the seconds that
/// it has returned are over. A question that it asks ends when the command does.
///
/// # Errors
/// `explain` makes one if the command can't be started; [`crate::base::error::ErrorKind::Failed`] if the system
/// allows no signal handler.
pub fn run(
    mut command: Command,
    explain: impl FnOnce(&std::io::Error) -> Error,
    mut meanwhile: impl FnMut() -> u32,
) -> Result<ExitStatus> {
    let watched = [&PASSED_ON[..], &[ENDED]].concat();
    let watch = Watch::begin(&watched)?;
    let mut child = command.spawn().map_err(|e| explain(&e))?;
    let pid = Pid::from_raw(child.id().cast_signed());
    let (tell, ended) = mpsc::channel();
    let waiting = thread::spawn(move || {
        let _ = tell.send(child.wait());
        let _ = raise(ENDED);
    });
    loop {
        if let Ok(status) = ended.try_recv() {
            // Its signal would end awsx once nothing watches for it.
            let _ = waiting.join();
            return status.map_err(|e| Error::failed("the command's status is lost").cause(e));
        }
        if let Some(signal) = watch.take() {
            if signal != ENDED && !is_from_terminal(signal) {
                let _ = kill(pid, signal);
            }
            continue;
        }
        signals::pause(Duration::from_secs(meanwhile().into()));
    }
}

/// Whether the terminal has sent this signal, to the command as well: it sends to all that is in its foreground.
fn is_from_terminal(signal: Signal) -> bool {
    let terminal = std::fs::File::open("/dev/tty");
    matches!(signal, Signal::SIGINT | Signal::SIGQUIT)
        && terminal.is_ok_and(|terminal| tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
}
