//! A real terminal with a screen: tmux on a socket of its own.

use std::process::Command;

use super::{Background, Run, TestEnv, poll, wait_for};

/// A tmux server with one window.
pub struct Tmux {
    _server: Background,
    client: Box<dyn Fn() -> Command>,
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
        let vars: Vec<_> = self.vars().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let home = self.home();
        let client = Box::new(move || {
            let mut client = Command::new("tmux");
            client.env_clear().envs(vars.iter().cloned()).current_dir(&home).arg("-S").arg(&socket);
            client
        });
        let tmux = Tmux { _server: server, client };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        // With -N the client starts no server of its own where this one doesn't listen yet.
        let start = ["-N", "new-session", "-d", "-x", &columns, "-y", &rows, command];
        wait_for("tmux", || (tmux.tried(&start).status == 0).then_some(()));
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

    /// A command of tmux; what it printed.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> String {
        self.tried(args).ok().to_owned()
    }

    #[track_caller]
    fn tried(&self, args: &[&str]) -> Run {
        let mut command = (self.client)();
        command.args(args);
        Run::of(command, "")
    }
}
