//! `awsx mfa`.

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
}
