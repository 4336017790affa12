//! Which profile belongs to a folder (`awsx use --here`). All of it is one small file of awsx's own state, never a
//! file in the folder itself: otherwise whoever writes a repository would choose the profile of those who work in it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};
use crate::base::{atomic_write, lock};
use crate::store::state::PATIENCE;

/// A folder and its profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// An absolute path without links.
    pub folder: PathBuf,
    /// The profile's name; it may not exist any more.
    pub profile: String,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("folders.json")
}

/// All folders with their profiles, by path.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if the file is there and can't be read: going on without it could lead
/// to the wrong profile.
pub fn all(dir: &Path) -> Result<BTreeMap<String, String>> {
    let path = file(dir);
    let broken = |cause: String| {
        Error::failed("the profiles of folders can't be read")
            .cause(format!("{}: {cause}", path.display()))
            .hint("name the profile, or remove this file: it holds what `awsx use --here` remembers, and nothing else")
    };
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| broken(e.to_string())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(e) => Err(broken(e.to_string())),
    }
}

/// The nearest of a folder and the folders above it that has a profile. `folder` is an absolute path without links.
///
/// # Errors
/// As [`all`].
pub fn nearest(dir: &Path, folder: &Path) -> Result<Option<Bound>> {
    let all = all(dir)?;
    Ok(folder.ancestors().find_map(|folder| {
        let profile = all.get(folder.to_str()?)?.clone();
        Some(Bound { folder: folder.to_owned(), profile })
    }))
}

/// Gives a folder a profile, or takes it away (`None`); the one that it had.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`].
pub fn set(dir: &Path, folder: &Path, profile: Option<&str>) -> Result<Option<String>> {
    let failed =
        |cause: String| Error::failed(format!("the profile of {} can't be remembered", folder.display())).cause(cause);
    let name = folder.to_str().ok_or_else(|| failed("the folder's name is not UTF-8".into()))?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| failed(e.to_string()))?;
    let lock = lock::within(PATIENCE, || lock::take(&dir.join("lock")));
    let _lock = lock.map_err(|e| failed(e.to_string()))?;
    let mut all = all(dir)?;
    let before = match profile {
        Some(profile) => all.insert(name.to_owned(), profile.to_owned()),
        None => all.remove(name),
    };
    if before.as_deref() != profile {
        let text = serde_json::to_vec_pretty(&all).map_err(|e| failed(e.to_string()))?;
        atomic_write::write(&file(dir), &text).map_err(|e| failed(e.to_string()))?;
    }
    Ok(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_counts() {
        let dir = tempfile::tempdir().unwrap();
        let of = |folder: &str| nearest(dir.path(), Path::new(folder)).unwrap().map(|bound| bound.profile);
        assert_eq!(of("/a/b"), None);
        for (folder, profile) in [("/a", "outer"), ("/a/b/c", "inner"), ("/ab", "other")] {
            assert_eq!(set(dir.path(), Path::new(folder), Some(profile)).unwrap(), None);
        }
        for (folder, profile) in [
            ("/a", Some("outer")),
            ("/a/b", Some("outer")),
            ("/a/b/c", Some("inner")),
            ("/a/b/c/d/e", Some("inner")),
            ("/a/b/cd", Some("outer")),
            ("/ab/x", Some("other")),
            ("/", None),
            ("/b", None),
        ] {
            assert_eq!(of(folder).as_deref(), profile, "{folder}");
        }
        assert_eq!(set(dir.path(), Path::new("/a/b/c"), None).unwrap().as_deref(), Some("inner"));
        assert_eq!(of("/a/b/c/d").as_deref(), Some("outer"));
        assert_eq!(set(dir.path(), Path::new("/a"), Some("new")).unwrap().as_deref(), Some("outer"));
        assert_eq!(of("/a/b").as_deref(), Some("new"));
    }

    #[test]
    fn a_file_that_can_not_be_read_is_no_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        set(dir.path(), Path::new("/a"), Some("prod")).unwrap();
        fs::write(file(dir.path()), "{").unwrap();
        assert!(nearest(dir.path(), Path::new("/b")).unwrap_err().to_string().contains("folders.json"));
        assert!(set(dir.path(), Path::new("/b"), Some("x")).is_err());
        assert_eq!(fs::read(file(dir.path())).unwrap(), b"{");
    }
}
