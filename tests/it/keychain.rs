//! The keychain backends with the real programs behind them: gnome-keyring, pass, docker-credential helpers.

use std::os::unix::net::UnixListener;
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::support::{Background, Run, TestEnv, wait_for};

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const OTHER: &str = "AKIAI44QH8DHBEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const LOOKUP: &str = "secret-tool lookup service awsx username keys:prod";

fn stored(id: &str) -> String {
    format!(r#"{{"AccessKeyId":"{id}","SecretAccessKey":"{SECRET}"}}"#)
}

#[track_caller]
fn add(env: &TestEnv, profile: &str, id: &str) -> Run {
    env.awsx_with_input(&["add", profile, "--stdin", "--no-verify", "-y"], &format!("{id}\n{SECRET}\n"))
}

/// The profiles that have their keys in the keychain.
#[track_caller]
fn listed(env: &TestEnv) -> Vec<String> {
    let run = env.awsx(&["list", "--json"]);
    let profiles: serde_json::Value = serde_json::from_str(run.ok()).expect("JSON");
    let in_keychain = |profile: &&serde_json::Value| profile["keys"] == "keychain";
    let name = |profile: &serde_json::Value| profile["profile"].as_str().unwrap_or_default().to_owned();
    profiles.as_array().expect("a list").iter().filter(in_keychain).map(name).collect()
}

/// Stores, replaces, lists and removes; `held` shows what the backend itself holds for `prod`.
#[track_caller]
fn round_trip(env: &TestEnv, held: impl Fn() -> String) {
    let error = env.awsx(&["remove", "prod", "-y"]);
    assert!(error.fails(3).contains("prod"), "{error:?}");
    add(env, "prod", ID).ok();
    assert_eq!(held(), stored(ID));
    add(env, "prod", OTHER).ok();
    assert_eq!(held(), stored(OTHER));
    add(env, "my team/prod ü", ID).ok();
    assert_eq!(listed(env), ["my team/prod ü", "prod"]);
    env.awsx(&["remove", "prod", "-y"]).ok();
    assert_eq!(held(), "");
    assert_eq!(listed(env), ["my team/prod ü"]);
    let error = env.awsx(&["remove", "prod", "-y"]);
    assert!(error.fails(3).contains("no keys of prod are stored"), "{error:?}");
}

#[test]
fn secret_service() {
    let mut env = TestEnv::new();
    let _keyring = env.keyring();
    // The choice by name and the default are the same place.
    env.unset("AWSX_BACKEND");
    round_trip(&env, || env.sh("bash", LOOKUP).stdout);
    add(&env, "prod", ID).ok();
    let seen = env.sh("bash", "secret-tool search --all service awsx 2>&1");
    assert!(seen.stdout.contains("label = awsx: AWS access key of prod\n"), "{seen:?}");
}

#[test]
fn a_locked_keychain_is_not_an_empty_one() {
    let mut env = TestEnv::new();
    let mut keyring = env.keyring();
    add(&env, "prod", ID).ok();
    keyring.restart(&env, false);
    for run in [
        env.awsx(&["remove", "prod", "-y"]),
        env.awsx(&["remove", "missing", "-y"]),
        add(&env, "prod", ID),
        add(&env, "new", ID),
    ] {
        assert!(run.fails(6).contains("the keychain is locked"), "{run:?}");
        assert!(run.stderr.contains("hint: unlock it"), "{run:?}");
    }
    assert_eq!(env.read("home/.aws/config"), "[profile prod]\n");
    keyring.restart(&env, true);
    env.awsx(&["remove", "prod", "-y"]).ok();
}

#[test]
fn looking_never_opens_an_unlock_dialog() {
    let mut env = TestEnv::new().config("[profile prod]\n[profile dev]\nregion = x\n");
    let mut keyring = env.keyring();
    add(&env, "prod", ID).ok();
    // As after a loss of the state: what the keychain holds is not remembered.
    std::fs::remove_dir_all(env.path("home/.local/state")).unwrap();
    keyring.restart(&env, false);
    let mut monitor = env.command("stdbuf");
    monitor.args(["-oL", "dbus-monitor", "--session", "type='method_call',interface='org.freedesktop.Secret.Service'"]);
    let monitor = Background::spawn(&monitor);
    // It loses its own name when it begins to see what others send.
    while !monitor.line().contains("member=NameLost") {}
    let unlocks = |run: &dyn Fn()| {
        run();
        // What came before this mark was on the bus before it.
        env.sh(
            "bash",
            "dbus-send --session --type=method_call --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                        org.freedesktop.Secret.Service.Mark",
        )
        .ok();
        let mut count = 0;
        loop {
            match monitor.line() {
                line if line.contains("member=Mark") => return count,
                line => count += usize::from(line.contains("member=Unlock")),
            }
        }
    };
    let quiet: [&[&str]; 6] = [
        &["list"],
        &["list", "--json"],
        &["completions", "bash", "--at", "2", "--", "awsx", "exec", ""],
        &["--no-input", "exec", "prod", "--", "true"],
        &["--no-input", "remove", "prod", "-y"],
        &["--no-input", "add", "prod", "--stdin", "--no-verify"],
    ];
    for args in quiet {
        let count = unlocks(&|| drop(env.awsx_with_input(args, &format!("{ID}\n{SECRET}\n"))));
        assert_eq!(count, 0, "{args:?}");
    }
    let bare = unlocks(&|| {
        let mut picker = env.pty(&[]);
        picker.expect("Profile");
        picker.expect("prod");
        picker.send("\x1b");
        picker.wait();
    });
    assert_eq!(bare, 0, "awsx alone");
    assert_ne!(unlocks(&|| drop(env.awsx(&["remove", "prod", "-y"]))), 0, "this test sees an unlock");
}

/// An environment without a desktop, where no backend was chosen.
fn headless() -> TestEnv {
    let mut env = TestEnv::new();
    env.unset("AWSX_BACKEND");
    env
}

#[test]
fn no_session_bus() {
    let mut env = headless();
    for address in ["unix:path=/nowhere/bus", "not an address", ""] {
        env.set("DBUS_SESSION_BUS_ADDRESS", address);
        for run in [env.awsx(&["remove", "prod", "-y"]), add(&env, "prod", ID)] {
            let said = run.fails(6);
            assert!(said.contains("the OS keychain can't be reached"), "{said}");
            assert!(said.contains("AWSX_BACKEND=file"), "{said}");
        }
    }
    env.unset("DBUS_SESSION_BUS_ADDRESS");
    assert!(add(&env, "prod", ID).fails(6).contains("can't be reached"));
    env.set("AWSX_BACKEND", "secret-service");
    assert!(add(&env, "prod", ID).fails(6).contains("can't be reached"));
}

#[test]
fn no_service_on_the_bus() {
    let env = headless();
    // The services of this machine are out of its sight.
    let config = "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>\
         <policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>";
    let config = env.write("bus.conf", config);
    let mut command = env.command("dbus-run-session");
    command.args(["--config-file"]).arg(config);
    command.args(["--", "awsx", "add", "prod", "--stdin", "--no-verify"]);
    let run = Run::of(command, &format!("{ID}\n{SECRET}\n"));
    assert!(run.fails(6).contains("no program on the D-Bus session bus offers it"), "{run:?}");
}

#[test]
fn the_offered_file_is_found_by_later_commands() {
    let mut env = headless();
    env.unset("AWSX_FILE_PASSPHRASE");
    let mut person = env.pty(&["add", "prod", "--no-verify"]);
    person.expect("the OS keychain can't be reached");
    person.expect("encrypted file");
    person.send_line("y");
    for prompt in ["New passphrase: ", "The same again: "] {
        person.expect(prompt);
        person.send_line("open sesame");
    }
    person.expect("Access key ID");
    person.send_line(ID);
    person.expect("Secret access key");
    person.send_line(SECRET);
    let (status, text) = person.wait();
    assert_eq!(status, 0, "{text}");
    assert!(text.contains(ID) && !text.contains(SECRET) && !text.contains("sesame"), "{text}");
    env.set("AWSX_FILE_PASSPHRASE", "open sesame");
    assert_eq!(listed(&env), ["prod"]);
    let run = env.awsx(&["remove", "prod", "-y", "--debug"]);
    run.ok();
    assert!(run.stderr.contains("debug: keychain backend file"), "{run:?}");
    forget(&env);
}

#[test]
fn a_refused_offer_asks_for_nothing_more() {
    let env = headless();
    let mut person = env.pty(&["add", "prod", "--no-verify"]);
    person.expect("encrypted file");
    person.send_line("n");
    let (status, text) = person.wait();
    assert_eq!(status, 6, "{text}");
    assert!(!text.contains("Access key ID"), "{text}");
}

/// Takes what is remembered of this home's file out of the kernel keyring and out of the folder in memory.
pub fn forget(env: &TestEnv) {
    let file = std::fs::read(env.path("home/.local/share/awsx/keys.sealed")).unwrap_or_default();
    let name = format!("awsx:file:{}", data_encoding::HEXLOWER.encode(file.get(21..37).unwrap_or_default()));
    let _ = Command::new("keyctl").args(["purge", "user", &name]).output();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(name)[..16]);
    let shared = format!("/dev/shm/awsx-{}", nix::unistd::geteuid());
    for folder in [env.path("run/awsx"), shared.into()] {
        let _ = std::fs::remove_file(folder.join(format!("remembered-{digest}")));
    }
}

