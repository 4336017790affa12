//! What many commands print, line by line, and the progress below it.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::json;

use crate::base::columns;
use crate::base::error::Error;
use crate::base::terminal_text;

/// Clears the line that the cursor is in.
const CLEAR: &str = "\r\x1b[K";

/// Where a command has printed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What is in front of the lines of one profile.
#[derive(Debug, Clone)]
pub struct Label {
    /// The profile.
    pub name: String,
    /// Its colour as terminal attributes: `31`.
    pub color: String,
    /// How wide the longest name is.
    pub width: usize,
}

impl Label {
    fn before(&self, colors: bool) -> String {
        let name = terminal_text::line(&self.name);
        let blank = " ".repeat(self.width.saturating_sub(columns::width(&name)));
        if colors { format!("\x1b[{}m{name}{blank} |\x1b[0m ", self.color) } else { format!("{name}{blank} | ") }
    }
}

/// How it is to look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Colours on standard output.
    pub colors: bool,
    /// Colours on standard error.
    pub error_colors: bool,
    /// JSON instead of text for people.
    pub json: bool,
    /// Whether standard error is a terminal that can show progress.
    pub progress: bool,
}

/// Prints whole lines, each at once, whichever thread they come from.
///
/// Nobody may read them: a pager shows a page, or was stopped. Then [`Printer::line`] waits, and the command in the end.
/// Nothing else here does. Whoever calls it passes signals on, and must not wait for a reader, nor for a person.
pub struct Printer {
    look: Look,
    state: Mutex<State>,
    /// Tells that nothing is kept back any more.
    free: Condvar,
    /// The errors that have been told, each with the profile that it was first told of.
    told: Mutex<BTreeMap<String, String>>,
}

#[derive(Default)]
struct State {
    /// The progress that is on the screen, or will be when the line is printed.
    progress: String,
    /// Whether everything is kept back: a person is asked something, or a line is printed just now.
    held: bool,
    /// What is to be printed when it no longer is.
    later: VecDeque<(Stream, Vec<u8>)>,
}

impl State {
    fn print_later(&mut self) {
        while !self.held
            && let Some((stream, lines)) = self.later.pop_front_if(|(stream, _)| is_read(*stream))
        {
            print(stream, &lines, &self.progress, &self.progress);
        }
    }
}

/// Keeps everything back while it lives.
pub struct Hold<'a>(&'a Printer);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.held = false;
        state.print_later();
        self.0.free.notify_one();
    }
}

