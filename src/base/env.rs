//! A snapshot of the environment. It is taken once, at the start, so everything else can be tested with a table.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use nix::unistd::{Uid, User};

use crate::base::error::{Error, Result};
use crate::base::vars::{self, Role};

/// The environment variables of this process, or of a test. `Debug` shows the names alone: values may be secrets. Every
/// port keeps one, so a clone is cheap.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Env(Arc<BTreeMap<OsString, OsString>>);

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Env {
    /// The environment of this process. If HOME is not set, it is taken from the password database, as the AWS CLI does.
    pub fn of_process() -> Self {
        let mut all: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        if all.get(OsStr::new("HOME")).is_none_or(|home| home.is_empty())
            && let Ok(Some(user)) = User::from_uid(Uid::current())
        {
            all.insert("HOME".into(), user.dir.into());
        }
        Env(Arc::new(all))
    }

    /// Refuses a variable that awsx reads as text and that is not UTF-8. Ignoring it would be dangerous: the profile would
    /// silently be `default`, or the endpoint that of AWS.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`].
    pub fn check(&self) -> Result<()> {
        let read = |name: &OsStr| {
            let var = vars::TABLE.iter().find(|var| name == var.name)?;
            (var.role != Role::Set && !vars::PATHS.contains(&var.name)).then_some(var.name)
        };
        match self.iter().filter(|(_, value)| value.to_str().is_none()).find_map(|(name, _)| read(name)) {
            None => Ok(()),
            Some(name) => Err(Error::config(format!("{name} can't be read"))
                .cause("its value is not UTF-8")
                .hint(format!("set {name} to UTF-8 text, or unset it"))),
        }
    }

    /// The value, if it is set, not empty, and text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.os(name)?.to_str().filter(|v| !v.is_empty())
    }

    /// The first of `names` that [`Env::get`] finds.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|n| self.get(n))
    }

    /// The value as it is, also if empty or not text.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The value as a path, if it is set and not empty.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
    }

    /// A path as people write it: a leading `~/` is the home folder.
    pub fn expand(&self, path: &str) -> String {
        match (path.strip_prefix("~/"), self.get("HOME")) {
            (Some(rest), Some(home)) => format!("{home}/{rest}"),
            _ => path.into(),
        }
    }

    /// Whether it is set to something other than empty, `0`, `false`, `no` or `off`.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(is_on)
    }

    /// Whether it is set to `0`, `false`, `no` or `off`.
    pub fn is_off(&self, name: &str) -> bool {
        self.get(name).is_some_and(|v| !is_on(v))
    }

    /// The same with another value of a variable; `None` takes it away.
    #[must_use]
    pub fn with(&self, name: &str, value: Option<&str>) -> Self {
        let mut all = (*self.0).clone();
        match value {
            Some(value) => all.insert(name.into(), value.into()),
            None => all.remove(OsStr::new(name)),
        };
        Env(Arc::new(all))
    }

    /// Every variable.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(k, v)| (k.as_os_str(), v.as_os_str()))
    }
}

fn is_on(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off")
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Env {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(iter: T) -> Self {
        Env(Arc::new(iter.into_iter().map(|(k, v)| (k.into(), v.into())).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn a_variable_that_is_no_text_is_refused_where_awsx_reads_it() {
        let with = |name: &str| Env::from_iter([(OsStr::new(name), OsStr::from_bytes(b"prod\xff"))]).check();
        for name in ["AWSX_PROFILE", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWSX_FILE_PASSPHRASE"] {
            assert_eq!(with(name).unwrap_err().what, format!("{name} can't be read"));
        }
        // A path may be any bytes, and the rest is somebody else's.
        for name in ["AWS_CONFIG_FILE", "AWSX_ZDOTDIR", "PS1"] {
            assert_eq!(with(name), Ok(()), "{name}");
        }
    }
}
