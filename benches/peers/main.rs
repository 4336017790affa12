//! awsx beside its peers and a static C program, in one run: a warm command, a cold one, lists and completion, the start of
//! a shell, a prompt, fifty at once, a token for EKS, and the server.
//!
//!     cargo bench --features sandbox --bench peers
//!     cargo bench --features sandbox --bench peers -- --rounds 20 warm server
//!
//! Times are printed and depend on the machine. Counts are asserted: system calls, calls to AWS, instructions. awsx is the
//! build of this run, and those that `AWSX_BENCH_AWSX=PATH:PATH` names, say the static one of `./install`. Each peer is the
//! program that its variable names (`AWSX_BENCH_AWS_VAULT`, `AWSX_BENCH_GRANTED`, `AWSX_BENCH_AWS_SSO_CLI`,
//! `AWSX_BENCH_AWS_SESSION`, `AWSX_BENCH_AWS_CLI`), else the one on the PATH; the AWS CLI else that of `tests/run --setup`. A
//! peer that isn't there is named, and so is what one can't do here. None of them reaches anything but this machine.

// A measurement that can't go on stops.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clients;
mod counts;
mod home;
#[path = "../measure/mod.rs"]
mod measure;
mod others;
mod scenes;
#[path = "../../tests/it/support/mod.rs"]
mod support;

use others::Peers;
use support::Sandbox;

/// What a run is about.
pub struct Bench {
    sandbox: Sandbox,
    peers: Peers,
    rounds: Option<usize>,
}

impl Bench {
    /// How many rounds there are, where the scene itself would take so many.
    fn rounds(&self, usual: usize) -> usize {
        self.rounds.unwrap_or(usual)
    }
}

/// A sandbox in its first state, but that alice has no path: aws-session takes it for a part of the name.
fn sandbox() -> Sandbox {
    Sandbox::with(|world| world["users"][0]["path"] = "/".into())
}

type Scene = fn(&Bench);

fn main() {
    let scenes: [(&str, Scene); 9] = [
        ("counts", counts::counts),
        ("warm", scenes::warm),
        ("cold", scenes::cold),
        ("lists", scenes::lists),
        ("shell", scenes::shell),
        ("prompt", scenes::prompt),
        ("fifty", scenes::fifty),
        ("token", scenes::token),
        ("server", clients::server),
    ];
    let mut rounds = None;
    let mut wanted = Vec::new();
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        if word == "--rounds" {
            rounds = Some(words.next().and_then(|count| count.parse().ok()).expect("--rounds COUNT"));
        } else {
            assert!(
                scenes.iter().any(|(name, _)| *name == word),
                "no scene {word}: {:?}",
                scenes.map(|(name, _)| name)
            );
            wanted.push(word);
        }
    }
    let bench = Bench { sandbox: sandbox(), peers: Peers::find(), rounds };
    for (_, scene) in scenes.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|word| word == name)) {
        scene(&bench);
    }
}
