//! Fakes of AWS: they grant everything, write down what they were asked, and fail when told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use super::local::FakeClock;
use crate::base::secret::{Credentials, Secret};
use crate::ports::{
    AssumeRole, AssumedRole, Call, CallError, Caller, Clock as _, Endpoint, Fault, Identity, MfaCode, Presigner, Ssm,
    Sso, SsoAccount, Sts, ToPresign,
};

/// `AccessDenied` as STS and IAM send it.
pub fn access_denied(message: &str) -> Fault {
    Fault::Service { code: "AccessDenied".into(), message: message.into(), status: 403, server_time: None }
}

type Check<C> = Box<dyn FnMut(&C) -> Option<Fault> + Send>;

struct Record<C> {
    calls: Vec<C>,
    faults: VecDeque<Fault>,
    check: Option<Check<C>>,
}

/// What a fake was asked, and when it has to fail.
pub struct Recorder<C>(Arc<Mutex<Record<C>>>);

impl<C> Clone for Recorder<C> {
    fn clone(&self) -> Self {
        Recorder(self.0.clone())
    }
}

impl<C> Default for Recorder<C> {
    fn default() -> Self {
        Recorder(Arc::new(Mutex::new(Record { calls: Vec::new(), faults: VecDeque::new(), check: None })))
    }
}

impl<C: Clone> Recorder<C> {
    /// Every call so far.
    pub fn calls(&self) -> Vec<C> {
        self.0.lock().unwrap().calls.clone()
    }

    /// The next call that is not yet spoken for fails like this.
    pub fn fail_next(&self, fault: Fault) {
        self.0.lock().unwrap().faults.push_back(fault);
    }

    /// Sees every call first and decides whether it fails.
    pub fn check(&self, check: impl FnMut(&C) -> Option<Fault> + Send + 'static) {
        self.0.lock().unwrap().check = Some(Box::new(check));
    }

    pub(super) fn note(&self, action: &'static str, call: C) -> Call<()> {
        let mut record = self.0.lock().unwrap();
        let queued = record.faults.pop_front();
        let fault = queued.or_else(|| record.check.as_mut().and_then(|check| check(&call)));
        record.calls.push(call);
        match fault {
            Some(fault) => Err(CallError { action, fault }),
            None => Ok(()),
        }
    }
}

/// A call to [`FakeSts`]; `with` is the access key ID that signed it.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum StsCall {
    GetSessionToken { with: String, at: Endpoint, duration: u32, mfa: Option<MfaCode> },
    AssumeRole { with: String, at: Endpoint, role: AssumeRole },
    WebIdentity { token: Secret, at: Endpoint, role: AssumeRole },
    FederationToken { with: String, name: String, policy: String, duration: u32 },
    GetCallerIdentity { with: String, at: Endpoint },
}

impl StsCall {
    /// The MFA code that went along.
    pub fn code(&self) -> Option<&str> {
        match self {
            StsCall::GetSessionToken { mfa, .. } | StsCall::AssumeRole { role: AssumeRole { mfa, .. }, .. } => {
                mfa.as_ref().map(|mfa| mfa.code.expose())
            }
            StsCall::WebIdentity { .. } | StsCall::FederationToken { .. } | StsCall::GetCallerIdentity { .. } => None,
        }
    }
}

/// STS: sessions `ASIAFAKE0001`, `ASIAFAKE0002` … that last as long as was asked for.
#[derive(Clone)]
pub struct FakeSts {
    /// What it was asked, and when it fails.
    pub on: Recorder<StsCall>,
    clock: FakeClock,
    identity: Arc<Mutex<Identity>>,
}

impl FakeSts {
    /// Knows one caller: user `alice` of account 123456789012.
    pub fn new(clock: FakeClock) -> Self {
        let alice = Identity {
            account: "123456789012".into(),
            arn: "arn:aws:iam::123456789012:user/alice".into(),
            user_id: "AIDATESTTESTTESTTEST".into(),
        };
        FakeSts { on: Recorder::default(), clock, identity: Arc::new(Mutex::new(alice)) }
    }

    /// Who `GetCallerIdentity` says the caller is.
    pub fn set_identity(&self, identity: Identity) {
        *self.identity.lock().unwrap() = identity;
    }

    fn session(&self, duration: u32) -> Credentials {
        let id = format!("ASIAFAKE{:04}", self.on.calls().len());
        super::session(&id, self.clock.now().plus(duration.into()))
    }
}

impl FakeSts {
    fn assumed(&self, role: &AssumeRole) -> AssumedRole {
        let arn = role.role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
        AssumedRole { credentials: self.session(role.duration), arn: format!("{arn}/{}", role.session_name) }
    }
}

impl Sts for FakeSts {
    fn get_session_token(&self, caller: Caller<'_>, duration: u32, mfa: Option<&MfaCode>) -> Call<Credentials> {
        let (with, at, mfa) = (caller.credentials.access_key_id.clone(), caller.endpoint.clone(), mfa.cloned());
        self.on.note("sts:GetSessionToken", StsCall::GetSessionToken { with, at, duration, mfa })?;
        Ok(self.session(duration))
    }

    fn assume_role(&self, caller: Caller<'_>, role: &AssumeRole) -> Call<AssumedRole> {
        let (with, at) = (caller.credentials.access_key_id.clone(), caller.endpoint.clone());
        self.on.note("sts:AssumeRole", StsCall::AssumeRole { with, at, role: role.clone() })?;
        Ok(self.assumed(role))
    }

    fn assume_role_with_web_identity(&self, at: &Endpoint, role: &AssumeRole, token: &Secret) -> Call<AssumedRole> {
        let call = StsCall::WebIdentity { token: token.clone(), at: at.clone(), role: role.clone() };
        self.on.note("sts:AssumeRoleWithWebIdentity", call)?;
        Ok(self.assumed(role))
    }

