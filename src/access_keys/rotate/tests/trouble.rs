//! Rotations in which something fails, is lost or is killed: a key that works is always left, and the next run ends them.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;

/// Fails call number `n` in all, and only that one. Whether there was such a call.
fn fail_call(kit: &Kit, n: usize, fault: &Fault) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let (seen, fault) = (Arc::clone(&count), fault.clone());
    strict(kit, move |_| (seen.fetch_add(1, SeqCst) == n).then(|| fault.clone()));
    count
}

#[test]
fn whatever_call_fails_the_next_run_ends_it() {
    for fault in [access_denied("no"), unknown(), Fault::Unreachable("no".into()), Fault::Protocol("lost".into())] {
        for n in 0.. {
            let kit = kit();
            let count = fail_call(&kit, n, &fault);
            let first = run(&kit);
            assert_works(&kit);
            if count.load(SeqCst) <= n {
                first.unwrap();
                assert!(n >= 4, "only {n} calls");
                break;
            }
            strict(&kit, |_| None);
            if let Err(error) = first {
                assert!(n == 0 || error.hint.is_some(), "{n} {fault:?}: {error}");
                run(&kit).unwrap();
            }
            assert_works(&kit);
            let id = stored(&kit, "prod").unwrap();
            assert_ne!(id, OLD);
            assert_ended(&kit, &id);
        }
    }
}

#[test]
fn a_key_whose_answer_was_lost_is_deleted_and_another_one_made() {
    let kit = kit();
    let state = Arc::clone(&kit.iam.state);
    let lost = AtomicUsize::new(0);
    strict(&kit, move |call| {
        if matches!(call, IamCall::CreateKey { .. }) && lost.fetch_add(1, SeqCst) == 0 {
            state.lock().unwrap().keys.push(AccessKey { id: "AKIALOST".into(), active: true, created: START });
            return Some(Fault::Protocol("the connection broke".into()));
        }
        None
    });
    run(&kit).unwrap();
    assert!(kit.prompter.has_said("AKIALOST was made by the interrupted rotation"));
    assert_ended(&kit, NEW);
}

#[test]
fn a_run_that_was_killed_before_the_answer_came_leaves_a_key_that_is_found() {
    let kit = kit();
    let (journals, journal) = leave_begun(&kit);
    let left = AccessKey { id: "AKIALEFT".into(), active: true, created: START };
    kit.iam.state.lock().unwrap().keys.push(left);
    // Somebody uses it: then it is not ours, and stays.
    let used = LastUse { at: START, service: "sts".into(), region: "us-east-1".into() };
    kit.iam.state.lock().unwrap().last_use = Some(used);
    let error = run(&kit).unwrap_err().to_string();
    assert!(error.contains("AKIALEFT: active") && error.contains("for sts in us-east-1"), "{error}");
    assert_eq!(at_aws(&kit), [OLD, "AKIALEFT"]);

    journals.save(&journal).unwrap();
    kit.iam.state.lock().unwrap().last_use = None;
    run(&kit).unwrap();
    assert_ended(&kit, NEW);
}

#[test]
fn a_keychain_that_does_not_take_the_new_key_costs_nothing() {
    for also_at_aws in [false, true] {
        let kit = kit();
        let keychain = kit.keychain.clone();
        strict(&kit, move |call| {
            match call {
                IamCall::CreateKey { .. } => keychain.set_broken(Some(Error::keychain("no space left"))),
                IamCall::DeleteKey { .. } if also_at_aws => return Some(access_denied("no")),
                IamCall::DeleteKey { .. } => keychain.set_broken(None),
                _ => {}
            }
            None
        });
        let error = run(&kit).unwrap_err();
        kit.keychain.set_broken(None);
        assert_eq!(error.kind, ErrorKind::Keychain);
        assert!(error.what.contains(if also_at_aws { "nor deleted" } else { "deleted again" }), "{error}");
        assert_works(&kit);
        strict(&kit, |_| None);
        if !also_at_aws {
            assert_ended(&kit, OLD);
        }
        run(&kit).unwrap();
        assert_ended(&kit, "AKIANEW0000000000002");
    }
}

