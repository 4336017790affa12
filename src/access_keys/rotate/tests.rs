//! Rotations against fakes that refuse keys which don't exist or are inactive.

mod trouble;

use std::sync::{Arc, Mutex};

use super::*;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::ports::{AccessKey, Fault, Identity, LastUse};
use crate::store::cache::Cache;
use crate::testkit::{IamCall, IamState, Kit, START, StsCall, access_denied, cached};

const OLD: &str = "AKIATESTTESTTESTTEST";
const NEW: &str = "AKIANEW0000000000001";
const OTHER: &str = "AKIAOTHEROTHEROTHER1";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/alice";

fn key(id: &str, active: bool) -> AccessKey {
    AccessKey { id: id.into(), active, created: Timestamp(START.0 - 1_000_000) }
}

fn pair(id: &str) -> Secret {
    keys::encode(&Credentials::key_pair(id, Secret::new("base-secret".into()))).unwrap()
}

fn unknown() -> Fault {
    Fault::Service { code: "InvalidClientTokenId".into(), message: String::new(), status: 403, server_time: None }
}

/// Whether AWS takes what signed a call. A session is good whatever became of its key.
fn is_good(state: &Mutex<IamState>, with: &str) -> bool {
    with.starts_with("ASIA") || state.lock().unwrap().keys.iter().any(|key| key.id == with && key.active)
}

/// `prod` with the key [`OLD`] of alice, and `-y`.
fn kit() -> Kit {
    let mut kit = Kit::new();
    kit.app.global.yes = true;
    kit.config("[profile prod]\nmfa_serial =\n");
    kit.app.keychain.set(&Item::Keys("prod".into()), &pair(OLD)).unwrap();
    kit.iam.state.lock().unwrap().keys = vec![key(OLD, true)];
    strict(&kit, |_| None);
    kit
}

/// Refuses calls of keys that are no good, and those that `more` refuses.
fn strict(kit: &Kit, mut more: impl FnMut(&IamCall) -> Option<Fault> + Send + 'static) {
    let state = Arc::clone(&kit.iam.state);
    kit.iam.on.check(move |call| {
        let (IamCall::ListKeys { with }
        | IamCall::CreateKey { with }
        | IamCall::DeactivateKey { with, .. }
        | IamCall::DeleteKey { with, .. }) = call
        else {
            return more(call);
        };
        if is_good(&state, with) { more(call) } else { Some(unknown()) }
    });
    let state = Arc::clone(&kit.iam.state);
    kit.sts.on.check(move |call| match call {
        StsCall::GetCallerIdentity { with, .. } | StsCall::GetSessionToken { with, .. } => {
            (!is_good(&state, with)).then(unknown)
        }
        _ => None,
    });
}

fn run_with(kit: &Kit, order: &Order) -> Result<()> {
    rotate(&kit.app, &Profiles::load(&kit.app.env).unwrap(), order)
}

fn run(kit: &Kit) -> Result<()> {
    run_with(kit, &Order { profile: "prod", ..Order::default() })
}

/// The stored key of a profile.
fn stored(kit: &Kit, profile: &str) -> Option<String> {
    let secret = kit.app.keychain.get(&Item::Keys(profile.into())).unwrap()?;
    Some(keys::decode(&secret).unwrap().access_key_id)
}

fn at_aws(kit: &Kit) -> Vec<String> {
    kit.iam.state.lock().unwrap().keys.iter().map(|key| key.id.clone()).collect()
}

/// The stored key works.
#[track_caller]
fn assert_works(kit: &Kit) {
    let id = stored(kit, "prod").expect("a key");
    assert!(is_good(&kit.iam.state, &id), "{id} of {:?}", kit.iam.state);
}

/// Nothing is left of the rotation: one key, and it is this one.
#[track_caller]
fn assert_ended(kit: &Kit, id: &str) {
    assert_eq!((stored(kit, "prod").as_deref(), at_aws(kit)), (Some(id), vec![id.to_owned()]));
    assert!(!kit.app.keychain.list().unwrap().contains(&Item::NextKeys("prod".into())));
    assert_eq!(Journals::of(&kit.app).unwrap().all().count(), 0);
}

fn made_calls(kit: &Kit) -> Vec<String> {
    let words = |call: &IamCall| match call {
        IamCall::ListKeys { with } => format!("list with {with}"),
        IamCall::CreateKey { with } => format!("create with {with}"),
        IamCall::DeactivateKey { with, id } => format!("deactivate {id} with {with}"),
        IamCall::DeleteKey { with, id } => format!("delete {id} with {with}"),
        other => format!("{other:?}"),
    };
    kit.iam.on.calls().iter().map(words).collect()
}

