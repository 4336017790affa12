//! SDKs that run past the end of several sessions of roles, over a process and over a server. The sandbox ends its sessions
//! after seconds, as STS doesn't, and refuses what has ended: each client calls it with what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::rust;
use crate::support::{Run, Sandbox, TestEnv, root, venv};

/// Two roles over the same keys.
const CONFIG: &str = "\
[profile base]
region = eu-central-1
[profile app]
region = eu-central-1
role_arn = arn:aws:iam::111122223333:role/team/deploy
source_profile = base
[profile other]
region = eu-central-1
role_arn = arn:aws:iam::111122223333:role/readonly
source_profile = base
";

/// How long a session lives.
const SECONDS: i64 = 10;

/// How many sessions a client has to see.
const SEEN: usize = 4;

const BOTO3: &str = "\
import boto3, sys, time
session = boto3.Session()
credentials = session.get_credentials()
sts = session.client('sts')
seen = set()
while len(seen) < int(sys.argv[1]):
    id = credentials.get_frozen_credentials().access_key
    print(id, int(time.time() * 1000), flush=True)
    assert '/deploy/' in sts.get_caller_identity()['Arn']
    seen.add(id)
    time.sleep(0.4)
";

/// Two profiles in one command: each gets its own, as often as it takes.
const TWO: &str = "\
import boto3, sys, time
roles = {'app': '/deploy/', 'other': '/readonly/'}
sessions = {name: boto3.Session(profile_name=name) for name in roles}
clients = {name: session.client('sts') for name, session in sessions.items()}
seen = {name: set() for name in roles}
while min(map(len, seen.values())) < int(sys.argv[1]):
    for name, role in roles.items():
        id = sessions[name].get_credentials().get_frozen_credentials().access_key
        print(id, int(time.time() * 1000), flush=True)
        assert role in clients[name].get_caller_identity()['Arn']
        seen[name].add(id)
    time.sleep(0.4)
";

/// Each call of the AWS CLI is a program of its own, which shows under --debug what it signs with.
const CLI: &str = r#"seen=; n=0; while [ $n -lt $1 ]; do
at=$(date +%s%3N); said=$(aws sts get-caller-identity --debug 2>&1) || { echo "$said" >&2; exit 1; }
id=$(echo "$said" | sed -n 's/.*Credential=\(ASIA[A-Z0-9]*\).*/\1/p' | head -n 1)
echo "$id $at"
case "$seen" in *"$id"*) ;; *) seen="$seen $id"; n=$((n + 1)) ;; esac
sleep 1; done"#;

#[test]
fn the_real_sdks_run_past_the_end_of_sessions() {
    let sandbox = Sandbox::start();
    let env = TestEnv::new().sandbox(&sandbox).config(CONFIG).stored(&sandbox, "base", "dave").aws_cli();
    sandbox.request("POST", "settings", &json!({"session_seconds": SECONDS}));
    let seen = SEEN.to_string();
    let sdks = root().join("tests/sdks");
    let clients: [(&str, Vec<String>); 5] = [
        ("go", vec![text(&sdks.join("installed/ask-go")), "--until".into(), seen.clone()]),
        (
            "javascript",
            vec![text(&sdks.join("installed/node")), text(&sdks.join("ask.mjs")), "--until".into(), seen.clone()],
        ),
        ("boto3", vec![text(&venv("python")), "-c".into(), BOTO3.into(), seen.clone()]),
        ("rust", rust::until()),
        ("aws", vec!["sh".into(), "-c".into(), CLI.into(), "sh".into(), seen.clone()]),
    ];
    let two = [text(&venv("python")), "-c".into(), TWO.into(), seen.clone()];
    // Each client says in its calls which one it is.
    let start = |name: &str, profiles: &str, via: &str, words: &[String]| {
        let mut command: Command = env.command("awsx");
        command.args(["exec", profiles, "--via", via, "--"]).args(words);
        command.env(rust::UNTIL, &seen).env("AWS_SDK_UA_APP_ID", name);
        Run::of(command, "")
    };
    let start = &start;
    let runs: Vec<(String, Run)> = std::thread::scope(|scope| {
        let one = |via: &'static str| {
            clients.iter().map(move |(sdk, words)| {
                let name = format!("{sdk}-{via}");
                (name.clone(), scope.spawn(move || start(&name, "app", via, words)))
            })
        };
        let both = scope.spawn(|| start("two-profiles", "app,other", "process", &two));
        let started: Vec<_> = one("process").chain(one("server")).chain([("two-profiles".to_owned(), both)]).collect();
        started.into_iter().map(|(name, run)| (name, run.join().unwrap())).collect()
    });
    let (state, calls) = (sandbox.state(), sandbox.calls());
    let sessions = state["sessions"].as_array().unwrap();
    let ends: BTreeMap<&str, i64> =
        sessions.iter().map(|made| (made["id"].as_str().unwrap(), made["expires"].as_i64().unwrap())).collect();
    assert!(sessions.iter().all(|made| made["expires"] == json!(made["issued"].as_i64().unwrap() + SECONDS)));
    for (name, run) in runs {
        assert_eq!(run.status, 0, "{name}: {run:#?}");
        let used = run.stdout.lines().filter_map(|line| line.split_once(' ')).filter(|(id, _)| id.starts_with("ASIA"));
        let mut ids = BTreeSet::new();
        for (id, at) in used {
            let at: i64 = at.trim().parse().unwrap();
            let end = ends[id] * 1000;
            assert!(at < end, "{name} uses {id} at {at}, which ends at {end}");
            ids.insert(id);
        }
        assert!(ids.len() >= SEEN, "{name}: {ids:?}");
        // What it was about to end it may not have used any more.
        let by_it = calls.iter().filter(|call| call["user_agent"].as_str().unwrap().contains(&format!("app/{name}")));
        let used: BTreeSet<&str> = by_it.filter_map(|call| call["access_key_id"].as_str()).collect();
        assert!(used.len() >= SEEN - 1, "{name}: {used:?}");
    }
    let refused = |call: &&Value| call["outcome"] != "ok";
    assert_eq!(calls.iter().find(refused), None);
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
