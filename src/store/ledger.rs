//! The ledger: which session was issued when, for which profile, and who asked for it. It holds no secret. One JSON
//! object a line, the newest last.
//!
//! Writers take turns with a lock, so that none loses its line to another that cuts the file. A killed writer may
//! leave a torn line. The next one begins a new line, and readers skip what they can't read.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use nix::fcntl::OFlag;
use serde::{Deserialize, Serialize};

use crate::base::time::Timestamp;
use crate::base::{atomic_write, lock};

const FILE: &str = "ledger.jsonl";
/// How long to wait for the other writers. Each takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an entry is kept, in seconds: 90 days, as CloudTrail keeps its event history.
const KEPT_FOR: i64 = 90 * 24 * 3600;
/// How much older the oldest entry gets before the file is cut, so that this doesn't happen with each new entry.
const SLACK: i64 = 10 * 24 * 3600;
/// How large the file gets before it is cut to half of that.
const MOST_BYTES: u64 = 2 * 1024 * 1024;
/// More than one line can have: profiles, ARNs and terminals have short names.
const LONGEST_LINE: u64 = 16 * 1024;

/// One session that was issued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The ID of its access key.
    pub access_key_id: String,
    /// The profile it was made for.
    pub profile: String,
    /// Twelve digits, where known.
    pub account: Option<String>,
    /// Whose it is, where known.
    pub arn: Option<String>,
    /// When it was issued: RFC 3339 in UTC.
    pub issued: String,
    /// When it ends, likewise.
    pub expires: Option<String>,
    /// The name of the program that asked.
    pub program: Option<String>,
    /// Its process.
    pub pid: u32,
    /// Its terminal.
    pub tty: Option<String>,
    /// The AI coding agent that ran it.
    pub agent: Option<String>,
}

/// Adds an entry, and removes old ones where it is time to.
///
/// # Errors
/// Whatever the file system says; [`ErrorKind::TimedOut`] if another process does not get done.
pub fn append(dir: &Path, record: &Record, now: Timestamp) -> io::Result<()> {
    let mut line = serde_json::to_string(record)?;
    line.push('\n');
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let _turn = lock::within(PATIENCE, || lock::take(&dir.join("ledger.lock")))?;
    let mut file = open(&dir.join(FILE))?;
    let size = file.metadata()?.len();
    if !ends_a_line(&file, size)? {
        line.insert(0, '\n');
    }
    file.write_all(line.as_bytes())?;
    if size > MOST_BYTES || oldest(&mut file)?.is_some_and(|oldest| oldest < long_ago(now, KEPT_FOR + SLACK)) {
        cut(dir, now)?;
    }
    Ok(())
}

/// Every entry that can be read, the oldest first.
///
/// # Errors
/// Whatever the file system says; no ledger is no error.
pub fn read(dir: &Path) -> io::Result<Vec<Record>> {
    match std::fs::read(dir.join(FILE)) {
        Ok(bytes) => Ok(bytes.split(|byte| *byte == b'\n').filter_map(entry).collect()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

fn entry(line: &[u8]) -> Option<Record> {
    serde_json::from_slice(line).ok().filter(|record: &Record| !record.access_key_id.is_empty())
}

/// Opens the file for its owner alone. A link or a pipe in its place is an error.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file =
        OpenOptions::new().read(true).append(true).create(true).mode(0o600).custom_flags(flags.bits()).open(path)?;
    let there = file.metadata()?;
    if !there.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, format!("{} is not a file", path.display())));
    }
    if there.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn ends_a_line(file: &File, size: u64) -> io::Result<bool> {
    let Some(last) = size.checked_sub(1) else { return Ok(true) };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    Ok(byte == [b'\n'])
}

/// When the first entry was issued; `None` if it can't be read.
fn oldest(file: &mut File) -> io::Result<Option<String>> {
    file.seek(SeekFrom::Start(0))?;
    let mut line = Vec::new();
    BufReader::new(file.take(LONGEST_LINE)).read_until(b'\n', &mut line)?;
    Ok(entry(&line).map(|record| record.issued))
}

fn long_ago(now: Timestamp, seconds: i64) -> String {
    now.plus(-seconds).to_string()
}

