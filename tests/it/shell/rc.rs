//! People's own start-up files and prompts, and what they do to them later.

use super::*;

/// A shell inside a session of `profile`, with these lines and then `awsx init` in its rc file.
fn inside(shell: &str, profile: &str, lines: &[&str]) -> (TestEnv, Tmux) {
    let env = env(shell).var("AWSX_PROFILE", profile).var("AWSX_EXPIRES", (now() + 3599).to_string());
    let lines = [lines, &[init(shell)]].concat();
    let tmux = start(&env, shell, &lines);
    (env, tmux)
}

/// Lets twenty minutes of the session pass.
fn later(shell: &str) -> &'static str {
    if shell == "fish" {
        "set -gx AWSX_EXPIRES (math $AWSX_EXPIRES - 1200)"
    } else {
        "AWSX_EXPIRES=$((AWSX_EXPIRES - 1200))"
    }
}

#[test]
fn one_fragment_through_a_virtualenv_that_comes_and_goes() {
    for shell in SHELLS {
        let env = env(shell);
        let tmux = start_session(&env, shell, "prod", &[]);
        let activate = crate::support::venv(if shell == "fish" { "activate.fish" } else { "activate" });
        let line = after(&tmux, &format!("source {}", activate.display()));
        // It stays where it was, behind what the virtualenv puts in front; fish has it in front of the whole prompt.
        let venv = line.replace("(prod 59m) ", "");
        let (before, behind) = if shell == "fish" { ("(prod 59m) ", &*venv) } else { ("", &*line) };
        assert!(format!("{before}{behind}") == line && venv.starts_with('('), "{shell} {line}");
        assert_eq!(line.matches("(prod 59m) ").count(), 1, "{shell} {line}");
        assert_eq!(after(&tmux, later(shell)), line.replace("59m", "39m"), "{shell}");
        assert_eq!(after(&tmux, "deactivate"), "(prod 39m) READY>", "{shell}");
    }
}

#[test]
fn nothing_else_of_a_prompt_is_changed() {
    for start in ["(aws) ", "(prod 59m) ", "(prod) (", "%(", "{profile} ", "awsx> "] {
        for shell in SHELLS {
            let shown = if shell == "zsh" { start.replace('%', "%%") } else { start.to_owned() };
            let prompt = match shell {
                "fish" => format!("function fish_prompt; echo -n '{shown}READY> '; end"),
                _ => format!("PS1='{shown}READY> '"),
            };
            let (_env, tmux) = inside(shell, "prod", &[&prompt]);
            assert_eq!(last_line(&tmux.screen()), format!("(prod 59m) {start}READY>"), "{shell}");
            assert_eq!(after(&tmux, later(shell)), format!("(prod 39m) {start}READY>"), "{shell}");
            let gone = if shell == "fish" { "set -e AWSX_PROFILE" } else { "unset AWSX_PROFILE" };
            assert_eq!(after(&tmux, gone), format!("{start}READY>"), "{shell}");
        }
    }
}

#[test]
fn what_a_profile_is_called_is_shown_and_never_expanded() {
    let names = ["$(touch pwned)", "`touch pwned`", "%n%~%(!.a.b)", "\\u\\h", "!!!", "a\\[b\\]", "${HOME}"];
    for (shell, options) in [
        ("bash", "PS2=x"),
        ("bash", "shopt -u promptvars"),
        ("bash", "set -o posix"),
        ("zsh", "unsetopt prompt_subst"),
        ("zsh", "setopt prompt_subst prompt_bang"),
        ("fish", "true"),
    ] {
        for name in names {
            let (env, tmux) = inside(shell, name, &[options]);
            // Where the name itself has to stand in PS1, a bash inside may expand what this one doesn't.
            let literal = options == "shopt -u promptvars";
            let name = if literal { name.replace(['$', '`'], "?") } else { name.to_owned() };
            assert_eq!(last_line(&tmux.screen()), format!("({name} 59m) READY>"), "{shell} {options}");
            assert_eq!(after(&tmux, later(shell)), format!("({name} 39m) READY>"), "{shell} {options}");
            if shell == "bash" {
                after(&tmux, "export PS1");
                tmux.send_line_anew("bash --norc");
                tmux.expect_that("its prompt", |screen| screen.matches("READY>").count() == 2);
                after(&tmux, "exit");
            }
            assert!(!env.path("home/pwned").exists(), "{shell} {name}");
        }
    }
}

