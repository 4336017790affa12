//! A program on a terminal of its own, for dialogues line by line. For what a screen shows, see [`super::Tmux`].

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;

use super::{PATIENCE, TestEnv, env::exit_status, wait_for};

/// A session with a terminal of 80×24 as its controlling terminal.
pub struct Pty {
    child: Child,
    terminal: File,
    output: Arc<(Mutex<Output>, Condvar)>,
    read: usize,
}

#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    closed: bool,
}

impl TestEnv {
    /// Runs `awsx` on a terminal.
    pub fn pty(&self, args: &[&str]) -> Pty {
        let mut command = self.command(env!("CARGO_BIN_EXE_awsx"));
        command.args(args);
        Pty::spawn(command)
    }
}

impl Pty {
    /// Starts a command with the terminal as standard input, output and error; those that `command` has set to
    /// something else already can be kept with [`Pty::spawn_with`].
    pub fn spawn(command: Command) -> Pty {
        Pty::spawn_with(command, [true; 3])
    }

    /// Starts a command on a terminal. `attach` says which of standard input, output and error are that terminal.
    pub fn spawn_with(mut command: Command, attach: [bool; 3]) -> Pty {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None).expect("a terminal");
        // Close-on-exec: a program that inherits the other end of a terminal keeps it open.
        fcntl(&pair.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("our descriptor");
        let [stdin, stdout, stderr] = attach;
        let slave = || Stdio::from(pair.slave.try_clone().expect("a descriptor"));
        if stdin {
            command.stdin(slave());
        }
        if stdout {
            command.stdout(slave());
        }
        if stderr {
            command.stderr(slave());
        }
        if command.get_envs().all(|(name, _)| name != "TERM") {
            command.env("TERM", "xterm-256color");
        }
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
        let child = command.spawn().expect("starts");
        // The command holds descriptors of the terminal; while they are open the output has no end.
        drop(command);
        drop(pair.slave);
        let terminal = File::from(pair.master);
        let output = Arc::default();
        read(terminal.try_clone().expect("a descriptor"), Arc::clone(&output));
        Pty { child, terminal, output, read: 0 }
    }

    /// Waits for `text` in the output after the last match; returns the output up to and with it.
    ///
    /// # Panics
    /// If it doesn't come, with everything that did.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.output;
        let mut output = lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let rest = output.bytes.get(self.read..).unwrap_or_default();
            if let Some(at) = rest.windows(text.len()).position(|window| window == text.as_bytes()) {
                let end = at + text.len();
                self.read += end;
                return String::from_utf8_lossy(&rest[..end]).into_owned();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !output.closed && !left.is_zero(),
                "no {text:?} after {:?}; all of it: {:?}",
                String::from_utf8_lossy(rest),
                String::from_utf8_lossy(&output.bytes)
            );
            output = changed.wait_timeout(output, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Types something.
    pub fn send(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).expect("the terminal");
    }

    /// Types a line.
    pub fn send_line(&mut self, text: &str) {
        self.send(&format!("{text}\r"));
    }

    /// Everything it has written so far.
    pub fn text(&self) -> String {
        let output = self.output.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&output.bytes).into_owned()
    }

    /// Whether the terminal shows what is typed.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.terminal).is_ok_and(|settings| settings.local_flags.contains(LocalFlags::ECHO))
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("our child");
    }

    /// Waits for the end: the status as a shell shows it, and everything it wrote.
    #[track_caller]
    pub fn wait(mut self) -> (i32, String) {
        let status = wait_for("the end of a program on a terminal", || self.child.try_wait().expect("our child"));
        let (lock, changed) = &*self.output;
        let mut output = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let deadline = Instant::now() + PATIENCE;
        while !output.closed && Instant::now() < deadline {
            output = changed.wait_timeout(output, PATIENCE).unwrap_or_else(PoisonError::into_inner).0;
        }
        let text = String::from_utf8_lossy(&output.bytes).into_owned();
        drop(output);
        (exit_status(status), text)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"))
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = killpg(self.pid(), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

fn read(mut terminal: File, output: Arc<(Mutex<Output>, Condvar)>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            // A terminal whose last user has gone answers with an error (EIO) instead of an end.
            let read = terminal.read(&mut buffer).unwrap_or(0);
            let (lock, changed) = &*output;
            let mut output = lock.lock().unwrap_or_else(PoisonError::into_inner);
            output.bytes.extend_from_slice(&buffer[..read]);
            output.closed = read == 0;
            changed.notify_all();
            if read == 0 {
                return;
            }
        }
    });
}
