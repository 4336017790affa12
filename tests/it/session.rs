//! Sessions through the whole of awsx, against the sandbox: codes typed, used up and refused; a cache that is tampered
//! with, full, or not ours.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Pty, Run, Sandbox, TestEnv, wait_for};

const CONFIG: &str = "[profile prod]\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n";
const PROMPT: &str = "MFA code for prod (arn:aws:iam::111122223333:mfa/alice): ";
const SHOW: [&str; 5] = ["prod", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"];

fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).stored(sandbox, "prod", "alice");
    sandbox.forget_calls();
    env
}

fn exec(env: &TestEnv, options: &[&str]) -> Run {
    env.awsx(&[&["exec"], options, &SHOW].concat())
}

/// The session files in the runtime folder.
fn sessions(env: &TestEnv) -> Vec<std::path::PathBuf> {
    let Ok(files) = fs::read_dir(env.path("run/awsx")) else { return Vec::new() };
    let is_session = |path: &std::path::PathBuf| {
        path.file_name().unwrap().to_str().unwrap().bytes().all(|b| b.is_ascii_alphanumeric())
    };
    files.map(|file| file.unwrap().path()).filter(is_session).collect()
}

#[test]
fn a_code_is_typed_on_the_terminal_while_the_pipe_stays_the_command_s() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let mut command = env.command("awsx");
    command.args(["exec", "prod", "--", "cat"]);
    command.stdin(fs::File::open(env.write("input", "piped text")).unwrap());
    let code = sandbox.code("alice");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut pty = Pty::spawn_with(command, [false, true, true]);
    pty.expect(PROMPT);
    pty.send_line("12345");
    pty.expect("six digits");
    pty.expect(PROMPT);
    pty.send_line(wrong);
    pty.expect("refused that code; try again");
    pty.expect(PROMPT);
    pty.send_line(&format!("{} {}", &code[..3], &code[3..]));
    pty.expect("piped text");
    assert_eq!(pty.wait().0, 0);
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);
    exec(&env, &[]).ok();
}

#[test]
fn a_used_code_is_never_sent_again_also_after_clear() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let code = sandbox.code("alice");
    exec(&env, &["--code", &code]).ok();
    assert!(env.awsx(&["clear", "prod"]).stderr.contains("forgot one cached session of prod"));
    sandbox.forget_calls();
    let error = exec(&env, &["--code", &code]);
    assert!(error.fails(125).contains("used already"), "{error:?}");
    assert_eq!(sandbox.log(), Vec::<String>::new());

    // A person is told how long to wait, and asked again.
    let mut pty = env.pty(&["exec", "prod", "--", "true"]);
    pty.expect(PROMPT);
    pty.send_line(&code);
    pty.expect("used already; the next one comes in");
    pty.expect(PROMPT);
    pty.send("\x03");
    assert_eq!(pty.wait().0, 130);
    assert_eq!(sandbox.log(), Vec::<String>::new());
}

#[test]
fn nobody_to_ask_fails_at_once() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let error = exec(&env, &[]);
    for part in ["prod needs an MFA code", "mfa/alice", "--code", "AWSX_MFA_CODE"] {
        assert!(error.fails(125).contains(part), "{part} in {error:?}");
    }
    let (status, text) = env.pty(&["--no-input", "exec", "prod", "--", "true"]).wait();
    assert!(status == 125 && text.contains("--no-input was given") && !text.contains(PROMPT), "{text}");
    assert_eq!(env.awsx(&["whoami", "prod"]).status, 5);
    assert_eq!(sandbox.done("sts:GetSessionToken"), 0);
}

#[test]
fn a_prompt_that_is_not_answered_ends_its_line() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let mut pty = env.pty(&["exec", "prod", "--", "true"]);
    pty.expect(PROMPT);
    pty.send("\x04");
    pty.expect("\r\n\u{1b}[1;31mawsx:\u{1b}[0m no answer");
    assert_eq!(pty.wait().0, 125);
    // In the background of a terminal nobody is asked, and that is what is said.
    let tmux = env.tmux("exec bash --norc");
    tmux.send_line("awsx exec prod -- true &");
    tmux.expect("awsx runs in the background of its terminal");
}

#[test]
fn two_terminals_wait_for_each_other() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let mut first = env.pty(&["exec", "prod", "--", "true"]);
    first.expect(PROMPT);
    let mut second = env.pty(&["exec", "prod", "--", "echo", "done"]);
    second.expect("waiting for another awsx");
    first.send_line(&sandbox.code("alice"));
    assert_eq!(first.wait().0, 0);
    second.expect("done");
    let (status, text) = second.wait();
    assert!(status == 0 && !text.contains(PROMPT), "{text}");
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);

    // Whoever gives up leaves the way free for the next.
    env.awsx(&["clear"]).ok();
    let mut first = env.pty(&["exec", "prod", "--", "true"]);
    first.expect(PROMPT);
    let mut second = env.pty(&["exec", "prod", "--", "true"]);
    second.expect("waiting for another awsx");
    first.send("\x03");
    assert_eq!(first.wait().0, 130);
    second.expect(PROMPT);
    second.send("\x04");
    assert_eq!(second.wait().0, 125);
}

