//! How long commands took in a folder (`awsx exec --learn`). The name of a command is kept, and never its arguments.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::time::Timestamp;
use crate::base::{atomic_write, lock};
use crate::store::state::PATIENCE;

/// How many commands are remembered. The ones that ran longest ago go first.
const MOST: usize = 200;
/// How many times of a command are remembered. The longest of them counts.
const TIMES: usize = 5;

/// What tells one command from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Where it ran.
    pub folder: String,
    /// The name of the program.
    pub program: String,
    /// The profile.
    pub profile: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Learnt {
    #[serde(flatten)]
    run: Run,
    /// Seconds, the last time first.
    took: Vec<u32>,
    /// When it ran last, in epoch seconds.
    at: i64,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("learnt.json")
}

fn load(dir: &Path) -> Vec<Learnt> {
    fs::read(file(dir)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// The longest that a command took lately, in seconds; `None` if it isn't known.
pub fn longest(dir: &Path, run: &Run) -> Option<u32> {
    load(dir).into_iter().find(|known| known.run == *run)?.took.into_iter().max()
}

/// Remembers how long a command took. A file that can't be read is begun anew: losing it does no harm.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`].
pub fn add(dir: &Path, run: &Run, took: u32, now: Timestamp) -> Result<()> {
    let failed = |e: io::Error| Error::failed(format!("can't write {}", file(dir).display())).cause(e);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
    let _lock = lock::within(PATIENCE, || lock::take(&dir.join("lock"))).map_err(failed)?;
    let mut all = load(dir);
    let at = all.iter().position(|known| known.run == *run);
    let mut this = at.map_or_else(|| Learnt { run: run.clone(), took: Vec::new(), at: 0 }, |at| all.remove(at));
    this.took.insert(0, took);
    this.took.truncate(TIMES);
    this.at = now.0;
    all.insert(0, this);
    all.truncate(MOST);
    let text = serde_json::to_vec_pretty(&all).map_err(|e| failed(e.into()))?;
    atomic_write::write(&file(dir), &text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &str, program: &str, profile: &str) -> Run {
        Run { folder: folder.into(), program: program.into(), profile: profile.into() }
    }

    #[test]
    fn the_longest_of_the_last_few_counts_for_each_folder_program_and_profile() {
        let dir = tempfile::tempdir().unwrap();
        let (dir, this) = (dir.path().join("state"), run("/a", "terraform", "prod"));
        assert_eq!(longest(&dir, &this), None);
        for (took, longest_now) in
            [(600, 600), (60, 600), (900, 900), (1, 900), (2, 900), (3, 900), (4, 900), (5, 5), (6, 6)]
        {
            add(&dir, &this, took, Timestamp(1)).unwrap();
            assert_eq!(longest(&dir, &this), Some(longest_now), "{took}");
        }
        for other in [run("/b", "terraform", "prod"), run("/a", "tofu", "prod"), run("/a", "terraform", "test")] {
            assert_eq!(longest(&dir, &other), None);
        }
        (0..300).for_each(|n| add(&dir, &run("/a", &format!("p{n}"), "prod"), 1, Timestamp(2)).unwrap());
        assert_eq!((load(&dir).len(), longest(&dir, &this)), (MOST, None));
        fs::write(file(&dir), "{").unwrap();
        assert_eq!(longest(&dir, &this), None);
        add(&dir, &this, 7, Timestamp(3)).unwrap();
        assert_eq!(longest(&dir, &this), Some(7));
    }
}
