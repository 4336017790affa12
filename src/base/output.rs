//! Results on standard output. A reader that went away (`awsx list | head -1`) is no failure.

use std::io::{self, Write};

use serde::Serialize;

use crate::base::error::{Error, Result};
use crate::base::terminal_text;

/// Prints lines for a person. Line breaks and terminal escapes in them are replaced.
///
/// # Errors
/// As [`text`].
pub fn lines<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> Result<()> {
    let mut all = String::new();
    for line in lines {
        all += &terminal_text::line(line.as_ref());
        all.push('\n');
    }
    text(&all)
}

/// Prints text as it is: code for a shell, documents, secrets that were asked for.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if it can't be written.
pub fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::failed("can't write to standard output").cause(e))
        }
        _ => Ok(()),
    }
}

/// Prints JSON, indented, with a final newline. Values are exact; characters that could act on a terminal are escaped.
///
/// # Errors
/// As [`text`].
pub fn json(value: &impl Serialize) -> Result<()> {
    let whole = serde_json::to_string_pretty(value).map_err(|e| Error::failed("can't write JSON").cause(e))?;
    text(&(terminal_text::json(whole) + "\n"))
}
