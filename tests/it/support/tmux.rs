//! A real terminal with a screen: tmux on a socket of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};

use super::{Background, PATIENCE, TestEnv, env::detach, poll, wait_for};

/// A tmux server with one window.
pub struct Tmux {
    control: Mutex<Control>,
    _server: Background,
}

impl TestEnv {
    /// Starts `command` (a shell line) in a window of 80×24.
    pub fn tmux(&self, command: &str) -> Tmux {
        self.tmux_sized(command, 80, 24)
    }

    /// Starts `command` in a window of that many columns and rows.
    pub fn tmux_sized(&self, command: &str, columns: u16, rows: u16) -> Tmux {
        let socket = self.path("run/tmux");
        let mut server = self.command("tmux");
        server.arg("-S").arg(&socket).args(["-f", "/dev/null", "-D"]);
        let server = Background::spawn(&server);
        let control = wait_for("tmux", || {
            let mut client = self.command("tmux");
            client.arg("-S").arg(&socket);
            Control::open(client)
        });
        let tmux = Tmux { control: Mutex::new(control), _server: server };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        tmux.ask(&["new-session", "-d", "-s", "main", "-x", &columns, "-y", &rows, command]);
        tmux
    }
}

impl Tmux {
    /// Types text as it is.
    pub fn send(&self, text: &str) {
        self.run(&["send-keys", "-l", "--", text]);
    }

    /// Types a line.
    pub fn send_line(&self, text: &str) {
        self.send(text);
        self.key("Enter");
    }

    /// Types a line on an empty screen, at a prompt of one line: what is shown from now on comes after it.
    #[track_caller]
    pub fn send_line_anew(&self, line: &str) {
        self.send_line("clear");
        self.expect_that("an empty screen", |screen| screen.trim().lines().count() == 1);
        self.send_line(line);
    }

    /// Presses a key by tmux's name for it: `Enter`, `Tab`, `C-c`.
    pub fn key(&self, name: &str) {
        self.run(&["send-keys", name]);
    }

    /// What the screen shows, without trailing blanks.
    pub fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// The same with the escape sequences of its colours.
    pub fn screen_with_colours(&self) -> String {
        self.run(&["capture-pane", "-p", "-e"])
    }

    /// Waits until the screen shows `text`; the whole screen.
    ///
    /// # Panics
    /// If it doesn't, with the screen.
    #[track_caller]
    pub fn expect(&self, text: &str) -> String {
        self.expect_that(text, |screen| screen.contains(text))
    }

    /// Waits until the screen is as `test` wants it; the whole screen.
    ///
    /// # Panics
    /// If it never is, with the screen.
    #[track_caller]
    pub fn expect_that(&self, what: &str, test: impl Fn(&str) -> bool) -> String {
        let found = poll(|| Some(self.screen()).filter(|screen| test(screen)));
        found.unwrap_or_else(|| panic!("no {what:?} on the screen:\n{}", self.screen()))
    }

    /// A command of tmux about the window; what it printed.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        let (name, rest) = args.split_first().expect("a command");
        self.ask(&[&[*name, "-t", "main"], rest].concat())
    }

    /// The texts that tmux keeps for pasting.
    pub fn buffers(&self) -> String {
        self.ask(&["list-buffers"])
    }

    #[track_caller]
    fn ask(&self, args: &[&str]) -> String {
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        control.ask(args).unwrap_or_else(|error| panic!("tmux {args:?}: {error}"))
    }
}

/// A client that takes commands from its standard input: looking at a screen again and again starts no process. It has a
/// session of its own, and is in no way a client of the one that is tested.
struct Control {
    client: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
}

impl Control {
    /// Starts one; `None` if no server listens yet. With -N it starts none by itself.
    fn open(mut client: Command) -> Option<Control> {
        client.args(["-N", "-C", "new-session", "-s", "control", "cat"]);
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        detach(&mut client);
        let mut client = client.spawn().expect("starts");
        let commands = client.stdin.take().expect("piped");
        let mut printed = BufReader::new(client.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while printed.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        let control = Control { client, commands, lines };
        control.answer().ok().map(|_| control)
    }

    /// Gives a command; what it prints.
    fn ask(&mut self, args: &[&str]) -> Result<String, String> {
        assert!(!args.iter().any(|arg| arg.contains('\n')), "a command is a line: {args:?}");
        let quoted: Vec<String> = args.iter().map(|arg| format!("'{}'", arg.replace('\'', r"'\''"))).collect();
        writeln!(self.commands, "{}", quoted.join(" ")).map_err(|e| e.to_string())?;
        self.answer()
    }

    /// The answer to a command stands between two marks with the same number. Between answers tmux tells its news.
    fn answer(&self) -> Result<String, String> {
        let next = || self.lines.recv_timeout(PATIENCE).map_err(|_| "no answer".to_owned());
        let number = loop {
            if let Some(number) = next()?.strip_prefix("%begin ") {
                break number.to_owned();
            }
        };
        let (end, error) = (format!("%end {number}"), format!("%error {number}"));
        let mut text = String::new();
        loop {
            let line = next()?;
            if line == end {
                return Ok(text);
            }
            if line == error {
                return Err(text);
            }
            text = text + &line + "\n";
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
