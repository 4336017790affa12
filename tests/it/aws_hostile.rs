//! Whoever answers instead of AWS, and what a person may have put where a file is expected: nothing hangs, nothing grows,
//! and no credentials come out that a child could not use.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use awsx::adapters::aws::{AwsIam, AwsSts, Limits, Network};
use awsx::aws::errors::may_have_happened;
use awsx::base::env::Env;
use awsx::base::secret::{Credentials, Secret};
use awsx::base::time::Timestamp;
use awsx::ports::{Caller, Endpoint, Fault, Iam, Sts};

use crate::support::{Answer, Scripted, TestEnv};

fn keys() -> Credentials {
    Credentials::key_pair("AKIAEXAMPLE", Secret::new("wJalrXUtnFEMI".into()))
}

fn at(url: &str) -> Endpoint {
    Endpoint { region: "us-east-1".into(), url: Some(url.into()), ..Endpoint::default() }
}

/// One attempt is enough to see what becomes of an answer.
fn once() -> Network {
    Network::default().limits(Limits { attempts: 1, ..Limits::default() })
}

#[test]
fn an_answer_without_end_is_given_up_early() {
    let server = Scripted::new([Answer::Endless]);
    let error = AwsSts(once()).get_caller_identity(Caller::new(&keys(), &at(&server.url))).unwrap_err();
    assert_eq!(error.fault, Fault::Protocol("the answer is longer than 1024 KiB".into()));
    assert!(may_have_happened(&error));
}

#[test]
fn a_list_without_end_is_given_up() {
    let count = AtomicUsize::new(0);
    let page = move |_: &str| {
        let marker = count.fetch_add(1, Ordering::SeqCst);
        format!(
            "<ListMFADevicesResponse><ListMFADevicesResult><MFADevices/><IsTruncated>true</IsTruncated>\
             <Marker>{marker}</Marker></ListMFADevicesResult></ListMFADevicesResponse>"
        )
    };
    let server = Scripted::new([Answer::Made(Arc::new(page))]);
    let error = AwsIam(once()).list_mfa_devices(Caller::new(&keys(), &at(&server.url)), None).unwrap_err();
    assert_eq!(error.fault, Fault::Unusable("it goes on after 50 pages".into()));
    assert_eq!(server.requests().len(), 51);
}

#[test]
fn all_pages_share_one_limit() {
    let page = |_: &str| {
        "<ListMFADevicesResponse><ListMFADevicesResult><MFADevices/><IsTruncated>true</IsTruncated>\
         <Marker>same</Marker></ListMFADevicesResult></ListMFADevicesResponse>"
            .to_owned()
    };
    let server = Scripted::new([Answer::Made(Arc::new(page))]);
    let none = Network::default().limits(Limits { total: std::time::Duration::ZERO, ..Limits::default() });
    let error = AwsIam(none).list_mfa_devices(Caller::new(&keys(), &at(&server.url)), None).unwrap_err();
    assert_eq!(error.fault, Fault::TimedOut("no answer within 0 s, all attempts together".into()));
}

/// An answer to GetSessionToken and AssumeRole with these fields.
fn session(id: &str, secret: &str, token: &str, expires: &str) -> String {
    let credentials = format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{expires}</Expiration></Credentials>"
    );
    format!(
        "<GetSessionTokenResponse><GetSessionTokenResult>{credentials}</GetSessionTokenResult></GetSessionTokenResponse>"
    )
}

fn in_seconds(seconds: i64) -> String {
    Timestamp::from(SystemTime::now()).plus(seconds).to_string()
}

/// A profile whose keys stand in the credentials file, at a server that answers so.
fn at_server(server: &Scripted) -> TestEnv {
    TestEnv::new()
        .config("[profile p]\nmfa_serial =\n")
        .credentials("[p]\naws_access_key_id = AKIAEXAMPLEEXAMPLE22\naws_secret_access_key = s\n")
        .var("AWS_ENDPOINT_URL", &server.url)
}

