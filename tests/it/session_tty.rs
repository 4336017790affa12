//! Questions on a real terminal and in real dialogs. Each test is also the program that it runs there: started again with
//! a variable set, it asks and prints what it got.

use std::process::{Command, Stdio};

use awsx::adapters::tty::Tty;
use awsx::base::env::Env;
use awsx::cli::Global;
use awsx::ports::{Choices, Prompter};
use nix::sys::signal::Signal;

use crate::support::{Background, Pty, Run, TestEnv, wait_for};

const PART: &str = "AWSX_TEST_PART";

/// Whether this process is the one that asks; then it has asked, printed and ended.
fn asks(act: impl FnOnce(&Tty) -> String) {
    if std::env::var_os(PART).is_some() {
        let env: Env = std::env::vars_os().collect();
        let said = act(&Tty::new(&env, &Global::default()));
        println!("\n<{said}>");
        std::process::exit(0);
    }
}

/// This very test, as a program.
fn program(env: &TestEnv, test: &str) -> Command {
    let mut command = env.command(std::env::current_exe().unwrap());
    command.args([&format!("session_tty::{test}"), "--exact", "--nocapture"]).env(PART, "1");
    command
}

#[test]
fn stdin_is_left_alone() {
    asks(|tty| {
        let (code, secret) = (tty.line("MFA code: ").unwrap(), tty.hidden("Secret: ").unwrap());
        let rest = std::io::read_to_string(std::io::stdin()).unwrap();
        format!("{code} {} {rest}", secret.expose())
    });
    let env = TestEnv::new();
    let mut command = program(&env, "stdin_is_left_alone");
    let input = env.write("input", "piped");
    command.stdin(std::fs::File::open(input).unwrap());
    let mut pty = Pty::spawn_with(command, [false, true, true]);
    pty.expect("MFA code: ");
    pty.send_line("123456");
    pty.expect("Secret: ");
    wait_for("the echo to go", || (!pty.echoes()).then_some(()));
    pty.send_line("hush");
    pty.expect("<123456 hush piped>");
    let (status, text) = pty.wait();
    assert_eq!(status, 0);
    assert_eq!(text.matches("hush").count(), 1, "the secret was shown: {text}");
}

#[test]
fn whatever_ends_a_hidden_question_gives_the_echo_back() {
    asks(|tty| format!("{:?}", tty.hidden("Secret: ").map(|_| ()).map_err(|e| e.kind)));
    let env = TestEnv::new();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        let mut pty = Pty::spawn(program(&env, "whatever_ends_a_hidden_question_gives_the_echo_back"));
        pty.expect("Secret: ");
        wait_for("the echo to go", || (!pty.echoes()).then_some(()));
        match signal {
            // As the terminal sends it.
            Signal::SIGINT => pty.send("\x03"),
            signal => pty.signal(signal),
        }
        wait_for("the echo to come back", || pty.echoes().then_some(()));
        let (status, _) = pty.wait();
        assert_eq!(status, 128 + signal as i32);
    }

    let mut pty = Pty::spawn(program(&env, "whatever_ends_a_hidden_question_gives_the_echo_back"));
    pty.expect("Secret: ");
    wait_for("the echo to go", || (!pty.echoes()).then_some(()));
    pty.send("\x04");
    pty.expect("<Err(Input)>");
    assert_eq!(pty.wait().0, 0);
}

#[test]
fn a_hidden_question_survives_being_stopped() {
    asks(|tty| tty.hidden("Secret: ").unwrap().expose().to_owned());
    let env = TestEnv::new();
    // A shell with job control takes the terminal back and gives it again, as in real life.
    let program = program(&env, "a_hidden_question_survives_being_stopped");
    let mut shell = env.command("/bin/bash");
    shell.args(["--norc", "--noprofile", "-i"]).env(PART, "1").env("PS1", "sh> ");
    let mut pty = Pty::spawn(shell);
    pty.expect("sh> ");
    let arguments: Vec<_> = program.get_args().map(|a| a.to_str().unwrap()).collect();
    pty.send_line(&format!("{} {}", program.get_program().to_str().unwrap(), arguments.join(" ")));
    pty.expect("Secret: ");
    wait_for("the echo to go", || (!pty.echoes()).then_some(()));
    pty.send("\x1a");
    pty.expect("Stopped");
    pty.expect("sh> ");
    pty.send_line("echo back-$((40+2))");
    pty.expect("back-42");
    pty.expect("sh> ");
    pty.send_line("fg");
    pty.expect("Secret: ");
    wait_for("the echo to go", || (!pty.echoes()).then_some(()));
    pty.send_line("hush");
    pty.expect("<hush>");
}

