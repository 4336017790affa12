//! A process that runs beside a test and ends with it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::PATIENCE;

/// A process with all its descendants. It is killed when this value goes, and also when the whole test run dies without
/// a chance to clean up: a shell in front of it waits for the end of a pipe that only this process holds.
pub struct Background {
    watcher: Child,
    lines: Mutex<Receiver<String>>,
    complaints: Arc<Mutex<String>>,
}

impl Background {
    /// Starts it. Its standard input is empty, its standard error is shown if it fails the test.
    pub fn spawn(command: &Command) -> Background {
        let mut watcher = Command::new("/bin/sh");
        watcher.args(["-c", r#""$@" </dev/null & read -r _; kill -KILL 0"#, "sh"]);
        watcher.arg(command.get_program()).args(command.get_args());
        watcher.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            watcher.current_dir(folder);
        }
        super::env::detach(&mut watcher);
        watcher.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut watcher = watcher.spawn().expect("starts");
        let (sender, lines) = channel();
        // Nobody may listen any more; reading on keeps the process from blocking on a full pipe.
        each_line(watcher.stdout.take().expect("piped"), move |line| drop(sender.send(line)));
        let complaints = Arc::new(Mutex::new(String::new()));
        let collected = Arc::clone(&complaints);
        each_line(watcher.stderr.take().expect("piped"), move |line| {
            let mut all = collected.lock().unwrap_or_else(PoisonError::into_inner);
            all.push_str(&line);
            all.push('\n');
        });
        Background { watcher, lines: Mutex::new(lines), complaints }
    }

    /// The next line of its standard output.
    #[track_caller]
    pub fn line(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line of output, but:\n{}", self.complaints()))
    }

    /// What it has written to standard error so far.
    pub fn complaints(&self) -> String {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.watcher.try_wait(), Ok(None))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.watcher.id()) {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = self.watcher.wait();
    }
}

fn each_line(from: impl Read + Send + 'static, mut take: impl FnMut(String) + Send + 'static) {
    std::thread::spawn(move || BufReader::new(from).lines().map_while(Result::ok).for_each(&mut take));
}
