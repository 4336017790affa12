//! The shells: prompt, shims, `use` and `off`, in the real ones on a real terminal.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::{Run, Sandbox, TestEnv, Tmux};

mod begin;
mod code;
mod exec;
mod hooks;
mod prompts;
mod quiet;
mod rc;
mod session;
mod shims;
mod switch;
mod tab;
mod text;
mod trace;

/// The shells with full integration. `AWSX_TEST_BASH` names another bash than that of the PATH, as an old one.
const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

fn bash() -> String {
    std::env::var("AWSX_TEST_BASH").unwrap_or_else(|_| "/bin/bash".into())
}

/// The path of a shell.
fn path(shell: &str) -> String {
    if shell == "bash" { bash() } else { format!("/usr/bin/{shell}") }
}

/// The start-up file of a shell, below the folder of the environment.
fn rc(shell: &str) -> &'static str {
    match shell {
        "bash" => "home/.bashrc",
        "zsh" => "home/.zshrc",
        _ => "home/.config/fish/config.fish",
    }
}

/// The line that an rc file needs.
fn init(shell: &str) -> &'static str {
    match shell {
        "bash" => "eval \"$(awsx init bash)\"",
        "zsh" => "eval \"$(awsx init zsh)\"",
        _ => "awsx init fish | source",
    }
}

/// A prompt that says nothing but `READY> `, as the rc file of each shell writes it.
fn ready(shell: &str) -> &'static str {
    match shell {
        "bash" => "PS1='READY> '",
        "zsh" => "PROMPT='READY> '; unsetopt prompt_sp prompt_cr",
        _ => "function fish_prompt; echo -n 'READY> '; end; function fish_greeting; end",
    }
}

fn export(shell: &str, name: &str, value: &str) -> String {
    if shell == "fish" { format!("set -gx {name} '{value}'") } else { format!("export {name}='{value}'") }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Two profiles whose sessions come from a program that counts its calls: `prod` and `other`, good for as many seconds as
/// `~/ttl` says; so does `bare`, which has no settings; `broken` gives none. `~/calls` has a line for each.
fn env(shell: &str) -> TestEnv {
    let env = TestEnv::new().var("SHELL", path(shell)).var("TERM", "xterm-256color").config(
        "[profile prod]\nregion = eu-west-1\nawsx_color = red\ncredential_process = issue prod\n\
             [profile other]\nregion = us-east-2\noutput = json\ncredential_process = issue other\n\
             [profile bare]\ncredential_process = issue bare\n\
             [profile broken]\nregion = eu-west-1\ncredential_process = issue\n",
    );
    env.script(
        "issue",
        "#!/bin/bash\n[ \"$1\" ] || exit 1\necho \"$1\" >>~/calls\nexpires=$(date -u -d \"+$(cat ~/ttl) seconds\" +%FT%TZ)\n\
         printf '{\"Version\":1,\"AccessKeyId\":\"ASIA%s%d\",\"SecretAccessKey\":\"s3cr3t-%s\",\"SessionToken\":\"t0k3n\",\"Expiration\":\"%s\"}' \\\n\
         \"$1\" \"$(wc -l <~/calls)\" \"$1\" \"$expires\"\n",
    );
    // The AWS CLI as far as the shim goes: it says who it was called as, what with, and what it is given.
    env.script(
        "aws",
        "#!/bin/bash\necho \"aws[$*] key=$AWS_ACCESS_KEY_ID region=$AWS_REGION\"\n[ \"$1\" != cat ] || cat\n\
         [ \"$1\" != fail ] || exit 7\n",
    );
    env.write("home/ttl", "3599");
    // Without it fish's first start reads every man page in the background.
    fs::create_dir_all(env.path("home/.local/share/fish/generated_completions")).unwrap();
    env
}

fn calls(env: &TestEnv) -> usize {
    env.read("home/calls").lines().count()
}

/// A shell with these lines in its rc file, on a terminal, at its first prompt.
fn start(env: &TestEnv, shell: &str, lines: &[&str]) -> Tmux {
    env.write(rc(shell), format!("{}\n{}\n", ready(shell), lines.join("\n")));
    let tmux = env.tmux_sized(&format!("exec {}", path(shell)), 120, 50);
    tmux.expect("READY>");
    tmux
}

/// `awsx shell PROFILE` with these lines in the rc file, at its first prompt.
fn start_session(env: &TestEnv, shell: &str, profile: &str, lines: &[&str]) -> Tmux {
    env.write(rc(shell), format!("{}\n{}\n", ready(shell), lines.join("\n")));
    let tmux = env.tmux_sized(&format!("awsx shell {profile}"), 120, 50);
    tmux.expect("READY>");
    tmux
}

/// The prompt lines of a screen, each up to the command.
fn last_line(screen: &str) -> String {
    screen.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim_end().to_owned()
}

/// Types a line and waits for its output, `MARK` by itself, and the prompt after it; the last line of the screen.
fn after(tmux: &Tmux, line: &str) -> String {
    tmux.send_line_anew(line);
    tmux.send_line("echo MA''RK");
    let screen = tmux.expect_that("the end of it", |screen| {
        let mut lines = screen.lines().skip_while(|line| !line.starts_with("MARK"));
        lines.next();
        lines.any(|line| !line.trim().is_empty())
    });
    last_line(&screen)
}
