//! The arguments of `awsx token`.

use clap::{Args, Subcommand};

use super::SessionArgs;

/// `awsx token`.
#[derive(Debug, Args)]
pub struct Token {
    /// For what.
    #[command(subcommand)]
    pub verb: TokenVerb,
}

/// What `awsx token` makes tokens for.
#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Print the Kubernetes ExecCredential for an EKS cluster
    Eks(TokenEks),
    /// Print a password for a database that takes IAM authentication
    Rds(TokenRds),
}

/// `awsx token eks`.
#[derive(Debug, Args)]
pub struct TokenEks {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Name of the cluster
    #[arg(long, value_name = "NAME", value_parser = cluster)]
    pub cluster: String,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx token rds`.
#[derive(Debug, Args)]
pub struct TokenRds {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Host name of the database, as RDS shows it
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub host: String,
    /// Its port
    #[arg(long, value_name = "PORT", value_parser = port)]
    pub port: u16,
    /// Name of the database user
    #[arg(long, value_name = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub user: String,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// The names that EKS allows
/// ([CreateCluster](https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html)).
fn cluster(text: &str) -> Result<String, String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.len() <= 100 && text.chars().all(inner) {
        return Ok(text.into());
    }
    Err("a cluster's name has letters, digits, - and _, and 100 of them at most".into())
}

fn host(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !text.is_empty() && text.chars().all(allowed) {
        return Ok(text.into());
    }
    Err("a host name has letters, digits, - and dots; the port goes to --port".into())
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
}
