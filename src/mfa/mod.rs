//! MFA codes: how they are computed, where one comes from, and which ones AWS has taken already.

mod automatic;
pub mod codes;
pub mod spent;
pub mod totp;