#[test]
fn a_new_key_counts_when_it_has_worked_several_times_in_a_row() {
    let kit = kit();
    let tests = Arc::new(AtomicUsize::new(0));
    let (count, state) = (Arc::clone(&tests), Arc::clone(&kit.iam.state));
    kit.sts.on.check(move |call| match call {
        StsCall::GetCallerIdentity { with, .. } if with == NEW && is_good(&state, OLD) => {
            // Some servers know it before others.
            [0, 1, 4].contains(&count.fetch_add(1, SeqCst)).then(unknown)
        }
        _ => None,
    });
    run(&kit).unwrap();
    // The last one asks whose the key is that is to delete the old one.
    assert_eq!(tests.load(SeqCst), 8 + 1);
    assert!(kit.prompter.has_said("Waiting until AWS knows it everywhere"));
    assert_ended(&kit, NEW);
}

/// A rotation whose new key never works: it ends as it began, until somebody undoes it or the key works.
#[test]
fn a_new_key_that_does_not_work_is_not_used() {
    let kit = kit();
    kit.sts.on.check(|call| matches!(call, StsCall::GetCallerIdentity { with, .. } if with == NEW).then(unknown));
    let begun = kit.app.clock.now();
    let error = run(&kit).unwrap_err();
    assert!(error.what.contains("prod still uses the old one"), "{error}");
    assert!(error.hint.as_deref().is_some_and(|hint| hint.contains("--abort")), "{error}");
    assert!((90..120).contains(&kit.app.clock.now().seconds_left(begun)));
    assert_eq!(stored(&kit, "prod").as_deref(), Some(OLD));
    assert_eq!(unfinished(&kit.app), ["prod"]);
    run_with(&kit, &Order { profile: "prod", abort: true, ..Order::default() }).unwrap();
    assert_ended(&kit, OLD);
    let error = run_with(&kit, &Order { profile: "prod", abort: true, ..Order::default() }).unwrap_err();
    assert!(error.what.contains("no rotation of prod is under way"));
}

#[test]
fn a_rotation_without_its_journal_goes_on_too() {
    let kit = kit();
    kit.app.keychain.set(&Item::NextKeys("prod".into()), &pair(OTHER)).unwrap();
    kit.iam.state.lock().unwrap().keys.push(key(OTHER, true));
    run(&kit).unwrap();
    assert_ended(&kit, OTHER);
    assert_eq!(made_calls(&kit).iter().filter(|call| call.starts_with("create")).count(), 0);
}

#[test]
fn a_key_of_somebody_else_takes_nobodys_place() {
    let kit = kit();
    kit.app.keychain.set(&Item::NextKeys("prod".into()), &pair(OTHER)).unwrap();
    kit.iam.state.lock().unwrap().keys.push(key(OTHER, true));
    let sts = kit.sts.clone();
    kit.sts.on.check(move |call| {
        if let StsCall::GetCallerIdentity { with, .. } = call {
            let name = if with == OTHER { "mallory" } else { "alice" };
            let arn = format!("arn:aws:iam::123456789012:user/{name}");
            sts.set_identity(Identity { account: "123456789012".into(), arn, user_id: "AIDA".into() });
        }
        None
    });
    assert!(run(&kit).unwrap_err().to_string().contains("mallory"));
    assert_eq!(stored(&kit, "prod").as_deref(), Some(OLD));
}

/// A rotation of `prod` that waits for its new key to be tested.
fn half_done_kit() -> Kit {
    let kit = kit();
    kit.sts.on.check(|call| matches!(call, StsCall::GetCallerIdentity { with, .. } if with == NEW).then(unknown));
    run(&kit).unwrap_err();
    kit
}

#[test]
fn other_keys_in_the_middle_are_not_overwritten() {
    let kit = half_done_kit();
    kit.app.keychain.set(&Item::Keys("prod".into()), &pair(OTHER)).unwrap();
    assert!(run(&kit).unwrap_err().what.contains("prod has other keys since"));
    assert_eq!(stored(&kit, "prod").as_deref(), Some(OTHER));
}
