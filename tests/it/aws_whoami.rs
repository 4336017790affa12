//! `awsx whoami`, and profiles that don't start from keys.

use serde_json::{Value, json};

use crate::support::{Run, Sandbox, TestEnv};

const CONFIG: &str = "
[profile prod]
region = eu-west-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice
[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod
[profile process]
mfa_serial =
credential_process = keys-from-elsewhere \"with arguments\"
[profile hungry]
mfa_serial =
credential_process = sh -c 'keys-from-elsewhere \"with arguments\" && cat >&2 && env >&2'
[profile broken]
credential_process = sh -c 'echo first line >&2; echo second line >&2; exit 7'
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = admin
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
[profile login]
login_session = arn:aws:iam::111122223333:user/alice
";

fn set_up(sandbox: &Sandbox) -> TestEnv {
    let (id, secret) = sandbox.keys("alice");
    let env = TestEnv::new().config(CONFIG).sandbox(sandbox);
    env.credentials(&format!("[prod]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"))
}

fn json_of(run: &Run) -> Value {
    serde_json::from_str(run.ok()).expect("JSON")
}

#[test]
fn a_profile_and_its_role() {
    let sandbox = Sandbox::start();
    let env = set_up(&sandbox);
    let code = sandbox.code("alice");
    let want = json!({
        "profile": "prod",
        "account": "111122223333",
        "alias": "awsx-sandbox",
        "arn": "arn:aws:iam::111122223333:user/engineering/alice",
        "user_id": "AIDASANDBOXALICE22222",
    });
    assert_eq!(json_of(&env.awsx(&["whoami", "prod", "--code", &code, "--json"])), want);
    let role = env.awsx(&["whoami", "admin"]);
    assert!(role.ok().starts_with("account  111122223333\nalias    awsx-sandbox\nuser     admin ("), "{role:?}");
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);
}

#[test]
fn the_credentials_of_this_environment() {
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("carol");
    let mut env = TestEnv::new().sandbox(&sandbox).var("AWS_ACCESS_KEY_ID", id).var("AWS_SECRET_ACCESS_KEY", secret);
    let answer = json_of(&env.awsx(&["whoami", "--json"]));
    assert_eq!((&answer["profile"], &answer["arn"]), (&Value::Null, &json!("arn:aws:iam::111122223333:user/carol")));
    env.set("AWS_SECRET_ACCESS_KEY", "wrong");
    assert!(env.awsx(&["whoami"]).fails(4).contains("the secret access key does not belong"));
}

#[test]
fn nothing_listens_at_the_endpoint() {
    let sandbox = Sandbox::start();
    let env = set_up(&sandbox).var("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let run = env.awsx(&["whoami", "prod", "--code", "123456"]);
    let said = run.fails(7);
    assert!(
        said.contains("STS at http://127.0.0.1:1 can't be reached") && said.contains("Connection refused"),
        "{said}"
    );
}

#[test]
fn a_credential_process() {
    let sandbox = Sandbox::start();
    let env = set_up(&sandbox);
    let (id, secret) = sandbox.keys("carol");
    let answer = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret});
    env.script("keys-from-elsewhere", &format!("#!/bin/sh\n[ \"$1\" = 'with arguments' ] && echo '{answer}'\n"));
    let who = json_of(&env.awsx(&["whoami", "process", "--json"]));
    assert_eq!(who["arn"], "arn:aws:iam::111122223333:user/carol");

    // Neither what is piped into awsx nor its secrets are for that program.
    let env = env.var("AWSX_MFA_CODE", "135790").var("AWSX_FILE_PASSPHRASE", "hush-hush").var("KEPT", "yes");
    let run = env.awsx_with_input(&["whoami", "hungry", "--json"], "for somebody else");
    assert_eq!(json_of(&run)["arn"], "arn:aws:iam::111122223333:user/carol");
    let said = &run.stderr;
    assert!(said.contains("KEPT=yes") && !said.contains("somebody else"), "{said}");
    assert!(!said.contains("135790") && !said.contains("hush-hush"), "{said}");

    let run = env.awsx(&["whoami", "broken"]);
    let said = run.fails(1);
    assert!(said.contains("first line\nsecond line\n"), "{said}");
    assert!(said.contains("no credentials for profile broken") && said.contains("exit status: 7"), "{said}");
    assert!(said.contains("credential_process of profile broken"), "{said}");
}

#[test]
fn a_login_that_is_missing_names_the_command() {
    let sandbox = Sandbox::start();
    let env = set_up(&sandbox);
    let run = env.awsx(&["whoami", "sso"]);
    assert!(run.fails(5).contains("awsx login sso"), "{run:?}");
    let run = env.awsx(&["whoami", "login"]);
    assert!(run.fails(5).contains("awsx login login"), "{run:?}");
}
