//! `awsx credential-process`: every kind of profile, loops, and the real AWS CLI and boto3 that call it.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Pty, Run, Sandbox, TestEnv, venv};

const CONFIG: &str = "\
[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice

[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod

[profile over]
role_arn = arn:aws:iam::111122223333:role/chained
source_profile = admin

[profile issued]
credential_process = cat answer

[profile linked]
credential_process = awsx credential-process admin

[profile short]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod
duration_seconds = 900

[profile app]
region = eu-central-1
credential_process = awsx credential-process admin
";

/// alice has a session of prod in the cache.
fn env(sandbox: &Sandbox) -> TestEnv {
    let (id, secret) = sandbox.keys("bob");
    let plain = format!("[plain]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).credentials(&plain).stored(sandbox, "prod", "alice");
    let answer = json!({"Version": 1, "AccessKeyId": "ASIAISSUED", "SecretAccessKey": "s", "SessionToken": "t",
        "Expiration": "2099-01-01T00:00:00Z"});
    env.write("home/answer", answer.to_string());
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    env
}

#[track_caller]
fn given(env: &TestEnv, args: &[&str]) -> Value {
    serde_json::from_str(env.awsx(&[&["--no-input", "credential-process"], args].concat()).ok()).expect("JSON")
}

#[test]
fn every_kind_of_profile_gives_credentials() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    for profile in ["prod", "admin", "over", "issued", "linked", "short"] {
        let given = given(&env, &[profile]);
        assert_eq!(given["Version"], 1, "{profile}");
        assert!(given["AccessKeyId"].as_str().is_some_and(|id| id.starts_with("ASIA")), "{profile}: {given}");
        assert!(given["SecretAccessKey"].is_string() && given["SessionToken"].is_string(), "{profile}");
        assert!(given["Expiration"].as_str().is_some_and(|at| at.ends_with('Z')), "{profile}: {given}");
        if !["issued", "linked"].contains(&profile) {
            assert_eq!(given["AccountId"], "111122223333", "{profile}");
        }
    }
    // Without a session they are keys, which don't expire, and a warning says so.
    for args in [&["prod", "--no-session"][..], &["plain", "--no-session"]] {
        let given = given(&env, args);
        assert!(given["AccessKeyId"].as_str().is_some_and(|id| id.starts_with("AKIA")), "{given}");
        assert!(given.get("Expiration").is_none() && given.get("SessionToken").is_none(), "{given}");
        let run = env.awsx(&[&["credential-process"], args].concat());
        assert!(run.stderr.contains("long-lived keys"), "{run:?}");
    }
    // As env prints it.
    assert_eq!(env.awsx(&["env", "admin", "--format", "json"]).ok(), env.awsx(&["credential-process", "admin"]).ok());
}

#[test]
fn errors_have_their_status_and_print_nothing() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    env.awsx(&["clear", "-y"]).ok();
    let fails = |args: &[&str], status: i32, says: &str| {
        let run = env.awsx(&[&["credential-process"], args].concat());
        assert!(run.fails(status).contains(says), "{run:?}");
    };
    fails(&["nobody"], 3, "no profile nobody");
    fails(&["prod"], 5, "MFA code");
    fails(&["prod", "--code", "000000"], 4, "code");
    fails(&["prod", "--no-such-option"], 2, "--no-such-option");
    let env = env.var("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    env.awsx(&["credential-process", "prod", "--code", "123456"]).fails(7);
}

#[test]
fn it_asks_on_the_terminal_and_leaves_standard_input_alone() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    env.awsx(&["clear", "-y"]).ok();
    let mut command = env.command("sh");
    command.args(["-c", "echo piped | { awsx credential-process prod >given; cat; }"]);
    let mut pty = Pty::spawn(command);
    pty.expect("MFA code for");
    pty.send_line(&sandbox.code("alice"));
    pty.expect("piped");
    assert_eq!(pty.wait().0, 0);
    assert!(env.read("home/given").contains("\"Version\": 1"));
    // A person who tries it on a terminal sees no secret.
    let (status, text) = env.pty(&["credential-process", "prod"]).wait();
    assert_eq!(status, 0);
    let given: Value = serde_json::from_str(&env.read("home/given")).expect("JSON");
    for secret in ["SecretAccessKey", "SessionToken"] {
        assert!(!text.contains(given[secret].as_str().expect("text")), "{text}");
    }
    assert!(text.contains("\"********\"") && text.contains("--show-secret"), "{text}");
    let (_, text) = env.pty(&["credential-process", "prod", "--show-secret"]).wait();
    assert!(text.contains(given["SecretAccessKey"].as_str().expect("text")), "{text}");
}

