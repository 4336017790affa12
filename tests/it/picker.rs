//! `awsx` alone: the picker on a real screen.

use std::fs;

use crate::support::{Run, Sandbox, TestEnv, Tmux};

/// alice's keys are stored for `prod`; `ops` is a role over them.
const CONFIG: &str = "\
[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice

[profile ops]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod

[profile billing]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-central-1
sso_account_id = 444455556666
sso_role_name = ReadOnly

[profile 日本]
credential_process = issue
";

fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).stored(sandbox, "prod", "alice");
    env.write("home/.bashrc", "PS1='\\w$ '\n");
    env.var("TERM", "xterm-256color")
}

fn prompt(tmux: &Tmux) {
    tmux.expect_that("a prompt", |screen| screen.trim_end().ends_with("~$"));
}

/// The columns of a line, with TIME for what is left of a session.
fn cells(line: &str) -> Vec<&str> {
    let time = |cell: &str| cell.ends_with('m') && cell.starts_with(|c: char| c.is_ascii_digit());
    let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    cells.map(|cell| if time(cell) { "TIME" } else { cell }).collect()
}

#[test]
fn the_screen_has_recent_profiles_first_and_says_the_keys() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var("NO_COLOR", "1");
    env.awsx(&["exec", "ops", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    let tmux = env.tmux("exec bash");
    prompt(&tmux);
    tmux.send_line("awsx");
    let screen = tmux.expect("Esc quit");
    let lines = screen.lines().skip_while(|line| !line.starts_with("Profile:")).filter(|line| !line.trim().is_empty());
    assert_eq!(
        lines.map(cells).collect::<Vec<_>>(),
        [
            &["Profile:"][..],
            &["PROFILE", "LEFT", "ACCOUNT", "KIND"],
            &["> ops", "TIME", "111122223333", "role admin"],
            &["prod", "TIME", "111122223333", "keys"],
            &["billing", "-", "444455556666", "sso ReadOnly"],
            &["日本", "-", "-", "process"],
            &["Enter shell", "^X clear", "Esc quit"],
        ]
    );
    // Account, role and kind are searched as well as the name.
    for (typed, found) in
        [("4444", "billing"), ("readonly", "billing"), ("admin", "ops"), ("sso", "billing"), ("日", "日本")]
    {
        tmux.send(typed);
        tmux.expect_that(typed, |screen| {
            screen.contains(&format!("Profile: {typed}"))
                && screen.contains(&format!("> {found} "))
                && screen.contains("1 of 4")
        });
        tmux.key("C-u");
        tmux.expect("> ops ");
    }
    // A smaller window shows the same, cut.
    tmux.run(&["resize-window", "-x", "30", "-y", "8"]);
    tmux.expect_that("a narrow screen", |screen| screen.contains("  PROFILE  LEFT    ACCOUNT  …"));
    tmux.run(&["resize-window", "-x", "80", "-y", "24"]);
    tmux.expect("  PROFILE  LEFT    ACCOUNT       KIND");
    // Clear forgets what the row has, and the list comes again.
    tmux.key("C-x");
    let screen = tmux.expect_that("the list without the session", |screen| screen.contains("> ops      -  "));
    let prod = screen.lines().find(|line| line.starts_with("  prod ")).map(cells);
    assert_eq!(prod, Some(vec!["prod", "TIME", "111122223333", "keys"]), "{screen}");
    assert!(screen.contains("forgot one cached session of ops"), "{screen}");
    tmux.key("Enter");
    tmux.expect_that("a shell", |screen| screen.contains("(ops ") && screen.trim_end().ends_with(") ~$"));
    tmux.send_line("exit");
    tmux.send_line("clear; awsx; echo status=$?");
    tmux.expect("Esc quit");
    tmux.key("Escape");
    let screen = tmux.expect("status=5");
    assert!(!screen.contains("Esc quit"), "{screen}");
}

#[test]
fn ten_thousand_profiles_open_at_once() {
    let sandbox = Sandbox::start();
    let role =
        |n| format!("[profile team-{n:05}]\nrole_arn = arn:aws:iam::111122223333:role/r{n}\nsource_profile = prod\n");
    let many: Vec<String> = (0..10_000).map(role).collect();
    let env = env(&sandbox);
    env.write("home/.aws/config", format!("{CONFIG}{}", many.concat()));
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    let tmux = env.tmux("exec bash");
    prompt(&tmux);
    tmux.send_line("strace -f -qq -s 20 -o ~/trace awsx");
    // What is typed at once is searched for in all of them.
    tmux.expect("> prod ");
    tmux.send("4711");
    tmux.expect_that("the one", |screen| screen.contains("> team-04711  -"));
    tmux.key("Escape");
    prompt(&tmux);
    // Until the first screen is there: nothing for each profile, no keychain, no network.
    let trace = fs::read_to_string(env.path("home/trace")).unwrap();
    let calls: Vec<&str> = trace.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim())).collect();
    let first = calls.iter().position(|call| call.starts_with("write(") && call.contains("Profile: ")).unwrap();
    assert!(first < 400, "{first} system calls before the first screen");
    assert!(!calls[..first].iter().any(|call| call.starts_with("connect(") || call.starts_with("clone")), "{calls:#?}");
    let listed = calls[..first].iter().filter(|call| call.starts_with("getdents64(")).count();
    assert!(listed <= 4, "the cache and the state, each once: {listed}");
    assert_eq!(sandbox.log().last().map(String::as_str), Some("sts:GetSessionToken ok"));
}

#[test]
fn one_profile_has_a_short_form_and_none_an_explanation() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox);
    let mut pty = env.pty(&[]);
    pty.expect("there are no profiles yet");
    pty.expect("/home/.aws/config nor ");
    pty.expect("awsx add PROFILE");
    assert_eq!(pty.wait().0, 3);

    let env = env.config("[profile my prod]\nmfa_serial =\n").stored(&sandbox, "my prod", "dave");
    let mut pty = env.pty(&[]);
    let said = pty.expect("Open a shell with it? [Y/n] ");
    assert!(said.contains("my prod  keys  111122223333  keychain  -  -"), "{said}");
    assert!(said.contains("awsx exec 'my prod' -- CMD"), "{said}");
    pty.send_line("n");
    assert_eq!(pty.wait().0, 0);

    // Not on a terminal: help.
    let run: Run = env.awsx(&[]);
    assert!(run.fails(2).contains("Usage: awsx"), "{run:?}");
}

#[test]
fn whoever_names_none_is_told_why_they_pick() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let mut pty = env.pty(&["explain"]);
    pty.expect("no profile is named, and there is no default");
    pty.send("bill");
    pty.expect("> billing");
    pty.send("\r");
    pty.expect("no profile is named");
    pty.wait();
    env.write("home/.aws/config", format!("[default]\nregion = x\n{CONFIG}"));
    let mut pty = env.pty(&["explain"]);
    pty.expect("no profile is named, and default has nothing to start from");
    pty.send("\x1b");
    assert_eq!(pty.wait().0, 5);
}
