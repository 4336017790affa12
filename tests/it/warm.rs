//! The warm path: what a command with a cached session touches, counted; and many at once on an empty cache.

use std::fs;

use crate::support::{Run, Sandbox, TestEnv};

/// alice asks a program for her codes; it leaves a line each time.
const CONFIG: &str = "\
[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice
mfa_process = next-code

[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod
";

fn env(sandbox: &Sandbox, config: &str) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(config).credentials("[other]\naws_access_key_id = AKIAOTHER\n");
    let env = env.stored(sandbox, "prod", "alice");
    env.next_code(sandbox, "alice");
    sandbox.forget_calls();
    env
}

/// The system calls of `awsx ARG…` until it ends or becomes `true`.
fn calls(env: &TestEnv, args: &[&str]) -> Vec<String> {
    let trace = env.path("tmp/trace");
    let mut command = env.command("strace");
    command.args(["-f", "-qq", "-s", "200", "-o"]).arg(&trace).arg("awsx").args(args);
    Run::of(command, "").ok();
    let text = fs::read_to_string(&trace).expect("a trace");
    fs::remove_file(&trace).expect("ours");
    // The first field is the process ID. The first execve is that of awsx, a second that worked the one of true.
    let lines: Vec<String> = text.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim().to_owned())).collect();
    let starts = |line: &String| line.starts_with("execve(") && line.ends_with("= 0");
    let started: Vec<usize> = (0..lines.len()).filter(|at| starts(&lines[*at])).collect();
    assert_eq!(started.len(), if args.contains(&"true") { 2 } else { 1 }, "{lines:#?}");
    lines[1..started.get(1).copied().unwrap_or(lines.len())].to_vec()
}

fn named<'a>(calls: &'a [String], names: &[&str]) -> Vec<&'a String> {
    calls.iter().filter(|call| names.iter().any(|name| call.starts_with(&format!("{name}(")))).collect()
}

/// The files below the test's folder that were opened.
fn opened(env: &TestEnv, calls: &[String]) -> Vec<String> {
    let folder = format!("{}/", env.path("").display()).replace("//", "/");
    let paths = named(calls, &["open", "openat", "openat2"]).into_iter().filter_map(|call| {
        let path = call.split('"').nth(1)?;
        path.strip_prefix(&folder).map(str::to_owned)
    });
    paths.collect()
}

/// Those from awsx's own first one on, without reading: what the loader does before is the machine's affair, and large
/// files are read in pieces.
fn own(calls: &[String]) -> Vec<&String> {
    let own = calls.iter().skip_while(|call| !call.starts_with("prctl(PR_SET_DUMPABLE"));
    own.filter(|call| !call.starts_with("read(") && !call.starts_with("pread64(")).collect()
}

/// Most system calls of its own that any warm command makes, and those of an `exec` with keys. A C library that gets its
/// memory otherwise may make a few more or less.
const MOST_CALLS: usize = 44;
const CALLS_OF_EXEC: usize = 34;

/// The profile is `hops` profiles long: itself, and its sources; none, where the command needs no profile.
fn assert_warm(env: &TestEnv, args: &[&str], hops: usize) {
    let calls = calls(env, args);
    let made = own(&calls).len();
    assert!((1..=MOST_CALLS).contains(&made), "{made} system calls: {calls:#?}");
    let network = named(&calls, &["socket", "connect", "socketpair", "sendto", "sendmsg"]);
    assert!(network.is_empty(), "no socket, so no D-Bus and no AWS: {network:#?}");
    let threads = named(&calls, &["clone", "clone3", "fork", "vfork"]);
    assert!(threads.is_empty(), "no thread and no process: {threads:#?}");
    let runtime = named(&calls, &["epoll_create", "epoll_create1", "eventfd2", "io_uring_setup", "inotify_init1"]);
    assert!(runtime.is_empty(), "no runtime: {runtime:#?}");
    assert!(named(&calls, &["getdents64"]).is_empty(), "no folder is listed");
    let opened = opened(env, &calls);
    let below = |folder: &str| opened.iter().filter(|path| path.starts_with(folder)).count();
    let any = hops.min(1);
    assert_eq!(below("run/awsx/"), any, "one cache read: {opened:#?}");
    assert_eq!(below("home/.aws/"), 2 * any, "both AWS files: {opened:#?}");
    // Where no profile is named, the folder may have one.
    let folders = usize::from(args.get(1) == Some(&"--"));
    assert!(below("home/.local/state/awsx/") <= hops + folders, "a small state file a profile at most: {opened:#?}");
    assert_eq!(below("home/.local/state/awsx/folders.json"), folders, "{opened:#?}");
    assert_eq!(named(&calls, &["getcwd"]).len(), folders, "where it runs matters only then");
    assert!(opened.len() <= 3 * any + hops + folders, "nothing else of the user's: {opened:#?}");
}

