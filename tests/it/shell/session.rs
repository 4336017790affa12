//! `awsx shell`, renewal, the shims, `use` and `off`.

use super::*;

#[test]
fn a_session_has_its_prompt_and_its_environment() {
    for shell in SHELLS {
        let env = env(shell);
        let tmux = start_session(
            &env,
            shell,
            "prod",
            &[&export(shell, "AWS_PROFILE", "dev"), &export(shell, "AWS_REGION", "x")],
        );
        assert_eq!(last_line(&tmux.screen()), "(prod 59m) READY>", "{shell}");
        // The first prompt has nothing to complain about.
        tmux.send_line(if shell == "fish" { "echo status=$status" } else { "echo status=$?" });
        tmux.expect("status=0");
        assert_eq!(after(&tmux, "env | sort > e"), "(prod 59m) READY>", "{shell}");
        let seen = env.read("home/e");
        for line in ["AWS_ACCESS_KEY_ID=ASIAprod1", "AWS_REGION=eu-west-1", "AWSX_PROFILE=prod", "AWS_VAULT=prod"] {
            assert!(seen.lines().any(|seen| seen == line), "{shell} {line}\n{seen}");
        }
        // Also not where the start-up files set it again; and nothing is left over from the start.
        for name in ["AWS_PROFILE", "AWSX_START", "AWSX_ZDOTDIR", "ZDOTDIR", "AWSX_FILE_PASSPHRASE"] {
            assert!(!seen.contains(&format!("\n{name}=")), "{shell} {name}\n{seen}");
        }
        assert!(!tmux.screen_with_colours().contains("AWSX_START"));
        assert_eq!(calls(&env), 1, "{shell}");
        // The fragment is red where awsx_color says so.
        assert!(tmux.screen_with_colours().contains("\u{1b}[31mprod"), "{shell} {:?}", tmux.screen_with_colours());
    }
}

#[test]
fn sessions_nest_and_leaving_one_restores_the_one_around() {
    for shell in SHELLS {
        let env = env(shell);
        let tmux = start_session(&env, shell, "prod", &[]);
        assert_eq!(after(&tmux, "env | grep ^AWS | sort > before"), "(prod 59m) READY>");
        tmux.send_line_anew("awsx shell other");
        tmux.expect("(other 59m) READY>");
        assert_eq!(after(&tmux, "env | grep ^AWS | sort > inside"), "(other 59m) READY>");
        tmux.send_line("exit");
        tmux.expect("(prod 59m) READY>");
        assert_eq!(after(&tmux, "env | grep ^AWS | sort > after"), "(prod 59m) READY>");
        assert_eq!(env.read("home/before"), env.read("home/after"), "{shell}");
        assert!(env.read("home/inside").contains("AWS_REGION=us-east-2\n"), "{shell}");
        assert!(!env.read("home/after").contains("AWS_DEFAULT_OUTPUT"), "{shell}");
    }
}

#[test]
fn other_shells_get_the_environment_and_one_line() {
    let env = env("bash").var("SHELL", "/bin/dash");
    let run = env.awsx_with_input(&["shell", "prod"], "echo $AWS_ACCESS_KEY_ID; exit 9\n");
    assert_eq!((run.status, run.stdout.as_str()), (9, "ASIAprod1\n"), "{run:?}");
    assert_eq!(run.stderr.trim().lines().count(), 1, "{run:?}");
    assert!(run.stderr.contains("dash"), "{run:?}");
}

#[test]
fn a_shell_without_a_terminal_gets_the_environment_alone() {
    for shell in SHELLS {
        let run = env(shell)
            .awsx_with_input(&["shell", "prod"], "env | grep -c AWSX_START; echo $AWS_ACCESS_KEY_ID\nexit 3\n");
        assert_eq!((run.status, run.stdout.as_str()), (3, "0\nASIAprod1\n"), "{shell} {run:?}");
    }
}

