//! `--via shims`: a shell without credentials, and commands that get them each time they run.

use super::*;

/// Prints what of credentials is in the environment of a program.
const LOOK: &str = "env | grep -E '^AWS_(ACC|SEC|SES)'";

/// What a program of that name is given.
fn program(env: &TestEnv, name: &str) {
    env.script(
        name,
        &format!("#!/bin/bash\necho \"{name}[$*] key=$AWS_ACCESS_KEY_ID region=$AWS_REGION via=$AWSX_VIA\"\n"),
    );
}

#[test]
fn a_shell_without_credentials_and_commands_that_get_them() {
    for shell in SHELLS {
        let env = env(shell).var("AWSX_SHIMS", "aws,terraform");
        program(&env, "terraform");
        program(&env, "pulumi");
        let tmux = start_session(&env, shell, "prod --via shims", &["echo rc"]);
        // The session is there before the first prompt, which shows no time left.
        assert_eq!(calls(&env), 1, "{shell}");
        assert_eq!(after(&tmux, "true"), "(prod) READY>", "{shell}");
        let shown = |line: &str| {
            after(&tmux, line);
            tmux.screen()
        };
        let nothing = shown(LOOK);
        assert!(!nothing.contains("AWS_ACCESS_KEY_ID=A") && !nothing.contains("s3cr3t"), "{shell}: {nothing}");
        let nothing = shown("set | grep -c s3cr3t | sed s/^/count:/");
        assert!(nothing.contains("count:0"), "{shell}: {nothing}");
        for (line, want) in [
            ("aws s3 ls", "aws[s3 ls] key=ASIAprod1 region=eu-west-1"),
            ("terraform plan -out 'a b'", "terraform[plan -out a b] key=ASIAprod1 region=eu-west-1 via="),
            ("pulumi up", "pulumi[up] key= region=eu-west-1 via=shims"),
            ("aws --version", "aws[--version] key= region=eu-west-1"),
            // The AWS CLI gets this one by itself.
            ("aws --profile other x", "aws[--profile other x] key= region="),
            ("awsx exec -- pulumi up", "pulumi[up] key=ASIAprod1 region=eu-west-1 via="),
            ("echo piped | aws cat", "piped"),
        ] {
            let screen = shown(line);
            assert!(screen.lines().any(|line| line.trim_end().ends_with(want)), "{shell}: {line}: {screen}");
        }
        let failed = if shell == "fish" {
            "aws fail >/dev/null; echo \"[$status]\""
        } else {
            "aws fail >/dev/null; echo \"[$?]\""
        };
        assert!(shown(failed).contains("[7]"), "{shell}");
        // What the person has changed in this shell stays.
        let region = export(shell, "AWS_REGION", "ap-south-1");
        let screen = shown(&format!("{region}; aws x"));
        assert!(screen.contains("aws[x] key=ASIAprod1 region=ap-south-1"), "{shell}: {screen}");
        let status = shown("awsx status");
        for part in ["profile  prod", "the shims (aws, terraform) get it each time they run", "unchanged since"] {
            assert!(status.contains(part), "{shell}: {part}: {status}");
        }
        assert_eq!(calls(&env), 1, "{shell}: one session for all of it");
    }
}

#[test]
fn each_run_renews_what_is_too_old() {
    for shell in SHELLS {
        let env = env(shell);
        env.write("home/ttl", "200");
        let tmux = start_session(&env, shell, "prod --via shims", &[]);
        for n in 2..4 {
            after(&tmux, "aws x");
            let screen = tmux.screen();
            assert!(screen.contains(&format!("aws[x] key=ASIAprod{n} ")), "{shell}: {screen}");
        }
        env.write("home/ttl", "3599");
        after(&tmux, "aws x");
        after(&tmux, "awsx-refresh");
        after(&tmux, "aws x");
        assert!(tmux.screen().contains("key=ASIAprod4 "), "{shell}: {}", tmux.screen());
        assert_eq!(calls(&env), 4, "{shell}");
    }
}