#[test]
fn credentials_that_can_not_be_are_given_to_no_child() {
    let soon = in_seconds(3600);
    let table = [
        (session("ASIAEXAMPLE", "s", "t", &in_seconds(-1)), "Expiration is past"),
        (session("ASIAEXAMPLE", "s", "t", "0001-01-01T00:00:00Z"), "Expiration is past"),
        (session("ASIAEXAMPLE", "s", "t", "9999-12-31T23:59:59Z"), "later than asked for"),
        (session("ASIAEXAMPLE", "s", "t", &in_seconds(13 * 3600)), "later than asked for"),
        (session("AKIAEXAMPLE", "s", "t", &soon), "not that of a session"),
        (session("", "s", "t", &soon), "AccessKeyId is empty"),
        (session("ASIAEXAMPLE", "   ", "t", &soon), "SecretAccessKey is empty"),
        (session("ASIAEXAMPLE", "s", "", &soon), "SessionToken is empty"),
        (session("ASIAEXAMPLE", "s", "hush&#0;hush", &soon), "SessionToken has characters"),
        (session("ASIA&#27;[2J", "s", "t", &soon), "AccessKeyId has characters"),
        (session("ASIAEXAMPLE", "s&#13;&#10;X-Header: h", "t", &soon), "SecretAccessKey has characters"),
        ("<GetSessionTokenResponse><GetSessionTokenResult/></GetSessionTokenResponse>".into(), "no credentials"),
    ];
    for (answer, wrong) in table {
        let server = Scripted::new([Answer::Http(200, answer)]);
        let env = at_server(&server);
        let run = env.awsx(&["exec", "p", "--", "echo", "started"]);
        assert!(run.fails(125).contains(wrong), "{wrong}: {run:#?}");
        assert!(!run.stderr.contains("hush") && !run.stderr.contains('\u{1b}'), "{run:#?}");
        assert_eq!(server.requests().len(), 1, "{wrong}");
        // Nothing of it is cached either; and where awsx speaks for itself, the status is that of a refusal.
        let run = env.awsx(&["whoami", "p"]);
        assert!(run.fails(4).contains(wrong), "{wrong}: {run:#?}");
        assert_eq!(server.requests().len(), 2, "{wrong}");
    }
}

#[test]
fn a_source_whose_credentials_can_not_be() {
    for (json, wrong) in [
        (
            r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"s","SessionToken":"t","Expiration":"2020-01-01T00:00:00Z"}"#,
            "past",
        ),
        (
            r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"s","SessionToken":"t","Expiration":"0001-01-01T00:00:00Z"}"#,
            "",
        ),
        (
            r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"s","SessionToken":"hush\u0000"}"#,
            "SessionToken has characters",
        ),
        (r#"{"Version":1,"AccessKeyId":" ","SecretAccessKey":"s"}"#, "AccessKeyId is empty"),
        (r#"{"Version":1,"AccessKeyId":"AKIAX","SecretAccessKey":"s","SessionToken":"t"}"#, "not that of a session"),
    ] {
        let env = TestEnv::new().config(&format!("[profile p]\ncredential_process = echo '{json}'\n"));
        let run = env.awsx(&["exec", "p", "--", "echo", "started"]);
        assert!(run.fails(125).contains(wrong) && !run.stderr.contains("hush"), "{wrong}: {run:#?}");
    }
}

#[test]
fn a_ca_bundle_that_is_no_file() {
    let server = Scripted::new([Answer::Drop]);
    let env = TestEnv::new()
        .config("[profile p]\nmfa_serial =\n")
        .credentials("[p]\naws_access_key_id = AKIAEXAMPLEEXAMPLE22\naws_secret_access_key = s\n")
        .var("AWS_ENDPOINT_URL", server.url.replace("http:", "https:"));
    let fifo = env.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let long = env.write("long.pem", vec![b'\n'; 17 << 20]);
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        for (path, wrong) in [
            (fifo.as_path(), "not a regular file"),
            ("/dev/zero".as_ref(), "not a regular file"),
            ("/no/such/file".as_ref(), "No such file"),
            (env.path("").as_path(), "not a regular file"),
            (long.as_path(), "longer than 16 MiB"),
        ] {
            let mut command = env.command(env!("CARGO_BIN_EXE_awsx"));
            command.args(["whoami", "p"]).env(variable, path);
            let run = crate::support::Run::of(command, "");
            let said = run.fails(3);
            assert!(said.contains(wrong) && said.contains(path.to_str().unwrap()), "{run:#?}");
            assert!(said.contains(&format!("hint: set {variable}")), "{run:#?}");
        }
    }
    assert!(server.requests().is_empty());
    let none = Endpoint { ca_bundle: Some("/dev/zero".into()), ..at(&server.url) };
    let error = AwsSts(Network::new(&Env::default())).get_caller_identity(Caller::new(&keys(), &none)).unwrap_err();
    assert!(!may_have_happened(&error), "{error:?}");
}

