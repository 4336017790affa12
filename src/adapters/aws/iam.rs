//! Identity and Access Management.

use std::ops::RangeInclusive;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AssignmentStatusType, StatusType};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::Network;
use super::call::{Calling, pages};
use crate::aws::arn::Arn;
use crate::aws::{answer, trust};
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{AccessKey, Call, Caller, Iam, LastUse, MfaDevice, NewMfaDevice, RoleSettings, User};

/// What a role's own maximum can be
/// ([CreateRole](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html)).
const ROLE_SESSIONS: RangeInclusive<u32> = 3600..=43_200;

/// IAM through the AWS SDK.
#[derive(Clone, Default)]
pub struct AwsIam(pub Network);

impl AwsIam {
    fn calling<'a>(&'a self, action: &'static str, caller: Caller<'a>) -> Calling<'a> {
        Calling::signed(action, &self.0, caller)
    }
}

impl Iam for AwsIam {
    fn get_user(&self, caller: Caller<'_>, name: Option<&str>) -> Call<User> {
        let calling = self.calling("iam:GetUser", caller);
        let output =
            calling.run(|config| Client::new(&config).get_user().set_user_name(name.map(ToOwned::to_owned)).send())?;
        let user = output.user.ok_or_else(|| calling.missing("user"))?;
        for (name, value) in [("UserName", &user.user_name), ("Path", &user.path), ("Arn", &user.arn)] {
            calling.usable(answer::word(name, value))?;
        }
        Ok(User { name: user.user_name, path: user.path, arn: user.arn })
    }

    fn list_mfa_devices(&self, caller: Caller<'_>, user: Option<&str>) -> Call<Vec<MfaDevice>> {
        let calling = self.calling("iam:ListMFADevices", caller);
        let list = calling.run(|config| {
            let list = Client::new(&config).list_mfa_devices().set_user_name(user.map(ToOwned::to_owned));
            let mut list = list.into_paginator().stop_on_duplicate_token(false).send();
            pages(async move || list.next().await)
        })?;
        let device = |it: aws_sdk_iam::types::MfaDevice| {
            calling.usable(answer::word("SerialNumber", &it.serial_number))?;
            Ok(MfaDevice { serial: it.serial_number, enabled: Some(Timestamp(it.enable_date.secs())) })
        };
        calling.whole(list)?.into_iter().flat_map(|page| page.mfa_devices).map(device).collect()
    }

