//! Finds the programs that awsx starts for its own purposes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::env::Env;

/// What a shell searches where there is no PATH.
const DEFAULT: &str = "/usr/bin:/bin";

/// The program of that name on the PATH: a regular file that may be executed, in one of the absolute folders. Empty and
/// relative entries are never searched: they mean the current folder, which may be a repository of a stranger.
pub fn find(env: &Env, name: impl AsRef<Path>) -> Option<PathBuf> {
    let path = env.os("PATH").unwrap_or(OsStr::new(DEFAULT));
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(&name)).find(|path| is_program(path))
}

/// Whether it is a file that may be executed.
pub fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, AccessFlags::X_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn in_absolute_folders_alone() {
        let home = tempfile::tempdir().unwrap();
        let at = |relative: &str| home.path().join(relative);
        let file = |relative: &str, mode| {
            fs::create_dir_all(at(relative).parent().unwrap()).unwrap();
            fs::write(at(relative), "").unwrap();
            fs::set_permissions(at(relative), fs::Permissions::from_mode(mode)).unwrap();
        };
        file("plain/aws", 0o644);
        fs::create_dir_all(at("folder/aws")).unwrap();
        file("first/aws", 0o755);
        file("second/aws", 0o755);
        let find = |path: &str| {
            find(&[("PATH", path.replace('~', home.path().to_str().unwrap()))].into_iter().collect(), "aws")
        };
        assert_eq!(find("~/plain:~/folder:~/missing:~/first:~/second"), Some(at("first/aws")));
        assert_eq!(find("~/plain"), None);
        // Of the folder that the tests run in, these would find programs.
        let here = std::env::current_dir().unwrap();
        let up: String = here.components().skip(1).map(|_| "../").collect();
        let relative = format!("{up}{}", at("first").strip_prefix("/").unwrap().display());
        assert!(Path::new(&relative).join("aws").is_file());
        assert_eq!(find(&relative), None);
        assert_eq!(find(""), None);
        assert_eq!(find(&format!(":{relative}:.:~/second")), Some(at("second/aws")));
    }

    #[test]
    fn without_a_path_where_a_shell_looks() {
        assert!(super::find(&Env::default(), "sh").is_some_and(|sh| sh.is_absolute()));
    }
}
