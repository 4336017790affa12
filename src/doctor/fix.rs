//! `awsx doctor --fix`: shows what can be mended safely, asks, and writes it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::mend::Mend;
use super::repair::{Draft, Repair};
use super::{disk, sort};
use crate::app::App;
use crate::base::atomic_write;
use crate::base::error::{Error, Result};
use crate::profile::{Locations, edit_file};

/// What a file is called that is kept as it was.
const SUFFIX: &str = ".awsx-backup";

/// Mends what can be mended safely, after a person has said yes.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Input`] if nobody can be asked; [`crate::base::error::ErrorKind::Failed`] if a file
/// can't be written, or was changed meanwhile: it is left alone then.
pub fn fix(app: &App, keep_backup: bool) -> Result<()> {
    let (files, found) = disk::read(Locations::of(&app.env)?);
    let repair = if disk::is_text(&found) { Repair::of(&files)? } else { Repair::default() };
    let modes: Vec<Finding> = found.into_iter().filter(|f| matches!(f.mend, Some(Mend::Mode(..)))).collect();
    let mut mended: Vec<Finding> = repair.mended.iter().chain(&modes).cloned().collect();
    if mended.is_empty() {
        return Ok(());
    }
    sort(&files, &mut mended);
    for finding in &mended {
        let what = finding.fix.as_deref().unwrap_or(&finding.message);
        app.prompter.say(&format!("{}: {what} [{}]", super::location(finding), finding.check.id));
    }
    let count = mended.len();
    let question = if count == 1 { "Mend this?".to_owned() } else { format!("Mend these {count}?") };
    if !app.confirm(&question)? {
        return Ok(());
    }
    for draft in &repair.drafts {
        write(app, draft, keep_backup)?;
    }
    for finding in &modes {
        if let Some(Mend::Mode(path, away)) = &finding.mend {
            take_away(path, *away)?;
        }
    }
    app.prompter.say(&format!("{count} mended"));
    Ok(())
}

fn write(app: &App, draft: &Draft, keep_backup: bool) -> Result<()> {
    let path = &draft.path;
    edit_file(path, |now| {
        if now != draft.before.as_str() {
            return Err(Error::failed(format!("{} was changed by somebody else meanwhile", path.display()))
                .cause("it is left as they wrote it")
                .hint("run the command again"));
        }
        if keep_backup {
            let copy = backup(path);
            atomic_write::write(&copy, draft.before.as_bytes()).map_err(|error| {
                Error::failed(format!("can't write {}", copy.display())).cause(error).hint("nothing was changed")
            })?;
            app.prompter.say(&format!("{} is what it was", copy.display()));
        }
        Ok(draft.after.to_string())
    })?;
    Ok(())
}

fn backup(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(SUFFIX);
    name.into()
}

fn take_away(path: &Path, bits: u32) -> Result<()> {
    let changed = || {
        let mode = fs::metadata(path)?.mode() & 0o7777;
        fs::set_permissions(path, Permissions::from_mode(mode & !bits))
    };
    changed().map_err(|error: std::io::Error| {
        Error::failed(format!("can't change the mode of {}", path.display())).cause(error)
    })
}
