//! Identity and Access Management.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::AssignmentStatusType;
use zeroize::Zeroizing;

use super::Network;
use super::call::Calling;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::ports::{Call, Caller, Iam, MfaDevice, NewMfaDevice, User};

/// IAM through the AWS SDK.
#[derive(Clone, Default)]
pub struct AwsIam(pub Network);

impl AwsIam {
    fn calling<'a>(&'a self, action: &'static str, caller: Caller<'a>) -> Calling<'a> {
        Calling { action, network: &self.0, caller }
    }
}

impl Iam for AwsIam {
    fn get_user(&self, caller: Caller<'_>, name: Option<&str>) -> Call<User> {
        let calling = self.calling("iam:GetUser", caller);
        let output =
            calling.run(|config| Client::new(&config).get_user().set_user_name(name.map(ToOwned::to_owned)).send())?;
        let user = output.user.ok_or_else(|| calling.missing("user"))?;
        Ok(User { name: user.user_name, path: user.path, arn: user.arn })
    }

    fn list_mfa_devices(&self, caller: Caller<'_>, user: Option<&str>) -> Call<Vec<MfaDevice>> {
        let devices = self.calling("iam:ListMFADevices", caller).run(|config| {
            let list = Client::new(&config).list_mfa_devices().set_user_name(user.map(ToOwned::to_owned));
            list.into_paginator().items().send().try_collect()
        })?;
        let device = |it: aws_sdk_iam::types::MfaDevice| MfaDevice {
            serial: it.serial_number,
            enabled: Some(Timestamp(it.enable_date.secs())),
        };
        Ok(devices.into_iter().map(device).collect())
    }

    fn unassigned_mfa_devices(&self, caller: Caller<'_>) -> Call<Vec<String>> {
        let devices = self.calling("iam:ListVirtualMFADevices", caller).run(|config| {
            let list =
                Client::new(&config).list_virtual_mfa_devices().assignment_status(AssignmentStatusType::Unassigned);
            list.into_paginator().items().send().try_collect()
        })?;
        Ok(devices.into_iter().map(|it| it.serial_number).collect())
    }

    fn create_virtual_mfa_device(&self, caller: Caller<'_>, path: &str, name: &str) -> Call<NewMfaDevice> {
        let calling = self.calling("iam:CreateVirtualMFADevice", caller);
        let output = calling.run_once(|config, unanswered| {
            let create = Client::new(&config).create_virtual_mfa_device().path(path).virtual_mfa_device_name(name);
            create.customize().interceptor(unanswered).send()
        })?;
        let device = output.virtual_mfa_device.ok_or_else(|| calling.missing("device"))?;
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
        let output = self
            .calling("iam:ListAccountAliases", caller)
            .run(|config| Client::new(&config).list_account_aliases().send())?;
        Ok(output.account_aliases.into_iter().next())
    }

    fn role_max_session(&self, caller: Caller<'_>, role: &str) -> Call<u32> {
        let calling = self.calling("iam:GetRole", caller);
        let output = calling.run(|config| Client::new(&config).get_role().role_name(role).send())?;
        let seconds = output.role.and_then(|role| role.max_session_duration);
        seconds.and_then(|s| u32::try_from(s).ok()).ok_or_else(|| calling.missing("MaxSessionDuration"))
    }
}