#[test]
fn a_bus_that_never_answers_is_given_up() {
    let mut env = headless();
    let _silent = UnixListener::bind(env.path("run/bus")).unwrap();
    env.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", env.path("run/bus").display()));
    env.set("AWSX_KEYCHAIN_TIMEOUT", "1s");
    let run = env.awsx(&["remove", "prod", "-y"]);
    assert!(run.fails(6).contains("did not answer within 1s"), "{run:?}");
    assert!(run.stderr.contains("AWSX_KEYCHAIN_TIMEOUT"), "{run:?}");
    for wrong in ["0", "soon"] {
        env.set("AWSX_KEYCHAIN_TIMEOUT", wrong);
        assert!(env.awsx(&["remove", "prod", "-y"]).fails(3).contains("AWSX_KEYCHAIN_TIMEOUT"));
    }
}

#[test]
fn a_service_that_stops_answering_is_given_up_and_ctrl_c_ends_the_wait() {
    let mut env = TestEnv::new();
    let _keyring = env.keyring();
    add(&env, "prod", ID).ok();
    let pid = "dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
               org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | awk '/uint32/ {print $2}'";
    let pid = env.sh("bash", pid).ok().trim().to_owned();
    env.sh("bash", &format!("kill -STOP {pid}")).ok();
    env.set("AWSX_KEYCHAIN_TIMEOUT", "3s");
    let run = env.awsx(&["remove", "prod", "-y"]);
    assert!(run.fails(6).contains("did not answer within 3s"), "{run:?}");
    assert!(run.stderr.contains("waiting for the Secret Service for up to 3s"), "{run:?}");
    env.set("AWSX_KEYCHAIN_TIMEOUT", "10m");
    let mut person = env.pty(&["remove", "prod", "-y"]);
    person.expect("Ctrl-C gives up");
    person.send("\u{3}");
    assert_eq!(person.wait().0, 130);
    env.sh("bash", &format!("kill -CONT {pid}")).ok();
    env.set("AWSX_KEYCHAIN_TIMEOUT", "30s");
    env.awsx(&["remove", "prod", "-y"]).ok();
}

