//! The command line as a person meets it: help, wrong usage, colours, and names that are no text.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::support::{Run, Sandbox, TestEnv};

/// Runs `awsx` with arguments that need not be text.
fn awsx(env: &TestEnv, args: &[&[u8]]) -> Run {
    let mut command = env.command("awsx");
    command.args(args.iter().map(|arg| OsStr::from_bytes(arg)));
    Run::of(command, "")
}

#[test]
fn a_name_that_is_no_text_is_an_error_and_never_default() {
    let config = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n";
    let env = || TestEnv::new().config(config);
    let broken = OsStr::from_bytes(b"pro\xff");
    for name in ["AWS_PROFILE", "AWSX_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL"] {
        let env = env().var(name, broken);
        assert!(
            env.awsx(&["exec", "--no-session", "--", "true"]).fails(125).contains(&format!("{name} can't be read"))
        );
        assert!(env.awsx(&["explain"]).fails(3).contains("its value is not UTF-8"));
    }
    let env = env();
    env.script("aws", "#!/bin/sh\necho started\n");
    for args in [&[b"aws".as_slice(), b"--profile", b"pro\xff", b"s3"][..], &[b"aws", b"--profile=pro\xff", b"s3"]] {
        assert!(awsx(&env, args).fails(125).contains("--profile is not UTF-8"));
    }
    assert!(awsx(&env, &[b"shell", b"pro\xff"]).fails(125).contains("invalid UTF-8"));
    assert!(awsx(&env, &[b"explain", b"pro\xff"]).fails(2).contains("invalid UTF-8"));
}

#[test]
fn without_a_home_the_password_database_says_where_it_is() {
    let mut env = TestEnv::new()
        .var("AWS_CONFIG_FILE", "~/awsx-test-no-such-file")
        .var("AWS_SHARED_CREDENTIALS_FILE", "~/awsx-test-no-such-file");
    for home in ["HOME", "XDG_STATE_HOME"] {
        env.unset(home);
    }
    assert_eq!(env.awsx(&["list", "--json"]).ok(), "[]\n");
    env.set("HOME", "");
    assert_eq!(env.awsx(&["list", "--json"]).ok(), "[]\n");
}

#[test]
fn wrong_usage_is_answered_with_the_right_line() {
    let env = TestEnv::new().config("[profile prod]\nregion = eu-west-1\n[staging]\nregion = eu-west-1\n");
    let table: [(&[&str], i32, &str); 5] = [
        (&["prod"], 2, "hint: awsx shell prod"),
        (&["exec", "prod", "terraform", "plan"], 125, "hint: awsx exec prod -- terraform plan"),
        (&["shell", "staging"], 125, "hint: write [profile staging] there"),
        (&["staging"], 2, "hint: write [profile staging] there"),
        (&["mfa", "list", "prod"], 2, "hint: awsx mfa status prod"),
    ];
    for (args, status, hint) in table {
        let run = env.awsx(args);
        assert!(run.fails(status).trim_end().ends_with(hint), "{args:?}: {run:#?}");
    }
}

#[test]
fn help_can_be_asked_for_in_every_way() {
    let env = TestEnv::new();
    let help = env.awsx(&["mfa", "status", "--help"]).ok().to_owned();
    assert!(help.contains("Examples:") && help.contains("Exit status:") && help.contains("See also:"), "{help}");
    assert_eq!(env.awsx(&["help", "mfa", "status"]).ok(), help);
    assert_eq!(env.awsx(&["help"]).ok(), env.awsx(&["--help"]).ok());
    let page = env.awsx(&["man", "mfa", "status"]).ok().to_owned();
    for name in [&["man", "mfa status"][..], &["man", "mfa-status"], &["man", "awsx-mfa-status"]] {
        assert_eq!(env.awsx(name).ok(), page);
    }
    assert_eq!(env.awsx(&["man", "ls"]).ok(), env.awsx(&["man", "list"]).ok());
    let mut sandbox = env.command(env!("CARGO_BIN_EXE_awsx-sandbox"));
    sandbox.args(["--", "demo", "--help"]);
    assert!(Run::of(sandbox, "").ok().contains("Run the whole tour unattended"));
}