#[test]
fn a_profile_that_asks_for_itself_is_a_loop() {
    // Neither a keychain nor AWS is there to be asked.
    let env =
        TestEnv::new().var("AWSX_BACKEND", "helper:nothing").var("AWS_ENDPOINT_URL", "http://127.0.0.1:1").config(
            "[profile p]\ncredential_process = awsx credential-process p\n\
         [profile whole]\ncredential_process = /opt/awsx/bin/awsx --no-input credential-process --min-ttl 20m whole\n\
         [profile number]\nawsx_account_id = 123456789012\ncredential_process = awsx credential-process 123456789012\n\
         [profile text]\ncredential_process = awsx env text --format json\n\
         [profile role]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = below\n\
         [profile below]\ncredential_process = awsx credential-process role\n\
         [profile a]\ncredential_process = awsx credential-process b\n\
         [profile b]\ncredential_process = awsx credential-process 'a'\n\
         [profile unnamed]\ncredential_process = awsx credential-process\n\
         [profile hidden]\ncredential_process = sh -c 'exec awsx credential-process hidden'\n",
        );
    for (profile, way) in [
        ("p", "p → p"),
        ("whole", "whole → whole"),
        ("number", "number → number"),
        ("text", "text → text"),
        ("role", "below → role → below"),
        ("below", "below → role → below"),
        ("a", "a → b → a"),
        ("b", "b → a → b"),
    ] {
        let run = env.awsx(&["--debug", "credential-process", profile]);
        let said = run.fails(3);
        assert!(said.contains("asks awsx for the same profile") && said.contains(way), "{profile}: {said}");
        assert!(said.contains(".aws/config:") && !said.contains("asking its credential_process"), "{profile}: {said}");
    }
    // What awsx can't read beforehand shows when it runs.
    let run = env.awsx(&["credential-process", "hidden"]);
    assert!(run.stderr.contains("asks awsx for the same profile"), "{run:?}");
    // The profile of a variable is that of the inner call too.
    let env = env.var("AWSX_PROFILE", "unnamed");
    let run = env.awsx(&["credential-process"]);
    assert!(run.fails(3).contains("unnamed → unnamed"), "{run:?}");
}

/// A command so many minutes from now. The sandbox's clock is moved by its test.
fn later(env: &TestEnv, minutes: i64, program: &str, args: &[&str]) -> Command {
    let mut command = env.command("faketime");
    command.args(["-f", &format!("+{minutes}m"), program]).args(args);
    command
}

#[test]
fn a_quarter_of_an_hour_is_left_of_a_session_or_half_of_a_short_one() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let id = |minutes: i64, profile: &str| {
        let run = Run::of(later(&env, minutes, "awsx", &["--no-input", "credential-process", profile]), "");
        let given: Value = serde_json::from_str(run.ok()).expect("JSON");
        assert_eq!(run.stderr, "");
        given["AccessKeyId"].as_str().expect("text").to_owned()
    };
    let (long, short) = (id(0, "admin"), id(0, "short"));
    sandbox.advance(5 * 60);
    assert_eq!((id(5, "admin"), id(5, "short")), (long.clone(), short.clone()));
    sandbox.advance(3 * 60);
    assert_ne!(id(8, "short"), short);
    sandbox.advance(36 * 60);
    assert_eq!(id(44, "admin"), long);
    sandbox.advance(2 * 60);
    assert_ne!(id(46, "admin"), long);
}

#[test]
fn the_aws_cli_gets_credentials_and_gets_new_ones_when_they_have_expired() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).aws_cli();
    let arn = |minutes: i64| {
        let args = ["--profile", "app", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
        Run::of(later(&env, minutes, "aws", &args), "").ok().to_owned()
    };
    assert!(arn(0).contains(":assumed-role/admin/"));
    assert_eq!(sandbox.done("sts:AssumeRole"), 1);
    sandbox.advance(61 * 60);
    assert!(arn(61).contains(":assumed-role/admin/"));
    assert_eq!(sandbox.done("sts:AssumeRole"), 2);
}

/// One boto3 client, that is used again after its credentials have expired.
const RENEWAL: &str = "
import os, sys, urllib.request, json, boto3
sts = boto3.Session(profile_name='app').client('sts')
keys = sts._request_signer._credentials
print(sts.get_caller_identity()['Account'], keys.get_frozen_credentials().access_key)
os.environ['FAKETIME'] = '+61m'
body = json.dumps({'offset': 61 * 60}).encode()
urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/_sandbox/time', body)
print(sts.get_caller_identity()['Account'], keys.get_frozen_credentials().access_key)
";

#[test]
fn a_client_of_boto3_renews_them_by_itself() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var("FAKETIME_NO_CACHE", "1");
    let python = venv("python");
    let run = Run::of(later(&env, 0, python.to_str().expect("text"), &["-c", RENEWAL]), "");
    let lines: Vec<&str> = run.ok().lines().collect();
    assert_eq!(lines.len(), 2, "{run:?}");
    assert!(lines.iter().all(|line| line.starts_with("111122223333 ASIA")) && lines[0] != lines[1], "{lines:?}");
}
