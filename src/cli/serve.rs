//! The arguments of `awsx serve`.

use clap::{Args, ValueEnum};

use super::SessionArgs;

/// `awsx serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Profile, or several with commas between them
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Port of 127.0.0.1; any free one when left out
    #[arg(long, value_name = "PORT", default_value = "0", hide_default_value = true, value_parser = port)]
    pub port: u16,
    /// How to print what a client needs: bash, fish or json; for $SHELL when left out
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub format: Option<ServeFormat>,
    /// Print the options of docker run for a container that is to use it
    #[arg(long, conflicts_with = "format")]
    pub docker: bool,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// How `awsx serve` prints variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServeFormat {
    /// For bash and zsh.
    Bash,
    /// For fish.
    Fish,
    /// For programs.
    Json,
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a number up to 65535".to_owned())
}
