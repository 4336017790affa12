//! Which test proves what: the promises of SECURITY.md, and what other tools can do, as tests/README.md lists it.

use std::collections::BTreeSet;
use std::fs;

use crate::layout::code::files;
use crate::support::root;

/// The path of every test, as `cargo test -- --list` has it.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (folder, module) in [("src", "src/"), ("tests/it", "tests/it/")] {
        for path in files(&root(), folder, "rs") {
            let text = fs::read_to_string(root().join(&path)).expect("ours");
            let module = path.trim_start_matches(module).trim_start_matches("bin/awsx-sandbox/");
            let module = module.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
            found.extend(tests_in(&text).map(|name| format!("{module}::{name}")));
        }
    }
    found
}

/// The tests of one file, below its module.
fn tests_in(text: &str) -> impl Iterator<Item = String> {
    let (mut inside, mut marked) = ("", false);
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if line.ends_with("mod tests {") {
            inside = "tests::";
        }
        let name = line.strip_prefix("fn ").filter(|_| marked).and_then(|rest| rest.split('(').next());
        marked = line == "#[test]" || (marked && name.is_none());
        name.map(|name| format!("{inside}{name}"))
    })
}

/// The rows of the first table below a line, cell by cell.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join(page)).expect("ours");
    let below = text.split_once(heading).expect("the heading").1;
    let rows = below.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The words in backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_promise_has_its_tests() {
    let known = tests();
    let rows = table("SECURITY.md", "## What awsx promises");
    assert!(rows.len() > 5, "{rows:?}");
    for row in rows {
        let tests = row.last().map(|cell| quoted(cell)).unwrap_or_default();
        assert!(!tests.is_empty(), "no test behind: {row:?}");
        for test in tests {
            let is_there = known.iter().any(|path| path.rsplit("::").next() == Some(test));
            assert!(is_there, "SECURITY.md names {test}, which is no test");
        }
    }
}

#[test]
fn what_other_tools_can_do_has_its_tests() {
    let known = tests();
    let mut last = 0;
    for row in table("tests/README.md", "## What other tools can do") {
        let [number, capability, from, here, tests] = row.as_slice() else { panic!("five cells: {row:?}") };
        let number: u32 = number.parse().expect("a number");
        assert_eq!(number, last + 1, "{row:?}");
        last = number;
        assert!([capability, from, here].iter().all(|cell| !cell.is_empty()), "{row:?}");
        let tests = quoted(tests);
        assert!(!tests.is_empty(), "no test behind: {row:?}");
        for test in tests {
            assert!(known.contains(test), "tests/README.md names {test}, which is no test");
        }
    }
    assert_eq!(last, 99);
}

#[test]
fn tests_are_found_wherever_they_stand() {
    let text = "#[test]\nfn one() {\n#[test]\n// why\n#[ignore]\nfn two(\nfn three() {}\n#[cfg(test)]\nmod tests {\n    proptest! {\n\
                #[test]\n        fn four(x in 0..1) {";
    assert_eq!(tests_in(text).collect::<Vec<_>>(), ["one", "two", "tests::four"]);
    let all = tests();
    for path in ["docs::coverage::tests_are_found_wherever_they_stand", "profile::tests::edit::adding_only_appends"] {
        assert!(all.contains(path), "{path}");
    }
    assert!(all.len() > 700, "{}", all.len());
}
