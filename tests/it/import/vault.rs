//! Keys of aws-vault. The items in `tests/data` were written by `github.com/99designs/keyring`, the library that aws-vault
//! uses, in the way aws-vault uses it.

use std::fs;

use serde_json::json;

use crate::support::{Run, Sandbox, TestEnv, root};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A sandbox in which the keys of the items are two of bob's.
fn sandbox() -> Sandbox {
    Sandbox::with(|world| {
        let keys = world["access_keys"].as_array_mut().expect("keys");
        keys.push(json!({"id": ID, "secret": SECRET, "user": "bob"}));
        keys.push(json!({"id": "AKIAIOSFODNN7EXAMPL2", "secret": SECRET.replace("KEY", "KEZ"), "user": "bob"}));
    })
}

/// The items of aws-vault's file backend: `prod`, `team a/dev` and a session, under the passphrase `correct horse`.
fn with_files(env: TestEnv) -> TestEnv {
    for file in fs::read_dir(root().join("tests/data/aws-vault")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        env.write(&format!("home/.awsvault/keys/{name}"), fs::read(file.path()).unwrap());
    }
    env
}

/// Both key pairs have been copied, and the session has not.
#[track_caller]
fn assert_copied(env: &TestEnv, run: &Run) {
    assert!(run.stderr.contains(ID) && run.stderr.contains("aws-vault keeps its own"), "{run:?}");
    assert!(!run.stderr.contains("GetSessionToken") && !run.stderr.contains(SECRET), "{run:?}");
    assert_eq!(env.read("home/.aws/config"), "[profile prod]\n\n[profile \"team a/dev\"]\n");
    env.awsx(&["exec", "prod", "--", "true"]).ok();
    env.awsx(&["exec", "team a/dev", "--", "true"]).ok();
}

#[test]
fn encrypted_files() {
    let sandbox = sandbox();
    let env = with_files(TestEnv::new().sandbox(&sandbox));
    let mut wrong = env.command(env!("CARGO_BIN_EXE_awsx"));
    wrong.args(["import", "aws-vault", "--from", "file", "-y"]).env("AWS_VAULT_FILE_PASSPHRASE", "wrong");
    let run = Run::of(wrong, "");
    assert!(run.fails(6).contains("the passphrase does not open"), "{run:?}");
    let run = env.awsx(&["import", "aws-vault", "--from", "file", "-y"]);
    assert!(run.fails(5).contains("AWS_VAULT_FILE_PASSPHRASE"), "{run:?}");

    // A person is asked once for all files, and sees what is found.
    let mut person = env.pty(&["import", "aws-vault", "prod"]);
    person.expect("Passphrase of aws-vault's files");
    person.send_line("correct horse");
    person.expect("Copy it into the keychain?");
    person.send_line("n");
    let (status, text) = person.wait();
    assert!(status == 1 && text.contains(ID) && !text.contains("correct horse"), "{text}");

    let env = env.var("AWS_VAULT_FILE_PASSPHRASE", "correct horse");
    let run = env.awsx(&["import", "aws-vault", "-y"]);
    run.ok();
    assert_copied(&env, &run);
    assert_eq!(fs::read_dir(env.path("home/.awsvault/keys")).unwrap().count(), 3);
    let run = env.awsx(&["import", "aws-vault", "-y"]);
    run.ok();
    assert!(run.stderr.contains("is in the keychain already"), "{run:?}");
}

#[test]
fn the_secret_service() {
    let sandbox = sandbox();
    let mut env = TestEnv::new().sandbox(&sandbox);
    // A keyring without a password, which is text. It is there when the daemon starts.
    let keyring = fs::read(root().join("tests/data/aws-vault.keyring")).unwrap();
    env.write("home/.local/share/keyrings/awsvault.keyring", &keyring);
    let _keyring = env.keyring();
    let run = env.awsx(&["import", "aws-vault", "-y"]);
    run.ok();
    assert!(run.stderr.contains("collection awsvault"), "{run:?}");
    assert_copied(&env, &run);
    env.sh("bash", "secret-tool search --all profile prod | grep -q aws-vault").ok();
    let none = env.var("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME", "none");
    let run = none.awsx(&["import", "aws-vault", "-y"]);
    assert!(run.fails(3).contains("there are no keys of aws-vault here"), "{run:?}");
}

#[test]
fn pass() {
    let sandbox = sandbox();
    let env = TestEnv::new().sandbox(&sandbox).var("AWS_VAULT_BACKEND", "pass");
    env.sh("bash", "mkdir -m 700 .gnupg && gpg --batch --quiet --passphrase '' --quick-generate-key awsx@example.com && pass init awsx@example.com")
        .ok();
    let text = fs::read_to_string(root().join("tests/data/aws-vault.keyring")).unwrap();
    let items =
        text.lines().filter_map(|line| line.strip_prefix("secret=")).filter(|item| !item.contains("GetSessionToken"));
    for (number, item) in items.enumerate() {
        // As aws-vault calls it, without and with a prefix.
        let name = if item.contains("\"prod\"") { "prod" } else { "team a/dev" };
        env.write(&format!("home/item{number}"), item);
        env.sh("bash", &format!("pass insert -m -f '{name}' <item{number} && pass insert -m -f 'vault/{name}' <item{number} && rm item{number}")).ok();
    }
    env.sh("bash", "echo hush | pass insert -m -f bank").ok();
    // Without a prefix, only what is known as a profile.
    let run = env.awsx(&["import", "aws-vault", "-y"]);
    assert!(run.ok().is_empty() && run.stderr.contains("no long-lived keys"), "{run:?}");
    let env = env.var("AWS_VAULT_PASS_PREFIX", "vault");
    let run = env.awsx(&["import", "aws-vault", "-y"]);
    run.ok();
    assert_copied(&env, &run);
    env.sh("bash", "gpgconf --kill all").ok();
}

#[test]
fn where_there_is_none() {
    let env = TestEnv::new().var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    let run = env.awsx(&["import", "aws-vault"]);
    assert!(run.fails(3).contains("--from says where"), "{run:?}");
    let env = env.var("AWS_VAULT_BACKEND", "kwallet");
    let run = env.awsx(&["import", "aws-vault"]);
    assert!(run.fails(3).contains("aws-vault exec --no-session"), "{run:?}");
}
