//! Keychain backends: secret-service, keychain, file, helper:NAME.
