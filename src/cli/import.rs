//! The arguments of `awsx import` and `awsx persist`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{SessionArgs, SignInArgs};

/// `awsx import`.
#[derive(Debug, Args)]
pub struct Import {
    /// Where the keys are; in the AWS files when left out.
    #[command(subcommand)]
    pub from: Option<ImportFrom>,
}

/// Where `awsx import` takes keys from.
#[derive(Debug, Subcommand)]
pub enum ImportFrom {
    /// From the AWS files, where they are in plain text; they are removed there
    Credentials(ImportCredentials),
    /// From a CSV file of the AWS console
    Csv(ImportCsv),
    /// From the items of aws-vault, which stay as they are
    AwsVault(ImportAwsVault),
    /// Profiles for all accounts and roles of an Identity Center sign-in
    Sso(ImportSso),
}

/// `awsx import credentials`.
#[derive(Debug, Default, Args)]
pub struct ImportCredentials {
    /// Profiles whose keys are moved; all of them when left out
    #[arg(value_name = "PROFILE")]
    pub profiles: Vec<String>,
    /// Don't check the keys with AWS before storing them
    #[arg(long)]
    pub no_verify: bool,
    /// Keep the copy of the file as it was before
    #[arg(long)]
    pub keep_backup: bool,
}

/// `awsx import csv`.
#[derive(Debug, Args)]
pub struct ImportCsv {
    /// The file: that of a new access key, or of new users
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Profile to store the key for; the user's name, as the file or its name says it, when left out
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Don't check the keys with AWS before storing them
    #[arg(long)]
    pub no_verify: bool,
}

/// `awsx import aws-vault`.
#[derive(Debug, Args)]
pub struct ImportAwsVault {
    /// Profiles whose keys are copied; all of them when left out
    #[arg(value_name = "PROFILE")]
    pub profiles: Vec<String>,
    /// Where aws-vault keeps them: secret-service, keychain, file or pass; AWS_VAULT_BACKEND, else the first that holds
    /// any, when left out
    #[arg(long, value_name = "PLACE", value_enum, hide_possible_values = true)]
    pub from: Option<VaultBackend>,
    /// Don't check the keys with AWS before storing them
    #[arg(long)]
    pub no_verify: bool,
}

/// `awsx import sso`.
#[derive(Debug, Default, Args)]
pub struct ImportSso {
    /// Name of the [sso-session]; left out: the only one, or the one that you choose
    #[arg(value_name = "SESSION")]
    pub session: Option<String>,
    /// How profiles are named: {account}, {account_name}, {role}, {session}, and any text ({account}.{role})
    #[arg(long, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// Remove imported profiles whose account or role is not granted any more
    #[arg(long)]
    pub prune: bool,
    /// Region for imported profiles that have none
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Address of the access portal, for a new [sso-session]; your administrator's e-mail has it
    #[arg(long, value_name = "URL")]
    pub start_url: Option<String>,
    /// Region of Identity Center, for a new [sso-session]
    #[arg(long, value_name = "REGION", requires = "start_url")]
    pub sso_region: Option<String>,
    /// How the browser sign-in goes.
    #[command(flatten)]
    pub sign_in: SignInArgs,
}

/// The backends of aws-vault that awsx can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VaultBackend {
    /// The Secret Service of a Linux desktop.
    SecretService,
    /// The keychain of macOS.
    Keychain,
    /// Encrypted files.
    File,
    /// The program `pass`.
    Pass,
}

/// `awsx persist`.
#[derive(Debug, Args)]
pub struct Persist {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Write a profile that asks awsx for credentials each time, and no secret
    #[arg(long)]
    pub link: bool,
    /// Name of the profile that --link writes; PROFILE-awsx when left out
    #[arg(long, value_name = "NAME", requires = "link")]
    pub name: Option<String>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}
