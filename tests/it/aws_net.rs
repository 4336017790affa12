//! The AWS adapters against servers on loopback that fail in every way a network can.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use awsx::adapters::aws::{AwsIam, AwsSts, Limits, Network};
use awsx::aws::errors::{is_mfa_refused, may_have_happened};
use awsx::base::env::Env;
use awsx::base::secret::{Credentials, Secret};
use awsx::base::time::Timestamp;
use awsx::ports::{Call, Caller, Endpoint, Fault, Iam, Identity, MfaCode, Sts};

use crate::support::{Answer, Background, Scripted, TestEnv, read_request, silent_listener, venv, wait_for};

const IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/alice</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"#;

/// An answer to GetSessionToken, and when its session ends.
fn session() -> (Answer, Timestamp) {
    let expires = Timestamp::from(SystemTime::now()).plus(3600);
    let xml = format!(
        "<GetSessionTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetSessionTokenResult><Credentials>\
         <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s3cr3t</SecretAccessKey><SessionToken>t0k3n</SessionToken>\
         <Expiration>{expires}</Expiration></Credentials></GetSessionTokenResult></GetSessionTokenResponse>"
    );
    (Answer::Http(200, xml), expires)
}

fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

fn bad_code() -> Answer {
    Answer::Http(403, refusal("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. "))
}

fn at(url: &str) -> Endpoint {
    Endpoint { region: "us-east-1".into(), url: Some(url.into()), ..Endpoint::default() }
}

/// Limits that make a test quick where it has to run into one, and generous where it must not.
fn limits() -> Limits {
    Limits { attempt: Duration::from_mins(1), backoff: Duration::from_millis(1), ..Limits::default() }
}

fn network() -> Network {
    Network::default().limits(limits())
}

fn keys() -> Credentials {
    Credentials::key_pair("AKIAEXAMPLE", Secret::new("wJalrXUtnFEMI".into()))
}

fn who(network: Network, at: &Endpoint) -> Call<Identity> {
    AwsSts(network).get_caller_identity(Caller::new(&keys(), at))
}

fn with_code(at: &Endpoint) -> Call<Credentials> {
    let mfa = MfaCode { serial: "arn:aws:iam::123456789012:mfa/alice".into(), code: Secret::new("123456".into()) };
    AwsSts(network()).get_session_token(Caller::new(&keys(), at), 3600, Some(&mfa))
}

#[track_caller]
fn fault<T: std::fmt::Debug>(call: Call<T>) -> Fault {
    call.expect_err("it must fail").fault
}

#[test]
fn an_answer_is_read_and_the_request_names_us() {
    let (answer, expires) = session();
    let server = Scripted::new([answer]);
    let session = with_code(&at(&server.url)).unwrap();
    assert_eq!(session.access_key_id, "ASIAEXAMPLE");
    assert_eq!(session.secret_access_key.expose(), "s3cr3t");
    assert_eq!(session.session_token.map(|t| t.expose().to_owned()).as_deref(), Some("t0k3n"));
    assert_eq!(session.expires, Some(expires));
    let request = server.requests().concat();
    for part in
        ["app/awsx", "Action=GetSessionToken", "DurationSeconds=3600", "TokenCode=123456", "Credential=AKIAEXAMPLE"]
    {
        assert!(request.contains(part), "{part} in {request}");
    }
}

#[test]
fn errors_of_aws_come_with_code_message_status_and_clock() {
    let server = Scripted::new([Answer::Http(403, refusal("ExpiredToken", "The token is expired"))]);
    assert_eq!(
        fault(who(network(), &at(&server.url))),
        Fault::Service {
            code: "ExpiredToken".into(),
            message: "The token is expired".into(),
            status: 403,
            server_time: Some(Timestamp(1_767_323_045)),
        }
    );
    assert_eq!(server.requests().len(), 1, "a refusal is not tried again");
}

