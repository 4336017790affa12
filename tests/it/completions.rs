//! Completion in the real shells, and the checked-in scripts and man pages.

use std::fs;

use crate::support::{TestEnv, Tmux, root};

const CONFIG: &str = "[default]\n[profile dev]\n[profile prod]\n[profile prod-admin]\n[profile team:one]\n\
                      [profile \"with space\"]\n[profile \"evil$(touch pwned)\"]\n";

fn env() -> TestEnv {
    TestEnv::new().config(CONFIG)
}

/// What the word under the cursor becomes in a line of bash without any other completion code, one word a line.
fn bash(env: &TestEnv, line: &str) -> String {
    // Readline's own cutting of words, with its separators.
    let script = r#"
        eval "$(awsx completions bash)"
        COMP_LINE=$LINE COMP_POINT=${#LINE} COMP_TYPE=9 COMP_KEY=9 COMP_WORDS=()
        rest=$LINE
        while [[ $rest =~ ^[[:space:]]*([:=]+|(\\.|[^[:space:]:=])+) ]]; do
            COMP_WORDS+=("${BASH_REMATCH[1]}"); rest=${rest:${#BASH_REMATCH[0]}}
        done
        [[ $rest || $LINE == *' ' ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _awsx
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut command = env.command("bash");
    command.args(["--norc", "-c", script]).env("LINE", line);
    crate::support::Run::of(command, "").ok().to_owned()
}

#[test]
fn bash_completes_commands_profiles_and_options() {
    let env = env();
    assert_eq!(bash(&env, "awsx ex"), "exec\nexport\nexports\nexplain\n");
    assert_eq!(bash(&env, "awsx shell pr"), "prod\nprod-admin\n");
    assert_eq!(bash(&env, "awsx shell --duration 1h --mfa"), "--mfa-serial\n");
    assert_eq!(bash(&env, "awsx --color=n"), "never\n");
    assert_eq!(bash(&env, "awsx shell team:"), "one\n");
    assert_eq!(bash(&env, "awsx aws s3 ls --profile prod-"), "prod-admin\n");
    assert_eq!(bash(&env, "awsx aws --profile=prod-"), "prod-admin\n");
    assert_eq!(bash(&env, "awsx shell w"), "with\\ space\n");
    assert_eq!(bash(&env, "awsx shell e"), "evil\\$\\(touch\\ pwned\\)\n");
    assert!(!env.path("home/pwned").exists());
}

#[test]
fn bash_completes_the_command_after_the_dashes() {
    let env = env();
    env.write("home/notes.txt", "");
    env.script("awsx-test-tool", "#!/bin/sh\n");
    assert_eq!(bash(&env, "awsx exec prod -- awsx-test-"), "awsx-test-tool\n");
    assert_eq!(bash(&env, "awsx exec prod -- cat no"), "notes.txt\n");
}

/// Types a line that ends in `clear` and waits until the prompt stands alone on the screen.
fn set_up(tmux: &Tmux, line: &str) {
    tmux.send_line(line);
    tmux.expect_that("an empty prompt", |screen| screen.trim() == "$");
}

/// Types a line and Tab in a real terminal; waits until it has become `want`.
fn tab(tmux: &Tmux, line: &str, want: &str) {
    tmux.key("C-u");
    tmux.send(line);
    tmux.key("Tab");
    let want = format!("$ {want}");
    tmux.expect_that(&want, |screen| screen.trim_end().ends_with(&want));
}

#[test]
fn bash_completes_on_a_terminal() {
    let env = env();
    let tmux = env.tmux("PS1='$ ' bash --norc --noprofile");
    set_up(&tmux, "eval \"$(awsx completions bash)\"; clear");
    tab(&tmux, "awsx who", "awsx whoami");
    tab(&tmux, "awsx shell d", "awsx shell de");
    tab(&tmux, "awsx shell te", "awsx shell team:one");
    tab(&tmux, "awsx shell 'wi", "awsx shell 'with space'");
    tab(&tmux, "awsx shell e", "awsx shell evil\\$\\(touch\\ pwned\\)");
    assert!(!env.path("home/pwned").exists());
}

#[test]
fn zsh_completes_on_a_terminal() {
    let env = env();
    env.script("awsx-test-tool", "#!/bin/sh\n");
    let tmux = env.tmux("PS1='$ ' zsh -f");
    set_up(&tmux, "autoload -Uz compinit && compinit -D -u; eval \"$(awsx completions zsh)\"; PS1='$ '; clear");
    tab(&tmux, "awsx who", "awsx whoami");
    tab(&tmux, "awsx shell prod-", "awsx shell prod-admin");
    tab(&tmux, "awsx aws --profile prod-", "awsx aws --profile prod-admin");
    tab(&tmux, "awsx exec --no-s", "awsx exec --no-session");
    tab(&tmux, "awsx shell te", "awsx shell team:one");
    tab(&tmux, "awsx shell wi", "awsx shell with\\ space");
    tab(&tmux, "awsx shell e", "awsx shell evil\\$\\(touch\\ pwned\\)");
    tab(&tmux, "awsx exec prod -- awsx-test-", "awsx exec prod -- awsx-test-tool");
    assert!(!env.path("home/pwned").exists());
}

#[test]
fn zsh_finds_the_script_in_its_function_path() {
    let env = env();
    fs::create_dir(env.path("fpath")).expect("ours");
    fs::copy(root().join("completions/_awsx"), env.path("fpath/_awsx")).expect("ours");
    let tmux = env.tmux("PS1='$ ' zsh -f");
    set_up(&tmux, "fpath=(~/../fpath $fpath); autoload -Uz compinit && compinit -D -u; clear");
    tab(&tmux, "awsx shell prod-", "awsx shell prod-admin");
    tab(&tmux, "awsx remove prod-", "awsx remove prod-admin");
}

/// What fish offers for a line: the words alone.
fn fish(env: &TestEnv, line: &str) -> Vec<String> {
    let mut command = env.command("fish");
    command.args(["-c", "awsx completions fish | source; complete --do-complete $LINE"]).env("LINE", line);
    let run = crate::support::Run::of(command, "");
    run.ok().lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn fish_completes_commands_profiles_options_and_the_command_after_the_dashes() {
    let env = env();
    env.script("awsx-test-tool", "#!/bin/sh\n");
    env.write("home/notes.txt", "");
    assert_eq!(fish(&env, "awsx ex"), ["exec", "explain", "export", "exports"]);
    assert_eq!(fish(&env, "awsx shell pr"), ["prod", "prod-admin"]);
    assert_eq!(fish(&env, "awsx shell --mfa"), ["--mfa-serial"]);
    assert_eq!(fish(&env, "awsx aws s3 --profile prod-"), ["prod-admin"]);
    assert_eq!(fish(&env, "awsx shell e"), ["evil$(touch pwned)"]);
    assert_eq!(fish(&env, "awsx exec prod -- awsx-test-"), ["awsx-test-tool"]);
    assert_eq!(fish(&env, "awsx exec prod -- cat no"), ["notes.txt"]);
    assert!(!env.path("home/pwned").exists());
}

#[test]
fn a_broken_config_completes_nothing_and_says_nothing() {
    let env = TestEnv::new().config("[profile prod\n");
    let run = env.awsx(&["completions", "bash", "--at", "2", "--", "awsx", "shell", "p"]);
    assert_eq!((run.ok(), run.stderr.as_str()), ("", ""));
}
