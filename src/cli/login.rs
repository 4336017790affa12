//! The arguments of `awsx login` and `awsx logout`.

use clap::Args;

use super::SessionArgs;

/// `awsx login`.
#[derive(Debug, Args)]
pub struct Login {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Sign in to the AWS console in the browser, and make PROFILE a profile of that login
    #[arg(long)]
    pub console: bool,
    /// How a sign-in by browser goes.
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// How a sign-in by browser goes, where one is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Sign-in options")]
pub struct SignInArgs {
    /// Browser to use: a command, with %s where the address goes
    #[arg(long, value_name = "CMD", conflicts_with_all = ["device_code", "remote"])]
    pub browser: Option<String>,
    /// Sign in with a code that is entered in a browser, on whichever machine
    #[arg(long)]
    pub device_code: bool,
    /// The browser is on another machine
    #[arg(long)]
    pub remote: bool,
}

/// `awsx logout`.
#[derive(Debug, Args)]
pub struct Logout {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE", conflicts_with = "all")]
    pub profile: Option<String>,
    /// End every sign-in
    #[arg(long)]
    pub all: bool,
}
