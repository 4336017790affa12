//! The `file` backend as a process: crashes, full disks, several at once, with and without something to remember its key.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::keychain::forget;
use crate::support::{Pty, Run, Sandbox, TestEnv};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const OTHER: &str = "AKIAI44QH8DHBEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const FILE: &str = "home/.local/share/awsx/keys.sealed";

/// A home whose file has the keys of `prod`; what the kernel keyring remembers of it goes with it.
struct Home(TestEnv);

impl Home {
    fn new() -> Home {
        let env = TestEnv::new();
        Run::of(add(&env, "prod", ID), &input(ID)).ok();
        Home(env)
    }

    fn file(&self) -> Vec<u8> {
        fs::read(self.0.path(FILE)).expect("the file")
    }

    /// The key of `prod`, as the question about its removal names it.
    fn key(&self) -> String {
        let mut person = self.0.pty(&["remove", "prod"]);
        let question = person.expect("of prod from the keychain");
        person.send_line("n");
        person.wait();
        [ID, OTHER].into_iter().filter(|id| question.contains(id)).collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        forget(&self.0);
    }
}

fn input(id: &str) -> String {
    format!("{id}\n{SECRET}\n")
}

fn add(env: &TestEnv, profile: &str, _id: &str) -> Command {
    let mut command = env.command("awsx");
    command.args(["add", profile, "--stdin", "--no-verify", "-y"]);
    command
}

/// The same with faults or in other circumstances: `prefix` is put in front of the command.
fn add_under(env: &TestEnv, prefix: &[&str]) -> Command {
    let (program, rest) = prefix.split_first().expect("a program");
    let mut command = env.command(program);
    command.args(rest).args(["awsx", "add", "prod", "--stdin", "--no-verify", "-y"]);
    command
}

#[test]
fn nothing_is_in_clear_or_open_to_others() {
    let home = Home::new();
    let file = home.0.path(FILE);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    let found = home.0.sh("bash", &format!("grep -rl -e {SECRET} -e staple . ../run ../tmp"));
    assert_eq!((found.status, found.stdout.as_str()), (1, ""), "{found:?}");
    assert!(!String::from_utf8_lossy(&home.file()).contains("prod"));
}

