//! `awsx rotate` end to end, against the sandbox and moto.

mod faults;
mod keychains;
mod killed;

use awsx::iam_policy;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{Run, Sandbox, TestEnv};

const ERIN: &str = "AKIASANDBOXERIN22222";
const FINN: &str = "AKIASANDBOXFINN22222";
const DEVICE: &str = "arn:aws:iam::111122223333:mfa/erin";

/// A shipped policy as the sandbox takes it.
fn shipped(name: &str) -> Value {
    serde_json::from_str(&iam_policy::document(name, None, "aws").unwrap().json()).unwrap()
}

/// The sandbox with two more users: erin, who has a device and these policies, and finn, who has no device and may do
/// everything with access keys.
fn sandbox(policies: &[&str]) -> Sandbox {
    Sandbox::with(|world| {
        let policies: Vec<Value> = policies.iter().map(|name| shipped(name)).collect();
        let free =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]});
        let mut add = |what: &str, value: Value| world[what].as_array_mut().unwrap().push(value);
        add("users", json!({"name": "erin", "path": "/team/", "policies": policies}));
        add("users", json!({"name": "finn", "policies": [free]}));
        for (user, id) in [("erin", ERIN), ("finn", FINN)] {
            let secret = format!("not+a+secret/awsx+sandbox/{user}/012345678");
            add("access_keys", json!({"id": id, "secret": secret, "user": user}));
        }
        let seed = "AWSXSANDBOXERINXAWSXSANDBOXERINX";
        add("mfa_devices", json!({"serial": DEVICE, "kind": "virtual", "seed": seed, "user": "erin"}));
    })
}

/// A profile `prod` with the stored keys of that user.
fn env(sandbox: &Sandbox, user: &str) -> TestEnv {
    TestEnv::new()
        .sandbox(sandbox)
        .var("AWSX_ADVERTISED", "0")
        .config("[profile prod]\nregion = eu-west-1\n")
        .stored(sandbox, "prod", user)
}

/// The keys of a user at AWS: ID, and whether it is active.
fn keys(sandbox: &Sandbox, user: &str) -> Vec<(String, bool)> {
    let state = sandbox.state();
    let keys = state["access_keys"].as_array().unwrap().iter().filter(|key| key["user"] == user);
    keys.map(|key| (key["id"].as_str().unwrap().to_owned(), key["active"] == true)).collect()
}

/// The ID of the key that the profile uses.
#[track_caller]
fn used(env: &TestEnv) -> String {
    env.awsx(&["exec", "--no-session", "prod", "--", "printenv", "AWS_ACCESS_KEY_ID"]).ok().trim().to_owned()
}

/// The profile's key is one that works.
#[track_caller]
fn assert_works(env: &TestEnv, sandbox: &Sandbox, user: &str) -> String {
    let id = used(env);
    assert!(keys(sandbox, user).contains(&(id.clone(), true)), "{id}: {:?}", keys(sandbox, user));
    id
}

/// The rotation has ended: one key, another than `old`, and it is the one that is used.
#[track_caller]
fn assert_ended(env: &TestEnv, sandbox: &Sandbox, user: &str, old: &str) {
    let id = assert_works(env, sandbox, user);
    assert_eq!(keys(sandbox, user), [(id.clone(), true)]);
    assert_ne!(id, old);
    assert!(journals(env).is_empty(), "{:?}", journals(env));
}

/// The journals of rotations that have not ended.
fn journals(env: &TestEnv) -> Vec<String> {
    let files = std::fs::read_dir(env.path("home/.local/state/awsx/rotations")).into_iter().flatten().flatten();
    let files = files.filter(|file| file.path().extension().is_some_and(|e| e == "json"));
    files.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect()
}

fn rotate(env: &TestEnv, more: &[&str]) -> Run {
    env.awsx(&[&["rotate", "prod", "-y"], more].concat())
}

/// Every key is known everywhere from now on.
fn usable_now(sandbox: &Sandbox) {
    let mut state = sandbox.state();
    for key in state["access_keys"].as_array_mut().unwrap() {
        key["usable_from"] = json!(0);
    }
    sandbox.request("POST", "state", &state);
}

