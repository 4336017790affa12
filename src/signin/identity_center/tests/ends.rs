//! Tokens, renewals and sign-ins that come to nothing, and what is left of them.

use super::*;
use crate::ports::CallError;

#[test]
fn a_refusal_of_a_token_is_known_to_the_next_command() {
    // One of ours and one of the AWS CLI's, both ended by an administrator.
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    cli(&kit, "theirs", 120, None);
    kit.oidc.on.check(|call| call.starts_with("refresh").then(|| refused("InvalidGrantException")));
    let of = of(CONFIG);
    let dead = ["theirs", "access-1"];
    let call = |token: &Secret| match token.expose() {
        token if dead.contains(&token) => Err(CallError { action: "x", fault: refused("UnauthorizedException") }),
        token => Ok(token.to_owned()),
    };
    // Where nobody can be asked.
    let mut alone = Kit::new();
    alone.app.keychain = Box::new(kit.keychain.clone());
    let folder = alone.home.path().join(".aws");
    std::os::unix::fs::symlink(kit.home.path().join(".aws"), folder).unwrap();
    alone.oidc.on.check(|call| call.starts_with("refresh").then(|| refused("InvalidGrantException")));
    let error = Center::new(&alone.app, "p", &of).with_token(call).unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("awsx login p"));
    // What that hint names does not find them good, and asks a person.
    assert_eq!(Center::new(&kit.app, "p", &of).outlook().unwrap(), None);
    assert_eq!(Center::new(&kit.app, "p", &of).sign_in().unwrap(), kit.app.clock.now().plus(3600));
    assert_eq!(Center::new(&kit.app, "p", &of).with_token(call).unwrap().unwrap(), "access-2");
}

#[test]
fn a_call_that_is_refused_again_and_again_has_an_end() {
    let kit = with_code();
    let of = of(CONFIG);
    let refusal = || CallError { action: "x", fault: refused("UnauthorizedException") };
    assert!(Center::new(&kit.app, "p", &of).with_token::<()>(|_| Err(refusal())).unwrap().is_err());
    assert!(kit.oidc.on.calls().iter().filter(|call| !call.starts_with("re")).count() < 10);
}

#[test]
fn out_of_reach_is_no_reason_for_a_browser() {
    for (fault, said) in [
        (Fault::Unreachable("lookup failed".into()), "lookup failed"),
        (refused("SlowDownException"), "AWS got too many requests"),
    ] {
        let kit = with_code();
        token(&kit, CONFIG).unwrap();
        kit.clock.advance(10_000);
        kit.oidc.on.fail_next(fault);
        let error = token(&kit, CONFIG).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(kit.oidc.on.calls().last().unwrap(), "refresh refresh-1");
        // The sign-in is still there.
        assert_eq!(token(&kit, CONFIG).unwrap(), "access-2");
    }
}

#[test]
fn what_was_shared_once_is_not_sent_again() {
    let shared = CONFIG.replace("[sso-session work]\n", "[sso-session work]\nawsx_share = true\n");
    let kit = with_code();
    token(&kit, &shared).unwrap();
    // It is not shared any more, so the AWS CLI keeps what it has got.
    kit.clock.advance(3000);
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-2");
    kit.clock.advance(3000);
    kit.oidc.on.fail_next(Fault::TimedOut("no answer".into()));
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-2");
    kit.clock.advance(3000);
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-3");
    let sent: Vec<String> = kit.oidc.on.calls().into_iter().filter(|call| call.starts_with("refresh")).collect();
    assert_eq!(sent, ["refresh refresh-1", "refresh refresh-2"]);
}

#[test]
fn a_pause_is_no_longer_than_the_code_is_good() {
    let kit = with_code();
    kit.oidc.on.check(|call| call.starts_with("poll").then(|| refused("SlowDownException")));
    *kit.oidc.interval.lock().unwrap() = 4_000_000;
    assert!(token(&kit, CONFIG).unwrap_err().to_string().contains("nobody signed in"));
    assert_eq!(kit.app.clock.now(), START.plus(600));
}

#[test]
fn a_sign_in_behind_a_link_is_gone_after_logout() {
    let kit = Kit::new();
    cli(&kit, "theirs", 30, None);
    let path = cli_cache::path(&kit.app, &of(CONFIG)).unwrap();
    let real = kit.home.path().join("real.json");
    std::fs::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    let of = of(CONFIG);
    assert!(Center::new(&kit.app, "p", &of).log_out().unwrap().theirs.is_some());
    assert!(!real.exists() && std::fs::symlink_metadata(&path).is_err());
}

#[test]
fn a_registration_that_led_nowhere_is_not_used_again() {
    let kit = with_code();
    kit.oidc.on.check(|call| call.starts_with("poll").then(|| refused("AuthorizationPendingException")));
    assert!(token(&kit, CONFIG).unwrap_err().to_string().contains("nobody signed in"));
    assert_eq!(kept(&kit, CONFIG).registration, None);
}

#[test]
fn without_a_browser_and_a_terminal_the_hint_works_there() {
    let kit = Kit::new();
    kit.app.sign_in.set(SignInArgs::default()).unwrap();
    assert_eq!(token(&kit, CONFIG).unwrap_err().hint.as_deref(), Some("awsx login p --device-code"));
    let kit = Kit::new();
    kit.app.sign_in.set(SignInArgs { device_code: true, ..SignInArgs::default() }).unwrap();
    token(&kit, CONFIG).unwrap();
}