#[test]
fn a_tampered_session_is_asked_for_anew() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let first = exec(&env, &["--code", &sandbox.code("alice")]).ok().to_owned();
    let [file] = sessions(&env).try_into().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut content = fs::read(&file).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&file, content).unwrap();
    exec(&env, &[]).fails(125);
    assert_eq!(sessions(&env), [""; 0].map(std::path::PathBuf::from));
    let second = exec(&env, &["--code", &sandbox.code("alice")]);
    assert_ne!(second.ok(), first);
    assert_eq!(exec(&env, &[]).ok(), second.stdout);
}

#[test]
fn a_cache_that_cannot_be_used_is_a_warning() {
    let sandbox = Sandbox::start();
    let harms: [fn(&TestEnv); 3] = [
        |env| symlink(env.path("tmp"), env.path("run/awsx")).unwrap(),
        |env| {
            fs::create_dir(env.path("run/awsx")).unwrap();
            fs::set_permissions(env.path("run/awsx"), fs::Permissions::from_mode(0o755)).unwrap();
        },
        |env| drop(env.write("run/awsx", "a file")),
    ];
    for (n, harm) in harms.iter().enumerate() {
        let env = env(&sandbox);
        harm(&env);
        let run = exec(&env, &["--code", &sandbox.code("alice")]);
        assert!(run.ok().starts_with("ASIA"));
        assert_eq!(run.stderr.matches("warning").count(), 1, "harm {n}: {run:?}");
        assert_eq!(fs::read_dir(env.path("tmp")).unwrap().count(), 0, "harm {n} was followed");
    }
}

#[test]
fn a_full_disk_is_a_warning_and_harms_no_other_session() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    // A limit on the size of files, as no test can fill a disk wherever it runs.
    let script = "\
awsx exec --code $1 prod -- true || exit 1
(trap '' XFSZ; ulimit -f 0; awsx exec --code $2 --duration 20m prod -- sh -c 'echo $AWS_ACCESS_KEY_ID') || exit 2
awsx --no-input exec prod -- true || exit 3
";
    let first = sandbox.code("alice");
    // The next code, for a server that is half a minute ahead of the first.
    sandbox.advance(30);
    let second = sandbox.code("alice");
    let mut command = env.command("bash");
    command.args(["-c", script, "bash", &first, &second]);
    let run = Run::of(command, "");
    assert!(run.ok().starts_with("ASIA"), "{run:?}");
    assert!(run.stderr.contains("warning") && run.stderr.contains("File too large"), "{run:?}");
}

#[test]
fn a_code_that_comes_by_itself_is_waited_for_and_ctrl_c_ends_the_wait() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    env.write("home/.aws/config", format!("{CONFIG}mfa_process = cat ~/code\n"));
    env.write("home/code", sandbox.code("alice"));
    exec(&env, &[]).ok();
    env.awsx(&["clear"]).ok();
    let mut pty = env.pty(&["exec", "prod", "--", "true"]);
    pty.expect("that MFA code has been used; the next one comes in");
    pty.send("\x03");
    assert_eq!(pty.wait().0, 130);
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);
    wait_for("the lock to be free", || {
        let run = exec(&env, &["--code", &sandbox.code("alice")]);
        (run.status == 0).then_some(())
    });
}

#[test]
fn whoever_names_no_profile_picks_one() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    exec(&env, &["--code", &sandbox.code("alice")]).ok();
    env.write(
        "home/.aws/config",
        format!("{CONFIG}[profile ops]\nrole_arn = arn:aws:iam::444455556666:role/ops\nsource_profile = prod\n"),
    );
    let mut pty = env.pty(&["whoami"]);
    // The latest first.
    pty.expect("> prod     1");
    pty.expect("  111122223333  keys");
    pty.expect("ops      -       444455556666  role ops");
    pty.send_line("prod");
    pty.expect("engineering/alice");
    assert_eq!(pty.wait().0, 0);
}

/// Command lines that get credentials or a code of `prod`, one for each verb that does.
const WAYS: [&[&str]; 10] = [
    &["exec", "prod", "--", "true"],
    &["shell", "prod"],
    &["use", "prod", "--shell", "bash"],
    &["refresh", "prod", "--shell", "bash"],
    &["aws", "--profile", "prod", "s3", "ls"],
    &["whoami", "prod"],
    &["mfa", "status", "prod"],
    &["mfa", "code", "prod"],
    &["mfa", "resync", "prod"],
    &["provision-mfa", "prod", "--store-seed", "--no-qr"],
];

