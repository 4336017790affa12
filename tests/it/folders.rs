//! Folders that are bound to a profile (`awsx use --here`): what says so, and what is wrong with one.

use std::fs;

use serde_json::{Value, json};

use crate::support::TestEnv;

const CONFIG: &str = "\
[default]
credential_process = issue default
[profile prod]
credential_process = issue prod
[profile dev]
credential_process = issue dev
";

fn env() -> TestEnv {
    let env = TestEnv::new().config(CONFIG);
    env.script(
        "issue",
        "#!/bin/sh\nprintf '{\"Version\":1,\"AccessKeyId\":\"ASIA%s\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\
         \"Expiration\":\"2100-01-01T00:00:00Z\"}' \"$1\"\n",
    );
    env
}

#[test]
fn a_bound_profile_that_is_gone_is_an_error_that_names_the_folder() {
    let env = env();
    env.awsx(&["use", "--here", "dev"]).ok();
    env.write("home/.aws/config", CONFIG.replace("profile dev", "profile development"));
    let here = env.home().canonicalize().unwrap();
    let want = format!(
        "awsx: the folder {} is bound to dev: no profile dev\n  cause: the nearest name is development\n  \
         hint: awsx use --here PROFILE binds it to another; awsx use --forget ends that\n",
        here.display()
    );
    let env = env.var("AWS_PROFILE", "prod");
    for line in [&["exec", "--", "true"][..], &["whoami"], &["explain"], &["aws", "s3", "ls"]] {
        let run = env.awsx(line);
        assert!(run.status == 3 || run.status == 125, "{line:?} {run:?}");
        assert_eq!(run.stderr, want, "{line:?}");
    }
    env.awsx(&["exec", "prod", "--", "true"]).ok();

    // What can't be read is an error too, wherever it could matter.
    env.write("home/.local/state/awsx/folders.json", "{");
    let run = env.awsx(&["exec", "--", "true"]);
    assert!(run.fails(125).starts_with("awsx: the profiles of folders can't be read\n"), "{run:?}");
    env.awsx(&["exec", "prod", "--", "true"]).ok();
}

#[test]
fn explain_status_and_list_say_what_a_folder_is_bound_to() {
    let env = env();
    let here = env.home().canonicalize().unwrap().display().to_string();
    assert!(env.awsx(&["list", "--folders"]).stderr.contains("awsx use --here PROFILE"));
    assert_eq!(env.awsx(&["explain"]).ok().lines().nth(1), Some("  no profile is named"));
    env.awsx(&["use", "--here", "dev"]).ok();
    let bound = format!("  the folder {here} is bound to it (awsx use --here)");
    assert_eq!(env.awsx(&["explain"]).ok().lines().nth(1), Some(bound.as_str()));
    let json: Value = serde_json::from_str(env.awsx(&["explain", "--json"]).ok()).unwrap();
    assert_eq!((&json["profile"], &json["chosen_because"]), (&json!("dev"), &json!(bound.trim())));
    assert_eq!(env.awsx(&["explain", "dev"]).ok().lines().nth(1), Some("  1. process (dev)"));
    let json: Value = serde_json::from_str(env.awsx(&["explain", "dev", "--json"]).ok()).unwrap();
    assert_eq!(json["chosen_because"], Value::Null);

    let status = env.awsx(&["status"]);
    assert_eq!(status.stderr, format!("no session in this environment\n{here} is bound to dev\n"));
    let inside = env.awsx(&["exec", "prod", "--", "awsx", "status"]);
    assert_eq!(inside.ok().lines().last(), Some(format!("folder   {here} is bound to dev").as_str()));
    let json: Value = serde_json::from_str(&env.awsx(&["status", "--json"]).stdout).unwrap();
    assert_eq!(json["folder"], json!({"path": here, "profile": "dev"}));

    fs::create_dir(env.path("home/gone")).unwrap();
    for (folder, profile) in [("home/gone", "dev"), ("home/.aws", "default")] {
        let mut command = env.command("awsx");
        command.args(["use", "--here", profile]).current_dir(env.path(folder));
        crate::support::Run::of(command, "").ok();
    }
    fs::remove_dir(env.path("home/gone")).unwrap();
    env.write("home/.aws/config", "[profile dev]\n");
    let rows: Vec<Vec<String>> = env
        .awsx(&["list", "--folders"])
        .ok()
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect())
        .collect();
    let want = [
        &["FOLDER", "PROFILE"][..],
        &[&here, "dev"],
        &[&format!("{here}/.aws"), "default", "there is no such profile"],
        &[&format!("{here}/gone"), "dev", "there is no such folder"],
    ];
    assert_eq!(rows, want);
    let json: Value = serde_json::from_str(env.awsx(&["list", "--folders", "--json"]).ok()).unwrap();
    assert_eq!(
        json[2],
        json!({"folder": format!("{here}/gone"), "profile": "dev", "folder_exists": false, "profile_exists": true})
    );
}

#[test]
fn forgetting_is_for_the_folder_itself() {
    let env = env();
    let here = env.home().canonicalize().unwrap().display().to_string();
    let run = env.awsx(&["use", "--forget"]);
    assert!(run.fails(1).contains(&format!("{here} is bound to no profile")) && run.stderr.contains("list --folders"));
    env.awsx(&["use", "--here", "dev"]).ok();
    let mut command = env.command("awsx");
    command.args(["use", "--forget"]).current_dir(env.path("home/.aws"));
    let run = crate::support::Run::of(command, "");
    assert!(run.fails(1).contains(&format!("{here} above it is bound to dev")), "{run:?}");
    // Nobody is there to pick one, and none is named.
    let run = env.awsx(&["use", "--here"]);
    assert!(run.fails(5).contains("no profile named"), "{run:?}");
    assert!(env.awsx(&["use", "--here", "nonsense"]).fails(3).contains("no profile nonsense"));
    env.awsx(&["use", "--forget"]).ok();
    assert_eq!(env.awsx(&["list", "--folders", "--json"]).ok().trim(), "[]");
}
