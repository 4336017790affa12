//! Secrets in files on a file system in memory, each with its expiry. Only the owner can read them (0600). They are used
//! where the kernel offers no keyring: in most containers, and so in most CI.
//!
//! Such a file is gone when the machine stops, and it is in no image or backup. Unlike a key in the kernel, it may be
//! written to a swap device.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Result};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::atomic_write;
use crate::base::env::Env;
use crate::base::secret::SecretBytes;
use crate::store::runtime;

/// The start of the files' names.
const PREFIX: &str = "remembered-";
/// The length of the two times in front of a secret: when it was stored and when it expires, in seconds since 1970.
const TIMES: usize = 16;
/// Longest secret in bytes, as in the kernel keyring.
const LONGEST: usize = 256;

/// The runtime folder if it is in memory, else a folder of the user in `/dev/shm`. `None` if neither is in memory.
pub fn folder(env: &Env) -> Option<PathBuf> {
    let shared = Path::new("/dev/shm").join(format!("awsx-{}", geteuid()));
    runtime::locate(env).ok().into_iter().chain([shared]).find(|folder| is_in_memory(folder))
}

/// Whether a folder is on a file system in memory, or would be if it existed. Only known on Linux.
#[cfg(target_os = "linux")]
fn is_in_memory(folder: &Path) -> bool {
    use nix::sys::statfs::{TMPFS_MAGIC, statfs};
    let existing = folder.ancestors().find(|folder| folder.exists());
    existing.and_then(|folder| statfs(folder).ok()).is_some_and(|of| of.filesystem_type() == TMPFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
}

/// The secret of that name, unless it has expired or other users could have written it.
pub fn read(folder: &Path, name: &str) -> Option<SecretBytes> {
    let path = path(folder, name);
    let secret = parse(&content(&path)?, now());
    if secret.is_none() {
        let _ = fs::remove_file(path);
    }
    secret
}

/// Stores or replaces a secret, and removes those that have expired.
///
/// # Errors
/// What the operating system reports.
pub fn store(folder: &Path, name: &str, secret: &SecretBytes, seconds: Option<u32>) -> Result<()> {
    if secret.expose().len() > LONGEST {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    runtime::ensure(folder).map_err(|e| std::io::Error::other(e.what))?;
    sweep(folder);
    let end = seconds.map_or(u64::MAX, |seconds| now() + u64::from(seconds));
    let mut content = Zeroizing::new(Vec::with_capacity(TIMES + LONGEST));
    content.extend_from_slice(&now().to_be_bytes());
    content.extend_from_slice(&end.to_be_bytes());
    content.extend_from_slice(secret.expose());
    atomic_write::write(&path(folder, name), &content)
}

/// Removes the secret, if there is one.
///
/// # Errors
/// What the operating system reports.
pub fn forget(folder: &Path, name: &str) -> Result<()> {
    fs::remove_file(path(folder, name))
}

fn path(folder: &Path, name: &str) -> PathBuf {
    let digest = Sha256::digest(name);
    folder.join(format!("{PREFIX}{}", data_encoding::HEXLOWER.encode(digest.get(..16).unwrap_or_default())))
}

fn content(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file: File = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path).ok()?;
    let of = file.metadata().ok()?;
    if !of.is_file() || of.uid() != geteuid().as_raw() || of.mode() & 0o077 != 0 {
        return None;
    }
    let mut content = Zeroizing::new(Vec::with_capacity(TIMES + LONGEST + 1));
    file.take((TIMES + LONGEST) as u64).read_to_end(&mut content).ok()?;
    Some(content)
}

/// The secret in a file, unless it has expired. If the clock is behind the time when it was stored, nobody knows whether it
/// has, so it counts as expired.
fn parse(content: &[u8], now: u64) -> Option<SecretBytes> {
    let (stored, rest) = content.split_first_chunk::<8>()?;
    let (end, secret) = rest.split_first_chunk::<8>()?;
    let good = u64::from_be_bytes(*stored)..u64::from_be_bytes(*end);
    good.contains(&now).then(|| SecretBytes::new(secret.to_vec()))
}

fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
        if ours && content(&entry.path()).is_some_and(|content| parse(&content, now()).is_none()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn secret(byte: u8) -> SecretBytes {
        SecretBytes::new(vec![byte; 64])
    }

    fn home() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("awsx");
        (home, folder)
    }

    #[test]
    fn stores_replaces_and_forgets() {
        let (_home, folder) = home();
        assert!(read(&folder, "one").is_none());
        for byte in [1, 2] {
            store(&folder, "one", &secret(byte), Some(60)).unwrap();
            assert_eq!(read(&folder, "one"), Some(secret(byte)));
        }
        store(&folder, "two", &secret(3), None).unwrap();
        assert_eq!(read(&folder, "two"), Some(secret(3)));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&path(&folder, "one"))), (0o700, 0o600));
        forget(&folder, "one").unwrap();
        assert!(read(&folder, "one").is_none() && read(&folder, "two").is_some());
        assert!(store(&folder, "one", &SecretBytes::new(vec![0; LONGEST + 1]), None).is_err());
    }

    #[test]
    fn ends_when_it_should_and_is_removed() {
        let content = [7u64.to_be_bytes(), 9u64.to_be_bytes()].concat();
        let good: Vec<u64> = (0..20).filter(|now| parse(&content, *now).is_some()).collect();
        assert_eq!(good, [7, 8]);
        assert!(parse(&content[..15], 8).is_none());

        let (_home, folder) = home();
        for name in ["read", "swept"] {
            store(&folder, name, &secret(1), Some(60)).unwrap();
            fs::write(path(&folder, name), &content).unwrap();
        }
        assert!(read(&folder, "read").is_none() && !path(&folder, "read").exists());
        store(&folder, "new", &secret(1), Some(60)).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn what_others_could_have_written_is_not_believed() {
        let (home, folder) = home();
        store(&folder, "one", &secret(1), None).unwrap();
        let file = path(&folder, "one");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&folder, "one").is_none());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(&file, home.path().join("elsewhere")).unwrap();
        symlink(home.path().join("elsewhere"), &file).unwrap();
        assert!(read(&folder, "one").is_none());
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(store(&folder, "one", &secret(1), None).is_err());
    }

    #[test]
    fn only_where_the_file_system_is_in_memory() {
        assert!(!is_in_memory(Path::new("/proc/self")) && !is_in_memory(Path::new("/sys/awsx")));
        assert!(folder(&Env::default()).is_none_or(|folder| is_in_memory(&folder)));
    }
}
