//! SDKs that run past the end of several sessions, over a process and over a server. A program gives the sessions, so
//! that they can end after seconds: no STS session does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::rust;
use crate::support::{Run, TestEnv, root, venv};

/// Gives sessions of a few seconds, and writes down the ID and the end of each.
const MINT: &str = r#"#!/bin/sh
end=$(($(date +%s) + 10))
id=$(printf 'ASIA%016d' $$)
echo "$id $end" >>~/minted
echo "$id" >>~/minted-$1
printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"s","SessionToken":"t","Expiration":"%s"}' \
    $id $(date -u -d @$end +%Y-%m-%dT%H:%M:%SZ)
"#;

/// How many sessions a client has to see.
const SEEN: usize = 4;

const BOTO3: &str = "\
import boto3, sys, time
session = boto3.Session()
credentials = session.get_credentials()
seen = set()
while len(seen) < int(sys.argv[1]):
    id = credentials.get_frozen_credentials().access_key
    print(id, int(time.time() * 1000), flush=True)
    seen.add(id)
    time.sleep(0.4)
";

/// Two profiles in one command: each gets its own, as often as it takes.
const TWO: &str = "\
import boto3, os, sys, time
names = ['app', 'other']
credentials = {name: boto3.Session(profile_name=name).get_credentials() for name in names}
seen = {name: set() for name in names}
while min(map(len, seen.values())) < int(sys.argv[1]):
    for name in names:
        id = credentials[name].get_frozen_credentials().access_key
        print(id, int(time.time() * 1000), flush=True)
        assert id in open(os.path.expanduser('~/minted-' + name)).read()
        seen[name].add(id)
    time.sleep(0.4)
";

/// Each call of the AWS CLI is a program of its own, which shows the last four characters of the ID.
const CLI: &str = r#"seen=; n=0; while [ $n -lt $1 ]; do
at=$(date +%s%3N); id=ASIA$(aws configure list | awk '/access_key/ { print $2 }')
echo "$id $at"
case "$seen" in *"$id"*) ;; *) seen="$seen $id"; n=$((n + 1)) ;; esac
sleep 1; done"#;

#[test]
fn the_real_sdks_run_past_the_end_of_sessions() {
    let env = TestEnv::new()
        .config(
            "[profile app]\nregion = eu-central-1\ncredential_process = mint app\n\
             [profile other]\nregion = eu-central-1\ncredential_process = mint other\n",
        )
        .aws_cli();
    env.script("mint", MINT);
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
    let start = |profiles: &str, via: &str, words: &[String]| {
        let mut command: Command = env.command("awsx");
        command.args(["exec", profiles, "--via", via, "--"]).args(words).env(rust::UNTIL, &seen);
        Run::of(command, "")
    };
    let start = &start;
    let runs: Vec<(String, Run)> = std::thread::scope(|scope| {
        let started: Vec<_> = ["process", "server"]
            .iter()
            .flat_map(|via| clients.iter().map(move |(sdk, words)| (via, sdk, words)))
            .map(|(via, sdk, words)| (format!("{sdk} over a {via}"), scope.spawn(move || start("app", via, words))))
            .chain([("two profiles over a process".to_owned(), scope.spawn(|| start("app,other", "process", &two)))])
            .collect();
        started.into_iter().map(|(name, run)| (name, run.join().unwrap())).collect()
    });
    let minted = env.read("home/minted");
    // By the end of the ID: the process ID, of which no two are the same within half a minute.
    let ends = minted.lines().map(|line| line.split_once(' ').unwrap());
    let ends: BTreeMap<&str, u128> = ends.map(|(id, end)| (&id[16..], end.parse().unwrap())).collect();
    for (name, run) in runs {
        assert_eq!(run.status, 0, "{name}: {run:#?}");
        let used = run.stdout.lines().filter_map(|line| line.split_once(' ')).filter(|(id, _)| id.starts_with("ASIA"));
        let mut ids = std::collections::BTreeSet::new();
        for (id, at) in used {
            let at: u128 = at.trim().parse().unwrap();
            let end = ends[&id[id.len() - 4..]] * 1000;
            assert!(at < end, "{name} uses {id} at {at}, which ends at {end}");
            ids.insert(id);
        }
        assert!(ids.len() >= SEEN, "{name}: {ids:?}");
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
