//! A place to try awsx in: a sandbox in this process, a private HOME, and the commands on a PATH of its own.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use super::phone::URL_FILE;
use crate::http::{self, Shared};
use crate::sandbox::Sandbox;
use crate::world::World;

/// The passphrase of its `file` keychain; it protects nothing that is worth anything.
pub const PASSPHRASE: &str = "sandbox";

/// What is in `~/.aws/config`: a role over the profile that the tour adds first, and one of Identity Center.
const CONFIG: &str = "\
[profile prod]
region = eu-central-1

[profile admin]
source_profile = prod
role_arn = arn:aws:iam::111122223333:role/admin
region = eu-central-1

[sso-session work]
sso_start_url = https://awsx-sandbox.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile center]
sso_session = work
sso_account_id = 111122223333
sso_role_name = ReadOnlyAccess
region = eu-central-1
";

/// The place. It is gone with this value.
pub struct Playground {
    folder: TempDir,
    sandbox: Shared,
    vars: Vec<(&'static str, OsString)>,
}

impl Playground {
    /// Makes one with a running server. In one that is `alone`, nobody is there: the stand-in for the AWS CLI goes before a
    /// real one, and sign-ins are approved by `approve`, as they are where no desktop has a browser.
    ///
    /// # Errors
    /// If a file, a port or a thread can't be had.
    pub fn new(alone: bool) -> io::Result<Self> {
        let mut world = World::builtin().map_err(io::Error::other)?;
        // One phone to begin with, that of alice.
        world.mfa_devices.retain(|d| d.user.as_deref() == Some("alice"));
        let keys = world.access_keys.clone();
        let sandbox = Arc::new(Mutex::new(Sandbox::new(world)));
        let (listener, url) = http::bind(0)?;
        http::serve_in_background(listener, Arc::clone(&sandbox))?;

        let folder = TempDir::with_prefix("awsx-sandbox-")?;
        let at = |name: &str| folder.path().join(name);
        for name in ["bin", "home", "home/.aws", "home/keys", "run", "tmp"] {
            fs::create_dir(at(name))?;
        }
        // Where they are missing, fish takes it for its first start and reads every man page, still after its end.
        for base in [".local/share", ".cache"] {
            fs::create_dir_all(at("home").join(base).join("fish/generated_completions"))?;
        }
        fs::set_permissions(at("run"), fs::Permissions::from_mode(0o700))?;
        fs::write(at(URL_FILE), &url)?;
        fs::write(at("home/.aws/config"), CONFIG)?;
        for user in ["alice", "bob"] {
            if let Some(key) = keys.iter().find(|k| k.user == user && k.active) {
                // As the console's download has it.
                let csv = format!("Access key ID,Secret access key\r\n{},{}\r\n", key.id, key.secret);
                fs::write(at(&format!("home/keys/{user}.csv")), csv)?;
            }
        }
        if let Some(key) = keys.iter().find(|k| k.user == "dave" && k.active) {
            // As it was done before there were keychains.
            let file = at("home/.aws/credentials");
            let (id, secret) = (&key.id, &key.secret);
            fs::write(&file, format!("[old]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"))?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        }
        fs::write(at("home/.bashrc"), "PS1='sandbox \\w \\$ '\n")?;
        fs::write(at("home/.zshrc"), "PROMPT='sandbox %~ %# '\n")?;
        let program = std::env::current_exe()?;
        for name in ["awsx", "phone", "tour", "approve", "deny"] {
            symlink(&program, at("bin").join(name))?;
        }
        if alone || find("aws").is_none() {
            symlink(&program, at("bin/aws"))?;
        }
        let home = at("home");
        let mut path = OsString::from(at("bin"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()));
        let mut vars = vec![
            ("PATH", path),
            ("HOME", home.clone().into()),
            ("XDG_CONFIG_HOME", home.join(".config").into()),
            ("XDG_DATA_HOME", home.join(".local/share").into()),
            ("XDG_STATE_HOME", home.join(".local/state").into()),
            ("XDG_CACHE_HOME", home.join(".cache").into()),
            ("XDG_RUNTIME_DIR", at("run").into()),
            ("TMPDIR", at("tmp").into()),
            ("AWS_ENDPOINT_URL", url.into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWSX_BACKEND", "file".into()),
            ("AWSX_FILE_PASSPHRASE", PASSPHRASE.into()),
        ];
        let desktop = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].iter().any(|name| std::env::var_os(name).is_some());
        if alone || !(desktop || cfg!(target_os = "macos")) {
            vars.push(("BROWSER", "approve".into()));
        }
        Ok(Playground { folder, sandbox, vars })
    }

    /// A path in the private HOME's folder: `bin`, `home`, `run`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The state of the server.
    pub fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A command in this place: of the outside it sees nothing that belongs to AWS or awsx, and no shell's start-up
    /// file.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let ours = |name: &OsStr| {
            let name = name.to_string_lossy();
            ["AWS_", "AWSX_", "_AWSX"].iter().any(|p| name.starts_with(p))
                || ["BASH_ENV", "ENV", "ZDOTDIR", "PROMPT_COMMAND", "PS1", "http_proxy", "HTTP_PROXY"].contains(&&*name)
        };
        let private = self.path("bin").join(program.as_ref());
        let mut command = Command::new(if private.exists() { private.as_os_str() } else { program.as_ref() });
        for (name, _) in std::env::vars_os().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command.envs(self.vars.iter().map(|(name, value)| (*name, value.as_os_str())));
        command.current_dir(self.path("home"));
        command
    }
}

/// Where a command is on the PATH of this process.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}
