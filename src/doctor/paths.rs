//! Programs and files that profiles name: whether they are there.

use std::collections::HashMap;
use std::path::Path;

use super::around::at;
use super::checks;
use super::finding::{Finding, said};
use crate::base::env::Env;
use crate::base::programs;
use crate::profile::{Profile, Profiles, words};

/// Checks every profile. Each program and file is looked for once.
pub fn check(profiles: &Profiles, env: &Env, found: &mut Vec<Finding>) {
    let mut known: HashMap<String, bool> = HashMap::new();
    for profile in profiles.names().iter().filter_map(|name| profiles.get(name)) {
        for key in ["credential_process", "mfa_process", "web_identity_token_process"] {
            let Some(program) = program(&profile, key) else { continue };
            let there = |name: &str| {
                if name.contains('/') { Path::new(name).exists() } else { programs::find(env, name).is_some() }
            };
            if !*known.entry(program.clone()).or_insert_with(|| there(&program)) {
                let what = format!("the program {} of {key} is not there", said(&program));
                found.push(
                    at(&profile, key, checks::MISSING_PROGRAM, what).fix(format!("install it, or correct {key}")),
                );
            }
        }
        for key in ["web_identity_token_file", "ca_bundle"] {
            let Some(file) = profile.get(key).filter(|file| !file.is_empty()) else { continue };
            let path = env.expand(file);
            if !*known.entry(path.clone()).or_insert_with(|| Path::new(&path).exists()) {
                let what = format!("the file {} of {key} is not there", said(file));
                found.push(at(&profile, key, checks::MISSING_FILE, what).fix(format!("correct {key}")));
            }
        }
    }
}

/// The first word of a command line.
fn program(profile: &Profile, key: &str) -> Option<String> {
    words::split(profile.get(key)?).ok()?.into_iter().next().filter(|word| !word.is_empty())
}
