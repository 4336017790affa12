//! The options of every command that gets credentials.

use std::path::PathBuf;

use clap::Args;

/// The options of every command that gets credentials.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Session options")]
pub struct SessionArgs {
    /// How long the session is to last: 1h30m, 90m or 5400 (seconds)
    #[arg(short, long, value_name = "DUR")]
    pub duration: Option<String>,
    /// MFA code: six digits
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// MFA device to use, whatever the profile says
    #[arg(long, value_name = "ARN")]
    pub mfa_serial: Option<String>,
    /// Renew first if less than this is left of a cached session
    #[arg(long, value_name = "DUR")]
    pub min_ttl: Option<String>,
    /// Use the keys themselves, or AssumeRole directly, without GetSessionToken
    #[arg(long)]
    pub no_session: bool,
    /// Neither use nor write cached sessions
    #[arg(long)]
    pub no_cache: bool,
    /// Region for the child, whatever the profile says
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Managed policy that limits a role session further (repeatable)
    #[arg(long, value_name = "ARN")]
    pub policy_arn: Vec<String>,
    /// Policy document that limits a role session further
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// The document of a session that is renewed
    #[arg(long, value_name = "JSON", hide = true, conflicts_with = "policy")]
    pub policy_document: Option<String>,
    /// Limit a role session to reading (the managed policy ReadOnlyAccess)
    #[arg(long)]
    pub readonly: bool,
    /// Name of the role session, as CloudTrail shows it
    #[arg(long, value_name = "NAME")]
    pub session_name: Option<String>,
}
