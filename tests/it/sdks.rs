//! `awsx doctor env` says what the real SDKs do: the AWS CLI v1, boto3 and the SDKs for Go, JavaScript and Rust are asked
//! in the same environments, over servers on loopback.

mod around;
mod loopback;
mod renewed;
mod rust;
mod situations;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, root, venv};
use situations::{SITUATIONS, Situation};

/// Where [`loopback`] is in the texts of a situation.
const URL: &str = "{url}";

/// The environment of a situation, and its home folder.
fn env_of(situation: &Situation, url: &str) -> TestEnv {
    let filled = |text: &str, env: &TestEnv| {
        let mut text = text.replace(URL, url).replace("{home}", env.home().to_str().unwrap());
        while let Some((before, rest)) = text.split_once("{keys ") {
            let (name, after) = rest.split_once('}').unwrap();
            let id = id(name);
            text = format!("{before}aws_access_key_id = {id}\naws_secret_access_key = s{after}");
        }
        text
    };
    let mut env = TestEnv::new()
        .var("AWS_ENDPOINT_URL_STS", url)
        .var("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        .var("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    env.unset("AWS_EC2_METADATA_DISABLED");
    for variable in situation.variables.split_whitespace() {
        let (name, value) = variable.split_once('=').unwrap();
        env.set(name, filled(value, &env));
    }
    env.write("home/token", "a token");
    env.write("home/credential-file", format!("AWSAccessKeyId={}\nAWSSecretKey=s\n", id("file")));
    let process = json!({"Version": 1, "AccessKeyId": id("proc"), "SecretAccessKey": "s"});
    env.write("home/process.json", process.to_string());
    let (config, credentials) = (filled(situation.config, &env), filled(situation.credentials, &env));
    env.config(&config).credentials(&credentials)
}

/// An access key ID that ends in a name of four letters at most.
fn id(name: &str) -> String {
    format!("AKIA{:0>16}", name.to_uppercase())
}

/// The access key ID that a source of `awsx doctor env --json` leads to.
fn expected(source: &Value) -> Option<String> {
    match source["kind"].as_str().unwrap() {
        "environment" | "keys" => source["access_key_id"].as_str().map(str::to_owned),
        // What loopback makes of the key that signs.
        "role" => expected(&source["from"]).map(|id| id.replace("AKIA", "ASIA")),
        "web-identity" => Some("ASIA…0WEB".into()),
        "container" => Some("ASIA…CONT".into()),
        "instance" => Some("ASIA…INST".into()),
        "process" => Some("AKIA…PROC".into()),
        "credential-file" => Some("AKIA…FILE".into()),
        // Nobody has signed in to either.
        "sso" | "login" | "nothing" | "error" => None,
        other => panic!("an unknown source: {other}"),
    }
}

fn masked(id: &str) -> String {
    format!("{}…{}", &id[..4], &id[id.len() - 4..])
}

/// What awsx says of one environment, by SDK: ID and region.
fn said(env: &TestEnv) -> BTreeMap<String, Value> {
    let report: Value = serde_json::from_str(env.awsx(&["doctor", "env", "--json"]).ok()).unwrap();
    let sdks = report["sdks"].as_array().unwrap().clone();
    sdks.into_iter().map(|sdk| (sdk["sdk"].as_str().unwrap().to_owned(), sdk)).collect()
}

#[test]
fn the_real_sdks_take_what_doctor_env_says() {
    let server = loopback::start();
    let envs: Vec<TestEnv> = SITUATIONS.iter().map(|situation| env_of(situation, &server)).collect();
    let asked: Vec<Value> = envs
        .iter()
        .map(|env| env.vars().map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap())).collect())
        .collect();
    let here = TestEnv::new();
    let list = here.write("situations.json", Value::from(asked).to_string());

    let sdks = root().join("tests/sdks");
    let client = |program: PathBuf, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.current_dir(&sdks).args(arguments).arg(&list);
        command
    };
    let clients = [
        client(venv("python"), &["ask.py", "boto3"]),
        client(venv("python"), &["ask.py", "aws-cli-v1"]),
        client(sdks.join("installed/node"), &["ask.mjs"]),
        client(sdks.join("installed/ask-go"), &[]),
        rust::asker(&list),
    ];
    let said: Vec<BTreeMap<String, Value>> = envs.iter().map(said).collect();
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let started = clients.map(|command| scope.spawn(|| Run::of(command, "")));
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let mut wrong = Vec::new();
    for run in runs {
        assert_eq!(run.status, 0, "{run:#?}");
        let line = run.stdout.lines().find(|line| line.starts_with('{')).unwrap_or_default();
        let answers: BTreeMap<String, Vec<Value>> = serde_json::from_str(line).unwrap();
        for (sdk, answers) in answers {
            assert_eq!(answers.len(), SITUATIONS.len(), "{sdk}");
            for ((situation, said), answer) in SITUATIONS.iter().zip(&said).zip(&answers) {
                let said = &said[&sdk];
                let real = (answer["id"].as_str().map(masked), answer["region"].as_str().filter(|r| !r.is_empty()));
                let ours = (expected(&said["source"]), said["region"].as_str());
                // Where loading fails, the region is not told.
                let region_counts = !(answer["error"].is_string() && real.1.is_none());
                if real.0 != ours.0 || (region_counts && real.1 != ours.1) {
                    wrong.push(format!("{sdk}, {}: is {answer}, said {said}", situation.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}
