//! The shipped policies, enforced by the sandbox: they let exactly this work and no more.

use std::fs;
use std::process::Command;

use super::*;
use crate::support::{root, venv};

/// Tries calls with the credentials of the environment; prints those that were let through.
const TRY: &str = r#"
import boto3, botocore.exceptions, json, os, sys
client = lambda s: boto3.client(s, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
for service, call, arguments in json.loads(sys.argv[1]):
    try:
        getattr(client(service), call)(**arguments)
        print(call)
    except botocore.exceptions.ClientError as e:
        if e.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            print(call, e.response["Error"]["Code"])
"#;

/// Prints the names of every action of the services that the policies name.
const ACTIONS: &str = r#"
import botocore.session
session = botocore.session.get_session()
for service in "iam", "sts", "ssm", "signin":
    for name in sorted(session.get_service_model(service).operation_names):
        print(service + ":" + name)
"#;

/// What nobody may do without MFA, whatever the policy.
fn forbidden() -> Value {
    json!([
        ["iam", "create_access_key", {"UserName": "eve"}],
        ["iam", "create_access_key", {"UserName": "alice"}],
        ["iam", "deactivate_mfa_device", {"UserName": "eve", "SerialNumber": EVE}],
        ["iam", "list_access_keys", {"UserName": "eve"}],
        ["iam", "list_mfa_devices", {"UserName": "alice"}],
        ["iam", "create_virtual_mfa_device", {"VirtualMFADeviceName": "eve2"}],
        ["iam", "create_virtual_mfa_device", {"VirtualMFADeviceName": "eve-2"}],
        ["iam", "create_virtual_mfa_device", {"VirtualMFADeviceName": "eve", "Path": "/bob/"}],
        ["iam", "delete_virtual_mfa_device", {"SerialNumber": "arn:aws:iam::111122223333:mfa/alice"}],
        ["s3", "list_buckets", {}],
    ])
}

fn attempt(command: &mut Command, calls: &Value) -> Vec<String> {
    let output = command.args(["-c", TRY, &calls.to_string()]).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The calls that base keys get through with.
fn with_base_keys(env: &TestEnv, calls: &Value) -> Vec<String> {
    let mut command = env.command(venv("python"));
    command.env("AWS_ACCESS_KEY_ID", KEY.0).env("AWS_SECRET_ACCESS_KEY", KEY.1);
    attempt(&mut command, calls)
}

/// The calls that an MFA session gets through with.
fn with_mfa(env: &TestEnv, calls: &Value) -> Vec<String> {
    let mut command = env.command("awsx");
    command.args(["exec", "prod", "--no-input", "--"]).arg(venv("python"));
    attempt(&mut command, calls)
}

#[test]
fn self_provision_lets_a_user_enrol_and_nothing_else() {
    let (sandbox, env) = self_provisioner();
    env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr"]).ok();
    assert!(with_base_keys(&env, &forbidden()).is_empty());
    assert_eq!(devices(&sandbox), enabled(EVE));
    let own = json!([["iam", "deactivate_mfa_device", {"UserName": "eve", "SerialNumber": EVE}]]);
    let others = json!([
        ["iam", "create_access_key", {"UserName": "eve"}],
        ["iam", "deactivate_mfa_device", {"UserName": "alice", "SerialNumber": "arn:aws:iam::111122223333:mfa/alice"}],
        ["s3", "list_buckets", {}],
    ]);
    assert!(with_mfa(&env, &others).is_empty());
    assert_eq!(with_mfa(&env, &own), ["deactivate_mfa_device"]);
}

/// A user who may do everything, within a boundary or under an enforcing policy.
fn powerful(boundary: bool) -> (Sandbox, TestEnv) {
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let sandbox = if boundary {
        sandbox(&json!([all]), &shipped("boundary"))
    } else {
        sandbox(&json!([all, shipped("enforce-mfa")]), &Value::Null)
    };
    let env = eve(&sandbox);
    (sandbox, env)
}

#[test]
fn boundary_and_enforcement_want_mfa_for_everything_but_enrolment() {
    // Each waits for the next code of the device; both at once.
    std::thread::scope(|scope| {
        for boundary in [true, false] {
            scope.spawn(move || wants_mfa_for_everything_but_enrolment(boundary));
        }
    });
}

fn wants_mfa_for_everything_but_enrolment(boundary: bool) {
    let (sandbox, env) = powerful(boundary);
    let mut forbidden = forbidden();
    // Whoever may read everything may read who has devices without MFA under an enforcing policy; that opens nothing.
    forbidden.as_array_mut().unwrap().retain(|call| boundary || call[1] != "list_mfa_devices");
    assert!(with_base_keys(&env, &forbidden).is_empty(), "boundary {boundary}");
    env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr"]).ok();
    assert!(with_base_keys(&env, &forbidden).is_empty(), "boundary {boundary}");
    let work = json!([["s3", "list_buckets", {}], ["iam", "create_access_key", {"UserName": "eve"}]]);
    assert_eq!(with_mfa(&env, &work), ["list_buckets", "create_access_key"], "boundary {boundary}");
    assert_eq!(devices(&sandbox), enabled(EVE));
    // All that awsx does with devices, through the session that is there now.
    env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr", "--name", "tablet", "-y"]).ok();
    let tablet = "arn:aws:iam::111122223333:mfa/eve/tablet";
    assert_eq!(devices(&sandbox), [enabled(EVE), enabled(tablet)].concat(), "boundary {boundary}");
    assert!(env.awsx(&["mfa", "status", "prod"]).ok().contains(tablet));
    env.awsx(&["mfa", "remove", "prod", "--mfa-serial", tablet, "-y"]).ok();
    env.awsx(&["mfa", "remove", "prod", "-y"]).ok();
    assert_eq!((devices(&sandbox), env.read("home/.aws/config").as_str()), (vec![], CONFIG), "boundary {boundary}");
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1, "boundary {boundary}");
}

#[test]
fn a_session_that_is_too_old_is_no_mfa_to_enforce_mfa() {
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let enforce = iam_policy::document("enforce-mfa", Some(1), "aws").unwrap().json();
    let sandbox = sandbox(&json!([all, serde_json::from_str::<Value>(&enforce).unwrap()]), &Value::Null);
    let env = eve(&sandbox);
    env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr"]).ok();
    let buckets = json!([["s3", "list_buckets", {}]]);
    wait_for("the session to be too old", || with_mfa(&env, &buckets).is_empty().then_some(()));
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1, "it is one session that gets older");
    // Enrolment is open to it nevertheless.
    assert_eq!(with_mfa(&env, &json!([["iam", "list_mfa_devices", {"UserName": "eve"}]])), ["list_mfa_devices"]);
}

