//! What writes to the AWS files, killed at each call that changes a file: every file is the old one or the new one, a key is
//! always somewhere, and the next run ends what was begun.

use std::fs;

use crate::support::{Run, Sandbox, TestEnv};

/// A helper with a file for each item.
const HELPER: &str = r#"#!/bin/sh
umask 077
case $1 in
store)
    json=$(cat)
    [ "$json" ] || exit 1
    url=${json#*'"ServerURL":"'}
    item=$HOME/store-$(basename "${url%%'"'*}")
    printf '%s\n' "$json" >"$item.$$" && mv "$item.$$" "$item" ;;
get)
    url=$(cat)
    cat "$HOME/store-$(basename "$url")" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
list) echo '{}' ;;
esac
"#;

const CALLS: [&str; 8] = ["openat", "fchmod", "write", "fsync", "linkat", "rename", "renameat", "unlink"];

/// A config and a credentials file.
type Files = [String; 2];

fn files(env: &TestEnv) -> Files {
    ["home/.aws/config", "home/.aws/credentials"].map(|path| env.read(path))
}

/// Kills `awsx ARGS…` at each call of each kind; `begin` makes the state before it, and `check` looks at what is left.
fn killed(env: &TestEnv, args: &[&str], before: &Files, after: &Files, begin: impl Fn(), check: impl Fn(&str)) {
    let mut kills = 0;
    for call in CALLS {
        for nth in 1.. {
            let _ = fs::remove_dir_all(env.path("home/.aws"));
            env.write("home/.aws/config", &before[0]);
            env.write("home/.aws/credentials", &before[1]);
            begin();
            let mut command = env.command("strace");
            command.args(["-qq", "-o", "/dev/null"]);
            if call == "openat" {
                // A new file is opened in the folder; what is opened elsewhere is only read.
                command.arg("-P").arg(env.path("home/.aws"));
            }
            command.args(["-e", &format!("inject={call}:signal=SIGKILL:when={nth}"), "awsx"]).args(args);
            let run = Run::of(command, "");
            let at = format!("{call} {nth}: {run:?}");
            for ((now, old), new) in files(env).iter().zip(before).zip(after) {
                assert!(now == old || now == new, "{at}\n{now}");
            }
            check(&at);
            if run.status == 0 {
                break;
            }
            assert_eq!(run.status, 128 + 9, "{at}");
            kills += 1;
            env.awsx(args).ok();
            assert_eq!(files(env), *after, "{at}");
            let left = fs::read_dir(env.path("home/.aws")).unwrap().count();
            assert_eq!(left, 2, "{at}");
        }
    }
    assert!(kills > 10, "{kills} kills");
}

#[test]
fn import_never_loses_a_key() {
    let env = TestEnv::new().var("AWSX_BACKEND", "helper:plain");
    env.script("docker-credential-plain", HELPER);
    let pair =
        |end: char| (format!("AKIAIOSFODNN7EXAMPL{end}"), format!("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKE{end}"));
    let section =
        |(id, secret): (String, String)| format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let (a, b) = (section(pair('A')), section(pair('B')));
    let before = [format!("[profile b]\n{b}region = x"), format!("# c\n[a]\n{a}mine = 1\n[b]\n{b}[c]\nk = 1")];
    let after = ["[profile b]\nregion = x".to_owned(), "# c\n[a]\nmine = 1\n[c]\nk = 1".to_owned()];
    let begin = || {
        let _ = fs::remove_dir_all(env.path("home/.local"));
        for item in ["home/store-a", "home/store-b"] {
            let _ = fs::remove_file(env.path(item));
        }
    };
    let check = |at: &str| {
        let everywhere = files(&env).concat()
            + &["home/store-a", "home/store-b", "home/.aws/credentials.awsx-import", "home/.aws/config.awsx-import"]
                .map(|path| env.read(path))
                .concat();
        for (id, secret) in ['A', 'B'].map(pair) {
            assert!(everywhere.contains(&id) && everywhere.contains(&secret), "{at}");
        }
    };
    killed(&env, &["import", "credentials", "-y", "--no-verify"], &before, &after, begin, check);
}

#[test]
fn persist_and_clear_tear_nothing() {
    let sandbox = Sandbox::start();
    let config = "[profile prod]\nregion = eu-west-1";
    let env = TestEnv::new().sandbox(&sandbox).config(config).stored(&sandbox, "prod", "bob");
    // From here on the session comes out of the cache, and is always the same.
    let before = [config.to_owned(), "# mine\n[other]\nk =\n  a = 1".to_owned()];
    env.write("home/.aws/credentials", &before[1]);
    env.awsx(&["persist", "prod", "-y"]).ok();
    let after = files(&env);
    assert!(after[0].starts_with(config) && after[1].starts_with(&before[1]) && after[1].contains("[prod-mfasession]"));
    killed(&env, &["persist", "prod", "-y"], &before, &after, || {}, |_| {});

    let expired = |text: &str| {
        let (kept, _) = text.split_once("expiration = ").unwrap();
        format!("{kept}aws_session_expiry = 1")
    };
    let old = [after[0].clone(), expired(&after[1])];
    let gone = [format!("{config}\n\n"), format!("{}\n\n", before[1])];
    killed(&env, &["clear", "--expired"], &old, &gone, || {}, |_| {});
}
