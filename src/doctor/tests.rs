use super::*;
use std::fmt::Write as _;

use proptest::prelude::*;

fn files(config: &str, credentials: &str) -> Files {
    let at = Locations { config: "config".into(), credentials: "credentials".into() };
    Files::new(at, Some(config.to_owned()), Some(credentials.to_owned()))
}

fn all(files: &Files) -> Vec<Finding> {
    let profiles = files.profiles().unwrap();
    let mut found = in_texts(files);
    found.extend(in_profiles(files, &profiles, &Env::default(), (&BTreeSet::new(), false), Timestamp(0)));
    found
}

/// Ten thousand profiles: one long way of sources, into a loop; each with a key that nobody knows.
#[test]
fn each_of_ten_thousand_profiles_is_read_once() {
    const COUNT: usize = 10_000;
    let mut config = String::new();
    for n in 0..COUNT {
        let source = if n + 1 < COUNT { n + 1 } else { COUNT / 2 };
        let role = "role_arn = arn:aws:iam::123456789012:role/x";
        write!(config, "[profile p{n:05}]\n{role}\nsource_profile = p{source:05}\nfavourite{n} = x\n").unwrap();
    }
    let files = files(&config, "");
    let profiles = files.profiles().unwrap();
    let found = in_profiles(&files, &profiles, &Env::default(), (&BTreeSet::new(), false), Timestamp(0));
    assert_eq!(profiles.reads(), COUNT);
    let loops: Vec<_> = found.iter().filter(|finding| finding.check == checks::SOURCE_LOOP).collect();
    assert_eq!(loops.len(), 1, "the loop is one finding, not one for each profile that leads into it");
    assert!(loops[0].message.len() < 200, "{}", loops[0].message);
    let regions: Vec<_> = found.iter().filter(|finding| finding.check == checks::NO_REGION).collect();
    assert!(regions.len() == 1 && regions[0].message.starts_with("10000 profiles have no region (p00000, p00001, "));
    assert!(regions[0].message.len() < 300, "{}", regions[0].message);
    let found = in_texts(&files);
    let unknown = found.iter().filter(|finding| finding.check == checks::UNKNOWN_KEY).count();
    assert_eq!(unknown, COUNT);
    let shown = lines(&found, &[], false);
    assert!(shown.len() < 100 && shown.iter().any(|line| line.contains("9980 more of unknown-key")), "{shown:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Wherever a secret stands by mistake, it is not quoted; and nothing that a file says acts on the terminal.
    #[test]
    fn no_secret_and_no_escape_is_shown(
        lines in proptest::collection::vec((0..4_usize, 0..14_usize, 0..3_usize), 1..12),
    ) {
        const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        const FORMS: [&str; 14] = [
            "[profile a]", "[a]", "[@]", "[profile @]", "[profile @", "region = @", "@ = x", "@", "aws_secret_access_key = @",
            "source_profile = @", "role_arn = @", "mfa_serial = arn:aws:iam::123456789012:mfa/@\u{1b}[2J",
            "awsx_color = @", "credential_process = '@",
        ];
        let mut text = String::new();
        for (indent, form, end) in lines {
            let line = FORMS[form].replace('@', SECRET);
            writeln!(text, "{}{line}{}", " ".repeat(indent), ["", " # c", "\u{1b}]0;x\u{7}"][end]).unwrap();
        }
        let files = files(&text, &text);
        let found = all(&files);
        let shown = super::lines(&found, &[], false).concat() + &serde_json::to_string(&found.iter().map(Finding::json).collect::<Vec<_>>()).unwrap();
        prop_assert!(!shown.to_lowercase().contains(&SECRET.to_lowercase()[..20]), "{text}\n{shown}");
        prop_assert!(!super::lines(&found, &[], false).concat().contains('\u{1b}'), "{text}");
        for finding in Repair::of(&files).unwrap().mended {
            let told = finding.message.clone() + finding.fix.as_deref().unwrap_or_default();
            prop_assert!(!told.contains(&SECRET[..20]), "{told}");
        }
    }
}
