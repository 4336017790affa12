//! `exec --learn`: how long a command took in a folder, and a session that lasts as long.

use std::fs;
use std::os::unix::process::CommandExt;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{Pty, Run, TestEnv, wait_for};

/// `prod` has a program that gives sessions of 400 seconds and counts them in `~/calls`.
fn env() -> TestEnv {
    let env = TestEnv::new()
        .config("[profile prod]\ncredential_process = issue\n[profile other]\ncredential_process = issue\n");
    env.script(
        "issue",
        "#!/bin/bash\necho x >>~/calls\nexpires=$(date -u -d '+400 seconds' +%FT%TZ)\n\
         printf '{\"Version\":1,\"AccessKeyId\":\"ASIAx\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\"Expiration\":\"%s\"}' \"$expires\"\n",
    );
    env
}

const LEARN: [&str; 4] = ["exec", "prod", "--learn", "--"];

fn calls(env: &TestEnv) -> usize {
    env.read("home/calls").lines().count()
}

fn learn(env: &TestEnv, command: &[&str]) -> Run {
    env.awsx(&[&LEARN[..], command].concat())
}

const FILE: &str = "home/.local/state/awsx/learnt.json";

fn remembered(env: &TestEnv) -> Value {
    serde_json::from_str(&env.read(FILE)).unwrap_or_default()
}

#[test]
fn learnt_is_how_long_and_never_what() {
    let env = env();
    learn(&env, &["sh", "-c", "sleep 1.1; : hidden-argument"]).ok();
    let all = remembered(&env);
    let home = env.home().canonicalize().unwrap();
    assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
    assert_eq!((&all[0]["program"], &all[0]["profile"]), (&json!("sh"), &json!("prod")));
    assert_eq!(all[0]["folder"].as_str().map(Into::into), Some(home));
    assert!(all[0]["took"][0].as_u64().is_some_and(|took| (1..30).contains(&took)), "{all}");
    assert!(!env.read(FILE).contains("hidden-argument"));
    // Without the option nothing is written, and the command takes the place of awsx.
    env.awsx(&["exec", "prod", "--", "true"]).ok();
    assert_eq!(remembered(&env), all);
}

#[test]
fn a_session_that_is_too_short_is_renewed_first() {
    let env = env();
    learn(&env, &["true"]).ok();
    learn(&env, &["true"]).ok();
    assert_eq!(calls(&env), 1, "400 seconds are enough");
    // It took seven minutes once: in this folder, with this profile.
    let mut all = remembered(&env);
    all[0]["took"] = json!([420]);
    env.write(FILE, all.to_string());
    let run = learn(&env, &["true"]);
    run.ok();
    assert_eq!(calls(&env), 2);
    assert!(run.stderr.contains("less than 7m"), "a new one is no longer: {run:?}");
    assert!(run.stderr.contains("true took 7m here, and this session ends before: --via process"), "{run:?}");
    env.awsx(&["exec", "prod", "--", "true"]).ok();
    learn(&env, &["sh", "-c", ":"]).ok();
    fs::create_dir(env.path("home/elsewhere")).unwrap();
    let mut command = env.command("awsx");
    command.args(LEARN).arg("true").current_dir(env.path("home/elsewhere"));
    Run::of(command, "").ok();
    assert_eq!(calls(&env), 2, "no other command, and no other folder");
    assert!(env.awsx(&["exec", "prod", "--learn", "--via", "process", "--", "true"]).fails(125).contains("--learn"));
}

#[test]
fn the_command_s_status_and_signals_are_its_own() {
    let env = env();
    assert_eq!(learn(&env, &["sh", "-c", "exit 9"]).status, 9);
    assert_eq!(learn(&env, &["sh", "-c", "kill -TERM $$"]).status, 143);
    assert_eq!(learn(&env, &["no-such-command"]).status, 127);
    assert_eq!(remembered(&env), Value::Null, "what failed says nothing");
    // Ctrl-C and SIGTERM reach it.
    let mut command = env.command("awsx");
    command.args(LEARN).args([
        "sh",
        "-c",
        "trap 'echo got >~/got; exit 3' TERM; echo on >~/on; while :; do sleep 0.05; done",
    ]);
    command.process_group(0);
    let mut child = command.spawn().unwrap();
    wait_for("the command", || (!env.read("home/on").is_empty()).then_some(()));
    nix::sys::signal::kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    let status = wait_for("its end", || child.try_wait().unwrap());
    let _ = killpg(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGKILL);
    assert_eq!((status.code(), env.read("home/got").as_str()), (Some(3), "got\n"));
}

#[test]
fn signals_that_are_ignored_or_blocked_keep_no_end_from_awsx() {
    let env = env();
    let run = |how: &str, awsx: &[&str]| {
        let mut command = env.command("env");
        command.args([how, "timeout", "-s", "KILL", "20", "awsx"]).args(awsx).args(["sh", "-c", "sleep 0.1; exit 5"]);
        Run::of(command, "").status
    };
    let server = ["exec", "prod", "--via", "server", "--"];
    for how in ["--ignore-signal=ALRM", "--block-signal=ALRM", "--ignore-signal=CHLD"] {
        assert_eq!((run(how, &LEARN), run(how, &server)), (5, 5), "{how}");
    }
    assert_eq!(run("--ignore-signal=CHLD", &["each", "prod", "--"]), 5);
}

#[test]
fn an_alarm_that_was_set_before_is_the_commands() {
    let env = env();
    let mut command = env.command("perl");
    command.args(["-e", "alarm 1; exec @ARGV", "awsx"]).args(LEARN).args(["sleep", "20"]);
    assert_eq!(Run::of(command, "").status, 142);
}

#[test]
fn ctrl_c_ends_a_loop_as_it_ends_the_command() {
    let env = env();
    env.awsx(&["exec", "prod", "--", "true"]).ok();
    for awsx in ["exec prod --learn", "exec prod --via server", "each prod"] {
        let mut command = env.command("bash");
        let line = format!("for i in 1 2; do awsx {awsx} -- sh -c 'echo run-$((6 * 7)); exec sleep 30'; done; echo on");
        command.args(["-c", &line]);
        let mut pty = Pty::spawn(command);
        pty.expect("run-42");
        pty.send("\u{3}");
        let (status, text) = pty.wait();
        assert_eq!((status, text.matches("run-42").count()), (130, 1), "{awsx}: {text}");
    }
}

#[test]
fn a_command_that_was_suspended_says_nothing() {
    let env = env();
    let mut command = env.command("awsx");
    // Here no shell could continue it, so awsx does, once it has seen that it is stopped.
    command.args(LEARN).args(["bash", "-c", "kill -STOP $$"]);
    assert_eq!(Pty::spawn(command).wait().0, 0);
    assert_eq!(remembered(&env), Value::Null);
}
