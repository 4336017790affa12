//! Rotations that are killed at a system call, and the next run. No key is ever lost.
//!
//! `AWSX_KILLS=500 tests/run rotate::killed` spreads that many kills over every system call of a rotation. Otherwise it
//! is killed where something changes: a file, a connection, what was sent, what came back.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;

/// Journeys at a time: each of them mostly waits.
const AT_ONCE: usize = 8;
const SEALED: &str = "home/.local/share/awsx/keys.sealed";

/// A system call: the name, and the how manieth of that name it is.
type Point = (String, usize);

/// What every journey starts from: the encrypted file with erin's key in it.
struct Start {
    sealed: Vec<u8>,
}

impl Start {
    fn env(&self, sandbox: &Sandbox) -> TestEnv {
        sandbox.request("POST", "reset", &Value::Null);
        let env = TestEnv::new().sandbox(sandbox).var("AWSX_ADVERTISED", "0");
        env.write(SEALED, &self.sealed);
        env.config(&format!("[profile prod]\nregion = eu-west-1\nmfa_serial = {DEVICE}\n"))
    }
}

/// `awsx rotate prod` under strace.
fn traced(env: &TestEnv, sandbox: &Sandbox, options: &[&str]) -> Run {
    let mut command = env.command("strace");
    command.args(["-qq"]).args(options);
    command.args(["awsx", "rotate", "prod", "-y", "--code", &sandbox.code("erin")]);
    Run::of(command, "")
}

/// Every system call of a rotation, in order.
fn points(start: &Start, sandbox: &Sandbox) -> Vec<(Point, String)> {
    let env = start.env(sandbox);
    let trace = env.path("trace");
    traced(&env, sandbox, &["-o", trace.to_str().unwrap()]).ok();
    let (mut counts, mut points) = (BTreeMap::new(), Vec::new());
    for line in fs::read_to_string(trace).unwrap().lines() {
        let Some((name, _)) = line
            .split_once('(')
            .filter(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        else {
            continue;
        };
        let count = counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        points.push(((name.to_owned(), *count), line.to_owned()));
    }
    points
}

/// Whether something changes with this call, here or at AWS.
fn changes(line: &str) -> bool {
    let names =
        ["connect(", "sendto(", "recvfrom(", "writev(", "rename", "linkat(", "unlink", "fsync(", "flock(", "mkdir("];
    names.iter().any(|name| line.starts_with(name)) && !line.contains("EAGAIN")
}

/// So many of them, spread evenly.
fn spread(points: Vec<Point>, count: usize) -> Vec<Point> {
    let all = points.len();
    points
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at * count / all != (at + 1) * count / all)
        .map(|(_, p)| p)
        .collect()
}

/// Kills a rotation there, and ends it with the next run. How far the first one had come; `None` if it was not killed.
fn journey(start: &Start, sandbox: &Sandbox, (call, nth): &Point) -> Option<String> {
    let env = start.env(sandbox);
    let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
    let run = traced(&env, sandbox, &["-o", "/dev/null", "-e", &inject]);
    let at = format!("{call} {nth}");
    assert!([0, 128 + 9].contains(&run.status), "{at}: {run:#?}");
    let mine = assert_works(&env, sandbox, "erin");
    let left = journals(&env);
    let step = left.first().map(|journal| serde_json::from_str::<Value>(journal).expect("a whole journal"));
    let reached = match step {
        Some(journal) => journal["step"].as_str().unwrap().to_owned(),
        None if mine == ERIN => "none".to_owned(),
        None => "ended".to_owned(),
    };
    if run.status == 0 {
        return None;
    }
    // A code that was on its way counts as used. A person would wait for the next one.
    let end = || rotate(&env, &["--code", &sandbox.code("erin")]);
    let mut next = end();
    if next.status == 5 {
        sandbox.advance(30);
        next = end();
    }
    assert_eq!(next.status, 0, "{at}, {reached}: {next:#?}\n{:#?}", sandbox.log());
    assert_ended(&env, sandbox, "erin", ERIN);
    Some(reached)
}

#[test]
fn no_key_is_lost_and_the_next_run_ends_it() {
    let policies = ["enforce-mfa"];
    let first = sandbox(&policies);
    let start = Start { sealed: fs::read(env(&first, "erin").path(SEALED)).unwrap() };
    let points = points(&start, &first);
    let wanted = std::env::var("AWSX_KILLS").ok().map(|count| count.parse::<usize>().expect("a number"));
    let chosen: Vec<Point> = match wanted {
        Some(count) => spread(points.into_iter().map(|(point, _)| point).collect(), count),
        None => spread(points.into_iter().filter(|(_, line)| changes(line)).map(|(point, _)| point).collect(), 48),
    };
    let (next, reached) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<String, usize>::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let sandbox = sandbox(&policies);
                while let Some(point) = chosen.get(next.fetch_add(1, SeqCst)) {
                    let step = journey(&start, &sandbox, point).unwrap_or_else(|| "not killed".into());
                    *reached.lock().unwrap().entry(step).or_default() += 1;
                }
            });
        }
    });
    let reached = reached.into_inner().unwrap();
    println!("{} kills, by how far the rotation had come: {reached:?}", chosen.len());
    for step in ["none", "begun", "stored", "switched", "deactivated"] {
        assert!(reached.contains_key(step), "no kill at {step}: {reached:?}");
    }
    let missed = reached.get("not killed").copied().unwrap_or(0);
    assert!(missed * 10 <= chosen.len(), "{missed} of {} were not killed", chosen.len());
}
