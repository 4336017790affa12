//! Gets an MFA code from where the contract says, and retries a refused one.
