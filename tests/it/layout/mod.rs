//! The rules of the architecture, read off the tree: what may name what, and what may be nowhere.

pub mod code;
mod hints;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::root;
use code::{Source, files};

/// The rooms of `src/`, from the one that uses nothing of ours to the one that uses the rest. A room may use those
/// before it (docs/architecture.md).
const ROOMS: [&str; 24] = [
    "base",
    "cli",
    "ports",
    "app",
    "aws",
    "profile",
    "plan",
    "store",
    "signin",
    "sources",
    "mfa",
    "advertise",
    "session",
    "select",
    "deliver",
    "iam_policy",
    "devices",
    "access_keys",
    "doctor",
    "testkit",
    "adapters",
    "cmd",
    "start",
    "lib",
];

/// The other crate in `src/`.
const SANDBOX: &str = "src/bin/awsx-sandbox/";

/// Most entries that a newcomer meets in `src/`.
const MOST_ENTRIES: usize = 26;

/// Longest file, in lines; one of tests may be a table.
const LONGEST: usize = 420;
const LONGEST_OF_TESTS: usize = 450;

fn sources() -> Vec<Source> {
    files(&root(), "src", "rs").iter().map(|path| Source::read(&root(), path)).collect()
}

/// The code of awsx itself: no tests, no sandbox.
fn code_of_awsx() -> Vec<Source> {
    sources().into_iter().filter(|source| !source.path.starts_with("src/bin/") && !source.is_test()).collect()
}

/// The code of the sandbox, without its tests.
fn code_of_the_sandbox() -> Vec<Source> {
    sources().into_iter().filter(|source| source.path.starts_with(SANDBOX) && !source.is_test()).collect()
}

/// `src/store/cache/mod.rs` → `store`; `main` belongs to no room.
fn room(path: &str) -> Option<&str> {
    let name = path.strip_prefix("src/")?.split('/').next()?;
    Some(name.trim_end_matches(".rs")).filter(|name| *name != "main")
}

/// The module that a file is, from `crate` down: `src/store/cache/mod.rs` → `store::cache`.
fn module(path: &str) -> Option<String> {
    let name = path.strip_prefix(SANDBOX).or_else(|| path.strip_prefix("src/"))?.strip_suffix(".rs")?;
    Some(name.trim_end_matches("/mod").replace('/', "::"))
}

/// Whether `path` names `what` or something in it.
fn names(path: &str, what: &str) -> bool {
    path.strip_prefix(what).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn assert_none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn pure_files_touch_nothing_outside() {
    let forbidden =
        ["std::env", "std::fs", "std::net", "std::process", "std::time::Instant", "Instant::now", "SystemTime::now"];
    let (mut pure, mut broken) = (0, Vec::new());
    for source in code_of_awsx().iter().filter(|source| source.opening().contains("Pure.")) {
        pure += 1;
        let hits = source.paths().into_iter().filter(|path| forbidden.iter().any(|f| names(path, f)));
        broken.extend(hits.map(|path| format!("{}: {path}", source.path)));
    }
    assert!(pure > 15, "only {pure} files say that they are pure");
    assert_none("a file that says \"Pure.\" names no environment, file, socket, process or clock", &broken);
}

#[test]
fn only_adapters_name_the_outer_world() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("ours");
    let outer: Vec<String> = (manifest.lines())
        .filter_map(|line| line.split_once(" = ")?.0.split('.').next())
        .filter(|name| {
            ["aws-", "tokio", "keyring", "secret-service", "zbus", "linux-keyutils", "hyper"]
                .iter()
                .any(|start| name.starts_with(start))
        })
        .map(|name| name.replace('-', "_"))
        .collect();
    assert!(outer.len() > 5, "{outer:?}");
    let mut broken = Vec::new();
    for source in code_of_awsx().iter().filter(|source| !source.path.starts_with("src/adapters/")) {
        let hits = source.paths().into_iter().filter(|path| outer.iter().any(|crate_name| names(path, crate_name)));
        broken.extend(hits.map(|path| format!("{}: {path}", source.path)));
    }
    assert_none("tokio, the AWS SDK and the keyring crates are named in src/adapters alone", &broken);
}

#[test]
fn rooms_depend_one_way() {
    let at = |name: &str| ROOMS.iter().position(|room| *room == name);
    let mut broken = Vec::new();
    for source in code_of_awsx() {
        let Some(from) = room(&source.path) else { continue };
        let Some(level) = at(from) else {
            broken.push(format!("{}: {from} is no room that this test knows", source.path));
            continue;
        };
        for path in source.paths() {
            let to = path.strip_prefix("crate::").and_then(|path| path.split("::").next()).and_then(at);
            if to.is_some_and(|to| to > level) {
                broken.push(format!("{}: {path}", source.path));
            }
        }
    }
    assert_none("a room uses only rooms before it", &broken);
}

