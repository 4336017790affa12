//! The copy of an AWS file beside it, while keys are taken out of it. It is made before the file is changed, and
//! removed once the keys have been read back from the keychain. What a killed import leaves is found by the next one.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::files::{AwsFile, find};
use crate::access_keys::store;
use crate::app::App;
use crate::base::atomic_write;
use crate::base::error::{Error, Result};
use crate::profile::{FileKind, io};

/// The end of the name of a copy that is removed again. A copy that is kept has another one, so the two are never
/// confused.
const SUFFIX: &str = ".awsx-import";

/// Where the copy of a file is: beside the file that a symbolic link leads to.
fn beside(path: &Path, suffix: &str) -> Result<PathBuf> {
    let target = io::target(path)
        .map_err(|e| Error::config(format!("can't follow the symbolic link {}", path.display())).cause(e))?;
    let mut name = target.into_os_string();
    name.push(suffix);
    Ok(name.into())
}

/// Makes the copy, for its owner alone. With `keep`, the copy is to be kept, and has this time in its name.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`].
pub fn make(file: &AwsFile, keep: Option<&str>) -> Result<PathBuf> {
    let place = match keep {
        Some(stamp) => beside(&file.path, &format!(".awsx-backup-{stamp}"))?,
        None => beside(&file.path, SUFFIX)?,
    };
    atomic_write::draft(&place, file.text.as_bytes(), None).and_then(atomic_write::Draft::create).map_err(|e| {
        Error::failed(format!("can't make a copy of {}", file.path.display()))
            .cause(format!("{}: {e}", place.display()))
            .hint("nothing was taken out of the file; its keys are in the keychain now")
    })?;
    Ok(place)
}

/// Removes a copy.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`].
pub fn remove(place: &Path) -> Result<()> {
    fs::remove_file(place).map_err(|e| {
        Error::failed(format!("can't remove {}", place.display()))
            .cause(e)
            .hint("it holds keys in plain text: remove it yourself")
    })
}

/// Cleans up after a killed import: removes the copy of a file if each key in it is in the keychain, or still in the
/// file.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if a key is in the copy alone; it is kept then.
pub fn settle(app: &App, kind: FileKind, path: &Path, file: Option<&AwsFile>) -> Result<()> {
    let place = beside(path, SUFFIX)?;
    match fs::symlink_metadata(&place) {
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        _ => {}
    }
    let Some(text) = io::read(&place)? else {
        return Err(Error::failed(format!("{} is in the way", place.display())).hint("move it elsewhere"));
    };
    let copy = AwsFile { kind, path: place.clone(), text };
    let now = file.map(AwsFile::profiles).transpose()?;
    for found in find(&[copy])?.found {
        let in_file = now.as_ref().and_then(|now| now.get(&found.profile)?.static_keys()).as_ref() == Some(&found.keys);
        if !in_file && store::held(app, &found.profile).ok().flatten().as_ref() != Some(&found.keys) {
            let (id, name) = (&found.keys.access_key_id, &found.profile);
            return Err(Error::failed(format!("{} holds a key that is nowhere else", place.display()))
                .cause(format!("{id} of {name} is neither in the keychain nor in {}", path.display()))
                .hint(format!("a killed import has left it: move it back to {}, or remove it", path.display())));
        }
    }
    remove(&place)?;
    app.prompter.say(&format!("removed {}, which an earlier import had left: its keys are safe", place.display()));
    Ok(())
}
