//! What AWS refuses, said to a person: the adapters against the sandbox, which checks signatures, codes and rights.

use std::time::{Duration, SystemTime};

use awsx::adapters::aws::{AwsIam, AwsSsm, AwsSts, Limits, Network};
use awsx::aws::errors::{Context, explain, is_mfa_refused, may_have_happened};
use awsx::base::error::ErrorKind;
use awsx::base::secret::{Credentials, Secret};
use awsx::base::time::Timestamp;
use awsx::ports::{AssumeRole, Call, Caller, Endpoint, Iam, MfaCode, Ssm, Sts};
use serde_json::json;

use crate::support::Sandbox;

const ALICE: &str = "arn:aws:iam::111122223333:mfa/alice";

struct Cloud {
    sandbox: Sandbox,
    at: Endpoint,
    network: Network,
}

impl Cloud {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let at = Endpoint { region: "us-east-1".into(), url: Some(sandbox.url.clone()), ..Endpoint::default() };
        let limits = Limits { backoff: Duration::from_millis(1), ..Limits::default() };
        Cloud { sandbox, at, network: Network::default().limits(limits) }
    }

    fn sts(&self) -> AwsSts {
        AwsSts(self.network.clone())
    }

    fn keys(&self, user: &str) -> Credentials {
        let (id, secret) = self.sandbox.keys(user);
        Credentials::key_pair(id, Secret::new(secret))
    }

    fn code(&self) -> MfaCode {
        MfaCode { serial: ALICE.into(), code: Secret::new(self.sandbox.code("alice")) }
    }

    fn token(&self, mfa: Option<&MfaCode>) -> Call<Credentials> {
        self.sts().get_session_token(Caller::new(&self.keys("alice"), &self.at), 43200, mfa)
    }

    fn assume(&self, with: &Credentials, role: &str, duration: u32) -> Call<String> {
        let role = AssumeRole { role_arn: role.into(), session_name: "test".into(), duration, ..AssumeRole::default() };
        self.sts().assume_role(Caller::new(with, &self.at), &role).map(|assumed| assumed.arn)
    }

    /// What a person reads; it must hold these words.
    #[track_caller]
    fn said<T: std::fmt::Debug>(&self, call: Call<T>, context: Context, words: &[&str]) {
        let now = Some(Timestamp::from(SystemTime::now()));
        let error = call.expect_err("it must be refused");
        let said = explain(&error, &Context { profile: Some("prod"), now, ..context }.at(&self.at));
        assert_eq!(said.kind, ErrorKind::Refused, "{said}");
        for word in words {
            assert!(said.to_string().contains(word), "{word} in:\n{said}\n{error:?}");
        }
    }
}

#[test]
fn sessions_and_roles() {
    let cloud = Cloud::new();
    let session = cloud.token(Some(&cloud.code())).unwrap();
    let who = cloud.sts().get_caller_identity(Caller::new(&session, &cloud.at)).unwrap();
    assert_eq!(who.arn, "arn:aws:iam::111122223333:user/engineering/alice");
    let arn = cloud.assume(&session, "arn:aws:iam::111122223333:role/admin", 3600).unwrap();
    assert_eq!(arn, "arn:aws:sts::111122223333:assumed-role/admin/test");
}

#[test]
fn keys_that_are_wrong() {
    let cloud = Cloud::new();
    let who = |keys: &Credentials| cloud.sts().get_caller_identity(Caller::new(keys, &cloud.at));
    let alice = cloud.keys("alice");
    let unknown = Credentials { access_key_id: "AKIANOBODYNOBODY2222".into(), ..alice.clone() };
    cloud.said(who(&unknown), Context::default(), &["does not know this access key", "awsx add prod"]);
    let inactive =
        Credentials::key_pair("AKIASANDBOXDAVE33333", Secret::new("not+a+secret/awsx+sandbox/dave3/01234567".into()));
    cloud.said(who(&inactive), Context::default(), &["does not know this access key", "deactivated"]);
    let wrong = Credentials { secret_access_key: Secret::new("wrong".into()), ..alice };
    cloud.said(who(&wrong), Context::default(), &["the secret access key does not belong", "awsx add prod"]);
}

#[test]
fn codes_that_are_wrong() {
    let cloud = Cloud::new();
    let context = Context { serial: Some(ALICE), ..Context::default() };
    let mut code = cloud.code();
    cloud.token(Some(&code)).unwrap();
    cloud.said(cloud.token(Some(&code)), context, &["refused the MFA code", ALICE, "used before"]);
    code.serial = "arn:aws:iam::111122223333:mfa/phones/carol".into();
    cloud.said(cloud.token(Some(&code)), context, &["device of this user", "awsx mfa status prod"]);
}

