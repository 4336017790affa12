//! A command beside a server: it can be suspended, and nothing that awsx waits for holds it up.

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde_json::json;

use super::{env, serve};
use crate::support::{Pty, Sandbox, TestEnv, wait_for};

/// A command whose session is due for renewal after a second or two, in which `script` runs.
fn with_a_renewal(env: &TestEnv, script: &str) -> Pty {
    let args = ["exec", "prod", "--via", "server", "-d", "15m", "--min-ttl", "899", "--", "bash", "-c", script];
    env.pty(&args)
}

#[test]
fn a_shell_that_is_suspended_gives_the_terminal_back() {
    let sandbox = Sandbox::start();
    for shell in ["bash", "zsh", "fish"] {
        let env = env(&sandbox);
        env.write("home/.zshrc", "");
        let tmux = env.tmux("PS1='outer> ' bash --norc");
        tmux.expect("outer>");
        // One of them below a script, which is stopped and continued with it.
        let line = "awsx shell prod --via server";
        let line = if shell == "zsh" { format!("sh -c '{line}; exit $?'") } else { line.to_owned() };
        tmux.send_line(&format!("SHELL=$(type -P {shell}) {line}"));
        tmux.expect("(prod)");
        // Twice: the second time it was continued before.
        for round in ["one", "two"] {
            tmux.send_line("suspend");
            tmux.expect("Stopped");
            tmux.send_line("clear; jobs; echo is-$((1 + 1))-$AWSX_PROFILE");
            let screen = tmux.expect("is-2-\n");
            assert!(screen.contains("Stopped") && !screen.contains("is-2-prod"), "{shell}: {screen}");
            tmux.send_line_anew("fg");
            tmux.expect("(prod)");
            tmux.send_line(&format!("clear; echo {round}-$AWSX_PROFILE"));
            tmux.expect(&format!("{round}-prod"));
        }
        tmux.send_line("exit 3");
        tmux.expect("outer>");
        tmux.send_line("clear; echo status-$?");
        tmux.expect("status-");
    }
}

#[test]
fn ctrl_z_stops_a_command_and_fg_continues_it() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let tmux = env.tmux("PS1='outer> ' bash --norc");
    tmux.expect("outer>");
    let script =
        "trap 'echo got-int; exit 5' INT; trap 'echo on-$((3 * 4))' CONT; echo run-$$; while :; do sleep 0.05; done";
    tmux.send_line(&format!("awsx exec prod --via server -- bash -c '{}'", script.replace('\'', r"'\''")));
    tmux.expect_that("the command", |screen| screen.lines().any(|line| line.starts_with("run-")));
    for _ in 0..3 {
        tmux.key("C-z");
        tmux.expect("Stopped");
        tmux.send_line("clear; fg; echo status-$?");
        // It says so itself: before that the shell may still have the terminal.
        tmux.expect_that("fg", |screen| screen.contains("on-12") && !screen.contains("Stopped"));
    }
    tmux.key("C-c");
    tmux.expect("got-int");
    tmux.expect("status-5");
}

#[test]
fn a_renewal_that_hangs_holds_nothing_up() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    // The end of the command, and a signal to it.
    for (script, signal) in [
        ("touch ~/up; until [ -e ~/hangs ]; do sleep 0.02; done; exit 7", None),
        ("trap 'exit 7' TERM; touch ~/up; while :; do sleep 0.02; done", Some(Signal::SIGTERM)),
    ] {
        env.awsx(&["clear", "-y"]).ok();
        let _ = std::fs::remove_file(env.path("home/up"));
        let _ = std::fs::remove_file(env.path("home/hangs"));
        let pty = with_a_renewal(&env, script);
        wait_for("the command", || env.path("home/up").exists().then_some(()));
        sandbox.forget_calls();
        sandbox.fault(&json!({"action": "sts:*", "kind": "delay", "ms": 60_000, "count": 0}));
        let hang = || sandbox.calls().iter().filter(|call| call["fault"] == "delay").count();
        wait_for("a renewal", || (hang() > 0).then_some(()));
        env.write("home/hangs", "");
        if let Some(signal) = signal {
            pty.signal(signal);
        }
        assert_eq!(pty.wait().0, 7);
        // The attempt was not even over.
        assert_eq!(hang(), 1);
        sandbox.request("DELETE", "faults", &serde_json::Value::Null);
    }
}

