//! Edits by example, and what holds for all of them.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use crate::profile::edit::{add_profile, remove_value, set_value};
use crate::profile::parse::lex::{Lexer, LineKind};
use crate::profile::{FileKind, Profiles, Value};

const CONFIG: FileKind = FileKind::Config;

#[test]
fn a_value_is_replaced_where_it_stands() {
    let table = [
        ("[default]\nk = old\n", "[default]\nk = new\n"),
        ("[default]\nk=old\n", "[default]\nk=new\n"),
        ("[default]\n\tK\t:\told  \r\n; c\r\n", "[default]\n\tK\t:\tnew  \r\n; c\r\n"),
        ("[default]\nk = old # part of the value\n", "[default]\nk = new\n"),
        ("[default]\nk =\n", "[default]\nk = new\n"),
        ("[default]\nk=", "[default]\nk=new"),
        ("[default]\nk = \n", "[default]\nk = new\n"),
        ("[default]\nk = a\n  b\n # stays\n\n  c\nl = 1\n", "[default]\nk = new\n # stays\n\nl = 1\n"),
        ("[default]\nk =\n  a = 1\n[profile b]\n", "[default]\nk = new\n[profile b]\n"),
        ("[default]\nk = 1\nk = 2\n", "[default]\nk = 1\nk = new\n"),
        ("[default]\nk = 1\n[default]\nl = 2\n", "[default]\nk = new\n[default]\nl = 2\n"),
        ("[default]\nk = new", "[default]\nk = new"),
    ];
    for (text, want) in table {
        assert_eq!(set_value(text, CONFIG, "default", "k", "new").as_deref(), Ok(want), "{text:?}");
    }
}

#[test]
fn a_new_value_comes_after_the_last_one() {
    let table = [
        ("[default]", "[default]\nk = v\n"),
        ("[default]\n\n[profile b]\n", "[default]\nk = v\n\n[profile b]\n"),
        ("[default]\r\na = 1\r\n\r\n[profile b]\r\n", "[default]\r\na = 1\r\nk = v\r\n\r\n[profile b]\r\n"),
        ("[default]\na=1", "[default]\na=1\nk=v\n"),
        ("\u{feff}[default]\n  a = 1\n    more\n  # c\n", "\u{feff}[default]\n  a = 1\n    more\n  k = v\n  # c\n"),
        ("[default]\ns3 =\n  a = 1\n", "[default]\ns3 =\n  a = 1\nk = v\n"),
        ("[default]\n  [profile b]\nx = 1\n", "[default]\n  k = v\n  [profile b]\nx = 1\n"),
        ("[default]\na = 1\n[profile b]\n[default]\n", "[default]\na = 1\n[profile b]\n[default]\nk = v\n"),
        ("[default]\ra = 1\r", "[default]\ra = 1\rk = v\r"),
    ];
    for (text, want) in table {
        assert_eq!(set_value(text, CONFIG, "default", "k", "v").as_deref(), Ok(want), "{text:?}");
    }
}

#[test]
fn a_removed_value_takes_its_lines_along() {
    let table = [
        ("[default]\nk = 1\nl = 2\n", "[default]\nl = 2\n"),
        ("[default]\r\nl = 2\r\nK: 1", "[default]\r\nl = 2\r\n"),
        ("[default]\nk =\n  a = 1\n  # c\n  b = 2\n\n[profile b]\nk = 1\n", "[default]\n  # c\n\n[profile b]\nk = 1\n"),
        ("[default]\nk = 1\nl = 2\nk = 3\n[default]\nk = 4\n", "[default]\nl = 2\n[default]\n"),
        ("[default]\nl = 2\n", "[default]\nl = 2\n"),
    ];
    for (text, want) in table {
        assert_eq!(remove_value(text, CONFIG, "default", "k").as_deref(), Ok(want), "{text:?}");
    }
}

#[test]
fn a_profile_is_added_at_the_end() {
    let table = [
        (CONFIG, "", "a", "[profile a]\nk = v\n"),
        (CONFIG, "[default]\nx = 1", "a b", "[default]\nx = 1\n\n[profile \"a b\"]\nk = v\n"),
        (CONFIG, "# c\r\n", "default", "# c\r\n\r\n[default]\r\nk = v\r\n"),
        (CONFIG, "[profile b]\n\n", "a]b", "[profile b]\n\n[profile \"a]b\"]\nk = v\n"),
        (FileKind::Credentials, "[b]\nx = 1\n", "a b", "[b]\nx = 1\n\n[a b]\nk = v\n"),
    ];
    for (kind, text, name, want) in table {
        assert_eq!(add_profile(text, kind, name, &[("k", "v")]).as_deref(), Ok(want), "{text:?}");
    }
}

#[test]
fn what_can_t_be_written_is_refused() {
    let text = "[default]\nk = 1\n";
    for value in ["a\nb", "a\rb", " a", "a\t"] {
        assert!(set_value(text, CONFIG, "default", "k", value).is_err(), "{value:?}");
    }
    for key in ["", "a b", "a=b", "a:b", "#a", "[a]", "A", "a\nb"] {
        assert!(set_value(text, CONFIG, "default", key, "v").is_err(), "{key:?}");
    }
    assert!(set_value(text, CONFIG, "other", "k", "v").is_err());
    assert!(set_value("nonsense", CONFIG, "default", "k", "v").is_err());
    assert!(remove_value(text, CONFIG, "other", "k").is_err());
    assert!(add_profile(text, CONFIG, "default", &[]).is_err());
    assert!(add_profile(text, CONFIG, "a\nb", &[]).is_err());
    assert!(add_profile(text, CONFIG, "a\n[profile b]\nc = d", &[]).is_err());
    assert!(add_profile(text, FileKind::Credentials, "DEFAULT", &[]).is_err());
    assert!(add_profile(text, FileKind::Credentials, "", &[]).is_err());
}

