//! The arguments of `awsx advertise`.

use clap::{ArgGroup, Args, Subcommand};

use super::SessionArgs;

/// `awsx advertise`.
#[derive(Debug, Args)]
pub struct Advertise {
    /// What to do with the limits.
    #[command(subcommand)]
    pub verb: AdvertiseVerb,
}

/// What `awsx advertise` can do.
#[derive(Debug, Subcommand)]
pub enum AdvertiseVerb {
    /// List what an account advertises
    Show(AdvertiseShow),
    /// Advertise limits, or change them
    Set(AdvertiseSet),
    /// Take limits back
    Delete(AdvertiseDelete),
}

/// `awsx advertise show`.
#[derive(Debug, Args)]
pub struct AdvertiseShow {
    /// Profile in the account that advertises
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx advertise set`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("limits").required(true).multiple(true).args(["mfa_length", "role_length", "role_mfa", "alias"])))]
pub struct AdvertiseSet {
    /// Profile of an administrator of the account that advertises
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// How long MFA sessions last: 9h, 90m or seconds
    #[arg(long, value_name = "DUR")]
    pub mfa_length: Option<String>,
    /// The role that --role-length and --role-mfa are about: its ARN, or ACCOUNT/NAME
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// How long sessions of the role last: 2h, 90m or seconds
    #[arg(long, value_name = "DUR", requires = "role")]
    pub role_length: Option<String>,
    /// Whether the role wants MFA: true or false
    #[arg(long, value_name = "BOOL", requires = "role")]
    pub role_mfa: Option<bool>,
    /// Alias of the account of --account, else of --role
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
    /// The account that --alias is about: twelve digits
    #[arg(long, value_name = "ACCOUNT", requires = "alias")]
    pub account: Option<String>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx advertise delete`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("limits").required(true).multiple(true).args(["mfa_length", "role", "alias"])))]
pub struct AdvertiseDelete {
    /// Profile of an administrator of the account that advertises
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// The length of MFA sessions
    #[arg(long)]
    pub mfa_length: bool,
    /// What is advertised for this role (its ARN, or ACCOUNT/NAME): all of it, or what the next two options name
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// The length of the role's sessions
    #[arg(long, requires = "role")]
    pub role_length: bool,
    /// Whether the role wants MFA
    #[arg(long, requires = "role")]
    pub role_mfa: bool,
    /// The alias of the account of --account, else of --role
    #[arg(long)]
    pub alias: bool,
    /// The account that --alias is about: twelve digits
    #[arg(long, value_name = "ACCOUNT", requires = "alias")]
    pub account: Option<String>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}