#[test]
fn one_code_makes_every_call() {
    let sandbox = sandbox(&["enforce-mfa"]);
    let env = env(&sandbox, "erin");
    sandbox.forget_calls();
    let run = rotate(&env, &["--code", &sandbox.code("erin")]);
    run.ok();
    let log = sandbox.log();
    assert_ended(&env, &sandbox, "erin", ERIN);
    for said in ["is made, and stored (file)", "prod uses AKIA", "AKIASANDBOXERIN22222 is deactivated", "is deleted"] {
        assert!(run.stderr.contains(said), "{run:#?}");
    }
    assert!(run.stderr.contains("makes a new one, with a new MFA code"), "{run:#?}");
    let calls = sandbox.calls();
    let with = |action: &str| -> Vec<&str> {
        let calls = calls.iter().filter(|call| call["action"] == action);
        calls.map(|call| call["access_key_id"].as_str().unwrap()).collect()
    };
    assert_eq!(with("sts:GetSessionToken"), [ERIN]);
    for action in ["iam:ListAccessKeys", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey"] {
        assert!(matches!(with(action)[..], [id] if id.starts_with("ASIA")), "{action}: {:?}", with(action));
    }
    // Whose the old key is, and three tests of the new one before anything happens to the old one.
    let at = |action: &str| log.iter().position(|line| line == action).unwrap();
    let asked = log[..at("iam:UpdateAccessKey ok")].iter().filter(|line| *line == "sts:GetCallerIdentity ok").count();
    assert_eq!(asked, 4, "{log:#?}");
    // The next command takes a new code, with the new key.
    assert!(env.awsx(&["exec", "prod", "--", "true"]).stderr.contains("MFA code"));
    env.awsx(&["exec", "prod", "--code", &sandbox.code("erin"), "--", "true"]).ok();
}

#[test]
fn a_session_at_hand_needs_no_code_and_goes_on_working() {
    let sandbox = sandbox(&["enforce-mfa"]);
    let env = env(&sandbox, "erin");
    let code = sandbox.code("erin");
    let before = env.awsx(&["exec", "prod", "--code", &code, "--", "sh", "-c", "env | grep ^AWS_"]);
    rotate(&env, &[]).ok();
    assert_ended(&env, &sandbox, "erin", ERIN);
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);
    // A shell that was open all the time: its session is good until it expires, and it is told that it is another one now.
    let mut shell = env.command("awsx");
    for line in before.ok().lines() {
        let (name, value) = line.split_once('=').unwrap();
        shell.env(name, value);
    }
    shell.arg("whoami");
    assert!(Run::of(shell, "").ok().contains("user/team/erin"));
}

#[test]
fn the_shipped_policies_let_it_work_with_mfa_alone() {
    for (policy, works) in [
        ("session-user", true),
        ("enforce-mfa", true),
        ("allow-mfa", true),
        ("open-mfa", true),
        ("self-provision", false),
    ] {
        let sandbox = sandbox(&[policy]);
        let env = env(&sandbox, "erin");
        // As if there were no device.
        let run = rotate(&env, &["--mfa-serial", ""]);
        assert!(run.fails(4).contains("iam:ListAccessKeys"), "{policy}: {run:#?}");
        assert_eq!(keys(&sandbox, "erin"), [(ERIN.to_owned(), true)]);
        let run = rotate(&env, &["--code", &sandbox.code("erin")]);
        if works {
            run.ok();
            assert_ended(&env, &sandbox, "erin", ERIN);
        } else {
            assert!(run.fails(4).contains("permission missing: iam:ListAccessKeys"), "{policy}: {run:#?}");
        }
    }
}

#[test]
fn a_key_that_takes_its_time_is_waited_for() {
    let sandbox = sandbox(&[]);
    let env = env(&sandbox, "finn");
    sandbox.request("POST", "settings", &json!({"propagation_seconds": 3}));
    let run = rotate(&env, &[]);
    run.ok();
    assert!(run.stderr.contains("Waiting until AWS knows it everywhere"), "{run:#?}");
    assert!(sandbox.log().iter().any(|line| line == "sts:GetCallerIdentity InvalidClientTokenId"));
    assert_ended(&env, &sandbox, "finn", FINN);
}

#[test]
fn a_person_is_asked_and_may_say_no() {
    let sandbox = sandbox(&[]);
    let env = env(&sandbox, "finn");
    assert!(env.awsx(&["rotate", "prod"]).fails(5).contains("-y"));
    let mut pty = env.pty(&["rotate", "prod"]);
    pty.expect(&format!("Replace the access key {FINN} of prod?"));
    pty.send_line("n");
    let (status, text) = pty.wait();
    assert_eq!((status, text.contains("was not replaced")), (1, true), "{text}");
    assert_eq!((keys(&sandbox, "finn"), journals(&env)), (vec![(FINN.to_owned(), true)], vec![]));
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let sandbox = sandbox(&[]);
        let env = env(&sandbox, "finn");
        sandbox.request("POST", "settings", &json!({"propagation_seconds": 600}));
        let mut pty = env.pty(&["rotate", "prod", "-y"]);
        pty.expect("Waiting until AWS knows it everywhere");
        if signal == Signal::SIGINT {
            pty.send("\x03");
        } else {
            pty.signal(signal);
        }
        let (ended, text) = pty.wait();
        assert_eq!(ended, status, "{text}");
        assert!(text.contains("`awsx rotate prod` tries again"), "{text}");
        // It is not over: everything else works with the old key, and `list` tells.
        assert_eq!(assert_works(&env, &sandbox, "finn"), FINN);
        let list = env.awsx(&["list"]);
        assert!(list.stderr.contains("the rotation of prod has not ended: awsx rotate prod"), "{list:#?}");
        assert_eq!(list.ok().lines().count(), 2, "{list:#?}");
        assert!(env.awsx(&["status"]).stderr.contains("the rotation of prod has not ended"));
        assert!(env.awsx(&["doctor", "--json"]).stdout.contains("unfinished-rotation"));
        if signal == Signal::SIGHUP {
            let asked = env.awsx(&["rotate", "prod", "--abort"]);
            assert!(asked.fails(5).contains("the new key of prod, and keep AKIA") && asked.stderr.contains("-y"));
            let mut pty = env.pty(&["rotate", "prod", "--abort"]);
            pty.expect(&format!("the new key of prod, and keep {FINN}?"));
            pty.send_line("n");
            assert_eq!((pty.wait().0, keys(&sandbox, "finn").len()), (1, 2));
            assert!(env.awsx(&["rotate", "prod", "--abort", "-y"]).stderr.contains("prod keeps its key"));
            assert_eq!((keys(&sandbox, "finn"), journals(&env)), (vec![(FINN.to_owned(), true)], vec![]));
        } else {
            usable_now(&sandbox);
            let run = rotate(&env, &[]);
            assert!(run.stderr.contains("Going on with the rotation of prod"), "{run:#?}");
            run.ok();
            assert_ended(&env, &sandbox, "finn", FINN);
        }
    }
}

