use std::fs;

use super::files::{AwsFile, find};
use super::*;
use crate::access_keys::import::plaintext::{read, take_out};
use crate::base::secret::Secret;
use crate::profile::FileKind;
use crate::testkit::Kit;
use proptest::prelude::*;

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const OTHER: &str = "AKIAI44QH8DHBEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn pair(id: &str) -> Credentials {
    Credentials::key_pair(id, Secret::new(SECRET.into()))
}

fn found(profile: &str, id: &str) -> Found {
    Found { profile: profile.into(), keys: pair(id) }
}

fn section(name: &str, id: &str) -> String {
    format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {SECRET}\n")
}

fn file(kind: FileKind, text: &str) -> AwsFile {
    AwsFile { kind, path: "file".into(), text: text.to_owned().into() }
}

fn import(kit: &Kit, found: Vec<Found>) -> Result<Outcome> {
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let origin = Origin { place: "a file", question: ["Move it?", "Move these {}?"], no_verify: false };
    run(&kit.app, &profiles, &Findings { found, left: Vec::new() }, &origin)
}

fn held(kit: &Kit, name: &str) -> Option<String> {
    store::held(&kit.app, name).unwrap().map(|keys| keys.access_key_id)
}

fn credentials(kit: &Kit, text: &str) -> std::path::PathBuf {
    kit.credentials(text);
    kit.home.path().join(".aws/credentials")
}

