//! The way to a token: what is kept, what is renewed, and when a person is asked.

mod ends;
mod shared;

use std::path::Path;

use super::*;
use crate::adapters::server::LoopbackServer;
use crate::base::error::{Error, ErrorKind};
use crate::cli::SignInArgs;
use crate::plan::source::sso_sign_in;
use crate::ports::{Fault, Keychain};
use crate::profile::Profiles;
use crate::testkit::{Kit, START};

const CONFIG: &str = "[profile p]\nsso_session = work\n\
                      [sso-session work]\nsso_start_url = https://work.test/start\nsso_region = eu-west-1\n";
const LEGACY: &str = "[profile p]\nsso_start_url = https://work.test/start\nsso_region = eu-west-1\n";

fn of(config: &str) -> SsoSignIn {
    let profiles = Profiles::parse(Some((Path::new("config"), config.into())), None).unwrap();
    sso_sign_in(&crate::base::env::Env::default(), &profiles, &profiles.get("p").unwrap()).unwrap()
}

fn token(kit: &Kit, config: &str) -> Result<String> {
    let of = of(config);
    Center::new(&kit.app, "p", &of).token().map(|token| token.expose().to_owned())
}

/// A kit whose person signs in with a code.
fn with_code() -> Kit {
    let kit = Kit::new();
    kit.app.sign_in.set(SignInArgs { remote: true, ..SignInArgs::default() }).unwrap();
    kit
}

fn refused(code: &str) -> Fault {
    Fault::Service { code: code.into(), message: String::new(), status: 400, server_time: None }
}

fn kept(kit: &Kit, config: &str) -> Kept {
    let of = of(config);
    Kept::decode(&kit.app.keychain.get(&item(&of)).unwrap().unwrap(), &of)
}

/// A sign-in of the AWS CLI with so many minutes left.
fn cli(kit: &Kit, access: &str, minutes: i64, refresh: Option<&str>) {
    let path = cli_cache::path(&kit.app, &of(CONFIG)).unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut json = serde_json::json!({
        "startUrl": "https://work.test/start", "region": "eu-west-1", "accessToken": access,
        "expiresAt": START.plus(60 * minutes).to_string(), "clientId": "cli", "clientSecret": "s",
        "registrationExpiresAt": START.plus(90 * 86_400).to_string(), "custom": {"kept": [1, "x"]},
    });
    if let Some(refresh) = refresh {
        json["refreshToken"] = refresh.into();
    }
    std::fs::write(path, json.to_string()).unwrap();
}

