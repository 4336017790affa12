//! `awsx advertise` against the sandbox: what an administrator sets limits the next session of a user.

use serde_json::{Value, json};

use crate::support::{Sandbox, TestEnv};

const CONFIG: &str = "[profile admin]
region = eu-west-1
mfa_serial = GAHT12345678
[profile prod]
region = eu-west-1
";

/// The length of the last MFA session that was made, in seconds.
fn last_length(sandbox: &Sandbox) -> Value {
    let calls = sandbox.calls();
    let mut made = calls.iter().filter(|call| call["action"] == "sts:GetSessionToken" && call["outcome"] == "ok");
    made.next_back().expect("a session")["params"]["DurationSeconds"].clone()
}

#[test]
fn what_an_administrator_sets_limits_the_next_session() {
    // A user who may read parameters without MFA, and has a device.
    let sandbox = Sandbox::with(|world| {
        let seed = "AWSXSANDBOXDAVE7AWSXSANDBOXDAVE7";
        let device =
            json!({"serial": "arn:aws:iam::111122223333:mfa/dave", "kind": "virtual", "seed": seed, "user": "dave"});
        world["mfa_devices"].as_array_mut().unwrap().push(device);
    });
    let env = TestEnv::new().sandbox(&sandbox).config(CONFIG);
    let env = env.stored(&sandbox, "admin", "carol").stored(&sandbox, "prod", "dave");
    let code = sandbox.code("carol");
    // With -d the session of the administrator stays the same one, whatever is advertised.
    let limits = ["--mfa-length", "8h", "--role", "111122223333/deploy", "--role-length", "2h", "--role-mfa", "true"];
    let set = env.awsx(&[&["advertise", "set", "admin", "-d", "1h", "--code", &code], &limits[..]].concat());
    assert!(set.ok().is_empty() && set.stderr.contains("length of MFA sessions: 8h from now on"), "{set:?}");
    assert_eq!(sandbox.state()["parameters"]["/unencrypted/mfa/session_length"], "28800");

    let session =
        |env: &TestEnv| env.awsx(&["exec", "prod", "--code", &sandbox.code("dave"), "--", "true"]).ok().to_owned();
    session(&env);
    assert_eq!(last_length(&sandbox), "28800");

    // A change needs a yes; it counts on this machine at once.
    let seven = ["advertise", "set", "admin", "-d", "1h", "--mfa-length", "7h"];
    let asked = env.awsx(&seven);
    assert!(asked.fails(5).contains("-y answers yes"), "{asked:?}");
    let mut pty = env.pty(&seven);
    pty.expect("Change length of MFA sessions from 8h to 7h?");
    pty.send_line("n");
    pty.expect("nothing was changed");
    env.awsx(&[&seven[..], &["-y"]].concat()).ok();
    env.awsx(&["clear", "prod"]).ok();
    let read = sandbox.done("ssm:GetParameters");
    session(&env);
    assert_eq!((last_length(&sandbox), sandbox.done("ssm:GetParameters")), (json!("25200"), read));

    let shown = env.awsx(&["advertise", "show", "admin", "-d", "1h"]).ok().to_owned();
    for line in
        ["length of MFA sessions  7h", "MFA for 111122223333/deploy  required", "alias of 111122223333  awsx-sandbox"]
    {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.lines().any(|shown| words(shown) == words(line)), "{line}\n{shown}");
    }
    let known: Value =
        serde_json::from_str(env.awsx(&["advertise", "show", "admin", "-d", "1h", "--json"]).ok()).unwrap();
    let length = json!({
        "parameter": "/unencrypted/mfa/session_length", "setting": "mfa-length", "account": null, "role": null,
        "value": "25200", "usable": true,
    });
    assert!(known.as_array().unwrap().contains(&length), "{known}");

    // Users may read, and no more.
    let denied = env.awsx(&["advertise", "set", "prod", "--role", "111122223333/deploy", "--role-length", "4h", "-y"]);
    assert!(denied.fails(4).contains("permission missing: ssm:PutParameter"), "{denied:?}");

    env.awsx(&["advertise", "delete", "admin", "-d", "1h", "--mfa-length", "-y"]).ok();
    env.awsx(&["advertise", "delete", "admin", "-d", "1h", "--mfa-length", "-y"]).fails(1);
    env.awsx(&["advertise", "delete", "admin", "-d", "1h", "--role", "111122223333/deploy", "-y"]).ok();
    let left = sandbox.state()["parameters"].to_string();
    assert!(!left.contains("deploy") && !left.contains("/mfa/"), "{left}");
    env.awsx(&["clear", "prod"]).ok();
    session(&env);
    assert_eq!(last_length(&sandbox), "43200", "what was deleted is forgotten here as well");
}

#[test]
fn wrong_command_lines() {
    let env = TestEnv::new().config(CONFIG);
    for line in [
        &["set", "admin"][..],
        &["set", "admin", "--role-length", "2h"],
        &["set", "admin", "--role", "ops", "--role-length", "2h"],
        &["set", "admin", "--alias", "acme"],
        &["delete", "admin"],
        &["delete", "admin", "--role-mfa"],
    ] {
        env.awsx(&[&["advertise"], line].concat()).fails(2);
    }
    let long = env.awsx(&["advertise", "set", "admin", "--mfa-length", "37h"]);
    assert!(long.fails(3).contains("from 15m to 36h"), "{long:?}");
}
