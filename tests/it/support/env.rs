//! A hermetic environment: its own HOME and XDG folders, a cleared environment, no terminal.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::{PATIENCE, venv};

/// A home folder and an environment that no other test and no setting of this machine reaches.
pub struct TestEnv {
    folder: TempDir,
    vars: BTreeMap<OsString, OsString>,
}

impl TestEnv {
    /// An empty home. `awsx` is on the PATH, from a private folder that comes first; the file backend is the default, as
    /// there is no keychain.
    pub fn new() -> TestEnv {
        let folder = TempDir::with_prefix("awsx-it-").expect("a temporary folder");
        let mut env = TestEnv { folder, vars: BTreeMap::new() };
        for name in ["home", "bin", "run", "tmp"] {
            fs::create_dir(env.path(name)).expect("an empty folder");
        }
        fs::set_permissions(env.path("run"), fs::Permissions::from_mode(0o700)).expect("our folder");
        symlink(env!("CARGO_BIN_EXE_awsx"), env.path("bin/awsx")).expect("an empty folder");
        // In a home without it, fish's first start reads every manual page of the machine.
        fs::create_dir_all(env.path("home/.local/share/fish/generated_completions")).expect("an empty folder");
        let home = env.path("home");
        let settings = [
            ("HOME", home.clone()),
            ("XDG_CONFIG_HOME", home.join(".config")),
            ("XDG_DATA_HOME", home.join(".local/share")),
            ("XDG_STATE_HOME", home.join(".local/state")),
            ("XDG_CACHE_HOME", home.join(".cache")),
            ("XDG_RUNTIME_DIR", env.path("run")),
            ("TMPDIR", env.path("tmp")),
            ("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", env.path("bin").display()).into()),
        ];
        env.vars.extend(settings.map(|(name, value)| (name.into(), value.into_os_string())));
        env.var("LC_ALL", "C.UTF-8")
            .var("SHELL", "/bin/bash")
            .var("AWS_EC2_METADATA_DISABLED", "true")
            .var("AWSX_BACKEND", "file")
            .var("AWSX_FILE_PASSPHRASE", "correct horse battery staple")
            // The kernel keyring holds at most 200 keys of a user, so the keys of the tests expire soon.
            .var("AWSX_FILE_REMEMBER", "5m")
    }

    /// Sets a variable.
    #[must_use]
    pub fn var(mut self, name: &str, value: impl AsRef<OsStr>) -> TestEnv {
        self.set(name, value);
        self
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.vars.insert(name.into(), value.as_ref().into());
    }

    /// Takes a variable away.
    pub fn unset(&mut self, name: &str) {
        self.vars.remove(OsStr::new(name));
    }

    /// Writes `~/.aws/config`.
    #[must_use]
    pub fn config(self, text: &str) -> TestEnv {
        self.write("home/.aws/config", text);
        self
    }

    /// Writes `~/.aws/credentials`.
    #[must_use]
    pub fn credentials(self, text: &str) -> TestEnv {
        let path = self.write("home/.aws/credentials", text);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("our file");
        self
    }

    /// Puts the real AWS CLI on the PATH.
    #[must_use]
    pub fn aws_cli(self) -> TestEnv {
        symlink(venv("aws"), self.path("bin/aws")).expect("no aws there yet");
        self
    }

    /// Puts a script on the PATH, before everything else; `text` starts with its `#!` line.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path("bin").join(name);
        // Written by another process. If this one had it open for writing, a test that starts a program at the same time
        // would hand that on for a moment, and the script could not be run ("text file busy").
        let mut install = Command::new("install");
        install.args(["-m", "755", "/dev/stdin"]).arg(&path);
        Run::of(install, text).ok();
        path
    }

    /// A path in the folder that holds `home`, `bin`, `run` and `tmp`.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The home folder.
    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// Writes a file, with the folders it needs.
    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("it is inside")).expect("our folder");
        fs::write(&path, text).expect("our file");
        path
    }

    /// Reads a file; empty if there is none.
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_default()
    }

    /// The variables as they are now.
    pub fn vars(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.vars.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// A command in this environment, in its home folder.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let program = program.as_ref();
        // Found on this environment's PATH, not on that of the test run.
        let private = self.path("bin").join(program);
        let mut command = Command::new(if private.exists() { private.as_os_str() } else { program });
        command.env_clear().envs(self.vars()).current_dir(self.home());
        command
    }

    /// Runs `awsx` without a terminal and with an empty standard input.
    #[track_caller]
    pub fn awsx(&self, args: &[&str]) -> Run {
        self.awsx_with_input(args, "")
    }

    /// Runs `awsx` without a terminal.
    #[track_caller]
    pub fn awsx_with_input(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_awsx"));
        command.args(args);
        Run::of(command, input)
    }

    /// Runs a script in a shell without a terminal.
    #[track_caller]
    pub fn sh(&self, shell: &str, script: &str) -> Run {
        let mut command = self.command(shell);
        command.args(["-c", script]);
        Run::of(command, "")
    }
}

/// What a finished command left.
#[derive(Debug, Clone)]
pub struct Run {
    /// Exit status; 128 + signal if a signal ended it.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Runs a command in a session of its own, so without a terminal.
    ///
    /// # Panics
    /// If it can't be started, or is not done within [`PATIENCE`]: then it is killed, with what it started.
    #[track_caller]
    pub fn of(command: Command, input: &str) -> Run {
        Run::within(PATIENCE, command, input)
    }

    /// The same with a longer time limit.
    ///
    /// # Panics
    /// As [`Run::of`].
    #[track_caller]
    pub fn within(patience: Duration, mut command: Command, input: &str) -> Run {
        detach(&mut command);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.to_owned();
        // A child that doesn't read it is no failure.
        std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let stdout = drain(child.stdout.take().expect("piped"));
        let stderr = drain(child.stderr.take().expect("piped"));
        let deadline = Instant::now() + patience;
        let status = loop {
            if let Some(status) = child.try_wait().expect("our child") {
                break status;
            }
            if Instant::now() > deadline {
                let _ = killpg(Pid::from_raw(i32::try_from(child.id()).expect("a pid")), Signal::SIGKILL);
                let _ = child.wait();
                panic!("{command:?} hung\n{}\n{}", text(stdout), text(stderr));
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Run { status: exit_status(status), stdout: text(stdout), stderr: text(stderr) }
    }

    /// It succeeded: its standard output.
    #[track_caller]
    pub fn ok(&self) -> &str {
        assert_eq!(self.status, 0, "{self:#?}");
        &self.stdout
    }

    /// It failed with this status and put nothing on standard output: its standard error.
    #[track_caller]
    pub fn fails(&self, status: i32) -> &str {
        assert_eq!((self.status, self.stdout.as_str()), (status, ""), "{self:#?}");
        &self.stderr
    }
}

/// The status as a shell shows it.
pub fn exit_status(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// Takes the terminal of whoever runs the tests away from a command: a session of its own has none.
pub fn detach(command: &mut Command) {
    // SAFETY: between fork and exec only setsid(2) runs, which is async-signal-safe.
    unsafe {
        command.pre_exec(|| nix::unistd::setsid().map(drop).map_err(Into::into));
    }
}

fn drain(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

fn text(reader: std::thread::JoinHandle<Vec<u8>>) -> String {
    String::from_utf8_lossy(&reader.join().expect("the reader")).into_owned()
}
