//! AWS fails at each call: the profile has a key that works, and the next run ends the rotation.

use super::*;

/// The calls of a rotation.
const ACTIONS: [&str; 5] = [
    "iam:ListAccessKeys",
    "iam:CreateAccessKey",
    "iam:UpdateAccessKey",
    "iam:DeleteAccessKey",
    "sts:GetCallerIdentity",
];

/// A rotation that meets a fault, and the one after it.
fn with_fault(sandbox: &Sandbox, fault: &Value) -> Run {
    sandbox.request("POST", "reset", &Value::Null);
    let env = env(sandbox, "finn");
    sandbox.fault(fault);
    let run = rotate(&env, &[]);
    sandbox.request("DELETE", "faults", &Value::Null);
    assert_works(&env, sandbox, "finn");
    if run.status != 0 {
        rotate(&env, &[]).ok();
    }
    assert_ended(&env, sandbox, "finn", FINN);
    run
}

#[test]
fn a_permission_that_is_missing_is_named() {
    std::thread::scope(|scope| {
        for action in &ACTIONS[..4] {
            scope.spawn(move || {
                let message = format!("User: x is not authorized to perform: {action} on resource: user finn because no identity-based policy allows the {action} action");
                let denied = json!({"action": action, "kind": "error", "status": 403, "code": "AccessDenied", "message": message, "count": 0});
                let run = with_fault(&sandbox(&[]), &denied);
                assert!(run.fails(4).contains(&format!("permission missing: {action}")), "{run:#?}");
                if ["iam:UpdateAccessKey", "iam:DeleteAccessKey"].contains(action) {
                    assert!(run.stderr.contains("prod uses its new key, but the old one"), "{run:#?}");
                    assert!(run.stderr.contains("`awsx rotate prod` goes on from here"), "{run:#?}");
                }
            });
        }
    });
}

#[test]
fn answers_that_are_lost_or_late_change_nothing() {
    std::thread::scope(|scope| {
        for action in ACTIONS {
            scope.spawn(move || {
                let sandbox = sandbox(&[]);
                for kind in ["drop_after", "drop_before", "throttle", "error500", "garbage"] {
                    let run = with_fault(&sandbox, &json!({"action": action, "kind": kind, "count": 1}));
                    assert!(matches!(run.status, 0 | 4 | 7), "{action} {kind}: {run:#?}");
                }
            });
        }
    });
}

#[test]
fn a_key_whose_answers_are_all_lost_is_found_and_deleted() {
    let sandbox = sandbox(&[]);
    let run = with_fault(&sandbox, &json!({"action": "iam:CreateAccessKey", "kind": "drop_after", "count": 1}));
    run.ok();
    assert!(run.stderr.contains("its secret never arrived. It is deleted."), "{run:#?}");
    assert_eq!(sandbox.done("iam:CreateAccessKey"), 2, "{:?}", sandbox.log());
}
