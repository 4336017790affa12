//! Results on standard output. A reader that went away (`awsx list | head -1`) is no failure.

use std::io::{self, Write};

use crate::base::error::{Error, Result};

/// Prints text as it is.
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

/// Prints JSON, indented, with a final newline.
///
/// # Errors
/// As [`text`].
pub fn json(value: &serde_json::Value) -> Result<()> {
    text(&format!("{value:#}\n"))
}