/// Removes entries that are too old, and the oldest ones of a file that is too large.
fn cut(dir: &Path, now: Timestamp) -> io::Result<()> {
    let since = long_ago(now, KEPT_FOR);
    let mut room = usize::try_from(MOST_BYTES / 2).unwrap_or(usize::MAX);
    let mut kept = Vec::new();
    for record in read(dir)?.into_iter().rev().filter(|record| record.issued >= since) {
        let line = serde_json::to_string(&record)? + "\n";
        let Some(left) = room.checked_sub(line.len()) else { break };
        room = left;
        kept.push(line);
    }
    kept.reverse();
    atomic_write::write(&dir.join(FILE), kept.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::testkit::START;

    fn record(id: &str, issued: Timestamp) -> Record {
        Record {
            access_key_id: id.into(),
            profile: "prod".into(),
            issued: issued.to_string(),
            program: Some("terraform".into()),
            pid: 7,
            ..Record::default()
        }
    }

    fn ids(dir: &Path) -> Vec<String> {
        read(dir).unwrap().into_iter().map(|record| record.access_key_id).collect()
    }

    #[test]
    fn many_writers_lose_nothing_and_only_the_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("awsx");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let dir = &dir;
                scope.spawn(move || {
                    for n in 0..10 {
                        append(dir, &record(&format!("ASIA{writer}X{n}"), START), START).unwrap();
                    }
                });
            }
        });
        let mut there = ids(&dir);
        there.sort_unstable();
        there.dedup();
        assert_eq!(there.len(), 80);
        assert_eq!(fs::metadata(dir.join(FILE)).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(dir.join(FILE), Permissions::from_mode(0o644)).unwrap();
        append(&dir, &record("ASIALAST", START), START).unwrap();
        assert_eq!(fs::metadata(dir.join(FILE)).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_torn_line_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        append(dir, &record("ASIA1", START), START).unwrap();
        append(dir, &record("ASIA2", START), START).unwrap();
        let whole = fs::read(dir.join(FILE)).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for end in 0..=whole.len() {
            fs::write(dir.join(FILE), &whole[..end]).unwrap();
            let mut left: Vec<&str> = [("ASIA1", first), ("ASIA2", whole.len())]
                .into_iter()
                // Without its line break the entry is whole all the same.
                .filter(|(_, length)| end + 1 >= *length)
                .map(|(id, _)| id)
                .collect();
            assert_eq!(ids(dir), left, "{end}");
            append(dir, &record("ASIA3", START), START).unwrap();
            left.push("ASIA3");
            assert_eq!(ids(dir), left, "{end}");
        }
        for nonsense in ["\0\u{ff}\n", "[]\n", "{}\n", "{\"access_key_id\": 1}\n"] {
            fs::write(dir.join(FILE), nonsense).unwrap();
            append(dir, &record("ASIA3", START), START).unwrap();
            assert_eq!(ids(dir), ["ASIA3"], "{nonsense}");
        }
    }

    #[test]
    fn old_entries_go_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        append(dir, &record("ASIA1", START), START).unwrap();
        append(dir, &record("ASIA2", START.plus(SLACK + 1)), START).unwrap();
        let later = |seconds| START.plus(KEPT_FOR + seconds);
        append(dir, &record("ASIA3", later(SLACK)), later(SLACK)).unwrap();
        assert_eq!(ids(dir), ["ASIA1", "ASIA2", "ASIA3"]);
        append(dir, &record("ASIA4", later(SLACK + 1)), later(SLACK + 1)).unwrap();
        assert_eq!(ids(dir), ["ASIA2", "ASIA3", "ASIA4"]);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let line = serde_json::to_string(&record("ASIAOLD", START)).unwrap() + "\n";
        let many = usize::try_from(MOST_BYTES).unwrap() / line.len() + 1;
        fs::write(dir.join(FILE), line.repeat(many)).unwrap();
        append(dir, &record("ASIANEW", START), START).unwrap();
        let left = fs::metadata(dir.join(FILE)).unwrap().len();
        assert!(left <= MOST_BYTES / 2 && left > MOST_BYTES / 2 - 1024, "{left}");
        assert_eq!(ids(dir).last().map(String::as_str), Some("ASIANEW"));
    }

    #[test]
    fn no_link_is_followed_and_no_pipe_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        std::os::unix::fs::symlink(dir.join("elsewhere"), dir.join(FILE)).unwrap();
        assert!(append(dir, &record("ASIA1", START), START).is_err());
        fs::remove_file(dir.join(FILE)).unwrap();
        nix::unistd::mkfifo(&dir.join(FILE), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(append(dir, &record("ASIA1", START), START).is_err());
        assert!(!dir.join("elsewhere").exists());
    }

    #[test]
    fn no_ledger_is_an_empty_one() {
        assert_eq!(read(Path::new("/nonexistent/awsx")).unwrap(), []);
    }
}