#[test]
fn what_is_found_and_what_is_left() {
    let texts = [
        section("a", ID) + &section("b", ID) + &section("c", OTHER),
        section("session", "ASIAIOSFODNN7EXAMPLE") + "aws_session_token = t\n",
        "[half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n[short]\naws_access_key_id = test\naws_secret_access_key = test\n"
            .into(),
    ];
    let config = section("profile c", ID) + &section("profile d", OTHER) + &section("profile a", ID);
    let files = [file(FileKind::Credentials, &texts.concat()), file(FileKind::Config, &config)];
    let findings = find(&files).unwrap();
    let names: Vec<&str> = findings.found.iter().map(|found| found.profile.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    let left: Vec<&str> = findings.left.iter().map(|left| left.name.as_str()).collect();
    assert_eq!(left, ["half", "session", "short", "c"]);
    assert!(findings.left[3].why.contains("the credentials file overrides"), "{:?}", findings.left);
    assert!(findings.left.iter().all(|left| !left.why.contains(SECRET)));
    let error = find(&files).unwrap().only(&["session".into()], "here").unwrap_err();
    assert!(error.to_string().contains("a session"), "{error}");
    assert!(find(&files).unwrap().only(&["x".into()], "here").unwrap_err().to_string().contains("a, b, c, d"));
    assert_eq!(find(&files).unwrap().only(&["d".into()], "here").unwrap().found.len(), 1);
}

#[test]
fn keys_for_every_section_stay() {
    let text = section("DEFAULT", ID) + "[a]\nregion = x\n";
    let findings = find(&[file(FileKind::Credentials, &text)]).unwrap();
    assert!(findings.found.is_empty() && findings.left[0].why.contains("[DEFAULT]"), "{findings:?}");
}

#[test]
fn it_asks_once_and_stores_what_aws_confirms() {
    let kit = Kit::new();
    kit.prompter.answer("y");
    let outcome = import(&kit, vec![found("a", ID), found("b", ID), found("c", OTHER)]).unwrap();
    assert_eq!((outcome.stored.len(), outcome.refused), (3, 0));
    assert!(kit.prompter.has_said("ask: Move these 3?"));
    assert_eq!(held(&kit, "b").as_deref(), Some(ID));
    // The same pair is asked about once.
    assert_eq!(kit.sts.on.calls().len(), 2);
    assert!(!kit.prompter.transcript().iter().any(|line| line.contains(SECRET)));
}

#[test]
fn nobody_to_ask_and_no() {
    let kit = Kit::new();
    assert_eq!(import(&kit, vec![found("a", ID)]).unwrap_err().kind, ErrorKind::Input);
    kit.prompter.answer("n");
    assert_eq!(import(&kit, vec![found("a", ID)]).unwrap_err().kind, ErrorKind::Failed);
    assert_eq!((held(&kit, "a"), kit.sts.on.calls().len()), (None, 0));
}

#[test]
fn another_stored_key_is_replaced_by_a_person_alone() {
    for (answers, yes, want) in [(vec!["y", "y"], false, ID), (vec!["y", "n"], false, OTHER), (vec![], true, OTHER)] {
        let mut kit = Kit::new();
        kit.app.global.yes = yes;
        store::put(&kit.app, "a", &pair(OTHER)).unwrap();
        for answer in &answers {
            kit.prompter.answer(answer);
        }
        let outcome = import(&kit, vec![found("a", ID)]).unwrap();
        assert_eq!(outcome.refused, usize::from(want == OTHER), "{answers:?}");
        assert_eq!(held(&kit, "a").as_deref(), Some(want));
    }
}

#[test]
fn the_very_pair_is_fine_and_aws_is_not_asked() {
    let mut kit = Kit::new();
    kit.app.global.yes = true;
    store::put(&kit.app, "a", &pair(ID)).unwrap();
    assert_eq!(import(&kit, vec![found("a", ID)]).unwrap().stored.len(), 1);
    assert!(kit.sts.on.calls().is_empty());
}

#[test]
fn a_copy_that_was_left_goes_only_if_its_keys_are_safe() {
    let text = section("a", ID) + &section("b", OTHER);
    let kit = Kit::new();
    let path = credentials(&kit, &section("b", OTHER));
    let copy = path.with_file_name("credentials.awsx-import");
    fs::write(&copy, &text).unwrap();
    let error = read(&kit.app).err().unwrap();
    assert!(error.to_string().contains(ID) && copy.exists(), "{error}");
    store::put(&kit.app, "a", &pair(OTHER)).unwrap();
    assert!(read(&kit.app).is_err() && copy.exists());
    store::put(&kit.app, "a", &pair(ID)).unwrap();
    assert_eq!(read(&kit.app).unwrap().len(), 1);
    assert!(!copy.exists() && kit.prompter.has_said("an earlier import had left"));
}

#[test]
fn a_file_that_changed_meanwhile_is_left_and_so_is_no_copy() {
    let kit = Kit::new();
    let text = section("a", ID);
    let path = credentials(&kit, &text);
    store::put(&kit.app, "a", &pair(ID)).unwrap();
    let files = read(&kit.app).unwrap();
    let changed = text + "# mine\n";
    fs::write(&path, &changed).unwrap();
    let error = take_out(&kit.app, &files, &[found("a", ID)], false).unwrap_err();
    assert!(error.what.contains("changed by somebody else"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn keys_that_the_keychain_loses_are_still_in_the_copy() {
    let kit = Kit::new();
    let text = section("a", ID);
    let path = credentials(&kit, &text);
    let files = read(&kit.app).unwrap();
    // It was never stored.
    let error = take_out(&kit.app, &files, &[found("a", ID)], false).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Keychain);
    assert!(error.hint.unwrap().contains("credentials.awsx-import"));
    assert_eq!(fs::read_to_string(path.with_file_name("credentials.awsx-import")).unwrap(), text);
}

/// A file with keys in some of its sections, and the same file without them.
fn files() -> impl Strategy<Value = (String, Vec<String>)> {
    const LINES: [&str; 10] = [
        "# c",
        "",
        "  ; c",
        "region = x",
        "s3 =\n  a = 1\n\n  b = 2",
        "unknown=1",
        "mfa_serial = arn",
        "k = a\n  more",
        "\t",
        "output: json",
    ];
    let keys =
        |sign: &'static str| [format!("aws_access_key_id{sign}{ID}"), format!("AWS_Secret_Access_Key{sign}{SECRET}")];
    let line = proptest::sample::select(&LINES[..]).prop_map(str::to_owned);
    let sections = (
        any::<bool>(),
        proptest::sample::select(&[" = ", "=", " : "][..]),
        proptest::collection::vec(line, 0..6),
        any::<[usize; 2]>(),
    );
    let ends = proptest::sample::select(&["\n", "\r\n"][..]);
    (proptest::collection::vec(sections, 1..6), any::<bool>(), ends).prop_map(move |(sections, last, end)| {
        let mut lines = vec!["# top".to_owned()];
        let mut names = Vec::new();
        for (number, (with_keys, sign, body, places)) in sections.into_iter().enumerate() {
            lines.push(format!("[p{number}]"));
            let mut body = body;
            if with_keys {
                names.push(format!("p{number}"));
                for (key, place) in keys(sign).into_iter().zip(places) {
                    body.insert(place % (body.len() + 1), key);
                }
            }
            lines.extend(body);
        }
        let mut text = lines.join("\n").replace('\n', end);
        if last {
            text.push_str(end);
        }
        (text, names)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..Default::default() })]

    #[test]
    fn only_the_lines_of_the_keys_go((text, names) in files()) {
        let file = file(FileKind::Credentials, &text);
        prop_assume!(file.profiles().is_ok());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        prop_assert_eq!(find(std::slice::from_ref(&file)).unwrap().found.len(), names.len());
        let is_key = |line: &str| line.to_lowercase().starts_with("aws_");
        let want: String = text.split_inclusive('\n').filter(|line| !is_key(line)).collect();
        let kept = file.without(&names, |_| false).unwrap();
        prop_assert_eq!(kept.as_str(), &want);
        // With another file that has the profiles, sections of empty lines go too, and nothing else does.
        let dropped = file.without(&names, |_| true).unwrap();
        let full = |text: &str| text.split_inclusive('\n').filter(|line| !line.trim().is_empty() && !line.starts_with('[')).collect::<String>();
        prop_assert_eq!(full(&dropped), full(&want));
        let again = find(&[AwsFile { text: dropped, ..file }]).unwrap().found;
        prop_assert!(again.is_empty());
    }
}
