//! MFA devices: list, create, enable, resynchronise, deactivate, delete.

use super::{Iam, date};
use crate::totp;
use crate::wire::{Answer, ApiError, random, tag, text};
use crate::world::{Device, DeviceKind};

/// Devices a user can have.
const LIMIT: usize = 8;
/// How far off, in steps of 30 s, a device's clock may be when it is enabled, and when it is resynchronised.
const ENABLE_REACH: i64 = 1;
const RESYNC_REACH: i64 = 120;
/// A white dot, base64 of a PNG: nobody scans what the API draws, but the field is there.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP6DwABBQECz6AuzQAAAABJRU5ErkJggg==";

impl Iam<'_> {
    pub(super) fn list_mfa_devices(&self) -> Answer {
        let user = self.target_user()?;
        let show = |d: &Device| {
            text("UserName", &user) + &text("SerialNumber", &d.serial) + &text("EnableDate", &date(d.enabled))
        };
        let members = self.sandbox.world.devices_of(&user).map(|d| tag("member", &show(d))).collect();
        self.page("MFADevices", members)
    }

    pub(super) fn list_virtual_mfa_devices(&self) -> Answer {
        let all = self.sandbox.world.iam_arn("mfa/");
        self.allowed(&all, &all)?;
        let status = self.params.get("AssignmentStatus").unwrap_or("Any");
        let wanted = |d: &&Device| {
            d.kind == DeviceKind::Virtual
                && match status {
                    "Assigned" => d.user.is_some(),
                    "Unassigned" => d.user.is_none(),
                    _ => true,
                }
        };
        let show = |d: &Device| {
            let owner = d
                .user
                .as_deref()
                .map(|name| tag("User", &self.show_user(name)) + &text("EnableDate", &date(d.enabled)));
            text("SerialNumber", &d.serial) + &owner.unwrap_or_default()
        };
        let members = self.sandbox.world.mfa_devices.iter().filter(wanted).map(|d| tag("member", &show(d))).collect();
        self.page("VirtualMFADevices", members)
    }

    pub(super) fn create_virtual_mfa_device(&mut self) -> Answer {
        let name = self.required("VirtualMFADeviceName")?;
        let path = self.params.get("Path").unwrap_or("/");
        let serial = self.sandbox.world.iam_arn(&format!("mfa{path}{name}"));
        self.allowed(&serial, &serial)?;
        let word = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if !name.chars().all(word) || name.len() > 226 {
            return Err(ApiError::validation(
                "The specified value for virtualMFADeviceName is invalid. It must contain only alphanumeric characters \
                 and/or the following: +=,.@_-",
            ));
        }
        if !path.starts_with('/') || !path.ends_with('/') {
            return Err(ApiError::validation(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric \
                 characters and/or / characters.",
            ));
        }
        if self.sandbox.world.mfa_devices.iter().any(|d| d.serial == serial) {
            return Err(ApiError::new(
                409,
                "EntityAlreadyExists",
                "MFADevice entity at the same path and name already exists.",
            ));
        }
        let seed = data_encoding::BASE32_NOPAD.encode(&random::<40>());
        let blob = data_encoding::BASE64.encode(seed.as_bytes());
        let answer = text("SerialNumber", &serial) + &text("Base32StringSeed", &blob) + &text("QRCodePNG", PNG);
        self.sandbox.world.mfa_devices.push(Device {
            serial,
            kind: DeviceKind::Virtual,
            seed: Some(seed),
            user: None,
            enabled: 0,
            last_step: None,
            drift: 0,
        });
        Ok(tag("VirtualMFADevice", &answer))
    }

    pub(super) fn enable_mfa_device(&mut self) -> Answer {
        let user = self.target_user()?;
        let (first, second) = self.two_codes()?;
        let now = self.sandbox.now();
        let owned = self.sandbox.world.devices_of(&user).count();
        // A user with a device needs MFA to add another one; an administrator who adds it for the user doesn't.
        if owned > 0 && self.caller.user() == Some(&user) && self.caller.session.is_none() {
            return Err(ApiError::denied(
                "MultiFactorAuthentication is required to enable a further MFA device for this user.",
            ));
        }
        let device = self.device()?;
        if device.user.is_some() {
            return Err(ApiError::new(409, "EntityAlreadyExists", "MFA Device is already in use."));
        }
        if owned >= LIMIT {
            return Err(ApiError::new(
                409,
                "LimitExceeded",
                format!("Cannot exceed quota for MFADevicesPerUser: {LIMIT}"),
            ));
        }
        let seed = device.seed.clone().unwrap_or_default();
        let step = totp::accept_pair(&seed, &first, &second, now, ENABLE_REACH, None).ok_or_else(invalid_codes)?;
        device.last_step = Some(step);
        device.user = Some(user);
        device.enabled = now;
        Ok(String::new())
    }

    pub(super) fn resync_mfa_device(&mut self) -> Answer {
        let user = self.target_user()?;
        let (first, second) = self.two_codes()?;
        let now = self.sandbox.now();
        let device = self.device_of(&user)?;
        let seed = device.seed.clone().unwrap_or_default();
        let step = totp::accept_pair(&seed, &first, &second, now, RESYNC_REACH, None).ok_or_else(invalid_codes)?;
        if device.last_step == Some(step) {
            return Err(invalid_codes());
        }
        device.last_step = Some(step);
        device.drift = step - totp::step(now);
        Ok(String::new())
    }

    pub(super) fn deactivate_mfa_device(&mut self) -> Answer {
        let user = self.target_user()?;
        let device = self.device_of(&user)?;
        device.user = None;
        device.last_step = None;
        device.drift = 0;
        // A virtual device stays in the account, unassigned. Other kinds are gone when they are deactivated.
        let gone = (device.kind != DeviceKind::Virtual).then(|| device.serial.clone());
        self.sandbox.world.mfa_devices.retain(|d| Some(&d.serial) != gone.as_ref());
        Ok(String::new())
    }

    pub(super) fn delete_virtual_mfa_device(&mut self) -> Answer {
        let serial = self.required("SerialNumber")?.to_owned();
        self.allowed(&serial, &serial)?;
        let device = self.device()?;
        if device.user.is_some() {
            return Err(ApiError::new(409, "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first."));
        }
        self.sandbox.world.mfa_devices.retain(|d| d.serial != serial);
        Ok(String::new())
    }

    fn device(&mut self) -> Result<&mut Device, ApiError> {
        let serial = self.required("SerialNumber")?.to_owned();
        let missing = ApiError::missing(format!("VirtualMFADevice with serial number {serial} doesn't exist."));
        self.sandbox.world.mfa_devices.iter_mut().find(|d| d.serial == serial).ok_or(missing)
    }

    fn device_of(&mut self, user: &str) -> Result<&mut Device, ApiError> {
        let serial = self.required("SerialNumber")?.to_owned();
        let missing =
            ApiError::missing(format!("MFA Device with serial number {serial} is not assigned to user {user}."));
        self.device().ok().filter(|d| d.user.as_deref() == Some(user)).ok_or(missing)
    }

    fn two_codes(&self) -> Result<(String, String), ApiError> {
        let code = |name: &str| {
            let code = self.required(name)?;
            if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
                return Err(ApiError::validation(format!(
                    "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must satisfy regular \
                     expression pattern: [\\d]+",
                    name.replacen('A', "a", 1)
                )));
            }
            Ok(code.to_owned())
        };
        Ok((code("AuthenticationCode1")?, code("AuthenticationCode2")?))
    }
}

fn invalid_codes() -> ApiError {
    ApiError::new(403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
}
