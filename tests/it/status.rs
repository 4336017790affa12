//! `awsx status` inside a session: whether it is still what the config says.

use serde_json::{Value, json};

use crate::support::{Sandbox, TestEnv};

const CONFIG: &str = "[profile prod]\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n\
    [profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = prod\n";
const USER: &str = "arn:aws:iam::111122223333:user/engineering/alice";
const ROLE: &str = "arn:aws:sts::111122223333:assumed-role/admin/alice";

/// What status says in a session of `profile` made with `options`, after `between` was run in it.
fn status(env: &TestEnv, options: &[&str], profile: &str, between: &str) -> Value {
    let script = format!("{between}\nexec awsx status --json");
    let args = [&["exec"], options, &[profile, "--", "sh", "-c", &script]].concat();
    serde_json::from_str(env.awsx(&args).ok()).unwrap()
}

#[test]
fn a_session_is_known_again_whether_it_is_cached_or_not() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(CONFIG).stored(&sandbox, "prod", "alice");
    let forget = "awsx clear 2>/dev/null";
    for (profile, arn) in [("prod", USER), ("admin", ROLE)] {
        for (options, between) in [(&["--duration", "1h"][..], ""), (&[], forget), (&["--no-cache"], "")] {
            let code = sandbox.code("alice");
            let seen = status(&env, &[options, &["--code", &code]].concat(), profile, between);
            let case = format!("{profile} {options:?} {between}: {seen}");
            assert_eq!((&seen["matches_config"], &seen["arn"]), (&json!(true), &json!(arn)), "{case}");
        }
    }
}

#[test]
fn another_config_or_other_credentials_are_another_session() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(CONFIG).stored(&sandbox, "prod", "alice");
    let code = sandbox.code("alice");
    let shorter = "echo 'duration_seconds = 1800' >> ~/.aws/config";
    let seen = status(&env, &["--code", &code], "admin", shorter);
    assert_eq!((&seen["matches_config"], &seen["arn"]), (&json!(false), &json!(ROLE)));
    // Other credentials in its place are not its own.
    let script = "export AWS_ACCESS_KEY_ID=AKIAOTHER; awsx status; awsx status --json";
    let run = env.awsx(&["exec", "prod", "--", "sh", "-c", script]);
    let seen: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, &seen["access_key_id"]), (1, &json!("AKIAOTHER")), "{run:?}");
    for unknown in ["profile", "account", "arn", "expires", "via"] {
        assert_eq!(seen[unknown], Value::Null, "{unknown}: {seen}");
    }
    assert!(run.stderr.contains("a session (AKIA…) of no known profile"), "{run:?}");
    // The keys themselves are no session, and stay what they are.
    let seen = status(&env, &["--no-session"], "prod", "");
    assert_eq!((&seen["matches_config"], &seen["expires"]), (&json!(true), &Value::Null));
}
