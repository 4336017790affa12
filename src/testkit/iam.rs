//! A fake of IAM: one user with what belongs to it.

use std::sync::{Arc, Mutex};

use super::aws::Recorder;
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{AccessKey, Call, Caller, Iam, LastUse, MfaDevice, NewMfaDevice, RoleSettings, User};

/// A call to [`FakeIam`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum IamCall {
    GetUser(Option<String>),
    ListMfaDevices(Option<String>),
    Unassigned,
    Create { path: String, name: String },
    Enable { user: String, serial: String, codes: [Secret; 2] },
    Resync { user: String, serial: String, codes: [Secret; 2] },
    Deactivate { user: String, serial: String },
    Delete(String),
    AccountAlias,
    GetRole(String),
    ListKeys { with: String },
    LastUsed(String),
    CreateKey { with: String },
    DeactivateKey { with: String, id: String },
    DeleteKey { with: String, id: String },
}

/// What [`FakeIam`] knows; change it through [`FakeIam::state`].
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct IamState {
    pub user: User,
    pub devices: Vec<MfaDevice>,
    pub unassigned: Vec<String>,
    pub alias: Option<String>,
    pub role: RoleSettings,
    pub keys: Vec<AccessKey>,
    pub keys_made: usize,
    pub last_use: Option<LastUse>,
}

/// IAM with one user.
#[derive(Clone)]
pub struct FakeIam {
    /// What it was asked, and when it fails.
    pub on: Recorder<IamCall>,
    /// What it knows.
    pub state: Arc<Mutex<IamState>>,
}

impl Default for FakeIam {
    fn default() -> Self {
        let user = User { name: "alice".into(), path: "/".into(), arn: "arn:aws:iam::123456789012:user/alice".into() };
        let role = RoleSettings { max_session: 3600, needs_mfa: None };
        let state = IamState {
            user,
            devices: vec![],
            unassigned: vec![],
            alias: None,
            role,
            keys: vec![],
            keys_made: 0,
            last_use: None,
        };
        FakeIam { on: Recorder::default(), state: Arc::new(Mutex::new(state)) }
    }
}

impl FakeIam {
    /// Adds an enabled device.
    pub fn add_device(&self, serial: &str) {
        let device = MfaDevice { serial: serial.into(), enabled: Some(Timestamp(0)) };
        self.state.lock().unwrap().devices.push(device);
    }

    fn call<T>(&self, action: &'static str, call: IamCall, answer: impl FnOnce(&mut IamState) -> T) -> Call<T> {
        self.on.note(action, call)?;
        Ok(answer(&mut self.state.lock().unwrap()))
    }
}

fn id_of(caller: Caller<'_>) -> String {
    caller.credentials.access_key_id.clone()
}

impl Iam for FakeIam {
    fn get_user(&self, _: Caller<'_>, name: Option<&str>) -> Call<User> {
        self.call("iam:GetUser", IamCall::GetUser(name.map(Into::into)), |state| state.user.clone())
    }

    fn list_mfa_devices(&self, _: Caller<'_>, user: Option<&str>) -> Call<Vec<MfaDevice>> {
        let call = IamCall::ListMfaDevices(user.map(Into::into));
        self.call("iam:ListMFADevices", call, |state| state.devices.clone())
    }

    fn unassigned_mfa_devices(&self, _: Caller<'_>) -> Call<Vec<String>> {
        self.call("iam:ListVirtualMFADevices", IamCall::Unassigned, |state| state.unassigned.clone())
    }

    fn create_virtual_mfa_device(&self, _: Caller<'_>, path: &str, name: &str) -> Call<NewMfaDevice> {
        let call = IamCall::Create { path: path.into(), name: name.into() };
        self.call("iam:CreateVirtualMFADevice", call, |state| {
            let serial = format!("arn:aws:iam::123456789012:mfa{path}{name}");
            state.unassigned.push(serial.clone());
            NewMfaDevice { serial, seed: Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into()) }
        })
    }

    fn enable_mfa_device(&self, _: Caller<'_>, user: &str, serial: &str, codes: &[Secret; 2]) -> Call<()> {
        let call = IamCall::Enable { user: user.into(), serial: serial.into(), codes: codes.clone() };
        self.call("iam:EnableMFADevice", call, |state| {
            state.unassigned.retain(|s| s != serial);
            state.devices.push(MfaDevice { serial: serial.into(), enabled: Some(Timestamp(0)) });
        })
    }

    fn resync_mfa_device(&self, _: Caller<'_>, user: &str, serial: &str, codes: &[Secret; 2]) -> Call<()> {
        let call = IamCall::Resync { user: user.into(), serial: serial.into(), codes: codes.clone() };
        self.call("iam:ResyncMFADevice", call, |_| ())
    }

    fn deactivate_mfa_device(&self, _: Caller<'_>, user: &str, serial: &str) -> Call<()> {
        let call = IamCall::Deactivate { user: user.into(), serial: serial.into() };
        self.call("iam:DeactivateMFADevice", call, |state| {
            state.devices.retain(|device| device.serial != serial);
            state.unassigned.push(serial.into());
        })
    }

    fn delete_virtual_mfa_device(&self, _: Caller<'_>, serial: &str) -> Call<()> {
        self.call("iam:DeleteVirtualMFADevice", IamCall::Delete(serial.into()), |state| {
            state.unassigned.retain(|s| s != serial);
        })
    }

    fn account_alias(&self, _: Caller<'_>) -> Call<Option<String>> {
        self.call("iam:ListAccountAliases", IamCall::AccountAlias, |state| state.alias.clone())
    }

    fn get_role(&self, _: Caller<'_>, role_arn: &str) -> Call<RoleSettings> {
        self.call("iam:GetRole", IamCall::GetRole(role_arn.into()), |state| state.role)
    }

    fn list_access_keys(&self, caller: Caller<'_>, _: &str) -> Call<Vec<AccessKey>> {
        self.call("iam:ListAccessKeys", IamCall::ListKeys { with: id_of(caller) }, |state| state.keys.clone())
    }

    fn access_key_last_used(&self, _: Caller<'_>, id: &str) -> Call<Option<LastUse>> {
        self.call("iam:GetAccessKeyLastUsed", IamCall::LastUsed(id.into()), |state| state.last_use.clone())
    }

    fn create_access_key(&self, caller: Caller<'_>, _: &str) -> Call<Credentials> {
        self.call("iam:CreateAccessKey", IamCall::CreateKey { with: id_of(caller) }, |state| {
            state.keys_made += 1;
            let id = format!("AKIANEW{:013}", state.keys_made);
            state.keys.push(AccessKey { id: id.clone(), active: true, created: super::START });
            Credentials::key_pair(id, Secret::new("new-secret".into()))
        })
    }

    fn deactivate_access_key(&self, caller: Caller<'_>, _: &str, id: &str) -> Call<()> {
        let call = IamCall::DeactivateKey { with: id_of(caller), id: id.into() };
        self.call("iam:UpdateAccessKey", call, |state| {
            state.keys.iter_mut().filter(|key| key.id == id).for_each(|key| key.active = false);
        })
    }

    fn delete_access_key(&self, caller: Caller<'_>, _: &str, id: &str) -> Call<()> {
        let call = IamCall::DeleteKey { with: id_of(caller), id: id.into() };
        self.call("iam:DeleteAccessKey", call, |state| state.keys.retain(|key| key.id != id))
    }
}