#[test]
fn a_backend_that_does_not_exist() {
    let mut env = headless();
    for (name, said) in [
        ("keychain", "macOS only"),
        ("wallet", "unknown keychain backend wallet"),
        ("helper:", "names no docker-credential helper"),
        ("helper:../x", "names no docker-credential helper"),
    ] {
        env.set("AWSX_BACKEND", name);
        assert!(add(&env, "prod", ID).fails(3).contains(said));
        // On the command line it is wrong usage, and said also where no keychain is needed.
        assert!(env.awsx(&["--backend", name, "list"]).fails(2).contains("secret-service, file or helper:NAME"));
        let run = env.awsx(&["exec", "--backend", name, "prod", "--", "true"]);
        assert!(run.fails(125).contains("secret-service, file or helper:NAME"), "{run:?}");
    }
    env.set("AWSX_BACKEND", "helper:absent");
    assert!(add(&env, "prod", ID).fails(6).contains("docker-credential-absent is not on the PATH"));
    let run = env.awsx(&["--backend", "file", "remove", "prod", "-y"]);
    assert!(run.fails(3).contains("prod"), "the flag goes before the variable: {run:?}");
}

/// A helper of ten lines, one file per item.
const HELPER: &str = r#"#!/bin/sh
mkdir -p "$HOME/items"
url=$(cat)
case $1 in
store) printf %s "$url" >"$HOME/items/$(printf %s "$url" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/' | tr / _)" ;;
get)   cat "$HOME/items/$(printf %s "$url" | tr / _)" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
erase) rm "$HOME/items/$(printf %s "$url" | tr / _)" ;;
list)  cd "$HOME/items" && ls | awk 'BEGIN {printf "{"} {gsub("_", "/"); printf "%s\"%s\":\"awsx\"", (NR > 1 ? "," : ""), $0} END {print "}"}' ;;
esac
"#;

#[test]
fn helper_script() {
    let env = TestEnv::new().var("AWSX_BACKEND", "helper:ten-lines");
    env.script("docker-credential-ten-lines", HELPER);
    let get = "cat items/https:__awsx_keys_prod 2>/dev/null | sed 's/.*\"Secret\":\"\\(.*\\)\"}$/\\1/; s/\\\\\"/\"/g'";
    round_trip(&env, || env.sh("bash", get).stdout);
}