/// A script in a shell that has the integration and, if so wanted, a session.
fn script(env: &TestEnv, shell: &str, text: &str) -> Run {
    let text = format!("{}\n{text}\n", init(shell));
    let path = env.write("home/script", text);
    let mut command = env.command(super::path(shell));
    match shell {
        "bash" | "zsh" => &mut command,
        _ => command.arg("-i"),
    };
    command.arg(path);
    Run::of(command, "")
}

/// The environment with a session of `left` seconds that nothing has been asked for.
fn in_session(shell: &str, left: u64) -> TestEnv {
    env(shell)
        .var("AWSX_PROFILE", "prod")
        .var("AWS_ACCESS_KEY_ID", "ASIAold")
        .var("AWS_SECRET_ACCESS_KEY", "old")
        .var("AWS_SESSION_TOKEN", "old")
        .var("AWS_REGION", "mine")
        .var("AWSX_EXPIRES", (now() + left).to_string())
}

#[test]
fn the_shim_renews_below_the_margin_only() {
    for shell in SHELLS {
        for (left, margin, renews) in [
            (400, "", false),
            (200, "", true),
            (200, "100", false),
            (900, "1000", true),
            (0, "", true),
            (400, "x", false),
        ] {
            let mut env = in_session(shell, left);
            if !margin.is_empty() {
                env.set("AWSX_REFRESH_MARGIN", margin);
            }
            let run = script(&env, shell, "aws s3 ls\naws x");
            let key = if renews { "ASIAprod1" } else { "ASIAold" };
            // What the person has set in the session stays.
            assert_eq!(
                run.ok(),
                format!("aws[s3 ls] key={key} region=mine\naws[x] key={key} region=mine\n"),
                "{shell} {left} {margin}"
            );
            assert_eq!(calls(&env), usize::from(renews), "{shell} {left} {margin}");
        }
    }
}

#[test]
fn awsx_refresh_renews_in_place_what_is_about_to_end() {
    for shell in SHELLS {
        for (left, key) in [(10, "ASIAprod1"), (4000, "ASIAold")] {
            let env = in_session(shell, left);
            let run = script(&env, shell, "awsx-refresh\nenv | grep ^AWS_ACCESS");
            assert_eq!(run.ok(), format!("AWS_ACCESS_KEY_ID={key}\n"), "{shell} {left}");
        }
    }
}

#[test]
fn what_needs_no_session_is_not_held_up() {
    for shell in SHELLS {
        let env = in_session(shell, 10);
        assert_eq!(script(&env, shell, "aws s3 help\naws --version\ncommand aws x").ok().lines().count(), 3, "{shell}");
        assert_eq!(calls(&env), 0, "{shell}");
        // Neither is a shell without a session, nor a session without an end.
        let run = script(&super::env(shell), shell, "aws s3 ls");
        assert_eq!(run.ok(), "aws[s3 ls] key= region=\n", "{shell}");
        let mut endless = in_session(shell, 10);
        endless.unset("AWSX_EXPIRES");
        assert_eq!(script(&endless, shell, "aws s3 ls").ok(), "aws[s3 ls] key=ASIAold region=mine\n", "{shell}");
    }
}

#[test]
fn a_refused_renewal_stops_the_command_with_its_status() {
    for shell in SHELLS {
        let env = in_session(shell, 10).var("AWSX_PROFILE", "broken");
        let status = if shell == "fish" { "echo $status" } else { "echo $?" };
        let run = script(&env, shell, &format!("aws s3 ls\n{status}"));
        assert!(!run.stdout.contains("aws["), "{shell} {run:?}");
        let direct = env.awsx(&["refresh"]).status;
        assert_ne!(direct, 0);
        assert_eq!(run.stdout.trim(), direct.to_string(), "{shell} {run:?}");
        assert!(run.stderr.contains("awsx: "), "{shell} {run:?}");
    }
}

