//! Asks in a desktop dialog where there is no terminal: zenity, kdialog, or osascript on macOS. Answers come back on
//! the program's standard output; no secret is ever among its arguments.

use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::programs;
use crate::base::subprocess;

/// How long a dialog stays open. Other commands may be waiting for it, and perhaps nobody sees it.
const LIMIT: Duration = Duration::from_mins(5);
const TITLE: &str = "awsx";

/// A program that shows dialogs.
#[derive(Debug, Clone)]
pub struct Dialog {
    kind: Program,
    program: PathBuf,
    env: Env,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Zenity,
    Kdialog,
    Osascript,
}

impl Dialog {
    /// The dialog program of this desktop; `None` if there is no desktop or no such program.
    pub fn find(env: &Env) -> Option<Self> {
        let at =
            |kind: Program, name: &str| Some(Dialog { kind, program: programs::find(env, name)?, env: env.clone() });
        if cfg!(target_os = "macos") {
            // Over ssh the person doesn't see the screen of the Mac.
            return env.get("SSH_CONNECTION").is_none().then(|| at(Program::Osascript, "osascript")).flatten();
        }
        env.first(&["WAYLAND_DISPLAY", "DISPLAY"])?;
        let zenity = || at(Program::Zenity, "zenity");
        let kdialog = || at(Program::Kdialog, "kdialog");
        if env.get("XDG_CURRENT_DESKTOP").is_some_and(|name| name.split(':').any(|part| part == "KDE")) {
            kdialog().or_else(zenity)
        } else {
            zenity().or_else(kdialog)
        }
    }

    /// Whether anybody can see it. A terminal in tmux outlives its desktop or its ssh connection, and its programs still have
    /// the name of that display: a dialog would end at once, as one does that is closed.
    pub fn is_seen(&self) -> bool {
        let wayland = self.env.get("WAYLAND_DISPLAY").is_some_and(|name| {
            let folder = Path::new(self.env.get("XDG_RUNTIME_DIR").unwrap_or_default());
            UnixStream::connect(folder.join(name)).is_ok()
        });
        self.kind == Program::Osascript || wayland || self.env.get("DISPLAY").is_some_and(is_open)
    }

