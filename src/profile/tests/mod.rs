//! Reading, merging and inheriting, in small files.

mod edit;
mod io;
mod many;
mod sections;

use std::path::Path;

use super::*;
use crate::base::error::ErrorKind;

fn parse(config: &str, credentials: &str) -> Profiles {
    Profiles::parse(Some((Path::new("config"), config.into())), Some((Path::new("credentials"), credentials.into())))
        .unwrap()
}

fn refused(config: &str) -> String {
    let error = Profiles::parse(Some((Path::new("config"), config.into())), None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Config);
    error.what
}

#[test]
fn both_files_make_one_profile() {
    let profiles = parse(
        "[profile a]\nregion = eu-west-1\noutput = json\n[sso-session a]\nsso_region = us-east-1\n",
        "[a]\nregion = us-east-2\naws_access_key_id = AKIA\naws_secret_access_key = hush\n[b]\n",
    );
    assert_eq!(profiles.names(), ["a", "b"]);
    let a = profiles.get("a").unwrap();
    assert_eq!(a.get("region"), Some("us-east-2"));
    assert_eq!(a.get("output"), Some("json"));
    assert_eq!(a.get("aws_secret_access_key"), None);
    assert_eq!(a.static_keys().unwrap().secret_access_key.expose(), "hush");
    assert_eq!(a.line("region"), Some((Path::new("credentials"), 2)));
    assert_eq!(a.line("output"), Some((Path::new("config"), 3)));
    assert_eq!(profiles.location("a"), Some((Path::new("config"), 1)));
    assert_eq!(profiles.location("b"), Some((Path::new("credentials"), 5)));
    assert!(!format!("{a:?} {profiles:?}").contains("hush"));
    let session = profiles.section(SectionKind::SsoSession, "a").unwrap();
    assert_eq!(session.get("sso_region"), Some("us-east-1"));
    assert!(profiles.get("c").is_none() && profiles.section(SectionKind::Services, "a").is_none());
}

#[test]
fn nested_settings_and_continuations() {
    let text = "[profile a]\ns3 =\n  Max = 1\n\n  # no\n  b = 2 # yes\nlong = x\n  y\n\n  z\n\nend = 1\n";
    let a = parse(text, "").get("a").unwrap();
    let s3: Vec<_> = a.nested("s3").unwrap().iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(s3, [("Max", "1"), ("b", "2 # yes")]);
    assert_eq!(a.get("long"), Some("x\ny\n\nz"));
    assert_eq!(a.get("s3"), None);
    assert_eq!(a.line("end"), Some((Path::new("config"), 12)));
}

#[test]
fn what_the_aws_cli_refuses_is_refused_with_its_line() {
    assert_eq!(refused("x = 1\n"), "config:1 can't be read");
    assert_eq!(refused("[default]\r\n\r\nx\r\n"), "config:3 can't be read");
    assert_eq!(refused("[default]\ns3 =\n  x\n"), "config:3 can't be read");
    assert_eq!(refused("\n[profile a\n"), "config:2 can't be read");
}

#[test]
fn an_error_never_shows_the_line() {
    let text = "[default]\naws_secret_access_key hush\n";
    let error = Profiles::parse(None, Some((Path::new("credentials"), text.into()))).unwrap_err();
    assert!(!error.to_string().contains("hush"), "{error}");
}

#[test]
fn the_last_spelling_of_a_header_counts() {
    let profiles = parse("[profile a]\nx = 1\n[profile 'a']\ny = 2\n[profile default]\nx = 1\n[default]\ny = 2\n", "");
    for name in ["a", "default"] {
        let profile = profiles.get(name).unwrap();
        assert_eq!((profile.get("x"), profile.get("y")), (None, Some("2")), "{name}");
    }
}

#[test]
fn python_s_default_section_reaches_every_section_of_its_file() {
    let profiles = parse("[DEFAULT]\nregion = eu-west-1\n[profile a]\n[profile b]\nregion = us-east-1\n", "[c]\n");
    let region = |name| profiles.get(name).unwrap().get("region").map(str::to_owned);
    assert_eq!(region("a").as_deref(), Some("eu-west-1"));
    assert_eq!(region("b").as_deref(), Some("us-east-1"));
    assert_eq!(region("c"), None);
    assert_eq!(profiles.names(), ["a", "b", "c"]);
}

#[test]
fn included_profiles_fill_what_is_missing() {
    let profiles = parse(
        "[profile a]\ninclude_profile = b\nregion = r\n[profile b]\ninclude_profile = c\nregion = x\noutput = o\n\
         [profile c]\ninclude_profile = a\nmfa_serial = m\n",
        "[b]\naws_access_key_id = AKIA\naws_secret_access_key = hush\n",
    );
    let a = profiles.get("a").unwrap();
    assert_eq!((a.get("region"), a.get("output"), a.mfa_serial()), (Some("r"), Some("o"), Some("m")));
    assert!(a.static_keys().is_none() && !a.has("aws_access_key_id"));
}

#[test]
fn region_comes_from_the_sources_and_then_from_default() {
    let profiles = parse(
        "[default]\nregion = d\noutput = text\n[profile a]\nsource_profile = b\n[profile b]\nsource_profile = a\nregion = b\n",
        "",
    );
    assert_eq!(profiles.inherited("a", "region").as_deref(), Some("b"));
    assert_eq!(profiles.inherited("a", "output").as_deref(), Some("text"));
    assert_eq!(profiles.inherited("a", "ca_bundle"), None);
    assert_eq!(profiles.inherited("unknown", "region").as_deref(), Some("d"));
}

#[test]
fn the_account_is_said_or_in_an_arn() {
    let table = [
        ("awsx_account_id = 1", Some("1")),
        ("role_arn = arn:aws:iam::111111111111:role/x", Some("111111111111")),
        ("role_arn = arn:aws-cn:iam::111111111111:role/x\nmfa_serial = arn:aws:iam::2:mfa/x", Some("111111111111")),
        ("sso_account_id = 333333333333", Some("333333333333")),
        ("mfa_arn = arn:aws:iam::222222222222:mfa/x", Some("222222222222")),
        ("mfa_serial = GAHT12345678", None),
    ];
    for (settings, want) in table {
        assert_eq!(
            parse(&format!("[default]\n{settings}\n"), "").get("default").unwrap().account(),
            want,
            "{settings}"
        );
    }
}

#[test]
fn graphs_lead_where_the_sdk_s_cases_say() {
    for case in graph_cases::SDK.iter().chain(&graph_cases::OURS) {
        let got = case
            .profiles()
            .chain("A", |name| case.stored.contains(&name))
            .map(|hops| hops.iter().map(|hop| format!("{:?} {}", hop.step, hop.profile.name)).collect::<Vec<_>>());
        match (&case.expect, got) {
            (graph_cases::Expect::Hops(want) | graph_cases::Expect::NoKeys(want), Ok(got)) => {
                assert_eq!(got, *want, "{}", case.about);
            }
            (graph_cases::Expect::Error(want), Err(error)) => {
                assert_eq!(error.kind, ErrorKind::Config, "{}", case.about);
                assert!(error.to_string().contains(want), "{}: {error}", case.about);
            }
            (_, got) => panic!("{}: {got:?}", case.about),
        }
    }
}
