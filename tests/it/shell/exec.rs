//! `awsx exec`: what becomes of the command, and of its surroundings.

use super::*;
use crate::support::Sandbox;

#[test]
fn the_status_is_the_commands_or_says_why_there_was_none() {
    let env = env("bash");
    let plain = env.write("home/plain", "text");
    let plain = plain.to_str().unwrap();
    let table: [(&[&str], i32); 8] = [
        (&["prod", "--", "sh", "-c", "exit 9"], 9),
        (&["prod", "--", "sh", "-c", "kill -TERM $$"], 128 + 15),
        (&["prod", "--", "no-such-command"], 127),
        (&["prod", "--", "./no/such"], 127),
        (&["prod", "--", plain], 126),
        (&["prod", "--", "/"], 126),
        (&["nope", "--", "true"], 125),
        (&["prod", "--duration", "soon", "--", "true"], 125),
    ];
    for (args, status) in table {
        let run = env.awsx(&[&["exec"], args].concat());
        assert_eq!(run.status, status, "{args:?} {run:?}");
        if (125..128).contains(&status) {
            assert!(run.stderr.contains("\n  hint: ") && run.stdout.is_empty(), "{args:?} {run:?}");
        }
    }
    assert_eq!(env.awsx(&["exec", "prod"]).status, 125);
}

#[test]
fn the_child_has_the_terminals_signals_limits_and_mask_of_its_parent() {
    let env = env("bash");
    let show = "grep -E '^(SigBlk|SigIgn)' /proc/self/status; umask; ulimit -c; ulimit -n";
    let around =
        env.sh("sh", &format!("umask 027; ulimit -n 200; sh -c \"{show}\"; exec awsx exec prod -- sh -c \"{show}\""));
    let lines: Vec<&str> = around.ok().lines().collect();
    let (before, inside) = lines.split_at(lines.len() / 2);
    assert_eq!(before, inside);
    // SIGPIPE ends a program that writes to nobody, as it always does.
    let run = env.sh("bash", "awsx exec prod -- yes | head -1 >/dev/null; echo ${PIPESTATUS[0]}");
    assert_eq!(run.ok(), "141\n");
}

#[test]
fn standard_input_is_the_commands() {
    let run = env("bash").awsx_with_input(&["exec", "prod", "--", "cat"], "one\ntwo\n");
    assert_eq!(run.ok(), "one\ntwo\n");
}

#[test]
fn the_settings_of_the_profile_and_those_of_the_person() {
    let env = TestEnv::new().config(
        "[default]\nregion = sa-east-1\noutput = text\n\
         [profile base]\nregion = eu-central-1\ncredential_process = issue\n\
         [profile local]\ncredential_process = issue\nendpoint_url = http://127.0.0.1:9\nca_bundle = /etc/ssl/certs/ca-certificates.crt\n",
    );
    env.script("issue", "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\"}'\n");
    let show = "echo $AWS_REGION $AWS_DEFAULT_REGION $AWS_DEFAULT_OUTPUT $AWS_ENDPOINT_URL $AWS_CA_BUNDLE";
    let seen = |env: &TestEnv, args: &[&str]| {
        env.awsx(&[&["exec"], args, &["--", "sh", "-c", show]].concat()).ok().trim_end().to_owned()
    };
    assert_eq!(seen(&env, &["base"]), "eu-central-1 eu-central-1 text");
    assert_eq!(seen(&env, &["base", "--region", "eu-north-1"]), "eu-north-1 eu-north-1 text");
    assert_eq!(
        seen(&env, &["local"]),
        "sa-east-1 sa-east-1 text http://127.0.0.1:9 /etc/ssl/certs/ca-certificates.crt"
    );
    // One session inside another: what the outer one took from its profile is gone.
    let nested = format!("awsx exec base -- sh -c '{show}'");
    let run = env.awsx(&["exec", "local", "--", "sh", "-c", &nested]);
    assert_eq!(run.ok(), "eu-central-1 eu-central-1 text\n");
    let mine = env.var("AWS_ENDPOINT_URL", "http://mine");
    assert_eq!(seen(&mine, &["local"]), "sa-east-1 sa-east-1 text http://mine /etc/ssl/certs/ca-certificates.crt");
    assert_eq!(seen(&mine, &["base"]), "eu-central-1 eu-central-1 text http://mine");
}

