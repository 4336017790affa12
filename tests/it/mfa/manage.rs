//! `awsx mfa`.

use super::enrol::{ENDS, end};
use super::*;

/// `eve` with a device whose seed is stored.
fn enrolled() -> (Sandbox, TestEnv) {
    let (sandbox, env) = self_provisioner();
    env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr"]).ok();
    (sandbox, env)
}

#[test]
fn status_as_text_and_as_json() {
    let (sandbox, env) = enrolled();
    let text = env.awsx(&["mfa", "status", "prod"]).ok().to_owned();
    assert!(text.starts_with(&format!("virtual   {EVE}  since 20")), "{text}");
    let json: Value = serde_json::from_str(env.awsx(&["mfa", "status", "prod", "--json"]).ok()).unwrap();
    assert_eq!((&json[0]["serial"], &json[0]["kind"]), (&json!(EVE), &json!("virtual")));
    assert!(Timestamp::parse_rfc3339(json[0]["enabled"].as_str().unwrap()).is_ok());
    // The administrator has one of each kind.
    let json: Value = serde_json::from_str(env.awsx(&["mfa", "status", "boss", "--json"]).ok()).unwrap();
    let kinds: Vec<&str> = json.as_array().unwrap().iter().map(|d| d["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["virtual", "hardware", "fido"]);
    assert!(json.as_array().unwrap().iter().all(|d| d["enabled"].as_str().unwrap().starts_with("20")), "{json}");
    drop(sandbox);
}

#[test]
fn removal_asks_and_leaves_no_trace() {
    let (sandbox, env) = enrolled();
    assert!(env.awsx(&["mfa", "remove", "prod"]).fails(5).contains("-y"));
    let mut pty = env.pty(&["mfa", "remove", "prod"]);
    pty.expect(&format!("Deactivate and delete {EVE}"));
    pty.send_line("n");
    assert_eq!(pty.wait().0, 1);
    assert_eq!((devices(&sandbox), env.read("home/.aws/config")), (enabled(EVE), config_with(EVE)));

    let mut pty = env.pty(&["mfa", "remove", "prod"]);
    pty.expect("It is the only one.");
    pty.send_line("y");
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    assert!(devices(&sandbox).is_empty());
    assert_eq!(env.read("home/.aws/config"), CONFIG, "every other byte as it was");
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);
    env.awsx(&["mfa", "code", "prod"]).fails(3);
}

#[test]
fn a_removal_that_is_ended_or_fails_leaves_the_device() {
    let (sandbox, env) = enrolled();
    let untouched = || assert_eq!((devices(&sandbox), env.read("home/.aws/config")), (enabled(EVE), config_with(EVE)));
    for (how, expected) in ENDS {
        let mut pty = env.pty(&["mfa", "remove", "prod"]);
        pty.expect("[y/N]");
        end(&mut pty, how);
        let (status, text) = pty.wait();
        assert_eq!(status, expected, "{how}: {text}");
        untouched();
    }
    for (action, kind) in [
        ("sts:GetCallerIdentity", "drop_before"),
        ("iam:ListMFADevices", "error500"),
        ("iam:DeactivateMFADevice", "drop_before"),
        ("iam:DeactivateMFADevice", "error500"),
    ] {
        sandbox.fault(&json!({"action": action, "kind": kind, "count": 20}));
        // A code for the session, so that nobody waits for the next one of the seed.
        let run = env.awsx(&["mfa", "remove", "prod", "-y", "--code", &sandbox.code("eve")]);
        assert!(matches!(run.status, 4 | 7), "{action} {kind}: {run:#?}");
        untouched();
        sandbox.request("DELETE", "faults", &Value::Null);
    }
    // Deactivated, but nobody heard of it: the call that is repeated finds nothing to do. The next one fails.
    sandbox.fault(&json!({"action": "iam:DeactivateMFADevice", "kind": "drop_after", "count": 1}));
    sandbox.fault(&json!({"action": "iam:DeleteVirtualMFADevice", "kind": "drop_before", "count": 20}));
    let run = env.awsx(&["mfa", "remove", "prod", "-y"]);
    assert!(run.stderr.contains("the device is deactivated, but not deleted"), "{run:#?}");
    assert_eq!(devices(&sandbox), [(EVE.to_owned(), None)]);
    assert_eq!(env.read("home/.aws/config"), CONFIG, "it is of no use any more");
    sandbox.request("DELETE", "faults", &Value::Null);
    let hint = run.stderr.lines().find_map(|line| line.trim().strip_prefix("hint: awsx ")).expect("what to do next");
    env.awsx(&hint.split(' ').chain(["-y"]).collect::<Vec<_>>()).ok();
    assert!(devices(&sandbox).is_empty());
}

#[test]
fn a_lost_phone_goes_with_a_code_of_the_token() {
    // The administrator carol has a phone, a token and a security key.
    let (sandbox, env) = self_provisioner();
    let phone = "arn:aws:iam::111122223333:mfa/phones/carol";
    let run = env.awsx(&["mfa", "remove", "boss", "--mfa-serial", phone, "-y"]);
    assert_eq!(run.status, 5, "{run:#?}");
    assert!(run.stderr.contains("MFA code of GAHT12345678") && run.stderr.contains("--code-from ARN"), "{run:#?}");
    let none = env.awsx(&["mfa", "remove", "boss", "--mfa-serial", phone, "-y", "--code-from", "nonsense"]);
    assert!(none.fails(1).contains("no device nonsense that gives codes"));

    let mut pty = env.pty(&["mfa", "remove", "boss", "--mfa-serial", phone]);
    pty.expect("[y/N]");
    pty.send_line("y");
    pty.expect("MFA code for boss (GAHT12345678)");
    pty.send_line(&sandbox.code("carol"));
    pty.expect("It is deleted.");
    assert_eq!(pty.wait().0, 0);
    let left = sandbox.state()["mfa_devices"].as_array().unwrap().iter().any(|d| d["serial"] == phone);
    assert!(!left);
}

#[test]
fn deactivated_only_it_can_be_used_again() {
    let (sandbox, env) = enrolled();
    env.awsx(&["mfa", "remove", "prod", "--deactivate-only", "-y"]).ok();
    assert_eq!(devices(&sandbox), [(EVE.to_owned(), None)]);
    assert_eq!(env.read("home/.aws/config"), CONFIG);
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("Delete it and make a new one?");
    pty.send_line("n");
    pty.expect("Use it as it is");
    pty.send_line("y");
    type_codes(&mut pty, &sandbox, EVE);
    assert_eq!(pty.wait().0, 0);
    assert_eq!(devices(&sandbox), enabled(EVE));
    // Without MFA nobody takes it away.
    assert_eq!(sandbox.done("iam:DeleteVirtualMFADevice"), 0);
}

#[test]
fn an_administrator_enrols_and_removes_for_somebody_else() {
    let sandbox = sandbox(&json!([]), &Value::Null);
    let env = eve(&sandbox);
    // The keys of eve may do nothing at all.
    env.awsx(&["mfa", "status", "prod"]).fails(4);
    // The code is that of carol's token.
    let code = sandbox.code("carol");
    let env = env.var("AWS_MFA_SERIAL", "GAHT12345678");
    let enrol = ["provision-mfa", "prod", "--as", "boss", "--store-seed", "--no-qr", "--code", &code];
    let run = env.awsx(&enrol);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(devices(&sandbox), enabled(EVE));
    assert_eq!(env.read("home/.aws/config"), config_with(EVE));
    let run = env.awsx(&["mfa", "remove", "prod", "--as", "boss", "-y"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(devices(&sandbox).is_empty());
    assert_eq!(env.read("home/.aws/config"), CONFIG);
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1, "one code for both");
}

#[test]
fn a_device_that_is_out_of_step_comes_back() {
    let (sandbox, env) = self_provisioner();
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    type_codes(&mut pty, &sandbox, EVE);
    assert_eq!(pty.wait().0, 0);
    // The app's clock is ten minutes behind now.
    let seed = seed(&sandbox, EVE);
    let late = |step: i64| totp::code_of_step(&seed, totp::step(now()) + step - 20).unwrap().expose().to_owned();
    let mut pty = env.pty(&["mfa", "resync", "prod"]);
    pty.expect("Code the app shows: ");
    let (first, second) = (late(0), late(1));
    pty.send_line(&first);
    pty.expect("Next code: ");
    pty.send_line(&second);
    pty.expect("in step again");
    assert_eq!(pty.wait().0, 0);
    assert_eq!(sandbox.done("iam:ResyncMFADevice"), 1);
}

#[test]
fn codes_by_mfa_process() {
    let (_sandbox, env) = self_provisioner();
    let config = CONFIG.replace("[profile prod]\r\n", "[profile prod]\r\nmfa_process = echo 246810\r\n");
    env.write("home/.aws/config", config);
    assert_eq!(env.awsx(&["mfa", "code", "prod"]).ok(), "246810\n");
    assert!(env.awsx(&["mfa", "code", "boss"]).fails(3).contains("provision-mfa boss"));
    let named = env.awsx(&["mfa", "code", "boss", "--mfa-serial", "GAHT12345678"]);
    assert!(named.fails(5).contains("nothing gives the codes of GAHT12345678"));
}