    fn unassigned_mfa_devices(&self, caller: Caller<'_>) -> Call<Vec<String>> {
        let calling = self.calling("iam:ListVirtualMFADevices", caller);
        let list = calling.run(|config| {
            let list =
                Client::new(&config).list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Unassigned);
            let mut list = list.into_paginator().stop_on_duplicate_token(false).send();
            pages(async move || list.next().await)
        })?;
        let serial = |it: aws_sdk_iam::types::VirtualMfaDevice| {
            calling.usable(answer::word("SerialNumber", &it.serial_number))?;
            Ok(it.serial_number)
        };
        calling.whole(list)?.into_iter().flat_map(|page| page.virtual_mfa_devices).map(serial).collect()
    }

    fn create_virtual_mfa_device(&self, caller: Caller<'_>, path: &str, name: &str) -> Call<NewMfaDevice> {
        let calling = self.calling("iam:CreateVirtualMFADevice", caller);
        let output = calling.run_once(|config, unanswered| {
            let create = Client::new(&config).create_virtual_mfa_device().path(path).virtual_mfa_device_name(name);
            create.customize().interceptor(unanswered).send()
        })?;
        let device = output.virtual_mfa_device.ok_or_else(|| calling.missing("device"))?;
        calling.usable(answer::word("SerialNumber", &device.serial_number))?;
        // The picture holds the seed too.
        drop(device.qr_code_png.map(|png| Zeroizing::new(png.into_inner())));
        let seed = device.base32_string_seed.map(|seed| String::from_utf8(seed.into_inner()));
        match seed {
            Some(Ok(seed)) => Ok(NewMfaDevice { serial: device.serial_number, seed: Secret::new(seed) }),
            Some(Err(bytes)) => {
                drop(Zeroizing::new(bytes.into_bytes()));
                Err(calling.missing("readable seed"))
            }
            None => Err(calling.missing("seed")),
        }
    }

    fn enable_mfa_device(&self, caller: Caller<'_>, user: &str, serial: &str, codes: &[Secret; 2]) -> Call<()> {
        let [first, second] = codes;
        self.calling("iam:EnableMFADevice", caller).run_until("EntityAlreadyExists", |config, unanswered| {
            let enable = Client::new(&config).enable_mfa_device().user_name(user).serial_number(serial);
            let enable = enable.authentication_code1(first.expose()).authentication_code2(second.expose());
            enable.customize().interceptor(unanswered).send()
        })
    }

    fn resync_mfa_device(&self, caller: Caller<'_>, user: &str, serial: &str, codes: &[Secret; 2]) -> Call<()> {
        let [first, second] = codes;
        self.calling("iam:ResyncMFADevice", caller)
            .run_once(|config, unanswered| {
                let resync = Client::new(&config).resync_mfa_device().user_name(user).serial_number(serial);
                let resync = resync.authentication_code1(first.expose()).authentication_code2(second.expose());
                resync.customize().interceptor(unanswered).send()
            })
            .map(drop)
    }

    fn deactivate_mfa_device(&self, caller: Caller<'_>, user: &str, serial: &str) -> Call<()> {
        self.calling("iam:DeactivateMFADevice", caller).run_until("NoSuchEntity", |config, unanswered| {
            let deactivate = Client::new(&config).deactivate_mfa_device().user_name(user).serial_number(serial);
            deactivate.customize().interceptor(unanswered).send()
        })
    }

    fn delete_virtual_mfa_device(&self, caller: Caller<'_>, serial: &str) -> Call<()> {
        self.calling("iam:DeleteVirtualMFADevice", caller).run_until("NoSuchEntity", |config, unanswered| {
            let delete = Client::new(&config).delete_virtual_mfa_device().serial_number(serial);
            delete.customize().interceptor(unanswered).send()
        })
    }

    fn account_alias(&self, caller: Caller<'_>) -> Call<Option<String>> {
        let calling = self.calling("iam:ListAccountAliases", caller);
        let output = calling.run(|config| Client::new(&config).list_account_aliases().send())?;
        let alias = output.account_aliases.into_iter().next();
        calling.usable(alias.as_deref().map_or(Ok(()), |alias| answer::word("alias", alias)))?;
        Ok(alias)
    }

    fn get_role(&self, caller: Caller<'_>, role_arn: &str) -> Call<RoleSettings> {
        let calling = self.calling("iam:GetRole", caller);
        let name = Arn::parse(role_arn).and_then(|arn| arn.name("role")).unwrap_or(role_arn);
        let output = calling.run(|config| Client::new(&config).get_role().role_name(name).send())?;
        // IAM is asked by name alone. Another account may have another role of this name.
        let role =
            output.role.filter(|role| role.arn == role_arn).ok_or_else(|| calling.missing("role of this ARN"))?;
        let seconds = role.max_session_duration.and_then(|s| u32::try_from(s).ok());
        let seconds = seconds.filter(|s| ROLE_SESSIONS.contains(s));
        // The document comes percent-encoded.
        let trust = role.assume_role_policy_document.unwrap_or_default();
        let trust = percent_decode_str(&trust).decode_utf8_lossy();
        Ok(RoleSettings {
            max_session: seconds.ok_or_else(|| calling.missing("MaxSessionDuration of 1 to 12 hours"))?,
            needs_mfa: trust::needs_mfa(&trust),
        })
    }

    fn list_access_keys(&self, caller: Caller<'_>, user: &str) -> Call<Vec<AccessKey>> {
        let calling = self.calling("iam:ListAccessKeys", caller);
        let list = calling.run(|config| {
            let list = Client::new(&config).list_access_keys().user_name(user);
            let mut list = list.into_paginator().stop_on_duplicate_token(false).send();
            pages(async move || list.next().await)
        })?;
        let key = |it: aws_sdk_iam::types::AccessKeyMetadata| {
            let id = it.access_key_id.unwrap_or_default();
            calling.usable(answer::word("AccessKeyId", &id))?;
            let created = it.create_date.ok_or_else(|| calling.missing("CreateDate"))?;
            Ok(AccessKey { id, active: it.status == Some(StatusType::Active), created: Timestamp(created.secs()) })
        };
        calling.whole(list)?.into_iter().flat_map(|page| page.access_key_metadata).map(key).collect()
    }

    fn access_key_last_used(&self, caller: Caller<'_>, id: &str) -> Call<Option<LastUse>> {
        let calling = self.calling("iam:GetAccessKeyLastUsed", caller);
        let output = calling.run(|config| Client::new(&config).get_access_key_last_used().access_key_id(id).send())?;
        let Some(used) = output.access_key_last_used else { return Ok(None) };
        let Some(at) = used.last_used_date else { return Ok(None) };
        for (name, value) in [("ServiceName", &used.service_name), ("Region", &used.region)] {
            calling.usable(answer::word(name, value))?;
        }
        Ok(Some(LastUse { at: Timestamp(at.secs()), service: used.service_name, region: used.region }))
    }

    fn create_access_key(&self, caller: Caller<'_>, user: &str) -> Call<Credentials> {
        let calling = self.calling("iam:CreateAccessKey", caller);
        let output = calling.run_once(|config, unanswered| {
            Client::new(&config).create_access_key().user_name(user).customize().interceptor(unanswered).send()
        })?;
        let key = output.access_key.ok_or_else(|| calling.missing("key"))?;
        let pair = Credentials::key_pair(key.access_key_id, Secret::new(key.secret_access_key));
        calling.usable(answer::word("AccessKeyId", &pair.access_key_id))?;
        calling.usable(answer::word("SecretAccessKey", pair.secret_access_key.expose()))?;
        Ok(pair)
    }

    fn deactivate_access_key(&self, caller: Caller<'_>, user: &str, id: &str) -> Call<()> {
        let calling = self.calling("iam:UpdateAccessKey", caller);
        let update = |config| {
            let update = Client::new(&config).update_access_key().user_name(user).access_key_id(id);
            update.status(StatusType::Inactive).send()
        };
        calling.run(update).map(drop)
    }

    fn delete_access_key(&self, caller: Caller<'_>, user: &str, id: &str) -> Call<()> {
        self.calling("iam:DeleteAccessKey", caller).run_until("NoSuchEntity", |config, unanswered| {
            let delete = Client::new(&config).delete_access_key().user_name(user).access_key_id(id);
            delete.customize().interceptor(unanswered).send()
        })
    }
}
