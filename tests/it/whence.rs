//! `awsx whence` and the ledger: each session that was issued leads back to the program that asked, and nothing secret is
//! written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{Sandbox, TestEnv};

const CONFIG: &str = "[profile prod]
region = eu-west-1
[profile ops]
source_profile = prod
role_arn = arn:aws:iam::111122223333:role/team/deploy
region = eu-west-1
";
const LEDGER: &str = "home/.local/state/awsx/ledger.jsonl";

/// `dave`, who has no MFA device.
fn env(sandbox: &Sandbox) -> TestEnv {
    TestEnv::new().sandbox(sandbox).var("AWSX_ADVERTISED", "0").config(CONFIG).stored(sandbox, "prod", "dave")
}

/// The latest entries, the newest first.
fn latest(env: &TestEnv) -> Vec<Value> {
    serde_json::from_str::<Value>(env.awsx(&["whence", "--json"]).ok()).unwrap().as_array().unwrap().clone()
}

/// Runs a command that says what it has: its key, its process, its secrets.
fn session(env: &TestEnv, profile: &str) -> Vec<String> {
    let say = "echo $AWS_ACCESS_KEY_ID $$ $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN";
    let said = env.awsx(&["exec", profile, "--", "/bin/sh", "-c", say]);
    said.ok().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_session_leads_back_to_the_program_that_asked() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    env.set("CLAUDECODE", "1");
    let said = session(&env, "prod");
    let [entry] = latest(&env).try_into().unwrap();
    let (issued, expires) = (entry["issued"].as_str().unwrap(), entry["expires"].as_str().unwrap());
    assert!(issued.ends_with('Z') && issued < expires, "{entry}");
    let wanted = json!({
        "access_key_id": said[0], "profile": "prod", "account": "111122223333",
        "arn": "arn:aws:iam::111122223333:user/dave", "issued": issued, "expires": expires, "program": "sh",
        "pid": said[1].parse::<u32>().unwrap(), "tty": null, "agent": "claude-code",
    });
    assert_eq!(entry, wanted);
    env.unset("CLAUDECODE");

    // A person gets no session of an agent's.
    let own = session(&env, "prod");
    let [entry, before] = latest(&env).try_into().unwrap();
    assert_eq!((&entry["access_key_id"], &entry["agent"], before), (&json!(own[0]), &Value::Null, wanted));
    // A cached session was issued before, so nothing is added.
    assert_eq!(session(&env, "prod")[0], own[0]);
    assert_eq!(latest(&env).len(), 2);
    // A role's session over it is another one.
    let role = session(&env, "ops");
    let entries = latest(&env);
    assert_eq!((entries.len(), &entries[0]["access_key_id"]), (3, &json!(role[0])));
    assert_eq!((&entries[0]["profile"], &entries[0]["agent"]), (&json!("ops"), &Value::Null));
    assert!(entries[0]["arn"].as_str().unwrap().contains(":assumed-role/deploy/"), "{entries:?}");

    // A program that isn't started by awsx is the parent of awsx.
    env.script("asker", "#!/bin/sh\nawsx whoami prod --no-cache >/dev/null\nexit\n");
    assert!(env.command("asker").status().unwrap().success());
    assert_eq!(latest(&env)[0]["program"], "asker");
    let mut pty = env.pty(&["exec", "prod", "--no-cache", "--", "tty"]);
    pty.expect("/dev/pts/");
    pty.wait();
    let entry = latest(&env)[0].clone();
    assert_eq!(entry["program"], "tty");
    assert!(entry["tty"].as_str().unwrap().starts_with("/dev/pts/"), "{entry}");

    let text = env.read(LEDGER);
    for secret in [&said[2], &said[3], &role[2], &role[3]] {
        assert!(secret.len() > 20 && !text.contains(secret.as_str()));
    }
    assert!(!text.contains("echo"), "no arguments: {text}");
    assert_eq!(fs::metadata(env.path(LEDGER)).unwrap().permissions().mode() & 0o777, 0o600);

    let shown = env.awsx(&["whence", &said[0]]).ok().to_owned();
    assert!(shown.contains("profile  prod\n") && shown.contains("program  sh (process "), "{shown}");
    assert!(shown.contains("agent    claude-code\n"), "{shown}");
    let table = env.awsx(&["whence", "--last", "2"]).ok().to_owned();
    assert!(table.lines().count() == 3 && table.starts_with("KEY "), "{table}");
}

#[test]
fn keys_that_no_session_has() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    assert_eq!(env.awsx(&["whence"]).ok(), "");
    let stored = env.awsx(&["whence", "AKIASANDBOXDAVE22222"]).ok().to_owned();
    assert!(
        stored.starts_with("key      AKIASANDBOXDAVE22222, long-lived, in the keychain\nprofile  prod\n"),
        "{stored}"
    );
    let known = env.awsx(&["whence", "AKIASANDBOXDAVE22222", "--json"]).ok().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&known).unwrap()[0]["issued"], Value::Null);
    for (id, words) in [
        ("ASIASANDBOX000000000", "awsx has made no session with the key ASIASANDBOX000000000"),
        ("AKIASANDBOX000000000", "no profile is known to have the key"),
        ("prod", "not an access key ID"),
    ] {
        assert!(env.awsx(&["whence", id]).fails(1).contains(words), "{id}");
    }
}

#[test]
fn a_ledger_that_fails_or_is_off_costs_no_session() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    env.set("AWSX_LEDGER", "0");
    session(&env, "ops");
    assert!(!env.path(LEDGER).exists());
    assert!(env.awsx(&["whence"]).stderr.contains("AWSX_LEDGER"));
    env.unset("AWSX_LEDGER");
    fs::create_dir_all(env.path(LEDGER)).unwrap();
    env.awsx(&["clear"]).ok();
    // Two sessions are made, and one warning.
    let run = env.awsx(&["exec", "ops", "--", "true"]);
    run.ok();
    assert_eq!(run.stderr.matches("not recorded").count(), 1, "{run:?}");
}

#[test]
fn processes_in_parallel_lose_no_entry() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    session(&env, "prod");
    let runs: Vec<_> = (0..8)
        .map(|_| env.command("awsx").args(["exec", "prod", "--no-cache", "--", "true"]).spawn().unwrap())
        .collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    assert_eq!(latest(&env).len(), 9);
}