#[test]
fn in_the_background_it_fails_instead_of_stopping() {
    asks(|tty| format!("{} {}", tty.can_ask(), tty.line("Code: ").unwrap_err()).replace('\n', ""));
    let env = TestEnv::new();
    let mut command = env.command("/bin/bash");
    let program = program(&env, "in_the_background_it_fails_instead_of_stopping");
    let line = [&[program.get_program()], program.get_args().collect::<Vec<_>>().as_slice()].concat();
    let line = line.join(std::ffi::OsStr::new(" "));
    command.env(PART, "1").args(["-mc", &format!("{} & wait", line.to_str().unwrap())]);
    let (status, text) = Pty::spawn(command).wait();
    assert_eq!(status, 0, "{text}");
    assert!(
        text.contains("<false can't ask for: Code") && text.contains("background") && text.contains("fg"),
        "{text}"
    );
}

#[test]
fn neither_terminal_nor_desktop() {
    asks(|tty| format!("{} {}", tty.can_ask(), tty.line("Code: ").unwrap_err()).replace('\n', ""));
    let env = TestEnv::new();
    let run = Run::of(program(&env, "neither_terminal_nor_desktop"), "123456\n");
    assert!(run.ok().contains("<false can't ask for: Code") && run.stdout.contains("neither a terminal"), "{run:?}");
}

#[test]
fn one_of_many_is_found_by_typing() {
    asks(|tty| {
        let items: Vec<String> = (0..500).map(|n| format!("profile-{n}")).collect();
        format!("{:?}", tty.choose("Which one", &items).map_err(|e| e.kind))
    });
    let env = TestEnv::new();
    let start = || {
        let mut pty = Pty::spawn(program(&env, "one_of_many_is_found_by_typing"));
        pty.expect("Which one");
        pty.expect("profile-0");
        pty
    };
    let mut pty = start();
    pty.send("file-317");
    pty.expect("1 of 500");
    pty.send("\r");
    pty.expect("<Ok(317)>");
    assert_eq!(pty.wait().0, 0);

    let mut pty = start();
    pty.send("\x1b");
    pty.expect("<Err(Input)>");
    assert_eq!(pty.wait().0, 0);

    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut pty = start();
        wait_for("keys to be read", || (!pty.echoes()).then_some(()));
        match signal {
            Signal::SIGINT => pty.send("\x03"),
            signal => pty.signal(signal),
        }
        wait_for("the echo to come back", || pty.echoes().then_some(()));
        assert_eq!(pty.wait().0, 128 + signal as i32);
    }
}

#[test]
fn what_a_picker_shows_and_leaves_behind() {
    asks(|tty| {
        let row = |name: &str, n: usize| vec![name.to_owned(), format!("{n:012}"), "arn:aws:iam::x".repeat(5)];
        let mut rows: Vec<Vec<String>> = (0..60).map(|n| row(&format!("team-{n}"), n)).collect();
        rows.push(row("日本-prod", 7));
        rows.push(row("\x1b[2Jname", 8));
        format!(
            "{:?}",
            tty.pick("Profile", Choices { head: &["PROFILE", "ACCOUNT", "ARN"], rows: &rows }).map_err(|e| e.kind)
        )
    });
    let env = TestEnv::new().var(PART, "1");
    let program = program(&env, "what_a_picker_shows_and_leaves_behind");
    let arguments: Vec<_> = program.get_args().map(|a| a.to_str().unwrap()).collect();
    let line = format!("{} {}", program.get_program().to_str().unwrap(), arguments.join(" "));
    env.write("home/.bashrc", format!("PS1='sh> '; ask() {{ {line}; }}\n"));
    let screen = env.tmux_sized("exec bash", 60, 20);
    screen.expect("sh>");
    screen.send_line("ask");
    screen.expect("62 of 62");
    // What is shown first may not know the widths of the rows below.
    let shown = screen.expect("  PROFILE    ACCOUNT       ARN");
    assert!(shown.lines().all(|line| line.chars().count() < 60) && shown.contains('…'), "{shown}");
    screen.send("7");
    // A name comes before an account with a 7.
    screen.expect_that("team-7 first", |shown| shown.contains("> team-7 "));
    screen.key("C-u");
    screen.send("prod 7");
    let shown = screen.expect("1 of 62");
    assert!(shown.contains("> 日本-prod  000000000007  arn"), "{shown}");
    assert!(
        screen.screen_with_colours().contains("\x1b[7m") || screen.screen_with_colours().contains("\x1b[1"),
        "highlighted"
    );
    screen.key("C-w");
    screen.key("C-w");
    screen.send("nowhere");
    screen.expect("nothing found");
    // Ctrl-C takes the picker off the screen, and the shell goes on where it was.
    screen.key("C-c");
    let after = screen.expect_that("the prompt", |shown| shown.trim_end().ends_with("sh>"));
    assert!(
        after.contains("running 1 test") && !after.contains("nothing found") && !after.contains("ACCOUNT"),
        "{after}"
    );
    screen.send_line("clear; ask");
    screen.expect("62 of 62");
    screen.send("name");
    screen.expect("> ?[2Jname");
    screen.key("Enter");
    screen.expect("<Ok(61)>");
    screen.send_line("stty -a | tr ' ' '\\n' | grep -x -e '-*icanon;*' -e '-*echo;*'");
    let after = screen.expect("echo");
    assert!(!after.contains("-echo\n") && !after.contains("-icanon\n"), "{after}");
}

