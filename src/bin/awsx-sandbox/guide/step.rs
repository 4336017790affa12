//! What the steps of the demo are made of.

use std::io::Write;
use std::process::{Command, Stdio};

use super::playground::Playground;
use super::pty::Pty;

/// What a finished command left.
pub struct Done {
    /// Its exit status; -1 for one that a signal ended.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Done {
    /// Its standard output, if it did well.
    ///
    /// # Errors
    /// Everything that it said.
    pub fn ok(self) -> Result<String, String> {
        if self.status == 0 {
            Ok(self.stdout)
        } else {
            Err(format!("status {}: {}{}", self.status, self.stdout, self.stderr))
        }
    }
}

/// Runs `awsx ARGS…` without anybody to ask.
///
/// # Errors
/// If it can't be started.
pub fn awsx(place: &Playground, args: &[&str], input: &str) -> Result<Done, String> {
    let mut command = place.command("awsx");
    command.arg("--no-input").args(args);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // Whoever doesn't read it has closed it.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Done { status: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

/// Starts a command on a terminal.
///
/// # Errors
/// Why it can't.
pub fn on_a_terminal(mut command: Command, args: &[&str]) -> Result<Pty, String> {
    command.args(args).env("SHELL", "/bin/bash");
    Pty::spawn(command).map_err(|e| e.to_string())
}

/// A condition, and what was seen if it doesn't hold.
///
/// # Errors
/// That.
pub fn check(good: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if good { Ok(()) } else { Err(otherwise()) }
}

/// How many calls of an action were answered well.
pub fn calls(place: &Playground, action: &str) -> usize {
    place.sandbox().calls.iter().filter(|c| c.action == action && c.outcome == "ok").count()
}
