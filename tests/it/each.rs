//! `awsx each`: one command for many profiles.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Pty, Run, Sandbox, TestEnv, wait_for};

/// Five profiles of two users. alice needs a code, which a program gives; it leaves a line each time.
const CONFIG: &str = "\
[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice
mfa_process = next-code
awsx_tags = live

[profile prod-admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod
awsx_tags = live, admins
awsx_color = red

[profile prod-deep]
role_arn = arn:aws:iam::111122223333:role/admin
role_session_name = deep
source_profile = prod

[profile test]
region = eu-central-1
awsx_tags = spare

[profile empty]
region = eu-central-1
";

fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG);
    let env = env.stored(sandbox, "prod", "alice").stored(sandbox, "test", "bob");
    env.next_code(sandbox, "alice");
    sandbox.forget_calls();
    env
}

fn each(env: &TestEnv, options: &[&str], script: &str) -> Run {
    env.awsx(&[&["each"], options, &["--", "bash", "-c", script]].concat())
}

#[test]
fn patterns_choose_profiles() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    for (patterns, want) in [
        (&["prod*"][..], "prod prod-admin prod-deep"),
        (&["live"], "prod prod-admin"),
        (&["test", "admins"], "prod-admin test"),
        (&["111122223333"], "prod prod-admin prod-deep test"),
    ] {
        let said = env.awsx(&[&["each", "--list"], patterns].concat()).ok().to_owned();
        let mut names: Vec<&str> = said.lines().collect();
        names.sort_unstable();
        assert_eq!(names.join(" "), want, "{patterns:?}");
    }
    assert!(each(&env, &["prod", "nothing-*"], "true").fails(3).contains("no profile matches nothing-*"));
    env.awsx(&["each", "prod"]).fails(2);
    assert_eq!(sandbox.log(), Vec::<String>::new());
}

#[test]
fn a_user_gives_one_code_and_every_profile_its_own_session() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let run = each(&env, &["prod*", "test"], "echo $AWSX_PROFILE $AWS_ACCESS_KEY_ID; echo to err >&2");
    let lines: BTreeMap<&str, &str> = run.ok().lines().filter_map(|line| line.split_once(" | ")).collect();
    let names: Vec<&str> = lines.keys().map(|name| name.trim_end()).collect();
    assert_eq!(names, ["prod", "prod-admin", "prod-deep", "test"]);
    let keys: std::collections::BTreeSet<&str> = lines.values().copied().collect();
    assert_eq!(keys.len(), 4, "{lines:?}");
    for (name, said) in &lines {
        assert!(said.starts_with(&format!("{} ASIA", name.trim_end())), "{said}");
    }
    assert_eq!(run.stderr.matches(" | to err\n").count(), 4, "{}", run.stderr);
    assert_eq!(env.read("home/asked").lines().count(), 1);
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:AssumeRole")), (2, 2));
}

#[test]
fn lines_are_never_mixed() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "for n in $(seq 400); do printf '%s' $AWSX_PROFILE-$n-; printf '%0200d\\n' $n; done; printf end";
    let run = each(&env, &["prod*", "test"], script);
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for line in run.ok().lines() {
        let (name, rest) = line.split_once(" | ").expect("a name in front");
        let name = name.trim_end();
        let of = count.entry(name.into()).or_default();
        *of += 1;
        let want = if *of > 400 { "end".into() } else { format!("{name}-{of}-{of:0200}") };
        assert_eq!(rest, want);
    }
    assert_eq!(count.values().copied().collect::<Vec<_>>(), [401; 4]);
}

#[test]
fn the_worst_status_is_returned_and_all_are_told() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "case $AWSX_PROFILE in prod) exit 3;; test) kill -TERM $$;; esac";
    let run = each(&env, &["prod", "prod-admin", "test"], script);
    assert_eq!(run.status, 128 + 15, "{run:#?}");
    assert_eq!(run.stderr, "PROFILE     STATUS\nprod        3\nprod-admin  0\ntest        143\n");
    // One that gets no session stops none of the others.
    let run = each(&env, &["empty", "test"], "echo runs");
    assert_eq!(run.status, 125);
    assert_eq!(run.stdout, "test  | runs\n");
    assert!(run.stderr.contains("empty | awsx: ") && run.stderr.contains("empty | "), "{}", run.stderr);
    assert!(run.stderr.contains("\nempty    125     not started\n"), "{}", run.stderr);
    assert!(run.stderr.ends_with("\ntest     0\n"), "{}", run.stderr);
    // What is wrong is said once, with its hint.
    let run = env.awsx(&["each", "test", "prod", "--", "no-such-program"]);
    let said = run.fails(127);
    let (first, other) = if said.starts_with("test") { ("test", "prod") } else { ("prod", "test") };
    assert!(said.contains(&format!("{first} | awsx: no-such-program: command not found\n")), "{said}");
    assert!(said.contains(&format!("{other} | awsx: as with {first}\n")), "{said}");
    assert_eq!((said.matches("no-such-program").count(), said.matches("hint").count()), (1, 1), "{said}");
    assert!(said.contains("test     127     not started\n"), "{said}");
}

