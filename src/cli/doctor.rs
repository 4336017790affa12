//! The arguments of `awsx doctor`.

use clap::Args;

/// `awsx doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Mend what is safe to mend; shows it and asks first
    #[arg(long)]
    pub fix: bool,
    /// Keep each file that is mended as it was, beside the new one
    #[arg(long, requires = "fix")]
    pub keep_backup: bool,
    /// What the function of `awsx init` sees in its shell: SHELL:AWS:HOOK
    #[arg(long, value_name = "STATE", hide = true)]
    pub seen: Option<String>,
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
}
