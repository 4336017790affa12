//! `add` and `remove` against the sandbox, as a person and as a script.

use std::fs;

use crate::support::{Pty, Run, Sandbox, TestEnv, silent_listener, wait_for};

fn has_keys(env: &TestEnv, profile: &str) -> bool {
    env.awsx(&["remove", profile, "-y"]).status == 0
}

/// No file of this home, and nothing that was printed, has the secret in clear.
#[track_caller]
fn assert_hidden(env: &TestEnv, secret: &str, printed: &str) {
    assert!(!printed.contains(secret), "{printed}");
    let found = env.sh("bash", &format!("grep -rlF -e '{secret}' . ../run"));
    assert_eq!((found.status, found.stdout.as_str()), (1, ""), "{found:?}");
}

#[test]
fn a_person_types_the_keys() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox);
    let (id, secret) = sandbox.keys("alice");
    let mut person = env.pty(&["add", "prod", "--region", "eu-north-1"]);
    person.expect("Access key ID for prod: ");
    person.send_line(&id);
    person.expect("Secret access key (not shown): ");
    person.send_line(&secret);
    let (status, text) = person.wait();
    assert_eq!(status, 0, "{text}");
    assert!(text.contains(&format!("stored the key {id} of arn:aws:iam::")), "{text}");
    assert_hidden(&env, &secret, &text);
    assert_eq!(env.read("home/.aws/config"), "[profile prod]\nregion = eu-north-1\n");
    assert_eq!(sandbox.log(), ["sts:GetCallerIdentity ok"]);
}

#[test]
fn nothing_that_is_pasted_is_shown_or_run() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox);
    let (id, secret) = sandbox.keys("alice");
    env.write("home/.bashrc", "HISTFILE=~/.bash_history; PS1='sh> '\n");
    let mut shell = Pty::spawn(env.command("/bin/bash"));
    let pastes = [
        format!("{id}\r{secret}\r"),
        format!("\"{id}\"\r\"{secret}\"\r"),
        format!("{secret}\r{id}\r"),
        format!("aws_access_key_id = {id}\raws_secret_access_key = {secret}\rregion = eu-west-1\rtouch ran\r"),
        format!("export AWS_ACCESS_KEY_ID={id}\rexport AWS_SECRET_ACCESS_KEY={secret}\r"),
        format!("Access key ID,Secret access key\r{id},{secret}\rtouch ran\r"),
        // Without an Enter of its own, which the person then gives.
        format!("{id}\r{secret}"),
        format!("nonsense\rtouch ran\r{id}\r{secret}\r"),
    ];
    for (number, paste) in pastes.iter().enumerate() {
        shell.expect("sh> ");
        shell.send_line(&format!("awsx add p{number}"));
        shell.expect(&format!("Access key ID for p{number}: "));
        wait_for("the echo to go", || (!shell.echoes()).then_some(()));
        shell.send(paste);
        if !paste.ends_with('\r') {
            shell.expect("Secret access key");
            shell.send("\r");
        }
        shell.expect(&format!("stored the key {id}"));
    }
    // Whoever gives up in the middle of it leaves nothing either.
    shell.expect("sh> ");
    shell.send_line("awsx add p9; echo gave up: $?");
    shell.expect("Access key ID for p9: ");
    wait_for("the echo to go", || (!shell.echoes()).then_some(()));
    shell.send(&format!("{secret}\r"));
    shell.expect("Access key ID for p9: ");
    wait_for("the echo to go", || (!shell.echoes()).then_some(()));
    shell.send("\x04");
    shell.expect("gave up: 5");
    shell.send_line("exit");
    let (status, text) = shell.wait();
    assert_eq!(status, 0, "{text}");
    assert_hidden(&env, &secret, &text);
    assert!(!env.path("home/ran").exists() && !text.contains("command not found"), "{text}");
    assert!(env.read("home/.bash_history").contains("awsx add p9"));
}

#[test]
fn keys_from_a_pipe_the_environment_and_a_csv_file() {
    let sandbox = Sandbox::start();
    let mut env = TestEnv::new().sandbox(&sandbox);
    let (id, secret) = sandbox.keys("alice");
    let run = env.awsx_with_input(&["add", "piped", "--stdin"], &format!("{id}\r\n{secret}\r\n"));
    run.ok();
    assert_hidden(&env, &secret, &run.stderr);
    let csv = env.write("home/keys.csv", format!("\u{feff}Access key ID,Secret access key\r\n{id},{secret}\r\n"));
    let run = env.awsx(&["add", "from-csv", "--csv", csv.to_str().unwrap()]);
    run.ok();
    assert!(run.stderr.contains("delete it"), "{run:?}");
    fs::remove_file(csv).unwrap();
    env.set("AWS_ACCESS_KEY_ID", &id);
    env.set("AWS_SECRET_ACCESS_KEY", &secret);
    env.awsx(&["add", "from-env", "--env"]).ok();
    env.set("AWS_SESSION_TOKEN", "token");
    assert!(env.awsx(&["add", "session", "--env"]).fails(3).contains("temporary"));
    for profile in ["piped", "from-csv", "from-env"] {
        assert!(has_keys(&env, profile), "{profile}");
    }
    assert_eq!(env.read("home/.aws/config"), "[profile piped]\n\n[profile from-csv]\n\n[profile from-env]\n");
    assert_eq!(sandbox.done("sts:GetCallerIdentity"), 3);
    env.awsx(&["add", "two", "--env", "--stdin"]).fails(2);
}

