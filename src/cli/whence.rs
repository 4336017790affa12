//! The arguments of `awsx whence`.

use clap::Args;

/// `awsx whence`.
#[derive(Debug, Args)]
pub struct Whence {
    /// Access key ID of a session (ASIA…) or of a user (AKIA…); the latest sessions when left out
    #[arg(value_name = "KEYID")]
    pub key_id: Option<String>,
    /// How many of the latest sessions to show
    #[arg(long, value_name = "N", default_value_t = 20, conflicts_with = "key_id")]
    pub last: usize,
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
}
