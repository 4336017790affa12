//! What a comparison comes to, for a config and what is granted.

use std::path::Path;

use super::*;

fn granted(account: &str, role: &str) -> Wanted {
    let granted = Granted { account: account.into(), account_name: format!("Account {account}"), role: role.into() };
    Wanted { name: format!("{account}.{role}"), granted }
}

fn section(name: &str, account: &str, role: &str, more: &str) -> String {
    format!(
        "[profile {name}]\nsso_session = corp\nsso_account_id = {account}\nsso_role_name = {role}\nawsx_imported = corp\n{more}"
    )
}

fn run(config: &str, wanted: &[Wanted], change: impl FnOnce(&mut Asked)) -> Comparison {
    let profiles = Profiles::parse(Some((Path::new("config"), config.to_owned())), None).unwrap();
    let mut asked = Asked { session: "corp", wanted, named: false, region: None, prune: false };
    change(&mut asked);
    compare(&profiles, &asked)
}

fn names(written: &[Written]) -> Vec<&str> {
    written.iter().map(|written| written.name.as_str()).collect()
}

fn pruned(comparison: &Comparison) -> Vec<&str> {
    comparison.pruned.iter().map(|noted| noted.name.as_str()).collect()
}

fn left(comparison: &Comparison) -> Vec<(&str, &str)> {
    comparison.left.iter().map(|left| (left.name.as_str(), left.why.as_str())).collect()
}

#[test]
fn what_is_missing_is_added_with_its_mark() {
    let wanted = [granted("1", "a"), granted("2", "a")];
    let got = run(&section("1.a", "1", "a", ""), &wanted, |asked| asked.region = Some("eu-west-1"));
    assert_eq!((names(&got.added), names(&got.changed), got.same), (vec!["2.a"], vec!["1.a"], 0));
    let keys: Vec<_> = got.added[0].settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let want = ["sso_session=corp", "sso_account_id=2", "sso_role_name=a", "awsx_imported=corp", "region=eu-west-1"];
    assert_eq!(keys, want);
    // A region that is there is a person's, or was asked for once.
    assert_eq!(got.changed[0].settings, [("region", "eu-west-1".to_owned())]);
    let got = run(&section("1.a", "1", "a", "region = x"), &wanted[..1], |asked| asked.region = Some("eu-west-1"));
    assert_eq!((got.is_empty(), got.same), (true, 1));
    // Also where the name is not the one that it would get now.
    let got = run(&section("mine", "1", "a", ""), &wanted[..1], |asked| asked.region = Some("eu-west-1"));
    assert_eq!((names(&got.added), names(&got.changed), got.same), (vec![], vec!["mine"], 0));
    assert_eq!(got.changed[0].settings, [("region", "eu-west-1".to_owned())]);
    let got = run(&section("mine", "1", "a", "region = x"), &wanted[..1], |asked| asked.region = Some("eu-west-1"));
    assert_eq!((got.is_empty(), got.same), (true, 1));
}

#[test]
fn nothing_to_do_the_second_time() {
    let config = [section("1.a", "1", "a", "output = json\n"), section("2.a", "2", "a", "")].concat();
    let got = run(&config, &[granted("1", "a"), granted("2", "a")], |asked| asked.prune = true);
    assert_eq!((got.is_empty(), got.same, got.left.len()), (true, 2, 0));
}

#[test]
fn only_the_keys_that_differ_are_written() {
    let got = run(&section("1.a", "9", "a", "output = json\n"), &[granted("1", "a")], |_| ());
    assert_eq!(got.changed[0].settings, [("sso_account_id", "1".to_owned())]);
}

#[test]
fn what_a_person_wrote_is_never_touched() {
    for (config, said) in [
        ("[profile 1.a]\nregion = x\n".to_owned(), "that awsx has not written"),
        (section("1.a", "1", "a", "").replace("imported = corp", "imported = other"), "imported from other"),
        (format!("[profile 1.a]\ninclude_profile = x\n{}", section("x", "9", "z", "")), "that awsx has not written"),
    ] {
        let got = run(&config, &[granted("1", "a")], |asked| asked.prune = true);
        assert!(got.added.is_empty() && got.changed.is_empty(), "{got:?}");
        assert!(left(&got).iter().any(|(name, why)| *name == "1.a" && why.contains(said)), "{got:?}");
        assert!(!pruned(&got).contains(&"1.a"), "{got:?}");
    }
}

