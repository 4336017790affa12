//! Renewal where a person has to type a code, against the sandbox.

use super::*;
use crate::support::Sandbox;

/// alice's keys in the keychain and her MFA device; the fake `aws` of [`super::env`].
fn with_device(sandbox: &Sandbox, shell: &str) -> TestEnv {
    env(shell)
        .config(
            "[profile prod]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n\
             [profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = prod\n",
        )
        .sandbox(sandbox)
        .stored(sandbox, "prod", "alice")
}

#[test]
fn the_code_is_asked_on_the_terminal_and_the_pipeline_is_the_commands() {
    for shell in SHELLS {
        let sandbox = Sandbox::start();
        let env = with_device(&sandbox, shell);
        let env = env.var("AWSX_PROFILE", "prod").var("AWSX_EXPIRES", "1").var("AWS_ACCESS_KEY_ID", "ASIAold");
        let tmux = start(&env, shell, &[init(shell)]);
        tmux.send_line("echo hello | aws cat; echo \"$AWS_ACCESS_KEY_ID\" >key");
        tmux.expect("code");
        let code = sandbox.code("alice");
        tmux.send_line(&code);
        let screen = tmux.expect_that("the command", |screen| screen.lines().any(|line| line == "hello"));
        assert!(screen.contains("aws[cat] key=ASIA"), "{shell} {screen}");
        // What runs in the shell itself is renewed from the cache: no second code.
        // Twelve hours, by a clock that may be ahead of this one.
        let line = after(&tmux, "aws x");
        assert!(["(prod 11h59m)", "(prod 12h00m)"].iter().any(|start| line.starts_with(start)), "{shell} {line}");
        assert_eq!(sandbox.done("sts:GetSessionToken"), 1, "{shell}");

        // Given up: the command doesn't run, the shell lives on.
        env.awsx(&["clear", "-y"]);
        tmux.send_line("clear");
        let stale = if shell == "fish" { "set -gx AWSX_EXPIRES 1" } else { "AWSX_EXPIRES=1" };
        after(&tmux, stale);
        tmux.send_line("aws never");
        tmux.expect("code");
        tmux.key("C-c");
        assert!(after(&tmux, "echo alive").contains("expired"), "{shell}");
        assert!(!tmux.screen().contains("aws[never]"), "{shell}");
    }
}

#[test]
fn awsx_aws_adds_what_the_cli_cannot_get_and_leaves_the_rest_alone() {
    let sandbox = Sandbox::start();
    let env = with_device(&sandbox, "bash")
        .credentials("[plain]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = x\n");
    let code = sandbox.code("alice");
    let run = env.sh("sh", &format!("AWSX_MFA_CODE={code} awsx aws --profile prod s3 ls"));
    assert!(run.ok().starts_with("aws[s3 ls] key=ASIA"), "{run:?}");
    // The role comes from the same session.
    let run = env.awsx(&["aws", "--", "--color", "off", "s3", "ls", "--profile=admin"]);
    assert!(run.ok().starts_with("aws[--color off s3 ls] key=ASIA"), "{run:?}");
    for args in [&["--profile", "plain", "s3", "ls"][..], &["help"], &["configure", "--profile", "new"], &["s3", "ls"]]
    {
        let run = env.awsx(&[&["aws"], args].concat());
        assert_eq!(run.ok(), format!("aws[{}] key= region=\n", args.join(" ")));
    }
    assert_eq!(env.awsx(&["aws", "--profile", "prd", "s3", "ls"]).status, 125);
    assert_eq!(env.awsx(&["aws", "fail"]).status, 7);
}
