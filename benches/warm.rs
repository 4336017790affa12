//! What a warm `awsx exec`, `credential-process`, `env` and `unset` cost over `env A=b true`, beside a static C program
//! that does the same to the system (`floor.c`).
//!
//!     cargo bench --features sandbox --bench warm
//!
//! `AWSX_BENCH_AWSX=PATH:PATH` measures more builds of awsx in the same rounds, say the static one of `./install`. Nothing is
//! asserted: times depend on the machine. How other tools do is in `benches/peers`.

// A measurement that can't go on stops.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "measure/mod.rs"]
mod measure;
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::rc::Rc;

use measure::{base, builds, floor, run, table};
use support::{Sandbox, TestEnv};

const ROUNDS: usize = 300;

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
    let (floor, files) = floor(&few);
    let builds = builds();
    for (verb, behind) in [("exec", &["--", "true"][..]), ("credential-process", &[]), ("env", &[])] {
        let mut contenders = vec![base(&few)];
        if verb == "exec" {
            contenders.push(run("floor.c: the same system calls", &few, &floor, &files));
        }
        for (name, binary) in &builds {
            for (what, env, profile) in [
                ("keys and MFA", &few, "prod"),
                ("role", &few, "admin"),
                ("keys, 10,000 profiles", &many, "prod"),
                ("role, 10,000 profiles", &many, "admin"),
            ] {
                contenders.push(run(format!("{name}: {what}"), env, binary, &[&[verb, profile], behind].concat()));
            }
        }
        table(&format!("awsx {verb}"), "ms", ROUNDS, contenders);
    }
    let others = builds.iter().map(|(name, binary)| run(name.as_str(), &few, binary, &["unset"]));
    table("awsx unset", "ms", ROUNDS, std::iter::once(base(&few)).chain(others).collect());
}

/// An environment whose sessions for both profiles are in the cache.
fn prepared(sandbox: &Sandbox, config: &str) -> Rc<TestEnv> {
    let env = TestEnv::new().sandbox(sandbox).config(config).stored(sandbox, "prod", "alice");
    env.awsx(&["exec", "prod", "--code", &sandbox.code("alice"), "--", "true"]).ok();
    env.awsx(&["exec", "admin", "--", "true"]).ok();
    Rc::new(env)
}