fn cli_file(kit: &Kit) -> serde_json::Value {
    let text = std::fs::read_to_string(cli_cache::path(&kit.app, &of(CONFIG)).unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_browser_comes_back_with_a_code() {
    let mut kit = Kit::new();
    kit.app.server = Box::new(LoopbackServer);
    kit.app.sign_in.set(SignInArgs { browser: Some("false".into()), ..SignInArgs::default() }).unwrap();
    let person = kit.prompter.clone();
    let browser = std::thread::spawn(move || {
        let url = loop {
            let lines = person.transcript();
            if let Some(url) = lines.iter().find_map(|line| line.strip_prefix("say: https://oidc.eu-west-1.test/")) {
                break url.to_owned();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        let value = |name: &str| {
            let pair = url.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
            percent_encoding::percent_decode_str(pair).decode_utf8().unwrap().into_owned()
        };
        assert_eq!((value("client_id").as_str(), value("code_challenge_method").as_str()), ("client", "S256"));
        assert_eq!((value("scopes").as_str(), value("code_challenge").len()), ("sso:account:access", 43));
        let (at, path) = {
            let uri = value("redirect_uri");
            let (at, path) = uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
            (at.to_owned(), path.to_owned())
        };
        let mut stream = std::net::TcpStream::connect(&at).unwrap();
        let request = format!("GET /{path}?code=abc&state={} HTTP/1.1\r\nHost: {at}\r\n\r\n", value("state"));
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
    });
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    browser.join().unwrap();
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    let asked = ["register sso:account:access authorization_code,refresh_token", "code abc"];
    assert_eq!(kit.oidc.on.calls(), asked);
    let kept = kept(&kit, CONFIG);
    assert_eq!(kept.token.unwrap().expires, START.plus(3600));
    assert!(!cli_cache::path(&kit.app, &of(CONFIG)).unwrap().exists(), "nothing is in clear");
}

#[test]
fn a_code_is_asked_for_until_the_person_has_decided() {
    let kit = with_code();
    let mut answers = ["AuthorizationPendingException", "SlowDownException", "AuthorizationPendingException"].iter();
    kit.oidc.on.check(move |call| call.starts_with("poll").then(|| answers.next().map(|code| refused(code)))?);
    assert_eq!(token(&kit, LEGACY).unwrap(), "access-1");
    // 5 s, 5 s, then 10 s twice.
    assert_eq!(kit.app.clock.now(), START.plus(30));
    let calls = kit.oidc.on.calls();
    assert!(
        calls[0].starts_with("register sso:account:access urn:ietf:params:oauth:grant-type:device_code"),
        "{calls:?}"
    );
    assert_eq!(calls[1], "device https://work.test/start");
    assert_eq!(calls.len(), 6);
    assert!(kit.prompter.has_said("ABCD-EFGH") && kit.prompter.has_said("https://device.test/?user_code=ABCD-EFGH"));
    // The registration is used again, with the token of another sign-in.
    kit.clock.advance(100_000);
    kit.oidc.on.fail_next(refused("InvalidGrantException"));
    assert_eq!(token(&kit, LEGACY).unwrap(), "access-2");
    let again = &kit.oidc.on.calls()[6..];
    assert_eq!(again, ["refresh refresh-1", "device https://work.test/start", "poll device-code"]);
}

#[test]
fn a_registration_is_kept_until_shortly_before_its_end() {
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    for (left, registered) in [(2 * 86_400, 1), (86_000, 2)] {
        kit.clock.set(Timestamp(9_999_999_999 - left));
        kit.oidc.on.fail_next(refused("InvalidGrantException"));
        token(&kit, CONFIG).unwrap();
        let calls = kit.oidc.on.calls();
        assert_eq!(calls.iter().filter(|call| call.starts_with("register")).count(), registered, "{calls:?}");
    }
    // One with other scopes is another one.
    let more = CONFIG.replace("[sso-session work]\n", "[sso-session work]\nsso_registration_scopes = a:b, c:d\n");
    kit.clock.set(START);
    kit.clock.advance(100_000);
    kit.app.keychain.remove(&item(&of(CONFIG))).unwrap();
    token(&kit, &more).unwrap();
    let scopes = "register a:b,c:d urn:ietf:params:oauth:grant-type:device_code,refresh_token";
    assert!(kit.oidc.on.calls().iter().any(|call| call == scopes));
}

#[test]
fn what_ends_a_sign_in_is_said() {
    for (code, kind, said) in [
        ("AccessDeniedException", ErrorKind::Input, "the sign-in to work was denied in the browser"),
        ("ExpiredTokenException", ErrorKind::Input, "the code of the sign-in to work has expired"),
        ("InvalidClientException", ErrorKind::Refused, "not registered at work any more"),
        ("UnauthorizedClientException", ErrorKind::Refused, "does not allow this kind of sign-in"),
    ] {
        let kit = with_code();
        kit.oidc.on.check(move |call| call.starts_with("poll").then(|| refused(code)));
        let error = token(&kit, CONFIG).unwrap_err();
        assert!(error.kind == kind && error.to_string().contains(said) && error.hint.is_some(), "{error}");
        // It is the answer to whoever waited.
        let calls = kit.oidc.on.calls().len();
        assert_eq!(token(&kit, CONFIG).unwrap_err(), error);
        assert_eq!(kit.oidc.on.calls().len(), calls);
    }
    let kit = with_code();
    kit.oidc.on.check(|call| call.starts_with("poll").then(|| refused("AuthorizationPendingException")));
    let error = token(&kit, CONFIG).unwrap_err().to_string();
    assert!(error.contains("nobody signed in to work") && error.contains("10m"), "{error}");
    let kit = with_code();
    kit.oidc.on.fail_next(refused("InvalidScopeException"));
    let error = token(&kit, CONFIG).unwrap_err().to_string();
    assert!(
        error.contains("refused to register this machine for work") && error.contains("[sso-session work]"),
        "{error}"
    );
    let kit = with_code();
    kit.oidc.on.fail_next(Fault::Unreachable("lookup failed".into()));
    let error = token(&kit, CONFIG).unwrap_err();
    assert!(error.kind == ErrorKind::Network && error.to_string().contains("SSO-OIDC in eu-west-1"), "{error}");
}

#[test]
fn where_nobody_can_sign_in_it_fails_at_once() {
    let mut kit = Kit::new();
    let error = token(&kit, CONFIG).unwrap_err();
    assert_eq!((error.kind, error.hint.as_deref()), (ErrorKind::Input, Some("awsx login p")));
    kit.prompter.answer("y");
    kit.app.global.no_input = true;
    assert!(token(&kit, CONFIG).unwrap_err().to_string().contains("--no-input"));
    assert!(kit.oidc.on.calls().is_empty());
    // `awsx login` itself, where there is neither a browser nor a terminal.
    let kit = Kit::new();
    kit.app.sign_in.set(SignInArgs::default()).unwrap();
    assert!(token(&kit, CONFIG).unwrap_err().to_string().contains("neither a browser nor a terminal"));
    // A keychain that can hold nothing is found out before the person does anything.
    let kit = with_code();
    kit.keychain.set_broken(Some(Error::keychain("out of order")));
    assert_eq!(token(&kit, CONFIG).unwrap_err().kind, ErrorKind::Keychain);
    assert!(kit.oidc.on.calls().is_empty());
}

#[test]
fn a_token_is_renewed_shortly_before_its_end() {
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    kit.clock.advance(3600 - 60 * 16);
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    kit.clock.advance(120);
    // What is sent is out of the keychain by then.
    let (keychain, seen) = (kit.keychain.clone(), std::sync::Arc::new(std::sync::Mutex::new(Vec::new())));
    let noted = seen.clone();
    kit.oidc.on.check(move |_| {
        let secret = keychain.get(&item(&of(CONFIG))).unwrap().unwrap();
        noted.lock().unwrap().push(secret.expose().contains("refresh-1"));
        None
    });
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-2");
    assert_eq!(*seen.lock().unwrap(), [false]);
    assert_eq!(kept(&kit, CONFIG).token.unwrap().refresh.unwrap().expose(), "refresh-2");
    assert_eq!(kit.oidc.on.calls().last().unwrap(), "refresh refresh-1");

    // An answer without another one leaves it good.
    *kit.oidc.keeps.lock().unwrap() = true;
    for access in ["access-3", "access-4"] {
        kit.clock.advance(3000);
        assert_eq!(token(&kit, CONFIG).unwrap(), access);
        assert_eq!(kit.oidc.on.calls().last().unwrap(), "refresh refresh-2");
    }
}

#[test]
fn what_may_have_been_used_is_never_sent_again() {
    let lost = || Fault::TimedOut("no answer".into());
    let down = || Fault::Unreachable("lookup failed".into());
    let of_status =
        |code: &str, status| Fault::Service { code: code.into(), message: String::new(), status, server_time: None };
    let (out_of_order, busy) = (of_status("InternalServerException", 500), of_status("ThrottlingException", 503));
    // Whether it is sent again, and whether a person is told that it won't be.
    for (fault, again, told) in [
        (out_of_order, 0, true),
        (busy, 0, true),
        (lost(), 0, true),
        (Fault::Unusable("no token".into()), 0, true),
        (refused("InvalidGrantException"), 0, false),
        (refused("InvalidRequestException"), 0, false),
        (refused("Unheard"), 0, false),
        (down(), 1, false),
        (Fault::Unsendable("no such file".into()), 1, false),
        (refused("SlowDownException"), 1, false),
        (refused("Throttling"), 1, false),
    ] {
        let kit = with_code();
        token(&kit, CONFIG).unwrap();
        kit.clock.advance(3000);
        kit.oidc.on.fail_next(fault.clone());
        assert_eq!(token(&kit, CONFIG).unwrap(), "access-1", "it goes on with the one before: {fault:?}");
        let before = kit.oidc.on.calls().len();
        token(&kit, CONFIG).unwrap();
        assert_eq!(kit.oidc.on.calls().len() - before, again, "{fault:?}");
        let said = "the sign-in to work was not renewed, and is not tried again";
        assert_eq!(kit.prompter.has_said(said) && kit.prompter.has_said("it ends in 10m"), told, "{fault:?}");
    }
}

#[test]
fn whoever_wants_to_sign_in_now_gets_more_than_a_few_minutes() {
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    let of = of(CONFIG);
    let center = Center::new(&kit.app, "p", &of);
    kit.clock.advance(3000);
    kit.oidc.on.fail_next(refused("InvalidGrantException"));
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    assert_eq!(center.sign_in().unwrap(), kit.app.clock.now().plus(3600));
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-2");
}

#[test]
fn the_aws_clis_sign_in_is_used_and_renewed_in_its_place() {
    let kit = Kit::new();
    cli(&kit, "theirs", 60, Some("their-refresh"));
    assert_eq!(token(&kit, CONFIG).unwrap(), "theirs");
    assert!(kit.oidc.on.calls().is_empty());
    kit.clock.advance(3000);
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    let file = cli_file(&kit);
    assert_eq!((&file["accessToken"], &file["refreshToken"]), (&"access-1".into(), &"refresh-1".into()));
    assert_eq!(file["expiresAt"], "2026-01-01T01:50:00Z");
    assert_eq!((&file["custom"]["kept"][1], &file["clientId"]), (&"x".into(), &"cli".into()));
    let path = cli_cache::path(&kit.app, &of(CONFIG)).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(kept(&kit, CONFIG).token, None, "it is the AWS CLI's");
    // If the answer is lost, what was sent is not sent again although it stands in the file.
    kit.clock.advance(3000);
    kit.oidc.on.fail_next(Fault::Protocol("broke".into()));
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    assert_eq!(kit.oidc.on.calls(), ["refresh their-refresh", "refresh refresh-1"]);
}

#[test]
fn of_two_sign_ins_the_longer_one_is_taken() {
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    cli(&kit, "theirs", 30, None);
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    cli(&kit, "theirs", 120, None);
    assert_eq!(token(&kit, CONFIG).unwrap(), "theirs");
    // One of another Identity Center, of an unknown form, or without an end doesn't count.
    let path = cli_cache::path(&kit.app, &of(CONFIG)).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for bad in
        [text.replace("work.test", "other.test"), text.replace("expiresAt", "endsAt"), "[]".into(), String::new()]
    {
        std::fs::write(&path, bad).unwrap();
        assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    }
    std::fs::write(&path, text.replace("2026-01-01T02:00:00Z", "2026-01-01T02:00:00UTC")).unwrap();
    assert_eq!(token(&kit, CONFIG).unwrap(), "theirs");
    // A keychain that is out of reach is no obstacle.
    kit.keychain.set_broken(Some(Error::keychain("out of order")));
    assert_eq!(token(&kit, CONFIG).unwrap(), "theirs");
}

#[test]
fn a_token_that_is_refused_is_replaced() {
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    let of = of(CONFIG);
    let center = Center::new(&kit.app, "p", &of);
    let void = center.token().unwrap();
    assert_eq!(center.another(&void).unwrap().expose(), "access-2");
    assert_eq!(kit.oidc.on.calls().last().unwrap(), "refresh refresh-1");
    // Revoked altogether: a person signs in.
    kit.oidc.on.fail_next(refused("InvalidGrantException"));
    assert_eq!(center.another(&center.token().unwrap()).unwrap().expose(), "access-3");
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-3");
}

#[test]
fn a_sign_in_is_ended_at_aws_and_here() {
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    cli(&kit, "theirs", 30, None);
    let of = of(CONFIG);
    let ended = Center::new(&kit.app, "p", &of).log_out().unwrap();
    assert!(ended.ours && ended.theirs.is_some() && ended.untold.is_none());
    assert_eq!(kit.sso.on.calls(), ["logout access-1", "logout theirs"]);
    assert!(kit.keychain.list().unwrap().is_empty() && !ended.theirs.unwrap().exists());
    // Already over at AWS, and AWS out of reach.
    for (fault, told) in [(refused("UnauthorizedException"), true), (Fault::Unreachable("down".into()), false)] {
        token(&kit, CONFIG).unwrap();
        kit.sso.on.fail_next(fault);
        let ended = Center::new(&kit.app, "p", &of).log_out().unwrap();
        assert!(ended.ours && ended.untold.is_none() == told);
        assert!(kit.keychain.list().unwrap().is_empty());
    }
}

#[test]
fn a_sign_in_whose_token_has_ended_by_itself_is_ended_at_aws_too() {
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    kit.clock.advance(2 * 3600);
    let of = of(CONFIG);
    assert!(Center::new(&kit.app, "p", &of).log_out().unwrap().ours);
    assert_eq!(kit.oidc.on.calls().last().unwrap(), "refresh refresh-1");
    assert_eq!(kit.sso.on.calls(), ["logout access-2"]);
    // Out of reach: what is here is gone all the same.
    token(&kit, CONFIG).unwrap();
    kit.clock.advance(2 * 3600);
    kit.oidc.on.fail_next(Fault::Unreachable("down".into()));
    assert!(Center::new(&kit.app, "p", &of).log_out().unwrap().ours);
    assert!(kit.keychain.list().unwrap().is_empty());
}

#[test]
fn what_there_is_can_be_seen_without_asking() {
    let kit = with_code();
    let of = of(CONFIG);
    let center = Center::new(&kit.app, "p", &of);
    assert_eq!(center.outlook().unwrap(), None);
    center.token().unwrap();
    assert_eq!(center.outlook().unwrap(), Some(Outlook { ends: kit.app.clock.now().plus(3600), renewable: true }));
    kit.clock.advance(10_000);
    assert!(center.outlook().unwrap().is_some_and(|outlook| outlook.renewable));
    kit.oidc.on.fail_next(refused("InvalidGrantException"));
    kit.oidc.on.check(|call| call.starts_with("poll").then(|| refused("AccessDeniedException")));
    assert!(center.token().is_err());
    assert_eq!(center.outlook().unwrap(), None);
}