#[test]
fn what_can_go_wrong_with_a_helper() {
    let mut env = TestEnv::new().var("AWSX_BACKEND", "helper:bad");
    let secret = r#"{"Secret":"hush"}"#;
    for (script, said) in [
        ("cat >/dev/null; echo 'vault is sealed'; exit 1", "vault is sealed"),
        ("exit 1", "exit status: 1"),
        ("echo hello", "makes no sense"),
        (&format!("echo '{secret}'; exit 1"), "exit status: 1"),
        (&format!("echo '{secret}'"), "nothing"),
        ("kill -9 $$", "signal: 9"),
    ] {
        env.script("docker-credential-bad", &format!("#!/bin/sh\n{script}\n"));
        let run = env.awsx(&["remove", "prod"]);
        // A secret that is no key pair can be removed, but only with a yes.
        let expected = if said == "nothing" { 5 } else { 6 };
        assert!(said == "nothing" || run.fails(expected).contains(said), "{script}: {run:?}");
        assert_eq!(run.status, expected, "{script}: {run:?}");
        assert!(!run.stderr.contains("hush"), "{script}: {run:?}");
    }
    let path = env.path("bin/docker-credential-bad");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(env.awsx(&["remove", "prod"]).status, 6);
    env.script("docker-credential-bad", "#!/bin/sh\nexec sleep 600\n");
    env.set("AWSX_KEYCHAIN_TIMEOUT", "1s");
    let run = env.awsx(&["remove", "prod"]);
    assert!(run.fails(6).contains("docker-credential-bad did not answer within 1s"), "{run:?}");
}

#[test]
fn a_helper_sees_no_passphrase_and_no_code() {
    let env = TestEnv::new().var("AWSX_BACKEND", "helper:nosy").var("AWSX_MFA_CODE", "123456");
    env.script(
        "docker-credential-nosy",
        "#!/bin/sh\nenv >~/seen\necho credentials not found in native keychain\nexit 1\n",
    );
    env.awsx(&["remove", "prod", "-y"]).fails(3);
    let seen = env.read("home/seen");
    assert!(seen.contains("HOME=") && !seen.contains("AWSX_FILE_PASSPHRASE") && !seen.contains("123456"), "{seen}");
}

#[test]
fn pass() {
    let env = TestEnv::new().var("AWSX_BACKEND", "helper:pass");
    env.sh("bash", "mkdir -m 700 .gnupg && gpg --batch --quiet --passphrase '' --quick-generate-key awsx@example.com")
        .ok();
    env.sh("bash", "pass init awsx@example.com").ok();
    let show = "printf https://awsx/keys/prod | docker-credential-pass get | python3 -c 'import json, sys
try: print(json.load(sys.stdin)[\"Secret\"], end=\"\")
except ValueError: pass'";
    round_trip(&env, || env.sh("bash", show).stdout);
    env.sh("bash", "gpgconf --kill all").ok();
}

#[test]
fn docker_credential_secretservice() {
    let mut env = TestEnv::new();
    let _keyring = env.keyring();
    env.set("AWSX_BACKEND", "helper:secretservice");
    round_trip(&env, || env.sh("bash", "secret-tool lookup server https://awsx/keys/prod").stdout);
}

/// With a display the desktop asks for the keyring's password: awsx waits for the answer, up to its limit.
#[test]
fn a_locked_keychain_is_unlocked_in_the_desktop_s_own_dialog() {
    let mut env = TestEnv::new();
    let mut command = env.command("Xvfb");
    command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "640x480x24"]);
    let screen = Background::spawn(&command);
    env.set("DISPLAY", format!(":{}", screen.line()));
    env.set("NO_AT_BRIDGE", "1");
    let mut keyring = env.keyring();
    add(&env, "prod", ID).ok();
    keyring.restart(&env, false);
    env.set("AWSX_KEYCHAIN_TIMEOUT", "3s");
    assert!(env.awsx(&["remove", "prod", "-y"]).fails(6).contains("did not answer within 3s"));
    env.set("AWSX_KEYCHAIN_TIMEOUT", "60s");
    let mut person = env.pty(&["remove", "prod"]);
    person.expect("a dialog may be open");
    wait_for("the dialog", || {
        (env.sh("bash", "xdotool search --onlyvisible --class gcr-prompter").status == 0).then_some(())
    });
    env.sh("bash", "xdotool type --delay 40 secret && xdotool key Return").ok();
    person.expect(ID);
    person.send_line("y");
    assert_eq!(person.wait().0, 0);
}
