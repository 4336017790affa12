//! `awsx provision-mfa` when something fails.

use crate::base::error::ErrorKind;
use crate::devices::tests::*;
use crate::testkit::{StsCall, access_denied};

#[test]
fn a_login_that_fails_takes_nothing_back() {
    let kit = kit();
    answers(&kit, &[&code(0), &code(1), "y", &code(2)]);
    kit.sts.on.check(|call| {
        matches!(call, StsCall::GetSessionToken { .. }).then(|| access_denied("MultiFactorAuthentication failed"))
    });
    enrol(&kit, &order()).unwrap();
    assert_eq!(assigned(&kit), [ALICE]);
    assert_eq!(config_of(&kit), config_with(ALICE));
    assert!(kit.prompter.has_said("the login failed"));
}

#[test]
fn ended_at_every_prompt() {
    let typed = [code(0), code(1), "n".into()];
    for known in 0..typed.len() {
        let kit = kit();
        // Somebody is there at first.
        kit.prompter.answer("");
        let before: Vec<&str> = typed.iter().take(known).map(String::as_str).collect();
        answers(&kit, &before);
        let result = enrol(&kit, &order());
        if known < 2 {
            assert_eq!(result.unwrap_err().kind, ErrorKind::Input);
            assert!(unassigned(&kit).is_empty() && assigned(&kit).is_empty(), "after {known} answers");
            assert_eq!(config_of(&kit), CONFIG);
            assert!(kit.prompter.has_said("nothing is left of it"));
        } else {
            assert_eq!(result.unwrap(), ALICE, "only the offer to log in was not answered");
            assert_eq!(config_of(&kit), config_with(ALICE));
        }
        assert_seed_is_hidden(&kit);
    }
}

#[test]
fn three_refusals_take_the_device_back_and_no_slip_does() {
    let kit = kit();
    let pairs = [[code(0), code(1)], [code(2), code(3)], [code(4), code(5)]];
    answers(&kit, &["000000", "12", &code(-40)]);
    for [first, second] in &pairs {
        answers(&kit, &[first, "000000", second]);
    }
    kit.iam.on.check(|call| {
        let fails = matches!(call, IamCall::Enable { .. });
        fails.then(|| refused("InvalidAuthenticationCode", "Authentication code for device is not valid"))
    });
    assert_eq!(enrol(&kit, &order()).unwrap_err().what, "AWS refused two codes 3 times");
    assert!(unassigned(&kit).is_empty());
    assert_eq!(calls(&kit).iter().filter(|call| call.starts_with("enable")).count(), 3, "nothing wrong was sent");
}

#[test]
fn every_call_fails() {
    let ways: [fn() -> Fault; 4] = [
        || access_denied("User: x is not authorized to perform: iam:X on resource: y"),
        || Fault::Unreachable("connection refused".into()),
        lost,
        || Fault::Service { code: "ServiceFailure".into(), message: "oops".into(), status: 500, server_time: None },
    ];
    let optional = ["unassigned", "alias"];
    let straight = ["list", "unassigned", "create /alice", "alias", "enable"];
    for way in ways {
        for (position, call) in straight.iter().enumerate() {
            let kit = kit();
            answers(&kit, &[&code(0), &code(1), "n"]);
            let mut count = 0;
            kit.iam.on.check(move |_| {
                count += 1;
                (count == position + 1).then(way)
            });
            let result = enrol(&kit, &order());
            assert_seed_is_hidden(&kit);
            let denied = way() == ways[0]();
            if *call == "alias" || (optional.contains(call) && denied) {
                assert_eq!(result.unwrap(), ALICE, "{call}");
                continue;
            }
            assert!(result.is_err(), "{call}");
            assert!(unassigned(&kit).is_empty() && assigned(&kit).is_empty(), "{call} {:?}", calls(&kit));
            assert_eq!(config_of(&kit), CONFIG, "{call}");
        }
        let kit = kit();
        kit.sts.on.fail_next(way());
        kit.prompter.answer("");
        assert!(enrol(&kit, &order()).is_err(), "GetCallerIdentity");
        assert!(calls(&kit).is_empty());
    }
}

#[test]
fn an_answer_that_is_lost_after_the_device_was_made() {
    let kit = kit();
    answers(&kit, &[""]);
    let state = kit.iam.state.clone();
    kit.iam.on.check(move |call| {
        let IamCall::Create { path, name } = call else { return None };
        state.lock().unwrap().unassigned.push(format!("arn:aws:iam::123456789012:mfa{path}{name}"));
        Some(lost())
    });
    assert_eq!(enrol(&kit, &order()).unwrap_err().kind, ErrorKind::Network);
    assert!(unassigned(&kit).is_empty());
    assert!(kit.prompter.has_said("nothing is left of it"));
}

