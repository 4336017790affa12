//! One command for many profiles, several at once.

mod printer;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, setsid};

use super::aside::{Aside, Here};
use super::exec;
use super::session_env::ChildEnv;
use crate::app::App;
use crate::base::env::Env;
use crate::base::error::{Error, LAUNCH_FAILED, Result};
use crate::base::signals::{self, ENDING, Watch};

pub use printer::{Label, Look, Printer, Stream};

/// A line longer than this is cut in two, so that a command that prints no line breaks needs no endless memory.
const LONGEST_LINE: u64 = 64 * 1024;
/// How often the wait for a command looks for a signal, and that for its output whether it has ended.
const LOOK: Duration = Duration::from_millis(100);
/// How long the output of a command that has ended is waited for, where a process that it has left holds it open.
const GRACE: Duration = Duration::from_millis(500);
/// As much as a pipe can hold, however slowly the lines go where they are printed to.
const LARGEST_PIPE: usize = 1024 * 1024;
/// From this signal on the commands are killed: they have had two chances to end by themselves.
const PATIENCE: usize = 3;

/// How the command of one profile ended.
#[derive(Debug)]
pub struct Outcome {
    /// The profile.
    pub profile: String,
    /// The command's status, 128 and the signal that ended it, or 125 to 127 if it wasn't started. `None` if it was
    /// never its turn.
    pub status: Option<u8>,
    /// Why it wasn't started.
    pub error: Option<Error>,
}

/// What is to be run.
pub struct Run<'a> {
    /// The program.
    pub program: &'a OsStr,
    /// Its arguments.
    pub args: &'a [OsString],
    /// The environment of awsx.
    pub env: &'a Env,
    /// How many at once.
    pub at_once: usize,
}

impl Run<'_> {
    /// Runs the command for each profile. `prepare` makes what makes the environments, on a thread of its own: one
    /// after the other, each when it is a command's turn. A signal reaches every command, and no further one is
    /// started.
    ///
    /// Each command has a session of its own, and so no terminal. Several can't share one: a command that asks there
    /// would be stopped, and awsx would wait for it. So it fails, and says why. Signals reach it through awsx, and just
    /// once.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the system allows no signal handler or no thread.
    pub fn for_each<M: FnMut(&str) -> Result<ChildEnv>>(
        &self,
        app: &App,
        labels: Vec<Label>,
        printer: &Arc<Printer>,
        prepare: impl FnOnce(Here) -> M + Send + 'static,
    ) -> Result<(Vec<Outcome>, Option<Signal>)> {
        let (tell, news) = mpsc::channel();
        let mut all = Children { running: BTreeMap::new(), news, outcomes: BTreeMap::new(), signals: 0, first: None };
        let watch = Watch::begin(&ENDING)?;
        signals::keep_statuses();
        let (ask, asked) = mpsc::channel::<String>();
        let answer = tell.clone();
        let sessions = Aside::start(app, move |here| {
            let mut make = prepare(here);
            for name in asked {
                let _ = answer.send(News::Made(make(&name)));
            }
        })?;
        let names: Vec<String> = labels.iter().map(|label| label.name.clone()).collect();
        let mut waiting = labels.into_iter().enumerate();
        let mut next = None;
        loop {
            all.see(&watch, &sessions);
            if all.first.is_some() && all.running.is_empty() {
                break;
            }
            if next.is_none() && all.running.len() < self.at_once && all.first.is_none() {
                next = waiting.next();
                let _ = next.as_ref().map(|(_, label)| ask.send(label.name.clone()));
            }
            if next.is_none() && all.running.is_empty() {
                break;
            }
            if let Some(made) = all.wait(printer)
                && let Some((at, label)) = next.take()
                && all.first.is_none()
            {
                match made.and_then(|env| self.start(&env)) {
                    Ok(child) => all.add(at, child, &label, printer, &tell),
                    Err(error) => {
                        printer.error(&label, &error);
                        printer.ended(&label, error.kind.launcher_status(), Some(&error));
                        all.outcomes.insert(at, (error.kind.launcher_status(), Some(error)));
                    }
                }
            }
            printer.progress(all.outcomes.len(), all.running.len(), names.len());
        }
        drop((ask, sessions));
        printer.no_progress();
        let outcome = |(at, profile)| {
            let (status, error) = all.outcomes.remove(&at).map_or((None, None), |(status, why)| (Some(status), why));
            Outcome { profile, status, error }
        };
        Ok((names.into_iter().enumerate().map(outcome).collect(), all.first))
    }

    fn start(&self, env: &ChildEnv) -> Result<Child> {
        let mut command = exec::command(self.program, self.args, env);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // SAFETY: between fork and exec only setsid(2) runs, which is async-signal-safe.
        unsafe {
            command.pre_exec(|| setsid().map(drop).map_err(io::Error::from));
        }
        command.spawn().map_err(|e| exec::explain(self.program, &e, self.env))
    }
}

