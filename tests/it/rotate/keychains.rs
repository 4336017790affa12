//! Every sort of keychain, and keychains that refuse; and moto.

use super::*;
use std::process::Command;

use crate::support::{moto_url, venv};

/// A helper with an item a file. It refuses to store what the file `refuse` names.
const HELPER: &str = r#"#!/bin/sh
umask 077
file() { printf %s "$HOME/store/$(printf %s "$1" | tr -c 'A-Za-z0-9%.-' _)"; }
mkdir -p "$HOME/store"
case $1 in
store)
    json=$(cat)
    url=$(printf %s "$json" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/')
    case $url in $(cat "$HOME/refuse" 2>/dev/null || echo none)) echo 'no space left'; exit 1;; esac
    printf '%s\n' "$json" >"$(file "$url")" ;;
get) cat "$(file "$(cat)")" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
list) sed 's/.*"ServerURL":\("[^"]*"\).*/\1:"awsx"/' "$HOME"/store/* | paste -sd, | sed 's/.*/{&}/' ;;
erase) rm "$(file "$(cat)")" ;;
esac
"#;

/// A half-done rotation shows in no list of profiles, and is ended by the next run.
fn journey(env: TestEnv, sandbox: &Sandbox) -> TestEnv {
    let env = env.config("[profile prod]\nregion = eu-west-1\n").sandbox(sandbox).stored(sandbox, "prod", "finn");
    let broken = json!({"action": "sts:GetCallerIdentity", "kind": "error", "status": 403, "code": "AccessDenied", "message": "no", "after": 1, "count": 0});
    sandbox.fault(&broken);
    assert!(rotate(&env, &[]).fails(4).contains("prod still uses the old one"));
    sandbox.request("DELETE", "faults", &Value::Null);
    let listed: Value = serde_json::from_str(env.awsx(&["list", "--json"]).ok()).unwrap();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["keys"]), (1, &json!("keychain")), "{listed}");
    assert_eq!(assert_works(&env, sandbox, "finn"), FINN);
    rotate(&env, &[]).ok();
    assert_ended(&env, sandbox, "finn", FINN);
    env
}

#[test]
fn the_secret_service() {
    let mut env = TestEnv::new();
    let _keyring = env.keyring();
    journey(env, &sandbox(&[]));
}

#[test]
fn pass() {
    let env = TestEnv::new().var("AWSX_BACKEND", "helper:pass");
    env.sh("bash", "mkdir -m 700 .gnupg && gpg --batch --quiet --passphrase '' --quick-generate-key awsx@example.com")
        .ok();
    env.sh("bash", "pass init awsx@example.com").ok();
    let env = journey(env, &sandbox(&[]));
    env.sh("bash", "gpgconf --kill all").ok();
}

#[test]
fn a_helper_that_refuses_costs_no_key() {
    let sandbox = sandbox(&[]);
    for refused in ["*/next-keys/*", "*/keys/*"] {
        sandbox.request("POST", "reset", &Value::Null);
        let env = TestEnv::new().var("AWSX_BACKEND", "helper:plain").sandbox(&sandbox);
        env.script("docker-credential-plain", HELPER);
        let env = env.stored(&sandbox, "prod", "finn").stored(&sandbox, "twin", "finn");
        env.write("home/refuse", refused);
        let run = rotate(&env, &[]);
        assert!(run.fails(6).contains("no space left"), "{run:#?}");
        assert_eq!(assert_works(&env, &sandbox, "finn"), FINN);
        let made = keys(&sandbox, "finn").len();
        assert_eq!(made, if refused == "*/keys/*" { 2 } else { 1 }, "{refused}: {run:#?}");
        env.write("home/refuse", "none");
        rotate(&env, &[]).ok();
        assert_ended(&env, &sandbox, "finn", FINN);
        let twin = env.awsx(&["exec", "--no-session", "twin", "--", "printenv", "AWS_ACCESS_KEY_ID"]);
        assert_eq!(twin.ok().trim(), used(&env), "{refused}");
    }
}

/// Makes a user of moto with a key; prints the key. Or lists the keys of one.
const MOTO: &str = r#"
import boto3, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
if sys.argv[2] == "make":
    iam.create_user(UserName="moto-rota", Path="/team/")
    key = iam.create_access_key(UserName="moto-rota")["AccessKey"]
    print(key["AccessKeyId"], key["SecretAccessKey"], sep="\n")
else:
    for key in iam.list_access_keys(UserName="moto-rota")["AccessKeyMetadata"]:
        print(key["AccessKeyId"], key["Status"])
"#;

fn moto(what: &str) -> String {
    let output = Command::new(venv("python")).args(["-c", MOTO, moto_url(), what]).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn moto_agrees() {
    let env = TestEnv::new().moto().var("AWSX_ADVERTISED", "0");
    let pair = moto("make");
    env.awsx_with_input(&["add", "prod", "--stdin"], &pair).ok();
    rotate(&env, &[]).ok();
    assert_eq!(moto("list"), format!("{} Active\n", used(&env)));
    assert_ne!(used(&env), pair.lines().next().unwrap());
    assert!(journals(&env).is_empty());
}