/// `eve` with this policy, a device and an MFA session.
fn with_device(policy: &str) -> (Sandbox, TestEnv) {
    let sandbox = Sandbox::with(|world| {
        let eve = json!({"name": "eve", "path": "/team/a/", "policies": [shipped(policy)]});
        world["users"].as_array_mut().unwrap().push(eve);
        let key = json!({"id": KEY.0, "secret": KEY.1, "user": "eve"});
        world["access_keys"].as_array_mut().unwrap().push(key);
        let device =
            json!({"serial": EVE, "kind": "virtual", "seed": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "user": "eve"});
        world["mfa_devices"].as_array_mut().unwrap().push(device);
    });
    let env = eve(&sandbox);
    env.awsx(&["exec", "prod", "--code", &sandbox.code("eve"), "--", "true"]).ok();
    (sandbox, env)
}

#[test]
fn with_the_milder_documents_keys_alone_change_no_credential() {
    for name in ["allow-mfa", "open-mfa", "session-user"] {
        let (sandbox, env) = with_device(name);
        let own = json!([
            ["iam", "create_access_key", {"UserName": "eve"}],
            ["iam", "list_access_keys", {"UserName": "eve"}],
        ]);
        assert_eq!(with_base_keys(&env, &forbidden()), [""; 0], "{name}");
        assert_eq!(with_base_keys(&env, &own), [""; 0], "{name}");
        assert_eq!(with_mfa(&env, &own), ["create_access_key", "list_access_keys"], "{name}");
        assert!(env.awsx(&["mfa", "status", "prod"]).ok().contains(EVE), "{name}");
        let removed = env.awsx(&["mfa", "remove", "prod", "-y"]);
        if name == "session-user" {
            assert!(removed.fails(4).contains("iam:DeactivateMFADevice"), "{removed:?}");
        } else {
            removed.ok();
        }
        assert_eq!(devices(&sandbox).is_empty(), name != "session-user", "{name}");
    }
}

#[test]
fn every_action_that_is_named_exists() {
    let output = Command::new(venv("python")).args(["-c", ACTIONS]).env_clear().output().expect("python runs");
    let mut known: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(Into::into).collect();
    let iam: Vec<&str> = known.iter().filter_map(|name| name.strip_prefix("iam:")).collect();
    let list = fs::read_to_string(root().join("src/bin/awsx-sandbox/policy/iam_actions.txt")).unwrap();
    assert_eq!(list.lines().collect::<Vec<_>>(), iam, "the list of IAM's actions that the policies are judged with");
    // Permissions without a call of their own, and everything.
    known.extend(["iam:PassRole", "signin:AuthorizeOAuth2Access", "*"].map(Into::into));
    for (name, _) in iam_policy::NAMES {
        for statement in shipped(name)["Statement"].as_array().unwrap() {
            for actions in [&statement["Action"], &statement["NotAction"]] {
                let actions = match actions {
                    Value::Array(list) => list.clone(),
                    Value::Null => vec![],
                    one => vec![one.clone()],
                };
                for action in actions {
                    let action = action.as_str().unwrap();
                    let (head, tail) = action.split_once('*').unwrap_or((action, ""));
                    let exists = known.iter().any(|known| {
                        known == action || (action.contains('*') && known.starts_with(head) && known.ends_with(tail))
                    });
                    assert!(exists, "{name}: {action}");
                }
            }
        }
    }
}

#[test]
fn the_command() {
    let env = TestEnv::new();
    let list = env.awsx(&["policy"]).ok().to_owned();
    for (name, _) in iam_policy::NAMES {
        assert!(list.lines().any(|line| line.starts_with(name)), "{list}");
        let printed = env.awsx(&["policy", name, "--partition", "aws-cn"]).ok().to_owned();
        let document: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(document["Version"], "2012-10-17");
        assert!(!printed.contains("arn:aws:"), "{printed}");
        let explained = env.awsx(&["policy", name, "--explain"]).ok().to_owned();
        assert!(explained.starts_with(name) && serde_json::from_str::<Value>(&explained).is_err());
    }
    assert!(env.awsx(&["policy", "enforce-mfa"]).ok().contains("\"32400\""));
    assert!(env.awsx(&["policy", "enforce-mfa", "--max-age", "90m"]).ok().contains("\"5400\""));
    assert!(env.awsx(&["policy", "boundary", "--max-age", "90m"]).ok().contains("\"5400\""));
    env.awsx(&["policy", "nonsense"]).fails(2);
    env.awsx(&["policy", "boundary", "--max-age", "1h30"]).fails(3);
    env.awsx(&["policy", "boundary", "--partition", "mars"]).fails(2);
}
