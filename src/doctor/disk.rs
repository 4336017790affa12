//! The AWS files as they are on the disk: whether they can be read, by whom, and in which encoding.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use nix::unistd::geteuid;
use zeroize::Zeroizing;

use super::finding::Finding;
use super::mend::Mend;
use super::{Files, checks};
use crate::profile::{FileKind, Locations, OnDisk};

/// Reads both files, and says what is wrong with them as files.
pub fn read(at: Locations) -> (Files, Vec<Finding>) {
    let mut files = Files { at, sheets: [None, None] };
    let mut found = Vec::new();
    for kind in [FileKind::Config, FileKind::Credentials] {
        let path = files.path(kind).to_owned();
        if let Some(text) = file(kind, &path, &mut found) {
            files.set(kind, text);
        }
    }
    let mut folders: Vec<&Path> =
        [&files.at.config, &files.at.credentials].iter().filter_map(|path| path.parent()).collect();
    folders.dedup();
    found.extend(folders.into_iter().filter_map(folder));
    (files, found)
}

/// Whether the files are text, so that they can be mended.
pub fn is_text(found: &[Finding]) -> bool {
    !found.iter().any(|finding| finding.check == checks::NOT_UTF8)
}

fn file(kind: FileKind, path: &Path, found: &mut Vec<Finding>) -> Option<Zeroizing<String>> {
    match OnDisk::look(path) {
        Ok(Some(there)) => {
            let path: Arc<Path> = path.into();
            let text = text(&path, there.bytes, found);
            modes(kind, &path, there.mode, there.owner, &text, found);
            Some(text)
        }
        Ok(None) => {
            if let Some(target) = OnDisk::dangling(path) {
                let what =
                    format!("it is a link to {}, which is not there: the AWS CLI takes it for empty", target.display());
                let finding = Finding::new(checks::DANGLING_LINK, what).file(path);
                found.push(finding.fix("make that file, or remove the link"));
            }
            None
        }
        Err(why) => {
            let finding = Finding::new(checks::UNREADABLE_FILE, format!("it can't be read: {why}")).file(path);
            found.push(finding.fix("make it a file that you can read"));
            None
        }
    }
}

/// Its text. A line that is not UTF-8 counts as a comment.
fn text(path: &Arc<Path>, mut bytes: Zeroizing<Vec<u8>>, found: &mut Vec<Finding>) -> Zeroizing<String> {
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => {
            let bytes = Zeroizing::new(error.into_bytes());
            let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
            for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
                if let Ok(line) = std::str::from_utf8(line) {
                    text.push_str(line);
                    continue;
                }
                text.push_str("#\n");
                let what = "this line is not UTF-8, and the AWS CLI refuses the whole file";
                let finding = Finding::new(checks::NOT_UTF8, what).at(path, number);
                found.push(finding.fix("write the line anew, and save the file as UTF-8"));
            }
            text
        }
    }
}

fn modes(kind: FileKind, path: &Arc<Path>, mode: u32, owner: u32, text: &str, found: &mut Vec<Finding>) {
    if let Some(finding) = foreign(path, owner) {
        found.push(finding);
        return;
    }
    let mode = mode & 0o777;
    if mode & 0o022 != 0 {
        let what = format!(
            "other users can write it (mode {mode:03o}): with a credential_process they have their own program run"
        );
        let finding = Finding::new(checks::WRITABLE_BY_OTHERS, what).file(path);
        found.push(finding.fix("chmod go-w").mend(Mend::Mode(path.to_path_buf(), 0o022)));
    }
    let secret = kind == FileKind::Credentials || text.contains("aws_secret_access_key");
    if mode & 0o044 != 0 && secret {
        let what = format!("other users can read it (mode {mode:03o}), with the keys that are in it");
        let finding = Finding::new(checks::READABLE_BY_OTHERS, what).file(path);
        found.push(finding.fix("chmod 600").mend(Mend::Mode(path.to_path_buf(), 0o077)));
    }
}

/// Whoever can write a folder can put another file in the place of one.
fn folder(path: &Path) -> Option<Finding> {
    let there = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
    if let Some(finding) = foreign(path, there.uid()) {
        return Some(finding);
    }
    // In a folder like /tmp everybody can make files, and nobody can replace those of others.
    let (mode, sticky) = (there.mode() & 0o777, there.mode() & 0o1000 != 0);
    let finding = (mode & 0o022 != 0 && !sticky).then(|| {
        let what = format!("other users can write this folder (mode {mode:03o}), and replace the files in it");
        Finding::new(checks::WRITABLE_BY_OTHERS, what).file(path)
    })?;
    Some(finding.fix("chmod go-w").mend(Mend::Mode(path.to_owned(), 0o022)))
}

fn foreign(path: &Path, owner: u32) -> Option<Finding> {
    if owner == geteuid().as_raw() || owner == 0 {
        return None;
    }
    let what = "it belongs to another user, who can change what is in it";
    Some(
        Finding::new(checks::FOREIGN_OWNER, what)
            .file(path)
            .fix("make it your own, or point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE to files of yours"),
    )
}
