//! The clipboard: text is put there, and taken off after a while if it is still there.
//!
//! Every clipboard has a program of its own, which gets the text on its standard input. What takes the text off is a
//! second awsx. It has no terminal, and it knows a digest of the text and not the text.

mod osc52;
mod ways;

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use data_encoding::HEXLOWER;
use nix::unistd::setsid;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::{programs, subprocess};

pub use ways::Way;

/// How long a program may take to put something on the clipboard, or to say what is there.
const LIMIT: Duration = Duration::from_secs(5);

/// The variables that lead to a clipboard. Its programs get no others: some of them run for long, and the environment
/// may hold the credentials of a session.
const NEEDED: [&str; 13] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "WSL_INTEROP",
    "WSL_DISTRO_NAME",
    "TMUX",
    "TMUX_TMPDIR",
];

/// Puts `text` on the first clipboard that takes it.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if there is none.
pub fn copy(app: &App, text: &Secret) -> Result<Way> {
    let mut failed = Vec::new();
    for way in ways::of(&app.env, |program| programs::find(&app.env, program).is_some()) {
        match put(app, way, text) {
            Ok(()) => return Ok(way),
            Err(why) => failed.push(format!("{}: {why}", way.name())),
        }
    }
    Err(Error::failed("there is no clipboard to copy to")
        .cause(failed.join("; "))
        .hint("install wl-clipboard (Wayland) or xclip (X11), or run it in a terminal"))
}

fn put(app: &App, way: Way, text: &Secret) -> std::result::Result<(), String> {
    if way == Way::Terminal {
        return app.prompter.show(&osc52::sequence(&app.env, text)).map_err(|e| e.brief());
    }
    way.beforehand().map_or(Ok(()), |line| run(app, line))?;
    let mut why = String::new();
    for line in way.copying() {
        match subprocess::feed(&mut command(app, line)?, &way.encoded(text), LIMIT) {
            Ok(status) if status.success() => {
                return way.afterwards().map_or(Ok(()), |line| run(app, line));
            }
            Ok(status) => why = format!("{} failed: {status}", line.join(" ")),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

/// Starts the process that takes `text` off the clipboard after so many seconds.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if it can't be started.
pub fn clear_later(app: &App, way: Way, text: &Secret, seconds: u32) -> Result<()> {
    let failed = |e: std::io::Error| Error::failed("nothing will take it off the clipboard").cause(e);
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args(["env", "--clear-copied", way.name()]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    needed(app, &mut command);
    // This awsx doesn't wait for it.
    let mut child = command.current_dir("/").spawn().map_err(failed)?;
    let task = format!("{seconds} {}", digest(text.expose()));
    child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(task.as_bytes())).map_err(failed)
}

/// What that process does: waits, looks, and clears.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Usage`] for a task that is none.
pub fn clear(app: &App, program: &str) -> Result<()> {
    // Away from the terminal: Ctrl-C and a closed window are not for this process.
    let _ = setsid();
    let none = || Error::usage("--clear-copied is for awsx itself").hint("awsx env --copy");
    let mut task = String::new();
    std::io::stdin().read_to_string(&mut task).map_err(|_| none())?;
    let (seconds, wanted) = task.split_once(' ').ok_or_else(none)?;
    let seconds = seconds.parse().map_err(|_| none())?;
    let way = Way::named(program).ok_or_else(none)?;
    let (paste, clearing) = way.pasting().zip(way.clearing()).ok_or_else(none)?;
    sleep(Duration::from_secs(seconds));
    let there = command(app, paste).and_then(|mut paste| {
        let (_, text) = subprocess::output(paste.stderr(Stdio::null()), LIMIT).map_err(|e| e.to_string())?;
        Ok(digest(&text) == wanted)
    });
    if there == Ok(true) {
        run(app, clearing).map_err(Error::failed)?;
    }
    Ok(())
}

/// A digest by which the text is recognised. Clipboards may change its line ends, and add or drop one at its end.
fn digest(text: &str) -> String {
    let mut digest = Sha256::new();
    text.trim_end().split('\r').for_each(|part| digest.update(part));
    HEXLOWER.encode(&digest.finalize())
}

fn run(app: &App, line: &[&str]) -> std::result::Result<(), String> {
    match subprocess::feed(&mut command(app, line)?, &[], LIMIT) {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{} failed: {status}", line.join(" "))),
        Err(error) => Err(error.to_string()),
    }
}

fn command(app: &App, line: &[&str]) -> std::result::Result<Command, String> {
    let (program, args) = line.split_first().ok_or("no program")?;
    let program = programs::find(&app.env, program).ok_or_else(|| format!("{program} is not installed"))?;
    let mut command = Command::new(program);
    command.args(args);
    needed(app, &mut command);
    // Where wl-copy keeps what it was given: in memory, where there is such a folder.
    if let Some(memory) = app.env.os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
        command.env("TMPDIR", memory);
    }
    Ok(command)
}

fn needed(app: &App, command: &mut Command) {
    command.env_clear().envs(NEEDED.iter().filter_map(|name| Some((name, app.env.os(name)?))));
}