#[test]
fn base_keys_only_where_they_are_asked_for_and_with_a_warning() {
    let sandbox = Sandbox::start();
    let env =
        TestEnv::new().sandbox(&sandbox).config("[profile keys]\nregion = eu-west-1\n").stored(&sandbox, "keys", "bob");
    let show = ["--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID; env | grep -c -E 'SESSION_TOKEN|EXPIR'"];
    let run = env.awsx(&[&["exec", "keys", "--no-session"], &show[..]].concat());
    assert!(run.stdout.starts_with("AKIA") && run.stdout.ends_with("\n0\n"), "{run:?}");
    assert!(run.stderr.contains("long-lived keys"), "{run:?}");
    let run = env.awsx(&[&["exec", "keys"], &show[..]].concat());
    assert!(run.stdout.starts_with("ASIA") && run.stderr.is_empty(), "{run:?}");
}

#[test]
fn what_awsx_aws_adds_nothing_to_still_gets_no_secret_and_no_other_profiles_settings() {
    let env = env("bash").var("AWSX_MFA_CODE", "135790").var("AWSX_FILE_PASSPHRASE", "hush-hush");
    env.script(
        "aws",
        "#!/bin/sh\necho \"$* [$AWS_REGION $AWS_DEFAULT_REGION $AWS_PROFILE]\"; env | grep -c -E '135790|hush'\n",
    );
    for (args, seen) in
        [(&["s3", "ls", "--profile", "other"][..], "s3 ls --profile other [  ]\n0\n"), (&["help"], "help [  ]\n0\n")]
    {
        let run = env.awsx(&[&["aws"], args].concat());
        assert_eq!(run.stdout, seen, "{run:?}");
    }
    let inside = |line: &str| env.awsx(&["exec", "prod", "--", "sh", "-c", line]).stdout;
    assert_eq!(inside("awsx aws --profile other s3 ls"), "--profile other s3 ls [  ]\n0\n");
    assert_eq!(inside("awsx aws sso login --profile other"), "sso login --profile other [  ]\n0\n");
    assert_eq!(inside("awsx aws s3 ls"), "s3 ls [eu-west-1 eu-west-1 ]\n0\n");
}

#[test]
fn long_lived_keys_of_a_source_are_called_that() {
    let env = TestEnv::new().config("[profile p]\nregion = eu-west-1\ncredential_process = issue\n");
    env.script("issue", "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"AKIA1\",\"SecretAccessKey\":\"s\"}'\n");
    let run = env.awsx(&["exec", "p", "--no-session", "--", "true"]);
    run.ok();
    assert!(run.stderr.contains("of p are long-lived keys, not a session"), "{run:?}");
    assert!(!run.stderr.contains("--no-session"), "{run:?}");
}

#[test]
fn what_awsx_runs_for_itself_comes_from_absolute_folders() {
    let mut env = TestEnv::new().var("AWSX_BACKEND", "helper:trap").var("DISPLAY", ":99");
    // As a cloned repository would have them, for a PATH with an empty or a relative entry.
    for name in ["aws", "docker-credential-trap", "zenity", "kdialog"] {
        env.script(name, "#!/bin/sh\necho \"$0\" >>~/sprung\necho 123456\n");
        std::fs::rename(env.path("bin").join(name), env.path("home").join(name)).unwrap();
    }
    let path = format!(":.:{}", env.path("bin").display());
    env.set("PATH", &path);
    let run = env.awsx(&["aws", "--version"]);
    assert!(run.fails(127).contains("aws: command not found"), "{run:?}");
    env.awsx(&["remove", "prod", "-y"]).fails(6);
    env.set("AWSX_BACKEND", "file");
    env.unset("AWSX_FILE_PASSPHRASE");
    let run = env.awsx_with_input(&["add", "prod", "--stdin", "--no-verify"], "AKIAIOSFODNN7EXAMPLE\nsecret\n");
    assert!(run.fails(5).contains("needs its passphrase\n  cause: there is neither a terminal"), "{run:?}");
    assert_eq!(env.read("home/sprung"), "");
    // In a folder that is named in full they are found.
    env.set("PATH", env.path("home"));
    env.awsx(&["aws", "--version"]).ok();
    assert_eq!(env.read("home/sprung"), format!("{}\n", env.path("home/aws").display()));
}
