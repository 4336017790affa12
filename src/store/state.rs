//! State without secrets: which access key belongs to a profile, remembered serials, known limits. One small file per
//! profile in the state directory, so that the warm path reads one and 10,000 profiles cost nothing. All of it can be
//! lost: it is then learnt again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::aws::arn::Arn;
use crate::base::{atomic_write, lock};

/// How long to wait for the lock. A change takes milliseconds; a stopped process must not block the others for ever.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What is remembered of a profile that has keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileState {
    /// The access key ID that the keychain holds for it; no secret.
    pub access_key_id: Option<String>,
    /// The long-lived key that its source gave; no secret.
    pub source: Option<SourceKey>,
    /// The user's ARN, as GetCallerIdentity gave it.
    pub arn: Option<String>,
    /// Twelve digits.
    pub account: Option<String>,
    /// The MFA device that a look-up found or a person chose.
    pub serial: Option<String>,
    /// When a look-up last found no device, in epoch seconds.
    pub no_device_at: Option<i64>,
    /// Advertised length of MFA sessions, in seconds.
    pub mfa_session_length: Option<u32>,
    /// What is known of roles, by ARN.
    pub roles: BTreeMap<String, RoleState>,
    /// When the advertised values were read, in epoch seconds.
    pub advertised_at: BTreeMap<String, i64>,
    /// What `awsx --full` found out. It is there to be shown, and decides nothing.
    pub checked: Option<Checked>,
}

/// What AWS said about the credentials of a profile when they were last checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checked {
    /// The key that was checked; empty for a session.
    pub access_key_id: String,
    /// Twelve digits.
    pub account: Option<String>,
    /// The alias of that account.
    pub alias: Option<String>,
    /// When AWS was first seen not to take the key any more, in epoch seconds.
    pub invalid_since: Option<i64>,
}

/// A long-lived key that a source gave when it was last asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceKey {
    /// A digest of what the source was asked: another question may have another answer.
    pub digest: String,
    /// Its ID.
    pub access_key_id: String,
}

/// What is known of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoleState {
    /// Advertised length of its sessions, or its own maximum, in seconds.
    pub session_length: Option<u32>,
    /// Whether it is advertised to need MFA.
    pub mfa_required: Option<bool>,
    /// The advertised alias of its account.
    pub alias: Option<String>,
}

impl ProfileState {
    /// Whether these are the keys of an account's root user.
    pub fn is_root(&self) -> bool {
        self.arn.as_deref().is_some_and(|arn| arn.ends_with(":root"))
    }

    /// The user's name, without its path.
    pub fn user(&self) -> Option<&str> {
        Arn::parse(self.arn.as_deref()?)?.name("user")
    }

    /// Sets the access key. If it is another one, everything known about the old one's user is dropped.
    pub fn set_key(&mut self, access_key_id: &str) {
        if self.access_key_id.as_deref() != Some(access_key_id) {
            *self = ProfileState { access_key_id: Some(access_key_id.into()), ..ProfileState::default() };
        }
    }

    /// Sets the MFA device; `None` if nothing is known of one. That there was none when last looked up no longer
    /// counts.
    pub fn set_device(&mut self, serial: Option<String>) {
        self.serial = serial;
        self.no_device_at = None;
    }

    /// Sets the key that its source gave; `None` if it gave a session. If it is another key, everything known about its
    /// user is dropped.
    pub fn set_source(&mut self, source: Option<SourceKey>) {
        let key = |source: &Option<SourceKey>| source.as_ref().map(|source| source.access_key_id.clone());
        if key(&self.source) != key(&source) {
            *self = ProfileState::default();
        }
        self.source = source;
    }
}

/// The name of a profile's file: the profile's percent-encoded, or a digest where that would be too long for a file
/// name.
pub fn file_name(profile: &str) -> String {
    let mut name = String::new();
    for byte in profile.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if name.len() > 200 {
        name = format!("%{}", data_encoding::HEXLOWER.encode(&Sha256::digest(profile)));
    }
    name + ".json"
}

