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
    #[arg(short, long, value_name = "N", default_value = "4", value_parser = jobs)]
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

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it is a number from 1 on".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::cli::Cli;
    use clap::Parser as _;

    #[test]
    fn a_number_that_is_none_is_told_in_words() {
        for (line, told) in [
            ("awsx each prod -j 0 -- ls", "'--jobs <N>': it is a number from 1 on"),
            ("awsx each prod -j x -- ls", "'--jobs <N>': it is a number from 1 on"),
            ("awsx serve prod --port x", "'--port <PORT>': a port is a number up to 65535"),
            (
                "awsx token rds prod --host h.test --user u --port 0",
                "'--port <PORT>': a port is a number from 1 to 65535",
            ),
        ] {
            let error = Cli::try_parse_from(line.split(' ')).unwrap_err().to_string();
            assert!(error.contains(told), "{line}: {error}");
        }
    }
}
