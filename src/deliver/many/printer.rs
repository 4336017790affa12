//! What many commands print, line by line, and the progress below it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    /// The progress that is on the screen now.
    shown: Mutex<String>,
    /// The errors that have been told, each with the profile that it was first told of.
    told: Mutex<BTreeMap<String, String>>,
}

impl Printer {
    /// Nothing is printed yet.
    pub fn new(look: Look) -> Self {
        Printer { look, shown: Mutex::default(), told: Mutex::default() }
    }

    fn shown(&self) -> MutexGuard<'_, String> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps everything back while it lives.
    pub fn hold(&self) -> impl Drop + '_ {
        let mut shown = self.shown();
        if !std::mem::take(&mut *shown).is_empty() {
            write(Stream::Err, CLEAR.as_bytes());
        }
        shown
    }

    /// A line that a command has printed.
    pub fn line(&self, label: &Label, stream: Stream, line: &[u8]) {
        if self.look.json {
            let name = if stream == Stream::Out { "stdout" } else { "stderr" };
            self.json(&json!({"profile": label.name, "stream": name, "line": String::from_utf8_lossy(line)}));
            return;
        }
        let colors = if stream == Stream::Out { self.look.colors } else { self.look.error_colors };
        // A line with carriage returns is drawn several times over. Only the last state is printed: the others would
        // overwrite the name.
        let last = line.rsplit(|byte| *byte == b'\r').next().unwrap_or_default();
        self.print(stream, &[label.before(colors).as_bytes(), last, b"\n"].concat());
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
        self.print(Stream::Err, lines.concat().as_bytes());
    }

    /// The end of a command; only JSON tells it at once.
    pub fn ended(&self, label: &Label, status: u8, error: Option<&Error>) {
        if self.look.json {
            let error = error.map(Error::brief);
            self.json(&json!({"profile": label.name, "status": status, "error": error}));
        }
    }

    /// How far it is.
    pub fn progress(&self, done: usize, running: usize, of: usize) {
        if !self.look.progress || self.look.json {
            return;
        }
        let mut shown = self.shown();
        let text = format!("{done} of {of} done, {running} running");
        if *shown != text {
            write(Stream::Err, format!("{CLEAR}{text}").as_bytes());
            *shown = text;
        }
    }

    /// Takes the progress off the screen.
    pub fn no_progress(&self) {
        drop(self.hold());
    }

    fn json(&self, value: &serde_json::Value) {
        self.print(Stream::Out, (terminal_text::json(value.to_string()) + "\n").as_bytes());
    }

    /// Whole lines; the progress goes out of their way.
    fn print(&self, stream: Stream, lines: &[u8]) {
        let shown = self.shown();
        if !shown.is_empty() {
            write(Stream::Err, CLEAR.as_bytes());
        }
        write(stream, lines);
        if !shown.is_empty() {
            write(Stream::Err, shown.as_bytes());
        }
    }
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
    fn labels_line_up() {
        let label = Label { name: "a\nb".into(), color: "31".into(), width: 5 };
        assert!(label.before(false).ends_with("  | "), "{:?}", label.before(false));
        assert!(!label.before(false).contains('\n'));
        assert!(label.before(true).starts_with("\x1b[31m") && label.before(true).ends_with(" |\x1b[0m "));
    }
}
