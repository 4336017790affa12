//! A program on a terminal of its own, for the dialogues of the demo.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::pty::{Winsize, openpty};

/// How long anything may take before the demo gives up, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(75);

/// A running program.
pub struct Pty {
    child: Child,
    terminal: File,
    output: Receiver<Vec<u8>>,
    seen: String,
    read: usize,
}

impl Pty {
    /// Starts a command on a terminal of 100×50, which is its controlling one.
    ///
    /// # Errors
    /// If there is no terminal to be had or the command can't be started.
    pub fn spawn(mut command: Command) -> io::Result<Self> {
        let size = Winsize { ws_row: 50, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None)?;
        // A program that held the other end of its own terminal would never see it go.
        fcntl(&pair.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        command.stdin(pair.slave.try_clone()?).stdout(pair.slave.try_clone()?).stderr(pair.slave.try_clone()?);
        command.env("TERM", "xterm-256color");
        let slave = pair.slave.as_raw_fd();
        // SAFETY: between fork and exec only setsid(2) and ioctl(2) run, which are async-signal-safe; the descriptor is
        // open until `pair` goes, after the fork.
        unsafe {
            command.pre_exec(move || {
                nix::unistd::setsid()?;
                nix::errno::Errno::result(libc::ioctl(slave, libc::TIOCSCTTY, 0))?;
                Ok(())
            });
        }
        let child = command.spawn()?;
        // While the command holds its descriptors of the terminal, the output has no end.
        drop(command);
        drop(pair.slave);
        let terminal = File::from(pair.master);
        let mut reader = terminal.try_clone()?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A terminal whose last user has gone answers with an error instead of an end.
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer.get(..count).unwrap_or_default().to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Pty { child, terminal, output, seen: String::new(), read: 0 })
    }

    /// Waits for `text` in what has not been expected yet; everything up to and with it.
    ///
    /// # Errors
    /// If it doesn't come, with everything that did.
    pub fn expect(&mut self, text: &str) -> Result<String, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let rest = self.seen.get(self.read..).unwrap_or_default();
            if let Some(at) = rest.find(text) {
                let found = rest.get(..at + text.len()).unwrap_or_default().to_owned();
                self.read += at + text.len();
                return Ok(found);
            }
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout) => return Err(format!("waited in vain for {text:?}: {}", self.seen)),
                Err(RecvTimeoutError::Disconnected) => return Err(format!("ended before {text:?}: {}", self.seen)),
            }
        }
    }

    /// Types a line.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn send_line(&mut self, line: &str) -> Result<(), String> {
        self.terminal.write_all(format!("{line}\r").as_bytes()).map_err(|e| e.to_string())
    }

    /// Waits for the end; exit status (−1 for a signal) and everything that was written.
    ///
    /// # Errors
    /// If it doesn't end.
    pub fn wait(mut self) -> Result<(i32, String), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => return Err(format!("it does not end: {}", self.seen)),
            }
        }
        let status = self.child.wait().map_err(|e| e.to_string())?;
        Ok((status.code().unwrap_or(-1), std::mem::take(&mut self.seen)))
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