fn file(dir: &Path, profile: &str) -> PathBuf {
    dir.join("profiles").join(file_name(profile))
}

/// The names of all files.
pub fn file_names(dir: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(dir.join("profiles")).into_iter().flatten();
    files.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect()
}

/// Reads what is known of a profile; nothing, if there is no file or it can't be read.
pub fn load(dir: &Path, profile: &str) -> ProfileState {
    fs::read(file(dir, profile)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Changes what is known of a profile, atomically and one process at a time.
///
/// # Errors
/// Whatever the file system says; [`io::ErrorKind::TimedOut`] if another process does not get done.
pub fn update(dir: &Path, profile: &str, change: impl FnOnce(&mut ProfileState)) -> io::Result<()> {
    let path = file(dir, profile);
    let folder = path.parent().unwrap_or(dir);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let _lock = lock::within(PATIENCE, || lock::take(&dir.join("lock")))?;
    let before = load(dir, profile);
    let mut after = before.clone();
    change(&mut after);
    if after == before && path.exists() {
        return Ok(());
    }
    atomic_write::write(&path, &serde_json::to_vec_pretty(&after)?)
}

/// Forgets a profile; `false` if nothing was known of it.
///
/// # Errors
/// Whatever the file system says.
pub fn forget(dir: &Path, profile: &str) -> io::Result<bool> {
    match fs::remove_file(file(dir, profile)) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_and_forgets() {
        let dir = tempfile::tempdir().unwrap();
        let long = "x".repeat(300);
        for name in ["prod", "a/../b %", "päge", long.as_str()] {
            assert_eq!(load(dir.path(), name), ProfileState::default());
            update(dir.path(), name, |s| s.access_key_id = Some(format!("AKIA{}", name.len()))).unwrap();
            update(dir.path(), name, |s| s.serial = Some("arn".into())).unwrap();
            let state = load(dir.path(), name);
            assert_eq!(state.access_key_id, Some(format!("AKIA{}", name.len())));
            assert_eq!(state.serial.as_deref(), Some("arn"));
        }
        assert_eq!(fs::read_dir(dir.path().join("profiles")).unwrap().count(), 4);
        assert!(forget(dir.path(), "prod").unwrap());
        assert!(!forget(dir.path(), "prod").unwrap());
    }

    #[test]
    fn a_broken_file_is_nothing_known() {
        let dir = tempfile::tempdir().unwrap();
        update(dir.path(), "prod", |s| s.serial = Some("arn".into())).unwrap();
        fs::write(file(dir.path(), "prod"), "{").unwrap();
        assert_eq!(load(dir.path(), "prod"), ProfileState::default());
    }

    #[test]
    fn another_key_is_another_user() {
        let mut state =
            ProfileState { access_key_id: Some("A".into()), serial: Some("arn".into()), ..Default::default() };
        state.set_key("A");
        assert!(state.serial.is_some());
        state.set_key("B");
        assert_eq!(state, ProfileState { access_key_id: Some("B".into()), ..Default::default() });
    }

    #[test]
    fn a_device_that_comes_or_goes_ends_that_there_was_none() {
        for serial in [Some("arn".to_owned()), None] {
            let mut state = ProfileState { no_device_at: Some(1), ..Default::default() };
            state.set_device(serial.clone());
            assert_eq!(state, ProfileState { serial, ..Default::default() });
        }
    }

    #[test]
    fn users_and_root() {
        let of = |arn: &str| ProfileState { arn: Some(arn.into()), ..Default::default() };
        assert_eq!(of("arn:aws:iam::1:user/a/b/alice").user(), Some("alice"));
        assert!(of("arn:aws:iam::1:root").is_root() && of("arn:aws:iam::1:root").user().is_none());
    }
}
