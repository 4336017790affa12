//! The arguments of `awsx rotate`.

use clap::Args;

/// `awsx rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Profile whose access key is replaced
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// MFA code for the session that awsx needs to call IAM
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Device that gives the MFA code, if the user has several
    #[arg(long, value_name = "ARN")]
    pub mfa_serial: Option<String>,
    /// Where the user has two keys already: delete this one first, which must not be in use any more
    #[arg(long, value_name = "KEYID", conflicts_with = "abort")]
    pub delete_key: Option<String>,
    /// Undo a rotation that was interrupted: delete its new key, keep the old one
    #[arg(long)]
    pub abort: bool,
}