/// What happens beside the main thread.
enum News {
    /// A command has ended.
    Ended(usize, io::Result<ExitStatus>),
    /// The environment for the next one is there, or can't be had.
    Made(Result<ChildEnv>),
}

/// The commands that run, and what became of the others.
struct Children {
    running: BTreeMap<usize, (Pid, Label)>,
    news: Receiver<News>,
    outcomes: BTreeMap<usize, (u8, Option<Error>)>,
    signals: usize,
    first: Option<Signal>,
}

impl Children {
    fn add(&mut self, at: usize, mut child: Child, label: &Label, printer: &Arc<Printer>, tell: &Sender<News>) {
        let pid = Pid::from_raw(child.id().cast_signed());
        self.running.insert(at, (pid, label.clone()));
        let over = Arc::new(AtomicBool::new(false));
        let reader = |pipe: Option<OwnedFd>, stream| {
            let (printer, label, over) = (printer.clone(), label.clone(), over.clone());
            thread::spawn(move || {
                let pipe = pipe.map(|pipe| Output::of(pipe, over));
                lines(pipe, |line| printer.line(&label, stream, line));
            })
        };
        let out = reader(child.stdout.take().map(OwnedFd::from), Stream::Out);
        let err = reader(child.stderr.take().map(OwnedFd::from), Stream::Err);
        let tell = tell.clone();
        thread::spawn(move || {
            let status = child.wait();
            over.store(true, Relaxed);
            // All that it printed is shown before its end is.
            let _ = (out.join(), err.join());
            let _ = tell.send(News::Ended(at, status));
        });
    }

    /// Passes a signal on.
    fn see(&mut self, watch: &Watch, sessions: &Aside) {
        while let Some(signal) = watch.take() {
            sessions.interrupt(signal);
            self.signals += 1;
            self.first = self.first.or(Some(signal));
            let signal = if self.signals < PATIENCE { signal } else { Signal::SIGKILL };
            for (pid, _) in self.running.values() {
                let _ = killpg(*pid, signal);
                // One that has stopped would not see it.
                let _ = killpg(*pid, Signal::SIGCONT);
            }
        }
    }

    /// Waits for news, but no longer than until it is time to look for a signal. The environment for the next command,
    /// if that is it.
    fn wait(&mut self, printer: &Printer) -> Option<Result<ChildEnv>> {
        let (at, status) = match self.news.recv_timeout(LOOK) {
            Ok(News::Ended(at, status)) => (at, status),
            Ok(News::Made(made)) => return Some(made),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        let (_, label) = self.running.remove(&at)?;
        let status = status.map_or(LAUNCH_FAILED, exec::status);
        printer.ended(&label, status, None);
        self.outcomes.insert(at, (status, None));
        None
    }
}

/// What a command prints. It ends when nobody can write to it any more, or some time after the command has ended: a
/// process that it leaves behind may keep the pipe open for ever.
struct Output {
    pipe: File,
    over: Arc<AtomicBool>,
    /// How long it is still waited for once the command has ended.
    wait: Duration,
    /// How many bytes are still read then.
    rest: usize,
}

impl Output {
    fn of(pipe: OwnedFd, over: Arc<AtomicBool>) -> Self {
        Output { pipe: pipe.into(), over, wait: GRACE, rest: LARGEST_PIPE }
    }
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let (over, begin) = (self.over.load(Relaxed), Instant::now());
            let limit = PollTimeout::try_from(LOOK.min(self.wait)).unwrap_or(PollTimeout::ZERO);
            let ready = match poll(&mut [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)], limit) {
                Ok(ready) => ready > 0,
                Err(nix::Error::EINTR) => false,
                Err(error) => return Err(error.into()),
            };
            if over {
                self.wait = self.wait.saturating_sub(begin.elapsed());
            }
            if self.rest == 0 || (!ready && self.wait.is_zero()) {
                return Ok(0);
            }
            if ready {
                let length = self.pipe.read(buffer)?;
                if over {
                    self.rest = self.rest.saturating_sub(length);
                }
                return Ok(length);
            }
        }
    }
}

/// Gives each line without its line break.
fn lines(from: Option<impl Read>, mut each: impl FnMut(&[u8])) {
    let Some(from) = from else { return };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let whole = line.strip_suffix(b"\n").unwrap_or(&line);
        each(whole.strip_suffix(b"\r").unwrap_or(whole));
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_not_endless() {
        let of = |text: Vec<u8>| {
            let mut all = Vec::new();
            lines(Some(io::Cursor::new(text)), |line| all.push(line.to_vec()));
            all
        };
        assert_eq!(of(b"a\r\n\nb\xff\nrest".to_vec()), [&b"a"[..], b"", b"b\xff", b"rest"]);
        let long = of(vec![b'x'; 150_000]);
        assert_eq!(long.iter().map(Vec::len).collect::<Vec<_>>(), [65_536, 65_536, 18_928]);
    }
}