#[test]
fn json_tells_lines_and_ends() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let run = each(&env, &["--json", "test", "empty"], "printf 'a\\rb\\n\\033[31m'; echo e >&2; exit 4");
    assert_eq!(run.status, 125, "{run:#?}");
    let all: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |profile: &str, stream: &str| -> Vec<String> {
        let is = |v: &&Value| v["profile"] == profile && v["stream"] == stream;
        all.iter().filter(is).map(|v| v["line"].as_str().expect("text").to_owned()).collect()
    };
    assert_eq!(of("test", "stdout"), ["a\rb", "\u{1b}[31m"]);
    assert_eq!(of("test", "stderr"), ["e"]);
    let end = |profile: &str| all.iter().find(|v| v["profile"] == profile && v["stream"].is_null()).expect("an end");
    assert_eq!((&end("test")["status"], &end("test")["error"]), (&Value::from(4), &Value::Null));
    assert_eq!(end("empty")["status"], 125);
    assert!(end("empty")["error"].as_str().is_some_and(|text| text.contains("empty")));
    assert_eq!(run.stderr, "");
}

#[test]
fn no_more_than_wanted_run_at_once() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "mkdir ~/one || exit 9; sleep 0.1; rmdir ~/one; cat";
    each(&env, &["-j", "1", "prod*", "test"], script).ok();
    // With two places each waits for the other.
    let script = "touch ~/is-$AWSX_PROFILE; until [ -e ~/is-prod ] && [ -e ~/is-test ]; do sleep 0.02; done";
    each(&env, &["-j", "2", "prod", "test"], script).ok();
    env.awsx(&["each", "-j", "0", "test", "--", "true"]).fails(2);
}

#[test]
fn ctrl_c_stops_all_and_starts_no_other() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    // The sessions are there, so that nothing but the commands takes time.
    each(&env, &["prod*", "test"], "true").ok();
    let script = "trap 'echo stopped >>~/stopped; exit 7' INT; touch ~/up-$AWSX_PROFILE; while :; do sleep 0.05; done";
    let mut pty = env.pty(&["each", "-j", "2", "prod*", "test", "--", "bash", "-c", script]);
    wait_for("two commands", || {
        let up = |name: &str| env.path(format!("home/up-{name}")).exists();
        (up("prod") && up("prod-admin")).then_some(())
    });
    pty.expect("0 of 4 done, 2 running");
    pty.send("\u{3}");
    let (status, text) = pty.wait();
    assert_eq!(status, 130, "{text}");
    assert_eq!(env.read("home/stopped").lines().count(), 2, "each once");
    assert!(text.contains("prod        7") && text.contains("not started"), "{text}");
    assert!(!env.path("home/up-test").exists());
}

#[test]
fn the_third_signal_kills_what_does_not_end() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "trap 'echo no' TERM; touch ~/up; while :; do sleep 0.05; done";
    let mut command = env.command("awsx");
    command.args(["each", "-m", "test", "--", "bash", "-c", script]);
    let mut pty = Pty::spawn(command);
    wait_for("the command", || env.path("home/up").exists().then_some(()));
    for _ in 0..2 {
        pty.signal(nix::sys::signal::Signal::SIGTERM);
        pty.expect("| no");
    }
    pty.signal(nix::sys::signal::Signal::SIGTERM);
    let (status, text) = pty.wait();
    assert_eq!(status, 143, "{text}");
    assert!(text.contains("test     137"), "{text}");
}

