//! The arguments of `awsx login` and `awsx logout`.

use clap::Args;

use super::SessionArgs;

/// `awsx login`.
#[derive(Debug, Args)]
pub struct Login {
    /// Profile name, account ID, role ARN or console URL; or the name of an [sso-session]
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Sign in to the web console in the browser, and make PROFILE a profile with this console login
    #[arg(long)]
    pub console: bool,
    /// How the browser sign-in goes.
    #[command(flatten)]
    pub sign_in: SignInArgs,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// How a browser sign-in goes, if one is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Sign-in options")]
pub struct SignInArgs {
    /// Browser to use: a command, with %s where the address goes
    #[arg(long, value_name = "CMD", conflicts_with_all = ["device_code", "remote"])]
    pub browser: Option<String>,
    /// Sign in with a code that you enter in a browser on any machine
    #[arg(long)]
    pub device_code: bool,
    /// Open no browser here: it is on another machine
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
