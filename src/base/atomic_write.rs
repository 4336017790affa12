//! The one way that a file is written.
//!
//! - The path always leads to the complete old file or to the complete new one.
//! - Owner and mode are set before anybody else can see the new file: those of the file it replaces, or 0600.
//! - A failed write leaves everything as it was. A killed one may leave a file `.awsx-….tmp`, which the next write in the
//!   same folder removes.
//!
//! On Linux the new file has no name until it is complete (`O_TMPFILE`). It then gets a temporary name and is renamed,
//! because a link can't replace another file. Where the file system can't do that, it has the temporary name from the
//! start. Its writer holds a lock on it as long as it has that name, so an unlocked one is a leftover.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{ErrorKind, Result, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::lock;

const PREFIX: &str = ".awsx-";
const SUFFIX: &str = ".tmp";

/// A complete file that is not in its place yet. Dropping it removes it.
#[derive(Debug)]
pub struct Draft {
    temporary: NamedTempFile,
    target: PathBuf,
    /// Whether the file must survive a power cut, and so is synced to the disk.
    lasting: bool,
}

/// Writes a file that can be made again, so it is not synced to the disk. Replaces whatever file is there. Only its owner
/// may read it (0600).
///
/// # Errors
/// What the operating system reports.
pub fn write(target: &Path, content: &[u8]) -> Result<()> {
    prepare(target, content, None, false)?.replace()
}

/// Writes the new content of `target` into a file beside it, and syncs it to the disk. It gets the owner and the mode of
/// `like`. Without `like` only its owner may read it (0600).
///
/// # Errors
/// What the operating system reports.
pub fn draft(target: &Path, content: &[u8], like: Option<&Metadata>) -> Result<Draft> {
    prepare(target, content, like, true)
}

fn prepare(target: &Path, content: &[u8], like: Option<&Metadata>, lasting: bool) -> Result<Draft> {
    let folder = folder(target);
    sweep(folder);
    let put = |mut file: &File| {
        belong(file, like)?;
        file.write_all(content)?;
        if lasting { file.sync_all() } else { Ok(()) }
    };
    let temporary = unnamed(folder, put).or_else(|_| named(folder, put))?;
    Ok(Draft { temporary, target: target.into(), lasting })
}

impl Draft {
    /// Moves it to its place. Replaces whatever file is there.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn replace(self) -> Result<()> {
        let _held = self.temporary.persist(&self.target).map_err(|error| error.error)?;
        settle(&self.target, self.lasting);
        Ok(())
    }

    /// Moves it to its place, where no file may be yet.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`]; else what the operating system reports.
    pub fn create(self) -> Result<()> {
        let _held = self.temporary.persist_noclobber(&self.target).map_err(|error| error.error)?;
        settle(&self.target, self.lasting);
        Ok(())
    }
}

/// Syncs the folder, so that the new name survives a power cut too. Best effort: the file is in its place already.
fn settle(target: &Path, lasting: bool) {
    if lasting {
        let _ = File::open(folder(target)).and_then(|folder| folder.sync_all());
    }
}

fn folder(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn builder() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    builder
}

#[cfg(target_os = "linux")]
fn unnamed(folder: &Path, put: impl Fn(&File) -> Result<()>) -> Result<NamedTempFile> {
    use nix::fcntl::{AT_FDCWD, AtFlags, OFlag};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;

    let file = File::options().write(true).mode(0o600).custom_flags(OFlag::O_TMPFILE.bits()).open(folder)?;
    file.try_lock()?;
    put(&file)?;
    let there = format!("/proc/self/fd/{}", file.as_raw_fd());
    builder().make_in(folder, |path| {
        nix::unistd::linkat(AT_FDCWD, there.as_str(), AT_FDCWD, path, AtFlags::AT_SYMLINK_FOLLOW)?;
        file.try_clone()
    })
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path, _: impl Fn(&File) -> Result<()>) -> Result<NamedTempFile> {
    Err(ErrorKind::Unsupported.into())
}