#[test]
fn prompt_command_in_its_forms() {
    for command in [
        "PROMPT_COMMAND='seen=$?'",
        "PROMPT_COMMAND='seen=$?; PS1=\"READY> \"'",
        "PROMPT_COMMAND='seen=$?;'",
        "PROMPT_COMMAND='seen=$? # all'",
        "PROMPT_COMMAND=('seen=$?' 'other=1')",
        "PROMPT_COMMAND=('seen=$?'); unset 'PROMPT_COMMAND[1]'; PROMPT_COMMAND[7]=true",
        "set -u; PROMPT_COMMAND='seen=$?'; unset PS2",
    ] {
        let (env, tmux) = inside("bash", "prod", &[command]);
        assert_eq!(last_line(&tmux.screen()), "(prod 59m) READY>", "{command}");
        tmux.send_line("false | true | (exit 3)");
        assert_eq!(after(&tmux, "echo $seen"), "(prod 59m) READY>");
        tmux.send_line("false | true | (exit 3)");
        tmux.send_line("echo \"${PIPESTATUS[*]}\" >status; false");
        tmux.send_line("echo \"$? $seen\" >>status");
        assert_eq!(
            after(&tmux, "PROMPT_COMMAND=\"true; $PROMPT_COMMAND; last=\\$?\""),
            "(prod 59m) READY>",
            "{command}"
        );
        assert_eq!(env.read("home/status"), "1 0 3\n1 1\n", "{command}");
        // A prompt that is set by what somebody has put behind: from the second time on awsx is behind it again.
        after(&tmux, "PROMPT_COMMAND=\"$PROMPT_COMMAND; PS1='NEW> '\"");
        assert_eq!(after(&tmux, "true"), "(prod 59m) NEW>", "{command}");
    }
}

#[test]
fn status_and_pipestatus_survive_in_zsh_and_fish() {
    let lines = ["precmd() { seen=$? }", "setopt prompt_subst; PROMPT='$? READY> '"];
    let (env, tmux) = inside("zsh", "prod", &lines);
    tmux.send_line("false | true | (exit 3)");
    tmux.send_line("echo \"$pipestatus\" >status; (exit 4)");
    tmux.send_line("echo \"$? $seen\" >>status");
    assert_eq!(after(&tmux, "(exit 5)"), "(prod 59m) 0 READY>");
    assert_eq!(env.read("home/status"), "1 0 3\n4 4\n");
    tmux.send_line("(exit 5)");
    tmux.expect("(prod 59m) 5 READY>");

    let lines = ["function fish_prompt; echo -n \"$status/$pipestatus READY> \"; end", "function three; return 3; end"];
    let (env, tmux) = inside("fish", "prod", &lines);
    tmux.send_line("false | true | three");
    tmux.expect("(prod 59m) 3/1 0 3 READY>");
    tmux.send_line("false | true | three");
    tmux.send_line("echo $status >status");
    tmux.send_line("not false");
    tmux.expect("(prod 59m) 0/1 READY>");
    assert_eq!(env.read("home/status"), "3\n");
}

#[test]
fn a_theme_that_is_switched_on_later_in_zsh() {
    let (_env, tmux) = inside("zsh", "prod", &[]);
    let theme = "theme() { PROMPT='THEME> ' }; precmd_functions+=(theme)";
    assert_eq!(after(&tmux, theme), "(prod 59m) THEME>");
    assert_eq!(after(&tmux, "true"), "(prod 59m) THEME>");
    assert_eq!(after(&tmux, "autoload -U promptinit; promptinit; prompt adam1"), after(&tmux, "true"));
    assert_eq!(tmux.screen().matches("(prod 59m)").count(), tmux.screen().matches("root@").count().max(1));
}

#[test]
fn modes_of_fish_come_behind_the_fragment_whenever_they_are_defined() {
    let (_env, tmux) = inside("fish", "prod", &["function fish_mode_prompt; echo -n '[M] '; end"]);
    assert_eq!(last_line(&tmux.screen()), "(prod 59m) [M] READY>");
    assert_eq!(after(&tmux, "functions -c fish_mode_prompt old"), "(prod 59m) [M] READY>");
    assert_eq!(after(&tmux, "function fish_mode_prompt; echo -n '[N] '; old; end"), "(prod 59m) [N] [M] READY>");
    assert_eq!(
        after(&tmux, "functions -e fish_mode_prompt; functions -c old fish_mode_prompt"),
        "(prod 59m) [M] READY>"
    );
    assert_eq!(after(&tmux, "function fish_prompt; echo -n 'THEME> '; end"), "(prod 59m) [M] THEME>");
}

