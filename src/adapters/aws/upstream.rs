//! Credentials of profiles that don't start from keys, as the AWS SDK resolves them.
