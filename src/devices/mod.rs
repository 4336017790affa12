//! MFA devices of IAM users: enrolment, and what comes after it.

mod codes;
mod config;
mod enable;
mod manage;
pub mod otpauth;
mod provision;
pub mod qr;
#[cfg(test)]
mod tests;
mod user;

use crate::aws::arn::is_security_key;
pub use manage::{code, remove, resync, status};
pub use provision::{Order, provision};
pub use user::Target;

/// What sort of device a serial number is of.
pub fn kind(serial: &str) -> &'static str {
    if is_security_key(serial) {
        "fido"
    } else if is_virtual(serial) {
        "virtual"
    } else {
        "hardware"
    }
}

/// Whether it is a virtual device, which exists apart from its user and can be deleted.
fn is_virtual(serial: &str) -> bool {
    serial.starts_with("arn:") && serial.contains(":mfa/")
}