#[test]
fn awsx_confirm_stands_before_every_verb() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    env.write("home/.aws/config", CONFIG.replace("[profile prod]", "[profile prod]\nawsx_confirm = yes"));
    for way in WAYS {
        let run = env.awsx(way);
        assert!(run.status == 5 || run.status == 125, "{way:?}: {run:?}");
        assert!(run.stderr.contains("Use prod?") && run.stderr.contains("-y"), "{way:?}: {run:?}");
    }
    assert_eq!(sandbox.log(), Vec::<String>::new());
    assert!(env.awsx(&["explain", "prod"]).ok().contains("guard: awsx_confirm: refuse: nobody can be asked"));

    // One question, then the code; in the session that comes of it there is none.
    let mut pty = env.pty(&["exec", "prod", "--", "sh", "-c", "awsx whoami prod && awsx mfa status prod"]);
    pty.expect("Use prod? [y/N] ");
    pty.send_line("y");
    pty.expect(PROMPT);
    pty.send_line(&sandbox.code("alice"));
    let (status, text) = pty.wait();
    assert!(status == 0 && text.contains("engineering/alice") && text.contains("virtual"), "{text}");
    assert_eq!(text.matches("Use prod?").count(), 1, "{text}");
    env.awsx(&["-y", "whoami", "prod"]).ok();
}

#[test]
fn a_guard_that_cannot_be_read_is_an_error_with_file_and_line() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    for line in ["awsx_confirm = y", "awsx_confirm =", "awsx_account_id = 1111", "awsx_color = reddish"] {
        env.write("home/.aws/config", CONFIG.replace("[profile prod]", &format!("[profile prod]\n{line}")));
        for way in WAYS.iter().copied().chain([&["explain", "prod"][..]]) {
            let run = env.awsx(&[&["-y"], way].concat());
            assert!(run.status == 3 || run.status == 125, "{way:?}: {run:?}");
            let key = line.split(' ').next().unwrap();
            assert!(run.stderr.contains(&format!("config:2: {key} of prod")), "{way:?}: {run:?}");
        }
    }
    assert_eq!(sandbox.log(), Vec::<String>::new());
}

#[test]
fn explain_shows_what_the_guards_would_say() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let explain = |lines: &str| {
        env.write("home/.aws/config", CONFIG.replace("[profile prod]", &format!("[profile prod]\n{lines}")));
        let run = env.awsx(&["explain", "prod", "--json"]);
        serde_json::from_str::<serde_json::Value>(run.ok()).unwrap()["guards"].clone()
    };
    assert_eq!(explain(""), serde_json::json!([]));
    let guards = explain("awsx_confirm = on\nawsx_account_id = 999999999999");
    assert_eq!((&guards[0]["key"], &guards[0]["verdict"]), (&"awsx_confirm".into(), &"refuse".into()), "{guards}");
    assert_eq!((&guards[1]["key"], &guards[1]["verdict"]), (&"awsx_account_id".into(), &"refuse".into()), "{guards}");
    assert!(guards[1]["why"].as_str().unwrap().contains("it leads to 111122223333, not to 999999999999"), "{guards}");
    assert_eq!(explain("awsx_account_id = 111122223333")[0]["verdict"], "pass");
}

#[test]
fn whoever_waits_for_a_stopped_awsx_may_go_on_alone() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let mut first = env.pty(&["exec", "prod", "--", "true"]);
    first.expect(PROMPT);
    first.signal(nix::sys::signal::Signal::SIGSTOP);
    let mut second = env.pty(&["exec", "prod", "--", "echo", "done"]);
    second.expect("waiting for another awsx");
    second.expect("which is stopped) has been getting this session for 30s. Go on without waiting for it? [y/N] ");
    second.send_line("y");
    // The device is the stopped one's too, and nothing is asked about that.
    second.expect(PROMPT);
    second.send_line(&sandbox.code("alice"));
    second.expect("done");
    assert_eq!(second.wait().0, 0);
    first.signal(nix::sys::signal::Signal::SIGKILL);
}

#[test]
fn what_aws_would_refuse_is_said_before_a_code_is_asked_for() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let role = "[profile ops]\nrole_arn = arn:aws:iam::444455556666:role/ops\nsource_profile = prod\n";
    for (line, says) in [
        ("mfa_serial = arn:aws:iam::111122223333:u2f/user/alice/key", "security key"),
        ("role_session_name = first last", "letters, digits"),
        ("external_id = a", "letters, digits"),
        ("region = \"us-east-1\"", "leave them out"),
        ("duration_seconds = 1h # long", "duration_seconds of ops"),
    ] {
        env.write("home/.aws/config", format!("{CONFIG}{role}{line}\n"));
        let (status, text) = env.pty(&["exec", "ops", "--", "true"]).wait();
        assert!(status == 125 && text.contains("config:6") && text.contains(says), "{line}: {text}");
        assert!(!text.contains("MFA code for"), "{line}: {text}");
    }
    assert_eq!(sandbox.log(), Vec::<String>::new());
}
