//! Trying awsx without an account: the guided shell and the unattended demo.

use std::fs;

use nix::sys::signal::Signal;

use crate::support::{PATIENCE, Pty, Run, TestEnv};

const SANDBOX: &str = env!("CARGO_BIN_EXE_awsx-sandbox");

#[test]
fn the_demo_runs_through() {
    let env = TestEnv::new();
    let mut demo = env.command(SANDBOX);
    demo.arg("demo");
    // Each step may be slow on a busy machine.
    let run = Run::within(3 * PATIENCE, demo, "");
    assert!(run.ok().contains("NOT AWS"), "{run:#?}");
    assert!(run.stdout.lines().filter(|line| line.starts_with("✓ ")).count() > 10, "{run:#?}");
    assert!(!run.stdout.contains('✗'), "{run:#?}");
    assert_eq!(fs::read_dir(env.path("tmp")).expect("ours").count(), 0, "it leaves nothing behind");
}

#[test]
fn the_guided_shell_is_a_place_of_its_own() {
    for shell in ["bash", "zsh", "fish"] {
        // What somebody may have around: it must not get in.
        let env = TestEnv::new()
            .var("SHELL", format!("/usr/bin/{shell}"))
            .var("AWS_PROFILE", "work")
            .var("AWS_ACCESS_KEY_ID", "AKIAREAL")
            .var("AWSX_PROFILE", "work");
        let mut pty = Pty::spawn(env.command(SANDBOX));
        let tour = pty.expect("Passphrase of the keychain");
        for what in ["NOT AWS", "awsx add prod --csv keys/alice.csv", "awsx provision-mfa new", "/bin/phone alice"] {
            assert!(tour.contains(what), "{shell}: {tour}");
        }
        // Through a file: a line editor decorates what it echoes.
        pty.send_line("env >environment; pwd >where; phone alice >code; awsx --version >version; cp -r . $XDG_RUNTIME_DIR/../../kept; exit 3");
        let (status, text) = pty.wait();
        assert_eq!(status, 3, "{shell}: {text}");
        let kept = |name: &str| env.read(&format!("tmp/kept/{name}"));
        let environment = kept("environment");
        for gone in ["AWS_PROFILE=", "AWS_ACCESS_KEY_ID=", "AWSX_PROFILE="] {
            assert!(!environment.lines().any(|line| line.starts_with(gone)), "{shell}: {environment}");
        }
        for there in ["AWS_ENDPOINT_URL=http://127.0.0.1:", "AWSX_BACKEND=file"] {
            assert!(environment.lines().any(|line| line.starts_with(there)), "{shell}: {environment}");
        }
        assert!(kept("where").contains("/awsx-sandbox-"), "{shell}: {}", kept("where"));
        assert!(kept("version").starts_with("awsx "), "{shell}: {}", kept("version"));
        let code = kept("code");
        assert!(code.trim().len() == 6 && code.trim().bytes().all(|b| b.is_ascii_digit()), "{shell}: {code}");
        let left: Vec<_> = fs::read_dir(env.path("tmp")).expect("ours").flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, ["kept"], "{shell}");
    }
}

