//! Small files, and what is found in them. The answers stand in `tests/texts/doctor/findings.txt`, to be read like prose;
//! `AWSX_UPDATE=1 tests/run doctor` writes them anew.

use std::collections::BTreeSet;

use awsx::doctor::{checks, in_texts};

use super::{compare, files, told};

/// A name, the config, the credentials file.
pub const CASES: &[(&str, &str, &str)] = &[
    (
        "nothing is wrong",
        "[default]\nregion = eu-west-1\n\n[profile prod]\nregion = eu-west-1\noutput = json\ns3 =\n  addressing_style = path\n",
        "",
    ),
    ("a byte order mark", "\u{feff}[default]\nregion = eu-west-1\n", ""),
    (
        "lines that can't be read",
        "region = eu-west-1\n[default]\nregion eu-west-1\n= x\ns3 =\n  addressing_style path\n",
        "",
    ),
    ("open headers", "[profile a\nregion = eu-west-1\n[profile b # or c\nregion = eu-west-1\n[\n", ""),
    (
        "sections that stand there twice",
        "[profile a]\nregion = eu-west-1\n# of b\n[profile b]\noutput = json\n[profile a]\noutput = json\n# of c\n[profile c]\noutput = text\n[profile b]\noutput = text\n",
        "",
    ),
    (
        "a section twice at the end",
        "[profile a]\nregion = eu-west-1\n[profile a]\nregion = eu-west-1\noutput = json",
        "",
    ),
    (
        "keys that stand there twice",
        "[default]\nregion = eu-west-1\nRegion = eu-west-1\noutput = json\noutput = text\n",
        "",
    ),
    (
        "blanks in headers",
        "[ profile a ]\nregion = eu-west-1\n[profile  b]\nregion = eu-west-1\n[profile\tc]\nregion = eu-west-1\n[default ]\nregion = eu-west-1\n",
        "[ a]\naws_session_expiry = 1\n",
    ),
    (
        "text behind headers",
        "[profile a] # see ticket 1\nregion = eu-west-1\n[profile b] # see [1]\nregion = eu-west-1\n[profile c] x\nregion = eu-west-1\n",
        "",
    ),
    (
        "headers that are no profiles",
        "[profile]\nregion = eu-west-1\n[profile a b]\nregion = eu-west-1\n[Profile c]\nregion = eu-west-1\n[profiles d]\nregion = eu-west-1\n[Default]\nregion = eu-west-1\n[profle e]\nregion = eu-west-1\n",
        "",
    ),
    (
        "the word profile in the wrong file",
        "[staging]\nregion = eu-west-1\n[profile b]\nregion = eu-west-1\n[b]\noutput = json\n",
        "[profile staging]\naws_session_expiry = 1\n[sso-session x]\nsso_region = eu-west-1\n",
    ),
    (
        "sections of others",
        "[plugins]\ncli_legacy_plugin_path = /x\n[tool]\ncolor = red\n[DEFAULT]\noutput = json\n[profile a]\nregion = eu-west-1\n",
        "[DEFAULT]\naws_session_expiry = 1\n",
    ),
    (
        "two headers for one profile",
        "[default]\nregion = eu-west-1\n[profile default]\nregion = eu-west-2\n[profile 'a']\nregion = eu-west-1\n[profile a]\noutput = json\n",
        "",
    ),
    (
        "indented settings",
        "[profile a]\n  region = eu-west-1\n  s3 =\n    addressing_style = path\n  output = json\n[profile b]\nregion = eu-west-1\n",
        "",
    ),
    (
        "lines that continue a value",
        "[profile a]\nregion = eu-west-1\n  output = json\n  [profile b]\nregion = eu-west-2\n   and more\n",
        "",
    ),
    (
        "settings among nested ones",
        "[profile a]\ns3 =\n  addressing_style = path\n  region = eu-west-1\n  max_concurent_requests = 5\n  use_dualstack_endpoint = maybe\n",
        "",
    ),
    (
        "keys that nobody knows",
        "[profile a]\nregoin = eu-west-1\noutptu = json\noutput = json\nsource-profile = b\nfavourite = 1\nazure_tenant_id = x\n[sso-session s]\nsso_start_ur = https://x.awsapps.com/start\nregion = eu-west-1\n",
        "",
    ),
    (
        "settings in the credentials file",
        "[profile a]\nregion = eu-west-1\n",
        "[a]\naws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nregion = eu-west-2\noutput = json\n[b]\nmfa_serial = arn:aws:iam::123456789012:mfa/b\n",
    ),
    (
        "a role in the credentials file",
        "",
        "[default]\naws_session_expiry = 1\n[ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = default\n",
    ),
    (
        "keys in the config",
        "[profile a]\naws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        "",
    ),
    (
        "values that can't be",
        "[profile a]\noutput = xml\nregion = eu-wset-1\nmax_attempts = many\nuse_fips_endpoint = yes\nendpoint_url = aws.test\nduration_seconds = 1h30\nsso_account_id = 12345\nretry_mode = \"standard\"\ns3 = path\nservices =\n  x = y\n[services x]\nsts = https://aws.test\n",
        "",
    ),
    (
        "comments behind values",
        "[profile a]\nregion = eu-west-1 # Ireland\noutput = json ; or text\nrole_arn = arn:aws:iam::123456789012:role/ops # mine\nretry_mode = quick # or not\ncli_pager = less # fine\n",
        "",
    ),
    ("line ends of Windows", "[profile a]\r\nregion = eu-west-1 # Ireland\r\n[profile a]\r\noutput = json\r\n", ""),
    ("a file without a last line end", "[profile a]\nregion = eu-west-1\n  output = json", "[a]\nregion = eu-west-2"),
];

#[test]
fn what_is_found_in_small_files() {
    let text: Vec<String> = CASES
        .iter()
        .map(|(name, config, credentials)| {
            let mut text = format!("== {name} ==\n");
            for (file, lines) in [("config", config), ("credentials", credentials)] {
                let lines = lines.split_inclusive('\n').zip(1..);
                text.extend(lines.map(|(line, number)| {
                    format!("{file}:{number}: {}\n", line.trim_end_matches(['\r', '\n']).escape_debug())
                }));
            }
            text + "\n" + &told(config, credentials)
        })
        .collect();
    compare("findings.txt", text.join("\n"));
}

/// Checks that don't judge texts.
const ELSEWHERE: &[&str] =
    &["unreadable-file", "dangling-link", "not-utf8", "readable-by-others", "writable-by-others", "foreign-owner"];

/// Each check that judges texts has a case.
#[test]
fn every_check_of_a_text_has_a_case() {
    let found: BTreeSet<&str> = CASES
        .iter()
        .flat_map(|(_, config, credentials)| in_texts(&files(config, credentials)))
        .map(|finding| finding.check.id)
        .collect();
    let missing: Vec<&str> =
        checks::ALL.iter().map(|check| check.id).filter(|id| !found.contains(id) && !ELSEWHERE.contains(id)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
