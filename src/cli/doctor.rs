//! The arguments of `awsx doctor`.

use clap::Args;

/// `awsx doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
}
