//! `awsx env --copy`: onto the real clipboards of X11 and Wayland, a terminal's, and those of macOS and Windows by programs
//! that stand in for theirs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Background, Pty, Run, Sandbox, TestEnv, wait_for};

const CONFIG: &str = "\
[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice
";

/// alice has a session of prod in the cache.
fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).stored(sandbox, "prod", "alice");
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    env
}

fn run(env: &TestEnv, line: &[&str]) -> Run {
    let mut command = env.command(line[0]);
    command.args(&line[1..]);
    Run::of(command, "")
}

/// The processes of this build of awsx that wait to clear the clipboard of this program.
fn waiting(program: &str) -> Vec<PathBuf> {
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path());
    let end = format!("\0env\0--clear-copied\0{program}\0").into_bytes();
    let own = env!("CARGO_BIN_EXE_awsx").as_bytes();
    let wait = |line: Vec<u8>| line.starts_with(own) && line.ends_with(&end);
    let ours = |path: &PathBuf| std::fs::read(path.join("cmdline")).is_ok_and(wait);
    processes.filter(ours).collect()
}

/// Ends the process that would clear the clipboard of this program.
fn end(program: &str) {
    let process = wait_for("the process that clears", || waiting(program).pop());
    let id = process.file_name().and_then(|name| name.to_str()?.parse().ok()).expect("a process");
    kill(Pid::from_raw(id), Signal::SIGKILL).expect("ours");
    wait_for("its end", || waiting(program).is_empty().then_some(()));
}

/// What is copied is there, is taken off, and stays if somebody has put something else there meanwhile.
fn assert_clipboard(env: &TestEnv, name: &str, copy: &[&str], paste: &[&str]) {
    // Of a run that has failed.
    while !waiting(name).is_empty() {
        end(name);
    }
    let secret = env.awsx(&["env", "prod", "--format", "sql"]).ok().to_owned();
    let pasted = || run(env, paste).stdout;
    let copy_for = |time: &str| env.awsx(&["env", "prod", "--format", "sql", "--copy", "--clear-after", time]);
    let copied = copy_for("3m");
    assert_eq!(copied.ok(), "", "nothing goes to standard output");
    assert!(copied.stderr.contains(&format!("({name})")) && copied.stderr.contains("3m"), "{copied:?}");
    // xsel has ended before the text is there.
    wait_for("what was copied", || (pasted() == secret).then_some(()));
    // What waits has no terminal, no secret and nothing of the environment but the way to the clipboard.
    let process = wait_for("the process that clears", || waiting(name).pop());
    // Only root may look: awsx keeps its memory to itself.
    let environ = std::fs::read_to_string(process.join("environ")).unwrap_or_default();
    assert!(!environ.contains("AWS"), "{environ:?}");
    let terminal = std::fs::read_to_string(process.join("stat")).expect("ours");
    assert_eq!(terminal.rsplit(')').next().and_then(|rest| rest.split(' ').nth(5)), Some("0"), "{terminal}");
    end(name);
    assert_eq!(pasted(), secret, "it was not time yet");
    copy_for("1s").ok();
    wait_for("its end", || waiting(name).is_empty().then_some(()));
    wait_for("an empty clipboard", || pasted().trim().is_empty().then_some(()));

    env.awsx(&["env", "prod", "--copy", "--clear-after", "1s"]).ok();
    let mut other = env.command(copy[0]);
    other.args(&copy[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut other = other.spawn().expect("starts");
    std::io::Write::write_all(&mut other.stdin.take().expect("piped"), b"mine").expect("a pipe");
    assert!(other.wait().expect("ours").success());
    wait_for("its end", || waiting(name).is_empty().then_some(()));
    wait_for("what the person has copied", || (pasted() == "mine").then_some(()));

    env.awsx(&["env", "prod", "--select", "--copy", "--clear-after", "0"]).ok();
    wait_for("what was copied", || pasted().contains("AWS_PROFILE='prod'").then_some(()));
    assert!(waiting(name).is_empty());
}

/// An X server of this test's own.
fn x11(env: &TestEnv) -> (Background, String) {
    let mut server = env.command("/usr/bin/Xvfb");
    server.args(["-displayfd", "1", "-noreset", "-screen", "0", "64x64x8", "-nolisten", "tcp"]);
    let server = Background::spawn(&server);
    let display = format!(":{}", server.line());
    (server, display)
}

#[test]
fn x11_with_xclip_and_with_xsel() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let (_server, display) = x11(&env);
    let env = env.var("DISPLAY", display);
    let lines = |program: &str| std::fs::metadata(program).is_ok();
    assert!(lines("/usr/bin/xclip") && lines("/usr/bin/xsel"));
    assert_clipboard(
        &env,
        "xclip",
        &["xclip", "-selection", "clipboard", "-in"],
        &["xclip", "-selection", "clipboard", "-out"],
    );
    // Where xclip fails, the next one is tried.
    env.script("xclip", "#!/bin/sh\nexit 1\n");
    assert_clipboard(&env, "xsel", &["xsel", "--clipboard", "--input"], &["xsel", "--clipboard", "--output"]);
}

#[test]
fn wayland() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    let folder = env.path("wayland");
    std::fs::create_dir(&folder).expect("ours");
    let settings = env.write("wayland/config", "xwayland disable\nexec sh -c 'echo $WAYLAND_DISPLAY'\n");
    let mut server = Command::new("/usr/bin/sway");
    if nix::unistd::Uid::effective().is_root() {
        // sway doesn't run as root.
        std::os::unix::fs::chown(&folder, Some(65534), Some(65534)).expect("root");
        open_for_all(&env);
        server = Command::new("/usr/bin/setpriv");
        server.args(["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/sway"]);
    }
    server.arg("-c").arg(&settings).env_clear().current_dir("/").envs([
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/"),
        ("WLR_BACKENDS", "headless"),
        ("WLR_LIBINPUT_NO_DEVICES", "1"),
        ("WLR_RENDERER", "pixman"),
    ]);
    server.env("XDG_RUNTIME_DIR", &folder);
    let server = Background::spawn(&server);
    env.set("WAYLAND_DISPLAY", folder.join(server.line()));
    assert_clipboard(&env, "wl-copy", &["wl-copy"], &["wl-paste", "--no-newline"]);
}