#[test]
fn the_pipelines_input_and_the_commands_status_are_the_commands() {
    for shell in SHELLS {
        let env = in_session(shell, 10);
        assert!(script(&env, shell, "echo hello | aws cat").ok().contains("\nhello\n"), "{shell}");
        assert_eq!(script(&env, shell, "aws fail; exit").status, 7, "{shell}");
        let run = script(&env, shell, "aws 'a b' '' '*'");
        assert!(run.ok().starts_with("aws[a b  *]"), "{shell} {run:?}");
    }
}

#[test]
fn another_profile_goes_through_awsx_aws() {
    for shell in SHELLS {
        let env = in_session(shell, 4000);
        for line in ["aws --profile other s3 ls", "aws s3 ls --profile=other"] {
            let run = script(&env, shell, line);
            // Its credentials come from a program that the AWS CLI can ask itself: passed through as it is.
            assert_eq!(run.ok(), format!("aws[{}] key=ASIAold region=mine\n", &line[4..]), "{shell} {line}");
        }
        let run = script(&env, shell, "aws --profile nope s3 ls");
        assert!(run.stderr.contains("nope") && run.stdout.is_empty(), "{shell} {run:?}");
    }
}

#[test]
fn other_commands_and_functions_of_ones_own() {
    for shell in SHELLS {
        let env = in_session(shell, 10).var("AWSX_SHIMS", "aws tool-x,$(touch pwned)  nope/x");
        env.script("tool-x", "#!/bin/sh\necho \"tool[$*] $AWS_ACCESS_KEY_ID\"\n");
        assert_eq!(script(&env, shell, "tool-x a 'b c'").ok(), "tool[a b c] ASIAprod1\n", "{shell}");
        assert!(!env.path("home/pwned").exists(), "{shell}");

        let own = if shell == "fish" {
            "function aws; echo mine $argv; command aws $argv; end"
        } else {
            "aws() { echo mine \"$@\"; command aws \"$@\"; }"
        };
        let env = in_session(shell, 10);
        let run = script(&env, shell, &format!("{own}\n{0}\n{0}\naws s3 ls", init(shell)));
        // Defined after the first time awsx was read: from then on it is what the shim runs.
        assert_eq!(run.ok(), "mine s3 ls\naws[s3 ls] key=ASIAprod1 region=mine\n", "{shell}");
    }
}

#[test]
fn a_renewal_repeats_the_options_of_the_session() {
    let env = in_session("bash", 10).var("AWSX_SESSION_ARGS", "{\"no_cache\":true}");
    let text = env.awsx(&["refresh", "--shell", "fish"]).ok().to_owned();
    assert!(text.starts_with("# awsx\n") && text.contains("set -gx AWS_ACCESS_KEY_ID 'ASIAprod1'\n"), "{text}");
    assert!(!text.contains("AWS_REGION"), "{text}");
    // Nothing was cached, as the session asked.
    env.awsx(&["refresh"]).ok();
    assert_eq!(calls(&env), 2);
    let fresh = in_session("bash", 4000);
    assert_eq!(fresh.awsx(&["refresh"]).ok(), "# awsx\n");
    let broken = in_session("bash", 10).var("AWSX_SESSION_ARGS", "x");
    assert!(broken.awsx(&["refresh"]).fails(3).contains("AWSX_SESSION_ARGS"));
}

#[test]
fn secrets_do_not_go_to_a_terminal_or_into_a_trace() {
    let env = in_session("bash", 10);
    let (status, text) = env.pty(&["refresh"]).wait();
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("awsx-refresh") && !text.contains("s3cr3t"), "{text}");
    for shell in SHELLS {
        let (on, off) =
            if shell == "fish" { ("set -g fish_trace 1", "set -e fish_trace") } else { ("set -xv", "set +xv") };
        let run = script(
            &in_session(shell, 10),
            shell,
            &format!("{on}\naws s3 ls\nawsx use other\nawsx-refresh\necho still\n{off}"),
        );
        assert!(run.stdout.contains("key=ASIAprod1"), "{shell} {run:?}");
        assert!(!run.stderr.contains("s3cr3t") && !run.stderr.contains("t0k3n"), "{shell} {run:?}");
        assert!(run.stderr.contains("echo still"), "the trace goes on: {shell} {run:?}");
    }
}