#[test]
fn no_file_imports_itself_in_a_circle() {
    no_circle_in(&code_of_awsx());
    no_circle_in(&code_of_the_sandbox());
}

fn no_circle_in(sources: &[Source]) {
    let modules: BTreeSet<String> = sources.iter().filter_map(|source| module(&source.path)).collect();
    // The longest module that a path names; a path to an item of `mod.rs` itself ends there.
    let target = |path: &str| {
        let mut path = path.strip_prefix("crate::")?;
        loop {
            if modules.contains(path) {
                return Some(path.to_owned());
            }
            path = path.rsplit_once("::")?.0;
        }
    };
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        let Some(from) = module(&source.path) else { continue };
        let to = source.absolute_paths(&from).iter().filter_map(|path| target(path)).collect::<BTreeSet<_>>();
        // A module and the `mod.rs` above it are one thing told in two files.
        let to = to.into_iter().filter(|to| *to != from && !names(&from, to));
        imports.entry(from.clone()).or_default().extend(to);
    }
    // What nothing points to any more, or points to nothing, is in no circle.
    loop {
        let before = imports.len();
        let all: BTreeSet<String> = imports.keys().cloned().collect();
        for to in imports.values_mut() {
            to.retain(|module| all.contains(module));
        }
        imports.retain(|_, to| !to.is_empty());
        if imports.len() == before {
            break;
        }
    }
    assert!(imports.is_empty(), "these files of src import each other in a circle: {imports:#?}");
}

#[test]
fn a_newcomer_finds_few_entries() {
    let entries = std::fs::read_dir(root().join("src")).expect("ours").count();
    assert!(entries <= MOST_ENTRIES, "src/ has {entries} entries; {MOST_ENTRIES} are allowed");
}

#[test]
fn the_command_line_types_use_nothing_of_ours() {
    let mut broken = Vec::new();
    for source in code_of_awsx().iter().filter(|source| room(&source.path) == Some("cli")) {
        let hits = source.paths().into_iter().filter(|path| names(path, "crate") && !names(path, "crate::cli"));
        broken.extend(hits.map(|path| format!("{}: {path}", source.path)));
    }
    assert_none("src/cli uses nothing of ours", &broken);
}

#[test]
fn verbs_dont_import_each_other() {
    let mut broken = Vec::new();
    for source in code_of_awsx() {
        let Some(rest) = source.path.strip_prefix("src/cmd/") else { continue };
        if rest == "mod.rs" {
            continue;
        }
        // A verb with a folder of its own may look around in it.
        let inside = rest.contains('/') && !rest.ends_with("/mod.rs");
        let up = if inside { "super::super" } else { "super" };
        let hits = source.paths().into_iter().filter(|path| names(path, "crate::cmd") || names(path, up));
        broken.extend(hits.map(|path| format!("{}: {path}", source.path)));
    }
    assert_none("files of src/cmd don't import each other", &broken);
}

#[test]
fn there_is_one_door_to_credentials() {
    // What gives credentials or a code, and the rooms that may name it.
    let gives: [(&str, &[&str]); 9] = [
        (".get_session_token(", &["session", "adapters"]),
        (".get_federation_token(", &["session", "adapters"]),
        (".assume_role(", &["session", "adapters"]),
        (".assume_role_with_web_identity(", &["sources", "adapters"]),
        (".role_credentials(", &["sources", "adapters"]),
        ("sources::resolve(", &["session"]),
        ("Item::Keys(", &["session", "access_keys", "cmd", "select", "adapters", "ports"]),
        ("codes::automatic(", &["session"]),
        ("Run::new(", &["session"]),
    ];
    let mut broken = Vec::new();
    for source in code_of_awsx() {
        let from = room(&source.path).unwrap_or_default();
        let hits = gives.iter().filter(|(sign, rooms)| source.code.contains(sign) && !rooms.contains(&from));
        broken.extend(hits.map(|(sign, _)| format!("{}: {sign}", source.path)));
    }
    assert_none("credentials and codes come through src/session alone", &broken);

    // And in that room everything that others may call asks the guards first.
    let door = Source::read(&root(), "src/session/mod.rs");
    let functions: Vec<&str> = door.code.split("\npub fn ").skip(1).collect();
    assert!(functions.len() >= 3);
    for function in functions {
        let body = function.split_once(" {\n").expect("a body").1;
        assert!(body.lines().next().is_some_and(|line| line.contains("guards::admit")), "not guarded: {function}");
    }
    let inside = ["src/session/call.rs", "src/session/run.rs", "src/session/learn.rs"];
    for source in inside.map(|path| Source::read(&root(), path)) {
        assert!(!source.code.contains("pub fn ") || source.path.ends_with("run.rs"), "{} has a way in", source.path);
    }
}