#[test]
fn use_goes_on_without_credentials_and_off_ends_it() {
    for shell in SHELLS {
        let env = env(shell).var("AWSX_SHIMS", "aws terraform");
        program(&env, "terraform");
        let tmux = start(&env, shell, &[init(shell)]);
        let shown = |line: &str| {
            let prompt = after(&tmux, line);
            (prompt, tmux.screen())
        };
        assert_eq!(shown("awsx use prod --via shims").0, "(prod) READY>", "{shell}");
        assert!(!shown(LOOK).1.contains("AWS_ACCESS_KEY_ID=A"), "{shell}");
        assert!(shown("terraform x").1.contains("terraform[x] key=ASIAprod1 region=eu-west-1"), "{shell}");
        assert_eq!(shown("awsx use other").0, "(other) READY>", "{shell}");
        assert!(!shown(LOOK).1.contains("AWS_ACCESS_KEY_ID=A"), "{shell}: it goes on");
        assert_eq!(shown("awsx use -").0, "(prod) READY>", "{shell}");
        assert!(!shown(LOOK).1.contains("AWS_ACCESS_KEY_ID=A"), "{shell}: back, too");
        assert!(shown("aws y").1.contains("aws[y] key=ASIAprod1 region=eu-west-1"), "{shell}");
        assert!(shown("awsx use other --via env").0.starts_with("(other 59m) "), "{shell}");
        assert!(shown("aws z").1.contains("aws[z] key=ASIAother2 region=us-east-2"), "{shell}");
        shown("awsx use prod --via shims");
        assert_eq!(shown("awsx off").0, "READY>", "{shell}");
        let none = shown("env | grep -c ^AWSX_VIA | sed s/^/count:/").1;
        assert!(none.contains("count:0"), "{shell}: {none}");
        assert!(shown("aws z").1.contains("aws[z] key= region="), "{shell}");
    }
}

#[test]
fn shells_inside_and_functions_of_ones_own() {
    for shell in SHELLS {
        let env = env(shell).var("AWSX_SHIMS", "aws mine");
        let own = if shell == "fish" {
            "function mine; command aws own $argv; set -g kept yes; end"
        } else {
            "mine() { command aws own \"$@\"; kept=yes; }"
        };
        let tmux = start_session(&env, shell, "prod --via shims", &[own]);
        let shown = |line: &str| {
            let prompt = after(&tmux, line);
            (prompt, tmux.screen())
        };
        assert!(shown("mine 'a b'").1.contains("aws[own a b] key=ASIAprod1"), "{shell}: {}", tmux.screen());
        let left = shown("echo \"<$kept$AWS_ACCESS_KEY_ID$AWSX_EXPIRES$AWSX_VIA>\"").1;
        assert!(left.contains("<yesshims>"), "{shell}: {left}");
        let nothing = shown("set | grep -c s3cr3t | sed s/^/count:/").1;
        assert!(nothing.contains("count:0"), "{shell}: {nothing}");
        assert_eq!(shown("mine b").0, "(prod) READY>", "{shell}");
        // A shell inside has its own way, and leaving it comes back to this one.
        assert!(shown("awsx shell other").0.starts_with("(other 59m) "), "{shell}");
        assert!(shown(LOOK).1.contains("AWS_ACCESS_KEY_ID=ASIAother2"), "{shell}");
        assert_eq!(shown("awsx shell prod --via shims").0, "(prod) READY>", "{shell}");
        assert!(!shown(LOOK).1.contains("AWS_ACCESS_KEY_ID=A"), "{shell}");
        assert!(shown("aws x").1.contains("aws[x] key=ASIAprod1"), "{shell}");
        assert!(shown("exit").0.starts_with("(other 59m) "), "{shell}");
        assert_eq!(shown("exit").0, "(prod) READY>", "{shell}");
        assert!(!shown(LOOK).1.contains("AWS_ACCESS_KEY_ID=A"), "{shell}");
    }
}

#[test]
fn keys_that_a_start_up_file_sets_go() {
    for shell in SHELLS {
        let env = env(shell);
        let keys = export(shell, "AWS_ACCESS_KEY_ID", "AKIAmine");
        let tmux = start_session(&env, shell, "prod --via shims", &[&keys]);
        assert_eq!(after(&tmux, LOOK), "(prod) READY>", "{shell}");
        assert!(!tmux.screen().contains("AKIAmine"), "{shell}: {}", tmux.screen());
    }
}

#[test]
fn a_refused_renewal_stops_the_command_and_the_question_is_on_the_terminal() {
    let sandbox = crate::support::Sandbox::start();
    for shell in SHELLS {
        let config = "[profile prod]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n";
        let env = TestEnv::new().sandbox(&sandbox).var("SHELL", path(shell)).var("AWSX_ADVERTISED", "0").config(config);
        let env = env.stored(&sandbox, "prod", "alice");
        env.script("aws", "#!/bin/bash\necho \"ran[$*] ${AWS_ACCESS_KEY_ID:0:4} $(cat)\"\n");
        env.write(rc(shell), format!("{}\n", ready(shell)));
        let tmux = env.tmux_sized("awsx shell prod --via shims", 120, 50);
        tmux.expect("code");
        tmux.send_line(&sandbox.code("alice"));
        tmux.expect("READY>");
        env.awsx(&["clear"]).ok();
        tmux.send_line_anew("echo from-the-pipe | aws s3 ls");
        tmux.expect("code");
        tmux.send_line(&sandbox.code("alice"));
        tmux.expect("ran[s3 ls] ASIA from-the-pipe");
        env.awsx(&["clear"]).ok();
        tmux.send_line_anew("aws s3 ls");
        tmux.expect("code");
        tmux.send_line("\u{4}");
        tmux.expect_that("the prompt", |screen| last_line(screen).ends_with("READY>"));
        assert!(!tmux.screen().contains("ran["), "{shell}: {}", tmux.screen());
    }
}

