//! The name of a session: a digest over everything that goes into the calls that make it. Pure.

use sha2::{Digest as _, Sha256};

use super::SessionKey;

/// Collects what goes into a call, each part with its name and length, so that no two calls read alike.
#[derive(Clone)]
pub struct Digest(Sha256);

impl Digest {
    /// Starts a digest for one kind of session.
    pub fn new(kind: &str) -> Self {
        Digest(Sha256::new()).with("awsx session v1", kind)
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        for part in [name, value] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
        self
    }

    /// Adds a part if there is one; an absent part differs from an empty one.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The name: 64 hexadecimal digits.
    pub fn key(self) -> SessionKey {
        SessionKey(data_encoding::HEXLOWER.encode(&self.0.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        let a = Digest::new("x").with("ab", "c").key();
        let b = Digest::new("x").with("a", "bc").key();
        let c = Digest::new("x").maybe("a", Some("")).key();
        let d = Digest::new("x").maybe("a", None).key();
        assert!(a != b && c != d && a.0.len() == 64);
        assert_eq!(a, Digest::new("x").with("ab", "c").key());
    }
}
