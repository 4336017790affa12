//! Edits of many profiles at once.

use proptest::prelude::*;

use super::edit::{everything, readable, texts};
use crate::profile::edit::{Changes, add_profile, change_profiles, remove_profile, set_value};
use crate::profile::{FileKind, Value};

const CONFIG: FileKind = FileKind::Config;

#[test]
fn each_change_is_where_it_belongs_and_nothing_else_is_touched() {
    let text =
        "# mine\r\n[default]\r\nregion=x\r\n\r\n[profile old]\r\nk = 1\r\n\r\n; above\r\n[profile a]\r\nk=1\r\n# end";
    let changes = Changes {
        session: Some(("corp sso", vec![("sso_region", "r")])),
        added: vec![("b", vec![("k", "v"), ("l", "w")]), ("c d", vec![])],
        changed: vec![("a", vec![("k", "2"), ("new", "n")])],
        removed: vec!["old"],
        ..Changes::default()
    };
    let want = "# mine\r\n[default]\r\nregion=x\r\n\r\n; above\r\n[profile a]\r\nk=2\r\nnew=n\r\n# end\r\n\r\n\
                [sso-session \"corp sso\"]\r\nsso_region = r\r\n\r\n[profile b]\r\nk = v\r\nl = w\r\n\r\n\
                [profile \"c d\"]\r\n";
    assert_eq!(change_profiles(text, &changes).unwrap().as_str(), want);
    assert_eq!(change_profiles(text, &Changes::default()).unwrap().as_str(), text);
    assert_eq!(
        change_profiles("", &Changes { added: vec![("default", vec![("k", "v")])], ..Changes::default() })
            .unwrap()
            .as_str(),
        "[default]\nk = v\n"
    );
}

#[test]
fn a_profile_gets_another_name_and_nothing_else_is_touched() {
    let text =
        "# mine\r\n[profile old]  ; of the team\r\nk = 1 # [profile old]\r\n\r\n[profile\told]\r\nl = 2\r\n[b]\r\n";
    let changes = Changes {
        renamed: vec![("old", "new one")],
        changed: vec![("new one", vec![("l", "3")])],
        ..Changes::default()
    };
    let want = "# mine\r\n[profile \"new one\"]  ; of the team\r\nk = 1 # [profile old]\r\n\r\n[profile \"new one\"]\r\nl = 3\r\n[b]\r\n";
    assert_eq!(change_profiles(text, &changes).unwrap().as_str(), want);
    for (names, said) in [(("none", "new"), "no profile none"), (("old", "a\nb"), "can't"), (("old", "old"), "already")]
    {
        let error = change_profiles(text, &Changes { renamed: vec![names], ..Changes::default() }).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn what_can_not_be_done_changes_nothing() {
    let text = "[profile a]\nk = 1\n[sso-session s]\n";
    for (changes, said) in [
        (Changes { added: vec![("a", vec![])], ..Changes::default() }, "there is a [profile a] already"),
        (Changes { session: Some(("s", vec![])), ..Changes::default() }, "there is a [sso-session s] already"),
        (Changes { changed: vec![("b", vec![("k", "v")])], ..Changes::default() }, "no profile b"),
        (Changes { changed: vec![("a", vec![("k", "v\nw")])], ..Changes::default() }, "can't hold this value"),
        (Changes { added: vec![("x\ny", vec![])], ..Changes::default() }, "can't be read"),
    ] {
        let error = change_profiles(text, &changes).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, max_global_rejects: 200_000, ..Default::default() })]

    #[test]
    fn at_once_as_one_by_one(
        text in texts().prop_filter("readable", |text| readable(text)),
        key in proptest::sample::select(&["k", "l", "s3", "new"][..]),
        value in proptest::sample::select(&["", "v", "a = b # c", "ä;"][..]),
        removed in any::<bool>(),
    ) {
        let base = add_profile(&text, CONFIG, "gone", &[("k", "v")]).unwrap();
        let changes = Changes {
            added: vec![("x1", vec![("k", "v")]), ("x 2", vec![("k", "w")])],
            changed: vec![("a", vec![(key, value)])],
            removed: if removed { vec!["gone"] } else { vec![] },
            ..Changes::default()
        };
        let got = change_profiles(&base, &changes).unwrap();
        let mut want = if removed { remove_profile(&base, CONFIG, "gone").unwrap().to_string() } else { base };
        want = set_value(&want, CONFIG, "a", key, value).unwrap();
        want = add_profile(&want, CONFIG, "x1", &[("k", "v")]).unwrap();
        want = add_profile(&want, CONFIG, "x 2", &[("k", "w")]).unwrap();
        let got_all = everything(&got);
        prop_assert_eq!(&got_all, &everything(&want));
        prop_assert_eq!(got_all.get(&("a".into(), key.into())), Some(&Value::Text(value.into())));
        prop_assert_eq!(got.replace(['\r', '\n'], ""), want.replace(['\r', '\n'], ""));
    }
}