#[test]
fn what_can_have_no_shims_is_refused() {
    let env = env("bash");
    let refused = |env: &TestEnv| env.awsx(&["shell", "prod", "--via", "shims"]).fails(125).to_owned();
    assert!(refused(&env).contains("a shell without a terminal reads no start-up files"));
    let env = env.var("SHELL", "/bin/sh");
    assert!(refused(&env).contains("the shell has to be bash, zsh or fish"));
    assert_eq!(calls(&env), 0);
    assert!(env.awsx(&["exec", "prod", "--via", "shims", "--", "true"]).status != 0);
    assert!(env.awsx(&["exec", "--shim", "--", "true"]).fails(125).contains("no session that came by --via shims"));
}

#[test]
fn what_has_no_shim_finds_nothing_in_its_place() {
    for shell in SHELLS {
        let env = env(shell)
            .credentials("[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n")
            .var("AWSX_SHIMS", "tool mine")
            .var("AWS_PROFILE", "own")
            .var("AWS_EC2_METADATA_DISABLED", "false");
        for name in ["tool", "plain"] {
            let show = "key=$AWS_ACCESS_KEY_ID profile=${AWS_PROFILE-none} off=$AWS_EC2_METADATA_DISABLED";
            env.script(name, &format!("#!/bin/bash\necho \"{name}[$*] {show}\"\n"));
        }
        std::os::unix::fs::symlink(crate::support::venv("aws"), env.path("bin/real")).unwrap();
        let config = env.read("home/.aws/config");
        let issue = env.read("bin/issue");
        env.script(
            "issue",
            &issue.replacen('\n', "\necho \"${AWS_PROFILE-none} $AWS_EC2_METADATA_DISABLED\" >>~/seen\n", 1),
        );
        env.write("home/.aws/config", config);
        let (own, aside) = match shell {
            "fish" => ("function mine; command plain $argv; end", "set -gx AWS_PROFILE"),
            _ => ("mine() { command plain \"$@\"; }", "export AWS_PROFILE="),
        };
        let tmux = start_session(&env, shell, "prod --via shims", &[own, init(shell)]);
        let shown = |line: &str| {
            after(&tmux, line);
            tmux.screen()
        };
        for (line, want) in [
            ("plain a", "plain[a] key= profile=no-awsx-shim off=true"),
            ("bash -c 'tool a'", "tool[a] key= profile=no-awsx-shim off=true"),
            ("tool b", "tool[b] key=ASIAprod1 profile=none off=false"),
            ("mine c", "plain[c] key=ASIAprod1 profile=none off=true"),
            ("plain d", "plain[d] key= profile=no-awsx-shim off=true"),
            ("awsx exec -- plain e", "plain[e] key=ASIAprod1 profile=none off=false"),
            ("real s3 ls", "The config profile (no-awsx-shim) could not be found"),
            ("AWS_PROFILE=default real configure get aws_access_key_id", "AKIADEFAULT"),
            ("awsx doctor --json | grep -c selected-profile-missing", "0"),
            ("awsx doctor env | grep -c 'different credentials'", "0"),
            ("awsx doctor env | grep -c 'what has no shim finds no credentials'", "1"),
            ("awsx clear; tool f", "tool[f] key=ASIAprod2 profile=none off=false"),
            ("awsx use other --via env; plain g", "plain[g] key=ASIAother3 profile=none off=false"),
            ("awsx off; plain h", "plain[h] key= profile=no-awsx-shim off=true"),
        ] {
            let screen = shown(line);
            assert!(screen.lines().any(|line| line.trim_end().ends_with(want)), "{shell}: {line}: {screen}");
        }
        // What a session starts from finds what it finds outside.
        assert!(env.read("home/seen").lines().skip(1).all(|seen| seen == "none false"), "{}", env.read("home/seen"));
        drop(tmux);
        let _ = fs::remove_file(env.path("run/tmux"));

        let tmux =
            start(&env, shell, &[&format!("{aside}{}mine", if shell == "fish" { " " } else { "" }), init(shell)]);
        let ways = ["awsx use prod --via shims; plain a", "awsx use other; plain b", "awsx off; plain c"];
        let seen = ways.map(|line| {
            after(&tmux, line);
            let screen = tmux.screen();
            screen.lines().find_map(|line| Some(line[line.find("plain[")?..].trim_end().to_owned())).unwrap_or_default()
        });
        let hidden = "key= profile=no-awsx-shim off=true";
        assert_eq!(
            seen,
            [format!("plain[a] {hidden}"), format!("plain[b] {hidden}"), "plain[c] key= profile=mine off=false".into()],
            "{shell}"
        );
    }
}
