//! Writers that are killed at every call that changes a file: nothing is torn, and the next writer leaves no stray file.
//! For the encrypted file see `keychain_file`.

use std::fs;

use crate::support::{Run, Sandbox, TestEnv};

const KEYS: &str = "AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
const BEFORE: &str = "# mine\n[default]\nregion = eu-west-1\n";
const AFTER: &str = "# mine\n[default]\nregion = eu-west-1\n\n[profile prod]\n";

/// A helper that keeps one item. It gets no input at all from an awsx that is killed before writing any.
const HELPER: &str = r#"#!/bin/sh
umask 077
case $1 in
store)
    json=$(cat)
    [ "$json" ] || exit 1
    printf '%s\n' "$json" >"$HOME/store.$$" && mv "$HOME/store.$$" "$HOME/store" ;;
get) cat "$HOME/store" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
list) echo '{}' ;;
erase) rm "$HOME/store" ;;
esac
"#;

/// What can leave something behind.
const CALLS: [&str; 11] =
    ["mkdir", "openat", "flock", "fchmod", "write", "fsync", "linkat", "rename", "renameat", "renameat2", "unlink"];

fn env() -> TestEnv {
    let env = TestEnv::new().var("AWSX_BACKEND", "helper:plain");
    env.script("docker-credential-plain", HELPER);
    env
}

/// `awsx add prod` with these faults.
fn add(env: &TestEnv, faults: &[&str]) -> Run {
    let mut command = env.command("strace");
    command.args(["-qq", "-o", "/dev/null"]);
    for fault in faults {
        command.args(["-e", &format!("inject={fault}")]);
    }
    command.args(["awsx", "add", "prod", "--stdin", "--no-verify", "-y"]);
    Run::of(command, KEYS)
}

/// The names in the folders that awsx writes to, but for what belongs there.
fn strays(env: &TestEnv) -> Vec<String> {
    let folders = ["home/.aws", "home/.local/state/awsx", "home/.local/state/awsx/profiles", "run/awsx"];
    let names = folders.iter().filter_map(|folder| fs::read_dir(env.path(folder)).ok()).flatten();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !["config", "lock", "profiles", "prod.json", "next.json"].contains(&name.as_str())).collect()
}

/// Kills `add` at the nth such call, for every nth; `more` are faults that come in any case. How many kills left a file.
fn killed_at_each(call: &str, more: &[&str]) -> usize {
    let (mut left, mut nth) = (0, 1);
    loop {
        let env = env().config(BEFORE);
        let kill = format!("{call}:signal=SIGKILL:when={nth}");
        let run = add(&env, &[&[kill.as_str()], more].concat());
        let config = env.read("home/.aws/config");
        assert!([BEFORE, AFTER].contains(&config.as_str()), "{call} {nth}: {config}");
        let state = env.read("home/.local/state/awsx/profiles/prod.json");
        assert!(state.is_empty() || serde_json::from_str::<serde_json::Value>(&state).is_ok(), "{call} {nth}: {state}");
        left += usize::from(!strays(&env).is_empty());
        if run.status == 0 {
            assert_eq!((config.as_str(), strays(&env)), (AFTER, Vec::new()), "{call} {nth}");
            return left;
        }
        assert_eq!(run.status, 128 + 9, "{call} {nth}: {run:?}");
        env.awsx_with_input(&["add", "next", "--stdin", "--no-verify", "-y"], KEYS).ok();
        assert_eq!(strays(&env), Vec::<String>::new(), "{call} {nth}");
        assert!(env.read("home/.aws/config").starts_with(BEFORE));
        nth += 1;
    }
}

#[test]
fn add_killed_at_any_call_leaves_nothing_for_long() {
    let left: Vec<_> = CALLS.iter().map(|call| (*call, killed_at_each(call, &[]))).collect();
    // A file has a name while the one it replaces is looked at once more, and until the rename; never before.
    let named: Vec<_> = left.iter().filter(|(_, left)| *left > 0).map(|(call, _)| *call).collect();
    assert!(!named.is_empty(), "{left:?}");
    assert!(named.iter().all(|call| *call == "openat" || call.starts_with("rename")), "{left:?}");
}

#[test]
fn the_same_where_every_file_has_a_name_from_the_start() {
    let left: Vec<_> = CALLS.iter().map(|call| killed_at_each(call, &["linkat:error=EOPNOTSUPP"])).collect();
    assert!(left.iter().sum::<usize>() > 4, "{left:?}");
}

#[test]
fn a_session_that_is_killed_on_its_way_into_the_cache_is_gone_or_whole() {
    let sandbox = Sandbox::start();
    let mut left = 0;
    for call in ["flock", "fchmod", "linkat", "rename", "renameat"] {
        for nth in 1.. {
            let env = env().sandbox(&sandbox).stored(&sandbox, "prod", "bob");
            let mut command = env.command("strace");
            command.args(["-qq", "-f", "-o", "/dev/null", "-e", &format!("inject={call}:signal=SIGKILL:when={nth}")]);
            command.args(["awsx", "exec", "prod", "--", "true"]);
            let run = Run::of(command, "");
            left += usize::from(strays(&env).iter().any(|name| name.contains(".tmp")));
            env.awsx(&["exec", "prod", "--", "true"]).ok();
            // Something new is written, and sweeps.
            env.awsx(&["exec", "--duration", "20m", "prod", "--", "true"]).ok();
            let strays = strays(&env);
            assert!(strays.iter().all(|name| !name.contains(".tmp")), "{call} {nth}: {strays:?}");
            if run.status == 0 {
                break;
            }
            assert_eq!(run.status, 128 + 9, "{call} {nth}: {run:?}");
        }
    }
    assert!(left > 0, "no kill left anything to sweep");
}
