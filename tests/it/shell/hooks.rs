//! Other people's hooks: bash-preexec (as atuin brings it), traps, and shell integrations of terminals.

use super::*;
use crate::support::venv;

/// A shell with the session in its environment, started by `command`, at its first prompt.
fn started(env: TestEnv, command: &str) -> (TestEnv, Tmux) {
    let env = env.var("AWSX_PROFILE", "prod").var("AWSX_EXPIRES", (now() + 3599).to_string());
    let tmux = env.tmux_sized(command, 120, 50);
    tmux.expect("READY>");
    (env, tmux)
}

/// What a function noted in `~/ran` since the start.
fn ran(env: &TestEnv) -> Vec<String> {
    env.read("home/ran").lines().map(str::to_owned).collect()
}

#[test]
fn bash_preexec_sees_every_command_and_nothing_else() {
    let atuin = "eval \"$(atuin init bash)\"; mine() { printf '%s\\n' \"$1\" >>~/ran; }; preexec_functions+=(mine)";
    let theirs = "PROMPT_COMMAND='PS1=\"THEIRS READY> \"'";
    for (lines, shown) in [
        (&[atuin, init("bash")][..], "READY>"),
        (&[init("bash"), atuin], "READY>"),
        // A prompt that is set anew each time, before and behind.
        (&[theirs, atuin, init("bash")], "THEIRS READY>"),
        (&["theirs() { PS1='THEIRS READY> '; }; precmd_functions=(theirs)", atuin, init("bash")], "THEIRS READY>"),
        (&[init("bash"), "theirs() { PS1='THEIRS READY> '; }; precmd_functions=(theirs)", atuin], "THEIRS READY>"),
    ] {
        let env = env("bash");
        std::os::unix::fs::symlink(venv("atuin"), env.path("bin/atuin")).unwrap();
        env.write("home/.config/atuin/config.toml", "auto_sync = false\nupdate_check = false\n");
        env.write("home/ran", "");
        env.write(rc("bash"), format!("{}\n{}\n", ready("bash"), lines.join("\n")));
        let (env, tmux) = started(env, &bash());
        assert_eq!(last_line(&tmux.screen()), format!("(prod 59m) {shown}"), "{lines:?}");
        for line in ["true one", "false", "awsx use other", "aws x", "awsx off"] {
            after(&tmux, line);
        }
        let typed = ran(&env);
        let own: Vec<&str> =
            typed.iter().map(String::as_str).filter(|line| !["clear", "echo MA''RK"].contains(line)).collect();
        assert_eq!(own, ["true one", "false", "awsx use other", "aws x", "awsx off"], "{lines:?} {typed:?}");
        assert_eq!(last_line(&tmux.screen()), format!("(prod 59m) {shown}"), "{lines:?}");
        assert_eq!(typed.len(), 15, "{lines:?} {typed:?}");
    }
}

#[test]
fn a_failure_is_one_for_traps_and_for_what_comes_behind() {
    for (options, behind) in [("", ""), ("set -E;", ""), ("", "PROMPT_COMMAND+='; seen=$?'"), ("set -E;", "true")] {
        let trap = format!("{options} trap 'echo \"failed $?\" >>~/ran' ERR");
        let env = env("bash");
        env.write(rc("bash"), [ready("bash"), init("bash"), behind, &trap].join("\n"));
        env.write("home/ran", "");
        let (env, tmux) = started(env, &bash());
        after(&tmux, "(exit 3)");
        assert_eq!(ran(&env), ["failed 3"], "{options} {behind}");
        if behind.contains("seen") {
            tmux.send_line("(exit 4)");
            tmux.send_line("echo se''en=$seen");
            tmux.expect("seen=4");
        }
    }
}