impl Printer {
    /// Nothing is printed yet.
    pub fn new(look: Look) -> Self {
        Printer { look, state: Mutex::default(), free: Condvar::new(), told: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps everything back, so that a person can be asked something. It waits for a line that is printed just now.
    pub fn hold(&self) -> Hold<'_> {
        let (hold, progress) = self.turn();
        if !progress.is_empty() {
            self.state().progress.clear();
            write(Stream::Err, CLEAR.as_bytes());
        }
        hold
    }

    /// Keeps everything back for whoever calls this; the progress that is on the screen.
    fn turn(&self) -> (Hold<'_>, String) {
        let free = self.free.wait_while(self.state(), |state| state.held);
        let mut state = free.unwrap_or_else(PoisonError::into_inner);
        state.held = true;
        (Hold(self), state.progress.clone())
    }

    /// Prints what was kept back, as far as somebody reads it; whether that was all.
    pub fn is_done(&self) -> bool {
        let mut state = self.state();
        state.print_later();
        state.later.is_empty()
    }

    /// A line that a command has printed.
    pub fn line(&self, label: &Label, stream: Stream, line: &[u8]) {
        if self.look.json {
            let name = if stream == Stream::Out { "stdout" } else { "stderr" };
            let line =
                json_line(&json!({"profile": label.name, "stream": name, "line": String::from_utf8_lossy(line)}));
            self.at_once(Stream::Out, &line);
            return;
        }
        let colors = if stream == Stream::Out { self.look.colors } else { self.look.error_colors };
        // A line with carriage returns is drawn several times over. Only the last state is printed: the others would
        // overwrite the name.
        let last = line.rsplit(|byte| *byte == b'\r').next().unwrap_or_default();
        self.at_once(stream, &[label.before(colors).as_bytes(), last, b"\n"].concat());
    }

    fn at_once(&self, stream: Stream, line: &[u8]) {
        let (_held, before) = self.turn();
        print(stream, line, &before, "");
        // It may be gone by now.
        let progress = self.state().progress.clone();
        write(Stream::Err, progress.as_bytes());
    }

    fn soon(&self, stream: Stream, lines: Vec<u8>) {
        self.state().later.push_back((stream, lines));
        self.is_done();
    }

    /// Why a command was not started. What has been said of another profile is not said again.
    pub fn error(&self, label: &Label, error: &Error) {
        if self.look.json {
            return;
        }
        let before = label.before(self.look.error_colors);
        let text = error.to_string();
        let first = {
            let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(text.clone()).or_insert_with(|| label.name.clone()).clone()
        };
        let told = if first == label.name { format!("awsx: {text}") } else { format!("awsx: as with {first}") };
        let lines: Vec<String> = told.lines().map(|line| format!("{before}{}\n", terminal_text::line(line))).collect();
        self.soon(Stream::Err, lines.concat().into_bytes());
    }

    /// The end of a command; only JSON tells it at once.
    pub fn ended(&self, label: &Label, status: u8, error: Option<&Error>) {
        if self.look.json {
            let error = error.map(Error::brief);
            self.soon(Stream::Out, json_line(&json!({"profile": label.name, "status": status, "error": error})));
        }
    }

    /// How far it is.
    pub fn progress(&self, done: usize, running: usize, of: usize) {
        if !self.look.progress || self.look.json {
            return;
        }
        let mut state = self.state();
        let text = format!("{done} of {of} done, {running} running");
        if !state.held && state.progress != text && is_read(Stream::Err) {
            write(Stream::Err, format!("{CLEAR}{text}").as_bytes());
            state.progress = text;
        }
    }

    /// Takes the progress off the screen.
    pub fn no_progress(&self) {
        let mut state = self.state();
        if !std::mem::take(&mut state.progress).is_empty() && !state.held && is_read(Stream::Err) {
            write(Stream::Err, CLEAR.as_bytes());
        }
    }
}

/// Whole lines; the progress goes out of their way.
fn print(stream: Stream, lines: &[u8], before: &str, after: &str) {
    if !before.is_empty() {
        write(Stream::Err, CLEAR.as_bytes());
    }
    write(stream, lines);
    if !after.is_empty() {
        write(Stream::Err, after.as_bytes());
    }
}

/// Whether a short write would not wait.
fn is_read(stream: Stream) -> bool {
    let (out, err) = (io::stdout(), io::stderr());
    let to: BorrowedFd = if stream == Stream::Out { out.as_fd() } else { err.as_fd() };
    poll(&mut [PollFd::new(to, PollFlags::POLLOUT)], PollTimeout::ZERO) != Ok(0)
}

fn json_line(value: &serde_json::Value) -> Vec<u8> {
    (terminal_text::json(value.to_string()) + "\n").into_bytes()
}

/// A reader that went away is no failure: the commands go on.
fn write(stream: Stream, bytes: &[u8]) {
    let _ = match stream {
        Stream::Out => {
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Stream::Err => io::stderr().lock().write_all(bytes),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_a_person_is_asked_or_nobody_reads_only_output_waits() {
        let printer = Printer::new(Look { progress: true, ..Look::default() });
        let label = Label { name: "a".into(), color: "31".into(), width: 1 };
        let hold = printer.hold();
        printer.progress(0, 1, 2);
        printer.error(&label, &Error::failed("x"));
        printer.no_progress();
        assert!(!printer.is_done() && printer.state().progress.is_empty());
        assert_eq!(printer.state().later.len(), 1);
        printer.state().later.clear();
        std::thread::scope(|scope| {
            let line = scope.spawn(|| drop(printer.turn()));
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert!(!line.is_finished());
            drop(hold);
        });
        assert!(printer.is_done());
    }

    #[test]
    fn labels_line_up() {
        let label = Label { name: "a\nb".into(), color: "31".into(), width: 5 };
        assert!(label.before(false).ends_with("  | "), "{:?}", label.before(false));
        assert!(!label.before(false).contains('\n'));
        assert!(label.before(true).starts_with("\x1b[31m") && label.before(true).ends_with(" |\x1b[0m "));
    }
}
