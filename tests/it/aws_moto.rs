//! The AWS adapters against moto, which knows the shapes of AWS's answers from AWS's own models.

use std::collections::BTreeSet;
use std::process::Command;

use awsx::adapters::aws::{AwsIam, AwsSsm, AwsSts, Network};
use awsx::advertise;
use awsx::aws::errors::{exists_already, is_missing};
use awsx::base::secret::{Credentials, Secret};
use awsx::ports::{AssumeRole, Caller, Endpoint, Fault, Iam, MfaCode, Ssm, Sts};

use crate::support::{TestEnv, moto_url, venv};

/// Makes a user with a key, a role, an alias and parameters; prints the key's ID and its secret.
const SET_UP: &str = r#"
import boto3, sys
url, user = sys.argv[1:]
def client(service):
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
iam, ssm = client("iam"), client("ssm")
iam.create_user(UserName=user, Path="/team/")
key = iam.create_access_key(UserName=user)["AccessKey"]
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
iam.create_role(RoleName=user + "-role", AssumeRolePolicyDocument=trust, MaxSessionDuration=7200)
role = "/unencrypted/roles/123456789012/%s-role" % user
values = {role + "/session_length": "3600", role + "/mfa_required": "true", "/unencrypted/mfa/session_length": "32400"}
for name, value in values.items():
    ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
iam.create_account_alias(AccountAlias="acme-prod")
print(key["AccessKeyId"], key["SecretAccessKey"])
"#;

fn set_up(user: &str) -> (Credentials, Endpoint) {
    let url = moto_url();
    let output =
        Command::new(venv("python")).args(["-c", SET_UP, url, user]).env_clear().output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let (id, secret) = printed.trim().split_once(' ').unwrap();
    let at = Endpoint { region: "us-east-1".into(), url: Some(url.into()), ..Endpoint::default() };
    (Credentials::key_pair(id, Secret::new(secret.into())), at)
}

#[test]
fn every_call() {
    let (keys, at) = set_up("moto-alice");
    sts(&keys, &at);
    iam(&keys, &at);
    ssm(&keys, &at);
}

#[test]
fn the_main_job() {
    let (keys, at) = set_up("moto-dora");
    let env = TestEnv::new().var("AWS_ENDPOINT_URL", at.url.as_deref().unwrap()).aws_cli();
    let pair = format!("{}\n{}\n", keys.access_key_id, keys.secret_access_key.expose());
    env.awsx_with_input(&["add", "dora", "--stdin"], &pair).ok();
    let role = "role_arn = arn:aws:iam::123456789012:role/moto-dora-role\nsource_profile = dora\nregion = us-east-1";
    env.write("home/.aws/config", format!("[profile dora]\n[profile role]\n{role}\n"));
    // moto gives everybody the same session.
    let token = env.awsx(&["exec", "dora", "--", "sh", "-c", "echo $AWS_SESSION_TOKEN"]);
    assert!(token.ok().len() > 20, "{token:?}");
    let who = env.awsx(&["exec", "role", "--", "aws", "sts", "get-caller-identity", "--query", "Arn"]);
    assert!(who.ok().contains(":assumed-role/moto-dora-role/moto-dora"), "{who:?}");

    // A device that is there from now on is found.
    let iam = AwsIam(Network::default());
    let device = iam.create_virtual_mfa_device(Caller::new(&keys, &at), "/", "moto-dora").unwrap();
    let codes = [Secret::new("123456".into()), Secret::new("654321".into())];
    iam.enable_mfa_device(Caller::new(&keys, &at), "moto-dora", &device.serial, &codes).unwrap();
    env.awsx(&["clear"]).ok();
    let asked = env.awsx(&["exec", "dora", "--", "true"]);
    assert!(asked.fails(125).contains(&device.serial), "{asked:?}");
    env.awsx(&["exec", "dora", "--code", "123456", "--", "true"]).ok();
}

