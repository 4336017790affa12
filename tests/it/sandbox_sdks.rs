//! The sandbox's browser sign-ins, judged by the SDKs that read what the AWS CLI leaves: boto3, the AWS CLI v1 and the SDK for
//! JavaScript refresh both sorts of tokens, each with its own proof of possession.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{Run, Sandbox, TestEnv, root, venv};

const CONFIG: &str = "\
[sso-session sandbox]
sso_start_url = https://awsx-sandbox.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile center]
region = eu-west-1
sso_session = sandbox
sso_account_id = 111122223333
sso_role_name = AdministratorAccess

[profile console]
region = eu-west-1
login_session = arn:aws:iam::111122223333:user/carol
";

/// Asks an SDK for credentials of both profiles, two times; the ID of each.
fn asked(env: &TestEnv, program: PathBuf, arguments: &[&str]) -> Vec<String> {
    let situation = |profile: &str| {
        let mut vars: Value =
            env.vars().map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap())).collect();
        vars["AWS_PROFILE"] = json!(profile);
        vars
    };
    let list =
        env.write("situations.json", json!(["center", "console", "center", "console"].map(situation)).to_string());
    let mut command = env.command(program);
    command.current_dir(root().join("tests/sdks")).args(arguments).arg(list);
    let run = Run::of(command, "");
    let line = run.ok().lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let answers: Value = serde_json::from_str(line).expect("JSON");
    let answers = answers.as_object().and_then(|of| of.values().next()).and_then(Value::as_array).expect("answers");
    answers.iter().map(|answer| answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()).collect()
}

#[test]
fn the_real_sdks_refresh_both_sorts_of_sign_ins() {
    let sandbox = Sandbox::start();
    let sdks = root().join("tests/sdks");
    for (program, arguments) in [
        (venv("python"), ["ask.py", "boto3"].as_slice()),
        (venv("python"), &["ask.py", "aws-cli"]),
        (sdks.join("installed/node"), &["ask.mjs"]),
    ] {
        let env = TestEnv::new().sandbox(&sandbox).config(CONFIG);
        let mut python = env.command(venv("python"));
        let parts =
            [include_str!("sandbox/common.py"), include_str!("sandbox/proof.py"), include_str!("sandbox/signed_in.py")];
        python.args(["-c", &parts.join("\n")]);
        Run::of(python, "").ok();
        sandbox.forget_calls();

        let ids = asked(&env, program, arguments);
        assert!(ids.iter().all(|id| id.starts_with("ASIA")), "{arguments:?}: {ids:?}");
        // Refreshed once each; what it left is good for the second time.
        let want = [
            "sso-oauth:CreateToken ok",
            "sso:GetRoleCredentials ok",
            "signin:CreateOAuth2Token ok",
            "sso:GetRoleCredentials ok",
        ];
        assert_eq!(sandbox.log(), want, "{arguments:?}");
        assert_eq!(ids[1], ids[3], "{arguments:?}");
        let sessions = sandbox.state()["sessions"].clone();
        let known = |id: &String| sessions.as_array().is_some_and(|all| all.iter().any(|s| s["id"] == id.as_str()));
        assert!(ids.iter().all(known), "{arguments:?}: {ids:?}");
        assert!(sandbox.violations().is_empty(), "{arguments:?}: {:?}", sandbox.violations());
    }
}
