//! Counts, which don't depend on how busy the machine is. Those of awsx are asserted.

use crate::Bench;
use crate::home::{SCHEMES, config, stored, warm, without_mfa};
use crate::measure::{builds, floor, instructions, page_faults, system_calls};
use crate::others::vault;

/// Most system calls of a warm command, with those of `true` behind it; awsx is measured with the loader of a dynamic build.
const CALLS: usize = 150;
/// Most page faults of the same.
const FAULTS: u64 = 600;
/// Most instructions of a warm `credential-process`, loader included.
const INSTRUCTIONS: u64 = 1_500_000;

/// How many system calls, calls to AWS, page faults and instructions each takes.
pub fn counts(bench: &Bench) {
    println!(
        "\ncounts\n{:<46} {:>13} {:>10} {:>12} {:>13}",
        "", "system calls", "AWS calls", "page faults", "instructions"
    );
    let shown = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
    let show = |name: &str, calls: Option<usize>, aws: Option<usize>, faults: Option<u64>, taken: Option<u64>| {
        let [calls, aws] = [calls, aws].map(|count| shown(count.map(|count| count as u64)));
        println!("{name:<46} {calls:>13} {aws:>10} {:>12} {:>13}", shown(faults), shown(taken));
    };
    let (scheme, name) = SCHEMES[0];
    let (text, keys, role) = (config(10_000, name), name(0), name(1));
    let few = warm(&bench.sandbox, &config(10, name), &keys, &role);
    let many = warm(&bench.sandbox, &text, &keys, &role);
    let (program, files) = floor(&few);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    show("floor.c", system_calls(&few, &program, &files), None, page_faults(&few, &program, &files), None);
    for (build, binary) in &builds() {
        for (what, env, profile) in [
            ("keys".to_owned(), &few, &keys),
            ("role".to_owned(), &few, &role),
            (format!("role, 10,000 {scheme}"), &many, &role),
        ] {
            bench.sandbox.forget_calls();
            let calls = system_calls(env, binary, &["exec", profile, "--", "true"]);
            let aws = bench.sandbox.log().len();
            let faults = page_faults(env, binary, &["exec", profile, "--", "true"]);
            let taken = instructions(env, binary, &["credential-process", profile]);
            show(&format!("{build}: warm exec, {what}"), calls, Some(aws), faults, taken);
            assert_eq!(aws, 0, "a warm command calls nobody");
            // A large file is read in pieces.
            let large = what.contains("10,000");
            assert!(calls.is_none_or(|count| count < if large { 4 * CALLS } else { CALLS }), "{calls:?} system calls");
            // A build that isn't optimised takes several times as many of these.
            let optimised = !cfg!(debug_assertions);
            assert!(!optimised || faults.is_none_or(|count| count < FAULTS), "{faults:?} page faults");
            assert!(!optimised || large || taken.is_none_or(|count| count < INSTRUCTIONS), "{taken:?} instructions");
        }
        let calls = system_calls(&few, binary, &["token", "eks", "--cluster", "prod", &keys]);
        let aws = bench.sandbox.log().len();
        show(&format!("{build}: token eks"), calls, Some(aws), None, None);
        assert!(aws == 0 && calls.is_none_or(|count| count < CALLS), "a token costs what a warm command costs");
        let cold = stored(&bench.sandbox, &without_mfa(&config(10, name)), &keys);
        for (what, env, profile) in [("keys", &cold, &keys), ("role, its source is warm", &few, &role)] {
            env.awsx(&["clear", profile]).ok();
            bench.sandbox.forget_calls();
            let calls = system_calls(env, binary, &["exec", profile, "--", "true"]);
            let done = bench.sandbox.log();
            show(&format!("{build}: cold exec, {what}"), calls, Some(done.len()), None, None);
            assert_eq!(done.len(), 1, "{done:?}");
        }
    }
    if let Some((program, env)) = vault(bench, &config(10, name), &keys) {
        let calls = system_calls(&env, &program, &["exec", "--no-session", &keys, "--", "true"]);
        let faults = page_faults(&env, &program, &["exec", "--no-session", &keys, "--", "true"]);
        show("aws-vault: exec --no-session", calls, None, faults, None);
    }
}
