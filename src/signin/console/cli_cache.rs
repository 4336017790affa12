//! The AWS CLI's own cache of console logins: one file in clear for each, which every SDK reads.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::kept::Kept;
use crate::app::App;
use crate::base::error::Result;
use crate::base::vars;
use crate::signin::cli_file;

/// The file of one login.
pub struct CliCache(PathBuf);

impl CliCache {
    /// That of whoever has this ARN.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
    pub fn of(app: &App, session: &str) -> Result<Self> {
        let folder = match app.env.get(vars::AWS_LOGIN_CACHE_DIRECTORY).filter(|path| !path.is_empty()) {
            Some(path) => app.env.expand(path).into(),
            None => app.home()?.join(".aws/login/cache"),
        };
        let name = HEXLOWER.encode(&Sha256::digest(session.trim().as_bytes()));
        Ok(CliCache(folder.join(format!("{name}.json"))))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is in it; `None` if there is no such file, or none that can be used.
    pub fn read(&self) -> Option<Kept> {
        Kept::parse(cli_file::read(&self.0).ok()?.as_bytes())
    }

    /// Writes it, readable for its owner alone. A link is followed, as the AWS CLI does.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`].
    pub fn write(&self, kept: &Kept) -> Result<()> {
        cli_file::write(&self.0, kept.json()?.expose().as_bytes())
    }

    /// Removes it; `false` if it wasn't there.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`].
    pub fn remove(&self) -> Result<bool> {
        cli_file::remove(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::kept::tests::kept;
    use super::*;
    use crate::base::time::Timestamp;
    use crate::testkit::Kit;

    #[test]
    fn where_the_aws_cli_looks() {
        let kit = Kit::new();
        let at = |arn: &str| CliCache::of(&kit.app, arn).unwrap().0.strip_prefix(kit.home.path()).unwrap().to_owned();
        // The example in the tests of the SDK for Rust.
        let want = ".aws/login/cache/36db1d138ff460920374e4c3d8e01f53f9f73537e89c88d639f68393df0e2726.json";
        assert_eq!(at("arn:aws:iam::0123456789012:user/Admin"), Path::new(want));
        assert_eq!(at(" arn:aws:iam::0123456789012:user/Admin "), Path::new(want));
        let elsewhere = Kit::with_env(&[("AWS_LOGIN_CACHE_DIRECTORY", "~/elsewhere")]);
        let file = CliCache::of(&elsewhere.app, "arn").unwrap();
        assert_eq!(file.path().parent().unwrap(), elsewhere.home.path().join("elsewhere"));
    }

    #[test]
    fn written_for_its_owner_alone_through_a_link_and_read_again() {
        let kit = Kit::new();
        let file = CliCache::of(&kit.app, "arn").unwrap();
        assert!(file.read().is_none() && !file.remove().unwrap());
        let login = kept(Timestamp(60));
        file.write(&login).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.path()), mode(file.path().parent().unwrap())), (0o600, 0o700));
        assert!(file.read().unwrap().is_of(&login));
        let real = kit.home.path().join("real.json");
        fs::rename(file.path(), &real).unwrap();
        std::os::unix::fs::symlink(&real, file.path()).unwrap();
        let other = kept(Timestamp(60));
        file.write(&other).unwrap();
        assert!(fs::symlink_metadata(file.path()).unwrap().is_symlink() && file.read().unwrap().is_of(&other));
        assert!(file.remove().unwrap());
        nix::unistd::mkfifo(file.path(), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(file.read().is_none());
    }
}