/// Every setting of every profile.
pub(super) fn everything(text: &str) -> BTreeMap<(String, String), Value> {
    let profiles = Profiles::parse(Some((Path::new("config"), text.into())), None).unwrap();
    let mut all = BTreeMap::new();
    for name in profiles.names() {
        for (key, value) in profiles.get(&name).unwrap().settings() {
            all.insert((name.clone(), key.to_owned()), value.clone());
        }
    }
    all
}

/// Which physical lines hold no part of `key`, in any section: those an edit of it may never touch.
fn untouched<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let mut ours = false;
    let mut kept = Vec::new();
    for line in Lexer::new(text).map(Result::unwrap) {
        match line.kind {
            LineKind::Key(_) => ours = line.key(text).eq_ignore_ascii_case(key),
            LineKind::Header(_) => ours = false,
            _ => {}
        }
        if !ours || matches!(line.kind, LineKind::Blank | LineKind::Comment) {
            kept.push(text[line.start..line.next].trim_end_matches(['\r', '\n']));
        }
    }
    kept
}

pub(super) fn texts() -> impl Strategy<Value = String> {
    const LINES: [&str; 26] = [
        "[default]",
        "[profile a]",
        "[profile \"b c\"]",
        "[DEFAULT]",
        "[profile 'a']",
        "[other]",
        "  [profile d]",
        "[sso-session a] # x",
        "k = 1",
        "k=1",
        "  k = 2",
        "K: 3  ",
        "l =",
        "l = a=b # c",
        "\tm = 1",
        "   deep = 1",
        "      deeper = 2",
        "# c",
        "  ; c",
        "",
        "  ",
        "s3 =",
        "aws_secret_access_key = x",
        "n = \u{a0}x",
        "[x",
        "w",
    ];
    // Lone carriage returns don't mix with the others: `\r`, a line gone, `\n` would join to one break.
    const ENDS: [&[&str]; 4] = [&["\n"], &["\r\n"], &["\r"], &["\n", "\r\n"]];
    let lines = proptest::collection::vec((proptest::sample::select(&LINES[..]), any::<usize>()), 1..14);
    (any::<bool>(), any::<bool>(), proptest::sample::select(&ENDS[..]), lines).prop_map(|(mark, last, ends, lines)| {
        let mut text = String::from(if mark { "\u{feff}" } else { "" });
        text.extend(["[profile a]", ends[0]]);
        for (line, end) in lines {
            text.extend([line, ends[end % ends.len()]]);
        }
        if !last {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        text
    })
}

pub(super) fn readable(text: &str) -> bool {
    Profiles::parse(Some((Path::new("config"), text.into())), None).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, max_global_rejects: 200_000, ..Default::default() })]

    #[test]
    fn setting_changes_one_value_and_no_other_byte(
        text in texts().prop_filter("readable", |text| readable(text)),
        key in proptest::sample::select(&["k", "l", "s3", "new"][..]),
        value in proptest::sample::select(&["", "v", "a = b # c", "ä;"][..]),
    ) {
        let new = set_value(&text, CONFIG, "a", key, value).unwrap();
        let mut want = everything(&text);
        want.insert(("a".into(), key.into()), Value::Text(value.into()));
        prop_assert_eq!(everything(&new), want);
        let (before, after) = (untouched(&text, key), untouched(&new, key));
        prop_assert_eq!(after, before, "{}", new);
    }

    #[test]
    fn removing_removes_one_value_and_no_other_byte(
        text in texts().prop_filter("readable", |text| readable(text)),
        key in proptest::sample::select(&["k", "l", "s3", "new"][..]),
    ) {
        let new = remove_value(&text, CONFIG, "a", key).unwrap();
        let mut want = everything(&text);
        let mut got = everything(&new);
        // What [DEFAULT] says is not the profile's own and stays in force.
        want.remove(&("a".into(), key.into()));
        got.remove(&("a".into(), key.into()));
        prop_assert_eq!(got, want);
        prop_assert_eq!(untouched(&new, key), untouched(&text, key));
        prop_assert_eq!(remove_value(&new, CONFIG, "a", key).unwrap(), new);
    }

    #[test]
    fn adding_only_appends(
        text in texts().prop_filter("readable", |text| readable(text)),
        name in "[ -~äß]{1,8}",
    ) {
        prop_assume!(!matches!(name.as_str(), "a" | "b c" | "d" | "default"));
        let new = add_profile(&text, CONFIG, &name, &[("region", "r")]).unwrap();
        prop_assert!(new.starts_with(&text));
        let mut want = everything(&text);
        let profiles = Profiles::parse(Some((Path::new("config"), new.clone())), None).unwrap();
        let added = profiles.get(&name).unwrap();
        for (key, value) in added.settings() {
            want.insert((name.clone(), key.into()), value.clone());
        }
        prop_assert_eq!(everything(&new), want);
        prop_assert_eq!(added.get("region"), Some("r"));
    }
}
