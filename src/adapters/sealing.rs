//! The key that seals cached sessions: kernel keyring, else keychain.