/// Lets another user through to the folder of the compositor.
fn open_for_all(env: &TestEnv) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(env.path(""), std::fs::Permissions::from_mode(0o711)).expect("ours");
}

/// Programs that keep the clipboard in a file.
fn stand_ins(env: &TestEnv, copy: &str, paste: &str) {
    env.script(copy, "#!/bin/sh\necho \"$0 $*\" >>~/called\nexec cat >~/clipboard\n");
    env.script(paste, "#!/bin/sh\nexec cat ~/clipboard\n");
}

#[test]
fn macos_and_windows_by_their_programs() {
    let sandbox = Sandbox::start();
    for (copy, paste, dialect) in [("pbcopy", "pbpaste", ""), ("clip.exe", "powershell.exe", "s/$/\\r/")] {
        let env = env(&sandbox);
        stand_ins(&env, copy, paste);
        let text = env.awsx(&["env", "prod"]).ok().to_owned();
        env.awsx(&["env", "prod", "--copy", "--clear-after", "3m"]).ok();
        assert_eq!(env.read("home/clipboard"), text, "{copy}");
        assert!(!env.read("home/called").contains("AWS"), "no secret is an argument");
        end(copy);
        // Windows has its own line ends.
        if !dialect.is_empty() {
            env.script(paste, &format!("#!/bin/sh\nsed '{dialect}' ~/clipboard\n"));
        }
        env.awsx(&["env", "prod", "--copy", "--clear-after", "1s"]).ok();
        wait_for("an empty clipboard", || env.read("home/clipboard").is_empty().then_some(()));
        // Somebody who came by SSH has another clipboard; here there is none.
        let env = env.var("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
        let run = env.awsx(&["env", "prod", "--copy"]);
        assert!(run.fails(1).contains("there is no clipboard to copy to"), "{run:?}");
    }
}

/// The text of the OSC 52 sequences in what a terminal has got.
fn given_to_terminal(output: &str) -> String {
    let coded = output.split("]52;c;").nth(1).expect("OSC 52").split('\x07').next().expect("its end");
    let coded: String = coded.split("\x1b\\\x1bP").collect();
    String::from_utf8(BASE64.decode(coded.as_bytes()).expect("base64")).expect("text")
}

#[test]
fn a_terminals_own_clipboard() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
    let text = env.awsx(&["env", "prod"]).ok().to_owned();
    let (status, output) = env.pty(&["env", "prod", "--copy"]).wait();
    assert_eq!((status, given_to_terminal(&output)), (0, text.clone()));
    assert!(output.contains("OSC 52") && !output.contains("export"), "{output}");
    // GNU screen's own sequences around it.
    let env = env.var("STY", "1.pts-0");
    let (_, output) = env.pty(&["env", "prod", "--copy"]).wait();
    assert!(output.contains("\x1bP\x1b]52;c;") && given_to_terminal(&output) == text, "{output:?}");
}

#[test]
fn the_terminal_around_tmux() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var("TERM", "xterm-256color");
    let text = env.awsx(&["env", "prod"]).ok().to_owned();
    let tmux = env.tmux("exec bash --norc");
    let mut client = env.command("tmux");
    client.arg("-S").arg(env.path("run/tmux")).arg("attach");
    let mut terminal = Pty::spawn(client);
    terminal.expect("bash-");
    tmux.send_line("awsx env prod --copy; echo status $?");
    tmux.expect("status 0");
    tmux.expect("(OSC 52, tmux");
    terminal.expect("]52;");
    terminal.expect("\x07");
    let sent = terminal.text();
    let coded = sent.split("]52;").nth(1).and_then(|rest| rest.split(';').nth(1)).expect("OSC 52");
    let coded = coded.split(['\x07', '\x1b']).next().expect("its end");
    assert_eq!(String::from_utf8(BASE64.decode(coded.as_bytes()).expect("base64")).expect("text"), text);
    assert_eq!(tmux.buffers(), "", "tmux keeps nothing");
}
