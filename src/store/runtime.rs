//! The runtime folder: `$XDG_RUNTIME_DIR/awsx`, else a folder of the user's own below `$TMPDIR`.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::lock;

/// How the names of the files with spent MFA codes begin ([`crate::mfa::spent`]).
pub const SPENT_CODES: &str = "codes-";
/// How the names of the files with the tokens of servers begin. A server holds a lock on its own.
pub const TOKEN: &str = "server-";
/// How the names of the config files of `--via process` begin. They are written or touched with each use.
pub const CONFIG: &str = "config-";

/// Its path. Nothing is created. If it exists, it has been checked to be private to this user.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if what is there can't be trusted.
pub fn locate(env: &Env) -> Result<PathBuf> {
    let folder = match env.path("XDG_RUNTIME_DIR").filter(|base| base.is_absolute() && is_own(base)) {
        Some(base) => base.join("awsx"),
        // Also where the variable was inherited from another user, as with `sudo -E`.
        None => env
            .path("TMPDIR")
            .filter(|path| path.is_absolute())
            .unwrap_or_else(|| "/tmp".into())
            .join(format!("awsx-{}", geteuid())),
    };
    check(&folder)?;
    Ok(folder)
}

/// Makes the folder if it is missing (0700, whatever the umask); fails if it can't be trusted.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`].
pub fn ensure(folder: &Path) -> Result<()> {
    if check(folder)? {
        return Ok(());
    }
    let made = DirBuilder::new().mode(0o700).create(folder);
    match made.and_then(|()| fs::set_permissions(folder, Permissions::from_mode(0o700))) {
        Ok(()) => Ok(()),
        // Another awsx was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => check(folder).map(drop),
        Err(error) => Err(Error::failed(format!("can't make the folder {}", folder.display()))
            .cause(error)
            .hint("set XDG_RUNTIME_DIR to a folder of your own")),
    }
}

/// Removes the tokens of servers that were killed.
pub fn sweep_tokens(folder: &Path) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        if file.file_name().as_encoded_bytes().starts_with(TOKEN.as_bytes()) {
            lock::sweep(&file.path());
        }
    }
}

fn is_own(base: &Path) -> bool {
    fs::metadata(base).is_ok_and(|base| base.is_dir() && base.uid() == geteuid().as_raw() && base.mode() & 0o022 == 0)
}

/// Whether it exists; an error if it is not a folder that only this user can get into.
fn check(folder: &Path) -> Result<bool> {
    let bad = |why: String, hint: String| {
        Err(Error::failed(format!("{} can't be used for sessions", folder.display())).cause(why).hint(hint))
    };
    let elsewhere = || "set XDG_RUNTIME_DIR to a folder of your own".to_owned();
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => bad(error.to_string(), elsewhere()),
        Ok(there) => match distrust(&there) {
            None => Ok(true),
            Some(why @ "others can get into it") => bad(why.into(), format!("chmod 700 {}", folder.display())),
            Some(why) => bad(why.into(), elsewhere()),
        },
    }
}

fn distrust(there: &Metadata) -> Option<&'static str> {
    if !there.is_dir() {
        Some("it is not a folder")
    } else if there.uid() != geteuid().as_raw() {
        Some("it belongs to another user")
    } else if there.mode() & 0o077 != 0 {
        Some("others can get into it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &Path)]) -> Env {
        pairs.iter().map(|(name, value)| (*name, value.as_os_str())).collect()
    }

    #[test]
    fn in_the_runtime_folder_or_below_the_temporary_one() {
        let home = tempfile::tempdir().unwrap();
        let (run, tmp) = (home.path().join("run"), home.path().join("tmp"));
        let own = tmp.join(format!("awsx-{}", geteuid()));
        fs::create_dir(&run).unwrap();
        let at = |run: &Path| locate(&env(&[("XDG_RUNTIME_DIR", run), ("TMPDIR", &tmp)])).unwrap();
        assert_eq!(at(&run), run.join("awsx"));
        assert_eq!(at(Path::new("run")), own);
        assert_eq!(at(&home.path().join("missing")), own);
        fs::set_permissions(&run, Permissions::from_mode(0o777)).unwrap();
        assert_eq!(at(&run), own);
        assert_eq!(locate(&env(&[("TMPDIR", &tmp)])).unwrap(), own);
        assert!(!own.exists());
    }

    #[test]
    fn made_private_whatever_the_umask() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("awsx");
        for _ in 0..2 {
            ensure(&folder).unwrap();
            assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn refuses_what_is_not_ours() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("awsx");
        let refused = |part: &str| {
            for result in [ensure(&folder), locate(&env(&[("XDG_RUNTIME_DIR", temp.path())])).map(drop)] {
                let error = result.unwrap_err();
                assert!(error.to_string().contains(part), "{error}");
            }
        };
        let real = temp.path().join("real");
        DirBuilder::new().mode(0o700).create(&real).unwrap();
        std::os::unix::fs::symlink(&real, &folder).unwrap();
        refused("not a folder");
        fs::remove_file(&folder).unwrap();
        fs::write(&folder, "").unwrap();
        refused("not a folder");
        fs::remove_file(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o750)).unwrap();
        refused("chmod 700");
    }

    #[test]
    fn refuses_another_users() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("awsx");
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        // Only root can give a folder away; everyone else has `/` for one that is not theirs.
        let theirs = if geteuid().is_root() { &folder } else { Path::new("/") };
        let _ = std::os::unix::fs::chown(&folder, Some(65534), None);
        assert_eq!(distrust(&fs::metadata(theirs).unwrap()), Some("it belongs to another user"));
    }
}
