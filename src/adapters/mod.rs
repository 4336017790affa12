//! The edges made real: keychains, the AWS SDK, the terminal, dialogs.

pub mod aws;
pub mod clock;
pub mod dialog;
pub mod kernel_keyring;
pub mod keychain;
pub mod process;
pub mod sealing;
pub mod signals;
pub mod tty;
