//! Reading from and writing to a real folder.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::base::env::Env;
use crate::base::error::{Error, ErrorKind, Result};
use crate::profile::{Locations, Profiles, edit_file};

fn home() -> (tempfile::TempDir, Env) {
    let home = tempfile::tempdir().unwrap();
    let env = Env::from_iter([("HOME", home.path())]);
    (home, env)
}

fn with(home: &Path, more: &[(&str, &str)]) -> Env {
    let own = [("HOME", home.to_str().unwrap())];
    own.iter().chain(more).map(|(key, value)| (*key, *value)).collect()
}

#[test]
fn files_are_where_the_aws_cli_looks() {
    let at = |more: &[(&str, &str)]| {
        let found = Locations::of(&with(Path::new("/h"), more)).unwrap();
        (found.config, found.credentials)
    };
    let paths = |config: &str, credentials: &str| (PathBuf::from(config), PathBuf::from(credentials));
    assert_eq!(at(&[]), paths("/h/.aws/config", "/h/.aws/credentials"));
    assert_eq!(at(&[("AWS_CONFIG_FILE", "~/c"), ("AWS_SHARED_CREDENTIALS_FILE", "/x/y")]), paths("/h/c", "/x/y"));
    assert_eq!(
        at(&[
            ("AWS_CONFIG_FILE", "$A/${B}/$C/$"),
            ("A", "a"),
            ("B", "b"),
            ("AWS_SHARED_CREDENTIALS_FILE", "~nobody-here/x")
        ]),
        paths("a/b/$C/$", "~nobody-here/x")
    );
    assert_eq!(at(&[("AWS_CONFIG_FILE", "~root")]).0, PathBuf::from("/root"));
    assert_eq!(Locations::of(&Env::default()).unwrap_err().kind, ErrorKind::Config);
}

#[test]
fn missing_files_are_empty() {
    let (home, env) = home();
    assert!(Profiles::load(&env).unwrap().names().is_empty());
    assert!(Profiles::load(&with(home.path(), &[("AWS_CONFIG_FILE", "/dev/null")])).unwrap().names().is_empty());
    assert!(Profiles::load(&with(home.path(), &[("AWS_CONFIG_FILE", "")])).unwrap().names().is_empty());
    fs::create_dir_all(home.path().join(".aws/config")).unwrap();
    assert!(Profiles::load(&env).unwrap().names().is_empty());
}

#[test]
fn bad_files_are_named_with_their_line() {
    let (home, env) = home();
    fs::create_dir(home.path().join(".aws")).unwrap();
    let config = home.path().join(".aws/config");
    fs::write(&config, b"[default]\nregion = \xff\n").unwrap();
    let error = Profiles::load(&env).unwrap_err();
    assert_eq!((error.kind, error.what), (ErrorKind::Config, format!("{}:2 can't be read", config.display())));
    fs::write(&config, "[default]\nregion\n").unwrap();
    let error = Profiles::load(&env).unwrap_err();
    assert_eq!((error.kind, error.what), (ErrorKind::Config, format!("{}:2 can't be read", config.display())));
}

/// Puts an `x` at the end.
fn append(path: &Path) -> Result<bool> {
    edit_file(path, |text| Ok(format!("{text}x")))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_new_file_is_private() {
    let (home, _) = home();
    let path = home.path().join(".aws/config");
    assert!(append(&path).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "x");
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(entries(path.parent().unwrap()), 1);
}

#[test]
fn mode_and_links_stay() {
    let (home, _) = home();
    let (target, link, chain) =
        (home.path().join("dotfiles/aws"), home.path().join(".aws/link"), home.path().join(".aws/config"));
    fs::create_dir(home.path().join("dotfiles")).unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    symlink("../dotfiles/aws", &link).unwrap();
    symlink("link", &chain).unwrap();

    // A link that leads nowhere yet …
    append(&chain).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "x");
    // … and one that leads to a file.
    fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
    append(&chain).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "xx");
    assert_eq!(mode(&target), 0o644);
    assert!(fs::symlink_metadata(&chain).unwrap().is_symlink() && fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!((entries(&home.path().join("dotfiles")), entries(&home.path().join(".aws"))), (1, 2));
}

#[test]
fn the_owner_stays() {
    // Only root can give a file away; for everybody else there is nothing to keep.
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let (home, _) = home();
    let path = home.path().join("config");
    fs::write(&path, "x").unwrap();
    std::os::unix::fs::chown(&path, Some(65533), Some(65534)).unwrap();
    append(&path).unwrap();
    let after = fs::metadata(&path).unwrap();
    assert_eq!((after.uid(), after.gid(), fs::read_to_string(&path).unwrap().as_str()), (65533, 65534, "xx"));
}

#[test]
fn nothing_to_do_writes_nothing() {
    let (home, _) = home();
    let path = home.path().join("config");
    fs::write(&path, "text").unwrap();
    let before = fs::metadata(&path).unwrap();
    assert!(!edit_file(&path, |text| Ok(text.to_owned())).unwrap());
    let refused = edit_file(&path, |_| Err(Error::config("no")));
    assert_eq!(refused.unwrap_err().what, "no");
    let after = fs::metadata(&path).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
}

#[test]
fn a_change_meanwhile_is_not_overwritten() {
    let (home, _) = home();
    let path = home.path().join("config");
    let theirs = |how: &dyn Fn()| {
        edit_file(&path, |text| {
            how();
            Ok(format!("{text}x"))
        })
        .unwrap_err()
    };
    // Made, written over, put in its place, removed.
    assert_eq!(theirs(&|| fs::write(&path, "theirs").unwrap()).kind, ErrorKind::Failed);
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    theirs(&|| fs::write(&path, "theirs2").unwrap());
    theirs(&|| {
        fs::write(path.with_extension("new"), "theirs2").unwrap();
        fs::rename(path.with_extension("new"), &path).unwrap();
    });
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs2");
    theirs(&|| fs::remove_file(&path).unwrap());
    assert_eq!(entries(home.path()), 0);
}

#[test]
fn edits_in_parallel_all_arrive() {
    let (home, _) = home();
    let path = home.path().join("config");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|_| assert!(append(&path).unwrap())));
        }
    });
    assert_eq!(fs::read_to_string(&path).unwrap().len(), 80);
}

#[test]
fn what_is_no_file_is_refused() {
    let (home, _) = home();
    assert_eq!(append(home.path()).unwrap_err().kind, ErrorKind::Failed);
    assert_eq!(append(Path::new("")).unwrap_err().kind, ErrorKind::Failed);
    assert_eq!(append(Path::new("/dev/null")).unwrap_err().kind, ErrorKind::Failed);
    symlink("loop", home.path().join("loop")).unwrap();
    assert_eq!(append(&home.path().join("loop")).unwrap_err().kind, ErrorKind::Failed);
}
