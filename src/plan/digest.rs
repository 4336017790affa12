//! The name of a session: a digest over everything that goes into the calls that make it. Pure.

use sha2::{Digest as _, Sha256};

use super::SessionKey;
use crate::ports::{AssumeRole, Endpoint};

/// Collects what goes into a call. Each part has its name and length, so two different calls never have the same digest.
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

    /// Adds where a call goes.
    #[must_use]
    pub fn at(self, endpoint: &Endpoint) -> Self {
        self.with("region", &endpoint.region)
            .maybe("url", endpoint.url.as_deref())
            .with("variant", &format!("{}{}", endpoint.fips, endpoint.dualstack))
    }

    /// Adds what a role is asked for with, except the code.
    #[must_use]
    pub fn role(self, role: &AssumeRole) -> Self {
        let mut digest = self
            .with("role", &role.role_arn)
            .with("name", &role.session_name)
            .with("duration", &role.duration.to_string())
            .maybe("external id", role.external_id.as_deref())
            .maybe("source identity", role.source_identity.as_deref())
            .maybe("policy", role.policy.as_deref());
        for arn in &role.policy_arns {
            digest = digest.with("policy arn", arn);
        }
        for (key, value) in &role.tags {
            digest = digest.with("tag", key).with("value", value);
        }
        for key in &role.transitive_tag_keys {
            digest = digest.with("transitive", key);
        }
        digest
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