    /// A line of text; not shown while it is typed if `hidden`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if it is closed without an answer.
    pub fn line(&self, prompt: &str, hidden: bool) -> Result<Zeroizing<String>> {
        let prompt = prompt.trim_end();
        let answer = match self.kind {
            Program::Zenity => {
                let hide: &[&str] = if hidden { &["--hide-text"] } else { &[] };
                self.run(&[&["--entry", &format!("--text={}", mnemonic(prompt))], hide].concat())
            }
            Program::Kdialog => self.run(&[if hidden { "--password" } else { "--inputbox" }, &rich_text(prompt)]),
            Program::Osascript => {
                let hide = if hidden { " with hidden answer" } else { "" };
                let dialog = format!(r#"display dialog (item 1 of argv) with title "{TITLE}" default answer ""{hide}"#);
                self.script(&format!("text returned of ({dialog})"), &[prompt])
            }
        };
        let answer = answer?.ok_or_else(|| self.closed())?;
        let line = answer.strip_suffix('\n').unwrap_or(&answer);
        Ok(Zeroizing::new(line.to_owned()))
    }

    /// Yes or no; Enter alone is `default`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if it can't be shown.
    pub fn confirm(&self, prompt: &str, default: bool) -> Result<bool> {
        let answer = match self.kind {
            Program::Zenity => {
                let text = format!("--text={}", markup(prompt));
                let no: &[&str] = if default { &[] } else { &["--default-cancel"] };
                self.run(&[&["--question", &text], no].concat())?
            }
            Program::Kdialog => self.run(&["--yesno", &rich_text(prompt)])?,
            Program::Osascript => {
                let button = if default { "Yes" } else { "No" };
                let dialog = r#"display dialog (item 1 of argv) buttons {"No", "Yes"} default button (item 2 of argv)"#;
                let pressed = self.script(&format!("button returned of ({dialog})"), &[prompt, button])?;
                pressed.filter(|pressed| pressed.trim() == "Yes")
            }
        };
        Ok(answer.is_some())
    }

    /// One of the items by its index; `None` if none was chosen.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if it can't be shown.
    pub fn choose(&self, prompt: &str, items: &[String]) -> Result<Option<usize>> {
        let numbers: Vec<String> = (0..items.len()).map(|n| n.to_string()).collect();
        // An item that starts with a dash would be taken for an option.
        let shown: Vec<String> =
            items.iter().map(|item| item.replacen('-', " -", usize::from(item.starts_with('-')))).collect();
        let (text, question) = (format!("--text={}", markup(prompt)), rich_text(prompt));
        let rows = numbers.iter().zip(&shown).flat_map(|(number, item)| [number.as_str(), item.as_str()]);
        let chosen = match self.kind {
            Program::Zenity => {
                let list = ["--list", &text, "--hide-header", "--column=", "--column=", "--hide-column=1"];
                self.run(&list.into_iter().chain(["--print-column=1"]).chain(rows).collect::<Vec<_>>())?
            }
            Program::Kdialog => self.run(&["--menu", &question].into_iter().chain(rows).collect::<Vec<_>>())?,
            Program::Osascript => {
                let list = "choose from list (rest of argv) with prompt (item 1 of argv)";
                let arguments = [prompt].into_iter().chain(shown.iter().map(String::as_str)).collect::<Vec<_>>();
                let chosen = self.script(list, &arguments)?;
                return Ok(chosen.and_then(|name| shown.iter().position(|item| item == name.trim_end_matches('\n'))));
            }
        };
        Ok(chosen.and_then(|number| number.trim().parse().ok()))
    }

    fn script(&self, body: &str, arguments: &[&str]) -> Result<Option<Zeroizing<String>>> {
        let script = ["-e", "on run argv", "-e", body, "-e", "end run", "--"];
        self.run(&[&script, arguments].concat())
    }

    /// Shows a dialog and returns what it printed; `None` if it was closed or answered with no.
    fn run(&self, arguments: &[&str]) -> Result<Option<Zeroizing<String>>> {
        let mut command = Command::new(&self.program);
        match self.kind {
            Program::Zenity => command.arg(format!("--title={TITLE}")),
            Program::Kdialog => command.args(["--title", TITLE]),
            Program::Osascript => &mut command,
        };
        command.args(arguments).stderr(Stdio::null());
        subprocess::environment(&mut command, &self.env);
        let (status, printed) = subprocess::output(&mut command, LIMIT).map_err(|error| {
            Error::input("no answer in the dialog").cause(format!("{}: {error}", self.program.display()))
        })?;
        match status.code() {
            Some(0) => Ok(Some(printed)),
            Some(1) => Ok(None),
            _ => Err(Error::input("no answer in the dialog").cause(format!("{}: {status}", self.program.display()))),
        }
    }

    fn closed(&self) -> Error {
        Error::input("no answer in the dialog").cause(format!("{} was closed", self.program.display()))
    }
}

/// Escapes text for a label of zenity in which `_` marks a shortcut key.
fn mnemonic(text: &str) -> String {
    backslashes(&text.replace('_', "__"))
}

/// Escapes text for a label of zenity with Pango markup.
fn markup(text: &str) -> String {
    backslashes(&entities(text))
}

/// Escapes text for kdialog. Qt shows a text as HTML if it looks like HTML, so every text is made HTML.
fn rich_text(text: &str) -> String {
    backslashes(&format!("<qt>{}</qt>", entities(text).replace('\n', "<br>")))
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Both programs first replace backslash escapes, so `\074` would become a `<`.
fn backslashes(text: &str) -> String {
    text.replace('\\', r"\\")
}

/// Whether an X server listens for a display like `:0` or ssh's `localhost:10.0`. Of any other that can't be told.
fn is_open(display: &str) -> bool {
    let Some((host, number)) = display.rsplit_once(':') else { return true };
    let number = number.split_once('.').map_or(number, |(number, _)| number);
    let Some(port) = number.parse().ok().and_then(|number: u16| number.checked_add(6000)) else { return true };
    match host {
        "" => UnixStream::connect(format!("/tmp/.X11-unix/X{number}")).is_ok(),
        "localhost" => TcpStream::connect((host, port)).is_ok(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A desktop with one program, a script that sees its arguments.
    fn desktop(name: &str, script: &str) -> (tempfile::TempDir, Dialog) {
        let folder = tempfile::tempdir().unwrap();
        let (text, program) = (folder.path().join("script"), folder.path().join(name));
        std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).unwrap();
        // Copied by another process. If this one had the program open for writing, a test that forks at the same time would
        // inherit that, and the program could not be run ("text file busy").
        assert!(Command::new("install").args(["-m", "755"]).args([&text, &program]).status().unwrap().success());
        let env = [("PATH", folder.path().as_os_str()), ("DISPLAY", ":99".as_ref())].into_iter().collect();
        let dialog = Dialog::find(&env).unwrap();
        (folder, dialog)
    }

    #[test]
    fn found_where_there_is_a_desktop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let find = |vars: &[(&str, &str)]| {
            Dialog::find(&[("PATH", path)].iter().chain(vars).copied().collect()).map(|dialog| dialog.kind)
        };
        assert_eq!(find(&[("DISPLAY", ":0")]), None);
        for name in ["zenity", "kdialog"] {
            std::fs::write(folder.path().join(name), "").unwrap();
            assert_eq!(find(&[("DISPLAY", ":0")]), None, "it can't be run");
        }
        let allow = |name: &str| {
            std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        allow("kdialog");
        assert_eq!(find(&[("DISPLAY", ":0")]), Some(Program::Kdialog));
        allow("zenity");
        assert_eq!(find(&[("WAYLAND_DISPLAY", "wayland-0")]), Some(Program::Zenity));
        assert_eq!(find(&[("DISPLAY", ":0"), ("XDG_CURRENT_DESKTOP", "ubuntu:KDE")]), Some(Program::Kdialog));
        assert_eq!(find(&[]), None);
        assert_eq!(find(&[("DISPLAY", "")]), None);
    }

    #[test]
    fn answers_come_back() {
        for name in ["zenity", "kdialog"] {
            let (_folder, dialog) = desktop(name, "echo ' 123 456'");
            assert_eq!(dialog.line("Code: ", false).unwrap().as_str(), " 123 456");
            assert!(dialog.confirm("Sure?", false).unwrap());
            let (_folder, dialog) = desktop(name, "echo 1");
            assert_eq!(dialog.choose("Which?", &["a".into(), "b".into()]).unwrap(), Some(1));
        }
    }

    #[test]
    fn closing_is_no_answer() {
        for name in ["zenity", "kdialog"] {
            let (_folder, dialog) = desktop(name, "exit 1");
            let error = dialog.line("Code: ", true).unwrap_err();
            assert!(
                error.kind == crate::base::error::ErrorKind::Input && error.to_string().contains("closed"),
                "{error}"
            );
            assert!(!dialog.confirm("Sure?", true).unwrap());
            assert_eq!(dialog.choose("Which?", &["a".into()]).unwrap(), None);
            let (_folder, dialog) = desktop(name, "exit 254");
            assert!(dialog.line("Code: ", true).unwrap_err().to_string().contains("254"));
            assert!(dialog.confirm("Sure?", true).is_err());
        }
    }

    #[test]
    fn what_is_shown_is_text() {
        let texts = [("zenity", r"--text=a__b <i> \\074b\\076"), ("kdialog", r"<qt>a_b &lt;i&gt; \\074b\\076</qt>")];
        for (name, shown) in texts {
            let (_folder, dialog) = desktop(name, r#"for last; do :; done; printf '%s\n' "$last""#);
            assert_eq!(dialog.line(r"a_b <i> \074b\076", false).unwrap().as_str(), shown);
        }
        assert_eq!(markup(r"a & <b> \n"), r"a &amp; &lt;b&gt; \\n");
    }
}
