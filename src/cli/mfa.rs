//! The arguments of `awsx provision-mfa` and `awsx mfa`.

use clap::{Args, Subcommand};

/// `awsx provision-mfa`.
#[derive(Debug, Args)]
pub struct ProvisionMfa {
    /// Profile of the user who gets the device
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Name of the device; that of the user when left out
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Also print the seed as text, in groups of four
    #[arg(long)]
    pub show_secret: bool,
    /// Don't draw the QR code
    #[arg(long)]
    pub no_qr: bool,
    /// Store the seed in the keychain, so that awsx computes the codes itself; the second factor is then only as safe
    /// as this machine
    #[arg(long)]
    pub store_seed: bool,
    /// MFA code of a device that the user already has
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Device that gives the MFA code, if the user has several
    #[arg(long, visible_alias = "mfa-serial", value_name = "ARN")]
    pub code_from: Option<String>,
    /// Act with the rights of this profile (for administrators)
    #[arg(long = "as", value_name = "PROFILE")]
    pub with_profile: Option<String>,
}

/// `awsx mfa`.
#[derive(Debug, Args)]
pub struct Mfa {
    /// What to do with the devices.
    #[command(subcommand)]
    pub verb: MfaVerb,
}

/// What `awsx mfa` can do.
#[derive(Debug, Subcommand)]
pub enum MfaVerb {
    /// List the devices of the user
    Status(MfaStatus),
    /// Deactivate a device, and delete a virtual one
    Remove(MfaRemove),
    /// Resynchronise a device with two consecutive codes
    Resync(MfaResync),
    /// Print a code, where the seed is stored or mfa_process gives one
    Code(MfaCode),
}

/// Whom an `awsx mfa` command is about.
#[derive(Debug, Clone, Args)]
pub struct MfaTarget {
    /// Profile of the user whose devices they are
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Act with the rights of this profile (for administrators)
    #[arg(long = "as", value_name = "PROFILE")]
    pub with_profile: Option<String>,
    /// The device, if the user has several
    #[arg(long, value_name = "ARN")]
    pub mfa_serial: Option<String>,
    /// MFA code for the session that awsx needs to call IAM
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Device that gives the MFA code, if the user has several; `remove` prefers one that stays
    #[arg(long, value_name = "ARN")]
    pub code_from: Option<String>,
}

/// `awsx mfa status`.
#[derive(Debug, Args)]
pub struct MfaStatus {
    /// Whose devices.
    #[command(flatten)]
    pub target: MfaTarget,
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// `awsx mfa remove`.
#[derive(Debug, Args)]
pub struct MfaRemove {
    /// Whose device.
    #[command(flatten)]
    pub target: MfaTarget,
    /// Only deactivate it; keep the device
    #[arg(long)]
    pub deactivate_only: bool,
}

/// `awsx mfa resync`.
#[derive(Debug, Args)]
pub struct MfaResync {
    /// Whose device.
    #[command(flatten)]
    pub target: MfaTarget,
}

/// `awsx mfa code`.
#[derive(Debug, Args)]
pub struct MfaCode {
    /// Profile whose device it is
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// The device, whatever the profile says
    #[arg(long, value_name = "ARN")]
    pub mfa_serial: Option<String>,
}
