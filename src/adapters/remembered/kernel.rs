//! Secrets in the kernel's user keyring (Linux), [keyrings(7)](https://man7.org/linux/man-pages/man7/keyrings.7.html). On
//! other systems, and where the kernel refuses (most containers), nothing is found and nothing can be stored.
//!
//! The user keyring `@u` is searched directly. Where the session keyring has no link to it, a process doesn't possess its
//! keys. So every key grants all permissions to its user as well, not only to its possessor.

#[cfg(target_os = "linux")]
pub use linux::{forget, read, store};

#[cfg(not(target_os = "linux"))]
pub use none::{forget, read, store};

#[cfg(target_os = "linux")]
mod linux {
    use linux_keyutils::{Key, KeyPermissions, KeyRing, KeyRingIdentifier};
    use zeroize::Zeroizing;

    use crate::base::secret::SecretBytes;

    /// The longest secret in bytes. What awsx keeps is shorter, and the kernel's quota is 20,000 bytes for all keys.
    const LONGEST: usize = 256;
    /// Possessor and user may do everything, group and others nothing.
    const PERMISSIONS: u32 = 0x3f3f_0000;

    /// The secret of that description; `None` if there is none (any more) or no keyring.
    pub fn read(description: &str) -> Option<SecretBytes> {
        let mut buffer = Zeroizing::new([0u8; LONGEST]);
        // The kernel reports the whole length, even if it doesn't fit the buffer.
        let length = find(description)?.read(&mut *buffer).ok()?;
        Some(SecretBytes::new(buffer.get(..length)?.to_vec()))
    }

    /// Stores or replaces a secret of at most 256 bytes, for good (until reboot) or for `timeout_seconds`; whether that
    /// worked.
    pub fn store(description: &str, bytes: &SecretBytes, timeout_seconds: Option<u32>) -> bool {
        bytes.expose().len() <= LONGEST && try_store(description, bytes, timeout_seconds).is_ok()
    }

    /// Makes the key in the thread's own keyring. There the process possesses it, and may set its permissions and its time
    /// limit. Then one link replaces an older key with the finished one.
    fn try_store(
        description: &str,
        bytes: &SecretBytes,
        timeout_seconds: Option<u32>,
    ) -> Result<(), linux_keyutils::KeyError> {
        let own = KeyRing::from_special_id(KeyRingIdentifier::Thread, true)?;
        let key = own.add_key(description, bytes.expose())?;
        let linked = (|| {
            key.set_perms(KeyPermissions::from_u32(PERMISSIONS))?;
            if let Some(seconds) = timeout_seconds {
                key.set_timeout(seconds as usize)?;
            }
            user_keyring()?.link_key(key)
        })();
        // The thread's keyring goes with the thread anyway.
        let _ = own.unlink_key(key);
        linked
    }

    /// Removes the secret, if there is one.
    pub fn forget(description: &str) {
        if let Some(key) = find(description) {
            let _ = key.invalidate();
        }
    }

    fn find(description: &str) -> Option<Key> {
        user_keyring().ok()?.search(description).ok()
    }

    fn user_keyring() -> Result<KeyRing, linux_keyutils::KeyError> {
        KeyRing::from_special_id(KeyRingIdentifier::User, true)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn name(test: &str) -> String {
            format!("awsx-test:{test}:{}", std::process::id())
        }

        /// Whether this machine has such a keyring. Where it has none, nothing can be stored and nothing is there.
        fn is_there() -> bool {
            let name = name("probe");
            let there = store(&name, &SecretBytes::new(vec![0]), Some(60));
            assert_eq!(read(&name).is_some(), there);
            forget(&name);
            there
        }

        #[test]
        fn stores_replaces_and_forgets() {
            if !is_there() {
                return;
            }
            let name = name("round-trip");
            assert_eq!(read(&name), None);
            for secret in [b"first".to_vec(), vec![7; LONGEST]] {
                let secret = SecretBytes::new(secret);
                assert!(store(&name, &secret, Some(60)));
                assert_eq!(read(&name).unwrap(), secret);
            }
            forget(&name);
            assert_eq!(read(&name), None);
            forget(&name);
        }

        #[test]
        fn expires() {
            if !is_there() {
                return;
            }
            let name = name("expires");
            assert!(store(&name, &SecretBytes::new(vec![1]), Some(1)));
            for _ in 0..100 {
                if read(&name).is_none() {
                    // Storing again works while the expired key is still lying there.
                    assert!(store(&name, &SecretBytes::new(vec![2]), None));
                    assert_eq!(read(&name).unwrap().expose(), [2]);
                    forget(&name);
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            panic!("still there after ten seconds");
        }

        #[test]
        fn refuses_what_does_not_fit() {
            let name = name("too-long");
            assert!(!store(&name, &SecretBytes::new(vec![0; LONGEST + 1]), Some(60)));
            assert!(!store("awsx\0", &SecretBytes::new(vec![0]), Some(60)));
            assert_eq!(read(&name), None);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use crate::base::secret::SecretBytes;

    /// There is no such keyring here.
    pub fn read(_description: &str) -> Option<SecretBytes> {
        None
    }

    /// There is no such keyring here.
    pub fn store(_description: &str, _bytes: &SecretBytes, _timeout_seconds: Option<u32>) -> bool {
        false
    }

    /// There is no such keyring here.
    pub fn forget(_description: &str) {}
}
