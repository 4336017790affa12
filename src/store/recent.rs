//! Which profiles were used lately: a short list of names in awsx's state, for pickers. It is written when a session
//! is made or a profile is chosen, never by a command whose session is in the cache.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::base::atomic_write;

/// How many are remembered.
const MOST: usize = 20;

fn file(dir: &Path) -> PathBuf {
    dir.join("recent.json")
}

/// The names, the latest first; none if the file is missing or can't be read. A profile may be gone by now.
pub fn load(dir: &Path) -> Vec<String> {
    fs::read(file(dir)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Remembers that a profile was used. It is no failure if that can't be written.
pub fn used(app: &App, profile: &str) {
    if let Ok(dir) = app.state_dir()
        && let Err(error) = note(&dir, profile)
    {
        app.debug(|| format!("{profile} is not remembered as used: {error}"));
    }
}

/// Puts a profile first. If two commands do so at once, one of them may be forgotten: that does no harm.
fn note(dir: &Path, profile: &str) -> io::Result<()> {
    let mut names = load(dir);
    if names.first().is_some_and(|first| first == profile) {
        return Ok(());
    }
    names.retain(|name| name != profile);
    names.insert(0, profile.to_owned());
    names.truncate(MOST);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    atomic_write::write(&file(dir), &serde_json::to_vec_pretty(&names)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_is_first_and_few_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("state");
        assert_eq!(load(&dir), [""; 0]);
        for name in ["a", "b", "b", "a", "c"] {
            note(&dir, name).unwrap();
        }
        assert_eq!(load(&dir), ["c", "a", "b"]);
        (0..100).for_each(|n| note(&dir, &format!("p{n}")).unwrap());
        assert_eq!((load(&dir).len(), load(&dir)[0].as_str()), (MOST, "p99"));
        fs::write(file(&dir), "{").unwrap();
        assert_eq!(load(&dir), [""; 0]);
        note(&dir, "a").unwrap();
        assert_eq!(load(&dir), ["a"]);
    }
}