#[test]
fn killed_at_any_point_it_is_the_old_file_or_the_new_one() {
    let home = Home::new();
    let (mut held, mut bytes, mut killed) = (ID, home.file(), 0);
    for call in ["flock", "linkat", "write", "fsync", "rename", "renameat", "add_key", "keyctl"] {
        for nth in 1..=40 {
            let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
            let id = if held == ID { OTHER } else { ID };
            let strace = ["strace", "-qq", "-f", "-o", "/dev/null", "-e", &inject];
            let run = Run::of(add_under(&home.0, &strace), &input(id));
            if home.file() != bytes {
                assert_eq!(home.key(), id, "{call} {nth}");
                (held, bytes) = (id, home.file());
            }
            if run.status == 0 {
                assert_eq!(held, id, "{call} {nth}: {run:?}");
                break;
            }
            assert_eq!(run.status, 128 + 9, "{call} {nth}: {run:?}");
            killed += 1;
        }
    }
    assert!(killed > 10, "{killed}");
    // What the dead left behind is in nobody's way.
    Run::of(add(&home.0, "prod", ID), &input(ID)).ok();
    let left: Vec<_> =
        fs::read_dir(home.0.path(FILE).parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let home = Home::new();
    let before = home.file();
    let limited = ["bash", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "bash"];
    let run = Run::of(add_under(&home.0, &limited), &input(OTHER));
    assert!(run.fails(6).contains("can't write"), "{run:?}");
    assert!(run.stderr.contains("cause: File too large"), "{run:?}");
    assert_eq!(home.file(), before);
    assert_eq!(fs::read_dir(home.0.path(FILE).parent().unwrap()).unwrap().count(), 2);
    assert_eq!(home.key(), ID);
}

#[test]
fn a_folder_that_can_t_be_written_is_an_error() {
    let env = TestEnv::new();
    env.write("home/.local/share/awsx", "a file");
    let run = Run::of(add(&env, "prod", ID), &input(ID));
    assert!(run.fails(6).contains("keys.sealed"), "{run:?}");
}

#[test]
fn many_at_once_lose_nothing() {
    let home = Home(TestEnv::new());
    let names: Vec<String> = (0..6).map(|n| format!("p{n}")).collect();
    let children: Vec<_> = (names.iter())
        .map(|name| {
            let keys = home.0.write(&format!("tmp/{name}"), input(ID));
            let mut command = add(&home.0, name, ID);
            command.stdin(fs::File::open(keys).unwrap()).stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    for name in &names {
        home.0.awsx(&["remove", name, "-y"]).ok();
    }
}

#[test]
fn broken_files_and_wrong_passphrases_are_told_apart() {
    let home = Home::new();
    let whole = home.file();
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 7);
    for (bytes, said) in [(cut, "is damaged"), (b"hello".to_vec(), "is not a file of awsx")] {
        fs::write(home.0.path(FILE), &bytes).unwrap();
        assert!(home.0.awsx(&["remove", "prod", "-y"]).fails(6).contains(said));
        assert!(Run::of(add(&home.0, "prod", ID), &input(OTHER)).fails(6).contains(said));
        assert_eq!(home.file(), bytes, "left as it is");
    }
    fs::write(home.0.path(FILE), &whole).unwrap();
    let mut command = home.0.command("awsx");
    command.args(["remove", "prod", "-y"]).env("AWSX_FILE_PASSPHRASE", "correct horse");
    let run = Run::of(command, "");
    assert!(run.fails(6).contains("AWSX_FILE_PASSPHRASE is set to another one"), "{run:?}");
    assert_eq!(home.file(), whole);
}

/// Faults that make a machine one without a kernel keyring, and one that has no file system in memory either.
const NO_KEYRING: &str = "inject=keyctl,add_key:error=EPERM";
const NO_MEMORY: &str = "inject=statfs:error=ENOSYS";

/// `awsx` on such a machine.
fn without(env: &TestEnv, faults: &[&str], args: &[&str]) -> Command {
    let mut command = env.command("strace");
    command.args(["-qq", "-f", "-o", "/dev/null"]);
    command.args(faults.iter().flat_map(|fault| ["-e", fault])).arg("awsx").args(args);
    command
}

#[test]
fn the_key_is_remembered_across_sessions() {
    let mut home = Home::new();
    home.0.unset("AWSX_FILE_PASSPHRASE");
    // A session keyring of its own does not link the user's. Where the kernel has none to offer, there is nothing to try.
    let keyctl = home.0.sh("bash", "keyctl session - true").status == 0;
    let prefix: &[&str] = if keyctl { &["keyctl", "session", "-"] } else { &["env"] };
    let run = Run::of(add_under(&home.0, prefix), &input(OTHER));
    run.ok();
    assert_eq!(home.key(), OTHER);
    forget(&home.0);
    let run = home.0.awsx(&["remove", "prod", "-y"]);
    assert!(run.fails(5).contains("AWSX_FILE_PASSPHRASE"), "{run:?}");
    let run = home.0.awsx(&["remove", "prod", "-y", "--no-input"]);
    assert!(run.fails(5).contains("AWSX_FILE_PASSPHRASE"), "{run:?}");
}

#[test]
fn without_a_kernel_keyring_it_asks_once_and_remembers_in_memory() {
    let mut home = Home::new();
    forget(&home.0);
    home.0.unset("AWSX_FILE_PASSPHRASE");
    for question in ["Passphrase of ", ID] {
        let mut person = Pty::spawn(without(&home.0, &[NO_KEYRING], &["remove", "prod"]));
        person.expect(question);
        if question != ID {
            person.send_line("correct horse battery staple");
            person.expect(ID);
        }
        person.send_line("n");
        let (status, text) = person.wait();
        assert!(status == 1 && !text.contains("staple"), "{status} {text}");
    }
}

#[test]
fn with_neither_it_asks_each_time() {
    let mut home = Home::new();
    forget(&home.0);
    home.0.unset("AWSX_FILE_PASSPHRASE");
    for _ in 0..2 {
        let mut person = Pty::spawn(without(&home.0, &[NO_KEYRING, NO_MEMORY], &["remove", "prod"]));
        person.expect("Passphrase of ");
        person.send_line("wrong");
        person.expect("that is not the passphrase");
        person.expect("Passphrase of ");
        person.send_line("correct horse battery staple");
        person.expect(ID);
        person.send_line("n");
        let (status, text) = person.wait();
        assert!(status == 1 && !text.contains("staple"), "{status} {text}");
    }
}

#[test]
fn commands_derive_a_key_once_with_and_without_a_kernel_keyring() {
    let sandbox = Sandbox::start();
    for faults in [&[][..], &[NO_KEYRING]] {
        let env = TestEnv::new().sandbox(&sandbox);
        let (id, secret) = sandbox.keys("bob");
        let derived = |args: &[&str], input: &str| {
            let run = Run::of(without(&env, faults, &[&["--debug"], args].concat()), input);
            run.ok();
            run.stderr.matches("debug: deriving the key").count()
        };
        // The first command makes the file. Nothing after it pays for the passphrase: neither what needs the keys, nor
        // what needs a session that is cached or to be cached.
        assert_eq!(derived(&["add", "prod", "--stdin"], &format!("{id}\n{secret}\n")), 1, "{faults:?}");
        for _ in 0..2 {
            assert_eq!(derived(&["exec", "prod", "--", "true"], ""), 0, "{faults:?}");
        }
        assert_eq!(derived(&["exec", "prod", "--no-cache", "--", "true"], ""), 0, "{faults:?}");
        assert_eq!(derived(&["list"], ""), 0, "{faults:?}");
        forget(&env);
    }
    assert_eq!(sandbox.done("sts:GetSessionToken"), 4, "each session was cached");
}
