//! Roles through the whole of awsx, against the sandbox: chains, other accounts, external IDs, their lengths and their MFA.

use serde_json::{Value, json};

use crate::support::{Run, Sandbox, TestEnv};

const ALICE: &str = "arn:aws:iam::111122223333:mfa/alice";

fn role(name: &str, arn: &str, source: &str, more: &str) -> String {
    format!("[profile {name}]\nrole_arn = arn:aws:iam::{arn}\nsource_profile = {source}\n{more}\n")
}

/// Who a profile is.
#[track_caller]
fn arn(env: &TestEnv, profile: &str) -> String {
    let run = env.awsx(&["--no-input", "whoami", profile, "--json"]);
    let who: Value = serde_json::from_str(run.ok()).unwrap();
    who["arn"].as_str().unwrap().to_owned()
}

const SHOW: [&str; 4] = ["--", "sh", "-c", "echo $AWSX_EXPIRES"];

/// `awsx exec`, printing when the session ends.
fn exec(env: &TestEnv, args: &[&str]) -> Run {
    env.awsx(&[&["--no-input", "exec"], args, &SHOW].concat())
}

#[test]
fn one_code_for_chains_and_for_other_accounts() {
    // A role that only the chained one may assume, in the other account.
    let sandbox = Sandbox::with(|world| {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/chained"}}]});
        let deep = json!({"arn": "arn:aws:iam::444455556666:role/deep", "id": "AROASANDBOXDEEP222222",
            "max_session": 3600, "trust": trust, "policies": []});
        world["roles"].as_array_mut().unwrap().push(deep);
    });
    let config = [
        format!("[profile prod]\nmfa_serial = {ALICE}\n"),
        role("admin", "111122223333:role/admin", "prod", ""),
        role("chained", "111122223333:role/chained", "admin", ""),
        role("deep", "444455556666:role/deep", "chained", ""),
        role("partner", "444455556666:role/external", "prod", "external_id = awsx-sandbox"),
        role("stranger", "444455556666:role/external", "prod", "external_id = wrong"),
        role("ring", "111122223333:role/admin", "round", ""),
        role("round", "111122223333:role/chained", "ring", ""),
    ];
    let env = TestEnv::new().sandbox(&sandbox).config(&config.concat()).stored(&sandbox, "prod", "alice");
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    // A role over a role lasts an hour; whoever asks for more is told so, once.
    let run = exec(&env, &["chained", "--duration", "2h"]);
    assert_eq!(sandbox.minutes_to(run.ok()), 3600);
    let told =
        "session of 1h instead of 2h (--duration): AWS caps a role at 1h when it is assumed with session credentials";
    assert_eq!(run.stderr.matches(told).count(), 1, "{run:?}");
    for (profile, role) in [
        ("deep", "444455556666:assumed-role/deep/alice"),
        ("chained", "111122223333:assumed-role/chained/alice"),
        ("partner", "444455556666:assumed-role/external/alice"),
    ] {
        assert!(arn(&env, profile).ends_with(role), "{profile}");
    }
    // admin → chained → deep, and external: each once.
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:AssumeRole")), (1, 4));
    assert!(env.awsx(&["--no-input", "whoami", "stranger"]).fails(4).contains("sts:AssumeRole"));
    sandbox.forget_calls();
    assert!(env.awsx(&["whoami", "ring"]).fails(3).contains("ring → round → ring"));
    // Nothing of this is written to a file of the user's.
    assert_eq!(env.read("home/.aws/config"), config.concat());
}

#[test]
fn more_than_an_hour_straight_from_the_keys_up_to_the_roles_own_maximum() {
    let sandbox = Sandbox::start();
    let config = [
        role("deploy", "111122223333:role/team/deploy", "prod", "duration_seconds = 2h30m"),
        role("readonly", "111122223333:role/readonly", "prod", "sessmax = 7200"),
        role("twin", "444455556666:role/readonly", "prod", ""),
    ]
    .concat();
    let config = format!("[profile prod]\nmfa_serial = {ALICE}\n{config}");
    let env =
        TestEnv::new().sandbox(&sandbox).var("AWSX_ADVERTISED", "0").config(&config).stored(&sandbox, "prod", "alice");
    let code = sandbox.code("alice");
    let run = exec(&env, &["deploy", "--code", &code]);
    assert_eq!((sandbox.minutes_to(run.ok()), run.stderr.as_str()), (9000, ""));
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:AssumeRole")), (0, 1));
    let run = exec(&env, &["deploy", "--duration", "5400", "--code", &sandbox.code("alice")]);
    assert_eq!(sandbox.minutes_to(run.ok()), 5400);

    // This one gives an hour at most. IAM tells it to a session with MFA.
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    let run = exec(&env, &["readonly", "--code", &sandbox.code("alice")]);
    let said = run.fails(125);
    assert!(said.contains("the longest session of this role is 1h") && said.contains("hint: --duration 1h"), "{said}");
    let run = exec(&env, &["readonly", "--code", &sandbox.code("alice")]);
    assert_eq!(sandbox.minutes_to(run.ok()), 3600);
    assert!(
        run.stderr.contains("session of 1h instead of 2h (sessmax of readonly (") && run.stderr.contains("config:")
    );
    assert_eq!(env.read("home/.aws/config"), config, "what the person has written stays");
    // A role of the same name in another account is another role.
    sandbox.fault(&json!({"action": "sts:AssumeRole", "kind": "error", "status": 400, "code": "ValidationError",
        "message": "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."}));
    let run = exec(&env, &["twin", "--duration", "3h", "--code", &sandbox.code("alice")]);
    assert!(!run.fails(125).contains("the longest session of this role"), "{run:?}");
}

#[test]
fn a_role_without_mfa_and_one_that_wants_it() {
    let sandbox = Sandbox::start();
    let config = [
        role("reader", "111122223333:role/readonly", "boss", ""),
        role("admin", "111122223333:role/admin", "boss", ""),
    ];
    let env = TestEnv::new()
        .sandbox(&sandbox)
        .var("AWSX_ADVERTISED", "0")
        .config(&config.concat())
        .stored(&sandbox, "boss", "carol");
    // carol has devices. An empty one says: without MFA this time.
    assert_eq!(sandbox.minutes_to(exec(&env, &["reader", "--mfa-serial", ""]).ok()), 3600);
    assert_eq!((sandbox.done("sts:AssumeRole"), sandbox.done("iam:ListMFADevices")), (1, 0));
    // Whether a role wants MFA is in its trust policy.
    let run = exec(&env, &["admin", "--mfa-serial", ""]);
    let said = run.fails(125);
    assert!(said.contains("this role needs MFA, as its trust policy says") && said.contains("mfa_serial"), "{said}");
    let env = env.var("AWS_MFA_SERIAL", "GAHT12345678");
    exec(&env, &["admin", "--code", &sandbox.code("carol")]).ok();
}

#[test]
fn the_root_user_gets_an_hour_and_a_warning() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("<root_account>");
    let env = TestEnv::new().sandbox(&sandbox);
    let run = env.awsx_with_input(&["add", "root", "--stdin"], &format!("{id}\n{secret}\n"));
    run.ok();
    assert!(run.stderr.contains("warning") && run.stderr.contains("root"), "{run:?}");
    assert_eq!(sandbox.minutes_to(exec(&env, &["root"]).ok()), 3600);
    let run = exec(&env, &["root", "--duration", "2h"]);
    assert!(run.fails(125).contains("session tokens of the root user from 15m to 1h"), "{run:?}");
}
