//! The files in which the AWS CLI keeps sign-ins in clear, and which every SDK reads. A link is followed: what it leads
//! to holds the sign-in.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::{atomic_write, secret};

/// What is in it.
///
/// # Errors
/// What the operating system reports; [`ErrorKind::InvalidInput`] for what is no file. Opening a pipe would wait until
/// somebody writes to it.
pub fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    if !fs::metadata(path)?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    secret::read_text(File::open(path)?)
}

/// Writes it whole, readable for its owner alone.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`]; the file is then as it was.
pub fn write(path: &Path, json: &[u8]) -> Result<()> {
    let put = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        atomic_write::draft(&target, json, None)?.replace()
    };
    put().map_err(|e| Error::failed(format!("can't write {}", path.display())).cause(e))
}

/// Removes it; `false` if it wasn't there.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if it is there and can't be removed.
pub fn remove(path: &Path) -> Result<bool> {
    let failed = |path: &Path, e| Error::failed(format!("can't remove {}", path.display())).cause(e);
    if let Some(target) = fs::read_link(path).ok().and_then(|_| fs::canonicalize(path).ok()) {
        fs::remove_file(&target).map_err(|e| failed(&target, e))?;
    }
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(failed(path, e)),
    }
}
