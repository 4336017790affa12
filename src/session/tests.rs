use super::*;
use crate::base::error::ErrorKind;
use crate::plan::duration::Wanted;
use crate::ports::{Fault, Item, Keychain};
use crate::sources::keys;
use crate::store::state;
use crate::testkit::{Kit, START, StsCall, access_denied, key_pair};

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
        state::update(&kit.app.state_dir().unwrap(), profile, known).unwrap();
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
    };
    kit.sts.on.calls().iter().map(word).filter(|call| call != "identity").collect()
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
    kit.ssm
        .parameters
        .lock()
        .unwrap()
        .insert("/unencrypted/roles/123456789012/admin/session_length".into(), "14400".into());
    kit.prompter.answer("222222");
    get(&kit, &Request { no_cache: true, ..request("admin") }).unwrap();
    assert_eq!(
        calls(&kit)[1],
        "role AKIATESTTESTTESTTEST 14400 true",
        "a longer role is assumed straight from the keys"
    );
}

#[test]
fn another_account_than_the_profile_states_is_refused_before_anything_is_asked() {
    let kit = kit(&[]);
    let stated = |profile: &str, account: &str| {
        kit.config(
            &CONFIG
                .replace(&format!("[profile {profile}]"), &format!("[profile {profile}]\nawsx_account_id = {account}")),
        );
        get(&kit, &request(profile))
    };
    for profile in ["prod", "admin"] {
        let error = stated(profile, "444455556666").unwrap_err();
        assert_eq!(error.kind, crate::base::error::ErrorKind::Config);
        for part in ["account 123456789012, not to 444455556666", "awsx_account_id", "config:"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
    assert_eq!((calls(&kit).len(), kit.prompter.transcript().len()), (0, 0));
    kit.prompter.answer("123456");
    for profile in ["prod", "admin"] {
        stated(profile, "123456789012").unwrap();
    }
    // A cached session is no way around it.
    stated("prod", "444455556666").unwrap_err();
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

/// What every way to credentials or a code says of `prod`.
fn every_way(kit: &Kit) -> Vec<std::result::Result<(), Error>> {
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let app = &kit.app;
    vec![
        obtain(app, &profiles, &request("prod")).map(drop),
        keys(app, &profiles, "prod", "prod").map(drop),
        keys(app, &profiles, "reader", "prod").map(drop),
        code(app, &profiles, "prod", SERIAL, Some("echo 123456")).map(drop),
    ]
}

#[test]
fn no_way_leads_around_awsx_confirm() {
    let guarded = CONFIG.replace("[profile prod]", "[profile prod]\nawsx_confirm = yes");
    let kit = kit(&[]);
    kit.config(&guarded);
    for result in every_way(&kit) {
        let error = result.unwrap_err();
        assert!(error.kind == ErrorKind::Input && error.hint.unwrap().contains("-y"));
    }
    for _ in 0..4 {
        kit.prompter.answer("n");
    }
    for result in every_way(&kit) {
        assert!(result.unwrap_err().what.contains("awsx_confirm"));
    }
    assert_eq!((calls(&kit).len(), kit.keychain.reads()), (0, 0));
    // Once a command, however many ways it goes.
    kit.prompter.answer("y");
    kit.prompter.answer("123456");
    for result in every_way(&kit) {
        result.unwrap();
    }
    assert_eq!(kit.prompter.transcript().iter().filter(|line| line.contains("Use prod?")).count(), 5);

    // A role over the profile is another profile; a session around this command is the same one.
    let inside = [("AWSX_PROFILE", "prod"), ("AWS_ACCESS_KEY_ID", "ASIA"), ("AWSX_ADVERTISED", "0")];
    for (variables, profile, asks) in [(&inside[..], "prod", 0), (&inside[..1], "prod", 1), (&inside[2..], "reader", 0)]
    {
        let kit = self::kit(variables);
        kit.config(&guarded);
        for answer in ["y", "123456"].iter().skip(1 - asks) {
            kit.prompter.answer(answer);
        }
        get(&kit, &request(profile)).unwrap();
        assert_eq!(kit.prompter.has_said("Use "), asks == 1, "{variables:?}");
    }
}

#[test]
fn a_guard_that_cannot_be_read_lets_nobody_in() {
    let kit = kit(&[]);
    kit.prompter.answer("123456");
    for line in ["awsx_confirm = y", "awsx_confirm =", "awsx_account_id = 12", "awsx_agent = sometimes"] {
        kit.config(&CONFIG.replace("[profile prod]", &format!("[profile prod]\n{line}")));
        for result in every_way(&kit) {
            let error = result.unwrap_err();
            assert!(error.kind == ErrorKind::Config && error.what.contains("config:3: awsx_"), "{line}: {error}");
        }
    }
    assert_eq!((calls(&kit).len(), kit.keychain.reads()), (0, 0));
}

#[test]
fn keys_of_another_account_are_not_handed_out() {
    let kit = kit(&[]);
    kit.config(&CONFIG.replace("[profile prod]", "[profile prod]\nawsx_account_id = 444455556666"));
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let refused = || keys(&kit.app, &profiles, "prod", "prod").unwrap_err().what;
    assert!(refused().contains("account 123456789012, not to 444455556666"));
    assert!(kit.sts.on.calls().is_empty());
    // Where it isn't remembered, AWS is asked.
    state::forget(&kit.app.state_dir().unwrap(), "prod").unwrap();
    assert!(refused().contains("account 123456789012, not to 444455556666"));
    assert_eq!(kit.sts.on.calls().len(), 1);
}