#[test]
fn the_integration_may_be_read_any_number_of_times() {
    for shell in SHELLS {
        let env = env(shell);
        let tmux = start_session(&env, shell, "prod", &[init(shell), init(shell)]);
        assert_eq!(last_line(&tmux.screen()), "(prod 59m) READY>", "{shell}");
        assert_eq!(after(&tmux, init(shell)), "(prod 59m) READY>", "{shell}");
        // A shell of the same kind inside reads its rc file too.
        tmux.send_line_anew(&path(shell));
        tmux.expect_that("its prompt", |screen| screen.matches("(prod 59m) READY>").count() == 2);
        assert_eq!(after(&tmux, later(shell)), "(prod 39m) READY>", "{shell}");
        assert_eq!(after(&tmux, "awsx use other"), "(other 59m) READY>", "{shell}");
        assert_eq!(after(&tmux, "awsx off"), "(prod 39m) READY>", "{shell}");
        tmux.send_line("exit");
        assert_eq!(after(&tmux, "aws x"), "(prod 59m) READY>", "{shell}");
    }
}

/// Paths and texts.
type Files<'a> = &'a [(&'a str, &'a str)];

#[test]
fn zsh_starts_as_it_always_does() {
    let show = "print -l ZDOTDIR=${ZDOTDIR-none} \"${(t)ZDOTDIR}\" HISTFILE=$HISTFILE $HISTSIZE $SAVEHIST $fpath[1] $options[promptsubst] >";
    let rc = "PROMPT='READY> '; SAVEHIST=10; print -r rc ${ZDOTDIR-none} >>$HOME/order\n";
    let cases: [(Files, Option<&str>); 4] = [
        (&[("home/.zshrc", rc)], None),
        (&[("home/.zshenv", "ZDOTDIR=$HOME/zd; print env >>$HOME/order"), ("home/zd/.zshrc", rc)], None),
        (&[("home/.zshenv", "export ZDOTDIR=$HOME/zd HISTFILE=$HOME/hist"), ("home/zd/.zshrc", rc)], None),
        (&[("home/zd/.zshenv", "setopt prompt_subst"), ("home/zd/.zshrc", rc), ("home/.zshenv", "exit 1")], Some("zd")),
    ];
    for (files, zdotdir) in cases {
        let mut env = env("zsh");
        for (file, text) in files {
            env.write(file, text);
        }
        if let Some(folder) = zdotdir {
            let folder = env.home().join(folder);
            env.set("ZDOTDIR", folder);
        }
        let seen = |command: &str| {
            let _ = fs::remove_file(env.path("home/order"));
            let _ = fs::remove_file(env.path("run/tmux"));
            let tmux = env.tmux(command);
            tmux.expect("READY>");
            tmux.send_line(&format!("{show}seen; print done"));
            tmux.expect("\ndone");
            let fragment = tmux.screen().contains("(prod 59m) READY>");
            tmux.send_line("exit");
            drop(tmux);
            (env.read("home/seen"), env.read("home/order"), fragment)
        };
        let (always, order, _) = seen("exec zsh");
        assert_eq!(seen("awsx shell prod"), (always, order, true), "{files:?}");
    }
}

#[test]
fn history_goes_where_it_always_goes() {
    for (shell, history) in
        [("bash", "home/.bash_history"), ("zsh", "home/zhist"), ("fish", "home/.local/share/fish/fish_history")]
    {
        let env = env(shell);
        let lines: &[&str] = if shell == "zsh" { &["HISTFILE=~/zhist SAVEHIST=100 HISTSIZE=100"] } else { &[] };
        let tmux = start_session(&env, shell, "prod", lines);
        after(&tmux, "true remember me");
        tmux.send_line("exit");
        crate::support::wait_for("the history", || env.read(history).contains("true remember me").then_some(()));
        let text = env.read(history);
        assert!(!text.contains("s3cr3t") && !text.contains("_awsx"), "{shell} {text}");
    }
}

