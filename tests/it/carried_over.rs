//! What people bring along from other tools: their variables, their keys in a profile, and what they are used to.

use std::fs;

use awsx::base::time::Timestamp;
use serde_json::Value;

use crate::support::{Sandbox, TestEnv, wait_for};

const ALICE: &str = "arn:aws:iam::111122223333:mfa/alice";

fn env(sandbox: &Sandbox, config: &str) -> TestEnv {
    TestEnv::new().sandbox(sandbox).var("AWSX_ADVERTISED", "0").config(config).stored(sandbox, "prod", "alice")
}

const SHOW: [&str; 6] = ["exec", "prod", "--", "sh", "-c", "echo $AWSX_EXPIRES"];

#[test]
fn variables_of_aws_session_and_aws_mfa_secure() {
    let sandbox = Sandbox::start();
    // Variables go before what the profile says.
    let config = "[profile prod]\nmfa_serial = arn:aws:iam::111122223333:mfa/other\nduration_seconds = 1h\n";
    let env = env(&sandbox, config).var("AWS_MFA_SERIAL", ALICE);
    for (code, length) in [
        ("AWS_MFA_TOKEN", "AWS_MFA_TTL"),
        ("AWS_SESSION_MFA_CODE", "AWS_SESSION_DURATION"),
        ("AWSX_MFA_CODE", "AWSX_SESSION_DURATION"),
    ] {
        env.awsx(&["clear"]).ok();
        let given = sandbox.code("alice");
        let line = format!("{code}={given} {length}=7200 awsx {} '{}'", SHOW[..5].join(" "), SHOW[5]);
        assert_eq!(sandbox.minutes_to(env.sh("sh", &line).ok()), 7200, "{code} {length}");
        // A code is used once.
        env.awsx(&["clear"]).ok();
        sandbox.forget_calls();
        assert!(env.sh("sh", &line).fails(125).contains("used already"), "{code}");
        assert_eq!(sandbox.log(), Vec::<String>::new());
    }
}

#[test]
fn keys_of_awscli_mfa_in_a_profile() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, &format!("[profile prod]\nmfa_arn = {ALICE}\nsessmax = 9000\n"));
    let code = sandbox.code("alice");
    let run = env.awsx(&[&["exec", "--code", &code], &SHOW[1..]].concat());
    assert_eq!(sandbox.minutes_to(run.ok()), 9000);
    assert_eq!((sandbox.done("iam:ListMFADevices"), sandbox.done("sts:GetSessionToken")), (0, 1));
}

#[test]
fn limits_are_read_while_the_code_is_typed() {
    let sandbox = Sandbox::with(|world| {
        world["parameters"]["/unencrypted/mfa/session_length"] = "3600".into();
        // Most of what alice may do wants MFA. This does not.
        let deny = world["users"][0]["policies"][0]["Statement"].as_array_mut().unwrap().last_mut().unwrap();
        deny["NotAction"].as_array_mut().unwrap().push("ssm:GetParameters".into());
    });
    let mut env = env(&sandbox, &format!("[profile prod]\nmfa_serial = {ALICE}\n"));
    env.unset("AWSX_ADVERTISED");
    let mut pty = env.pty(&SHOW);
    pty.expect("MFA code for prod");
    wait_for("the limits to be read", || (sandbox.done("ssm:GetParameters") == 1).then_some(()));
    assert_eq!(sandbox.done("sts:GetSessionToken"), 0, "nobody has typed a code yet");
    pty.send_line(&sandbox.code("alice"));
    assert_eq!(pty.wait().0, 0);
    assert_eq!(sandbox.minutes_to(env.awsx(&SHOW).ok()), 3600);
    assert_eq!(sandbox.done("ssm:GetParameters"), 1, "a cached session asks nothing");
}

#[test]
fn nothing_else_has_to_be_installed() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox, &format!("[profile prod]\nmfa_serial = {ALICE}\n"));
    fs::create_dir(env.path("empty")).unwrap();
    let empty = env.path("empty");
    env.set("PATH", &empty);
    let code = sandbox.code("alice");
    env.awsx(&["exec", "prod", "--code", &code, "--", "/bin/true"]).ok();
    assert!(env.awsx(&["whoami", "prod"]).ok().contains("engineering/alice"));
    // What does need another program says which.
    assert!(env.awsx(&["aws", "--profile", "prod", "s3", "ls"]).fails(127).contains("aws: command not found"));
}

#[test]
fn debug_tells_each_step_and_no_secret() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, &format!("[profile prod]\nmfa_serial = {ALICE}\n"));
    let code = sandbox.code("alice");
    let run = env.awsx(&["--debug", "exec", "prod", "--code", &code, "--", "env"]);
    let value = |name: &str| run.ok().lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    assert!(run.stderr.contains("sts:GetSessionToken for 43200s"), "{}", run.stderr);
    let (_, keys_secret) = sandbox.keys("alice");
    for secret in [value("AWS_SECRET_ACCESS_KEY="), value("AWS_SESSION_TOKEN="), keys_secret, code] {
        assert!(!run.stderr.contains(&secret), "{secret} in {}", run.stderr);
    }
}

#[test]
fn the_time_left_of_all_profiles_and_clean_for_one() {
    let sandbox = Sandbox::start();
    let role = "role_arn = arn:aws:iam::111122223333:role/readonly\nsource_profile = prod\n";
    let env = env(&sandbox, &format!("[profile prod]\nmfa_serial = {ALICE}\n[profile reader]\n{role}"));
    let code = sandbox.code("alice");
    env.awsx(&["exec", "reader", "--code", &code, "--", "true"]).ok();
    let listed = || serde_json::from_str::<Value>(env.awsx(&["list", "--json"]).ok()).unwrap();
    let left = |profile: &Value| profile["session"]["seconds_left"].as_i64();
    let before = listed();
    assert!(left(&before[0]).is_some_and(|left| left > 42_000) && left(&before[1]).is_some_and(|left| left <= 3600));
    assert!(before[0]["session"]["expires"].as_str().is_some_and(|at| Timestamp::parse_rfc3339(at).is_ok()));
    env.awsx(&["clean", "reader"]).ok();
    let after = listed();
    assert!(left(&after[0]).is_some() && left(&after[1]).is_none(), "{after}");
    env.awsx(&["clean"]).ok();
    assert!(listed().as_array().unwrap().iter().all(|profile| left(profile).is_none()));
}

#[test]
fn files_elsewhere() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("bob");
    let mut env = TestEnv::new().sandbox(&sandbox);
    env.set("AWS_CONFIG_FILE", env.path("home/work/config"));
    env.set("AWS_SHARED_CREDENTIALS_FILE", env.path("home/work/credentials"));
    env.write(
        "home/work/credentials",
        format!("[plain]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"),
    );
    let env = env.stored(&sandbox, "prod", "alice");
    assert_eq!(env.read("home/work/config"), "[profile prod]\n");
    assert!(!env.path("home/.aws").exists());
    assert!(env.awsx(&["whoami", "plain"]).ok().contains("new/bob"));
}
