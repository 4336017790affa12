//! The fuzz targets: what was found, and inputs that are made at random. `fuzz/run` does more.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use crate::support::root;

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use targets::{TARGETS, Target};

/// A target on all that `fuzz/found` has for it, and on words and bytes in any order.
fn run(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    for found in fs::read_dir(root().join("fuzz/found").join(name)).into_iter().flatten().flatten() {
        (target.holds)(&fs::read(found.path()).expect("an input"));
    }
    let Target { holds, choices, words, parts, tests: (cases, longest), .. } = *target;
    let bytes = |word: &str| word.as_bytes().to_vec();
    let few = prop_oneof![
        3 => (0..parts.len().max(1)).prop_map(move |at| parts.get(at).map_or_else(Vec::new, |part| bytes(part))),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    let some = prop_oneof![40 => prop::sample::select(words).prop_map(bytes), 1 => few];
    let begin = prop_oneof![Just(bytes(words[0])), Just(Vec::new())];
    let rest = prop::collection::vec(some, 0..longest);
    let inputs = (prop::collection::vec(any::<u8>(), choices), begin, rest);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let input =
        |(first, begin, rest): &(Vec<u8>, Vec<u8>, Vec<Vec<u8>>)| [first.as_slice(), begin, &rest.concat()].concat();
    let checked = TestRunner::new(config).run(&inputs, |parts| {
        holds(&input(&parts));
        Ok(())
    });
    match checked {
        Err(TestError::Fail(why, parts)) => panic!("{name}: b\"{}\": {why}", input(&parts).escape_ascii()),
        other => other.expect("inputs can be made"),
    }
}

#[test]
fn config_reader() {
    run("config_reader");
}

#[test]
fn config_editor() {
    run("config_editor");
}

#[test]
fn sealed_items() {
    run("sealed_items");
}

#[test]
fn http_requests() {
    run("http_requests");
}

#[test]
fn shell_quoting() {
    run("shell_quoting");
}

#[test]
fn sign_in_callback() {
    run("sign_in_callback");
}

#[test]
fn pasted_keys() {
    run("pasted_keys");
}

#[test]
fn process_words() {
    run("process_words");
}

#[test]
fn each_target_is_one_for_libfuzzer_and_a_test() {
    let ours: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let files = fs::read_dir(root().join("fuzz/fuzz_targets")).expect("ours").flatten();
    let files: BTreeSet<String> =
        files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".rs")?.to_owned())).collect();
    assert_eq!(files, ours);
    let (manifest, tests) =
        (fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("ours"), include_str!("fuzz.rs"));
    for name in &ours {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(tests.contains(&format!("fn {name}() {{\n    run(\"{name}\")")), "{name}");
    }
    for found in fs::read_dir(root().join("fuzz/found")).into_iter().flatten().flatten() {
        assert!(ours.contains(&*found.file_name().to_string_lossy()), "{found:?}");
    }
}
