//! The arguments of `awsx each`.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use clap::Args;

use super::SessionArgs;

/// `awsx each`.
#[derive(Debug, Args)]
pub struct Each {
    /// Profiles: a name with * ? [ ], an account ID or a word of awsx_tags (repeatable)
    #[arg(value_name = "PATTERN", required = true)]
    pub patterns: Vec<String>,
    /// How many commands run at once
    #[arg(short, long, value_name = "N", default_value = "4")]
    pub jobs: NonZeroUsize,
    /// JSON for programs, an object a line
    #[arg(long)]
    pub json: bool,
    /// Only show which profiles match
    #[arg(long, conflicts_with = "command")]
    pub list: bool,
    /// The command and its arguments
    #[arg(last = true, required_unless_present = "list", value_name = "CMD")]
    pub command: Vec<OsString>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}
