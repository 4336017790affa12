//! The same against moto, which is written from AWS's own models.

use std::process::Command;

use super::*;
use crate::support::{moto_url, venv};

/// Makes a user in a path with a key; prints the key.
const SET_UP: &str = r#"
import boto3, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
iam.create_user(UserName=sys.argv[2], Path="/team/")
key = iam.create_access_key(UserName=sys.argv[2])["AccessKey"]
print(key["AccessKeyId"], key["SecretAccessKey"], sep="\n")
"#;

/// Prints the devices of the user, and those of its name that are nobody's.
const LOOK: &str = r#"
import boto3, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
own = [d["SerialNumber"] for d in iam.list_mfa_devices(UserName=sys.argv[2])["MFADevices"]]
free = [d["SerialNumber"] for d in iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]]
print(own, [s for s in free if sys.argv[2] in s])
"#;

fn python(script: &str, user: &str) -> String {
    let output =
        Command::new(venv("python")).args(["-c", script, moto_url(), user]).env_clear().output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn frank(user: &str) -> TestEnv {
    let env = TestEnv::new().moto().var("AWSX_ADVERTISED", "0").config(CONFIG);
    env.awsx_with_input(&["add", "prod", "--stdin"], &python(SET_UP, user)).ok();
    env
}

#[test]
fn enrolment_and_removal() {
    let env = frank("moto-frank");
    let serial = "arn:aws:iam::123456789012:mfa/moto-frank";
    env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr"]).ok();
    assert_eq!(python(LOOK, "moto-frank").trim(), format!("['{serial}'] []"));
    assert_eq!(env.read("home/.aws/config"), config_with(serial));
    let json: Value = serde_json::from_str(env.awsx(&["mfa", "status", "prod", "--json"]).ok()).unwrap();
    assert_eq!(json[0]["serial"], serial);
    env.awsx(&["mfa", "remove", "prod", "-y"]).ok();
    assert_eq!(python(LOOK, "moto-frank").trim(), "[] []");
    assert_eq!(env.read("home/.aws/config"), CONFIG);
}

#[test]
fn an_enrolment_that_is_ended_and_a_device_that_was_left() {
    let env = frank("moto-grace");
    let serial = "arn:aws:iam::123456789012:mfa/moto-grace";
    let mut pty = env.pty(&["provision-mfa", "prod", "--show-secret", "--no-qr"]);
    pty.expect("Code the app shows: ");
    assert_eq!(python(LOOK, "moto-grace").trim(), format!("[] ['{serial}']"));
    pty.send("\x03");
    assert_eq!(pty.wait().0, 130);
    assert_eq!(python(LOOK, "moto-grace").trim(), "[] []");
    assert_eq!(env.read("home/.aws/config"), CONFIG);
}
