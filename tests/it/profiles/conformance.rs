//! Every case of `profile-parser-tests.json`, which the crate `aws-runtime` brings along.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Map, Value as Json, json};

use super::{Files, botocore, nested, ours};
use crate::support::root;

/// Where the SDKs and the AWS CLI disagree, awsx is with the AWS CLI, as the contract asks: (case, what the CLI does).
const WITH_THE_AWS_CLI: [(&str, &str); 13] = [
    ("Profile names support alphanumeric characters and - / . % @ _ : +", "any character may be part of a name"),
    ("Property definitions must contain an equals sign.", "`:` is as good as `=`"),
    ("Pound sign comments are ignored.", "a comment is a line of its own; after a value it is part of it"),
    ("Semicolon sign comments are ignored.", "the same"),
    ("All comment types can be used together.", "the same"),
    ("Comments can be empty.", "the same"),
    (
        "Default profile with profile prefix overrides default profile without prefix when profile prefix is first.",
        "of two spellings of one name the last one counts",
    ),
    ("Invalid profile names are ignored.", "a section of the credentials file is a profile, whatever its name"),
    ("Invalid property names are ignored.", "a key may have a space in it"),
    ("Sub-property definitions cannot have an empty name.", "a nested key may be empty"),
    ("Credentials profiles with prefix are ignored.", "the same: its name is `profile foo`"),
    ("profile name with extra whitespace", "a header starts with `profile`, not with a space"),
    ("profile name with extra whitespace in credentials", "the spaces belong to the name"),
];

#[test]
fn every_case_of_the_sdk() {
    let file: Json = serde_json::from_slice(&std::fs::read(cases_file()).unwrap()).unwrap();
    let cases = file["tests"].as_array().unwrap();
    assert!(cases.len() >= 65, "only {} cases", cases.len());

    let files: Vec<Files> = (cases.iter())
        .map(|case| {
            let text = |name: &str| case["input"][name].as_str().map(str::to_owned);
            Files { config: text("configFile"), credentials: text("credentialsFile") }
        })
        .collect();
    let mut differing = Vec::new();
    for ((case, files), cli) in cases.iter().zip(&files).zip(botocore(&files)) {
        let name = case["name"].as_str().unwrap();
        let got = files.read().map(|profiles| ours(&profiles, &["foo"]));
        let as_the_sdk = match (&got, &case["output"]["config"]) {
            (Ok(got), Json::Object(want)) => *got == sdk(want),
            (Err(_), Json::Null) => true,
            _ => false,
        };
        if !as_the_sdk {
            assert_eq!(got.as_ref().ok(), Some(&cli), "{name}: neither as the SDK nor as the AWS CLI");
            differing.push(name);
        }
    }
    let listed: Vec<&str> = WITH_THE_AWS_CLI.iter().map(|(name, _)| *name).collect();
    assert_eq!(differing, listed);
}

/// What the SDK expects, in botocore's form: nested settings as objects, no kind of section left out.
fn sdk(want: &Map<String, Json>) -> Json {
    let sections = |kind: &str| -> Json {
        let sections = want.get(kind).and_then(Json::as_object).cloned().unwrap_or_default();
        let settings = |section: Json| match section {
            Json::Object(map) => Json::Object(
                map.into_iter().map(|(key, value)| (key, value.as_str().map_or(Json::Null, nested))).collect(),
            ),
            other => other,
        };
        Json::Object(sections.into_iter().map(|(name, section)| (name, settings(section))).collect())
    };
    json!({ "profiles": sections("profiles"), "sso_sessions": sections("sso_sessions"), "services": sections("services") })
}

/// The file in the unpacked crate, wherever cargo keeps it.
fn cases_file() -> PathBuf {
    let target = match std::env::consts::OS {
        "macos" => "apple-darwin",
        _ => "unknown-linux-gnu",
    };
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform"])
        .arg(format!("{}-{target}", std::env::consts::ARCH))
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "aws-runtime").unwrap();
    PathBuf::from(package["manifest_path"].as_str().unwrap()).with_file_name("test-data/profile-parser-tests.json")
}
