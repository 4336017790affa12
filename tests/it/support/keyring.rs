//! gnome-keyring on a bus of its own.

use super::{Background, Run, TestEnv, wait_for};

/// A private D-Bus session bus with an unlocked Secret Service on it.
pub struct Keyring {
    _bus: Background,
    daemon: Option<Background>,
}

impl TestEnv {
    /// Starts a bus and an unlocked gnome-keyring, points this environment to them and makes the Secret Service the
    /// backend. The keyring lasts as long as the answer.
    pub fn keyring(&mut self) -> Keyring {
        let address = format!("unix:path={}", self.path("run/bus").display());
        let mut bus = self.command("dbus-daemon");
        bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1", "--address"]).arg(&address);
        let bus = Background::spawn(&bus);
        bus.line();
        self.set("DBUS_SESSION_BUS_ADDRESS", &address);
        self.set("AWSX_BACKEND", "secret-service");
        self.unset("AWSX_FILE_PASSPHRASE");
        let mut keyring = Keyring { _bus: bus, daemon: None };
        keyring.start(self, true);
        keyring
    }
}

impl Keyring {
    /// Ends the keyring daemon and starts it again, unlocked or as a login that never gave the password leaves it.
    pub fn restart(&mut self, env: &TestEnv, unlocked: bool) {
        self.daemon = None;
        wait_for("the old keyring to leave the bus", || (!owned(env)).then_some(()));
        self.start(env, unlocked);
    }

    fn start(&mut self, env: &TestEnv, unlocked: bool) {
        let mut daemon = env.command("sh");
        let start = "gnome-keyring-daemon --foreground --components=secrets";
        daemon.args(["-c", &if unlocked { format!("printf secret | {start} --unlock") } else { start.to_owned() }]);
        self.daemon = Some(Background::spawn(&daemon));
        wait_for("the Secret Service", || owned(env).then_some(()));
    }
}

fn owned(env: &TestEnv) -> bool {
    let mut ask = env.command("dbus-send");
    ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
    ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
    Run::of(ask, "").stdout.contains("boolean true")
}