#[test]
fn yes_and_no() {
    asks(|tty| (0..5).map(|n| if tty.confirm("Sure?", n % 2 == 0).unwrap() { 'y' } else { 'n' }).collect());
    let env = TestEnv::new();
    let mut pty = Pty::spawn(program(&env, "yes_and_no"));
    for (shown, answer) in
        [("[Y/n]", ""), ("[y/N]", ""), ("[Y/n]", "No"), ("[y/N]", "maybe"), ("[y/N]", "YES"), ("[Y/n]", "y")]
    {
        pty.expect(shown);
        pty.send_line(answer);
    }
    pty.expect("<ynnyy>");
    assert_eq!(pty.wait().0, 0);
}

#[test]
fn a_countdown_stays_on_its_line() {
    asks(|tty| {
        tty.countdown("the next code comes in {} s", 2).unwrap();
        "done".into()
    });
    let env = TestEnv::new();
    let (status, text) = Pty::spawn(program(&env, "a_countdown_stays_on_its_line")).wait();
    assert_eq!(status, 0);
    let shown = [2, 1].map(|left| format!("\rthe next code comes in {left} s\x1b[K")).concat() + "\r\x1b[K";
    assert!(text.contains(&shown), "{text:?}");
    let run = Run::of(program(&env, "a_countdown_stays_on_its_line"), "");
    assert_eq!(run.stderr, "the next code comes in 2 s\n");
}

#[test]
fn a_code_may_be_typed_while_the_seconds_to_it_are_counted() {
    asks(|tty| format!("{:?}", tty.next_code("Next code: ", 3600).map_err(|e| e.kind)));
    let env = TestEnv::new();
    let start = || Pty::spawn(program(&env, "a_code_may_be_typed_while_the_seconds_to_it_are_counted"));
    let mut pty = start();
    pty.expect("The next code comes in 3600 s\r\nNext code: ");
    pty.send("123");
    // The countdown goes on above, and the cursor comes back to what is typed.
    pty.expect("\x1b7\x1b[A\rThe next code comes in 359");
    pty.expect("\x1b[K\x1b8");
    pty.send("456\r");
    pty.expect("<Ok(\"123456\")>");
    assert_eq!(pty.wait().0, 0);
    let mut pty = start();
    pty.expect("Next code: ");
    pty.send("\x04");
    pty.expect("<Err(Input)>");
    assert_eq!(pty.wait().0, 0);
    let run = Run::of(program(&env, "a_code_may_be_typed_while_the_seconds_to_it_are_counted"), "");
    assert!(run.ok().contains("<Err(Input)>"), "{run:?}");
}

#[test]
fn ctrl_d_ends_a_countdown_and_what_is_typed_is_thrown_away() {
    asks(|tty| {
        let ended = tty.countdown("the next code comes in {} s", 3600).map_err(|e| e.kind);
        format!("{ended:?} {:?}", tty.line("Name: ").map_err(|e| e.kind))
    });
    let env = TestEnv::new();
    let mut pty = Pty::spawn(program(&env, "ctrl_d_ends_a_countdown_and_what_is_typed_is_thrown_away"));
    pty.expect("comes in 3600 s");
    pty.send("123456\r\x04");
    pty.expect("Name: ");
    pty.send_line("alice");
    pty.expect("<Err(Input) Ok(\"alice\")>");
    assert_eq!(pty.wait().0, 0);
}

/// A screen of its own, where `xdotool` types.
struct Screen {
    display: String,
    /// The process whose dialog had its answer: windows get the same number again.
    answered: Option<String>,
    _server: Background,
}

impl Screen {
    fn start(env: &TestEnv) -> Screen {
        // Without -noreset it would start afresh whenever the last window goes.
        let mut server = env.command("/usr/bin/Xvfb");
        server.args(["-displayfd", "1", "-noreset", "-screen", "0", "800x600x24", "-nolisten", "tcp"]);
        let server = Background::spawn(&server);
        Screen { display: format!(":{}", server.line()), answered: None, _server: server }
    }

    fn xdotool(&self, env: &TestEnv, arguments: &[&str]) -> Option<String> {
        let mut command = env.command("/usr/bin/xdotool");
        command.args(arguments).env("DISPLAY", &self.display).stderr(Stdio::null());
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        (output.status.success() && !text.contains('\n')).then_some(text)
    }