#[test]
fn hooks_that_are_wiped_in_zshrc_come_with_the_first_command() {
    let env = env("zsh");
    let tmux = start_session(&env, "zsh", "prod", &["precmd_functions=()"]);
    assert_eq!(after(&tmux, "aws x"), "(prod 59m) READY>");
    let tmux_env = super::env("zsh");
    let both = start_session(&tmux_env, "zsh", "prod", &["mine() { PROMPT='MINE READY> ' }; precmd_functions+=(mine)"]);
    assert_eq!(last_line(&both.screen()), "(prod 59m) MINE READY>");
}

#[test]
fn strict_shells_live_on() {
    let (_env, tmux) = inside("bash", "prod", &["set -eu"]);
    assert_eq!(after(&tmux, "! true"), "(prod 59m) READY>");
    assert_eq!(after(&tmux, "awsx use other; aws x; awsx off"), "(prod 59m) READY>");
    let (_env, tmux) = inside("zsh", "prod", &["setopt err_exit no_unset warn_create_global ksh_arrays sh_word_split"]);
    assert_eq!(after(&tmux, "! true"), "(prod 59m) READY>");
    assert_eq!(after(&tmux, "awsx use other; aws x; awsx off"), "(prod 59m) READY>");
    assert!(!tmux.screen().contains("_awsx"), "{}", tmux.screen());
    // Options by which zsh would not even read the script.
    for options in ["emulate sh", "emulate ksh", "setopt sh_glob rc_quotes"] {
        let (_env, tmux) = inside("zsh", "prod", &[options]);
        assert_eq!(after(&tmux, "awsx use other; aws x; awsx off"), "(prod 59m) READY>", "{options}");
        assert!(!tmux.screen().contains("_awsx"), "{options}: {}", tmux.screen());
    }
}

#[test]
fn a_prompt_that_cannot_be_changed_is_left_alone() {
    for (shell, line) in [("bash", "readonly PS1"), ("zsh", "readonly PROMPT")] {
        let (_env, tmux) = inside(shell, "prod", &[line]);
        assert_eq!(after(&tmux, "awsx use other; aws x"), "READY>", "{shell}");
        let screen = tmux.screen();
        assert!(!screen.contains("readonly") && !screen.contains("read-only"), "{shell}: {screen}");
        assert!(screen.contains("key=ASIAother1"), "{shell}: {screen}");
    }
}

#[test]
fn aliases_of_the_same_name_are_no_obstacle() {
    for shell in ["bash", "zsh"] {
        let env = env(shell);
        let tmux =
            start_session(&env, shell, "prod", &["alias aws='aws --alias'; alias awsx='awsx --no-input'", init(shell)]);
        assert_eq!(after(&tmux, "aws s3 ls >out"), "(prod 59m) READY>", "{shell}");
        assert_eq!(env.read("home/out"), "aws[--alias s3 ls] key=ASIAprod1 region=eu-west-1\n", "{shell}");
        assert_eq!(after(&tmux, "awsx use other"), "(other 59m) READY>", "{shell}");
    }
    // Of what the scripts themselves call, too.
    let words =
        ["local", "command", "eval", "set", "export", "unset", "declare", "typeset", "emulate", "type", "complete"];
    let aliases = words.map(|word| format!("alias {word}='echo CALLED {word}'")).join("; ");
    for shell in ["bash", "zsh"] {
        let env = env(shell);
        let tmux = start_session(&env, shell, "prod", &[&aliases]);
        assert_eq!(after(&tmux, "aws x; awsx use other"), "(other 59m) READY>", "{shell}");
        assert_eq!(after(&tmux, "awsx off"), "(prod 59m) READY>", "{shell}");
        assert!(!tmux.screen().contains("CALLED"), "{shell}: {}", tmux.screen());
        assert_eq!(after(&tmux, "type x"), "(prod 59m) READY>", "{shell}");
        assert!(tmux.screen().contains("CALLED type x"), "{shell}: they are there again: {}", tmux.screen());
        // And where the start-up file itself reads the integration.
        let env = super::env(shell);
        let aliases = aliases.replace("alias eval='echo CALLED eval'; ", "");
        let tmux = start(&env, shell, &[&aliases, init(shell)]);
        assert_eq!(after(&tmux, "awsx use prod; aws x"), "(prod 59m) READY>", "{shell}");
        assert!(!tmux.screen().contains("CALLED"), "{shell}: {}", tmux.screen());
    }
}