#[test]
fn the_sandbox_is_not_reachable_from_awsx() {
    let mut broken = Vec::new();
    for source in code_of_awsx() {
        for sign in ["#[path", "include!(", "feature = "] {
            // A feature of the processor or the linker is none of Cargo's.
            if source.code.replace("target_feature = ", "").contains(sign) {
                broken.push(format!("{}: {sign}", source.path));
            }
        }
        let hits = source.paths().into_iter().filter(|path| names(path, "awsx_sandbox") || names(path, "crate::bin"));
        broken.extend(hits.map(|path| format!("{}: {path}", source.path)));
    }
    assert_none("nothing of the sandbox, and no part behind its feature, is in awsx", &broken);
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut broken = Vec::new();
    let all = ["src", "tests/it", "benches", "fuzz/src", "fuzz/fuzz_targets"]
        .iter()
        .flat_map(|folder| files(&root(), folder, "rs"));
    for source in all.map(|path| Source::read(&root(), &path)) {
        let lines = source.text.lines().count();
        let most = match source.path.as_str() {
            "src/main.rs" => 39,
            _ if source.is_test() => LONGEST_OF_TESTS,
            _ => LONGEST,
        };
        if lines > most {
            broken.push(format!("{} has {lines} lines; {most} are allowed", source.path));
        }
        if !source.text.starts_with("//!") && !source.path.ends_with("/tests.rs") && source.path != "src/main.rs" {
            broken.push(format!("{} doesn't start with //! and what it is for", source.path));
        }
    }
    assert_none("files", &broken);
}

#[test]
fn nothing_is_half_done_or_switched_off() {
    let mut broken = Vec::new();
    let all = ["src", "tests/it", "benches", "fuzz/src", "fuzz/fuzz_targets"]
        .iter()
        .flat_map(|folder| files(&root(), folder, "rs"));
    for source in all.map(|path| Source::read(&root(), &path)) {
        for sign in ["todo!", "unimplemented!", "#[ignore", "dbg!"] {
            if source.code.contains(sign) {
                broken.push(format!("{}: {sign}", source.path));
            }
        }
        if source.text.contains(concat!("not built", " yet")) {
            broken.push(format!("{}: a verb that isn't there", source.path));
        }
    }
    assert_none("nothing is left for later", &broken);
}

#[test]
fn unsafe_code_says_why_it_is_safe() {
    let mut broken = Vec::new();
    let all = ["src", "tests/it", "benches", "fuzz/src", "fuzz/fuzz_targets"]
        .iter()
        .flat_map(|folder| files(&root(), folder, "rs"));
    for source in all.map(|path| Source::read(&root(), &path)) {
        let lines: Vec<&str> = source.text.lines().collect();
        let code = source.code.lines().enumerate().filter(|(_, line)| line.contains("unsafe {"));
        for (at, _) in code {
            let reason = lines[at.saturating_sub(6)..at].iter().any(|line| line.contains("// SAFETY:"));
            if !reason {
                broken.push(format!("{}:{}", source.path, at + 1));
            }
        }
    }
    assert_none("an unsafe block has its reason above it", &broken);
}

#[test]
fn no_path_of_a_developers_machine_is_written_down() {
    let signs = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/runner")];
    let mut broken = Vec::new();
    for extension in ["rs", "md", "toml", "bash", "zsh", "fish", "txt", "py", "json", "snap", "1", "lock", "csv"] {
        let folders = [
            "src",
            "tests/it",
            "tests/data",
            "benches",
            "fuzz/src",
            "fuzz/fuzz_targets",
            "shell",
            "completions",
            "man",
            "docs",
        ];
        let nested = folders.iter().flat_map(|folder| files(&root(), folder, extension));
        for path in nested.chain(top_level(&root(), extension)) {
            let text = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
            for (at, line) in text.lines().enumerate() {
                let starts_there = |sign: &&str| {
                    line.match_indices(*sign).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric()))
                };
                if signs.iter().any(starts_there) {
                    broken.push(format!("{path}:{}: {line}", at + 1));
                }
            }
        }
    }
    assert_none("no path of a developer's machine", &broken);
}

fn top_level(root: &Path, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root).expect("our root").flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| Path::new(name).extension().is_some_and(|e| e == extension)).collect()
}