/// What a run leaves that was killed when it was about to make a key.
fn leave_begun(kit: &Kit) -> (Journals, Journal) {
    let journal = Journal {
        profile: "prod".into(),
        profiles: vec!["prod".into()],
        user: "arn:aws:iam::123456789012:user/alice".into(),
        old: OLD.into(),
        known: vec![OLD.into()],
        began: START.0 - 1,
        new: None,
        step: Step::Begun,
    };
    let journals = Journals::of(&kit.app).unwrap();
    drop(journals.lock(&kit.app, || ()).unwrap());
    journals.save(&journal).unwrap();
    (journals, journal)
}

#[test]
fn the_old_key_goes_when_the_new_one_works() {
    let kit = kit();
    cached(&kit, "session", "prod", OLD);
    cached(&kit, "other", "other", OTHER);
    let dir = kit.app.state_dir().unwrap();
    state::update(&dir, "prod", |state| {
        state.set_key(OLD);
        state.arn = Some("arn:aws:iam::123456789012:user/alice".into());
    })
    .unwrap();
    run(&kit).unwrap();
    assert_ended(&kit, NEW);
    let want = [
        format!("list with {OLD}"),
        format!("create with {OLD}"),
        format!("deactivate {OLD} with {NEW}"),
        format!("delete {OLD} with {NEW}"),
    ];
    assert_eq!(made_calls(&kit), want);
    let left: Vec<String> = Cache::open(&kit.app).unwrap().keys().into_iter().map(|key| key.0).collect();
    assert_eq!(left, ["other"]);
    assert!(kit.prompter.has_said("the next command makes a new one"));
    let known = state::load(&dir, "prod");
    assert_eq!((known.access_key_id.as_deref(), known.user()), (Some(NEW), Some("alice")), "the user is still known");
    assert!(!kit.prompter.transcript().concat().contains("secret-of"), "no secret");
}

#[test]
fn one_session_with_one_code_makes_every_call() {
    let kit = kit();
    kit.config(&format!("[profile prod]\nmfa_serial = {DEVICE}\n"));
    run_with(&kit, &Order { profile: "prod", code: Some("123456"), ..Order::default() }).unwrap();
    assert_ended(&kit, NEW);
    let codes: Vec<_> = kit.sts.on.calls().iter().filter_map(|call| call.code().map(str::to_owned)).collect();
    assert_eq!(codes, ["123456"]);
    let calls = made_calls(&kit);
    assert!(calls.len() == 4 && calls.iter().all(|call| call.contains("with ASIA")), "{calls:?}");
}

#[test]
fn a_cached_session_that_is_too_old_for_the_policy_is_replaced() {
    let kit = kit();
    kit.config(&format!("[profile prod]\nmfa_serial = {DEVICE}\n"));
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let args = crate::cli::SessionArgs { code: Some("111111".into()), ..Default::default() };
    let request = crate::select::request::from_args(&kit.app, &profiles, Some("prod"), &args).unwrap();
    let old = crate::session::obtain(&kit.app, &profiles, &request).unwrap().credentials.access_key_id;
    strict(&kit, move |call| match call {
        IamCall::ListKeys { with } if *with == old => Some(access_denied("")),
        _ => None,
    });
    run_with(&kit, &Order { profile: "prod", code: Some("222222"), ..Order::default() }).unwrap();
    assert_ended(&kit, NEW);
}

