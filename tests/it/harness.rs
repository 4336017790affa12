//! The harness itself: what every other test takes for granted.

use std::process::Command;

use serde_json::json;

use crate::support::{Background, Pty, Run, Sandbox, TestEnv, http, silent_listener, venv, wait_for};

#[test]
fn the_environment_is_the_tests_own() {
    let env = TestEnv::new().var("AWS_REGION", "eu-north-1");
    let run = env.sh("bash", "env -0 | cut -z -d= -f1 | tr '\\0' '\\n'; pwd");
    let names: Vec<&str> = run.ok().lines().collect();
    for name in ["HOME", "XDG_RUNTIME_DIR", "AWS_REGION", "AWS_EC2_METADATA_DISABLED"] {
        assert!(names.contains(&name), "{names:?}");
    }
    for name in ["CARGO_MANIFEST_DIR", "USER", "SSH_AUTH_SOCK", "DISPLAY"] {
        assert!(!names.contains(&name), "{names:?}");
    }
    assert_eq!(names.last().copied(), env.home().to_str());
}

#[test]
fn a_plain_run_has_no_terminal_and_a_pty_run_has_one() {
    let env = TestEnv::new();
    let script = "if { : </dev/tty; } 2>/dev/null; then echo terminal; else echo none; fi";
    assert_eq!(env.sh("bash", script).ok(), "none\n");
    let mut command = env.command("bash");
    command.args(["-c", &format!("{script}; read -r line; echo \"got $line\"; exit 3")]);
    let mut pty = Pty::spawn(command);
    pty.expect("terminal\r\n");
    pty.send_line("hello");
    pty.expect("got hello");
    let (status, text) = pty.wait();
    assert_eq!((status, text.contains("hello\r\ngot hello\r\n")), (3, true), "{text:?}");
}

#[test]
fn a_screen_shows_what_a_person_would_see() {
    let env = TestEnv::new();
    let tmux = env.tmux("PS1='$ ' bash --norc");
    tmux.send_line(r"printf 'one\rtwo\033[31mred\033[m\n'");
    tmux.expect("twored");
    assert!(tmux.screen_with_colours().contains("\u{1b}[31mred"), "{:?}", tmux.screen_with_colours());
    tmux.send_line("tty >~/tty; echo $TERM");
    wait_for("a terminal", || Some(env.read("home/tty")).filter(|tty| tty.starts_with("/dev/pts/")));
}

#[test]
fn nothing_started_outlives_its_owner() {
    let env = TestEnv::new();
    let mut command = env.command("bash");
    command.args(["-c", "sleep 1000 & echo $!; wait"]);
    let background = Background::spawn(&command);
    let sleeper = background.line();
    let alive = || std::fs::read_to_string(format!("/proc/{sleeper}/cmdline")).is_ok_and(|line| line.contains("sleep"));
    wait_for("the sleeper", || alive().then_some(()));
    drop(background);
    wait_for("its end", || (!alive()).then_some(()));
}

#[test]
fn a_silent_server_takes_a_connection_and_says_nothing() {
    let silent = silent_listener();
    let port = silent.url.rsplit(':').next().expect("a port");
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && ! read -r -t 0.2 -u 3 line");
    TestEnv::new().sh("bash", &script).ok();
    wait_for("the connection", || (silent.connections() == 1).then_some(()));
}

#[test]
fn moto_and_the_aws_cli_understand_each_other() {
    let env = TestEnv::new().moto().aws_cli().var("AWS_ACCESS_KEY_ID", "AKIAHARNESS").var("AWS_SECRET_ACCESS_KEY", "x");
    let run =
        env.sh("bash", "aws --region us-east-1 iam create-user --path /a/b/ --user-name harness --query User.Arn");
    assert_eq!(run.ok(), "\"arn:aws:iam::123456789012:user/a/b/harness\"\n");
    assert_eq!(http("GET", &format!("{}/moto-api/data.json", crate::support::moto_url()), "").0, 200);
    let mut boto = Command::new(venv("python"));
    boto.args(["-c", "import boto3, botocore; print(boto3.__version__ == botocore.__version__)"]);
    assert_eq!(Run::of(boto, "").ok(), "True\n");
}

#[test]
fn a_keyring_keeps_secrets_and_can_come_back_locked() {
    let mut env = TestEnv::new();
    let mut keyring = env.keyring();
    env.sh("bash", "printf s3cret | secret-tool store --label=x service awsx-harness").ok();
    assert_eq!(env.sh("bash", "secret-tool lookup service awsx-harness").ok(), "s3cret");
    keyring.restart(&env, true);
    assert_eq!(env.sh("bash", "secret-tool lookup service awsx-harness").ok(), "s3cret");
    keyring.restart(&env, false);
    assert_ne!(env.sh("bash", "timeout 10 secret-tool lookup service awsx-harness").status, 0);
}

#[test]
fn the_sandbox_answers_the_aws_cli_and_counts() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("alice");
    let env = TestEnv::new().sandbox(&sandbox).aws_cli().var("AWS_ACCESS_KEY_ID", id);
    let env = env.var("AWS_SECRET_ACCESS_KEY", secret).var("AWS_DEFAULT_REGION", "us-east-1");
    let arn = env.sh("bash", "aws sts get-caller-identity --query Arn --output text");
    assert_eq!(arn.ok(), "arn:aws:iam::111122223333:user/engineering/alice\n");
    for _ in 0..2 {
        let session = "aws sts get-session-token --serial-number arn:aws:iam::111122223333:mfa/alice --token-code";
        env.sh("bash", &format!("{session} {}", sandbox.code("alice"))).ok();
    }
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:GetCallerIdentity")), (2, 1));
    sandbox.forget_calls();
    sandbox.fault(
        &json!({"action": "sts:*", "kind": "error", "status": 400, "code": "Oops", "message": "no", "count": 0}),
    );
    assert!(env.sh("bash", "aws sts get-caller-identity").stderr.contains("Oops"));
    assert_eq!(sandbox.log(), ["sts:GetCallerIdentity Oops"]);
}
