//! The items of aws-vault, as its keyring library (`github.com/99designs/keyring`) writes them.

mod file;
mod jose;
mod keychain;
mod pass;
#[cfg(not(target_os = "macos"))]
mod secret_service;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use data_encoding::BASE64;
use serde::Deserialize;

use crate::adapters::keychain::Limit;
use crate::adapters::tty::Tty;
use crate::app;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::SecretBytes;
use crate::base::vars;
use crate::cli::{Global, VaultBackend};
use crate::ports::{AwsVault, Prompter};

/// Where aws-vault keeps its items on this platform if nobody chose otherwise.
pub const OS: VaultBackend =
    if cfg!(target_os = "macos") { VaultBackend::Keychain } else { VaultBackend::SecretService };

/// The backend that aws-vault calls by this name, if awsx can read it.
pub fn backend(name: &str) -> Option<VaultBackend> {
    <VaultBackend as clap::ValueEnum>::from_str(name, false).ok()
}

/// Opens one of its backends, as the variables of aws-vault say. Nothing is read yet.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it does not exist on this platform or a variable is wrong.
pub fn open(env: &Env, global: &Global, backend: VaultBackend) -> Result<Box<dyn AwsVault>> {
    let prompter: Rc<dyn Prompter> = Rc::new(Tty::new(env, global));
    let limit = Limit::from_env(env, prompter.clone())?;
    Ok(match backend {
        VaultBackend::File => {
            Box::new(file::Files::new(folder(env)?, env.get(vars::AWS_VAULT_FILE_PASSPHRASE), prompter))
        }
        VaultBackend::Pass => Box::new(pass::Pass::new(env, PATIENCE)?),
        VaultBackend::Keychain => Box::new(keychain::Keychain::new(env, limit.duration())?),
        #[cfg(not(target_os = "macos"))]
        VaultBackend::SecretService => Box::new(secret_service::Collection::new(env, limit)),
        #[cfg(target_os = "macos")]
        VaultBackend::SecretService => {
            return Err(Error::config("the backend secret-service does not exist on macOS"));
        }
    })
}

/// How long `pass` may take: GnuPG may ask for a passphrase.
const PATIENCE: Duration = Duration::from_mins(2);

fn folder(env: &Env) -> Result<PathBuf> {
    let home = || app::home(env);
    match env.get(vars::AWS_VAULT_FILE_DIR) {
        None => Ok(home()?.join(".awsvault/keys")),
        Some(dir) => match dir.strip_prefix("~/") {
            Some(rest) => Ok(home()?.join(rest)),
            None => Ok(dir.into()),
        },
    }
}

/// An item as the library writes it, where the place can hold nothing but text.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item<'a> {
    // Borrowed: no copy of a secret is left behind. Base64 is never escaped.
    data: &'a str,
}

/// What an item holds.
fn data(item: &[u8], name: &str) -> Result<SecretBytes> {
    let nonsense = || Error::keychain(format!("the item {name} was not written by aws-vault"));
    let item: Item = serde_json::from_slice(item).map_err(|_| nonsense())?;
    BASE64.decode(item.data.as_bytes()).map(SecretBytes::new).map_err(|_| nonsense())
}