fn named(folder: &Path, put: impl Fn(&File) -> Result<()>) -> Result<NamedTempFile> {
    for _ in 0..8 {
        let temporary = builder().tempfile_in(folder)?;
        // Before it was locked, another writer may have removed it as a leftover. Where there are no locks, nobody does.
        let _ = temporary.as_file().lock();
        if lock::in_place(temporary.as_file(), temporary.path()) {
            put(temporary.as_file())?;
            return Ok(temporary);
        }
    }
    Err(ErrorKind::ResourceBusy.into())
}

fn belong(file: &File, like: Option<&Metadata>) -> Result<()> {
    let Some(like) = like else {
        // Exactly this, whatever the umask is.
        return file.set_permissions(Permissions::from_mode(0o600));
    };
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        // Only root may change the owner. A user may set the group, if it is one of theirs.
        if fchown(file, Some(like.uid()), Some(like.gid())).is_err() {
            let _ = fchown(file, None, Some(like.gid()));
        }
    }
    file.set_permissions(like.permissions())
}

/// Removes what killed writers have left in a folder.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes()) {
            lock::sweep(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    /// With and without a name from the start.
    type Way = fn(&Path, &dyn Fn(&File) -> Result<()>) -> Result<NamedTempFile>;
    const WAYS: [Way; 2] = [|folder, put| unnamed(folder, put), |folder, put| named(folder, put)];

    #[test]
    fn it_has_a_name_only_once_it_is_whole_where_the_system_can_do_that() {
        for (way, seen) in WAYS.iter().zip([0, 1]) {
            let folder = tempfile::tempdir().unwrap();
            let temporary = way(folder.path(), &|_| {
                // Another writer removes leftovers, and must not remove this file.
                write(&folder.path().join("other"), b"")?;
                assert_eq!(names(folder.path()).len(), 1 + seen);
                Ok(())
            });
            let temporary = temporary.unwrap();
            write(&folder.path().join("other"), b"").unwrap();
            assert_eq!(names(folder.path()).len(), 2);
            drop(temporary);
            assert_eq!(names(folder.path()), ["other"]);
        }
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        for way in WAYS {
            let folder = tempfile::tempdir().unwrap();
            assert!(way(folder.path(), &|_| Err(ErrorKind::StorageFull.into())).is_err());
            assert_eq!(names(folder.path()), Vec::<String>::new());
        }
    }

    #[test]
    fn mode_and_place() {
        let folder = tempfile::tempdir().unwrap();
        let (target, like) = (folder.path().join("file"), folder.path().join("like"));
        draft(&target, b"one", None).unwrap().create().unwrap();
        assert_eq!(mode(&target), 0o600);
        let error = draft(&target, b"two", None).unwrap().create().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        fs::write(&like, "").unwrap();
        for wanted in [0o644, 0o640, 0o400] {
            fs::set_permissions(&like, Permissions::from_mode(wanted)).unwrap();
            let draft = draft(&target, b"two", Some(&fs::metadata(&like).unwrap())).unwrap();
            assert_eq!(mode(draft.temporary.path()), wanted);
            draft.replace().unwrap();
            assert_eq!((mode(&target), fs::read(&target).unwrap()), (wanted, b"two".to_vec()));
        }
        assert_eq!(names(folder.path()), ["file", "like"]);
    }

    #[test]
    fn the_next_writer_removes_what_was_left_behind_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".awsx-left.tmp", ".awsx-left", "left.tmp"] {
            fs::write(folder.path().join(name), "half").unwrap();
        }
        fs::create_dir(folder.path().join(".awsx-folder.tmp")).unwrap();
        nix::unistd::mkfifo(&folder.path().join(".awsx-pipe.tmp"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        write(&folder.path().join("new"), b"").unwrap();
        assert_eq!(names(folder.path()), [".awsx-folder.tmp", ".awsx-left", "left.tmp", "new"]);
    }

    #[test]
    fn writers_in_parallel_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let target = folder.path().join(format!("file-{n}"));
                scope.spawn(move || {
                    for turn in 0..20 {
                        write(&target, format!("{turn}").as_bytes()).unwrap();
                    }
                });
            }
        });
        assert_eq!(names(folder.path()).len(), 8);
    }
}