#[test]
fn two_at_once_make_one_key() {
    let sandbox = sandbox(&[]);
    let env = env(&sandbox, "finn");
    sandbox.request("POST", "settings", &json!({"propagation_seconds": 600}));
    let start = |says: &str| {
        let mut pty = env.pty(&["rotate", "prod", "-y"]);
        pty.expect(says);
        pty
    };
    let first = start("Waiting until AWS knows it everywhere");
    let others = [(); 2].map(|()| start("that is replacing an access key"));
    assert_eq!(sandbox.done("iam:CreateAccessKey"), 1);
    usable_now(&sandbox);
    let (status, text) = first.wait();
    assert_eq!(status, 0, "{text}");
    for other in others {
        let (status, text) = other.wait();
        assert!(status == 0 && text.contains("has just replaced the key of prod"), "{text}");
    }
    assert_eq!(sandbox.done("iam:CreateAccessKey"), 0, "since the state was set, which forgets the calls");
    assert_ended(&env, &sandbox, "finn", FINN);
}

#[test]
fn a_user_with_two_keys_is_told_about_the_other_one() {
    let sandbox = sandbox(&[]);
    let env = env(&sandbox, "finn");
    let mut state = sandbox.state();
    let other = json!({"id": "AKIASANDBOXFINN33333", "secret": "not+a+secret/awsx+sandbox/finn3/01234567", "user": "finn", "active": false});
    state["access_keys"].as_array_mut().unwrap().push(other);
    sandbox.request("POST", "state", &state);
    let run = rotate(&env, &[]);
    for part in [
        "finn has two access keys",
        "AKIASANDBOXFINN33333: inactive, made 2025-01-01T00:00:00Z, never used",
        "--delete-key AKIASANDBOXFINN33333",
    ] {
        assert!(run.fails(1).contains(part), "{run:#?}");
    }
    let mut pty = env.pty(&["rotate", "prod"]);
    pty.expect("Replace the access key");
    pty.send_line("y");
    pty.expect("Delete AKIASANDBOXFINN33333, which is inactive?");
    pty.send_line("y");
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    assert_ended(&env, &sandbox, "finn", FINN);
}

#[test]
fn add_and_remove_know_of_a_rotation() {
    let sandbox = sandbox(&[]);
    let env = env(&sandbox, "finn");
    let broken = json!({"action": "sts:GetCallerIdentity", "kind": "error", "status": 403, "code": "AccessDenied", "message": "no", "after": 1, "count": 0});
    sandbox.fault(&broken);
    assert!(rotate(&env, &[]).fails(4).contains("prod still uses the old one"));
    sandbox.request("DELETE", "faults", &Value::Null);
    let (id, secret) = sandbox.keys("finn");
    let input = format!("{id}\n{secret}\n");
    let refused = env.awsx_with_input(&["add", "prod", "--stdin"], &input);
    assert!(refused.fails(5).contains("its new key AKIA"), "{refused:#?}");
    assert_eq!(journals(&env).len(), 1);
    env.awsx_with_input(&["add", "prod", "--stdin", "-y"], &input).ok();
    assert!(journals(&env).is_empty());
    assert!(rotate(&env, &[]).fails(1).contains("finn has two access keys"));

    let other = keys(&sandbox, "finn").into_iter().find(|(key, _)| *key != id).unwrap().0;
    sandbox.fault(&broken);
    rotate(&env, &["--delete-key", &other]).fails(4);
    sandbox.request("DELETE", "faults", &Value::Null);
    env.awsx(&["remove", "prod", "-y"]).ok();
    assert!(journals(&env).is_empty());
    assert!(rotate(&env, &[]).fails(3).contains("awsx add prod"));
}
