//! Profiles for what Identity Center grants: `awsx import sso` against a portal with as many accounts as a large company has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use awsx::base::time::Timestamp;
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::support::{AnsweringServer, TestEnv, answering_server};

/// How many accounts a page holds.
const PAGE: usize = 100;
/// Every request of this number is one too many for the portal.
const TOO_MANY: usize = 60;

fn query(line: &str) -> BTreeMap<&str, &str> {
    let query = line.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.split_once('=')).collect()
}

/// A portal with so many accounts, with two roles each. Now and then it finds a request one too many.
fn portal(accounts: usize) -> AnsweringServer {
    let count = std::sync::atomic::AtomicUsize::new(0);
    answering_server(move |line| {
        if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % TOO_MANY == TOO_MANY - 1 {
            return (429, json!({"__type": "TooManyRequestsException", "message": "slow down"}).to_string());
        }
        let query = query(line);
        let from: usize = query.get("next_token").and_then(|token| token.parse().ok()).unwrap_or_default();
        let answer = if line.starts_with("GET /assignment/accounts") {
            let page: Vec<_> = (from..accounts.min(from + PAGE))
                .map(|i| json!({"accountId": format!("{:012}", i + 1), "accountName": format!("Team {i}"), "emailAddress": "x@y.test"}))
                .collect();
            let next = (from + PAGE < accounts).then(|| (from + PAGE).to_string());
            json!({"accountList": page, "nextToken": next})
        } else if line.starts_with("GET /assignment/roles") {
            // A page for each role.
            let role = ["Admin", "ReadOnly"][from];
            let next = (from == 0).then_some("1");
            json!({"roleList": [{"roleName": role, "accountId": query.get("account_id")}], "nextToken": next})
        } else {
            return (404, String::new());
        };
        (200, answer.to_string())
    })
}

/// A home in which the AWS CLI has signed in.
fn signed_in(portal: &AnsweringServer) -> TestEnv {
    let env = TestEnv::new().var("AWS_ENDPOINT_URL_SSO", &portal.url);
    let cache = data_encoding::HEXLOWER.encode(&Sha1::digest("corp"));
    let expires = Timestamp::from(SystemTime::now() + Duration::from_hours(1)).to_string();
    let token = json!({"startUrl": "https://corp.awsapps.com/start", "region": "us-east-1", "accessToken": "opaque",
        "expiresAt": expires});
    env.write(&format!("home/.aws/sso/cache/{cache}.json"), token.to_string());
    env
}

#[test]
fn hundreds_of_accounts_and_a_portal_that_wants_fewer_requests() {
    let portal = portal(250);
    let mut config = String::from(
        "# ours\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n",
    );
    for i in 0..3000 {
        let _ = write!(config, "[profile p{i}]\nrole_arn = arn:aws:iam::111122223333:role/r{i}\nsource_profile = p\n");
    }
    let env = signed_in(&portal).config(&config);
    let run = env.awsx(&["import", "sso", "-y"]);
    run.ok();
    assert!(run.stderr.contains("corp grants 500 roles in 250 accounts"), "{}", run.stderr);
    let after = env.read("home/.aws/config");
    assert!(after.starts_with(&config));
    assert_eq!(after.matches("awsx_imported = corp\n").count(), 500);
    assert!(after.contains(
        "\n[profile 000000000250.ReadOnly]\nsso_session = corp\nsso_account_id = 000000000250\nsso_role_name = ReadOnly\n"
    ));
    // Three pages of accounts, two pages of roles for each; what was refused was asked again, and nothing else.
    let requests = portal.requests();
    assert_eq!(requests.len() - requests.len() / TOO_MANY, 3 + 500);
    assert!(requests.iter().all(|request| request.contains("x-amz-sso_bearer_token: opaque")));

    let again = env.awsx(&["import", "sso", "--prune"]);
    again.ok();
    assert!(again.stderr.contains("nothing was changed"), "{}", again.stderr);
    assert_eq!(env.read("home/.aws/config"), after);
}

#[test]
fn on_a_terminal_it_shows_and_asks() {
    let portal = portal(10);
    let config = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n\
                  [profile Team-7.Admin]\noutput = json\n";
    let env = signed_in(&portal).config(config);
    let template = ["import", "sso", "--name-template", "{account_name}.{role}"];
    let run = env.awsx(&template);
    assert!(run.fails(5).contains("-y answers yes"), "{run:?}");
    let mut pty = env.pty(&template);
    pty.expect("add    Team-9.ReadOnly  ReadOnly in 000000000010 (Team 9)");
    pty.expect("leave  Team-7.Admin");
    pty.expect("there is one of that name that awsx has not written");
    pty.expect("Write this to ");
    pty.send_line("n");
    assert_eq!(pty.wait().0, 1);
    assert_eq!(env.read("home/.aws/config"), config);
    let run = env.awsx(&["import", "sso", "--name-template", "{role}", "-y"]);
    let said = run.fails(3);
    assert!(said.contains("two roles would have the name Admin") && said.contains("000000000001 (Team 0)"), "{said}");
    let run = env.awsx(&["import", "sso", "--name-template", "{roll}"]);
    assert!(run.fails(2).contains("there is no {roll}"), "{run:?}");
    assert_eq!(env.read("home/.aws/config"), config);
}

#[test]
fn a_config_that_changes_meanwhile_is_left_alone() {
    let portal = portal(10);
    let config = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
    let env = signed_in(&portal).config(config);
    let mut pty = env.pty(&["import", "sso"]);
    pty.expect("Write this to ");
    let theirs = format!("{config}[profile theirs]\n");
    env.write("home/.aws/config", &theirs);
    pty.send_line("y");
    pty.expect("was changed by somebody else meanwhile");
    assert_eq!(pty.wait().0, 1);
    assert_eq!(env.read("home/.aws/config"), theirs);
}
