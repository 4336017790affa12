//! Long-lived key pairs on their way into the keychain, from wherever they are; and how one takes the place of another.

pub mod import;
pub mod rotate;
pub mod store;
