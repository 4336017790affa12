//! The arguments of `awsx doctor`.

use clap::{Args, Subcommand};

/// `awsx doctor`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Doctor {
    /// What to look at instead of the files and the machine.
    #[command(subcommand)]
    pub about: Option<DoctorAbout>,
    /// Mend what is safe to mend; shows it and asks first
    #[arg(long)]
    pub fix: bool,
    /// Keep each file that is mended as it was, beside the new one
    #[arg(long, requires = "fix")]
    pub keep_backup: bool,
    /// What the function of `awsx init` sees in its shell: SHELL:AWS:HOOK
    #[arg(long, value_name = "STATE", hide = true, global = true)]
    pub seen: Option<String>,
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// What else `awsx doctor` can look at.
#[derive(Debug, Subcommand)]
pub enum DoctorAbout {
    /// Say which credentials each AWS SDK would take in this environment, and why
    Env(DoctorEnv),
}

/// `awsx doctor env`.
#[derive(Debug, Args)]
pub struct DoctorEnv {
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
}
