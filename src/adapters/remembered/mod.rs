//! Small secrets that outlive a command and never reach a disk. They are in the kernel's user keyring, else in a file
//! on a file system in memory. Every program of the user can read both. Both are gone when the machine or the
//! container restarts.

mod kernel;
mod memory;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::base::env::Env;
use crate::base::secret::SecretBytes;

/// What is remembered for this user. Building it looks for nothing.
pub struct Remembered {
    env: Env,
    /// Whether the kernel is asked.
    kernel: bool,
    /// The folder in memory, once it was looked for.
    folder: OnceCell<Option<PathBuf>>,
}

impl Remembered {
    /// For the user of this environment.
    pub fn new(env: &Env) -> Self {
        Remembered { env: env.clone(), kernel: true, folder: OnceCell::new() }
    }

    /// For tests: with or without a kernel keyring, and with or without a folder in memory.
    #[cfg(test)]
    pub fn with(kernel: bool, folder: Option<PathBuf>) -> Self {
        Remembered { env: Env::default(), kernel, folder: OnceCell::from(folder) }
    }

    /// The secret of that name; `None` if there is none (any more).
    pub fn read(&self, name: &str) -> Option<SecretBytes> {
        let in_kernel = self.kernel.then(|| kernel::read(name)).flatten();
        in_kernel.or_else(|| self.in_memory(|folder| memory::read(folder, name)))
    }

    /// Stores or replaces a secret of at most 256 bytes, until the machine stops or for `seconds`; whether that worked.
    pub fn store(&self, name: &str, secret: &SecretBytes, seconds: Option<u32>) -> bool {
        (self.kernel && kernel::store(name, secret, seconds))
            || self.in_memory(|folder| memory::store(folder, name, secret, seconds).ok()).is_some()
    }

    /// Whether anything can be remembered. It is tried with a value that is no secret.
    pub fn works(&self) -> bool {
        const NAME: &str = "awsx:does-it-work";
        let there = self.store(NAME, &SecretBytes::new(vec![1]), Some(60)) && self.read(NAME).is_some();
        self.forget(NAME);
        there
    }

    /// Removes the secret, if there is one.
    pub fn forget(&self, name: &str) {
        if self.kernel {
            kernel::forget(name);
        }
        self.in_memory(|folder| memory::forget(folder, name).ok());
    }

    fn in_memory<T>(&self, act: impl FnOnce(&Path) -> Option<T>) -> Option<T> {
        self.folder.get_or_init(|| memory::folder(&self.env)).as_deref().and_then(act)
    }
}
