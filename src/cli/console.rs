//! The arguments of `awsx console`.

use clap::Args;

use super::SessionArgs;

/// `awsx console`.
#[derive(Debug, Args)]
pub struct Console {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Service to show, as the console's addresses name it: ec2, s3, cloudwatch …
    #[arg(long, value_name = "NAME", conflicts_with = "path")]
    pub service: Option<String>,
    /// Page to show: what follows the console's host, as in ec2/home#Instances:
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// Print the URL that signs in instead of opening it; whoever has it is signed in, for 15 minutes
    #[arg(long, conflicts_with_all = ["isolated", "keep_sessions"])]
    pub stdout: bool,
    /// In a browser profile of its own, so that several accounts are open at once (Chromium and Firefox)
    #[arg(long)]
    pub isolated: bool,
    /// Don't sign out first, where the browser can hold several sessions of the console
    #[arg(long)]
    pub keep_sessions: bool,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}
