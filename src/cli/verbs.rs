//! The arguments of each verb.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::SessionArgs;

/// Shells with full integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShellName {
    /// bash 3.2 or later.
    Bash,
    /// zsh 5 or later.
    Zsh,
    /// fish 3 or later.
    Fish,
}

/// How a child gets its credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Via {
    /// In its environment.
    #[default]
    Env,
    /// By calling awsx each time (`credential_process`).
    Process,
    /// From a server of awsx on this machine, which renews them for as long as the child runs.
    Server,
}

/// How a shell gets its credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ShellVia {
    /// In its environment.
    #[default]
    Env,
    /// By calling awsx each time (`credential_process`).
    Process,
    /// From a server of awsx on this machine.
    Server,
    /// Not at all: the commands of `AWSX_SHIMS` get them, each time they run.
    Shims,
}

/// How the current shell gets its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UseVia {
    /// In its environment.
    Env,
    /// As [`ShellVia::Shims`].
    Shims,
}

/// `awsx shell`.
#[derive(Debug, Args)]
pub struct Shell {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// How the child gets the credentials: env, in its environment; process, its SDKs call awsx; server, from awsx,
    /// which renews them; shims, only the commands in AWSX_SHIMS get any, each time they run
    #[arg(long, value_name = "WAY", value_enum, default_value_t, hide_possible_values = true)]
    pub via: ShellVia,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx exec`.
#[derive(Debug, Args)]
pub struct Exec {
    /// Profile name, account ID, role ARN or console URL; several names with commas between them for several identities
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// How the child gets the credentials: env, in its environment; process, its SDKs call awsx; server, from awsx,
    /// which renews them
    #[arg(long, value_name = "WAY", value_enum, hide_possible_values = true)]
    pub via: Option<Via>,
    /// Run it with the session of this shell, which came by --via shims
    #[arg(long, hide = true, conflicts_with_all = ["profile", "via"])]
    pub shim: bool,
    /// Remember how long the command takes in this folder; renew the session first if less of it is left
    #[arg(long)]
    pub learn: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx refresh`.
#[derive(Debug, Args)]
pub struct Refresh {
    /// Profile; the one of this shell when left out
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Dialect of the printed code: bash, zsh or fish; that of $SHELL when left out
    #[arg(long, value_name = "SHELL", value_enum, hide_possible_values = true)]
    pub shell: Option<ShellName>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Print what the functions of `awsx init` read instead of code
    #[arg(long, hide = true)]
    pub lines: bool,
}

/// `awsx aws`.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct Aws {
    /// Arguments of the AWS CLI
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<OsString>,
}

/// `awsx use`.
#[derive(Debug, Args)]
pub struct Use {
    /// Profile name, account ID, role ARN or console URL; - for the profile that this shell had before
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Bind this folder to PROFILE, or else to that of this session: it counts in the folder and below wherever no
    /// profile is named
    #[arg(long)]
    pub here: bool,
    /// How this shell gets the credentials: env, in its environment; shims, only the commands in AWSX_SHIMS get any,
    /// each time they run
    #[arg(long, value_name = "WAY", value_enum, hide_possible_values = true)]
    pub via: Option<UseVia>,
    /// Undo --here for this folder
    #[arg(long, conflicts_with_all = ["profile", "here"])]
    pub forget: bool,
    /// The profile that - means
    #[arg(long, value_name = "PROFILE", hide = true)]
    pub before: Option<String>,
    /// The options that its session was made with
    #[arg(long, value_name = "OPTIONS", hide = true, requires = "before")]
    pub before_options: Option<String>,
    /// The shell whose function of `awsx init` asks
    #[arg(long, value_name = "SHELL", value_enum, hide = true, hide_possible_values = true)]
    pub shell: Option<ShellName>,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx off`.
#[derive(Debug, Args)]
pub struct Off {
    /// The shell whose function of `awsx init` asks
    #[arg(long, value_name = "SHELL", value_enum, hide = true, hide_possible_values = true)]
    pub shell: Option<ShellName>,
}

/// `awsx add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Profile to store the keys for; added to the config if it is missing
    #[arg(value_name = "PROFILE")]
    pub profile: String,
    /// Take the keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    #[arg(long, group = "source")]
    pub env: bool,
    /// Take the keys from standard input: two lines, ID and secret
    #[arg(long, group = "source")]
    pub stdin: bool,
    /// Take the keys from a CSV file of the AWS console
    #[arg(long, group = "source", value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Don't check the keys with AWS before storing them
    #[arg(long)]
    pub no_verify: bool,
    /// Region to write into a profile that is added to the config
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

/// `awsx remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Profile whose keys are removed
    #[arg(value_name = "PROFILE")]
    pub profile: String,
}

/// `awsx list`.
#[derive(Debug, Args)]
pub struct List {
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
    /// The folders that `awsx use --here` has bound to a profile instead
    #[arg(long)]
    pub folders: bool,
}

/// `awsx status`.
#[derive(Debug, Args)]
pub struct Status {
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// `awsx whoami`.
#[derive(Debug, Args)]
pub struct Whoami {
    /// Profile; the credentials of this environment when left out
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
    /// How the credentials are got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Profile name, account ID, role ARN or console URL
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// JSON for programs
    #[arg(long)]
    pub json: bool,
    /// How the credentials would be got.
    #[command(flatten)]
    pub session: SessionArgs,
}

/// `awsx clear`.
#[derive(Debug, Args)]
pub struct Clear {
    /// Profile whose sessions are removed; all sessions when left out
    #[arg(value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Only what has expired; in the AWS files too, where persisted sessions are
    #[arg(long, conflicts_with = "profile")]
    pub expired: bool,
}

/// `awsx policy`.
#[derive(Debug, Args)]
pub struct Policy {
    /// Name of the document; a list of them when left out
    #[arg(value_name = "POLICY")]
    pub name: Option<String>,
    /// Greatest age of an MFA session: 9h, 90m or seconds. When left out: 9h in enforce-mfa, no limit in the others
    #[arg(long, value_name = "DUR")]
    pub max_age: Option<String>,
    /// Partition of the ARNs
    #[arg(long, value_name = "PARTITION", default_value = "aws")]
    pub partition: String,
    /// Say what each statement is for instead of printing the document
    #[arg(long)]
    pub explain: bool,
}

/// `awsx init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The shell: bash, zsh or fish
    #[arg(value_name = "SHELL", value_enum, hide_possible_values = true)]
    pub shell: ShellName,
}

/// `awsx prompt`.
#[derive(Debug, Args)]
pub struct Prompt {}

/// `awsx completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell: bash, zsh or fish
    #[arg(value_name = "SHELL", value_enum, hide_possible_values = true)]
    pub shell: ShellName,
    /// Print the words that fit at this position of WORD… instead (used by the scripts)
    #[arg(long, value_name = "INDEX", hide = true, requires = "words")]
    pub at: Option<usize>,
    /// The command line that is being typed
    #[arg(last = true, hide = true, value_name = "WORD")]
    pub words: Vec<OsString>,
}

/// `awsx man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Command whose page to print; that of awsx itself when left out
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write every page into this folder instead
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
