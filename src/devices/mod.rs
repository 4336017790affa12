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

pub use manage::{code, remove, resync, status};
pub use provision::{Order, provision};
pub use user::Target;

use crate::app::App;
use crate::base::error::{Error, Result};

/// What sort of device a serial number is of.
pub fn kind(serial: &str) -> &'static str {
    if is_fido(serial) {
        "fido"
    } else if is_virtual(serial) {
        "virtual"
    } else {
        "hardware"
    }
}

/// Whether it is a security key, whose codes STS doesn't take.
fn is_fido(serial: &str) -> bool {
    serial.starts_with("arn:") && serial.contains(":u2f/")
}

/// Whether it is a virtual device, which exists apart from its user and can be deleted.
fn is_virtual(serial: &str) -> bool {
    serial.starts_with("arn:") && serial.contains(":mfa/")
}

/// Asks before something is destroyed or overwritten; `-y` answers, and without anybody to ask it is required.
fn sure(app: &App, question: &str) -> Result<bool> {
    if app.global.yes {
        return Ok(true);
    }
    if !app.prompter.can_ask() {
        return Err(Error::input("a yes is needed").cause(question).hint("give -y"));
    }
    app.prompter.confirm(question, false)
}