#[test]
fn use_and_off_restore_what_was_there() {
    for shell in SHELLS {
        let env = env(shell)
            .var("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://x")
            .var("AWS_PROFILE", "o'rig\nx")
            .var("AWS_DEFAULT_OUTPUT", "");
        let dump = |name: &str| match shell {
            "bash" => format!("{{ declare -p ${{!AWS*}}; declare -p AWS_REGION; }} > {name} 2>&1"),
            "zsh" => format!("{{ typeset -p ${{(ok)parameters[(I)AWS*]}}; typeset -p AWS_REGION }} > {name} 2>&1"),
            _ => format!("set -S (set -n | string match 'AWS*') > {name} 2>&1"),
        };
        // One that is set and not exported.
        let local = if shell == "fish" { "set -g AWS_REGION here" } else { "AWS_REGION=here" };
        let print = "env | grep ^AWS | sort >";
        let text = [
            local,
            &dump("before"),
            &format!("awsx use prod; {print} first"),
            &format!("awsx use other; {print} second"),
            "awsx off",
            &dump("after"),
        ]
        .join("\n");
        script(&env, shell, &text).ok();
        assert_eq!(env.read("home/before"), env.read("home/after"), "{shell}");
        assert!(env.read("home/before").contains("here"), "{shell}");
        let first = env.read("home/first");
        assert!(
            first.contains("AWS_ACCESS_KEY_ID=ASIAprod1\n") && first.contains("AWS_REGION=eu-west-1\n"),
            "{shell} {first}"
        );
        assert!(!first.contains("AWS_CONTAINER_") && !first.contains("AWS_PROFILE"), "{shell} {first}");
        let second = env.read("home/second");
        assert!(
            second.contains("AWS_REGION=us-east-2\n") && second.contains("AWS_DEFAULT_OUTPUT=json\n"),
            "{shell} {second}"
        );
        assert!(!second.contains("AWS_CONTAINER_") && !second.contains("AWSX_PROFILE_COLOR"), "{shell} {second}");
    }
}

#[test]
fn use_that_fails_changes_nothing_and_what_is_not_code_is_shown() {
    for shell in SHELLS {
        let env = env(shell);
        let status = if shell == "fish" { "echo $status" } else { "echo $?" };
        let text = format!(
            "awsx use broken\n{status}\nawsx off\n{status}\nenv | grep -c ^AWSX_PROFILE\nawsx --color never use --help\nawsx --version"
        );
        let run = script(&env, shell, &text);
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_ne!(lines[0], "0", "{shell} {run:?}");
        assert_eq!(&lines[1..3], ["1", "0"], "{shell} {run:?}");
        assert!(
            run.stdout.contains("Usage: awsx use") && lines.last().unwrap().starts_with("awsx "),
            "{shell} {run:?}"
        );
        let direct = env.awsx(&["use", "prod"]);
        assert!(direct.fails(2).contains("awsx init"), "{shell} {direct:?}");
    }
}

#[test]
fn use_inside_a_session_is_undone_by_off() {
    for shell in SHELLS {
        let env = in_session(shell, 4000);
        let run = script(&env, shell, "awsx use other\naws a\nawsx off\naws b");
        assert_eq!(run.ok(), "aws[a] key=ASIAother1 region=us-east-2\naws[b] key=ASIAold region=mine\n", "{shell}");
    }
}

