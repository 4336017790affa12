//! The guided shell: `awsx-sandbox` alone.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;

use awsx::deliver::shells::shell_of;
use nix::sys::signal::{SigHandler, Signal, signal};

use super::ending;
use super::playground::Playground;
use super::tour;

/// Where the start-up file of each shell is, and what is in it.
const START_UP: [(&str, &str); 3] = [
    ("home/.bashrc", include_str!("../../../../shell/sandbox.bash")),
    ("home/.zshrc", include_str!("../../../../shell/sandbox.zsh")),
    ("home/.config/fish/config.fish", include_str!("../../../../shell/sandbox.fish")),
];

/// Opens the user's shell in a place to try awsx in; its exit status.
///
/// # Errors
/// If the place can't be made or the shell can't be started.
pub fn run() -> io::Result<u8> {
    ending::watch(&[Signal::SIGTERM, Signal::SIGHUP])?;
    let place = Playground::new(false)?;
    fs::create_dir_all(place.path("home/.config/fish"))?;
    for (name, text) in START_UP {
        fs::write(place.path(name), text)?;
    }
    eprint!("{}", tour::beginning(&place.path("")));
    let shell = std::env::var_os("SHELL").filter(|s| !s.is_empty()).unwrap_or_else(|| "/bin/sh".into());
    let mut command = place.command(&shell);
    command.env(tour::PLACE, place.path(""));
    if shell_of(&shell).is_none() {
        // What the start-up files of the others say.
        command.env("PS1", "sandbox $ ");
    }
    let mut child = command.spawn().map_err(|e| io::Error::other(format!("{}: {e}", shell.display())))?;
    ending::shell(i32::try_from(child.id()).unwrap_or_default());
    // Ctrl-C is for what runs in the shell. Set after the start: ignored signals would be inherited.
    for name in [Signal::SIGINT, Signal::SIGQUIT] {
        // SAFETY: SIG_IGN runs no code of ours.
        unsafe { signal(name, SigHandler::SigIgn) }?;
    }
    let status = child.wait()?;
    ending::shell(0);
    if let Some(signal) = ending::caught() {
        return Ok(u8::try_from(128 + signal as i32).unwrap_or(1));
    }
    let code = status.code().or_else(|| status.signal().map(|s| 128 + s)).unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}
