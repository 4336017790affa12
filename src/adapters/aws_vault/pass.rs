//! The `pass` backend of aws-vault: entries of the password store, below a prefix if one is set.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::data;
use crate::app;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::SecretBytes;
use crate::base::{programs, subprocess, vars};
use crate::ports::AwsVault;

/// The password store.
pub struct Pass {
    env: Env,
    store: PathBuf,
    prefix: String,
    program: String,
    patience: Duration,
}

impl Pass {
    /// Where the variables of aws-vault, else those of `pass` say.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder and it is needed.
    pub fn new(env: &Env, patience: Duration) -> Result<Self> {
        let store = env.path(vars::AWS_VAULT_PASS_PASSWORD_STORE_DIR).or_else(|| env.path("PASSWORD_STORE_DIR"));
        let text = |name, default: &str| env.get(name).unwrap_or(default).to_owned();
        Ok(Pass {
            store: store.map_or_else(|| app::home(env).map(|home| home.join(".password-store")), Ok)?,
            prefix: text(vars::AWS_VAULT_PASS_PREFIX, "").trim_matches('/').to_owned(),
            program: text(vars::AWS_VAULT_PASS_CMD, "pass"),
            env: env.clone(),
            patience,
        })
    }

    fn folder(&self) -> PathBuf {
        self.store.join(&self.prefix)
    }
}

impl AwsVault for Pass {
    fn place(&self) -> String {
        format!("aws-vault (pass, {})", self.folder().display())
    }

    fn is_its_own(&self) -> bool {
        // Without a prefix, everything else that a person keeps with `pass` is there too.
        !self.prefix.is_empty()
    }

    fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        walk(&self.folder(), "", &mut names)
            .map_err(|e| Error::keychain(format!("can't read {}", self.folder().display())).cause(e))?;
        Ok(names)
    }

    fn item(&self, name: &str) -> Result<Option<SecretBytes>> {
        let entry = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        let failed = || Error::keychain(format!("`{} show {entry}` failed", self.program));
        let program = programs::find(&self.env, &self.program)
            .ok_or_else(|| failed().cause(format!("{} is not on the PATH", self.program)).hint("install it"))?;
        let mut command = Command::new(program);
        subprocess::environment(&mut command, &self.env);
        command.args(["show", &entry]).env("PASSWORD_STORE_DIR", &self.store);
        let (status, printed) = subprocess::output(&mut command, self.patience).map_err(|e| failed().cause(e))?;
        if !status.success() {
            return Err(failed().cause(status));
        }
        data(printed.as_bytes(), name).map(Some)
    }
}

/// The entries of a folder and those below it.
fn walk(folder: &Path, prefix: &str, names: &mut Vec<String>) -> std::io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let (file, kind) = (entry.file_name(), entry.file_type()?);
        let Some(name) = file.to_str() else { continue };
        if kind.is_dir() && !name.starts_with('.') {
            walk(&entry.path(), &format!("{prefix}{name}/"), names)?;
        } else if let Some(name) = name.strip_suffix(".gpg").filter(|_| kind.is_file()) {
            names.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}