#[test]
fn keys_that_aws_refuses_are_not_stored() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox);
    let (id, secret) = sandbox.keys("alice");
    let wrong = format!("{}{}", &secret[1..], "A");
    for (id, secret, said) in [("AKIAUNKNOWN7UNKNOWN7", &secret, "key"), (&*id, &wrong, "secret")] {
        let run = env.awsx_with_input(&["add", "prod", "--stdin"], &format!("{id}\n{secret}\n"));
        assert!(run.fails(4).contains("the keys were not stored"), "{run:?}");
        assert!(run.stderr.contains(said) && run.stderr.contains("hint: "), "{run:?}");
        assert_hidden(&env, secret, &run.stderr);
        assert!(!has_keys(&env, "prod"));
        assert_eq!(env.read("home/.aws/config"), "");
    }
}

#[test]
fn aws_out_of_reach_stores_nothing_unless_told_to() {
    let mut env = TestEnv::new();
    let silent = silent_listener();
    let sandbox = Sandbox::start();
    let (id, secret) = sandbox.keys("alice");
    let keys = format!("{id}\n{secret}\n");
    // A port where nobody listens.
    env.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let run = env.awsx_with_input(&["add", "prod", "--stdin"], &keys);
    assert!(run.fails(7).contains("the keys were not stored"), "{run:?}");
    env.set("AWS_ENDPOINT_URL", &silent.url);
    env.awsx_with_input(&["add", "prod", "--stdin", "--no-verify"], &keys).ok();
    assert_eq!(silent.connections(), 0);
    assert!(has_keys(&env, "prod"));
}

#[test]
fn another_key_needs_a_yes() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).stored(&sandbox, "prod", "alice");
    let (alice, _) = sandbox.keys("alice");
    let (bob, secret) = sandbox.keys("bob");
    let keys = format!("{bob}\n{secret}\n");
    let run = env.awsx_with_input(&["add", "prod", "--stdin"], &keys);
    assert!(run.fails(5).contains(&format!("prod has the key {alice} already")), "{run:?}");
    assert!(run.stderr.contains("hint: -y"), "{run:?}");
    env.awsx_with_input(&["-y", "add", "prod", "--stdin"], &keys).ok();
    let run = env.awsx(&["remove", "prod"]);
    assert!(run.fails(5).contains(&bob), "{run:?}");
}

#[test]
fn remove_takes_the_sessions_along() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).stored(&sandbox, "prod", "alice");
    let code = sandbox.code("alice");
    env.awsx(&["exec", "prod", "--code", &code, "--", "true"]).ok();
    let sessions = || {
        fs::read_dir(env.path("run/awsx"))
            .map_or(0, |dir| dir.filter(|file| file.as_ref().is_ok_and(|file| file.file_name().len() == 64)).count())
    };
    assert_eq!(sessions(), 1);
    let run = env.awsx(&["remove", "prod", "-y"]);
    run.ok();
    assert!(run.stderr.contains("removed 1 cached session"), "{run:?}");
    assert_eq!(sessions(), 0);
    let run = env.awsx(&["exec", "prod", "--", "true"]);
    assert!(run.fails(125).contains("awsx add"), "{run:?}");
}

#[test]
fn not_a_key_pair() {
    let env = TestEnv::new();
    let table = [
        ("", "no key pair"),
        ("AKIAIOSFODNN7EXAMPLE\n", "no key pair"),
        ("ASIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n", "temporary"),
        ("AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI\n", "13 characters"),
        ("AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nextra\n", "more than a key pair"),
    ];
    for (input, said) in table {
        let run: Run = env.awsx_with_input(&["add", "prod", "--stdin"], input);
        assert!(run.fails(3).contains(said), "{run:?}");
        assert!(!run.stderr.contains("wJalr"), "{run:?}");
    }
    let run = env.awsx(&["add", "prod"]);
    assert!(run.fails(5).contains("--stdin"), "{run:?}");
}