#[test]
fn without_a_further_thread_a_profile_fails_and_the_others_run() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    each(&env, &["prod*", "test"], "true").ok();
    // So large are the stacks of its threads that there is room for four: one command has three, and the sessions one.
    let mut command = env.command("bash");
    let script = "until [ -e ~/end ]; do sleep 0.02; done; echo ran";
    let line = format!("ulimit -v 1850000; exec awsx each -m -j 4 'prod*' test -- bash -c '{script}'");
    command.args(["-c", &line]).env("RUST_MIN_STACK", "400000000").env("MALLOC_ARENA_MAX", "1");
    let mut pty = Pty::spawn(command);
    pty.expect("| awsx: the system allows no further thread");
    pty.expect("3 of 4 done, 1 running");
    env.write("home/end", "");
    let (status, text) = pty.wait();
    assert_eq!(status, 125, "{text}");
    assert_eq!(text.matches("| ran").count(), 1, "{text}");
    assert_eq!(text.matches("125     not started").count(), 3, "{text}");
}

/// The processes that have put their number into a file.
fn processes(env: &TestEnv) -> Vec<i32> {
    env.read("home/pids").split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// What a process does: `R`, `S`, `T` (stopped), `Z`; nothing if it is gone.
fn state(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[test]
fn ctrl_z_stops_all_commands_and_fg_continues_them() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    each(&env, &["prod*", "test"], "true").ok();
    let tmux = env.tmux("PS1='outer> ' bash --norc");
    tmux.expect("outer>");
    // A process of the command's own as well.
    env.script("ticks", "#!/bin/bash\necho $$ >>~/pids\nwhile :; do sleep 0.05; done\n");
    tmux.send_line("awsx each test prod -- bash -c 'echo $$ >>~/pids; ticks; exit'");
    wait_for("the commands", || (processes(&env).len() == 4).then_some(()));
    let all = |stopped: bool| {
        wait_for("them", || {
            let states: Option<Vec<char>> = processes(&env).into_iter().map(state).collect();
            states?.iter().all(|state| (*state == 'T') == stopped).then_some(())
        });
    };
    for _ in 0..2 {
        tmux.expect("2 running");
        tmux.key("C-z");
        tmux.expect("Stopped");
        all(true);
        tmux.send_line("clear; fg");
        all(false);
    }
    tmux.key("C-c");
    tmux.expect("test     130");
    tmux.send_line("echo status-$?");
    tmux.expect("status-130");
}

#[test]
fn a_question_holds_no_signal_up() {
    let sandbox = Sandbox::start();
    let config = "[profile base]\nregion = eu-central-1\n[profile prod]\nregion = eu-central-1\n\
                  mfa_serial = arn:aws:iam::111122223333:mfa/alice\n";
    let env = TestEnv::new().sandbox(&sandbox).config(config).stored(&sandbox, "prod", "alice");
    let env = env.stored(&sandbox, "base", "bob");
    let tmux = env.tmux("PS1='outer> ' bash --norc");
    tmux.expect("outer>");
    env.script("ticks", "#!/bin/bash\ntrap 'exit 7' INT\necho $$ >>~/pids\nwhile :; do sleep 0.05; done\n");
    tmux.send_line("awsx each base prod -- ticks");
    tmux.expect("MFA code for prod");
    let ticks = wait_for("the command", || processes(&env).first().copied());
    tmux.key("C-z");
    tmux.expect("Stopped");
    wait_for("it to stop", || (state(ticks) == Some('T')).then_some(()));
    tmux.send_line("clear; fg");
    wait_for("it to go on", || (state(ticks) != Some('T')).then_some(()));
    tmux.key("C-c");
    let screen = tmux.expect("base     7");
    assert!(
        screen.contains("prod     -       not started") || screen.contains("prod     125     not started"),
        "{screen}"
    );
}

#[test]
fn after_ctrl_z_a_passphrase_is_not_shown_either() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    env.unset("AWSX_FILE_PASSPHRASE");
    env.set("AWSX_FILE_REMEMBER", "0");
    let tmux = env.tmux("PS1='outer> ' sh");
    tmux.expect("outer>");
    tmux.send_line("stty -a >before; awsx each test -- true; stty -a >after");
    tmux.expect("Passphrase of ");
    tmux.key("C-z");
    wait_for("the shell", || (!env.read("home/after").is_empty()).then_some(()));
    assert_eq!(env.read("home/after"), env.read("home/before"));
    tmux.send_line_anew("fg");
    let terminal = tmux.run(&["display-message", "-p", "#{pane_tty}"]);
    let settings = || env.sh("sh", &format!("stty -a -F {}", terminal.trim())).ok().to_owned();
    wait_for("the question", || settings().contains(" -echo ").then_some(()));
    tmux.send_line("mysecret");
    let screen = tmux.expect("that is not the passphrase");
    assert!(!screen.contains("mysecret"), "{screen}");
    tmux.key("C-c");
    tmux.expect_that("the end", |screen| screen.lines().any(|line| line.starts_with("test  ")));
}

