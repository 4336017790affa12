//! What a warm `awsx exec`, `credential-process`, `env` and `unset` cost over `env A=b true`, and what a static C program (`floor.c`) and its peers cost, in one
//! run.
//!
//!     cargo bench --features sandbox --bench warm
//!
//! Every contender runs in turn with the baseline, so that whatever else the machine does meets both. Shown are the
//! medians, the median of the differences of the pairs, and the ratio. Nothing is asserted: times depend on the machine.
//! `AWSX_BENCH_BINARY=PATH:PATH` measures more builds of awsx, say the static one of `./install`;
//! `AWSX_BENCH_AWS_VAULT=PATH` an aws-vault (`go build` in its repository). The AWS CLI comes from `tests/run --setup`.

// A measurement that can't go on stops.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/it/support/mod.rs"]
mod support;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Sandbox, TestEnv, venv};

const CONFIG: &str = "\
[profile prod]
region = eu-central-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice

[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = prod
";

fn main() {
    let sandbox = Sandbox::start();
    let few = prepared(&sandbox, CONFIG);
    let mut many = CONFIG.to_owned();
    for n in 0..10_000 {
        let _ = writeln!(many, "[profile p{n}]\nregion = eu-central-1\nrole_arn = arn:aws:iam::111122223333:role/r{n}");
    }
    let many = prepared(&sandbox, &many);

    println!("{:<44} {:>9} {:>9} {:>9} {:>7}", "medians in ms, paired runs", "baseline", "this", "over", "ratio");
    let floor = floor(&few);
    compare("floor.c: the same system calls", 300, &few, || command(&few, &floor.0, &floor.1));
    let others = std::env::var_os("AWSX_BENCH_BINARY").unwrap_or_default();
    let others: Vec<PathBuf> = std::env::split_paths(&others).filter(|path| path.is_absolute()).collect();
    let mut builds = vec![("awsx".to_owned(), PathBuf::from(env!("CARGO_BIN_EXE_awsx")))];
    builds.extend(others.into_iter().map(|path| (path.display().to_string(), path)));
    for (name, binary) in &builds {
        let exec = |env: &TestEnv, profile: &str| command(env, binary, &["exec", profile, "--", "true"]);
        compare(&format!("{name}: exec, keys and MFA"), 300, &few, || exec(&few, "prod"));
        compare(&format!("{name}: exec, role"), 300, &few, || exec(&few, "admin"));
        for verb in ["credential-process", "env"] {
            compare(&format!("{name}: {verb}, keys and MFA"), 300, &few, || command(&few, binary, &[verb, "prod"]));
            compare(&format!("{name}: {verb}, role"), 300, &few, || command(&few, binary, &[verb, "admin"]));
        }
        compare(&format!("{name}: unset"), 300, &few, || command(&few, binary, &["unset"]));
        compare(&format!("{name}: exec, keys, 10,000 profiles"), 300, &many, || exec(&many, "prod"));
        compare(&format!("{name}: exec, role, 10,000 profiles"), 300, &many, || exec(&many, "admin"));
        let asked = || command(&many, binary, &["credential-process", "admin"]);
        compare(&format!("{name}: credential-process, role, 10,000 profiles"), 300, &many, asked);
    }
    compare("noise: env A=b true against itself", 300, &few, || baseline(&few));
    peers(&sandbox);
}

/// An environment whose sessions for both profiles are in the cache.
fn prepared(sandbox: &Sandbox, config: &str) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(config).stored(sandbox, "prod", "alice");
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    env.awsx(&["exec", "admin", "--", "true"]).ok();
    env
}

/// The C program and its arguments: the files that a warm command for `prod` reads.
fn floor(env: &TestEnv) -> (PathBuf, Vec<String>) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/floor.c");
    let program = env.path("tmp/floor");
    let compiled = Command::new("cc").args(["-O2", "-static", "-o"]).arg(&program).arg(source).status();
    assert!(compiled.expect("a C compiler").success());
    let one = |folder: &str| {
        let file = fs::read_dir(env.path(folder)).expect("there").flatten().map(|entry| entry.path());
        file.filter(|path| path.is_file()).min().expect("a file").display().to_string()
    };
    let files = [
        env.path("home/.aws/config").display().to_string(),
        env.path("home/.aws/credentials").display().to_string(),
        one("home/.local/state/awsx/profiles"),
        one("run/awsx"),
    ];
    (program, files.into_iter().chain(["--".to_owned(), "true".to_owned()]).collect())
}

/// The least that each can do: the AWS CLI finds keys that stand in its own files in clear; aws-vault gives out the keys
/// themselves from its encrypted file, as it has no cached session that needs no call to AWS here.
fn peers(sandbox: &Sandbox) {
    let (id, secret) = sandbox.keys("alice");
    if let Some(vault) = std::env::var_os("AWSX_BENCH_AWS_VAULT").map(PathBuf::from) {
        let mut env = TestEnv::new().config(CONFIG);
        for (name, value) in [
            ("AWS_VAULT_BACKEND", "file"),
            ("AWS_VAULT_FILE_PASSPHRASE", "correct horse battery staple"),
            ("AWS_ACCESS_KEY_ID", &id),
            ("AWS_SECRET_ACCESS_KEY", &secret),
        ] {
            env.set(name, value);
        }
        assert!(command(&env, &vault, &["add", "--env", "prod"]).status().expect("starts").success());
        let exec = || command(&env, &vault, &["exec", "--no-session", "prod", "--", "true"]);
        compare("aws-vault: exec --no-session, file backend", 100, &env, exec);
    }
    let credentials = format!("[prod]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).credentials(&credentials);
    let aws = venv("aws");
    let list = || command(&env, &aws, &["configure", "list", "--profile", "prod"]);
    compare("AWS CLI 1: configure list, keys in clear", 10, &env, list);
}

fn baseline(env: &TestEnv) -> Command {
    command(env, Path::new("/usr/bin/env"), &["A=b", "true"])
}

fn command(env: &TestEnv, program: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = env.command(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs baseline and contender in turn and prints a line.
fn compare(name: &str, pairs: usize, env: &TestEnv, contender: impl Fn() -> Command) {
    let mut times: [Vec<f64>; 3] = Default::default();
    for _ in 0..pairs {
        let (base, this) = (time(baseline(env)), time(contender()));
        for (list, value) in times.iter_mut().zip([base, this, this - base]) {
            list.push(value);
        }
    }
    let [base, this, over] = times.map(median);
    println!("{name:<44} {base:>9.2} {this:>9.2} {over:>+9.2} {:>6.1}x", this / base);
}

/// Milliseconds from start to end.
fn time(mut command: Command) -> f64 {
    let start = Instant::now();
    let status = command.status().expect("starts");
    let taken: Duration = start.elapsed();
    assert!(status.success(), "{command:?}");
    taken.as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