#[test]
fn sessions_that_do_not_do() {
    let cloud = Cloud::new();
    let plain = cloud.token(None).unwrap();
    let context = Context { session: true, ..Context::default() };
    let iam = AwsIam(cloud.network.clone());
    cloud.said(
        iam.get_user(Caller::new(&plain, &cloud.at), None),
        context,
        &["does not take this session", "provision-mfa prod"],
    );
    let again = cloud.sts().get_session_token(Caller::new(&plain, &cloud.at), 3600, None);
    cloud.said(again, context, &["keys of a user", "--no-session"]);
    cloud.sandbox.advance(43_300);
    let late = cloud.sts().get_caller_identity(Caller::new(&plain, &cloud.at));
    cloud.said(late, context, &["clock is wrong", "12h2m behind AWS"]);
    // The sandbox's clock is far ahead by now, so an expiry in its usual form takes a fault.
    let expired = json!({"action": "sts:*", "kind": "error", "status": 403, "code": "ExpiredToken", "message": "The security token included in the request is expired"});
    cloud.sandbox.fault(&expired);
    let late = cloud.sts().get_caller_identity(Caller::new(&plain, &cloud.at));
    cloud.said(late, context, &["session has expired", "awsx clear prod"]);
}

#[test]
fn rights_that_are_missing() {
    let cloud = Cloud::new();
    let alice = cloud.keys("alice");
    let role = "arn:aws:iam::111122223333:role/admin";
    cloud.said(
        cloud.assume(&alice, role, 3600),
        Context::default(),
        &["permission missing: sts:AssumeRole on", role, "mfa_serial"],
    );
    let external = "arn:aws:iam::444455556666:role/external";
    let session = cloud.token(Some(&cloud.code())).unwrap();
    let context = Context { session: true, mfa: true, ..Context::default() };
    cloud.said(cloud.assume(&session, external, 3600), context, &["sts:AssumeRole", external, "external_id"]);
    let ssm = AwsSsm(cloud.network.clone());
    let names = ["/unencrypted/mfa/session_length".to_owned()];
    let words = ["permission missing: ssm:GetParameters", "denies it explicitly", "provision-mfa prod"];
    cloud.said(ssm.get_parameters(Caller::new(&alice, &cloud.at), &names), Context::default(), &words);
}

#[test]
fn durations_that_are_too_long() {
    let cloud = Cloud::new();
    let carol = cloud.keys("carol");
    let readonly = "arn:aws:iam::111122223333:role/readonly";
    let asked = |duration| Context { duration: Some(duration), role_arn: Some(readonly), ..Context::default() };
    let words = ["a session of 2h is too long for", readonly, "MaxSessionDuration"];
    cloud.said(cloud.assume(&carol, readonly, 7200), asked(7200), &words);
    cloud.said(cloud.assume(&carol, readonly, 50_000), asked(50_000), &["AWS allows 12h here"]);
    let session = cloud.token(Some(&cloud.code())).unwrap();
    let deploy = "arn:aws:iam::111122223333:role/team/deploy";
    cloud.said(cloud.assume(&session, deploy, 7200), asked(7200), &["lasts 1h at most", "--no-session"]);
}

#[test]
fn a_wrong_clock_is_measured() {
    let cloud = Cloud::new();
    let alice = cloud.keys("alice");
    cloud.sandbox.advance(-1800);
    let code = Some(cloud.code());
    for call in [
        cloud.sts().get_caller_identity(Caller::new(&alice, &cloud.at)).map(drop),
        cloud.token(code.as_ref()).map(drop),
    ] {
        cloud.said(call, Context::default(), &["this machine's clock is wrong", "30m ahead of AWS", "timedatectl"]);
    }
}

#[test]
fn a_code_whose_answer_is_lost_is_not_taken_for_a_typo() {
    let cloud = Cloud::new();
    let code = cloud.code();
    cloud.sandbox.fault(&json!({"action": "sts:GetSessionToken", "kind": "drop_after"}));
    let error = cloud.token(Some(&code)).unwrap_err();
    assert!(may_have_happened(&error) && !is_mfa_refused(&error), "{error:?}");
    let said = explain(&error, &Context::default());
    assert_eq!(said.kind, ErrorKind::Network);
    assert!(said.to_string().contains("take the next one"), "{said}");

    cloud.sandbox.fault(&json!({"action": "sts:GetSessionToken", "kind": "drop_before"}));
    cloud.token(Some(&cloud.code())).unwrap();
}

#[test]
fn a_device_whose_making_was_not_seen() {
    let cloud = Cloud::new();
    let (bob, iam) = (cloud.keys("bob"), AwsIam(cloud.network.clone()));
    cloud.sandbox.fault(&json!({"action": "iam:CreateVirtualMFADevice", "kind": "drop_after"}));
    let error = iam.create_virtual_mfa_device(Caller::new(&bob, &cloud.at), "/", "bob").unwrap_err();
    assert!(may_have_happened(&error), "{error:?}");
    let serial = "arn:aws:iam::111122223333:mfa/bob";
    assert_eq!(iam.unassigned_mfa_devices(Caller::new(&bob, &cloud.at)).unwrap(), [serial]);
    cloud.sandbox.fault(&json!({"action": "iam:DeleteVirtualMFADevice", "kind": "drop_after"}));
    iam.delete_virtual_mfa_device(Caller::new(&bob, &cloud.at), serial).unwrap();
    assert!(iam.unassigned_mfa_devices(Caller::new(&bob, &cloud.at)).unwrap().is_empty());
}