#[test]
fn a_reader_that_waits_holds_no_signal_up() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    each(&env, &["test"], "true").ok();
    let tmux = env.tmux("PS1='outer> ' bash --norc");
    tmux.expect("outer>");
    env.script("page", "#!/bin/bash\nuntil [ -e ~/read ]; do sleep 0.02; done\nexec tail -n 1\n");
    env.script(
        "lines",
        "#!/bin/bash\ntrap 'exit 7' INT\necho $PPID $$ >>~/pids\nwhile echo line; do echo >>~/lines; done\n",
    );
    tmux.send_line("awsx each test -- lines | page");
    let [awsx, lines] = wait_for("the command", || processes(&env).try_into().ok());
    // Each pipe is full: the command waits for awsx, and awsx for the page.
    let (mut length, mut same) = (0, 0);
    wait_for("no further line", || {
        let now = env.read("home/lines").len();
        same = if now > 0 && now == length { same + 1 } else { 0 };
        length = now;
        (same == 10).then_some(())
    });
    tmux.key("C-z");
    tmux.expect("Stopped");
    wait_for("it to stop", || (state(lines) == Some('T')).then_some(()));
    tmux.send_line("clear; fg");
    wait_for("it to go on", || (state(lines) != Some('T')).then_some(()));
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(awsx), nix::sys::signal::Signal::SIGINT).unwrap();
    wait_for("its end", || matches!(state(lines), None | Some('Z')).then_some(()));
    env.write("home/read", "");
    tmux.expect("test     7");
    tmux.expect("test | line");
}

#[test]
fn the_commands_end_when_awsx_is_killed() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "trap 'echo told >~/told; exit' TERM; echo $PPID $$ >~/pids; while :; do sleep 0.02; done";
    let mut command = env.command("awsx");
    command.args(["each", "test", "--", "bash", "-c", script]);
    let _awsx = crate::support::Background::spawn(&command);
    let pids = wait_for("the command", || Some(processes(&env)).filter(|pids| pids.len() == 2));
    let kill = |pid| nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
    kill(pids[0]).unwrap();
    wait_for("its end", || matches!(state(pids[1]), None | Some('Z')).then_some(()));
    assert_eq!(env.read("home/told"), "told\n");
}

#[test]
fn a_command_that_asks_fails_at_once() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let script = "if read -r line </dev/tty; then echo got; else echo nobody; fi";
    let (status, text) = env.pty(&["each", "-m", "test", "--", "bash", "-c", script]).wait();
    assert!(status == 0 && text.contains("test | nobody"), "{text}");
}

#[test]
fn what_a_command_leaves_behind_is_not_waited_for() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    // One is silent, the other never stops to print.
    let script =
        "echo begun; case $AWSX_PROFILE in test) sleep 1000 & ;; *) yes & ;; esac; echo $! >>~/left; echo ended";
    let run = each(&env, &["test", "prod"], script);
    for pid in env.read("home/left").split_whitespace() {
        let _ =
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid.parse().unwrap()), nix::sys::signal::Signal::SIGKILL);
    }
    let said = |line: &str| run.ok().lines().filter(|said| said.ends_with(line)).count();
    assert_eq!((said("| begun"), said("| ended")), (2, 2));
}

#[test]
fn a_session_that_hangs_holds_no_command_up() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    each(&env, &["prod"], "true").ok();
    sandbox.forget_calls();
    sandbox.fault(&serde_json::json!({"action": "sts:AssumeRole", "kind": "delay", "ms": 60_000, "count": 0}));
    let script = "trap 'exit 7' INT; for n in 1 2 3; do echo line-$n; done; while :; do sleep 0.05; done";
    let mut pty = env.pty(&["each", "-m", "-j", "2", "prod", "prod-admin", "--", "bash", "-c", script]);
    pty.expect("| line-3");
    wait_for("the call", || (!sandbox.calls().is_empty()).then_some(()));
    pty.send("\u{3}");
    let (status, text) = pty.wait();
    assert_eq!(status, 130, "{text}");
    assert!(text.contains("prod        7") && text.contains("prod-admin  -"), "{text}");
    // The attempt was not even over.
    assert_eq!(sandbox.calls().len(), 1);
}