#[test]
fn a_question_of_a_renewal_is_taken_back_with_the_command() {
    let sandbox = Sandbox::start();
    let config = "[profile prod]\nregion = eu-central-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n";
    let env = TestEnv::new().sandbox(&sandbox).config(config).stored(&sandbox, "prod", "alice");
    let mut pty = with_a_renewal(&env, "until [ -e ~/end ]; do sleep 0.02; done; echo over; exit 6");
    pty.expect("MFA code for prod");
    pty.send_line(&sandbox.code("alice"));
    // Of the renewal, while the command runs.
    pty.expect("MFA code for prod");
    env.write("home/end", "");
    let (status, text) = pty.wait();
    assert!(status == 6 && text.contains("over"), "{text}");
}

#[test]
fn a_command_goes_on_without_its_server_and_the_token_does_not_stay() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "echo $PPID >~/awsx; until [ -e ~/end ]; do sleep 0.02; done; touch ~/done";
    let mut command = env.command("awsx");
    command.args(["exec", "prod", "--via", "server", "--", "bash", "-c", script]);
    let server = crate::support::Background::spawn(&command);
    let parent = wait_for("the command", || env.read("home/awsx").trim().parse().ok());
    let tokens = || {
        let files = std::fs::read_dir(env.path("run/awsx")).unwrap().flatten();
        files.filter(|file| file.file_name().to_string_lossy().starts_with("server-")).count()
    };
    nix::sys::signal::kill(Pid::from_raw(parent), Signal::SIGKILL).unwrap();
    wait_for("its end", || (!std::path::Path::new(&format!("/proc/{parent}/fd/0")).exists()).then_some(()));
    assert_eq!(tokens(), 1);
    // Another server removes what nobody holds, and nothing of one that runs.
    let first = serve(&env, &["prod"]);
    let second = serve(&env, &["prod"]);
    assert_eq!(tokens(), 2);
    drop((first, second));
    env.write("home/end", "");
    wait_for("the end of the command", || env.path("home/done").exists().then_some(()));
    // So does whoever writes a session.
    env.awsx(&["exec", "prod", "-d", "20m", "--", "true"]).ok();
    assert_eq!(tokens(), 0);
    drop(server);
}

#[test]
fn a_renewal_asks_by_dialog_while_a_shell_has_the_terminal() {
    let sandbox = Sandbox::start();
    let config = "[profile prod]\nregion = eu-central-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n";
    let env = TestEnv::new().sandbox(&sandbox).config(config).stored(&sandbox, "prod", "alice").var("DISPLAY", ":0");
    env.next_code(&sandbox, "alice");
    env.script("zenity", "#!/bin/sh\nexec next-code\n");
    let mut pty = env.pty(&["shell", "prod", "--via", "server", "-d", "15m", "--min-ttl", "899"]);
    pty.expect("MFA code for prod");
    pty.send_line(&sandbox.code("alice"));
    pty.expect("(prod) ");
    // The code of half a minute ago is not taken a second time.
    sandbox.advance(30);
    wait_for("a renewal", || (sandbox.done("sts:GetSessionToken") > 1).then_some(()));
    pty.send_line("echo still-$((1 + 1)); exit");
    pty.expect("still-2");
    let (status, text) = pty.wait();
    assert!(status == 0 && text.matches("MFA code for").count() == 1, "{text}");
    assert!(!env.read("home/asked").is_empty());
}