#[test]
fn a_region_of_ones_own_is_back_under_a_profile_without_one() {
    for shell in SHELLS {
        let env = env(shell).var("AWS_REGION", "mine");
        let text = "awsx use prod\naws 1\nawsx use bare\naws 2\nawsx exec prod -- aws 3\n\
                    awsx exec prod -- awsx exec other -- awsx exec bare -- aws 4\nawsx off\naws 5";
        let run = script(&env, shell, text);
        let regions: Vec<&str> = run.ok().lines().filter_map(|line| line.split_once("region=")).map(|l| l.1).collect();
        assert_eq!(regions, ["eu-west-1", "mine", "eu-west-1", "mine", "mine"], "{shell} {run:?}");
        // Also where the session around is that of another process.
        let inside = env.var("AWSX_SETTINGS", r#"{"AWS_REGION":["mine","outer"]}"#).var("AWSX_PROFILE", "prod");
        assert!(script(&inside, shell, "awsx use bare\naws 1").ok().ends_with("region=outer\n"), "{shell}");
    }
}

#[test]
fn universal_variables_of_fish_are_covered_and_kept() {
    // With start-up files: without them fish has no universal variables, and makes globals of them.
    let set =
        "set -U AWS_PROFILE uni; set -Ux AWS_DEFAULT_PROFILE uni; set -Ux AWS_ROLE_ARN uni; set -U AWS_CONTAINER_X uni";
    let seen = "env | grep -E 'PROFILE|ROLE_ARN|CONTAINER|uni' | grep -v AWSX | sort >";
    let profile = "AWS_DEFAULT_PROFILE=prod\nAWS_ROLE_ARN=\nAWS_VAULT=prod\n".replace("AWS_VAULT=prod\n", "");
    for by_shell in [false, true] {
        let env = env("fish");
        env.sh("/usr/bin/fish", set).ok();
        let tmux = if by_shell {
            start_session(&env, "fish", "prod", &[])
        } else {
            let tmux = start(&env, "fish", &[init("fish")]);
            assert_eq!(after(&tmux, &format!("{seen} before")), "READY>");
            assert_eq!(env.read("home/before"), "AWS_DEFAULT_PROFILE=uni\nAWS_ROLE_ARN=uni\n");
            assert_eq!(after(&tmux, "awsx use prod 2>said"), "(prod 59m) READY>");
            assert!(env.read("home/said").contains("set -eU AWS_DEFAULT_PROFILE"), "{}", env.read("home/said"));
            tmux
        };
        assert_eq!(after(&tmux, &format!("echo \"$AWS_PROFILE\" >plain; {seen} inside")), "(prod 59m) READY>");
        assert_eq!(env.read("home/inside"), profile, "{by_shell}");
        assert_eq!(env.read("home/plain"), "\n", "{by_shell}");
        if !by_shell {
            after(&tmux, "awsx off");
            assert_eq!(after(&tmux, &format!("echo \"$AWS_PROFILE\" >plain; {seen} behind")), "READY>");
            assert_eq!((env.read("home/behind"), env.read("home/plain")), (env.read("home/before"), "uni\n".into()));
        }
        // Other sessions keep theirs.
        let other = env.sh("/usr/bin/fish", "set -S AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ROLE_ARN AWS_CONTAINER_X");
        assert_eq!(other.ok().matches("set in universal scope").count(), 4, "{other:?}");
    }
}

#[test]
fn what_the_shell_itself_needs_gets_no_shim() {
    for shell in SHELLS {
        let names =
            "command,builtin local declare return eval if then end export set echo awsx awsx-refresh _awsx_fresh while";
        let env = in_session(shell, 10).var("AWSX_SHIMS", format!("{names} tool"));
        env.script("tool", "#!/bin/sh\necho \"tool $AWS_ACCESS_KEY_ID\"\n");
        let run = script(&env, shell, "eval 'echo alive'\ntool\nawsx --version >version");
        assert_eq!(run.ok(), "alive\ntool ASIAprod1\n", "{shell} {run:?}");
        let refused = ["command", "builtin", "return", "eval", "if", "awsx", "awsx-refresh", "_awsx_fresh", "while"];
        assert!(refused.iter().all(|name| run.stderr.contains(name)), "{shell} {run:?}");
        assert!(run.stderr.contains("AWSX_SHIMS") && !run.stderr.contains("tool"), "{shell} {run:?}");
        assert_eq!(run.stderr.trim().lines().count(), 1, "{shell} {run:?}");
    }
}

#[test]
fn bash_refuses_a_shim_for_each_of_its_builtins_and_keywords() {
    let ask = "names=$(compgen -A builtin -A keyword); AWSX_SHIMS=$names; eval \"$(awsx init bash)\"; echo \"$names\"";
    let run = TestEnv::new().sh(&bash(), ask);
    let word = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    let names: Vec<&str> = run.ok().lines().filter(word).collect();
    assert!(names.len() > 60, "{run:?}");
    for name in names {
        assert!(run.stderr.split_whitespace().any(|word| word.trim_end_matches(';') == name), "{name}: {run:?}");
    }
}

#[test]
fn options_from_the_environment_only_narrow() {
    let env = in_session("bash", 10)
        .config(
            "[profile prod]\naws_access_key_id = AKIALONG\naws_secret_access_key = l0ng\n\
             [profile guarded]\nawsx_confirm = yes\ncredential_process = issue guarded\n",
        )
        .var("AWSX_SESSION_ARGS", r#"{"no_session":true}"#)
        .var("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    for args in [&["refresh"][..], &["aws", "s3", "ls"]] {
        let run = env.awsx(args);
        assert!(!run.stdout.contains("AKIALONG") && !run.stdout.contains("l0ng"), "{run:?}");
    }
    let file = env.write("home/any", "s3cr3t of another kind");
    let env = env.var("AWSX_SESSION_ARGS", format!(r#"{{"policy":"{}"}}"#, file.display()));
    assert!(env.awsx(&["refresh"]).fails(3).contains("AWSX_SESSION_ARGS"));
    // A profile that wants a yes is not entered by the word of whoever started this.
    let mut env = env.var("AWSX_PROFILE", "guarded").var("AWSX_SESSION", "ASIAold:0123");
    env.unset("AWSX_SESSION_ARGS");
    assert!(env.awsx(&["refresh"]).fails(5).contains("Use guarded?"));
    assert_eq!(calls(&env), 0);
}

#[test]
fn who_has_said_yes_to_a_session_is_not_asked_again_in_it() {
    let env = env("bash").config("[profile guarded]\nawsx_confirm = yes\ncredential_process = issue guarded\n");
    let inside = "awsx clear -y >&2; AWSX_EXPIRES=1 awsx refresh --shell bash | grep -c \"ID=.ASIAguarded2\"";
    let run = env.awsx(&["-y", "exec", "guarded", "--session-name", "me", "--", "bash", "-c", inside]);
    assert_eq!(run.ok(), "1\n", "{run:?}");
    let changed = format!("export AWSX_SESSION_ARGS='{{}}'; {inside}");
    let run = env.awsx(&["-y", "exec", "guarded", "--session-name", "me", "--", "bash", "-c", &changed]);
    assert!(run.stderr.contains("Use guarded?"), "{run:?}");
}

#[test]
fn ctrl_c_in_a_trace_leaves_the_trace_on() {
    for shell in SHELLS {
        let env = env(shell);
        env.write(
            "home/.aws/config",
            "[profile slow]\ncredential_process = sh -c 'echo STA''RTED >/dev/tty; sleep 60'\n",
        );
        let tmux = start(&env, shell, &[init(shell)]);
        let (on, marked) = match shell {
            "fish" => ("set -g fish_trace 1", "test \"$fish_trace\" = 1; and set fish_trace; and echo TRA''CED"),
            _ => ("set -x", "case $- in *x*) set +x; echo TRA''CED ;; esac"),
        };
        tmux.send_line(on);
        tmux.send_line("awsx use slow");
        tmux.expect("STARTED");
        tmux.key("C-c");
        tmux.send_line(marked);
        tmux.expect_that("that it is traced", |screen| screen.lines().any(|line| line.ends_with("TRACED")));
    }
}
