//! What awsx says to a person, in one place: the help of every command and a broad set of errors, as the real program
//! prints them. They stand in `tests/texts/`, to be read and changed like prose.
//!
//! `AWSX_UPDATE=1 tests/run texts` writes them anew; the difference is what a reviewer reads.

use snapbox::Data;
use snapbox::assert::{Action, Assert};

use crate::support::{Sandbox, TestEnv, root};

/// Compares a text with its file, or writes the file anew.
fn check(env: &TestEnv, file: &str, text: &str) {
    let text = text.replace(env.home().to_str().expect("text"), "~");
    let action = if std::env::var_os("AWSX_UPDATE").is_some() { Action::Overwrite } else { Action::Verify };
    let kept = Data::read_from(&root().join("tests/texts").join(file), None);
    Assert::new().action(action).normalize_paths(false).eq(Data::text(text), kept);
}

/// Runs command lines as a shell does: each with what it printed and its status.
fn transcript(env: &TestEnv, lines: &[&str]) -> String {
    let run = |line: &&str| {
        let run = env.sh("bash", line);
        format!("$ {line}\n{}{}[status {}]\n", run.stdout, run.stderr, run.status)
    };
    lines.iter().map(run).collect::<Vec<_>>().join("\n")
}

fn help_of(env: &TestEnv, command: &clap::Command, words: &str) {
    let file = format!("help/{}.txt", words.replace(' ', "-"));
    // `awsx aws --help` is the AWS CLI's.
    let asked = words.replacen("awsx", "help", 1);
    let args: Vec<&str> = asked.split(' ').collect();
    check(env, &file, env.awsx(&args).ok());
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help" && !verb.is_hide_set()) {
        help_of(env, verb, &format!("{words} {}", verb.get_name()));
    }
}

#[test]
fn help() {
    help_of(&TestEnv::new(), &awsx::cli::command(), "awsx");
}

const CONFIG: &str = "\
[profile prod]
region = eu-west-1
mfa_serial = arn:aws:iam::123456789012:mfa/alice

[profile prod-admin]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = prod
awsx_confirm = true

[profile dev]
role_arn = arn:aws:iam::210987654321:role/dev
source_profile = prod

[profile nowhere]
role_arn = arn:aws:iam::123456789012:role/admin

[profile lost]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = gone

[profile round]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = trip

[profile trip]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = round

[profile both]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = prod
credential_source = Environment

[profile half]
aws_access_key_id = AKIAEXAMPLEEXAMPLE12

[profile broken-process]
credential_process = false

[staging]
region = eu-west-1
";

#[test]
fn wrong_usage() {
    let env = TestEnv::new().config(CONFIG);
    let lines = [
        "awsx prod",
        "awsx prdo",
        "awsx staging",
        "awsx shel prod",
        "awsx rm prod",
        "awsx nonsense",
        "awsx prod terraform plan",
        "awsx exec prod terraform plan",
        "awsx exec prod",
        "awsx exec terraform",
        "awsx exec",
        "awsx exec --profile prod -- true",
        "awsx exec prod --nonsense -- true",
        "awsx shell prod -- true",
        "awsx -d 1h shell prod",
        "awsx shell prod --color pink",
        "awsx list --backend nonsense",
        "awsx list prod",
        "awsx add",
        "awsx init",
        "awsx init tcsh",
        "awsx mfa prod",
        "awsx mfa add prod",
        "awsx mfa nonsense",
        "awsx man nonsense",
        "awsx policy nonsense",
        "awsx policy enforce-mfa --max-age 0",
        "awsx policy enforce-mfa --partition moon",
        "awsx use prod",
        "awsx off",
    ];
    check(&env, "errors/usage.txt", &transcript(&env, &lines));
}

#[test]
fn profiles() {
    let env = TestEnv::new().config(CONFIG);
    env.write("home/bad-line", "[profile prod]\nregion eu-west-1\n");
    env.write("home/not-text", b"[profile prod]\nregion = \xff\n");
    let lines = [
        "awsx exec prdo -- true",
        "awsx exec something-else -- true",
        "awsx exec staging -- true",
        "AWS_PROFILE=prdo awsx exec -- true",
        "AWS_PROFILE=$'pro\\xff' awsx exec -- true",
        "awsx exec -- true",
        "awsx exec 123456789012 -- true",
        "awsx exec 999999999999 -- true",
        "awsx exec arn:aws:iam::999999999999:role/x -- true",
        "awsx explain nowhere",
        "awsx explain lost",
        "awsx explain round",
        "awsx explain both",
        "awsx explain half",
        "awsx exec broken-process -- true",
        "AWS_CONFIG_FILE=~/bad-line awsx list",
        "AWS_CONFIG_FILE=~/not-text awsx list",
        "AWS_CONFIG_FILE=/dev/null awsx list",
        "AWS_CONFIG_FILE=/dev/null awsx exec -- true",
        "awsx remove nothing -y",
        "awsx clear nothing",
        "awsx whoami nothing",
        "awsx mfa status nothing",
        "awsx provision-mfa nothing",
    ];
    check(&env, "errors/profiles.txt", &transcript(&env, &lines));
}