#[test]
fn the_tour_fits_the_screen_and_ticks_off_what_was_done() {
    for shell in ["bash", "zsh", "fish"] {
        let env = TestEnv::new().var("SHELL", format!("/usr/bin/{shell}"));
        let tmux = env.tmux(SANDBOX);
        // The first line is still there when the prompt is, and the prompt says where one is.
        let screen = tmux.expect("sandbox ~");
        assert!(screen.starts_with("This is NOT AWS"), "{shell}: {screen}");
        assert!(!screen.contains('✓'), "{shell}: {screen}");
        let phone = screen.lines().find(|line| line.ends_with("/bin/phone alice")).expect("a command").trim();
        let prompt = |start: &str| {
            let is_it = |line: &str| line.starts_with(start) && line.contains("sandbox ~");
            tmux.expect_that("that prompt", |screen| screen.trim_end().lines().last().is_some_and(is_it))
        };

        tmux.send_line("awsx add prod --csv keys/alice.csv");
        tmux.expect("✓ awsx add prod");
        tmux.send_line("awsx exec prod -- aws s3 ls");
        tmux.expect("MFA code");
        let code = Run::of(elsewhere(&env, phone), "");
        tmux.send_line(code.ok().trim());
        tmux.expect("✓ awsx exec prod");
        prompt("sandbox");
        tmux.send_line("clear");
        tmux.expect_that("an empty screen", |screen| !screen.contains('✓'));
        // Nothing new, so nothing is shown.
        tmux.send_line("echo nothing-new");
        let screen = tmux.expect_that("a prompt", |screen| screen.lines().any(|line| line == "nothing-new"));
        assert!(!screen.contains('✓'), "{shell}: {screen}");

        // Two words by Tab: the verb, and a profile.
        tmux.send("awsx expl");
        tmux.key("Tab");
        tmux.expect("awsx explain");
        tmux.send("ad");
        tmux.key("Tab");
        tmux.expect("awsx explain admin");
        tmux.key("Enter");
        tmux.expect("✓ awsx explain admin");
        tmux.send_line("awsx use prod");
        prompt("(prod 1");
        tmux.send_line("awsx off");
        tmux.expect("✓ awsx use prod; awsx off");
        prompt("sandbox");
        let before = tmux.expect("  awsx shell prod");
        assert!(!before.contains("✓ awsx shell"), "{shell}: {before}");
        tmux.send_line("awsx shell prod");
        tmux.expect("✓ awsx shell prod");
        prompt("(prod 1");
        tmux.send_line("exit");
        prompt("sandbox");

        tmux.send_line("clear; tour");
        let screen = tmux.expect("Passphrase of the keychain");
        let done = |line: &&str| line.starts_with("✓ awsx ");
        assert!(screen.contains("NOT AWS"), "{shell}: {screen}");
        assert_eq!(screen.lines().filter(done).count(), 5, "{shell}: {screen}");
    }
}

/// The command of the tour for another terminal: one that knows nothing of the guided shell.
fn elsewhere(env: &TestEnv, line: &str) -> std::process::Command {
    let mut command = env.command("sh");
    command.args(["-c", line]);
    command
}

#[test]
fn a_signal_takes_the_place_away() {
    for shell in ["bash", "zsh", "fish"] {
        for (signal, status) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
            let env = TestEnv::new().var("SHELL", format!("/usr/bin/{shell}"));
            let mut pty = Pty::spawn(env.command(SANDBOX));
            pty.expect("Passphrase of the keychain");
            // Something runs in the shell, which is waiting for it.
            pty.send_line("sh -c 'echo started; exec sleep 1000'");
            pty.expect("started\r\n");
            pty.signal(signal);
            assert_eq!(pty.wait().0, status, "{shell} {signal}");
            assert_eq!(fs::read_dir(env.path("tmp")).expect("ours").count(), 0, "{shell} {signal}");
        }
    }
    let env = TestEnv::new();
    let mut demo = env.command(SANDBOX);
    demo.arg("demo");
    let mut pty = Pty::spawn(demo);
    pty.expect("✓");
    pty.signal(Signal::SIGTERM);
    let (status, text) = pty.wait();
    assert!(status == 1 && text.contains("ended by SIGTERM"), "{text}");
    assert_eq!(fs::read_dir(env.path("tmp")).expect("ours").count(), 0);
}

#[test]
fn the_commands_of_the_tour_work_as_it_says() {
    let env = TestEnv::new().var("SHELL", "/bin/bash");
    let mut pty = Pty::spawn(env.command(SANDBOX));
    pty.expect("sandbox ~ ");
    pty.send_line("awsx add prod --csv keys/alice.csv; echo \"added: $?\"");
    pty.expect("added: 0");
    pty.send_line("awsx exec prod --code $(phone alice) -- aws s3 ls; echo \"listed: $?\"");
    pty.expect("sandbox-bucket-two");
    pty.expect("listed: 0");
    pty.send_line("awsx shell prod");
    pty.expect("(prod 1");
    pty.expect("sandbox ~ ");
    pty.send_line("exit");
    pty.expect("sandbox ~ ");
    pty.send_line("awsx exec admin -- aws sts get-caller-identity");
    pty.expect(":assumed-role/admin/");
    pty.send_line("awsx explain admin; echo \"explained: $?\"");
    pty.expect("explained: 0");
    pty.send_line("awsx list; awsx whoami prod; echo \"told: $?\"");
    pty.expect("told: 0");
    pty.send_line("awsx rotate prod");
    pty.expect("[y/N]");
    pty.send_line("y");
    pty.expect("is deleted.");
    pty.expect("sandbox ~ ");
    pty.send_line("awsx remove prod");
    pty.expect("[y/N]");
    pty.send_line("y");
    pty.expect("sandbox ~ ");
    pty.send_line("awsx --no-input exec prod -- true; echo \"removed: $?\"");
    pty.expect("removed: 125");
    pty.send_line("exit");
    assert_eq!(pty.wait().0, 0);
}
