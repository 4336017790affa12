//! One command for many profiles, several at once.

mod printer;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, getppid, setsid};

use super::aside::{self, Aside, Here};
use super::exec;
use super::session_env::ChildEnv;
use crate::app::App;
use crate::base::env::Env;
use crate::base::error::{Error, LAUNCH_FAILED, Result};
use crate::base::signals::{self, ENDING, Watch};
use crate::base::subprocess::{self, Change};

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
    /// once; Ctrl-Z stops all of them, and `fg` continues them.
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
        let [int, quit, term, hup] = ENDING;
        let watch = Watch::begin(&[int, quit, term, hup, Signal::SIGTSTP])?;
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
            all.see(&watch, &sessions, printer);
            if all.first.is_some() && all.running.is_empty() {
                break;
            }
            if next.is_none() && all.running.len() < self.at_once && all.first.is_none() {
                next = waiting.next();
                let _ = next.as_ref().map(|(_, label)| ask.send(label.name.clone()));
            }
            if next.is_none() && all.running.is_empty() && printer.is_done() {
                break;
            }
            if let Some(made) = all.wait(printer)
                && let Some((at, label)) = next.take()
                && all.first.is_none()
            {
                match made.and_then(|env| self.start(at, &env, &label, printer, &tell)) {
                    Ok(child) => drop(all.running.insert(at, (child, label))),
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

    /// Starts the command, and the threads that wait for its end and for what it prints.
    fn start(
        &self,
        at: usize,
        env: &ChildEnv,
        label: &Label,
        printer: &Arc<Printer>,
        tell: &Sender<News>,
    ) -> Result<Child> {
        let mut command = exec::command(self.program, self.args, env);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let awsx = Pid::this();
        // SAFETY: between fork and exec only setsid(2), prctl(2) and getppid(2) run, which are async-signal-safe.
        unsafe {
            command.pre_exec(move || setsid().map_err(io::Error::from).and_then(|_| end_with(awsx)));
        }
        // The threads come first: nobody would wait for the command if the system allowed none.
        let over = Arc::new(AtomicBool::new(false));
        let (out, reads_out) = reader(Stream::Out, label, printer, &over)?;
        let (err, reads_err) = reader(Stream::Err, label, printer, &over)?;
        let (name, named) = mpsc::channel();
        let tell = tell.clone();
        aside::spawn("command", move || {
            let Ok(pid) = named.recv() else { return };
            while subprocess::change(pid).is_ok_and(|change| change != Change::Ended) {}
            over.store(true, Relaxed);
            // All that it printed is shown before its end is.
            let _ = (reads_out.join(), reads_err.join());
            let _ = tell.send(News::Ended(at));
        })?;
        let mut child = command.spawn().map_err(|e| exec::explain(self.program, &e, self.env))?;
        let _ = child.stdout.take().map(|pipe| out.send(pipe.into()));
        let _ = child.stderr.take().map(|pipe| err.send(pipe.into()));
        let _ = name.send(pid(&child));
        Ok(child)
    }
}

/// A thread that shows what comes out of the pipe that it is given.
fn reader(
    stream: Stream,
    label: &Label,
    printer: &Arc<Printer>,
    over: &Arc<AtomicBool>,
) -> Result<(Sender<OwnedFd>, JoinHandle<()>)> {
    let (give, given) = mpsc::channel();
    let (label, printer, over) = (label.clone(), printer.clone(), over.clone());
    let thread = aside::spawn("output", move || {
        if let Ok(pipe) = given.recv() {
            lines(Output::of(pipe, over), |line| printer.line(&label, stream, line));
        }
    })?;
    Ok((give, thread))
}

/// Lets the command that calls this end when awsx is killed: nobody would see what it prints, or stop it. The system ties
/// that to the thread that has started the command, which is the main one. Only Linux has it.
fn end_with(awsx: Pid) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
    // Killed before that.
    if getppid() == awsx { Ok(()) } else { Err(nix::Error::ESRCH.into()) }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// What happens beside the main thread.
enum News {
    /// A command has ended. Its status is still to be waited for.
    Ended(usize),
    /// The environment for the next one is there, or can't be had.
    Made(Result<ChildEnv>),
}

/// The commands that run, and what became of the others.
struct Children {
    running: BTreeMap<usize, (Child, Label)>,
    news: Receiver<News>,
    outcomes: BTreeMap<usize, (u8, Option<Error>)>,
    signals: usize,
    first: Option<Signal>,
}

impl Children {
    /// Passes a signal on.
    fn see(&mut self, watch: &Watch, sessions: &Aside, printer: &Printer) {
        while let Some(signal) = watch.take() {
            if signal == Signal::SIGTSTP {
                self.stop(printer);
                continue;
            }
            sessions.interrupt(signal);
            self.signals += 1;
            self.first = self.first.or(Some(signal));
            self.send(if self.signals < PATIENCE { signal } else { Signal::SIGKILL });
            // One that has stopped would not see it.
            self.send(Signal::SIGCONT);
        }
    }

    /// Stops the commands and awsx, until the shell continues awsx. SIGTSTP would do nothing to a command: no shell is in
    /// its session.
    fn stop(&self, printer: &Printer) {
        printer.no_progress();
        self.send(Signal::SIGSTOP);
        signals::stop();
        self.send(Signal::SIGCONT);
    }

    /// Sends a signal to every command with all that it has started. None of them has been waited for, so their numbers
    /// are their own.
    fn send(&self, signal: Signal) {
        for (child, _) in self.running.values() {
            let _ = killpg(pid(child), signal);
        }
    }

    /// Waits for news, but no longer than until it is time to look for a signal. The environment for the next command,
    /// if that is it.
    fn wait(&mut self, printer: &Printer) -> Option<Result<ChildEnv>> {
        let at = match self.news.recv_timeout(LOOK) {
            Ok(News::Ended(at)) => at,
            Ok(News::Made(made)) => return Some(made),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        let (mut child, label) = self.running.remove(&at)?;
        let status = child.wait().map_or(LAUNCH_FAILED, exec::status);
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
fn lines(from: impl Read, mut each: impl FnMut(&[u8])) {
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
            lines(io::Cursor::new(text), |line| all.push(line.to_vec()));
            all
        };
        assert_eq!(of(b"a\r\n\nb\xff\nrest".to_vec()), [&b"a"[..], b"", b"b\xff", b"rest"]);
        let long = of(vec![b'x'; 150_000]);
        assert_eq!(long.iter().map(Vec::len).collect::<Vec<_>>(), [65_536, 65_536, 18_928]);
    }
}