#[test]
fn a_failing_server_and_throttling_are_tried_again() {
    for first in [
        Answer::Http(500, refusal("InternalFailure", "")),
        Answer::Http(503, "<html>Service Unavailable</html>".into()),
        Answer::Http(400, refusal("Throttling", "Rate exceeded")),
        Answer::Drop,
        Answer::Half(IDENTITY.into()),
    ] {
        let server = Scripted::new([first, Answer::Http(200, IDENTITY.into())]);
        assert_eq!(who(network(), &at(&server.url)).unwrap().account, "123456789012");
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn three_attempts_are_enough() {
    let server = Scripted::new([Answer::Http(500, refusal("InternalFailure", "try later"))]);
    let Fault::Service { code, status, .. } = fault(who(network(), &at(&server.url))) else {
        panic!("not AWS's error")
    };
    assert_eq!((code.as_str(), status), ("InternalFailure", 500));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn nothing_listens_there() {
    // A port that no other test is ever given.
    let Fault::Unreachable(cause) = fault(who(network(), &at("http://127.0.0.1:1"))) else { panic!("not unreachable") };
    assert!(cause.contains("Connection refused"), "{cause}");
}

#[test]
fn a_name_that_can_not_exist() {
    // A label of more than 63 bytes is refused by the resolver itself: nothing goes out.
    let url = format!("http://{}.test", "x".repeat(64));
    let Fault::Unreachable(cause) = fault(who(network(), &at(&url))) else { panic!("not unreachable") };
    assert!(cause.contains("lookup"), "{cause}");
}

#[test]
fn a_silent_server_never_gets_to_tls() {
    let server = silent_listener();
    let short = Limits { connect: Duration::from_millis(50), ..limits() };
    let url = server.url.replace("http://", "https://");
    let Fault::Unreachable(words) = fault(who(Network::default().limits(short), &at(&url))) else {
        panic!("not unreachable")
    };
    assert_eq!(words, "no connection within 0.05 s");
}

#[test]
fn a_silent_server_runs_into_the_limit_of_each_attempt() {
    let server = silent_listener();
    let short = Limits { attempt: Duration::from_millis(50), ..limits() };
    let Fault::TimedOut(words) = fault(who(Network::default().limits(short), &at(&server.url))) else {
        panic!("not timed out")
    };
    assert_eq!(words, "no answer within 0.05 s, 3 times");
    wait_for("three connections", || (server.connections() == 3).then_some(()));
}

#[test]
fn a_silent_server_runs_into_the_limit_of_the_whole_call() {
    let server = silent_listener();
    let short = Limits { total: Duration::from_millis(50), ..limits() };
    let Fault::TimedOut(words) = fault(who(Network::default().limits(short), &at(&server.url))) else {
        panic!("not timed out")
    };
    assert_eq!(words, "no answer within 0.05 s, all attempts together");
}

#[test]
fn answers_that_are_not_aws() {
    for (odd, words) in [
        (Answer::Http(200, "<html>Please log in</html>".into()), "not one of AWS's"),
        (Answer::Http(200, String::new()), "not one of AWS's"),
        (Answer::Http(404, "<html>Not found</html>".into()), "HTTP status 404"),
        (Answer::Garbage, "the connection broke"),
        (Answer::Drop, "the connection broke"),
        (Answer::Half(IDENTITY.into()), "it broke off"),
    ] {
        let server = Scripted::new([odd]);
        let error = who(network(), &at(&server.url)).expect_err("it must fail");
        assert!(may_have_happened(&error), "{error:?}");
        let Fault::Protocol(said) = error.fault else { panic!("{:?}", error.fault) };
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("html"), "{said}");
    }
}

#[test]
fn a_refused_code_is_a_refused_code() {
    let server = Scripted::new([bad_code()]);
    let error = with_code(&at(&server.url)).expect_err("it must fail");
    assert!(is_mfa_refused(&error), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_code_whose_answer_was_lost_is_tried_again() {
    let server = Scripted::new([Answer::Drop, session().0]);
    assert_eq!(with_code(&at(&server.url)).unwrap().access_key_id, "ASIAEXAMPLE");
}

#[test]
fn a_repeat_that_is_refused_is_not_blamed_on_the_code() {
    for first in [Answer::Drop, Answer::Half(IDENTITY.into()), Answer::Http(500, refusal("InternalFailure", ""))] {
        let server = Scripted::new([first, bad_code()]);
        let error = with_code(&at(&server.url)).expect_err("it must fail");
        assert!(!is_mfa_refused(&error) && may_have_happened(&error), "{error:?}");
        assert_eq!(
            error.fault,
            Fault::Protocol("the answer was lost, and AWS refused the repeat (AccessDenied)".into())
        );
    }
    let throttled = Answer::Http(400, refusal("Throttling", "Rate exceeded"));
    let server = Scripted::new([throttled, bad_code()]);
    assert!(
        is_mfa_refused(&with_code(&at(&server.url)).expect_err("it must fail")),
        "throttled calls were not processed"
    );
}

#[test]
fn a_lost_change_of_a_device() {
    let iam = AwsIam(network());
    let exists = || Answer::Http(409, refusal("EntityAlreadyExists", "MFADevice already exists."));
    let gone = || Answer::Http(404, refusal("NoSuchEntity", "no such device"));
    let serial = "arn:aws:iam::123456789012:mfa/alice";
    let codes = [Secret::new("123456".into()), Secret::new("654321".into())];

    let server = Scripted::new([Answer::Drop, exists()]);
    let error = iam
        .create_virtual_mfa_device(Caller::new(&keys(), &at(&server.url)), "/", "alice")
        .expect_err("the seed is lost");
    assert!(may_have_happened(&error), "{error:?}");
    let server = Scripted::new([Answer::Drop, exists()]);
    iam.enable_mfa_device(Caller::new(&keys(), &at(&server.url)), "alice", serial, &codes).unwrap();
    let server = Scripted::new([Answer::Drop, gone()]);
    iam.deactivate_mfa_device(Caller::new(&keys(), &at(&server.url)), "alice", serial).unwrap();
    let server = Scripted::new([Answer::Drop, gone()]);
    iam.delete_virtual_mfa_device(Caller::new(&keys(), &at(&server.url)), serial).unwrap();

    let server = Scripted::new([gone()]);
    let error =
        iam.delete_virtual_mfa_device(Caller::new(&keys(), &at(&server.url)), serial).expect_err("there is none");
    assert!(awsx::aws::errors::is_missing(&error), "{error:?}");
}

/// A running `aws_tls.py`.
struct Tls {
    env: TestEnv,
    port: u16,
    _server: Background,
}

fn tls() -> Tls {
    let env = TestEnv::new();
    let answer = env.write("answer.xml", IDENTITY);
    let mut command = Command::new(venv("python"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/aws_tls.py")).arg(env.path("")).arg(answer);
    let server = Background::spawn(&command);
    let port = server.line().parse().unwrap();
    Tls { env, port, _server: server }
}

impl Tls {
    fn at(&self, bundle: Option<PathBuf>) -> Endpoint {
        Endpoint { ca_bundle: bundle, ..at(&format!("https://127.0.0.1:{}", self.port)) }
    }
}

#[test]
fn a_private_ca_is_trusted_through_the_bundle_alone() {
    let tls = tls();
    let Fault::Unreachable(cause) = fault(who(network(), &tls.at(None))) else { panic!("not unreachable") };
    assert!(cause.contains("certificate"), "{cause}");
    assert_eq!(who(network(), &tls.at(Some(tls.env.path("ca.pem")))).unwrap().account, "123456789012");
}

#[test]
fn a_bad_bundle_is_named() {
    let tls = tls();
    let env = &tls.env;
    for (path, words) in [
        (env.path("missing.pem"), "No such file"),
        (env.write("empty.pem", ""), "no usable certificate"),
        (
            env.write("text.pem", "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n"),
            "can't be used",
        ),
        (
            env.write("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "no usable certificate",
        ),
    ] {
        let Fault::Unsendable(said) = fault(who(network(), &tls.at(Some(path.clone())))) else { panic!("{path:?}") };
        assert!(said.contains(words) && said.contains(path.to_str().unwrap()), "{said}");
    }
}

fn through(variables: &[(&str, &str)]) -> Network {
    Network::new(&variables.iter().copied().collect::<Env>()).limits(limits())
}

#[test]
fn plain_http_goes_through_the_proxy() {
    let proxy = Scripted::new([Answer::Http(200, IDENTITY.into())]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let url = proxy.url.replace("http://", "http://user:pass@");
        who(through(&[(name, &url)]), &at("http://sts.invalid/")).unwrap();
        let request = proxy.requests().pop().unwrap();
        assert!(request.starts_with("POST http://sts.invalid/ HTTP/1.1"), "{request}");
        assert!(
            request
                .to_ascii_lowercase()
                .contains("proxy-authorization: basic dXNlcjpwYXNz".to_ascii_lowercase().as_str())
        );
    }
    let direct = Scripted::new([Answer::Http(200, IDENTITY.into())]);
    who(through(&[("HTTP_PROXY", &proxy.url), ("NO_PROXY", "127.0.0.1")]), &at(&direct.url)).unwrap();
    assert_eq!((proxy.requests().len(), direct.requests().len()), (3, 1));
}

#[test]
fn https_goes_through_a_tunnel() {
    let tls = tls();
    let proxy = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("127.0.0.1:{}", proxy.local_addr().unwrap().port());
    let port = tls.port;
    let tunnel = std::thread::spawn(move || {
        let (mut client, _) = proxy.accept().unwrap();
        let request = read_request(&client);
        let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut server, &mut client);
        request
    });
    let at = Endpoint { ca_bundle: Some(tls.env.path("ca.pem")), ..at("https://sts.test") };
    assert_eq!(who(through(&[("HTTPS_PROXY", &url)]), &at).unwrap().account, "123456789012");
    drop(tls);
    let request = tunnel.join().unwrap();
    assert!(request.starts_with("CONNECT sts.test:443 HTTP/1.1"), "{request}");
}

#[test]
fn proxies_that_do_not_work() {
    let closed = Scripted::new([Answer::Http(407, String::new())]);
    let Fault::Unreachable(said) = fault(who(through(&[("HTTPS_PROXY", &closed.url)]), &at("https://sts.test"))) else {
        panic!("not unreachable")
    };
    assert_eq!(said, "no CONNECT tunnel through the proxy: proxy authorization required");
    let nobody = "http://127.0.0.1:1";
    let Fault::Unreachable(said) = fault(who(through(&[("HTTPS_PROXY", nobody)]), &at("https://sts.test"))) else {
        panic!("not unreachable")
    };
    assert!(said.contains("through the proxy: Connection refused"), "{said}");
    let network = through(&[("HTTPS_PROXY", "socks5://user:hunter2@127.0.0.1:1")]);
    let Fault::Unsendable(said) = fault(who(network, &at("https://sts.test"))) else { panic!("not named") };
    assert!(said.contains("HTTPS_PROXY") && !said.contains("hunter2"), "{said}");
}
