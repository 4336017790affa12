//! `awsx doctor --fix`: shows what can be mended safely, asks, and writes it.

use std::collections::HashSet;
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
use crate::profile::{FileKind, Locations, Profiles, edit, edit_file, nearest};

/// The end of the name of a file that is kept as it was.
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
        return pick_sources(app);
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
    pick_sources(app)
}

/// Lets a person pick the source of each profile that has none, or names one that doesn't exist. Without a person
/// nothing happens: which one is meant can't be known.
fn pick_sources(app: &App) -> Result<()> {
    if app.global.yes || !app.prompter.can_ask() {
        return Ok(());
    }
    let at = Locations::of(&app.env)?;
    let (files, _) = disk::read(at.clone());
    let profiles = files.profiles()?;
    let names = profiles.names();
    let stored = super::remembered(app, &names);
    for finding in super::in_profiles(&files, &profiles, &app.env, (&stored, false), app.clock.now()) {
        let (Some(Mend::Source { profile }), Some(file), Some(line)) = (&finding.mend, &finding.file, finding.line)
        else {
            continue;
        };
        app.prompter.say(&format!("{}:{line}: {}", file.display(), finding.message));
        let Some(source) = pick_source(app, profile, &profiles, &names)? else { continue };
        let kind = if **file == *at.config { FileKind::Config } else { FileKind::Credentials };
        edit_file(file, |text| edit::set_value(text, kind, profile, "source_profile", &source))?;
        app.prompter.say(&format!("{} has source_profile = {source} now", file.display()));
    }
    Ok(())
}

/// One of the profiles that don't lead back to this one, the similar names first.
fn pick_source(app: &App, profile: &str, profiles: &Profiles, names: &[String]) -> Result<Option<String>> {
    let wrong = profiles.get(profile).and_then(|of| of.get("source_profile").map(str::to_owned));
    let near = nearest(names, wrong.as_deref().unwrap_or(profile));
    let leads_back = |name: &str| {
        let mut seen = HashSet::new();
        let mut next = Some(name.to_owned());
        while let Some(name) = next.filter(|name| seen.insert(name.clone())) {
            if name == profile {
                return true;
            }
            next = profiles.get(&name).and_then(|of| of.get("source_profile").map(str::to_owned));
        }
        false
    };
    let others = names.iter().map(String::as_str).filter(|name| !near.contains(name));
    let fit: Vec<&str> = near.iter().copied().chain(others).filter(|name| !leads_back(name)).collect();
    let leave = "leave it as it is".to_owned();
    let rows: Vec<String> = fit.iter().map(|name| (*name).to_owned()).chain([leave]).collect();
    let chosen = app.prompter.choose(&format!("Source of {profile}"), &rows)?;
    Ok(fit.get(chosen).map(|name| (*name).to_owned()))
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
            let copy = keep(path, draft.before.as_bytes()).map_err(|error| {
                let failed = format!("can't keep a copy of {}", path.display());
                Error::failed(failed).cause(error).hint("nothing was changed")
            })?;
            app.prompter.say(&format!("{} is the file as it was", copy.display()));
        }
        Ok(draft.after.to_string())
    })?;
    Ok(())
}

/// Writes a copy beside the file, under the first name that is free: an older copy may be the only one of what was
/// there first.
fn keep(path: &Path, content: &[u8]) -> std::io::Result<PathBuf> {
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(SUFFIX);
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let copy = PathBuf::from(name);
        match atomic_write::draft(&copy, content, None)?.create() {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            other => return other.map(|()| copy),
        }
    }
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
