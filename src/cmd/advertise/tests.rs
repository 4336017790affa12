use super::*;
use crate::base::error::ErrorKind;
use crate::ports::Item;
use crate::sources::keys;
use crate::store::state::{ProfileState, RoleState};
use crate::testkit::{Kit, access_denied, key_pair};

const ROLE: &str = "arn:aws:iam::123456789012:role/team/ops";
const LENGTH: &str = "/unencrypted/mfa/session_length";

/// An administrator, and a user of the same account of whom this machine remembers something.
fn kit() -> Kit {
    let kit = Kit::new();
    kit.config("[profile admin]\n[profile alice]\n[profile other]\n");
    kit.app.keychain.set(&Item::Keys("admin".into()), &keys::encode(&key_pair()).unwrap()).unwrap();
    let dir = kit.app.state_dir().unwrap();
    for (name, account) in [("alice", "123456789012"), ("other", "210987654321")] {
        let known = ProfileState {
            account: Some(account.into()),
            mfa_session_length: Some(3600),
            roles: [(ROLE.to_owned(), RoleState::default())].into(),
            ..ProfileState::default()
        };
        state::update(&dir, name, |state| *state = known.clone()).unwrap();
    }
    kit
}

fn setting() -> cli::AdvertiseSet {
    cli::AdvertiseSet {
        profile: Some("admin".into()),
        mfa_length: None,
        role: None,
        role_length: None,
        role_mfa: None,
        alias: None,
        account: None,
        session: SessionArgs::default(),
    }
}

fn deleting() -> cli::AdvertiseDelete {
    cli::AdvertiseDelete {
        profile: Some("admin".into()),
        mfa_length: false,
        role: None,
        role_length: false,
        role_mfa: false,
        alias: false,
        account: None,
        session: SessionArgs::default(),
    }
}

fn stored(kit: &Kit) -> Vec<(String, String)> {
    kit.ssm.parameters.lock().unwrap().clone().into_iter().collect()
}

fn known(kit: &Kit, profile: &str) -> ProfileState {
    state::load(&kit.app.state_dir().unwrap(), profile)
}

#[test]
fn what_is_set_counts_here_at_once() {
    let kit = kit();
    let args = cli::AdvertiseSet {
        mfa_length: Some("9h".into()),
        role: Some(ROLE.into()),
        role_length: Some("2h".into()),
        role_mfa: Some(true),
        alias: Some("acme".into()),
        ..setting()
    };
    set(&kit.app, &args).unwrap();
    let pairs = [
        (LENGTH, "32400"),
        ("/unencrypted/roles/123456789012/alias", "acme"),
        ("/unencrypted/roles/123456789012/ops/mfa_required", "true"),
        ("/unencrypted/roles/123456789012/ops/session_length", "7200"),
    ];
    assert_eq!(stored(&kit), pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let alice = known(&kit, "alice");
    let role = RoleState { session_length: Some(7200), mfa_required: Some(true), alias: Some("acme".into()) };
    assert_eq!((alice.mfa_session_length, alice.roles.get(ROLE)), (Some(32400), Some(&role)));
    assert_eq!(known(&kit, "other").mfa_session_length, Some(3600), "another account");
    // The same again changes nothing and asks nothing.
    set(&kit.app, &args).unwrap();
    delete(&kit.app, &cli::AdvertiseDelete { role: Some(ROLE.into()), ..deleting() }).unwrap_err();
}

#[test]
fn nothing_is_overwritten_or_deleted_without_a_yes() {
    let mut kit = kit();
    let args = |length: &str| cli::AdvertiseSet { mfa_length: Some(length.into()), ..setting() };
    set(&kit.app, &args("9h")).unwrap();
    let error = set(&kit.app, &args("8h")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.cause.unwrap().contains("length of MFA sessions from 9h to 8h"));
    let gone = || cli::AdvertiseDelete { mfa_length: true, ..deleting() };
    assert_eq!(delete(&kit.app, &gone()).unwrap_err().kind, ErrorKind::Input);
    kit.prompter.answer("n");
    assert_eq!(set(&kit.app, &args("8h")).unwrap_err().kind, ErrorKind::Failed);
    assert_eq!(stored(&kit), [(LENGTH.to_owned(), "32400".to_owned())]);
    kit.app.global.yes = true;
    set(&kit.app, &args("8h")).unwrap();
    assert_eq!(stored(&kit), [(LENGTH.to_owned(), "28800".to_owned())]);
    delete(&kit.app, &gone()).unwrap();
    assert_eq!((stored(&kit), known(&kit, "alice").mfa_session_length), (vec![], None));
    assert!(delete(&kit.app, &gone()).unwrap_err().what.contains("not advertised: length of MFA sessions"));
}

#[test]
fn a_value_that_can_not_be_is_refused_before_anything_is_asked() {
    let kit = kit();
    let alias = Some("acme".to_owned());
    for (args, part) in [
        (cli::AdvertiseSet { mfa_length: Some("37h".into()), ..setting() }, "36h"),
        (cli::AdvertiseSet { role: Some("ops".into()), role_mfa: Some(true), ..setting() }, "is not a role"),
        (cli::AdvertiseSet { alias: alias.clone(), ..setting() }, "needs an account"),
        (cli::AdvertiseSet { alias, account: Some("12".into()), ..setting() }, "not an account ID"),
    ] {
        let error = set(&kit.app, &args).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(kit.ssm.on.calls().is_empty() && kit.sts.on.calls().is_empty());
}

#[test]
fn a_missing_permission_is_named() {
    let kit = kit();
    let message =
        "User: arn:aws:iam::123456789012:user/a is not authorized to perform: ssm:PutParameter on resource: x";
    kit.ssm.on.check(move |names| (names == &["put"]).then(|| access_denied(message)));
    let args = cli::AdvertiseSet { mfa_length: Some("9h".into()), ..setting() };
    let error = set(&kit.app, &args).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(error.what.contains("ssm:PutParameter"), "{error}");
    assert_eq!(known(&kit, "alice").mfa_session_length, Some(3600));
}

#[test]
fn what_programs_get() {
    let role = RoleName { account: "123456789012".into(), name: "ops".into() };
    assert_eq!(
        as_json(&Parameter::RoleLength(role), "9h"),
        json!({
            "parameter": "/unencrypted/roles/123456789012/ops/session_length", "setting": "role-length",
            "account": "123456789012", "role": "ops", "value": "9h", "usable": false,
        })
    );
}