#[test]
fn colours_go_into_a_pipe_when_they_are_asked_for() {
    let colored = "\x1b[";
    let env = TestEnv::new().config("[profile prod]\nregion = eu-west-1\n");
    let table: [&[&str]; 6] =
        [&["shell", "prdo"], &["nonsense"], &["shell", "--nonsense"], &["--help"], &["list"], &["exec", "--help"]];
    for args in table {
        let with = |option: &[&str]| {
            let run = env.awsx(&[option, args].concat());
            run.stdout + &run.stderr
        };
        assert!(with(&["--color", "always"]).contains(colored), "{args:?}");
        assert!(with(&["--color=always"]).contains(colored), "{args:?}");
        for option in [&[][..], &["--color", "never"], &["-m", "--color", "always"]] {
            assert!(!with(option).contains(colored), "{option:?} {args:?}");
        }
    }
}

#[test]
fn where_no_more_files_can_be_opened_it_is_an_error_like_any_other() {
    let sandbox = Sandbox::start();
    let keys = sandbox.keys("alice");
    let text = format!("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n", keys.0, keys.1);
    let env = TestEnv::new().sandbox(&sandbox).credentials(&text);
    let with = |files: usize, args: &[&str]| {
        let mut command = env.command("prlimit");
        command.arg(format!("--nofile={files}")).arg("awsx").args(args);
        Run::of(command, "")
    };
    let mut refused = 0;
    // Below five files not even the loader gets along.
    for files in 5..24 {
        for (args, statuses) in [(&["exec", "--", "true"][..], 125..=125), (&["mfa", "status"], 1..=7)] {
            let run = with(files, args);
            assert!(run.status == 0 || statuses.contains(&run.status), "{files} {args:?}: {run:#?}");
            assert!(!run.stderr.contains("a bug in awsx"), "{files} {args:?}: {run:#?}");
            refused += usize::from(run.stderr.contains("ulimit -n"));
        }
    }
    assert!(refused > 0, "no call was refused for want of files");
    assert!(with(64, &["mfa", "status"]).ok().contains("virtual"));
}

#[test]
fn completion_offers_files_policies_and_what_the_parser_takes() {
    let env = TestEnv::new().config("[profile prod]\n");
    env.write("home/policy.json", "{}");
    env.write("home/keys/new.csv", "");
    env.script("docker-credential-vault", "#!/bin/sh\n");
    let offered = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let at = (words.len() - 1).to_string();
        let run = env.awsx(&[&["completions", "bash", "--at", &at, "--"], &words[..]].concat());
        run.ok().lines().filter_map(|line| Some(line.split_once('\t')?.0.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(offered("awsx exec prod --policy po"), ["policy.json"]);
    assert_eq!(offered("awsx exec prod --policy=po"), ["--policy=policy.json"]);
    assert_eq!(offered("awsx add prod --csv keys/"), ["keys/new.csv"]);
    assert_eq!(offered("awsx man --dir k"), ["keys/"]);
    assert_eq!(offered("awsx policy en"), ["enforce-mfa"]);
    assert_eq!(offered("awsx policy enforce-mfa --partition aws-c"), ["aws-cn"]);
    assert_eq!(offered("awsx --backend h"), offered("awsx --backend helper:"));
    assert!(offered("awsx --backend h").contains(&"helper:vault".to_owned()));
    assert_eq!(offered("awsx man mfa st"), ["status"]);
    assert!(offered("awsx man exec ").iter().all(|word| word.starts_with('-')));
    assert_eq!(offered("awsx aws s3 ls --profile p"), ["prod"]);
    assert_eq!(offered("awsx aws s3 ls --pro"), [""; 0]);
    // Every backend that is offered is one.
    for backend in offered("awsx --backend ") {
        env.awsx(&["--backend", &backend, "prompt"]).ok();
    }
}
