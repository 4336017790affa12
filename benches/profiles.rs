//! What reading the AWS files costs, per profile, and what a warm command pays for it in all; then what `awsx list` and a
//! press of Tab take with 10,000 profiles, half of them roles.
//!
//!     cargo bench --features sandbox --bench profiles
//!
//! `profiles COUNT` (after `--`) reads one config of that size once and does nothing else: for callgrind.

// A measurement that can't go on stops.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use awsx::base::env::Env;
use awsx::profile::Profiles;

fn main() {
    if let Some(count) = std::env::args().skip(1).find_map(|arg| arg.parse().ok()) {
        let (_home, env) = home(count, 0);
        warm(&env);
        return;
    }
    // The least is what it costs; the median says how busy the machine was.
    println!("{:<40} {:>9} {:>9} {:>13}", "load, then get three profiles", "least µs", "median µs", "ns a profile");
    for (config, credentials) in [(10, 0), (1_000, 0), (10_000, 0), (10_000, 10_000)] {
        let (_home, env) = home(config, credentials);
        let (least, median) = time(200, || warm(&env));
        println!(
            "{:<40} {:>9.1} {:>9.1} {:>13.1}",
            format!("{config} in the config, {credentials} credentials"),
            least * 1e6,
            median * 1e6,
            least * 1e9 / f64::from(config + credentials)
        );
    }
    println!("\n{:<40} {:>9} {:>9}", "10,000 profiles", "least ms", "median ms");
    for (before, after) in [("prod-team-", ""), ("team-", "-prod")] {
        let home = half_roles(10_000, |n| format!("{before}{n}{after}"));
        for line in
            ["list --json", "list", "completions bash --at 2 -- awsx exec ", "completions bash --at 2 -- awsx exec p"]
        {
            let (least, median) = time(20, || run(home.path(), line));
            println!("{:<40} {:>9.1} {:>9.1}", format!("{before}N{after}: {line}"), least * 1e3, median * 1e3);
        }
    }
}

/// The least and the median of some runs, in seconds.
fn time(runs: usize, run: impl Fn()) -> (f64, f64) {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[0].as_secs_f64(), times[times.len() / 2].as_secs_f64())
}

/// Runs awsx, whose output is read and dropped.
fn run(home: &Path, line: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_awsx"))
        .args(line.split(' '))
        .env_clear()
        .envs([("HOME", home.as_os_str()), ("XDG_RUNTIME_DIR", home.as_os_str()), ("PATH", "/usr/bin:/bin".as_ref())])
        .env("AWSX_BACKEND", "file")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A home with that many profiles; every second one is a role over the one before.
fn half_roles(count: u32, name: impl Fn(u32) -> String) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut text = String::from("[default]\nregion = eu-central-1\n");
    for n in 0..count {
        let _ = writeln!(text, "[profile {}]\nregion = eu-central-1", name(n));
        if n % 2 == 1 {
            let arn = format!("arn:aws:iam::111122223333:role/role-{n}");
            let _ = writeln!(text, "role_arn = {arn}\nsource_profile = {}\n", name(n - 1));
        }
    }
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), text).unwrap();
    home
}

/// What a warm command does: a role, its source, the defaults.
#[inline(never)]
fn warm(env: &Env) {
    let profiles = Profiles::load(env).unwrap();
    for name in ["profile-number-7", "profile-number-3", "default"] {
        black_box(profiles.get(name));
    }
    black_box(&profiles);
}

fn home(config: u32, credentials: u32) -> (tempfile::TempDir, Env) {
    let home = tempfile::tempdir().unwrap();
    let mut text = String::from("[default]\nregion = eu-central-1\n");
    for n in 0..config {
        let _ = writeln!(
            text,
            "[profile profile-number-{n}]\nregion = eu-central-1\nrole_arn = arn:aws:iam::111122223333:role/role-{n}\n\
             source_profile = profile-number-3\n"
        );
    }
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), text).unwrap();
    let mut text = String::new();
    for n in 0..credentials {
        let _ = writeln!(
            text,
            "[profile-number-{n}]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {n:040}\n"
        );
    }
    std::fs::write(home.path().join(".aws/credentials"), text).unwrap();
    let env = Env::from_iter([("HOME", home.path())]);
    (home, env)
}
