//! The arguments of `awsx env`, `awsx unset` and `awsx credential-process`.

use clap::{Args, ValueEnum};

use super::{SessionArgs, ShellName};

/// How `awsx env` writes what it prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Code for bash, zsh and other POSIX shells.
    #[value(alias = "zsh", alias = "sh")]
    Bash,
    /// Code for fish.
    Fish,
    /// Code for PowerShell.
    #[value(alias = "pwsh")]
    Powershell,
    /// Commands of the Windows command prompt.
    Cmd,
    /// Lines `NAME=value`.
    Dotenv,
    /// The JSON of a `credential_process`.
    Json,
    /// A section of the credentials file.
    Ini,
    /// `env -u NAME … NAME=value …`, to be put before a command.
    Prefix,
    /// The credentials of COPY and UNLOAD in Amazon Redshift.
    Sql,
}

/// How long what was copied stays on the clipboard if nobody says otherwise.
pub const CLEAR_AFTER: &str = "45s";

/// `awsx env`.
#[derive(Debug, Args)]
pub struct Env {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// bash, fish, powershell, cmd, dotenv, json, ini, prefix or sql; code for $SHELL when left out
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub format: Option<Format>,
    /// Only name the profile (AWS_PROFILE); no credentials
    #[arg(long)]
    pub select: bool,
    /// Show secrets on a terminal too
    #[arg(long)]
    pub show_secret: bool,
    /// Put it on the clipboard instead of printing it
    #[arg(long)]
    pub copy: bool,
    /// Take it off the clipboard after this time, if it is still there; 0: never
    #[arg(long, value_name = "DUR", default_value = CLEAR_AFTER, requires = "copy")]
    pub clear_after: String,
    /// What the process does that takes it off again
    #[arg(long, hide = true, value_name = "PROGRAM")]
    pub clear_copied: Option<String>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx unset`.
#[derive(Debug, Args)]
pub struct Unset {
    /// bash, fish, powershell, cmd or prefix; code for $SHELL when left out
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub format: Option<Format>,
    /// The shell whose function of `awsx init` asks
    #[arg(long, value_name = "SHELL", value_enum, hide = true, hide_possible_values = true)]
    pub shell: Option<ShellName>,
}

/// `awsx credential-process`.
#[derive(Debug, Args)]
pub struct CredentialProcess {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Proof that a person has let the command around this one use the profile
    #[arg(long, hide = true, value_name = "PROOF")]
    pub admitted: Option<String>,
    /// Show secrets on a terminal too
    #[arg(long)]
    pub show_secret: bool,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}
