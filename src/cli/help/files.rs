//! The files and folders that commands read and write, as their pages name them. Pure.

use super::File;

/// The config file.
pub const CONFIG: File = File {
    path: "~/.aws/config",
    about: "Profiles, read as the AWS CLI reads them; AWS_CONFIG_FILE names another file.",
};
/// The credentials file.
pub const CREDENTIALS: File = File {
    path: "~/.aws/credentials",
    about: "Profiles and plaintext keys; AWS_SHARED_CREDENTIALS_FILE names another file.",
};
/// The runtime folder.
pub const SESSIONS: File = File { path: "$XDG_RUNTIME_DIR/awsx", about: "Cached sessions (encrypted) and locks." };
/// The state folder.
pub const STATE: File = File {
    path: "~/.local/state/awsx",
    about: "What is remembered: key IDs, MFA devices, limits; no secret. XDG_STATE_HOME moves it.",
};
/// The folder of the backend `file`.
pub const KEYS: File =
    File { path: "~/.local/share/awsx", about: "Keys of the backend `file`, encrypted. XDG_DATA_HOME moves it." };

/// What a command that gets credentials reads and writes.
pub const SESSION_FILES: &[File] = &[CONFIG, CREDENTIALS, SESSIONS, STATE, KEYS];

/// The sign-ins of the AWS CLI.
pub const CLI_SIGN_INS: File = File {
    path: "~/.aws/sso/cache",
    about: "Sign-ins of the AWS CLI: used and renewed; written with awsx_share alone.",
};

/// The console logins of the AWS CLI.
pub const CLI_LOGINS: File = File {
    path: "~/.aws/login/cache",
    about: "Console logins of the AWS CLI: the same; AWS_LOGIN_CACHE_DIRECTORY names another folder.",
};

/// What a command about sign-ins reads and writes.
pub const SIGN_IN_FILES: &[File] = &[CONFIG, CREDENTIALS, CLI_SIGN_INS, CLI_LOGINS, SESSIONS, STATE, KEYS];

/// The files of aws-vault.
pub const VAULT: File = File {
    path: "~/.awsvault/keys",
    about: "Keys of aws-vault, if it keeps them in files; AWS_VAULT_FILE_DIR names another folder.",
};

/// What `awsx import` reads and writes.
pub const IMPORT_FILES: &[File] = &[CONFIG, CREDENTIALS, STATE, KEYS];
