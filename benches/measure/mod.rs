//! How everything here is measured. In each round every contender runs once, in an order shuffled anew, so that whatever
//! else the machine does meets all of them. What counts is the difference to the base of the same round, and how much the
//! base differs from itself: a difference that is no larger says nothing.

// Each benchmark uses its own part of this.
#![allow(dead_code)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

use crate::support::{Run, TestEnv};

/// Something that is measured.
pub struct Contender<'a> {
    /// How it is called in the table.
    pub name: String,
    measure: Box<dyn FnMut() -> f64 + 'a>,
}

impl<'a> Contender<'a> {
    /// One whose measure is what `measure` returns.
    pub fn new(name: impl Into<String>, measure: impl FnMut() -> f64 + 'a) -> Self {
        Contender { name: name.into(), measure: Box::new(measure) }
    }

    /// How many milliseconds a command takes from its start to its end. `prepare` comes before the clock starts.
    pub fn command(name: impl Into<String>, mut prepare: impl FnMut() -> Command + 'a) -> Self {
        Contender::new(name, move || {
            let mut command = prepare();
            let start = Instant::now();
            let status = command.status().expect("starts");
            let taken = start.elapsed();
            assert!(status.success(), "{command:?}");
            taken.as_secs_f64() * 1000.0
        })
    }
}

/// Measures and prints a table. The first contender is the base, which runs twice in each round.
pub fn table(title: &str, unit: &str, rounds: usize, mut contenders: Vec<Contender>) {
    if contenders.len() < 2 || rounds == 0 {
        return;
    }
    let mut random = Shuffle(0x9e37_79b9_7f4a_7c15);
    // One more than there are contenders: the last is the base again.
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); contenders.len() + 1];
    let last = contenders.len();
    for _ in 0..rounds {
        for at in random.order(last + 1) {
            let value = (contenders[at % last].measure)();
            values[at].push(value);
        }
    }
    println!("\n{title}: {unit}, {rounds} rounds");
    println!("{:<52} {:>9} {:>10} {:>21} {:>7}", "", "median", "over base", "middle half of that", "ratio");
    let base = values[0].clone();
    let names = contenders.iter().map(|one| one.name.as_str()).chain(["the base against itself"]);
    for (name, values) in names.zip(&values) {
        let differences = sorted(values.iter().zip(&base).map(|(value, base)| value - base).collect());
        let (middle, half) = (quantile(&sorted(values.clone()), 0.5), quantile(&differences, 0.5));
        let range = format!("{:+.2} … {:+.2}", quantile(&differences, 0.25), quantile(&differences, 0.75));
        let ratio = middle / quantile(&sorted(base.clone()), 0.5);
        println!("{name:<52} {middle:>9.2} {half:>+10.2} {range:>21} {ratio:>6.1}x");
    }
}

/// A small generator of numbers: an order need not be hard to guess.
struct Shuffle(u64);

impl Shuffle {
    fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            order.swap(at, usize::try_from(self.0 % (at as u64 + 1)).unwrap_or_default());
        }
        order
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted.get(((sorted.len().saturating_sub(1)) as f64 * part).round() as usize).copied().unwrap_or_default()
}

/// A command in this environment whose output goes nowhere.
pub fn silent(env: &TestEnv, program: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = env.command(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Such a command as a contender.
pub fn run(name: impl Into<String>, env: &Rc<TestEnv>, program: &Path, args: &[impl AsRef<str>]) -> Contender<'static> {
    let args: Vec<String> = args.iter().map(|arg| arg.as_ref().to_owned()).collect();
    let (env, program) = (Rc::clone(env), program.to_owned());
    Contender::command(name, move || silent(&env, &program, &args))
}

/// The least that starts a program: the base of most tables.
pub fn base(env: &Rc<TestEnv>) -> Contender<'static> {
    run("env A=b true", env, Path::new("/usr/bin/env"), &["A=b", "true"])
}

/// The builds of awsx that are measured: this one, and those that `AWSX_BENCH_AWSX` names, separated by `:`.
pub fn builds() -> Vec<(String, PathBuf)> {
    let others = std::env::var_os("AWSX_BENCH_AWSX").unwrap_or_default();
    let others: Vec<PathBuf> = std::env::split_paths(&others).filter(|path| path.is_absolute()).collect();
    let ours = [("awsx".to_owned(), PathBuf::from(env!("CARGO_BIN_EXE_awsx")))];
    ours.into_iter().chain(others.into_iter().map(|path| (path.display().to_string(), path))).collect()
}

/// `floor.c`, compiled, and its arguments: the files that a warm command reads in this environment.
pub fn floor(env: &TestEnv) -> (PathBuf, Vec<String>) {
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

/// How many system calls a command makes, with all that it starts.
pub fn system_calls(env: &TestEnv, program: &Path, args: &[&str]) -> Option<usize> {
    let trace = env.path("tmp/calls");
    let mut command = env.command("strace");
    command.args(["-f", "-qq", "-o"]).arg(&trace).arg(program).args(args);
    Run::of(command, "").ok();
    Some(fs::read_to_string(trace).ok()?.lines().count())
}

/// How many page faults a command takes, with what it becomes: the least of some runs.
pub fn page_faults(env: &TestEnv, program: &Path, args: &[&str]) -> Option<u64> {
    let so_far = || getrusage(UsageWho::RUSAGE_CHILDREN).map(|usage| usage.minor_page_faults()).unwrap_or_default();
    let one = || {
        let before = so_far();
        assert!(silent(env, program, args).status().expect("starts").success());
        u64::try_from(so_far() - before).ok()
    };
    (0..20).filter_map(|_| one()).min()
}

/// How many instructions a command takes until it ends or becomes another program; `None` without valgrind.
pub fn instructions(env: &TestEnv, program: &Path, args: &[&str]) -> Option<u64> {
    let mut command = env.command("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(args);
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().rev().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}