    /// The next dialog and its process.
    fn next(&self, env: &TestEnv) -> (String, String) {
        wait_for("the dialog", || {
            let window = self.xdotool(env, &["search", "--onlyvisible", "--name", "^awsx$"])?;
            let process = self.xdotool(env, &["getwindowpid", &window])?;
            (self.answered.as_ref() != Some(&process)).then_some((window, process))
        })
    }

    /// How high and wide the next dialog is.
    fn size(&self, env: &TestEnv) -> (u32, u32) {
        let window = self.next(env).0;
        let size = || {
            let mut command = env.command("/usr/bin/xdotool");
            command.args(["getwindowgeometry", "--shell", &window]).env("DISPLAY", &self.display);
            let geometry = Run::of(command, "");
            let number =
                |name: &str| geometry.ok().lines().find_map(|line| line.strip_prefix(name)?.parse().ok()).unwrap();
            (number("HEIGHT="), number("WIDTH="))
        };
        // A window may still find its size when it appears.
        let mut before = size();
        wait_for("a window that stays as it is", || {
            let now = size();
            (std::mem::replace(&mut before, now) == now).then_some(now)
        })
    }

    /// Answers the next dialog with these keys (`<` introduces one by its name), again and again until it is gone: one that
    /// has just appeared loses some. So what is typed must come to the same when it is typed twice.
    fn answer(&mut self, env: &TestEnv, keys: &[&str]) {
        let (window, process) = self.next(env);
        let program = format!("/proc/{process}/exe");
        let gone = || std::fs::read_link(&program).is_err().then_some(());
        wait_for("the dialog to go", || {
            // There is no window manager to give it the focus.
            self.xdotool(env, &["windowfocus", &window]);
            for key in keys {
                match key.strip_prefix('<') {
                    Some(name) => self.xdotool(env, &["key", name]),
                    None => self.xdotool(env, &["type", "--delay", "20", key]),
                };
            }
            (0..100).find_map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                gone()
            })
        });
        self.answered = Some(process);
    }
}

#[test]
fn a_desktop_dialog_where_there_is_no_terminal() {
    asks(|tty| {
        let code = tty.line("MFA code for my_prod <b> & co (arn:aws:iam::123456789012:mfa/alice): ").unwrap();
        let secret = tty.hidden("Passphrase: ").unwrap();
        let sure = tty.confirm("Sure? <b>", false).unwrap();
        let one = tty.choose("Which?", &["a".into(), "--b".into()]).unwrap();
        let closed = tty.line("Code: ").unwrap_err();
        format!("{code} {} {sure} {one} {:?}", secret.expose(), closed.kind)
    });
    let env = TestEnv::new();
    let mut screen = Screen::start(&env);
    let mut command = program(&env, "a_desktop_dialog_where_there_is_no_terminal");
    command.env("DISPLAY", &screen.display);
    let asking = std::thread::spawn(move || Run::of(command, ""));
    screen.answer(&env, &["<ctrl+a", "123456", "<Return"]);
    screen.answer(&env, &["<ctrl+a", "hush", "<Return"]);
    screen.answer(&env, &["<alt+y"]);
    screen.answer(&env, &["<Down", "<End", "<Return"]);
    screen.answer(&env, &["<Escape"]);
    let run = asking.join().unwrap();
    assert!(run.ok().contains("<123456 hush true 1 Input>"), "{run:?}");
}

#[test]
fn a_dialog_shows_a_hostile_name_and_never_obeys_it() {
    // Octal for `<` and `>`, and lines, as zenity would undo them: as markup it is several times as high.
    let hostile = r"\074span font='70'\076x\074/span\076\n\n\n\n\n\n\n\n\n\n\n\n";
    asks(|tty| {
        for name in [&hostile.replace('\\', "/"), hostile] {
            let _ = tty.line(&format!("Code for {name}: "));
            let _ = tty.confirm(&format!("Sure about {name}?"), false);
            let _ = tty.choose(&format!("Which of {name}?"), &[name.to_owned(), "b".into()]);
        }
        "done".into()
    });
    let env = TestEnv::new();
    let mut screen = Screen::start(&env);
    let mut command = program(&env, "a_dialog_shows_a_hostile_name_and_never_obeys_it");
    command.env("DISPLAY", &screen.display);
    let asking = std::thread::spawn(move || Run::of(command, ""));
    let mut sizes = Vec::new();
    for _ in 0..6 {
        sizes.push(screen.size(&env));
        screen.answer(&env, &["<Escape"]);
    }
    assert!(asking.join().unwrap().ok().contains("<done>"));
    // As high as the same name without a backslash.
    let heights: Vec<u32> = sizes.iter().map(|(height, _)| *height).collect();
    assert_eq!(heights[..3], heights[3..], "{sizes:?}");
}