#[test]
fn a_warm_exec_makes_one_cache_read_and_nothing_else() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, CONFIG);
    for profile in ["prod", "admin"] {
        env.awsx(&["exec", profile, "--", "true"]).ok();
    }
    sandbox.forget_calls();
    assert_warm(&env, &["exec", "prod", "--", "true"], 1);
    let calls = calls(&env, &["exec", "prod", "--", "true"]);
    assert!(own(&calls).len() <= CALLS_OF_EXEC, "{:#?}", own(&calls));
    assert_warm(&env, &["exec", "admin", "--", "true"], 2);
    // The same for what programs and start-up files run again and again.
    for format in ["bash", "json", "dotenv"] {
        assert_warm(&env, &["env", "admin", "--format", format], 2);
    }
    assert_warm(&env, &["credential-process", "prod"], 1);
    assert_warm(&env, &["credential-process", "admin"], 2);
    assert_warm(&env, &["unset"], 0);
    env.awsx(&["use", "--here", "admin"]).ok();
    assert_warm(&env, &["exec", "--", "true"], 2);
    assert_warm(&env, &["exec", "prod", "--", "true"], 1);
    assert_eq!(sandbox.log(), Vec::<String>::new());
    // An AI agent's session is another one, and costs no more.
    let env = env.var("CLAUDECODE", "1");
    sandbox.advance(30);
    for profile in ["prod", "admin"] {
        env.awsx(&["exec", profile, "--", "true"]).ok();
    }
    sandbox.forget_calls();
    assert_warm(&env, &["exec", "prod", "--", "true"], 1);
    assert_warm(&env, &["exec", "admin", "--", "true"], 2);
    assert_eq!(sandbox.log(), Vec::<String>::new());
}

#[test]
fn a_warm_exec_is_the_same_with_ten_thousand_profiles() {
    let reads = |of: fn(u32) -> String| {
        let sandbox = Sandbox::start();
        let many = (0..10_000).map(|n| format!("[profile {}]\nregion = eu-central-1\n", of(n)));
        let role = of(10_000);
        let config = CONFIG.replace("[profile admin]", &format!("[profile {role}]"));
        let env = env(&sandbox, &many.chain([config]).collect::<String>());
        env.awsx(&["exec", "prod", "--", "true"]).ok();
        env.awsx(&["exec", &role, "--", "true"]).ok();
        assert_warm(&env, &["exec", &role, "--", "true"], 2);
        assert_warm(&env, &["credential-process", &role], 2);
        named(&calls(&env, &["exec", &role, "--", "true"]), &["read", "pread64"]).len()
    };
    // Whatever the names have in common.
    let (one, other) = (reads(|n| format!("prod-team-{n:05}")), reads(|n| format!("team-{n:05}-prod")));
    assert!(one < 100 && other < 100, "{one} and {other} reads");
}

/// Rust's own `main` sees to these before a program starts; awsx, which has C's, does so itself.
#[test]
fn streams_and_pipes_are_as_rust_has_them() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, CONFIG);
    env.awsx(&["exec", "prod", "--", "true"]).ok();
    let bash = |script: &str| {
        let mut command = env.command("bash");
        command.args(["-c", script]);
        Run::of(command, "")
    };
    let places = "readlink /proc/self/fd/0 /proc/self/fd/2";
    assert_eq!(bash(&format!("awsx exec prod -- {places} <&- 2>&-")).ok(), "/dev/null\n/dev/null\n");
    // The pipe is closed when awsx writes to it. The command that it becomes has the signal as ever.
    assert_eq!(bash("{ sleep 0.2; awsx list; echo $? >status; } | :; cat status").ok(), "0\n");
    assert_eq!(bash("awsx exec prod -- bash -c 'kill -PIPE $$; echo survived'; echo $?").ok(), "141\n");
    // What is printed last is printed.
    assert!(bash("awsx completions bash | tail -n 1").ok().len() > 1);
}

#[test]
fn a_list_of_ten_thousand_profiles_looks_at_no_file_for_each() {
    let sandbox = Sandbox::start();
    let many = (0..10_000).map(|n| format!("[profile team-{n:05}-prod]\nregion = eu-central-1\n"));
    let env = env(&sandbox, &many.chain([CONFIG.to_owned()]).collect::<String>());
    let trace = env.path("tmp/trace");
    let mut command = env.command("strace");
    command.args(["-f", "-qq", "-o"]).arg(&trace).args(["awsx", "list"]);
    assert!(Run::of(command, "").ok().lines().any(|line| line.starts_with("prod ") && line.contains("keychain")));
    let calls = fs::read_to_string(&trace).expect("a trace").lines().count();
    assert!(calls < 2_000, "{calls} system calls");
}

/// Starts `awsx exec PROFILE` fifty times at once; what each of them got as its access key ID.
fn fifty(env: &TestEnv, profile: &str) -> Vec<String> {
    let start = || env.command("awsx");
    let runs: Vec<_> = (0..50)
        .map(|_| {
            let mut command = start();
            command.args(["exec", profile, "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"]);
            std::thread::spawn(move || Run::of(command, ""))
        })
        .collect();
    runs.into_iter().map(|run| run.join().expect("a run").ok().to_owned()).collect()
}

#[test]
fn fifty_at_once_ask_once_and_share_one_session() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox, CONFIG);
    let mut ids = fifty(&env, "prod");
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(ids[0].starts_with("ASIA"), "{ids:?}");
    let sts: Vec<String> = sandbox.log().into_iter().filter(|call| call.starts_with("sts:")).collect();
    assert_eq!(sts, ["sts:GetSessionToken ok"]);
    assert_eq!(env.read("home/asked"), "asked\n", "one code for all of them");

    // The role rests on the session that is there.
    sandbox.forget_calls();
    let mut ids = fifty(&env, "admin");
    ids.dedup();
    assert_eq!((ids.len(), sandbox.done("sts:AssumeRole"), sandbox.done("sts:GetSessionToken")), (1, 1, 0));

    sandbox.forget_calls();
    fifty(&env, "prod");
    assert_eq!(sandbox.log(), Vec::<String>::new(), "none when warm");
    assert_eq!(env.read("home/asked"), "asked\n");
}