/// What VS Code's integration for bash does, as far as prompts go: it reads the person's file first, puts its marks around
/// PS1 whenever that is another than it left, runs PROMPT_COMMAND itself, and takes the first command after that for the
/// one that was typed.
const BASH_INTEGRATION: &str = r#"
. ~/.bashrc
__vsc_custom='' __vsc_running=1
__vsc_mark() {
    [[ $__vsc_running == 1 ]] || return 0
    if [[ $__vsc_custom != "$PS1" ]]; then
        __vsc_custom="\[\e]633;A\a\]$PS1\[\e]633;B\a\]"
        PS1=$__vsc_custom
    fi
    __vsc_running=0
}
__vsc_typed() {
    [[ $__vsc_running == 0 ]] || return 0
    __vsc_running=1
    printf '%s\n' "$BASH_COMMAND" >>~/ran
}
trap __vsc_typed DEBUG
__vsc_mark
__vsc_original=${PROMPT_COMMAND:-}
__vsc_prompt_cmd() { __vsc_mark; }
__vsc_prompt_cmd_original() { eval "${__vsc_original:-}"; __vsc_mark; }
if [[ $__vsc_original ]]; then PROMPT_COMMAND=__vsc_prompt_cmd_original; else PROMPT_COMMAND=__vsc_prompt_cmd; fi
"#;

/// The same for zsh, at the end of `.zshrc`.
const ZSH_INTEGRATION: &str = r#"
__vsc_custom= __vsc_running=1
__vsc_precmd() {
    [[ $__vsc_running == 1 ]] || return 0
    if [[ $__vsc_custom != $PS1 ]]; then
        __vsc_custom="%{"$'\e]633;A\a'"%}$PS1%{"$'\e]633;B\a'"%}"
        PS1=$__vsc_custom
    fi
    __vsc_running=0
}
__vsc_preexec() { __vsc_running=1; print -r -- "$1" >>~/ran }
precmd_functions+=(__vsc_precmd); preexec_functions+=(__vsc_preexec)
"#;

#[test]
fn an_integration_that_marks_the_prompt_marks_it_once() {
    let sources = ". ~/integration";
    let own = "PROMPT_COMMAND='own=$?'";
    for (shell, lines, command) in [
        ("bash", &[init("bash")][..], "/bin/bash --init-file ~/integration"),
        ("bash", &[own, init("bash")], "/bin/bash --init-file ~/integration"),
        // By hand, in the start-up file itself, before awsx.
        ("bash", &[sources, init("bash")], "/bin/bash"),
        ("bash", &[own, sources, init("bash")], "/bin/bash"),
        ("zsh", &[init("zsh"), sources], "/usr/bin/zsh"),
        ("zsh", &[sources, init("zsh")], "/usr/bin/zsh"),
    ] {
        let env = env(shell);
        let (length, integration) = match shell {
            "bash" => ("${#PS1}", BASH_INTEGRATION),
            _ => ("${#PROMPT}", ZSH_INTEGRATION),
        };
        let by_hand = lines.contains(&sources);
        let integration = if by_hand { integration.replace(". ~/.bashrc", "") } else { integration.into() };
        env.write("home/integration", integration);
        env.write("home/ran", "");
        env.write(rc(shell), format!("{}\n{}\n", ready(shell), lines.join("\n")));
        let (env, tmux) = started(env, command);
        let size = |when: &str| {
            // The first prompts may still find their order.
            assert_eq!(after(&tmux, &format!("echo {length} >size")), "(prod 59m) READY>", "{shell} {lines:?} {when}");
            env.read("home/size").trim().parse::<usize>().unwrap()
        };
        size("first");
        let before = size("second");
        assert_eq!(size("third"), before, "{shell} {lines:?}");
        assert_eq!(after(&tmux, "awsx use other"), "(other 59m) READY>", "{shell} {lines:?}");
        after(&tmux, "true");
        after(&tmux, "awsx off");
        assert_eq!(size("off"), before, "{shell} {lines:?}");
        assert_eq!(after(&tmux, "unset AWSX_PROFILE"), "READY>", "{shell} {lines:?}");
        after(&tmux, "true");
        after(&tmux, &format!("echo {length} >size"));
        assert_eq!(env.read("home/size").trim(), before.to_string(), "{shell} {lines:?}");
        let typed = ran(&env);
        assert!(!typed.iter().any(|line| line.contains("_awsx")), "{shell} {lines:?} {typed:?}");
    }
}