#[test]
fn an_endpoint_without_encryption_is_not_used_without_a_word() {
    // Through a proxy, so that nothing leaves this machine.
    let proxy = Scripted::new([Answer::Http(200, session("ASIAEXAMPLE", "s", "t", &in_seconds(3600)))]);
    let env = at_server(&proxy).var("AWS_ENDPOINT_URL", "http://aws.test:4566").var("HTTP_PROXY", &proxy.url);
    let warning = "http://aws.test:4566 is not encrypted";
    assert!(env.awsx(&["explain", "p"]).ok().contains(warning));
    let json: serde_json::Value = serde_json::from_str(env.awsx(&["explain", "p", "--json"]).ok()).unwrap();
    assert!(json["warnings"].to_string().contains(warning), "{json}");
    let run = env.awsx(&["exec", "p", "--", "true"]);
    run.ok();
    assert_eq!(run.stderr.matches(warning).count(), 1, "{run:#?}");
    assert!(proxy.requests()[0].starts_with("POST http://aws.test:4566/"), "{:?}", proxy.requests());
    // From the cache nothing is called, and on this machine nobody is on the way.
    assert!(!env.awsx(&["exec", "p", "--", "true"]).stderr.contains("not encrypted"));
    let local = Scripted::new([Answer::Http(200, session("ASIAEXAMPLE", "s", "t", &in_seconds(3600)))]);
    let run = at_server(&local).awsx(&["exec", "p", "--", "true"]);
    run.ok();
    assert!(!run.stderr.contains("not encrypted"), "{run:#?}");
}

/// Runs a command with the role of a container and with that of an instance, whose endpoints are at `url`.
fn with_roles_of(url: &str) -> [crate::support::Run; 2] {
    let mut env = TestEnv::new()
        .config(
            "[profile c]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = EcsContainer\n\
             [profile i]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Ec2InstanceMetadata\n",
        )
        .var("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .var("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/creds"))
        .var("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hush-hush")
        .var("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    env.unset("AWS_EC2_METADATA_DISABLED");
    let env = &env;
    let run = move |profile| env.awsx(&["exec", profile, "--", "echo", "started"]);
    std::thread::scope(|scope| {
        ["c", "i"].map(|profile| scope.spawn(move || run(profile))).map(|run| run.join().unwrap())
    })
}

#[test]
fn an_endpoint_of_this_machine_that_misbehaves_is_an_error_at_once() {
    // It takes its time.
    let silent = std::thread::spawn(|| with_roles_of(&crate::support::silent_listener().url));
    let elsewhere = Scripted::new([Answer::Http(200, "{}".into())]);
    let to = |status| Answer::Redirect(status, format!("{}/creds", elsewhere.url));
    let half = Answer::Half(format!("{{\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"{}\"", "s".repeat(100)));
    let answers = [
        Answer::Drop,
        half,
        Answer::Garbage,
        Answer::Endless,
        Answer::Http(500, "busy".into()),
        Answer::Http(200, "[".repeat(100_000)),
        Answer::Http(200, String::new()),
        to(301),
        to(302),
        to(307),
        to(308),
    ];
    for answer in answers {
        let server = Scripted::new([answer]);
        for run in with_roles_of(&server.url) {
            let said = run.fails(125);
            assert!(said.contains("hint: ") && !said.contains("hush"), "{said}");
        }
        // What is lost is asked for three times at most.
        assert!((2..=6).contains(&server.requests().len()), "{:.2000?}", server.requests());
    }
    for run in silent.join().unwrap() {
        assert!(run.fails(125).contains("no answer within"), "{run:?}");
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}

#[test]
fn sts_that_leads_elsewhere_is_not_followed() {
    let elsewhere = Scripted::new([Answer::Http(200, session("ASIAEXAMPLE", "s", "t", &in_seconds(3600)))]);
    for status in [301, 302, 303, 307, 308] {
        let server = Scripted::new([Answer::Redirect(status, elsewhere.url.clone())]);
        let run = at_server(&server).awsx(&["exec", "p", "--", "echo", "started"]);
        assert!(run.fails(125).contains(&status.to_string()), "{run:#?}");
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
}
