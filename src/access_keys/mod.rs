//! Long-lived key pairs on their way into the keychain, from wherever they are.

pub mod import;
pub mod store;
