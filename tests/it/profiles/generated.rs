//! Files that nobody would write, read by botocore and by us.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::{Files, botocore, ours};

const HEADERS: [&str; 28] = [
    "[default]",
    "[profile default]",
    "[profile a]",
    "[profile b]",
    "[profile\tc]",
    "[profile   d  ]",
    "[profile \"e f\"]",
    "[profile 'g h' ]",
    "[profile i\\ j]",
    "[profile k\"l m\"n]",
    "[profile \"o]",
    "[profile \"\"]",
    "[profile x y]",
    "[profile a]b]",
    "[profile a] ; ]",
    "[profile q]trailing",
    "[profilea b2]",
    "[ profile r]",
    "[profile]",
    "[sso-session s]",
    "[sso-session \"t u\"]",
    "[sso-sessions s]",
    "[services s]",
    "[services v]",
    "[preview]",
    "[DEFAULT]",
    "[a]",
    "[profile é\u{a0}ü]",
];

const SECTIONS: [&str; 4] = ["s", "t u", "v", "a"];

const LINES: [&str; 38] = [
    "region = eu-west-1",
    "region=us-east-1",
    "REGION : x",
    "Region:y",
    "output = json  ",
    "output =",
    "output=\t",
    "role_arn = arn:aws:iam::123456789012:role/x",
    "credential_process = /bin/x --y=z: 'a b'",
    "mfa_serial\t=\tarn:aws:iam::123456789012:mfa/x",
    "aws_access_key_id = AKIA",
    "aws_secret_access_key = a/b+c=",
    "aws_session_token =",
    "s3 =",
    "S3=",
    "ec2 =",
    "max = 10",
    "Nested_Key = Value",
    "path = a = b",
    "= x",
    ": x",
    "word",
    "a word",
    "-continued",
    "-continued # no comment",
    "value = x # no comment",
    "value = x;y",
    "two words = x",
    "# comment = x",
    "; comment",
    "#",
    "",
    "",
    "[unclosed = x",
    "[]",
    "Ünï = cödé \u{1f31}",
    "\u{a0}nbsp\u{a0}=\u{a0}x\u{a0}y\u{a0}",
    "İ = ẞ",
];

const INDENTS: [&str; 9] = ["", "", "", "", " ", "  ", "\t", "    ", "\u{a0}\u{1f}"];

/// The line breaks of a file, in turn by chance.
const ENDS: [&[&str]; 5] = [&["\n"], &["\n"], &["\r\n"], &["\n", "\r\n"], &["\n", "\r\n", "\r"]];

/// A file of a few sections. Most have no line that can't be read, and no header twice: botocore stops at either.
fn text() -> impl Strategy<Value = String> {
    let select = |from: &'static [&'static str]| proptest::sample::select(from);
    let line = (select(&INDENTS), select(&LINES), any::<usize>());
    let body = proptest::collection::vec(line, 0..6);
    let header = (any::<usize>(), prop_oneof![9 => Just(""), 1 => Just("  ")]);
    let headers = proptest::sample::subsequence(&HEADERS[..], 1..7).prop_shuffle();
    let bodies = proptest::collection::vec((header, body), 7);
    (headers, bodies, proptest::sample::select(&ENDS[..]), any::<u8>()).prop_map(|(headers, bodies, ends, dice)| {
        let mut text = String::from(if dice % 32 == 0 { "# first\n\n" } else { "" });
        for (header, ((end, indent), body)) in headers.into_iter().zip(bodies) {
            text.extend([indent, header, ends[end % ends.len()]]);
            let (mut keys, mut nested): (Vec<String>, bool) = (Vec::new(), false);
            for (indent, line, end) in body {
                // A key twice stops botocore as well; one file in eight may have it.
                let key = line.split(['=', ':']).next().unwrap_or_default().trim().to_lowercase();
                let bad = ["word", "a word", "= x", ": x", "[]"].contains(&line) || line.starts_with('-');
                if dice % 8 != 0 && (keys.contains(&key) || (bad && (indent != "    " || nested || keys.is_empty()))) {
                    continue;
                }
                keys.push(key);
                nested = (nested && !indent.is_empty()) || line.trim_end().ends_with('=');
                text.extend([indent, line, ends[end % ends.len()]]);
            }
        }
        if dice % 4 == 0 {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        text
    })
}

#[test]
fn botocore_reads_the_same() {
    let some = || proptest::option::weighted(0.8, text());
    let strategy = (some(), some()).prop_map(|(config, credentials)| Files { config, credentials });
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let files: Vec<Files> =
        (0..2000).map(|_| strategy.new_tree(&mut runner).expect("nothing is filtered").current()).collect();

    let (mut equal, mut refused, mut doubled) = (0, 0, 0);
    for (files, cli) in files.iter().zip(botocore(&files)) {
        match (files.read(), cli["error"].as_str()) {
            (Ok(profiles), None) => {
                assert_eq!(ours(&profiles, &SECTIONS), cli, "{files:#?}");
                equal += 1;
            }
            // Where botocore stops at something that occurs twice, it is joined instead: see `profile`.
            (_, Some("DuplicateSectionError" | "DuplicateOptionError")) => doubled += 1,
            (Err(_), Some(_)) => refused += 1,
            // A bad nested value of [DEFAULT] goes unnoticed by botocore where every section has its own.
            (Err(error), None) if files.has("[DEFAULT]") && error.to_string().contains("indented") => {}
            (ours, _) => panic!("{files:#?}\nbotocore: {cli}\nours: {:?}", ours.err()),
        }
    }
    assert!(equal > 1200 && refused > 200, "{equal} alike, {refused} refused by both, {doubled} with doubles");
}
