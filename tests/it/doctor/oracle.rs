//! `--fix` on files that a generator made up: what the AWS CLI reads stays the same, unless that is the very point.

use std::collections::BTreeMap;

use awsx::doctor::{Repair, in_texts};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::files;
use crate::profiles::{Files, botocore};

const CONFIG: [&str; 26] = [
    "[default]",
    "[profile default]",
    "[profile a]",
    "[profile a]",
    "[profile  b]",
    "[ profile b ]",
    "[profile\tc]",
    "[profile c] # c",
    "[profile d] # [d]",
    "[profile e] ; e",
    "[e]",
    "[Profile f]",
    "[profiles f]",
    "[Default]",
    "[sso-session s]",
    "[sso-session  s]",
    "[services v]",
    "[tool]",
    "[DEFAULT]",
    "[profile x y]",
    "[profile \"g h\"]",
    "  [profile a]",
    "[profile]",
    "[profile c",
    "\u{feff}[default]",
    "[profile a] x",
];

const CREDENTIALS: [&str; 9] =
    ["[default]", "[a]", "[a]", "[b]", "[ b]", "[profile c]", "[e] # e", "[sso-session s]", "[DEFAULT]"];

const LINES: [&str; 28] = [
    "region = eu-west-1",
    "region = eu-west-1",
    "region=eu-west-2 # home",
    "Region = eu-west-1",
    "output = json",
    "output = json ; or text",
    "output = text",
    "regoin = eu-west-1",
    "role_arn = arn:aws:iam::123456789012:role/x # y",
    "source_profile = a",
    "mfa_serial = arn:aws:iam::123456789012:mfa/x",
    "aws_access_key_id = AKIA",
    "aws_secret_access_key = a/b+c=",
    "aws_session_token = t",
    "s3 =",
    "addressing_style = path",
    "max_attempts = 5",
    "retry_mode = quick # or not",
    "cli_pager = less # x",
    "# comment = x",
    "; comment",
    "",
    "",
    "x = y",
    "sts =",
    "endpoint_url = https://x.test",
    "word",
    "region =",
];

/// Headers that mean what they seem to mean.
const PLAIN: [&str; 6] = ["[default]", "[profile a]", "[profile \"g h\"]", "[sso-session s]", "[a]", "[b]"];

const INDENTS: [&str; 7] = ["", "", "", "", "  ", "    ", "\t"];

fn text(headers: &'static [&'static str]) -> impl Strategy<Value = String> {
    let select = |from: &'static [&'static str]| proptest::sample::select(from);
    let line = (select(&INDENTS), select(&LINES));
    let section = (select(headers), proptest::collection::vec(line, 0..6));
    let end = prop_oneof![5 => Just("\n"), 1 => Just("\r\n")];
    (proptest::collection::vec(section, 1..6), end, any::<u8>()).prop_map(|(sections, end, dice)| {
        let mut text = String::new();
        // One file in three has little that changes what is read.
        let tame = |text: &str| dice % 3 != 0 || !text.contains([']', '#', ';']) || PLAIN.contains(&text);
        for (header, lines) in sections.into_iter().filter(|(header, _)| tame(header)) {
            text.extend([header, end]);
            for (indent, line) in lines {
                // A line that can't be read ends everything for botocore; few files have one.
                if tame(line) && (line != "word" || dice % 16 == 0) {
                    text.extend([indent, line, end]);
                }
            }
        }
        if dice % 4 == 0 {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        text
    })
}

/// Checks whose changes the AWS CLI must not notice.
const UNSEEN: [&str; 3] = ["indented-setting", "setting-in-credentials", "role-in-credentials"];

#[test]
fn the_aws_cli_reads_the_same_after_fix_unless_that_is_the_point() {
    let some = |headers| proptest::option::weighted(0.8, text(headers));
    let strategy = (some(&CONFIG), some(&CREDENTIALS)).prop_map(|(config, credentials)| Files { config, credentials });
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let before: Vec<Files> =
        (0..400).map(|_| strategy.new_tree(&mut runner).expect("nothing is filtered").current()).collect();
    let repaired: Vec<(Files, Vec<&str>)> = before.iter().map(repaired).collect();
    let after: Vec<Files> = repaired.iter().map(|(files, _)| files.clone()).collect();

    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut alike, mut readable) = (0, 0);
    for (((before, was), is), (after, ids)) in before.iter().zip(botocore(&before)).zip(botocore(&after)).zip(&repaired)
    {
        let told = || format!("{before:#?}\n{ids:?}\n{after:#?}\nwas {was}\nis {is}");
        for id in ids {
            *seen.entry(id).or_default() += 1;
        }
        if was["error"].is_null() {
            assert!(is["error"].is_null(), "the AWS CLI refuses what it took before: {}", told());
            if ids.iter().all(|id| UNSEEN.contains(id)) {
                assert_eq!(was, is, "{}", told());
                alike += usize::from(!ids.is_empty());
            }
        } else {
            readable += usize::from(is["error"].is_null());
        }
    }
    assert!(alike > 10 && readable > 20, "{alike} {readable} {seen:#?}");
    for id in ["duplicate-section", "duplicate-key", "text-behind-header", "continued-line", "comment-in-value"] {
        assert!(seen.get(id).is_some_and(|count| *count > 5), "{id}: {seen:#?}");
    }
}

/// The files after `--fix`, and the names of what was mended.
fn repaired(before: &Files) -> (Files, Vec<&'static str>) {
    let texts = [&before.config, &before.credentials].map(|text| text.clone().unwrap_or_default());
    let repair = Repair::of(&files(&texts[0], &texts[1])).unwrap_or_else(|error| panic!("{before:#?} {error}"));
    let of = |name: &str, text: &Option<String>| {
        let draft = repair.drafts.iter().find(|draft| draft.path.to_str() == Some(name));
        draft.map(|draft| draft.after.to_string()).or_else(|| text.clone())
    };
    let after = Files { config: of("config", &before.config), credentials: of("credentials", &before.credentials) };
    let texts = [&after.config, &after.credentials].map(|text| text.clone().unwrap_or_default());
    let left = in_texts(&files(&texts[0], &texts[1]));
    let more: Vec<_> = left.iter().filter(|finding| finding.mend.is_some()).collect();
    assert!(more.is_empty(), "a second run would mend more: {before:#?} {after:#?} {more:#?}");
    (after, repair.mended.iter().map(|finding| finding.check.id).collect())
}
