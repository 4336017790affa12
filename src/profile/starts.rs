//! The keys that say where the credentials of a profile come from. Pure.

use super::Profile;

/// Keys that lead to another source than a key pair of the profile's own.
pub const SOURCE_KEYS: [&str; 11] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "credential_process",
    "web_identity_token_file",
    "web_identity_token_process",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "sso_role_name",
    "login_session",
];

impl Profile {
    /// Whether the profile itself says where its credentials come from: a source, half a key pair at least, or an
    /// included profile.
    pub fn names_a_source(&self) -> bool {
        SOURCE_KEYS.iter().chain(&["aws_access_key_id", "include_profile"]).any(|key| self.has(key))
    }
}
