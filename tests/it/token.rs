//! `awsx token`: botocore and the AWS CLI, given the same session and the same second, make the same tokens.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Run, Sandbox, TestEnv, venv};

fn env(sandbox: &Sandbox) -> TestEnv {
    let config = "[profile prod]\nregion = eu-central-1\n";
    TestEnv::new().sandbox(sandbox).config(config).stored(sandbox, "prod", "bob")
}

/// A URL as what is before the query, and the query.
fn parts(url: &str) -> (String, BTreeMap<String, String>) {
    let (before, query) = url.split_once('?').expect("a query");
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    (before.to_owned(), query.split('&').filter_map(pair).collect())
}

/// The same token made by the AWS CLI or botocore inside the same session.
fn theirs(env: &TestEnv, options: &[&str], url: &str, asked: &Value) -> String {
    let mut asked = asked.clone();
    asked["at"] = parts(url).1["X-Amz-Date"].as_str().into();
    let mut command = env.command("awsx");
    command.args(["exec", "prod"]).args(options).arg("--").arg(venv("python"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/presigned_tokens.py"));
    let line = Run::of(command, &format!("{asked}\n")).ok().to_owned();
    serde_json::from_str(&line).expect("JSON")
}

fn url_in(token: &str) -> String {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(token.strip_prefix("k8s-aws-v1.").expect("a prefix").as_bytes());
    String::from_utf8(bytes.expect("base64")).expect("text")
}

/// A token for a cluster and its AWS CLI twin, both with these options of awsx.
fn assert_same(env: &TestEnv, options: &[&str], region: &str) -> String {
    let said = env.awsx(&[&["token", "eks", "prod", "--cluster", "blue-1"], options].concat()).ok().to_owned();
    let credential: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(credential["apiVersion"], "client.authentication.k8s.io/v1beta1");
    let url = url_in(credential["status"]["token"].as_str().expect("a token"));
    let asked = json!({"eks": "blue-1", "region": region});
    assert_eq!(parts(&url), parts(&theirs(env, options, &url, &asked)));
    url
}

#[test]
fn clusters_get_what_the_aws_cli_would_send() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    env.awsx(&["exec", "prod", "--", "true"]).ok();
    sandbox.forget_calls();
    assert_same(&env, &[], "eu-central-1");
    assert_same(&env, &["--region", "ap-south-1"], "ap-south-1");
    assert_eq!(sandbox.log(), Vec::<String>::new(), "it is made on this machine");
}

#[test]
fn without_an_endpoint_of_ones_own_it_is_that_of_the_region() {
    let sandbox = Sandbox::start();
    // Keys need no call, so nothing is sent to AWS; if something were, it would end here.
    let mut env = env(&sandbox).var("HTTPS_PROXY", "http://127.0.0.1:1");
    env.unset("AWS_ENDPOINT_URL");
    let url = assert_same(&env, &["--no-session"], "eu-central-1");
    assert!(url.starts_with("https://sts.eu-central-1.amazonaws.com/?Action="), "{url}");
}

#[test]
fn kubectl_says_which_version_it_wants() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox).var(
        "KUBERNETES_EXEC_INFO",
        r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}"#,
    );
    let said = env.awsx(&["token", "eks", "prod", "--cluster", "blue"]).ok().to_owned();
    assert!(said.contains("client.authentication.k8s.io/v1\""), "{said}");
    assert!(said.ends_with("}\n") && said.lines().count() == 1);
}

#[test]
fn databases_get_what_botocore_would_send() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let db = "db.c1a2b3.eu-west-1.rds.amazonaws.com";
    for (host, port, user, region, options) in [
        (db, "5432", "app", "eu-west-1", &[][..]),
        (db, "3306", "o'neil & co@x", "ap-south-1", &["--region", "ap-south-1"]),
        ("db.example.test", "1433", "app", "eu-central-1", &[]),
    ] {
        let line = ["token", "rds", "prod", "--host", host, "--port", port, "--user", user];
        let said = env.awsx(&[&line, options].concat()).ok().to_owned();
        assert!(said.starts_with(&format!("{host}:{port}/?Action=connect&DBUser=")), "{said}");
        let url = format!("https://{}", said.trim_end());
        let port: u16 = port.parse().expect("a number");
        assert_eq!(
            parts(&url),
            parts(&theirs(&env, options, &url, &json!({"rds": [host, port, user], "region": region})))
        );
    }
}

#[test]
fn what_cannot_be_is_refused_before_a_session_is_made() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    sandbox.forget_calls();
    for line in [
        &["token", "eks", "prod"][..],
        &["token", "eks", "prod", "--cluster", "a b"],
        &["token", "eks", "prod", "--cluster", "x\r\nhost: y"],
        &["token", "rds", "prod", "--host", "https://db", "--port", "1", "--user", "x"],
        &["token", "rds", "prod", "--host", "db:5432", "--port", "1", "--user", "x"],
        &["token", "rds", "prod", "--host", "db", "--port", "0", "--user", "x"],
        &["token", "rds", "prod", "--host", "db", "--port", "1", "--user", ""],
    ] {
        env.awsx(line).fails(2);
    }
    assert_eq!(sandbox.log(), Vec::<String>::new());
}
