//! How `awsx shell` starts a shell: what is in the environment meanwhile, and what start-up files may do.

use super::*;

#[test]
fn the_secret_is_in_the_environment_once_and_only_as_itself() {
    for shell in SHELLS {
        let env = env(shell);
        let tmux = start_session(&env, shell, "prod", &["env >during"]);
        assert_eq!(last_line(&tmux.screen()), "(prod 59m) READY>", "{shell}");
        assert_eq!(after(&tmux, "env >at-last"), "(prod 59m) READY>", "{shell}");
        for file in ["home/during", "home/at-last"] {
            let seen = env.read(file);
            for secret in ["s3cr3t", "t0k3n"] {
                assert_eq!(seen.matches(secret).count(), 1, "{shell} {file} {secret}\n{seen}");
            }
        }
        assert!(!env.read("home/at-last").contains("AWSX_START"), "{shell}");
        // Where the start-up files never end, too.
        let last = env.write(rc(shell), "exec env");
        let tmux = super::env(shell).tmux_sized("sleep 60", 80, 24);
        drop(tmux);
        let run = crate::support::Pty::spawn({
            let mut command = env.command(env.path("bin/awsx"));
            command.args(["shell", "prod"]);
            command
        });
        let (status, seen) = run.wait();
        assert_eq!((status, seen.matches("s3cr3t").count()), (0, 1), "{shell} {last:?} {seen}");
    }
}

#[test]
fn a_session_goes_before_the_keys_in_start_up_files() {
    for shell in SHELLS {
        let env = env(shell);
        let lines: Vec<String> = [
            ("AWS_ACCESS_KEY_ID", "AKIAOWN"),
            ("AWS_SECRET_ACCESS_KEY", "own"),
            ("AWS_REGION", "own"),
            ("AWSX_PROFILE", "own"),
        ]
        .map(|(name, value)| export(shell, name, value))
        .into();
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        lines.push(if shell == "fish" { "set -e AWS_SESSION_TOKEN" } else { "unset AWS_SESSION_TOKEN" });
        let tmux = start_session(&env, shell, "prod", &lines);
        assert_eq!(last_line(&tmux.screen()), "(prod 59m) READY>", "{shell}");
        assert_eq!(after(&tmux, "env >seen"), "(prod 59m) READY>", "{shell}");
        let seen = env.read("home/seen");
        let session = [
            "AWS_ACCESS_KEY_ID=ASIAprod1",
            "AWS_SECRET_ACCESS_KEY=s3cr3t-prod",
            "AWS_SESSION_TOKEN=t0k3n",
            "AWS_REGION=eu-west-1",
        ];
        for line in session {
            assert!(seen.lines().any(|seen| seen == line), "{shell} {line}\n{seen}");
        }
        assert_eq!(calls(&env), 1, "{shell}");
    }
}

/// A zsh whose system-wide start-up file sets ZDOTDIR.
fn led_away(env: &mut TestEnv) {
    let path = env.script("zsh", "#!/bin/sh\nexport ZDOTDIR=$HOME/zd\nexec /usr/bin/zsh \"$@\"\n");
    env.set("SHELL", path);
}

#[test]
fn a_system_that_sets_zdotdir_is_spoken_of() {
    let mut env = env("zsh");
    led_away(&mut env);
    env.write("home/zd/.zshrc", ready("zsh"));
    let tmux = env.tmux_sized("awsx shell prod", 120, 50);
    let screen = tmux.expect("READY>");
    assert!(screen.contains("ZDOTDIR") && screen.contains("awsx init zsh"), "{screen}");
    tmux.send_line("clear; env >seen; aws x");
    tmux.expect("aws[x] key=ASIAprod1");
    let seen = env.read("home/seen");
    assert_eq!(seen.matches("s3cr3t").count(), 1, "{seen}");
    assert!(!seen.contains("AWSX_START") && !seen.contains("AWSX_ZDOTDIR"), "{seen}");
    assert!(seen.contains(&format!("ZDOTDIR={}\n", env.path("home/zd").display())), "{seen}");

    // With the line that it asks for all is as ever, and nothing is said.
    env.write("home/zd/.zshrc", format!("export AWS_REGION=own AWS_PROFILE=own\n{}\n{}", ready("zsh"), init("zsh")));
    tmux.send_line("clear; exit");
    drop(tmux);
    let _ = fs::remove_file(env.path("run/tmux"));
    let tmux = env.tmux_sized("awsx shell prod", 120, 50);
    let screen = tmux.expect("(prod 59m) READY>");
    assert!(!screen.contains("ZDOTDIR"), "{screen}");
    assert_eq!(after(&tmux, "env >seen"), "(prod 59m) READY>");
    let seen = env.read("home/seen");
    assert!(seen.contains("AWS_REGION=eu-west-1\n") && !seen.contains("AWS_PROFILE"), "{seen}");
    assert!(!seen.contains("AWSX_START") && !seen.contains("AWSX_ZDOTDIR"), "{seen}");
}