#[test]
fn values() {
    let env = TestEnv::new().config(CONFIG).var("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let keys = "AKIAEXAMPLEEXAMPLE12\nwJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12\n";
    env.awsx_with_input(&["add", "prod", "--stdin", "--no-verify"], keys).ok();
    let lines = [
        "awsx explain prod -d 1h30",
        "awsx explain prod -d 5m",
        "awsx explain prod -d 40h",
        "awsx explain dev -d 13h",
        "AWSX_SESSION_DURATION=soon awsx explain prod",
        "awsx explain prod --min-ttl never",
        "awsx explain dev --session-name 'a b'",
        "awsx explain dev --policy /nowhere.json",
        "awsx exec prod --code 12345 -- true",
        "awsx exec prod --mfa-serial nonsense --code 123456 -- true",
        "awsx exec prod --readonly -- true",
        "AWSX_MIN_TTL=x awsx explain prod",
        "AWSX_MFA_CODE=none awsx exec prod -- true",
    ];
    check(&env, "errors/values.txt", &transcript(&env, &lines));
}

#[test]
fn keychain() {
    let env = TestEnv::new().config(CONFIG);
    env.write("home/keys", "AKIAEXAMPLEEXAMPLE12\nwJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12\n");
    let lines = [
        "awsx exec prod -- true",
        "awsx add prod",
        "awsx add prod --stdin </dev/null",
        "echo nonsense | awsx add prod --stdin",
        "awsx add prod --env",
        "awsx add prod --csv ~/missing.csv",
        "awsx add prod --stdin --no-verify <~/keys",
        "awsx add prod --stdin --no-verify <~/keys",
        "awsx add $'a\\nb' --stdin --no-verify <~/keys",
        "awsx remove prod",
        "AWSX_FILE_PASSPHRASE=wrong awsx remove -y prod",
        "awsx --backend helper:not-installed exec prod -- true",
        "awsx remove -y prod",
        "awsx mfa code prod",
    ];
    check(&env, "errors/keychain.txt", &transcript(&env, &lines));
}

#[test]
fn programs() {
    let keys = "[default]\naws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = x\nregion = eu-west-1\n";
    let env = TestEnv::new().credentials(keys).var("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    env.write("home/script", "true\n");
    let lines = [
        "awsx exec --no-session -- true",
        "awsx exec --no-session -- awsx-no-such-program",
        "awsx exec --no-session -- 'ls -la'",
        "awsx exec --no-session -- ./script",
        "awsx exec --no-session -- ./missing",
        "SHELL=/nowhere/sh awsx shell --no-session",
        "awsx status",
        "awsx whoami",
        "AWS_ENDPOINT_URL=nonsense awsx whoami",
        "AWS_ENDPOINT_URL=https://127.0.0.1:1 AWS_CA_BUNDLE=/nowhere.pem awsx whoami",
        "AWS_ENDPOINT_URL=https://127.0.0.1:1 HTTPS_PROXY=http://127.0.0.1:1 awsx whoami",
    ];
    check(&env, "errors/programs.txt", &transcript(&env, &lines));
}

#[test]
fn answers_of_aws() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(
        "[profile prod]\nregion = eu-west-1\n\n[profile forbidden]\nrole_arn = arn:aws:iam::111122223333:role/forbidden\nsource_profile = prod\n",
    );
    let env = env.stored(&sandbox, "prod", "alice");
    let mut text = transcript(
        &env,
        &[
            "awsx exec prod -- true",
            "awsx exec prod --code 000000 -- true",
            "awsx exec prod --no-input -- true",
            "awsx mfa remove prod",
            "awsx provision-mfa prod",
        ],
    );
    let mut after = |what: &str, line: &str| {
        text += &format!("\n# {what}\n{}", transcript(&env, &[line]));
    };
    sandbox
        .fault(&serde_json::json!({"action": "sts:*", "kind": "error", "status": 403, "code": "InvalidClientTokenId",
        "message": "The security token included in the request is invalid.", "count": 1}));
    after("the key is gone at AWS", "awsx exec prod --code 123456 -- true");
    sandbox
        .fault(&serde_json::json!({"action": "sts:*", "kind": "error", "status": 403, "code": "SignatureDoesNotMatch",
        "message": "The request signature we calculated does not match the signature you provided.", "count": 1}));
    after("the secret is wrong", "awsx exec prod --code 123456 -- true");
    sandbox.fault(&serde_json::json!({"action": "sts:*", "kind": "garbage", "count": 9}));
    after("something answers that is not AWS", "awsx exec prod --code 123456 -- true");
    check(&env, "errors/aws.txt", &text.replace(&sandbox.url, "http://127.0.0.1:PORT"));
}
