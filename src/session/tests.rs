use super::*;
use crate::base::error::ErrorKind;
use crate::plan::duration::Wanted;
use crate::ports::{Fault, Item, Keychain};
use crate::sources::keys;
use crate::store::state;
use crate::testkit::{Kit, START, StsCall, access_denied, key_pair};

mod agents;
mod guards;
mod sources;

const SERIAL: &str = "arn:aws:iam::123456789012:mfa/alice";
const CONFIG: &str = "
[profile prod]
mfa_serial = arn:aws:iam::123456789012:mfa/alice
[profile bare]
[profile admin]
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = prod
[profile reader]
role_arn = arn:aws:iam::123456789012:role/reader
source_profile = prod
";

fn kit(variables: &[(&str, &str)]) -> Kit {
    let advertised = [("AWSX_ADVERTISED", "0")];
    let kit = Kit::with_env(if variables.is_empty() { &advertised } else { variables });
    kit.config(CONFIG);
    for profile in ["prod", "bare"] {
        kit.keychain.set(&Item::Keys(profile.into()), &keys::encode(&key_pair()).unwrap()).unwrap();
        // As `awsx add` leaves it.
        let known = |s: &mut state::ProfileState| {
            s.set_key("AKIATESTTESTTESTTEST");
            s.arn = Some("arn:aws:iam::123456789012:user/alice".into());
            s.account = Some("123456789012".into());
        };
        // One test has nowhere to write.
        let _ = state::update(&kit.app.state_dir().unwrap(), profile, known);
    }
    kit
}

fn request(profile: &str) -> Request {
    Request { profile: profile.into(), min_ttl: 300, ..Request::default() }
}

fn get(kit: &Kit, request: &Request) -> Result<Session> {
    obtain(&kit.app, &Profiles::load(&kit.app.env)?, request)
}

/// The STS calls so far, as words.
fn calls(kit: &Kit) -> Vec<String> {
    let word = |call: &StsCall| match call {
        StsCall::GetSessionToken { with, duration, mfa, .. } => format!("token {with} {duration} {}", mfa.is_some()),
        StsCall::AssumeRole { with, role, .. } => format!("role {with} {} {}", role.duration, role.mfa.is_some()),
        StsCall::WebIdentity { role, .. } => format!("web {} {}", role.role_arn, role.duration),
        StsCall::GetCallerIdentity { .. } => "identity".into(),
        StsCall::FederationToken { name, .. } => format!("federation {name}"),
    };
    kit.sts.on.calls().iter().map(word).filter(|call| call != "identity").collect()
}

#[test]
fn names_of_federated_sessions() {
    assert_eq!(federated_name(Some("alice")), "alice");
    assert_eq!(federated_name(Some("a+b c")), "abc");
    assert_eq!(federated_name(Some(&"x".repeat(64))).len(), 32);
    assert_eq!((federated_name(None), federated_name(Some("a"))), ("awsx".into(), "awsx".into()));
}

#[test]
fn one_code_then_none() {
    let kit = kit(&[]);
    kit.prompter.answer("123456");
    let first = get(&kit, &request("prod")).unwrap();
    assert!(!first.cached && first.account.as_deref() == Some("123456789012"));
    let reads = kit.keychain.reads();
    let second = get(&kit, &request("prod")).unwrap();
    assert!(second.cached);
    assert_eq!(first.credentials, second.credentials);
    assert_eq!(calls(&kit), ["token AKIATESTTESTTESTTEST 43200 true"]);
    assert_eq!(kit.keychain.reads(), reads, "a warm session asks the keychain nothing");
}

