//! What the real SDKs can't be asked in a test: Java and Terraform, and the words.

use std::path::Path;

use super::*;

/// What `sdk` takes, in words, and its notes.
fn taken(sdk: Sdk, variables: &str, config: &str, credentials: &str) -> Choice {
    let file = |name, text: &str| Some((Path::new(name), text.to_owned()));
    let profiles = Profiles::parse(file("config", config), file("credentials", credentials)).unwrap();
    let env: Env = variables.split_whitespace().filter_map(|variable| variable.split_once('=')).collect();
    let is_file = |path: &str| path == "there";
    let credentials = Some(Path::new("credentials"));
    choose(sdk, Around { env: &env, profiles: &profiles, credentials, is_file: &is_file })
}

const KEYS: &str = "[default]\naws_access_key_id = AKIADEFAULT00000DEFA\naws_secret_access_key = s\n\
    [dev]\naws_access_key_id = AKIADEV000000000DEVE\naws_secret_access_key = s\n";
const ENV: &str = "AWS_ACCESS_KEY_ID=AKIAENV000000000ENVI AWS_SECRET_ACCESS_KEY=s ";

#[test]
fn java_goes_its_own_way() {
    let role = "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/x/ops\nsource_profile = default\n";
    let process = "[profile dev]\ncredential_process = x\n";
    let sso = "[profile dev]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\n";
    let web = "AWS_WEB_IDENTITY_TOKEN_FILE=there AWS_ROLE_ARN=arn";
    let table = [
        (format!("{ENV}AWS_PROFILE=dev"), "", KEYS, "keys in the environment (AKIA…ENVI)"),
        ("AWS_PROFILE=dev".into(), "", KEYS, "keys of dev (AKIA…DEVE)"),
        ("AWS_DEFAULT_PROFILE=dev".into(), "", KEYS, "keys of default (AKIA…DEFA)"),
        ("AWS_PROFILE=gone".into(), "", KEYS, "the instance's role, if this is an EC2 instance"),
        ("AWS_PROFILE=gone AWS_EC2_METADATA_DISABLED=true".into(), "", KEYS, "nothing"),
        ("AWS_PROFILE=dev".into(), role, KEYS, "role ops of dev, assumed with AKIA…DEFA"),
        // The process goes before the keys, unlike in every other SDK but Rust.
        ("AWS_PROFILE=dev".into(), process, KEYS, "credential_process of dev"),
        ("AWS_PROFILE=dev".into(), "[profile dev]\nlogin_session = x\n", KEYS, "the console login of dev"),
        ("AWS_PROFILE=dev".into(), sso, KEYS, "Identity Center, as dev says"),
        (format!("{web} AWS_PROFILE=dev"), "", KEYS, "a web identity token (AWS_WEB_IDENTITY_TOKEN_FILE)"),
        ("AWS_ACCESS_KEY_ID=x".into(), "", KEYS, "keys of default (AKIA…DEFA)"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI=x".into(), "", "", "the container's endpoint"),
    ];
    for (variables, config, credentials, want) in table {
        let got = taken(Sdk::Java, &variables, config, credentials);
        assert_eq!(got.source_in_words(), want, "{variables} {config}");
    }
}

#[test]
fn terraform_is_go() {
    for variables in ["AWS_PROFILE=dev", &format!("{ENV}AWS_PROFILE=gone"), &format!("{ENV}AWS_DEFAULT_PROFILE=gone")] {
        let (go, terraform) = (taken(Sdk::Go, variables, "", KEYS), taken(Sdk::Terraform, variables, "", KEYS));
        assert_eq!((go.source, go.notes), (terraform.source, terraform.notes), "{variables}");
    }
}

#[test]
fn the_two_versions_of_the_aws_cli_read_other_variables() {
    let both = "AWS_PROFILE=dev AWS_DEFAULT_PROFILE=default AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-2";
    let of = |sdk| {
        let choice = taken(sdk, both, "", KEYS);
        (choice.profile, choice.region.map(|region| region.name))
    };
    assert_eq!(of(Sdk::Cli2), ("dev".into(), Some("eu-west-1".into())));
    assert_eq!(of(Sdk::Cli1), ("default".into(), Some("eu-west-2".into())));
}

#[test]
fn why_is_said() {
    let notes = |sdk, variables: &str, config: &str| taken(sdk, variables, config, KEYS).notes.join("; ");
    let both = format!("{ENV}AWS_PROFILE=dev");
    assert_eq!(notes(Sdk::Boto3, &both, ""), "keys in the environment go before AWS_PROFILE");
    assert_eq!(notes(Sdk::JavaScript, &both, ""), "AWS_PROFILE goes before keys in the environment");
    assert_eq!(notes(Sdk::Rust, "AWS_DEFAULT_PROFILE=dev", ""), "it doesn't read AWS_DEFAULT_PROFILE");
    let gone = "AWS_WEB_IDENTITY_TOKEN_FILE=gone AWS_ROLE_ARN=arn";
    assert_eq!(notes(Sdk::Go, gone, ""), "the token file doesn't exist");
    let role = "[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = dev\nmfa_serial = arn\n";
    assert!(notes(Sdk::Cli2, "AWS_PROFILE=ops", role).contains("asks for an MFA code"));
    assert!(notes(Sdk::Rust, "AWS_PROFILE=ops", role).contains("can't ask for an MFA code"));
}

#[test]
fn what_there_is_to_say_of_all_of_them() {
    let said = |variables: &str, config: &str| {
        let file = |name, text: &str| Some((Path::new(name), text.to_owned()));
        let profiles = Profiles::parse(file("config", config), file("credentials", KEYS)).unwrap();
        let env: Env = variables.split_whitespace().filter_map(|variable| variable.split_once('=')).collect();
        let around = Around { env: &env, profiles: &profiles, credentials: None, is_file: &|path| path == "there" };
        let choices: Vec<Choice> = Sdk::ALL.into_iter().map(|sdk| choose(sdk, around)).collect();
        remarks(around, &choices)
            .into_iter()
            .flat_map(|remark| [vec![remark.what], remark.details].concat())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let region = "[default]\nregion = us-east-1\n";
    assert_eq!(said("", region), "");
    assert_eq!(said(&format!("{ENV}AWS_REGION=x AWS_DEFAULT_REGION=x"), region), "");
    let both = said(&format!("{ENV}AWS_PROFILE=dev AWS_REGION=x AWS_DEFAULT_REGION=x"), "");
    assert_eq!(
        both,
        "the SDKs take different credentials\n\
         AWS CLI v2, AWS CLI v1, boto3, Go v2, Java v2, Rust, Terraform: keys in the environment (AKIA…ENVI)\n\
         JavaScript v3: keys of dev (AKIA…DEVE)"
    );
    for (variables, says) in [
        (
            "AWS_REGION=eu-west-1",
            "the SDKs use different regions\nAWS CLI v2, Go v2, JavaScript v3, Java v2, Rust, Terraform: eu-west-1\n",
        ),
        ("AWS_CONFIG_FILE=gone", "AWS_CONFIG_FILE names a file that doesn't exist"),
        ("AWS_SHARED_CREDENTIALS_FILE=", "AWS_SHARED_CREDENTIALS_FILE is empty"),
        ("AWS_SDK_LOAD_CONFIG=1", "older SDKs alone"),
        ("AWS_CREDENTIAL_FILE=there", "AWS_CREDENTIAL_FILE is read by the AWS CLI and boto3 alone"),
    ] {
        assert!(said(variables, region).contains(says), "{variables}: {}", said(variables, region));
    }
    assert_eq!(said("AWS_CONFIG_FILE=there", region), "");
    assert_eq!(said("AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null", region), "");
    let token = |more: &str| said(&format!("{ENV}AWS_SECURITY_TOKEN=t {more}"), region);
    assert!(token("").contains("sign without a token"));
    assert!(token("AWS_SESSION_TOKEN=u").contains("the two differ"));
    assert_eq!(token("AWS_SESSION_TOKEN=t"), "");
    let leak = format!("{region}endpoint_url = http://127.0.0.1:1\n");
    let ignored = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true";
    assert!(said(ignored, &leak).contains("call http://127.0.0.1:1, the endpoint_url of default"));
    assert_eq!(said(&format!("{ignored} AWS_ENDPOINT_URL=http://127.0.0.1:2"), &leak), "");
}
