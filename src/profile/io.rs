//! The one place that reads and writes the user's AWS files.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::Profiles;
use super::parse::file::{File, FileKind};
use crate::app;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::saved_env::SavedEnv;
use crate::base::vars;
use crate::base::{atomic_write, lock};

/// How long an edit waits for another one. That takes no time: it waits for nothing itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the user's AWS files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locations {
    /// `AWS_CONFIG_FILE`, else `~/.aws/config`.
    pub config: PathBuf,
    /// `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub credentials: PathBuf,
}

impl Locations {
    /// Reads the variables as the AWS CLI does: `$VARIABLE`, `${VARIABLE}`, `~` and `~user` in them are replaced.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder and it is needed.
    pub fn of(env: &Env) -> Result<Self> {
        // A session whose credentials come from a server has taken the files from the SDKs. awsx still reads the
        // person's own.
        let saved = SavedEnv::of(env);
        let place = |variable: &str, name: &str| match saved.before(variable) {
            Some(before) => location(env, before.map(OsStr::new), name),
            None => location(env, env.os(variable), name),
        };
        Ok(Locations {
            config: place(vars::AWS_CONFIG_FILE, "config")?,
            credentials: place(vars::AWS_SHARED_CREDENTIALS_FILE, "credentials")?,
        })
    }
}

fn location(env: &Env, said: Option<&OsStr>, name: &str) -> Result<PathBuf> {
    match said {
        Some(value) => expand_user(env, &expand_variables(env, value)),
        None => Ok(app::home(env)?.join(".aws").join(name)),
    }
}

/// Python's `os.path.expandvars`: a variable that is not set stays as it is written.
fn expand_variables(env: &Env, text: &OsStr) -> OsString {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (name, tail) = match (byte, after) {
            (b'$', [b'{', braced @ ..]) => match braced.iter().position(|b| *b == b'}') {
                Some(end) => (braced.get(..end), braced.get(end + 1..)),
                None => (None, None),
            },
            (b'$', plain) => {
                let end = plain.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(plain.len());
                (plain.get(..end).filter(|name| !name.is_empty()), plain.get(end..))
            }
            _ => (None, None),
        };
        let value = name.and_then(|name| env.os(OsStr::from_bytes(name).to_str()?));
        if let (Some(value), Some(tail)) = (value, tail) {
            out.extend_from_slice(value.as_bytes());
            rest = tail;
        } else {
            out.push(byte);
            rest = after;
        }
    }
    OsString::from_vec(out)
}

/// Python's `os.path.expanduser`.
fn expand_user(env: &Env, text: &OsStr) -> Result<PathBuf> {
    let Some(rest) = text.as_bytes().strip_prefix(b"~") else { return Ok(text.into()) };
    let end = rest.iter().position(|b| *b == b'/').unwrap_or(rest.len());
    let (user, path) = rest.split_at(end);
    let home = match OsStr::from_bytes(user).to_str() {
        Some("") => Some(app::home(env)?),
        Some(user) => nix::unistd::User::from_name(user).ok().flatten().map(|user| user.dir),
        None => None,
    };
    let Some(home) = home else { return Ok(text.into()) };
    let mut whole = home.into_os_string().into_vec();
    whole.extend_from_slice(path);
    Ok(OsString::from_vec(whole).into())
}

impl Profiles {
    /// Reads both files; one that is missing is an empty one.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`]: a file can't be read, is not UTF-8, or can't be parsed (with file
    /// and line).
    pub fn load(env: &Env) -> Result<Self> {
        let at = Locations::of(env)?;
        let file = |kind, path: &Path| read(path)?.map(|text| File::new(kind, Arc::from(path), text)).transpose();
        Ok(Profiles::of(file(FileKind::Config, &at.config)?, file(FileKind::Credentials, &at.credentials)?))
    }
}