fn sts(keys: &Credentials, at: &Endpoint) {
    let sts = AwsSts(Network::default());
    let who = sts.get_caller_identity(Caller::new(keys, at)).unwrap();
    assert_eq!(
        (who.account.as_str(), who.arn.as_str()),
        ("123456789012", "arn:aws:iam::123456789012:user/team/moto-alice")
    );
    let serial = "arn:aws:iam::123456789012:mfa/moto-alice".to_owned();
    let mfa = MfaCode { serial, code: Secret::new("123456".into()) };
    let session = sts.get_session_token(Caller::new(keys, at), 3600, Some(&mfa)).unwrap();
    assert!(session.is_session() && session.expires.is_some());
    let role = AssumeRole {
        role_arn: "arn:aws:iam::123456789012:role/moto-alice-role".into(),
        session_name: "alice".into(),
        duration: 900,
        external_id: Some("extern".into()),
        mfa: Some(mfa),
        policy: Some(r#"{"Version":"2012-10-17","Statement":[]}"#.into()),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
        tags: vec![("team".into(), "ops".into())],
        transitive_tag_keys: vec!["team".into()],
        source_identity: Some("alice".into()),
    };
    let assumed = sts.assume_role(Caller::new(keys, at), &role).unwrap();
    assert_eq!(assumed.arn, "arn:aws:sts::123456789012:assumed-role/moto-alice-role/alice");
    assert!(assumed.credentials.is_session());
}

fn iam(keys: &Credentials, at: &Endpoint) {
    let iam = AwsIam(Network::default());
    let user = iam.get_user(Caller::new(keys, at), None).unwrap();
    assert_eq!((user.name.as_str(), user.path.as_str()), ("moto-alice", "/team/"));
    assert_eq!(iam.account_alias(Caller::new(keys, at)).unwrap().as_deref(), Some("acme-prod"));
    let role = |name: &str| iam.get_role(Caller::new(keys, at), &format!("arn:aws:iam::123456789012:role/{name}"));
    assert_eq!(role("moto-alice-role").unwrap().max_session, 7200);
    assert!(is_missing(&role("nobody").unwrap_err()));
    assert!(role("elsewhere/moto-alice-role").is_err(), "another role of the same name");

    let device = iam.create_virtual_mfa_device(Caller::new(keys, at), "/team/", "moto-alice").unwrap();
    assert_eq!(device.serial, "arn:aws:iam::123456789012:mfa/team/moto-alice");
    assert!(!device.seed.is_empty());
    assert!(exists_already(&iam.create_virtual_mfa_device(Caller::new(keys, at), "/team/", "moto-alice").unwrap_err()));
    assert!(iam.unassigned_mfa_devices(Caller::new(keys, at)).unwrap().contains(&device.serial));
    let codes = [Secret::new("123456".into()), Secret::new("654321".into())];
    iam.enable_mfa_device(Caller::new(keys, at), "moto-alice", &device.serial, &codes).unwrap();
    let devices = iam.list_mfa_devices(Caller::new(keys, at), Some("moto-alice")).unwrap();
    assert_eq!(devices.iter().map(|d| &d.serial).collect::<Vec<_>>(), [&device.serial]);
    assert!(devices[0].enabled.is_some());
    iam.deactivate_mfa_device(Caller::new(keys, at), "moto-alice", &device.serial).unwrap();
    iam.delete_virtual_mfa_device(Caller::new(keys, at), &device.serial).unwrap();
    assert!(is_missing(&iam.delete_virtual_mfa_device(Caller::new(keys, at), &device.serial).unwrap_err()));
    assert!(iam.list_mfa_devices(Caller::new(keys, at), Some("moto-alice")).unwrap().is_empty());
}

fn ssm(keys: &Credentials, at: &Endpoint) {
    let ssm = AwsSsm(Network::default());
    let found =
        advertise::fetch(&ssm, Caller::new(keys, at), Some("arn:aws:iam::123456789012:role/moto-alice-role")).unwrap();
    assert_eq!(found.mfa_session_length, Some(32400));
    assert_eq!(found.role_session_length, Some(3600));
    assert_eq!((found.mfa_required, found.alias), (Some(true), None));
    let many: Vec<String> = (0..25).map(|n| format!("/unencrypted/nothing/{n}")).collect();
    let many = [many, vec!["/unencrypted/mfa/session_length".into()]].concat();
    assert_eq!(
        ssm.get_parameters(Caller::new(keys, at), &many).unwrap().len(),
        1,
        "ten names a call, and all of them asked"
    );
    let caller = Caller::new(keys, at);
    let names: Vec<String> = (0..12).map(|n| format!("/moto/pages/{n:02}")).collect();
    for name in &names {
        ssm.put_parameter(caller, name, "1", false).unwrap();
    }
    ssm.put_parameter(caller, &names[0], "2", true).unwrap();
    let found = ssm.parameters_below(caller, "/moto/pages").unwrap();
    assert_eq!(found.iter().map(|(name, _)| name).collect::<BTreeSet<_>>(), names.iter().collect());
    assert!(found.contains(&(names[0].clone(), "2".into())));
    for name in &names {
        ssm.delete_parameter(caller, name).unwrap();
    }
    assert_eq!(ssm.parameters_below(caller, "/moto/pages").unwrap(), []);
    let refused = ssm.delete_parameter(caller, &names[0]).unwrap_err().fault;
    assert!(matches!(&refused, Fault::Service { code, .. } if code == "ParameterNotFound"), "{refused:?}");
}
