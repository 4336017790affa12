//! Who asks awsx for credentials: a program, its process and terminal, and the AI agent around it.

use std::os::fd::AsFd;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::{io, process};

use nix::unistd::ttyname;

use super::agent;
use super::env::Env;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Its name, without folder and arguments.
    pub program: Option<String>,
    /// Its process.
    pub pid: u32,
    /// The terminal that awsx shares with it.
    pub tty: Option<String>,
    /// The AI coding agent that runs it.
    pub agent: Option<String>,
}

impl Asker {
    /// `command` is the program that this process becomes. Without it, the parent process has asked.
    pub fn of(env: &Env, command: Option<&str>) -> Self {
        let (program, pid) = match command {
            Some(command) => (file_name(command), process::id()),
            None => (name_of(parent_id()), parent_id()),
        };
        Asker { program, pid, tty: terminal(), agent: agent::of(env).map(|agent| agent.name) }
    }
}

fn file_name(program: &str) -> Option<String> {
    Path::new(program).file_name().map(|name| name.to_string_lossy().into_owned())
}

/// The name of a process. Linux gives its first 15 bytes.
#[cfg(target_os = "linux")]
fn name_of(pid: u32) -> Option<String> {
    let name = std::fs::read(format!("/proc/{pid}/comm")).ok()?;
    Some(String::from_utf8_lossy(&name).trim_end().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(not(target_os = "linux"))]
fn name_of(pid: u32) -> Option<String> {
    let said = process::Command::new("/bin/ps").args(["-o", "comm=", "-p", &pid.to_string()]).output().ok()?;
    file_name(String::from_utf8_lossy(&said.stdout).trim())
}

/// The terminal of one of the standard streams.
fn terminal() -> Option<String> {
    let of = |stream: &dyn AsFd| ttyname(stream.as_fd()).ok();
    let path = of(&io::stderr()).or_else(|| of(&io::stdin())).or_else(|| of(&io::stdout()))?;
    Some(path.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_or_else_the_parent() {
        let asker = Asker::of(&Env::default(), Some("/opt/tools/terraform"));
        assert_eq!((asker.program.as_deref(), asker.pid), (Some("terraform"), process::id()));
        let asker = Asker::of(&Env::default(), None);
        assert!(asker.pid == parent_id() && asker.program.is_some_and(|name| !name.is_empty()));
    }
}