#[test]
fn what_is_gone_is_removed_only_if_told_and_if_nobody_needs_it() {
    let config = [
        section("1.a", "1", "a", ""),
        section("2.a", "2", "a", ""),
        section("3.a", "3", "a", ""),
        section("4.a", "4", "a", "source_profile = 3.a\n"),
        "[profile mine]\nrole_arn = x\nsource_profile = 2.a\n".into(),
    ]
    .concat();
    let got = run(&config, &[granted("1", "a")], |_| ());
    assert!(got.is_empty());
    assert_eq!(left(&got)[0], ("2.a", "is not granted any more; mine needs it"));
    assert_eq!(left(&got)[1].1, "is not granted any more; 4.a needs it");
    assert_eq!(left(&got)[2], ("4.a", "is not granted any more; --prune removes it"));
    let got = run(&config, &[granted("1", "a")], |asked| asked.prune = true);
    assert_eq!(pruned(&got), ["3.a", "4.a"]);
    assert_eq!(left(&got), [("2.a", "is not granted any more; mine needs it")]);
    // What is needed needs something in its turn.
    let got = run(&format!("{config}[profile top]\nsource_profile = 4.a\n"), &[granted("1", "a")], |asked| {
        asked.prune = true;
    });
    assert_eq!((pruned(&got).len(), left(&got)[1]), (0, ("3.a", "is not granted any more; 4.a needs it")));
}

#[test]
fn what_the_credentials_file_says_of_a_profile_keeps_its_name() {
    let config = section("prod", "1", "a", "");
    let parsed = |more: &str| {
        let credentials = (Path::new("credentials"), more.to_owned());
        Profiles::parse(Some((Path::new("config"), config.clone())), Some(credentials)).unwrap()
    };
    let wanted = [granted("1", "a")];
    let asked = Asked { session: "corp", wanted: &wanted, named: true, region: None, prune: true };
    assert_eq!(compare(&parsed(""), &asked).renamed.len(), 1);
    let got = compare(&parsed("[prod]\noutput = json\n"), &asked);
    assert_eq!((got.renamed.len(), names(&got.added)), (0, vec!["1.a"]));
    assert_eq!(left(&got), [("prod", "has another name now; awsx does not remove what you added: output")]);
}

#[test]
fn what_a_renamed_profile_refers_to_keeps_its_name() {
    let admin = section("admin", "1", "a", "awsx_agent = reader\ninclude_profile = common\n");
    let config = [admin, section("reader", "1", "r", ""), section("common", "2", "c", "")].concat();
    let got = run(&config, &[granted("1", "a"), granted("1", "r")], |asked| (asked.named, asked.prune) = (true, true));
    assert_eq!(got.renamed, [Renamed { from: "admin".into(), to: "1.a".into() }]);
    assert_eq!((names(&got.added), pruned(&got)), (vec!["1.r"], vec![]));
    let why = ["is not granted any more; admin needs it", "has another name now; admin needs it"];
    assert_eq!(left(&got), [("common", why[0]), ("reader", why[1])]);
}

#[test]
fn a_profile_that_was_renamed_is_known_by_its_role() {
    let config = section("prod", "1", "a", "");
    // Whoever has the name that it would get now.
    for config in [config.clone(), format!("{config}[profile 1.a]\nregion = x\n")] {
        let got = run(&config, &[granted("1", "a")], |asked| asked.prune = true);
        assert_eq!((got.is_empty(), got.same, got.taken, got.left.len()), (true, 1, 0, 0));
    }
    // Where names are asked for, these are the names.
    let got = run(&config, &[granted("1", "a")], |asked| asked.named = true);
    assert_eq!(
        (names(&got.added), left(&got)),
        (vec!["1.a"], vec![("prod", "has another name now; --prune renames or removes it")])
    );
    let prune = |asked: &mut Asked| (asked.named, asked.prune) = (true, true);
    let got = run(&config, &[granted("1", "a")], prune);
    let renamed = |got: &Comparison| -> Vec<String> {
        got.renamed.iter().map(|it| format!("{} to {}", it.from, it.to)).collect()
    };
    assert_eq!((renamed(&got), got.added.len(), got.pruned.len()), (vec!["prod to 1.a".to_owned()], 0, 0));
    let got = run(&config, &[granted("1", "a")], |asked| {
        prune(asked);
        asked.region = Some("eu-west-1");
    });
    assert_eq!((renamed(&got).len(), names(&got.changed)), (1, vec!["1.a"]));
    // One that another profile refers to keeps its name, and so do those that a person has added to.
    let needed = format!("{config}[profile over]\nrole_arn = x\nsource_profile = prod\n");
    let got = run(&needed, &[granted("1", "a")], prune);
    assert_eq!((renamed(&got).len(), names(&got.added)), (0, vec!["1.a"]));
    assert_eq!(left(&got), [("prod", "has another name now; over needs it")]);
    let own = |name: &str, more: &str| section(name, "1", "a", more);
    let both = [own("1.a", ""), own("plain", "region = x\n"), own("prod", "output = json\n")].concat();
    let got = run(&both, &[granted("1", "a")], prune);
    assert_eq!((renamed(&got).len(), pruned(&got)), (0, vec!["plain"]));
    assert_eq!(left(&got), [("prod", "has another name now; awsx does not remove what you added: output")]);
    // With its role goes all of a profile, which the preview says.
    let got = run(&both, &[], prune);
    assert_eq!(pruned(&got), ["1.a", "plain", "prod"]);
    assert_eq!(got.pruned[2].why, "is not granted any more; with what you added: output");
}
