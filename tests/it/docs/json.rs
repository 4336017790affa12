//! The fields of the JSON that commands print are those that the reference lists: each, and no other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::table;
use crate::support::{Sandbox, TestEnv};

const CONFIG: &str = "[profile prod]\nregion = eu-west-1\n\
    [profile ops]\nsource_profile = prod\nrole_arn = arn:aws:iam::111122223333:role/team/deploy\n\
    awsx_account_id = 111122223333\n\
    [profile dev]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = ReadOnly\n\
    [sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n";

/// The names in the reference's form of a command's JSON: what stands in quotes behind a brace or a comma.
fn listed(form: &str) -> BTreeSet<String> {
    let parts: Vec<&str> = form.split('"').collect();
    let name = |pair: &[&str]| pair[0].trim_end().ends_with(['{', ',']).then(|| pair[1].to_owned());
    parts.chunks_exact(2).filter_map(name).collect()
}

/// The names in some JSON, at any depth. The settings of a profile have the names that its file gives them.
fn names(json: &Value, all: &mut BTreeSet<String>) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                all.insert(name.clone());
                if name != "settings" {
                    names(value, all);
                }
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| names(row, all)),
        _ => {}
    }
}

#[test]
fn the_reference_lists_every_field_and_no_other() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(CONFIG).stored(&sandbox, "prod", "dave");
    let env = env.stored(&sandbox, "mine", "alice");
    env.awsx(&["exec", "ops", "--", "true"]).ok();
    env.awsx(&["use", "--here", "prod"]).ok();
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (command, line) in [
        ("list --json", "awsx list --json"),
        ("list --folders --json", "awsx list --folders --json"),
        ("status --json", "CLAUDECODE=1 awsx exec ops -- awsx status --json"),
        ("status --json", "AWSX_PROFILE=dev AWSX_VIA=process awsx status --json"),
        ("whoami --json", "awsx whoami ops --json"),
        ("explain --json", "awsx explain ops --json"),
        ("explain --json", "awsx explain dev --json"),
        ("doctor --json", "awsx doctor --json"),
        ("doctor env --json", "AWS_PROFILE=ops awsx doctor env --json"),
        ("doctor env --json", "AWS_ACCESS_KEY_ID=AKIAX AWS_SECRET_ACCESS_KEY=x awsx doctor env --json"),
        ("advertise show --json", "awsx advertise show prod --json"),
        ("whence --json", "awsx whence --json"),
        ("env --format json", "awsx env ops --format json"),
        ("credential-process", "awsx credential-process ops"),
        ("mfa status --json", "awsx mfa status mine --json"),
    ] {
        let run = env.sh("sh", line);
        let json = serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{line}: {e}: {run:?}"));
        names(&json, seen.entry(command).or_default());
    }
    for row in table("JSON") {
        let form = row[1].split('`').nth(1).unwrap_or_default();
        for command in row[0].split('`').skip(1).step_by(2) {
            let mut want = listed(form);
            if command == "explain --json" {
                want.extend(["to", "until", "renewable"].map(str::to_owned));
            }
            assert_eq!(seen.remove(command), Some(want), "{command}");
        }
    }
    assert!(seen.is_empty(), "not in the reference: {seen:?}");
}
