//! The MFA device of a chain that starts from keys: one, none, or one that has to be looked up. Pure.

use super::digest::Digest;
use super::{Inputs, Serial};
use crate::aws::arn::is_security_key;
use crate::base::error::{Error, Result};
use crate::profile::{Hop, Profile, bad_value};

/// The keys of a profile that name a device.
const KEYS: [&str; 2] = ["mfa_serial", "mfa_arn"];

/// What is known of the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Device {
    /// This one: serial number or ARN.
    Known(String),
    /// The profile says that there is none, with an empty `mfa_serial`.
    Declined,
    /// The user was found to have none.
    Absent,
    /// Nobody has looked yet.
    NotLookedUp,
}

impl Device {
    /// The one of the command line, else the nearest `mfa_serial` from the profile down to its base (an empty one
    /// says that there is none), else what is remembered of the user.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a serial that can't be that of a device with codes.
    pub fn of(inputs: &Inputs, base: &Profile, chain: &[Hop]) -> Result<Self> {
        if let Some(serial) = inputs.request.mfa_serial.as_deref() {
            if serial.is_empty() {
                return Ok(Device::Declined);
            }
            let named = |wrong: &str| {
                Error::config(format!("{serial:?} can't give MFA codes"))
                    .cause(wrong)
                    .hint("see --mfa-serial and AWS_MFA_SERIAL")
            };
            return check(serial).map(|()| Device::Known(serial.into())).map_err(named);
        }
        let own = inputs.profiles.get(&inputs.request.profile);
        let profiles = own.iter().chain(chain.iter().rev().map(|hop| &hop.profile));
        let mut named = profiles.flat_map(|profile| KEYS.map(|key| (profile, key)));
        if let Some((profile, key, serial)) = named.find_map(|(profile, key)| Some((profile, key, profile.get(key)?))) {
            if serial.is_empty() {
                return Ok(Device::Declined);
            }
            return check(serial)
                .map(|()| Device::Known(serial.into()))
                .map_err(|wrong| bad_value(profile, key, wrong));
        }
        Ok(match inputs.known.serial(&base.name) {
            Serial::Unknown => Device::NotLookedUp,
            Serial::None => Device::Absent,
            Serial::Known(serial) => Device::Known(serial),
        })
    }

    /// Its serial number or ARN, if it is known.
    pub fn serial(&self) -> Option<&str> {
        match self {
            Device::Known(serial) => Some(serial),
            _ => None,
        }
    }

    /// Whether it has to be looked up first.
    pub fn look_up(&self) -> bool {
        *self == Device::NotLookedUp
    }

    /// Adds it to the name of a session. Sessions without MFA have another name for each reason why there is no
    /// device. So none of them is used after a device was enrolled, or where MFA is wanted.
    pub fn name(&self, digest: Digest) -> Digest {
        match self {
            Device::Known(serial) => digest.with("serial", serial),
            Device::Declined => digest.with("no serial", "declined"),
            Device::Absent => digest.with("no serial", "absent"),
            Device::NotLookedUp => digest.with("no serial", "not looked up"),
        }
    }
}

/// Checks a `SerialNumber`
/// ([GetSessionToken](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html)). The error says
/// what it has to be.
pub fn check(serial: &str) -> std::result::Result<(), &'static str> {
    if is_security_key(serial) {
        return Err("a device that shows codes: this is a security key, and STS takes no codes of those");
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
    if (9..=256).contains(&serial.len()) && serial.chars().all(fits) {
        return Ok(());
    }
    Err("the ARN of a virtual device or the serial number of a hardware one: 9 to 256 letters, digits and _+=/:,.@-")
}
