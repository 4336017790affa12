//! The AWS files as they are on the disk: whether they can be read, by whom, and in which encoding.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::checks;
use super::finding::Finding;
use crate::profile::sheet::Sheet;
use crate::profile::{FileKind, OnDisk};

/// Reads a file; `None` if there is none to read.
pub fn read(kind: FileKind, path: &Path, found: &mut Vec<Finding>) -> Option<Sheet> {
    let there = match OnDisk::look(path) {
        Ok(Some(there)) => there,
        Ok(None) => {
            if let Some(target) = OnDisk::dangling(path) {
                let what =
                    format!("it is a link to {}, which is not there; the AWS CLI takes it for empty", target.display());
                found.push(
                    Finding::new(checks::DANGLING_LINK, what).file(path).fix("make that file, or remove the link"),
                );
            }
            return None;
        }
        Err(why) => {
            let what = format!("it can't be read: {why}");
            found.push(Finding::new(checks::UNREADABLE_FILE, what).file(path).fix("make it a file that you can read"));
            return None;
        }
    };
    let path: Arc<Path> = path.into();
    modes(&path, &there, found);
    Some(Sheet::new(kind, &path, text(&path, there.bytes, found)))
}

/// Its text. A line that is not UTF-8 counts as a comment.
fn text(path: &Arc<Path>, mut bytes: Zeroizing<Vec<u8>>, found: &mut Vec<Finding>) -> Zeroizing<String> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        let what = "it starts with a byte order mark, and the AWS CLI refuses the whole file; awsx skips the mark";
        found.push(
            Finding::new(checks::BYTE_ORDER_MARK, what).at(path, 1).fix("save it as UTF-8 without a byte order mark"),
        );
    }
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
                found.push(
                    Finding::new(checks::NOT_UTF8, what)
                        .at(path, number)
                        .fix("write the line anew, and save the file as UTF-8"),
                );
            }
            text
        }
    }
}

fn modes(path: &Arc<Path>, there: &OnDisk, found: &mut Vec<Finding>) {
    let mode = there.mode & 0o777;
    if mode & 0o022 != 0 {
        let what = format!(
            "other users can write it (mode {mode:03o}): they could have programs of theirs run, with credential_process"
        );
        found.push(
            Finding::new(checks::WRITABLE_BY_OTHERS, what).file(path).fix(format!("chmod go-w {}", path.display())),
        );
    }
}