/// Whether there is a regular file. Opening a pipe would wait until somebody writes to it.
pub(in crate::profile) fn is_file(path: &Path) -> std::io::Result<bool> {
    match fs::metadata(path) {
        Ok(there) => Ok(there.is_file()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file as it is on the disk, whatever is in it.
pub struct OnDisk {
    /// What is in it.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its mode.
    pub mode: u32,
    /// Whom it belongs to.
    pub owner: u32,
}

impl OnDisk {
    /// Reads it; `None` if there is nothing.
    ///
    /// # Errors
    /// Why it can't be read.
    pub fn look(path: &Path) -> std::io::Result<Option<Self>> {
        let there = match fs::metadata(path) {
            Ok(there) => there,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(error),
        };
        // /dev/null is no file, as for the AWS CLI.
        if there.file_type().is_char_device() {
            return Ok(None);
        }
        if !there.is_file() {
            return Err(std::io::Error::other("it is not a regular file"));
        }
        Ok(Some(OnDisk { bytes: Zeroizing::new(fs::read(path)?), mode: there.mode(), owner: there.uid() }))
    }

    /// Where a symbolic link leads, if nothing is there.
    pub fn dangling(path: &Path) -> Option<PathBuf> {
        fs::read_link(path).ok().filter(|_| !path.exists())
    }
}

/// The text of a file; `None` if there is no regular file. So `/dev/null` is no file, as for the AWS CLI.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`]: it can't be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<Option<Zeroizing<String>>> {
    let unreadable = |error: std::io::Error| {
        Error::config(format!("can't read {}", path.display())).cause(error).hint("make it readable for yourself")
    };
    if !is_file(path).map_err(unreadable)? {
        return Ok(None);
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) => {
            let bytes = Zeroizing::new(error.into_bytes());
            let valid = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
            let line = 1 + bytes.iter().take(valid).filter(|b| **b == b'\n').count();
            Err(Error::config(format!("{}:{line} can't be read", path.display()))
                .cause("it is not UTF-8")
                .hint("save the file as UTF-8; the AWS CLI refuses it as well"))
        }
    }
}

/// Changes one of the user's AWS files. `edit` gets its text (empty if there is none yet) and returns the new one. The
/// result says whether anything was written.
///
/// A symbolic link stays one: the file that it leads to is written. Mode and owner stay, and a new file is readable
/// for its owner alone. The new text replaces the old one in one step.
///
/// # Errors
/// Those of `edit`; [`crate::base::error::ErrorKind::Config`] if the file can't be read;
/// [`crate::base::error::ErrorKind::Failed`] if it can't be written, or if somebody else changed it meanwhile: then
/// it is left alone.
pub fn edit_file(path: &Path, edit: impl FnOnce(&str) -> Result<String>) -> Result<bool> {
    let unwritable = |error: std::io::Error| {
        Error::failed(format!("can't write {}", path.display()))
            .cause(error)
            .hint("it is as it was; make the file and its folder writable for yourself")
    };
    let target = target(path).map_err(unwritable)?;
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    // Some network file systems have no locks. The comparison below still notices another writer.
    let _lock = lock::within(PATIENCE, || lock::take_on(folder));

    let before = state(&target)?;
    let old = before.as_ref().map_or("", |(text, _)| text.as_str());
    let new = Zeroizing::new(edit(old)?);
    if *new == old {
        return Ok(false);
    }
    let like = before.as_ref().map(|(_, metadata)| metadata);
    let draft = atomic_write::draft(&target, new.as_bytes(), like).map_err(unwritable)?;
    let changed = || changed_meanwhile(path);
    let identity = |state: &Option<(Zeroizing<String>, fs::Metadata)>| {
        state.as_ref().map(|(text, of)| (text.clone(), of.dev(), of.ino(), of.mtime(), of.mtime_nsec()))
    };
    if identity(&state(&target)?) != identity(&before) {
        return Err(changed());
    }
    let placed = if before.is_some() { draft.replace() } else { draft.create() };
    placed.map_err(|error| if error.kind() == ErrorKind::AlreadyExists { changed() } else { unwritable(error) })?;
    Ok(true)
}

/// Replaces the text of one of the user's AWS files, if it still is `old`.
///
/// # Errors
/// As [`edit_file`].
pub fn replace_file(path: &Path, old: &str, new: &str) -> Result<bool> {
    edit_file(path, |now| if now == old { Ok(new.to_owned()) } else { Err(changed_meanwhile(path)) })
}

fn changed_meanwhile(path: &Path) -> Error {
    Error::failed(format!("{} was changed by somebody else meanwhile", path.display()))
        .cause("it is left as they wrote it")
        .hint("run the command again")
}

/// The end of a chain of symbolic links, even if nothing exists there yet.
///
/// # Errors
/// What the operating system reports.
pub fn target(path: &Path) -> std::io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many links as Linux follows.
    for _ in 0..40 {
        match fs::canonicalize(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => return found,
        }
        match fs::read_link(&path) {
            Ok(link) => path = path.parent().unwrap_or(Path::new("")).join(link),
            Err(_) => return std::path::absolute(&path),
        }
    }
    Err(ErrorKind::NotFound.into())
}

/// The text of a file and what the file system says about it; `None` if there is none.
fn state(path: &Path) -> Result<Option<(Zeroizing<String>, fs::Metadata)>> {
    let Ok(metadata) = fs::metadata(path) else { return Ok(None) };
    match read(path)? {
        Some(text) => Ok(Some((text, metadata))),
        None => Err(Error::failed(format!("can't write {}", path.display())).cause("it is not a regular file")),
    }
}
