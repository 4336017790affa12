//! Small files, and what is found in them. The answers stand in `tests/texts/doctor/findings.txt`, to be read like prose;
//! `AWSX_UPDATE=1 tests/run doctor` writes them anew.

use std::collections::BTreeSet;

use awsx::doctor::checks;

use super::{all, compare, files, told};

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
    (
        "sources that lead nowhere",
        "[default]\nregion = eu-west-1\n[profile stored]\n[profile stored-role]\nrole_arn = arn:aws:iam::123456789012:role/x\n[profile lost]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = stord\n[profile nowhere]\nrole_arn = arn:aws:iam::123456789012:role/x\n[profile both]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = stored\ncredential_source = Environment\n[profile odd]\nrole_arn = arn:aws:iam::123456789012:role/x\ncredential_source = Moon\n[profile half]\naws_access_key_id = AKIAEXAMPLEEXAMPLE12\n[profile token]\nweb_identity_token_file = /token\n",
        "",
    ),
    (
        "loops",
        "[default]\nregion = eu-west-1\n[profile a]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = c\n[profile c]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = a\n[profile into]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = a\n[profile i]\ninclude_profile = j\n[profile j]\ninclude_profile = i\n[profile k]\ninclude_profile = gone\n[profile self]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = self\n",
        "",
    ),
    (
        "a credential_process that asks awsx for itself",
        "[default]\nregion = eu-west-1\n[profile a]\ncredential_process = awsx credential-process a\n[profile b]\ncredential_process = /usr/bin/awsx credential-process --min-ttl 15m c\n[profile c]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = b\n[profile d]\ncredential_process = awsx credential-process stored\n[profile stored]\n",
        "",
    ),
    (
        "ARNs in every partition",
        "[default]\nregion = eu-west-1\n[profile stored]\nmfa_serial = arn:aws-cn:iam::123456789012:mfa/team/alice\n[profile a]\nrole_arn = arn:aws-us-gov:iam::123456789012:role/team/x\nsource_profile = stored\n[profile b]\nrole_arn = arn:aws:iam::1234:role/x\nsource_profile = stored\nmfa_serial = arn:aws-iso-b:iam::123456789012:user/alice\n[profile c]\nrole_arn = arn:aws:sts::123456789012:assumed-role/x/me\nsource_profile = stored\nmfa_arn = arn:aws:iam::123456789012:u2f/user/alice/key\n[profile d]\nrole_arn = arn:aws:iam::123456789012:user/alice\nsource_profile = stored\nmfa_serial = GAHT12345678\n[profile e]\nmfa_serial = 123\nrole_arn =\nsource_profile = stored\n[profile f]\nmfa_serial =\n",
        "",
    ),
    (
        "values that only make sense together",
        "[default]\nregion = eu-west-1\n[profile stored]\nduration_seconds = 40h\nawsx_color = reddish\nawsx_account_id = 1\n[profile a]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = stored\nduration_seconds = 60\nexternal_id = a b\nrole_session_name = x\nsession_tags = a\ncredential_process = it's\n[profile b]\nendpoint_url = http://10.0.0.1/\nservices = local\n[services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\niam =\n  endpoint_url = http://aws.test\n",
        "",
    ),
    (
        "sections that are missing or of no use",
        "[default]\nregion = eu-west-1\n[profile a]\nsso_session = gone\nsso_account_id = 123456789012\nsso_role_name = x\nservices = gone\n[profile b]\nsso_session = half\nsso_account_id = 123456789012\nsso_role_name = x\n[sso-session half]\nsso_start_url = https://x.awsapps.com/start\n[profile c]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n[sso-session idle]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n[services idle]\ns3 =\n  endpoint_url = https://s3.test\n",
        "",
    ),
    (
        "keys and sessions in plain text",
        "[default]\nregion = eu-west-1\n",
        "[a]\naws_access_key_id = AKIAEXAMPLEEXAMPLE12\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n[old]\naws_access_key_id = ASIAEXAMPLEEXAMPLE12\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\naws_session_token = hush\nexpiration = 2025-12-31T23:59:59Z\n[gone-mfasession]\naws_access_key_id = ASIAEXAMPLEEXAMPLE12\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\naws_session_token = hush\nexpiration = 2026-12-31T23:59:59Z\n",
    ),
    ("half a pair in the config", "[profile a]\r\nregion = eu-west-1\r\naws_access_key_id = AKIA\r\n", ""),
    (
        "no region anywhere",
        "[profile a]\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = a\n",
        "",
    ),
    (
        "no region in some profiles",
        "[profile stored]\n[profile a]\nregion = eu-west-1\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = a\n[profile c]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = stored\n",
        "",
    ),
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
const ELSEWHERE: &[&str] = &[
    "missing-program",
    "missing-file",
    "unreadable-file",
    "dangling-link",
    "not-utf8",
    "readable-by-others",
    "writable-by-others",
    "foreign-owner",
    "selected-profile-missing",
    "folder-profile-missing",
    "two-selectors",
    "no-profiles",
    "no-default-profile",
    "custom-files",
    "relative-file",
    "stale-token",
    "keys-and-profile",
    "other-tool",
    "expired-in-environment",
    "agent-in-session",
    "keychain-unreachable",
    "keychain-locked",
    "keys-without-profile",
    "keys-gone",
    "unfinished-rotation",
    "runtime-folder",
    "nothing-remembered",
    "clock-offset",
    "aws-cli-absent",
    "aws-cli-broken",
    "aws-cli-old",
    "no-integration",
    "integration-not-loaded",
    "shadowed",
    "hook-gone",
    "kubeconfig-user",
];

/// Each check that judges texts has a case.
#[test]
fn every_check_of_a_text_has_a_case() {
    let found: BTreeSet<&str> = CASES
        .iter()
        .flat_map(|(_, config, credentials)| all(&files(config, credentials)))
        .map(|finding| finding.check.id)
        .collect();
    let missing: Vec<&str> =
        checks::ALL.iter().map(|check| check.id).filter(|id| !found.contains(id) && !ELSEWHERE.contains(id)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
