//! What is written down agrees with the program: man pages, completion scripts, the README's tables and examples.

use std::collections::BTreeMap;
use std::fs;

use awsx::error::{Kind, LAUNCH_FAILED};
use awsx::vars;

use crate::support::{TestEnv, root};

/// Every file of a folder by name.
fn folder(path: &std::path::Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let read =
        |entry: fs::DirEntry| Some((entry.file_name().into_string().ok()?, fs::read_to_string(entry.path()).ok()?));
    entries.filter_map(read).collect()
}

#[test]
fn the_man_pages_are_those_of_the_program() {
    let env = TestEnv::new();
    fs::create_dir(env.path("man")).expect("ours");
    env.awsx(&["man", "--dir", env.path("man").to_str().expect("text")]).ok();
    let made = folder(&env.path("man"));
    assert!(made.contains_key("awsx.1") && made.contains_key("awsx-mfa-status.1"), "{:?}", made.keys());
    if std::env::var_os("AWSX_UPDATE").is_some() {
        let _ = fs::remove_dir_all(root().join("man"));
        fs::create_dir(root().join("man")).expect("ours");
        for (name, text) in &made {
            fs::write(root().join("man").join(name), text).expect("ours");
        }
    }
    let kept = folder(&root().join("man"));
    let stale: Vec<_> = made.keys().chain(kept.keys()).filter(|name| made.get(*name) != kept.get(*name)).collect();
    assert!(stale.is_empty(), "{stale:?}: AWSX_UPDATE=1 tests/run man_pages writes man/ anew");
}

#[test]
fn a_man_page_can_be_asked_for_by_name() {
    let env = TestEnv::new();
    assert_eq!(env.awsx(&["man"]).ok(), folder(&root().join("man"))["awsx.1"]);
    assert_eq!(env.awsx(&["man", "mfa status"]).ok(), folder(&root().join("man"))["awsx-mfa-status.1"]);
    assert!(env.awsx(&["man", "nothing"]).fails(2).contains("no command nothing"));
}

#[test]
fn the_completion_scripts_are_those_of_the_program() {
    let kept = folder(&root().join("completions"));
    for (shell, name) in [("bash", "awsx.bash"), ("zsh", "_awsx"), ("fish", "awsx.fish")] {
        assert_eq!(TestEnv::new().awsx(&["completions", shell]).ok(), kept[name]);
    }
}

/// The README.
fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("a README")
}

/// The rows of the README's table under a heading: cells without blanks around them.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = readme();
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect("the section");
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn the_readme_lists_every_variable() {
    let role = |role| match role {
        vars::Role::Read => "read",
        vars::Role::Set => "set",
        vars::Role::Both => "both",
    };
    let row =
        |var: &vars::Var| vec![format!("`{}`", var.name), role(var.role).to_owned(), var.about.replace('|', "\\|")];
    let want: Vec<Vec<String>> = vars::TABLE.iter().map(row).collect();
    if table("Variables") != want {
        let lines: Vec<String> = want.iter().map(|cells| format!("| {} |", cells.join(" | "))).collect();
        panic!("the README's table of variables should be:\n{}", lines.join("\n"));
    }
}

#[test]
fn the_readme_lists_every_exit_status() {
    let kinds = [
        Kind::Failed,
        Kind::Usage,
        Kind::Config,
        Kind::Refused,
        Kind::Input,
        Kind::Keychain,
        Kind::Network,
        Kind::NotExecutable,
        Kind::NotFound,
    ];
    let mut want = vec![0];
    for kind in kinds {
        want.extend([kind.status(), kind.launcher_status()]);
    }
    want.sort_unstable();
    want.dedup();
    assert!(want.contains(&LAUNCH_FAILED));
    let listed: Vec<u8> = table("Exit status").iter().filter_map(|row| row[0].trim_matches('`').parse().ok()).collect();
    assert_eq!(listed, want);
}
