//! The one place that reads and writes the user's AWS files.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{File, FileKind, Profiles};
use crate::app;
use crate::env::Env;
use crate::error::{Error, Result};

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
    /// [`crate::error::Kind::Config`] if there is no home folder and it is needed.
    pub fn of(env: &Env) -> Result<Self> {
        Ok(Locations {
            config: location(env, "AWS_CONFIG_FILE", "config")?,
            credentials: location(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
        })
    }
}

fn location(env: &Env, variable: &str, name: &str) -> Result<PathBuf> {
    match env.os(variable) {
        Some(value) => expand_user(env, &expand_variables(env, value)),
        None => Ok(app::home(env)?.join(".aws").join(name)),
    }
}

/// Python's `os.path.expandvars`: what is not set stays as it is.
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
    /// [`crate::error::Kind::Config`]: a file can't be read, is not UTF-8, or (with file and line) makes no sense.
    pub fn load(env: &Env) -> Result<Self> {
        let at = Locations::of(env)?;
        let file = |kind, path: &Path| read(path)?.map(|text| File::new(kind, Arc::from(path), text)).transpose();
        Ok(Profiles {
            config: file(FileKind::Config, &at.config)?,
            credentials: file(FileKind::Credentials, &at.credentials)?,
        })
    }
}

/// The text of a file; `None` if there is no regular file, which is how the AWS CLI takes `/dev/null`.
fn read(path: &Path) -> Result<Option<Zeroizing<String>>> {
    let unreadable = |error: std::io::Error| {
        Error::config(format!("can't read {}", path.display())).cause(error).hint("make it readable for yourself")
    };
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
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
