//! Many processes at once, and kills at random: nobody hangs, nobody asks twice, nothing secret is left.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::json;

use crate::support::{PATIENCE, Sandbox, TestEnv, poll};

/// Asks the server of its environment once.
const ASK: &str = r#"url=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}
exec 3<>"/dev/tcp/127.0.0.1/$(echo "${url%%/*}" | cut -d: -f2)"
printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nConnection: close\r\n\r\n' \
    "${url#*/}" "${url%%/*}" "$(cat "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")" >&3
cat <&3 | grep -o 'AccessKeyId[": ]*[A-Z0-9]*'"#;

/// Calls what the SDKs of its environment would call.
const CALL: &str =
    r#"sh -c "$(sed -n 's/^credential_process = //p' "$AWS_CONFIG_FILE")" | grep -o 'AccessKeyId[": ]*[A-Z0-9]*'"#;

/// 20 profiles of two users; alice needs a code, which a program gives and counts.
fn env(sandbox: &Sandbox) -> TestEnv {
    let mut config = String::from(
        "[profile p0]\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\nmfa_process = next-code\n[profile p1]\nregion = eu-central-1\n",
    );
    for n in 2..20 {
        config += &format!(
            "[profile p{n}]\nrole_arn = arn:aws:iam::111122223333:role/admin\nrole_session_name = s{n}\nsource_profile = p0\n"
        );
    }
    let env = TestEnv::new().sandbox(sandbox).config(&config);
    let env = env.stored(sandbox, "p0", "alice").stored(sandbox, "p1", "bob");
    env.next_code(sandbox, "alice");
    sandbox.forget_calls();
    env
}

/// Starts awsx in a process group of its own.
fn start(env: &TestEnv, args: &[&str]) -> Child {
    let mut command: Command = env.command("awsx");
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    command.spawn().expect("starts")
}

/// Waits for the end of a process: its status and what it has printed.
fn end_of(mut child: Child, what: &str) -> (bool, String) {
    if poll(|| child.try_wait().expect("our child")).is_none() {
        let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
        panic!("{what} hangs after {PATIENCE:?}");
    }
    let output = child.wait_with_output().expect("our child");
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), printed.concat())
}

#[test]
fn two_hundred_processes_over_twenty_profiles() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let started: Vec<(String, Child)> = (0..200)
        .map(|n| {
            let profile = format!("p{}", n % 20);
            let child = match n / 20 {
                8 => start(&env, &["exec", &profile, "--via", "server", "--", "bash", "-c", ASK]),
                9 => start(&env, &["exec", &profile, "--via", "process", "--", "sh", "-c", CALL]),
                _ => start(&env, &["exec", &profile, "--", "sh", "-c", "echo AccessKeyId $AWS_ACCESS_KEY_ID"]),
            };
            (profile, child)
        })
        .collect();
    let mut keys = std::collections::BTreeMap::<String, std::collections::BTreeSet<String>>::new();
    for (profile, child) in started {
        let (ok, said) = end_of(child, &profile);
        let key = said
            .lines()
            .find_map(|line| line.split_once("AccessKeyId"))
            .map(|(_, key)| key.replace(['"', ':', ' '], ""));
        assert!(ok && key.as_ref().is_some_and(|key| key.starts_with("ASIA")), "{profile}: {said}");
        keys.entry(profile).or_default().extend(key);
    }
    // One code, one call for each session, and all processes of a profile have the same one.
    assert_eq!(env.read("home/asked").lines().count(), 1);
    assert_eq!((sandbox.done("sts:GetSessionToken"), sandbox.done("sts:AssumeRole")), (2, 18), "{:?}", sandbox.log());
    assert!(keys.len() == 20 && keys.values().all(|keys| keys.len() == 1), "{keys:?}");
    assert_eq!(left(&env, "server-"), 0);
}

/// How many files of the runtime folder begin so, or are half-written.
fn left(env: &TestEnv, begin: &str) -> usize {
    let names = std::fs::read_dir(env.path("run/awsx")).expect("a folder").flatten().map(|file| file.file_name());
    names.filter(|name| name.to_string_lossy().starts_with(begin) || name.to_string_lossy().contains(".tmp")).count()
}

#[test]
fn kills_at_random_moments_stop_nobody_else() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").subsec_nanos();
    let mut state = seed;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    // All want the same session; those over a server and a process go on to ask for it.
    let kinds: [&[&str]; 4] = [
        &["exec", "p1", "--", "true"],
        &["exec", "p1", "--via", "server", "--", "bash", "-c", ASK],
        &["exec", "p1", "--via", "process", "--", "sh", "-c", CALL],
        &["credential-process", "p1"],
    ];
    for round in 0..8 {
        env.awsx(&["clear", "-y"]).ok();
        sandbox.forget_calls();
        // Long enough that somebody is killed in the middle of the call.
        sandbox.fault(&json!({"action": "sts:GetSessionToken", "kind": "delay", "ms": 100}));
        let of = |n: usize| kinds[n % kinds.len()];
        let mut running: Vec<(&[&str], Child)> = (0..8).map(|n| (of(n), start(&env, of(n)))).collect();
        for _ in 0..2 {
            std::thread::sleep(Duration::from_millis(random(250).into()));
            let (_, victim) = running.remove(random(running.len().try_into().expect("few")) as usize);
            kill(Pid::from_raw(victim.id().cast_signed()), Signal::SIGKILL).expect("our child");
            let _ = end_of(victim, "a killed one");
        }
        for (args, child) in running {
            let what = format!("{args:?} in round {round} of seed {seed}");
            let (ok, said) = end_of(child, &what);
            assert!(ok, "{what}: {said}");
        }
        // Who is killed may leave a session that nobody knows of.
        let made = sandbox.done("sts:GetSessionToken");
        assert!((1..=3).contains(&made), "{made} sessions in round {round} of seed {seed}");
    }
    // What was left is gone as soon as something is written.
    env.awsx(&["exec", "p1", "-d", "20m", "--", "true"]).ok();
    assert_eq!(left(&env, "server-"), 0, "seed {seed}");
}