#[test]
fn the_second_key_is_not_touched_unless_somebody_says_so() {
    let with_two = |active| {
        let kit = kit();
        kit.iam.state.lock().unwrap().keys.push(key(OTHER, active));
        kit
    };
    for active in [true, false] {
        let kit = with_two(active);
        let error = run(&kit).unwrap_err().to_string();
        assert!(error.contains(OTHER) && error.contains("never used"), "{error}");
        assert!(error.contains(&format!("awsx rotate prod --delete-key {OTHER}")), "{error}");
        assert_eq!(at_aws(&kit), [OLD, OTHER]);
        for wrong in [OLD, "AKIANOSUCHKEY"] {
            let order = Order { profile: "prod", delete_key: Some(wrong), ..Order::default() };
            assert!(run_with(&kit, &order).unwrap_err().what.contains("can't be deleted first"));
        }
        run_with(&kit, &Order { profile: "prod", delete_key: Some(OTHER), ..Order::default() }).unwrap();
        assert_ended(&kit, NEW);
    }
    // A person is asked about an inactive one, and only about such a one.
    for (active, asked) in [(false, true), (true, false)] {
        let mut kit = with_two(active);
        kit.app.global.yes = false;
        kit.prompter.answer("y");
        kit.prompter.answer("y");
        assert_eq!(run(&kit).is_ok(), asked);
        assert_eq!(kit.prompter.has_said("Delete AKIAOTHEROTHEROTHER1, which is inactive?"), asked);
    }
    // Who names one is asked about it as well, also in a rotation that goes on.
    for begun in [false, true] {
        let mut kit = with_two(true);
        if begun {
            leave_begun(&kit);
        }
        kit.app.global.yes = false;
        kit.prompter.answer("n");
        let error = run_with(&kit, &Order { profile: "prod", delete_key: Some(OTHER), ..Order::default() });
        assert!(error.unwrap_err().what.contains("was not replaced"));
        assert!(kit.prompter.has_said("Delete the access key AKIAOTHEROTHEROTHER1"));
        assert_eq!(at_aws(&kit), [OLD, OTHER]);
    }
    // One that is stored for another profile stays in any case.
    let kit = with_two(true);
    kit.app.keychain.set(&Item::Keys("other".into()), &pair(OTHER)).unwrap();
    let order = Order { profile: "prod", delete_key: Some(OTHER), ..Order::default() };
    assert!(run_with(&kit, &order).unwrap_err().to_string().contains("for other"));
    assert_eq!(at_aws(&kit), [OLD, OTHER]);
}

#[test]
fn profiles_that_share_the_key_change_together() {
    let kit = kit();
    kit.config("[profile prod]\nmfa_serial =\n[profile twin]\nmfa_serial =\n[profile role]\nsource_profile = twin\nrole_arn = arn:aws:iam::123456789012:role/r\n");
    kit.app.keychain.set(&Item::Keys("twin".into()), &pair(OLD)).unwrap();
    kit.app.keychain.set(&Item::Keys("other".into()), &pair(OTHER)).unwrap();
    // A run that is named after the other profile, and goes on with it.
    strict(&kit, |call| matches!(call, IamCall::DeactivateKey { .. }).then(|| access_denied("no")));
    run(&kit).unwrap_err();
    strict(&kit, |_| None);
    run_with(&kit, &Order { profile: "role", ..Order::default() }).unwrap();
    assert!(kit.prompter.has_said("role uses the keys of twin"));
    assert_ended(&kit, NEW);
    assert_eq!((stored(&kit, "twin").as_deref(), stored(&kit, "other").as_deref()), (Some(NEW), Some(OTHER)));
}

#[test]
fn keys_that_are_not_only_here_or_of_no_user_are_refused() {
    let kit = kit();
    kit.credentials(&format!("[copy]\naws_access_key_id = {OLD}\naws_secret_access_key = base-secret\n"));
    let error = run(&kit).unwrap_err();
    assert!(error.kind == ErrorKind::Config && error.to_string().contains("that of copy"), "{error}");
    kit.credentials("[plain]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = s\n");
    let error = run_with(&kit, &Order { profile: "plain", ..Order::default() }).unwrap_err();
    assert!(error.to_string().contains("the key of plain is not in the keychain"), "{error}");
    for arn in ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:assumed-role/r/s"] {
        let account = "123456789012".to_owned();
        kit.sts.set_identity(Identity { user_id: account.clone(), account, arn: arn.into() });
        assert_eq!(run(&kit).unwrap_err().kind, ErrorKind::Config, "{arn}");
    }
    assert!(!made_calls(&kit).iter().any(|call| call.starts_with("create")));
}

#[test]
fn a_call_error_tells_the_action_and_never_a_secret() {
    let kit = kit();
    strict(&kit, |call| {
        let message = "User: x is not authorized to perform: iam:UpdateAccessKey on resource: user alice";
        matches!(call, IamCall::DeactivateKey { .. }).then(|| access_denied(message))
    });
    let error = run(&kit).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    let text = error.to_string();
    for part in ["prod uses its new key", OLD, "iam:UpdateAccessKey", "`awsx rotate prod` goes on from here"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("new-secret") && !text.contains("base-secret"), "{text}");
}
