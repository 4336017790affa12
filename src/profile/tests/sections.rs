//! Edits of whole sections.

use super::edit::{everything, readable, texts};
use crate::profile::FileKind;
use crate::profile::edit::{put_profile, remove_profile, take_keys};
use proptest::prelude::*;

const CREDENTIALS: FileKind = FileKind::Credentials;
const PAIR: &str = "aws_access_key_id = i\naws_secret_access_key = s\n";

#[test]
fn a_key_pair_goes_and_an_empty_section_with_it() {
    let table = [
        ("[a]\nPAIR", "[a]\n", ""),
        ("[a]\nPAIR\n\n[b]\nk = 1", "[a]\n\n\n[b]\nk = 1", "[b]\nk = 1"),
        ("# c\n[a]\nPAIR# d\n[b]\n", "# c\n[a]\n# d\n[b]\n", "# c\n[a]\n# d\n[b]\n"),
        ("[a]\nregion = x\nPAIR[b]\n", "[a]\nregion = x\n[b]\n", "[a]\nregion = x\n[b]\n"),
        ("[a]\nPAIR[b]\nk = 1\n[a]\nPAIR", "[a]\n[b]\nk = 1\n[a]\n", "[b]\nk = 1\n"),
    ];
    for (text, kept, dropped) in table {
        let text = text.replace("PAIR", PAIR);
        assert_eq!(**take_keys(&text, CREDENTIALS, "a", false).unwrap(), *kept, "{text}");
        assert_eq!(**take_keys(&text, CREDENTIALS, "a", true).unwrap(), *dropped, "{text}");
    }
    // Without its header, the next one would be read as a part of the value above.
    let tricky = format!("[b]\nk = 1\n[a]\n{}  [c]\nl = 1\n", PAIR.replace("aws", "  aws"));
    let taken = take_keys(&tricky, CREDENTIALS, "a", true).unwrap();
    assert_eq!(&**taken, "[b]\nk = 1\n[a]\n  [c]\nl = 1\n");
    assert!(remove_profile(&tricky, CREDENTIALS, "a").is_err());
}

#[test]
fn a_section_goes_with_its_settings() {
    let table = [
        ("[a]\nk = 1\n\n[b]\nk = 2", "[b]\nk = 2"),
        ("[b]\nk = 2\n\n[a]\nk =\n  x = 1\n\n  y = 2\n", "[b]\nk = 2\n\n"),
        ("[b]\r\nk = 2\r\n[a]\r\nk = 1", "[b]\r\nk = 2\r\n"),
        ("[a]\n# inside\nk = 1\n\n# of b\n[b]\n", "# of b\n[b]\n"),
        ("[a]\nk = 1\n[b]\n[a]\nk = 2\n", "[b]\n"),
        ("[a]\n# only a comment\n", "# only a comment\n"),
    ];
    for (text, want) in table {
        assert_eq!(**remove_profile(text, CREDENTIALS, "a").unwrap(), *want, "{text:?}");
    }
    let two = "[profile a]\nk = 1\n[profile 'a']\nk = 2\n[default]\n";
    assert_eq!(&**remove_profile(two, FileKind::Config, "a").unwrap(), "[default]\n");
}

#[test]
fn a_profile_is_put_where_it_stands() {
    let put = |text| put_profile(text, CREDENTIALS, "a", &[("k", "1"), ("l", "2")], &["old"]);
    let table = [
        ("", "[a]\nk = 1\nl = 2\n"),
        ("[b]", "[b]\n\n[a]\nk = 1\nl = 2\n"),
        ("[a]\nold = x\nmine = y\nk=0\n[b]\n", "[a]\nmine = y\nk=1\nl=2\n[b]\n"),
    ];
    for (text, want) in table {
        assert_eq!(**put(text).unwrap(), *want, "{text:?}");
        assert_eq!(**put(want).unwrap(), *want);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, max_global_rejects: 200_000, ..Default::default() })]

    #[test]
    fn no_other_profile_notices(text in texts().prop_filter("readable", |text| readable(text))) {
        let before = everything(&text);
        if let Ok(after) = remove_profile(&text, FileKind::Config, "a") {
            let others = before.into_iter().filter(|((name, _), _)| name != "a");
            prop_assert_eq!(everything(&after), others.collect::<std::collections::BTreeMap<_, _>>());
        }
    }
}
