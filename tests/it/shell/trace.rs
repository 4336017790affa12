//! What a person has switched on to see what their shell does shows no secret: traps, traces, profiles, history.

use super::*;

/// A shell's start-up lines that write every command down in `~/traced`.
fn traced(shell: &str) -> &'static [&'static str] {
    match shell {
        "bash" => &[
            "set -T; shopt -s extdebug; trap 'printf \"%s|%s\\n\" \"$BASH_COMMAND\" \"$_\" >>~/traced' DEBUG",
            "exec {BASH_XTRACEFD}>>~/traced; set -x",
        ],
        "zsh" => {
            &["TRAPDEBUG() { print -r -- \"$ZSH_DEBUG_CMD|$_\" >>~/traced }", "exec 2>>~/traced; setopt xtrace verbose"]
        }
        _ => &["set -g fish_trace 1"],
    }
}

/// Gives a shell another name for itself, under which fish writes its profile.
fn profiled(env: &mut TestEnv, shell: &str) {
    if shell == "fish" {
        let path = env.script(
            "fish",
            "#!/bin/sh\nexport FISH_DEBUG_OUTPUT=$HOME/traced\nexec /usr/bin/fish --debug-output=$HOME/trace2 --profile=$HOME/traced \"$@\"\n",
        );
        env.set("SHELL", path);
    }
}

#[test]
fn sessions_come_and_go_under_traps_and_traces() {
    for shell in SHELLS {
        for start in ["exec $SHELL", "exec awsx shell prod"] {
            let mut env = env(shell);
            profiled(&mut env, shell);
            env.write("home/traced", "");
            // Keys in the start-up files go again, which takes a renewal; what was there before is kept and put back.
            let keys =
                [export(shell, "AWS_ACCESS_KEY_ID", "AKIAOWN"), export(shell, "AWS_SECRET_ACCESS_KEY", "own-s3cr3t")];
            let lines: Vec<&str> = [ready(shell), &keys[0], &keys[1]]
                .into_iter()
                .chain([init(shell)])
                .chain(traced(shell).iter().copied())
                .collect();
            env.write(rc(shell), lines.join("\n"));
            let tmux = env.tmux_sized(start, 120, 50);
            tmux.expect("READY>");
            let step = |line: &str, done: &str| {
                tmux.send_line(&format!("{line}; echo >~/{done}"));
                crate::support::wait_for(line, || env.path(format!("home/{done}")).exists().then_some(()));
            };
            step("awsx use prod", "1");
            step("awsx use other", "2");
            let stale = if shell == "fish" { "set -gx AWSX_EXPIRES 1" } else { "AWSX_EXPIRES=1" };
            step(&format!("{stale}; aws x >seen"), "3");
            step(&format!("{stale}; awsx-refresh"), "4");
            step("awsx off", "5");
            tmux.send_line("exit");
            assert!(env.read("home/seen").contains("key=ASIAother"), "{shell} {start}");
            let text = crate::support::wait_for("the trace", || {
                Some(env.read("home/traced")).filter(|text| text.contains("_awsx_take"))
            });
            for secret in ["s3cr3t", "t0k3n"] {
                let line = text.lines().find(|line| line.contains(secret) && !line.contains("own-s3cr3t'"));
                assert_eq!(line, None, "{shell} {start}");
            }
        }
    }
}

#[test]
fn what_is_kept_of_a_session_is_not_exported() {
    for (shell, option) in [("bash", "set -a"), ("zsh", "setopt all_export")] {
        let env = env(shell);
        let tmux = start_session(&env, shell, "prod", &[option]);
        after(&tmux, "awsx use other; env >inside; awsx off; env >outside");
        assert_eq!(env.read("home/inside").matches("s3cr3t").count(), 1, "{shell}");
        assert!(env.read("home/inside").contains("s3cr3t-other"), "{shell}");
        assert_eq!(env.read("home/outside").matches("s3cr3t").count(), 1, "{shell}");
        let on = if shell == "bash" { "case $- in *a*) echo o''n; esac" } else { "[[ -o allexport ]] && echo o''n" };
        tmux.send_line(on);
        tmux.expect_that("that it is still on", |screen| screen.lines().any(|line| line == "on"));
    }
}
