//! What `awsx doctor env` and `awsx status` say of the environment itself.

use serde_json::{Value, json};

use crate::support::{Sandbox, TestEnv};

const CONFIG: &str = "[profile prod]\nregion = us-east-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n";

/// A world in which the keys of `prod` are in the keychain, and a session of it in the cache.
fn world() -> (Sandbox, TestEnv) {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(CONFIG).stored(&sandbox, "prod", "alice");
    env.awsx(&["exec", "--code", &sandbox.code("alice"), "prod", "--", "true"]).ok();
    (sandbox, env)
}

/// What `awsx doctor env --json` says in a session of `prod`, after `between` was run in it.
fn inside(env: &TestEnv, between: &str) -> Value {
    let script = format!("{between}\nexec awsx doctor env --json");
    serde_json::from_str(env.awsx(&["exec", "prod", "--", "sh", "-c", &script]).ok()).unwrap()
}

#[test]
fn in_a_session_every_sdk_takes_it() {
    let (_sandbox, env) = world();
    let report = inside(&env, "");
    let around = &report["environment"];
    assert_eq!((&around["class"], &around["profile"]), (&json!("mirrored"), &json!("prod")), "{report:#}");
    for sdk in report["sdks"].as_array().unwrap() {
        let seen = (&sdk["source"]["kind"], &sdk["region"], &sdk["notes"]);
        assert_eq!(seen, (&json!("environment"), &json!("us-east-1"), &json!([])), "{sdk:#}");
    }
    assert_eq!(report["remarks"], json!([]));
    // With a profile beside the session they part ways.
    let report = inside(&env, "export AWS_PROFILE=prod");
    assert_eq!(report["remarks"][0]["what"], "the SDKs take different credentials", "{report:#}");
    let why = report["sdks"].as_array().unwrap().iter().find(|sdk| sdk["sdk"] == "javascript-v3").unwrap();
    assert_eq!(why["notes"], json!(["AWS_PROFILE goes before keys in the environment"]));
}

#[test]
fn the_classes_as_a_person_meets_them() {
    let (_sandbox, env) = world();
    let unset = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWSX_PROFILE AWSX_SESSION AWS_VAULT\n";
    let keys = "export AWS_ACCESS_KEY_ID=AKIAOLDOLDOLDOLD0OLD AWS_SECRET_ACCESS_KEY=some-secret\n";
    let table = [
        ("", "mirrored", "a session of prod (ASIA…"),
        (
            "export AWS_SESSION_TOKEN=other AWS_ACCESS_KEY_ID=ASIAOTHEROTHER000OTH AWS_PROFILE=prod",
            "other-session",
            "awsx keeps for prod is another one",
        ),
        (unset, "none", "no AWS credentials in this environment"),
        (&format!("{unset}export AWS_PROFILE=prod"), "selector-only", "AWS_PROFILE selects prod"),
        (&format!("{unset}export AWS_PROFILE=prodd"), "selector-only", "similar names: prod"),
        (&format!("{unset}{keys}export AWS_PROFILE=prod"), "rotated-key", "this one was probably rotated away"),
        (&format!("{unset}{keys}export AWS_PROFILE=gone"), "orphan", "of gone, and there is no such profile"),
        (&format!("{unset}{keys}"), "unnamed", "awsx add PROFILE --env"),
    ];
    for (between, class, says) in table {
        let report = inside(&env, between);
        assert_eq!(report["environment"]["class"], class, "{between}: {report:#}");
        let script = format!("{between}\nawsx doctor env");
        let told = env.awsx(&["exec", "prod", "--", "sh", "-c", &script]);
        assert!(told.ok().contains(says), "{between}: {}", told.stdout);
        assert!(!told.stdout.contains("some-secret"));
        if class != "mirrored" && class != "none" {
            let script = format!("{between}\nawsx status");
            let run = env.awsx(&["exec", "prod", "--", "sh", "-c", &script]);
            assert!(run.fails(1).contains(says), "{between}: {}", run.stderr);
        }
    }
}