#[test]
fn an_answer_that_is_lost_after_the_device_was_enabled() {
    let kit = kit();
    answers(&kit, &[&code(0), &code(1), "n"]);
    let state = kit.iam.state.clone();
    kit.iam.on.check(move |call| {
        let IamCall::Enable { serial, .. } = call else { return None };
        let mut state = state.lock().unwrap();
        state.unassigned.clear();
        state.devices.push(crate::ports::MfaDevice { serial: serial.clone(), enabled: None });
        // The answer to a repeated call.
        Some(refused("EntityAlreadyExists", "MFA Device is already in use."))
    });
    assert_eq!(enrol(&kit, &order()).unwrap(), ALICE);
    assert_eq!(config_of(&kit), config_with(ALICE));
}

#[test]
fn what_can_not_be_taken_back_is_said() {
    let kit = kit();
    answers(&kit, &[&code(0)]);
    kit.iam.on.check(|call| matches!(call, IamCall::Delete(_)).then(|| Fault::Unreachable("no route".into())));
    assert!(enrol(&kit, &order()).is_err());
    assert!(kit.prompter.has_said(&format!("{ALICE} could not be deleted")));
    assert!(kit.prompter.has_said("offers to replace it"));
    assert_eq!(unassigned(&kit), [ALICE]);
    // … and the next run does.
    kit.iam.on.check(|_| None);
    kit.clock.set(START);
    answers(&kit, &["y", &code(0), &code(1), "n"]);
    assert_eq!(enrol(&kit, &order()).unwrap(), ALICE);
    assert!(calls(&kit).contains(&format!("delete {ALICE}")));
}

#[test]
fn a_seed_that_may_be_the_only_one_is_kept() {
    let kit = kit();
    // The device is enabled, but the answer is lost and AWS can't be reached any more.
    let state = kit.iam.state.clone();
    kit.iam.on.check(move |call| match call {
        IamCall::Enable { serial, .. } => {
            let mut state = state.lock().unwrap();
            state.unassigned.clear();
            state.devices.push(crate::ports::MfaDevice { serial: serial.clone(), enabled: None });
            Some(lost())
        }
        IamCall::ListMfaDevices(_) if !state.lock().unwrap().devices.is_empty() => Some(lost()),
        IamCall::Delete(_) => Some(lost()),
        _ => None,
    });
    assert!(enrol(&kit, &Order { store_seed: true, no_qr: true, ..order() }).is_err());
    assert!(kit.keychain.get(&Item::Seed(ALICE.into())).unwrap().is_some());
    assert!(kit.prompter.has_said("stays in the keychain"));
    assert_eq!(assigned(&kit), [ALICE]);
}

#[test]
fn a_fresh_device_may_take_a_moment_to_be_known() {
    let kit = kit();
    answers(&kit, &[&code(0), &code(1), "n"]);
    let mut times = 0;
    kit.iam.on.check(move |call| {
        times += u32::from(matches!(call, IamCall::Enable { .. }));
        (times < 3 && times > 0).then(|| refused("NoSuchEntity", "VirtualMFADevice does not exist"))
    });
    assert_eq!(enrol(&kit, &order()).unwrap(), ALICE);
}

#[test]
fn codes_that_aws_refuses_are_asked_for_again() {
    let kit = kit();
    answers(&kit, &[&code(0), &code(1), &code(2), &code(3), "n"]);
    let mut first = true;
    kit.iam.on.check(move |call| {
        let fails = matches!(call, IamCall::Enable { .. }) && std::mem::take(&mut first);
        fails.then(|| refused("InvalidAuthenticationCode", "Authentication code for device is not valid"))
    });
    assert_eq!(enrol(&kit, &order()).unwrap(), ALICE);
    assert!(kit.prompter.has_said("AWS refused these two codes"));
}

#[test]
fn a_config_that_can_not_be_written_leaves_a_device_that_works() {
    let kit = kit();
    let config = kit.home.path().join(".aws/config");
    answers(&kit, &[&code(0), &code(1), "n"]);
    kit.iam.on.check({
        let config = config.clone();
        // Somebody takes the profile out while the codes are typed.
        move |call| {
            if matches!(call, IamCall::Enable { .. }) {
                std::fs::write(&config, "[profile prod\n").unwrap();
            }
            None
        }
    });
    let error = enrol(&kit, &order()).unwrap_err();
    assert_eq!(error.what, "the device works, but the profile could not be changed");
    assert!(error.hint.unwrap().contains(&format!("mfa_serial = {ALICE}")));
    assert_eq!(assigned(&kit), [ALICE]);
    assert_eq!(std::fs::read_to_string(config).unwrap(), "[profile prod\n");
}
