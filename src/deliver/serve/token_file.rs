//! The file with the token of a server, in the runtime folder. The server holds a lock on it as long as it lives. If it is
//! killed, the next awsx that sweeps the folder removes the file, because nobody holds it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::lock::{self, Lock};
use crate::base::secret::Secret;
use crate::store::runtime;

/// How long somebody who sweeps is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Removed with this value.
pub struct TokenFile {
    path: PathBuf,
    _lock: Lock,
}

impl TokenFile {
    /// Writes it, and removes those of servers that were killed.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if it can't be written.
    pub fn write(app: &App, token: &Secret) -> Result<Self> {
        let folder = runtime::locate(&app.env)?;
        runtime::ensure(&folder)?;
        runtime::sweep_tokens(&folder);
        let path = folder.join(format!("{}{}", runtime::TOKEN, std::process::id()));
        let failed = |e| Error::failed(format!("can't write {}", path.display())).cause(e);
        // Another awsx that sweeps may hold it for a moment, and remove it.
        let lock = lock::within(PATIENCE, || lock::take(&path)).map_err(failed)?;
        lock.write(token.expose().as_bytes()).map_err(failed)?;
        Ok(TokenFile { path, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