#[test]
fn roles_of_a_user_share_one_code() {
    let kit = kit(&[]);
    kit.prompter.answer("123456");
    let admin = get(&kit, &request("admin")).unwrap();
    assert_eq!(admin.arn.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/admin/alice"));
    get(&kit, &request("reader")).unwrap();
    get(&kit, &request("prod")).unwrap();
    get(&kit, &request("admin")).unwrap();
    assert_eq!(
        calls(&kit),
        ["token AKIATESTTESTTESTTEST 43200 true", "role ASIAFAKE0001 3600 false", "role ASIAFAKE0001 3600 false"]
    );
}

#[test]
fn renewed_when_little_is_left_and_only_what_must_be() {
    let kit = kit(&[]);
    kit.prompter.answer("123456");
    get(&kit, &request("admin")).unwrap();
    kit.clock.advance(3301);
    assert!(!get(&kit, &request("admin")).unwrap().cached);
    assert_eq!(calls(&kit).len(), 3, "the MFA session is still good: no code was asked");
    assert!(get(&kit, &Request { min_ttl: 3600, ..request("admin") }).unwrap().cached);
}

#[test]
fn the_device_is_looked_up_once() {
    let kit = kit(&[]);
    kit.iam.add_device("arn:aws:iam::123456789012:u2f/user/alice/key");
    kit.iam.add_device(SERIAL);
    kit.prompter.answer("123456");
    get(&kit, &request("bare")).unwrap();
    get(
        &kit,
        &Request { no_cache: true, code: Some(crate::base::secret::Secret::new("654321".into())), ..request("bare") },
    )
    .unwrap();
    assert_eq!(kit.iam.on.calls().len(), 1);
    assert_eq!(calls(&kit), ["token AKIATESTTESTTESTTEST 43200 true"; 2]);
}

#[test]
fn whose_keys_they_are_is_asked_once() {
    let kit = kit(&[]);
    state::forget(&kit.app.state_dir().unwrap(), "bare").unwrap();
    get(&kit, &request("bare")).unwrap();
    get(&kit, &Request { no_cache: true, ..request("bare") }).unwrap();
    let identity = |call: &&StsCall| matches!(call, StsCall::GetCallerIdentity { .. });
    assert_eq!(kit.sts.on.calls().iter().filter(identity).count(), 1);
}

#[test]
fn no_device_means_a_session_without() {
    let kit = kit(&[]);
    get(&kit, &request("bare")).unwrap();
    assert!(get(&kit, &request("bare")).unwrap().cached);
    assert_eq!(calls(&kit), ["token AKIATESTTESTTESTTEST 43200 false"]);
}

#[test]
fn a_session_without_mfa_is_not_used_where_mfa_is_wanted() {
    let kit = kit(&[]);
    // A profile on the same keys that wants none.
    kit.config(&format!("{CONFIG}[profile plain]\nsource_profile = bare\nmfa_serial =\n"));
    get(&kit, &request("plain")).unwrap();
    get(&kit, &request("bare")).unwrap();
    assert_eq!(calls(&kit), ["token AKIATESTTESTTESTTEST 43200 false"; 2]);
    // A device is enrolled in the console. That there was none counts for a few minutes.
    kit.iam.add_device(SERIAL);
    kit.clock.advance(599);
    assert!(get(&kit, &request("bare")).unwrap().cached);
    kit.clock.advance(1);
    kit.prompter.answer("123456");
    assert!(!get(&kit, &request("bare")).unwrap().cached);
    assert_eq!(calls(&kit)[2..], ["token AKIATESTTESTTESTTEST 43200 true"]);
    assert!(get(&kit, &request("plain")).unwrap().cached && get(&kit, &request("bare")).unwrap().cached);
    assert_eq!(kit.iam.on.calls().len(), 2);
}

#[test]
fn that_there_is_no_device_is_asked_again_after_minutes_and_the_session_stays() {
    let kit = kit(&[]);
    for _ in 0..3 {
        get(&kit, &request("bare")).unwrap();
        kit.clock.advance(601);
    }
    assert_eq!((calls(&kit).len(), kit.iam.on.calls().len()), (1, 3));
}

#[test]
fn a_usable_session_without_mfa_does_not_wait_for_the_next_look_up() {
    let kit = kit(&[]);
    kit.config(&format!(
        "{CONFIG}[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = bare\n"
    ));
    let both = || ["bare", "ops"].map(|name| get(&kit, &request(name)).unwrap().cached);
    assert_eq!(both(), [false, false]);
    let fails: [(&str, &dyn Fn()); 3] = [
        ("no network", &|| kit.iam.on.fail_next(Fault::Unreachable("no route to host".into()))),
        ("not allowed", &|| kit.iam.on.fail_next(access_denied("iam:ListMFADevices"))),
        ("a locked keychain", &|| kit.keychain.lock()),
    ];
    for (what, fail) in fails {
        kit.clock.advance(600);
        let looks = kit.iam.on.calls().len();
        fail();
        assert_eq!(both(), [true, true], "{what}");
        assert!(kit.iam.on.calls().len() <= looks + 1, "{what}: it is tried once");
        assert_eq!(kit.prompter.transcript(), [""; 0], "{what}");
    }
    assert!(kit.keychain.is_locked(), "nobody was asked for a passphrase");
    // An IAM that doesn't answer before the test is over.
    kit.clock.advance(600);
    kit.keychain.unlock();
    let (over, wait) = std::sync::mpsc::channel::<()>();
    kit.iam.on.check(move |_| {
        let _ = wait.recv();
        None
    });
    assert_eq!(both(), [true, true]);
    drop(over);
    assert!(!kit.keychain.is_quiet());
    // Without a usable session the failure is the command's.
    kit.clock.advance(13 * 3600);
    kit.iam.on.fail_next(Fault::Unreachable("no route to host".into()));
    assert_eq!(get(&kit, &request("bare")).unwrap_err().kind, ErrorKind::Network);
}

#[test]
fn what_is_learnt_counts_where_nothing_can_be_written() {
    let kit = kit(&[("AWSX_ADVERTISED", "1"), ("XDG_STATE_HOME", "/proc/nowhere")]);
    kit.prompter.answer("123456");
    get(&kit, &request("bare")).unwrap();
    get(&kit, &request("admin")).unwrap();
    assert_eq!(calls(&kit).len(), 3);
}

#[test]
fn a_prompt_says_why_a_code_is_needed() {
    let kit = kit(&[]);
    for code in ["111111", "222222", "333333", "444444"] {
        kit.prompter.answer(code);
    }
    let long = Some(Wanted { seconds: 4 * 3600, from: "--duration".into() });
    for (request, why) in [
        (request("admin"), "prod: a new MFA session, 12h"),
        (Request { duration: long, ..request("admin") }, "admin: 4h needs a new code"),
        (Request { no_session: true, ..request("reader") }, "reader: --no-session needs a code of its own"),
    ] {
        get(&kit, &request).unwrap();
        assert!(kit.prompter.has_said(&format!("say: {why}")), "{why}: {:?}", kit.prompter.transcript());
        kit.clock.advance(60);
    }
    kit.clock.advance(12 * 3600 - 360);
    get(&kit, &request("prod")).unwrap();
    assert!(kit.prompter.has_said("say: prod: its MFA session ends in 3m"), "{:?}", kit.prompter.transcript());
}

#[test]
fn a_look_up_that_is_not_allowed_is_said() {
    let kit = kit(&[]);
    kit.iam.on.fail_next(access_denied("User: x is not authorized to perform: iam:ListMFADevices on resource: y"));
    get(&kit, &request("bare")).unwrap();
    assert!(kit.prompter.has_said("iam:ListMFADevices"));
}

#[test]
fn several_devices_want_a_choice() {
    let kit = kit(&[]);
    kit.iam.add_device("GAHT12345678");
    kit.iam.add_device(SERIAL);
    let refused = get(&kit, &request("bare")).unwrap_err();
    assert_eq!(refused.kind, crate::base::error::ErrorKind::Input);
    kit.prompter.answer("1");
    kit.prompter.answer("123456");
    get(&kit, &request("bare")).unwrap();
    assert!(matches!(&kit.sts.on.calls()[0], StsCall::GetSessionToken { mfa: Some(mfa), .. } if mfa.serial == SERIAL));
}

#[test]
fn a_void_session_below_is_replaced() {
    let kit = kit(&[]);
    kit.prompter.answer("123456");
    kit.prompter.answer("222222");
    get(&kit, &request("prod")).unwrap();
    kit.sts.on.fail_next(Fault::Service {
        code: "InvalidClientTokenId".into(),
        message: "The security token included in the request is invalid.".into(),
        status: 403,
        server_time: None,
    });
    get(&kit, &request("admin")).unwrap();
    assert_eq!(calls(&kit)[2..], ["token AKIATESTTESTTESTTEST 43200 true", "role ASIAFAKE0003 3600 false"]);
}

#[test]
fn rotated_keys_make_new_sessions() {
    let kit = kit(&[]);
    get(&kit, &request("bare")).unwrap();
    let other = crate::base::secret::Credentials::key_pair(
        "AKIAOTHEROTHEROTHER1",
        crate::base::secret::Secret::new("s".into()),
    );
    kit.keychain.set(&Item::Keys("bare".into()), &keys::encode(&other).unwrap()).unwrap();
    let wanted = Some(Wanted { seconds: 900, from: "--duration".into() });
    get(&kit, &Request { duration: wanted, ..request("bare") }).unwrap();
    assert_eq!(calls(&kit)[1], "token AKIAOTHEROTHEROTHER1 900 false");
    assert!(!get(&kit, &request("bare")).unwrap().cached, "the old key's session is not this key's");
}

#[test]
fn a_cache_that_cannot_be_used_is_one_warning() {
    let kit = kit(&[]);
    kit.sealing.set(None);
    kit.prompter.answer("123456");
    let session = get(&kit, &request("admin")).unwrap();
    assert!(!session.cached);
    let warnings = kit.prompter.transcript().iter().filter(|l| l.starts_with("warn: sessions are not cached")).count();
    assert_eq!(warnings, 1, "{:?}", kit.prompter.transcript());
}

#[test]
fn a_short_session_is_used_and_said() {
    let kit = kit(&[]);
    let long = Request { min_ttl: 7200, ..request("admin") };
    kit.prompter.answer("123456");
    get(&kit, &long).unwrap();
    assert!(kit.prompter.has_said("less than 2h (--min-ttl"));
}

#[test]
fn missing_keys_and_refusals_are_explained() {
    let kit = kit(&[]);
    kit.keychain.remove(&Item::Keys("bare".into())).unwrap();
    let e = get(&kit, &request("bare")).unwrap_err();
    assert_eq!((e.kind, e.hint.as_deref()), (crate::base::error::ErrorKind::Config, Some("awsx add bare")));
    kit.sts.on.fail_next(access_denied("User: x is not authorized to perform: sts:GetSessionToken on resource: *"));
    kit.prompter.answer("123456");
    let e = get(&kit, &request("prod")).unwrap_err();
    assert_eq!(e.kind, crate::base::error::ErrorKind::Refused);
}

#[test]
fn advertised_limits_count_at_once_and_for_a_day() {
    let kit = kit(&[("AWSX_ADVERTISED", "1")]);
    kit.ssm.parameters.lock().unwrap().insert("/unencrypted/mfa/session_length".into(), "7200".into());
    kit.prompter.answer("123456");
    get(&kit, &request("prod")).unwrap();
    assert_eq!(calls(&kit), ["token AKIATESTTESTTESTTEST 7200 true"]);
    assert!(get(&kit, &request("prod")).unwrap().cached);
    // A new session within a day asks nobody again, whatever is advertised by now; a day later it does.
    kit.ssm.parameters.lock().unwrap().insert("/unencrypted/mfa/session_length".into(), "3600".into());
    for (code, later, length, asked) in [("333333", 23 * 3600, 7200, 1), ("444444", 2 * 3600, 3600, 2)] {
        kit.clock.advance(later);
        kit.prompter.answer(code);
        get(&kit, &request("prod")).unwrap();
        let last = calls(&kit).pop().unwrap();
        assert_eq!(last, format!("token AKIATESTTESTTESTTEST {length} true"));
        assert_eq!(kit.ssm.on.calls().len(), asked);
    }
    kit.ssm
        .parameters
        .lock()
        .unwrap()
        .insert("/unencrypted/roles/123456789012/admin/session_length".into(), "14400".into());
    kit.prompter.answer("222222");
    get(&kit, &Request { no_cache: true, ..request("admin") }).unwrap();
    assert_eq!(
        calls(&kit)[3],
        "role AKIATESTTESTTESTTEST 14400 true",
        "a longer role is assumed straight from the keys"
    );
}

#[test]
fn codes_of_another_device_do_not_come_from_the_profiles_program() {
    let kit = kit(&[]);
    kit.config(&CONFIG.replace("[profile prod]\n", "[profile prod]\nmfa_process = echo 654321\n"));
    let named = Request { mfa_serial: Some("GAHT12345678".into()), ..request("prod") };
    kit.prompter.answer("123456");
    get(&kit, &named).unwrap();
    assert!(kit.prompter.has_said("GAHT12345678"), "{:?}", kit.prompter.transcript());
    get(&kit, &request("prod")).unwrap();
    let codes: Vec<String> = kit.sts.on.calls().iter().filter_map(StsCall::code).map(str::to_owned).collect();
    assert_eq!(codes, ["123456", "654321"]);
}

#[test]
fn a_role_that_is_advertised_to_need_mfa_says_what_is_missing() {
    let kit = kit(&[]);
    kit.config(&CONFIG.replace("source_profile = prod", "source_profile = prod\nmfa_serial ="));
    let refused = || {
        kit.sts.on.fail_next(access_denied("User: x is not authorized to perform: sts:AssumeRole on resource: y"));
        get(&kit, &request("admin")).unwrap_err().hint.unwrap()
    };
    assert!(!refused().contains("advertises"));
    state::update(&kit.app.state_dir().unwrap(), "prod", |s| {
        s.roles.entry("arn:aws:iam::123456789012:role/admin".into()).or_default().mfa_required = Some(true);
    })
    .unwrap();
    let hint = refused();
    assert!(hint.contains("needs MFA, as its account advertises") && hint.contains("provision-mfa prod"), "{hint}");
}
