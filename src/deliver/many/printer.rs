//! What many commands print, line by line, and the progress below it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

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
    /// The progress that is on the screen now.
    progress: String,
    /// Whether everything is kept back.
    held: bool,
    /// What is to be printed when it no longer is.
    later: Vec<(Stream, Vec<u8>)>,
}

/// Keeps everything back while it lives.
pub struct Hold<'a>(&'a Printer);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.held = false;
        for (stream, lines) in std::mem::take(&mut state.later) {
            write(stream, &lines);
        }
        self.0.free.notify_all();
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

    /// Keeps everything back, so that a person can be asked something. Only what commands print waits for the end of that:
    /// whoever passes signals on must not wait for a person.
    pub fn hold(&self) -> Hold<'_> {
        self.no_progress();
        self.state().held = true;
        Hold(self)
    }

    /// A line that a command has printed. It waits while everything is kept back, and so does the command in the end.
    pub fn line(&self, label: &Label, stream: Stream, line: &[u8]) {
        if self.look.json {
            let name = if stream == Stream::Out { "stdout" } else { "stderr" };
            let line =
                json_line(&json!({"profile": label.name, "stream": name, "line": String::from_utf8_lossy(line)}));
            print(self.when_free(), Stream::Out, &line);
            return;
        }
        let colors = if stream == Stream::Out { self.look.colors } else { self.look.error_colors };
        // A line with carriage returns is drawn several times over. Only the last state is printed: the others would
        // overwrite the name.
        let last = line.rsplit(|byte| *byte == b'\r').next().unwrap_or_default();
        print(self.when_free(), stream, &[label.before(colors).as_bytes(), last, b"\n"].concat());
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
        print(self.state(), Stream::Err, lines.concat().as_bytes());
    }

    /// The end of a command; only JSON tells it at once.
    pub fn ended(&self, label: &Label, status: u8, error: Option<&Error>) {
        if self.look.json {
            let error = error.map(Error::brief);
            let line = json_line(&json!({"profile": label.name, "status": status, "error": error}));
            print(self.state(), Stream::Out, &line);
        }
    }

    /// How far it is.
    pub fn progress(&self, done: usize, running: usize, of: usize) {
        if !self.look.progress || self.look.json {
            return;
        }
        let mut state = self.state();
        let text = format!("{done} of {of} done, {running} running");
        if !state.held && state.progress != text {
            write(Stream::Err, format!("{CLEAR}{text}").as_bytes());
            state.progress = text;
        }
    }

    /// Takes the progress off the screen.
    pub fn no_progress(&self) {
        if !std::mem::take(&mut self.state().progress).is_empty() {
            write(Stream::Err, CLEAR.as_bytes());
        }
    }

    fn when_free(&self) -> MutexGuard<'_, State> {
        self.free.wait_while(self.state(), |state| state.held).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole lines; the progress goes out of their way.
fn print(mut state: MutexGuard<'_, State>, stream: Stream, lines: &[u8]) {
    if state.held {
        state.later.push((stream, lines.to_vec()));
        return;
    }
    if !state.progress.is_empty() {
        write(Stream::Err, CLEAR.as_bytes());
    }
    write(stream, lines);
    if !state.progress.is_empty() {
        write(Stream::Err, state.progress.as_bytes());
    }
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
    fn while_a_person_is_asked_only_output_waits() {
        let printer = Printer::new(Look { progress: true, ..Look::default() });
        let label = Label { name: "a".into(), color: "31".into(), width: 1 };
        let hold = printer.hold();
        printer.progress(0, 1, 2);
        printer.error(&label, &Error::failed("x"));
        assert!(printer.state().progress.is_empty());
        assert_eq!(printer.state().later.len(), 1);
        printer.state().later.clear();
        std::thread::scope(|scope| {
            let line = scope.spawn(|| drop(printer.when_free()));
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert!(!line.is_finished());
            drop(hold);
        });
    }

    #[test]
    fn labels_line_up() {
        let label = Label { name: "a\nb".into(), color: "31".into(), width: 5 };
        assert!(label.before(false).ends_with("  | "), "{:?}", label.before(false));
        assert!(!label.before(false).contains('\n'));
        assert!(label.before(true).starts_with("\x1b[31m") && label.before(true).ends_with(" |\x1b[0m "));
    }
}