    fn get_federation_token(&self, caller: Caller<'_>, name: &str, policy: &str, duration: u32) -> Call<Credentials> {
        let (with, name, policy) = (caller.credentials.access_key_id.clone(), name.into(), policy.into());
        self.on.note("sts:GetFederationToken", StsCall::FederationToken { with, name, policy, duration })?;
        Ok(self.session(duration))
    }

    fn get_caller_identity(&self, caller: Caller<'_>) -> Call<Identity> {
        let (with, at) = (caller.credentials.access_key_id.clone(), caller.endpoint.clone());
        self.on.note("sts:GetCallerIdentity", StsCall::GetCallerIdentity { with, at })?;
        Ok(self.identity.lock().unwrap().clone())
    }
}

/// SSM with a table of parameters. A recorded call is the list of names; that of a change is `put` or `delete`, so
/// that it can be made to fail.
#[derive(Clone, Default)]
pub struct FakeSsm {
    /// What it was asked, and when it fails.
    pub on: Recorder<Vec<String>>,
    /// The parameters.
    pub parameters: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Ssm for FakeSsm {
    fn get_parameters(&self, _: Caller<'_>, names: &[String]) -> Call<Vec<(String, String)>> {
        self.on.note("ssm:GetParameters", names.to_vec())?;
        let parameters = self.parameters.lock().unwrap();
        Ok(names
            .iter()
            .filter_map(|name| parameters.get_key_value(name))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect())
    }

    fn parameters_below(&self, _: Caller<'_>, folder: &str) -> Call<Vec<(String, String)>> {
        self.on.note("ssm:GetParametersByPath", vec![folder.to_owned()])?;
        let parameters = self.parameters.lock().unwrap();
        Ok(parameters.iter().filter(|(k, _)| k.starts_with(folder)).map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    fn put_parameter(&self, _: Caller<'_>, name: &str, value: &str, overwrite: bool) -> Call<()> {
        self.on.note("ssm:PutParameter", vec!["put".into()])?;
        let before = self.parameters.lock().unwrap().insert(name.into(), value.into());
        assert_eq!(before.is_some(), overwrite, "{name} is overwritten exactly where it is there");
        Ok(())
    }

    fn delete_parameter(&self, _: Caller<'_>, name: &str) -> Call<()> {
        self.on.note("ssm:DeleteParameter", vec!["delete".into()])?;
        assert!(self.parameters.lock().unwrap().remove(name).is_some(), "{name} is there");
        Ok(())
    }
}

/// An Identity Center where whoever has signed in gets these credentials for every role.
#[derive(Clone, Default)]
pub struct FakeSso {
    /// What it was asked, and when it fails: `TOKEN ACCOUNT ROLE`, `logout TOKEN`.
    pub on: Recorder<String>,
    /// What it gives.
    pub credentials: Arc<Mutex<Option<Credentials>>>,
    /// The roles that it grants: account, its name, role.
    pub granted: Arc<Mutex<Vec<[String; 3]>>>,
}

impl FakeSso {
    /// Grants these roles instead of what it has granted: account, its name, role.
    pub fn grant(&self, roles: &[[&str; 3]]) {
        *self.granted.lock().unwrap() = roles.iter().map(|role| role.map(str::to_owned)).collect();
    }
}

impl Sso for FakeSso {
    fn accounts(&self, _: &Endpoint, _: &Secret) -> Call<Vec<SsoAccount>> {
        self.on.note("sso:ListAccounts", "accounts".into())?;
        let granted = self.granted.lock().unwrap();
        let mut accounts: Vec<SsoAccount> =
            granted.iter().map(|[id, name, _]| SsoAccount { id: id.clone(), name: name.clone() }).collect();
        accounts.dedup();
        Ok(accounts)
    }

    fn account_roles(
        &self,
        _: &Endpoint,
        _: &Secret,
        accounts: &[String],
        done: &dyn Fn(usize),
    ) -> Call<Vec<Vec<String>>> {
        self.on.note("sso:ListAccountRoles", format!("roles of {}", accounts.join(" ")))?;
        let granted = self.granted.lock().unwrap();
        done(accounts.len());
        let of = |account: &String| granted.iter().filter(|it| it[0] == *account).map(|it| it[2].clone()).collect();
        Ok(accounts.iter().map(of).collect())
    }

    fn logout(&self, _: &Endpoint, token: &Secret) -> Call<()> {
        self.on.note("sso:Logout", format!("logout {}", token.expose()))
    }

    fn role_credentials(&self, _: &Endpoint, token: &Secret, account: &str, role: &str) -> Call<Credentials> {
        let action = "sso:GetRoleCredentials";
        self.on.note(action, format!("{} {account} {role}", token.expose()))?;
        let given = self.credentials.lock().unwrap().clone();
        given.ok_or_else(|| CallError { action, fault: Fault::Protocol("the answer has no credentials".into()) })
    }
}

/// Signs by naming the key.
pub struct FakePresigner;

impl Presigner for FakePresigner {
    fn root(&self, at: &Endpoint) -> crate::base::error::Result<String> {
        Ok(at.url.clone().unwrap_or_else(|| format!("https://sts.{}.test/", at.region)))
    }

    fn presign(&self, caller: Caller<'_>, request: &ToPresign<'_>) -> crate::base::error::Result<Secret> {
        let (key, at) = (&caller.credentials.access_key_id, &caller.endpoint.region);
        Ok(Secret::new(format!("https://{}.{at}.test/?{key}", request.service)))
    }
}
