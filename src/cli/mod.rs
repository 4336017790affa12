//! The command line as clap types (docs/reference.md). Help, completions and man pages come from here; no logic does.

mod advertise;
pub mod completion;
mod console;
mod doctor;
mod each;
mod env;
pub mod help;
mod import;
mod login;
mod mfa;
mod rotate;
mod serve;
mod session;
mod token;
mod verbs;
mod whence;

pub use advertise::*;
pub use console::*;
pub use doctor::{Doctor, DoctorAbout, DoctorEnv};
pub use each::Each;
pub use env::{CLEAR_AFTER, CredentialProcess, Env, Format, Unset};
pub use import::*;
pub use login::*;
pub use mfa::*;
pub use rotate::Rotate;
pub use serve::{Serve, ServeFormat};
pub use session::SessionArgs;
pub use token::{Token, TokenEks, TokenRds, TokenVerb};
pub use verbs::*;
pub use whence::*;

use std::ffi::{OsStr, OsString};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// AWS from the terminal: keys in the OS keychain, MFA, roles, subshells.
#[derive(Debug, Parser)]
#[command(name = "awsx", version, max_term_width = 100)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// Before the picker, ask AWS whether the keys and sessions of all profiles still work (without a command only)
    #[arg(long)]
    pub full: bool,
    /// What to do; a picker over all profiles when left out on a terminal.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Options that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Where long-lived keys are kept: secret-service, keychain, file or helper:NAME
    #[arg(long, global = true, value_name = "BACKEND", value_parser = backend)]
    pub backend: Option<String>,
    /// Colours in what awsx prints: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    pub color: Color,
    /// No colours; the same as --color never
    #[arg(short, long, global = true)]
    pub monochrome: bool,
    /// Never ask; fail at once and say what was needed
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Show each step and when it began; no secrets
    #[arg(long, global = true)]
    pub debug: bool,
    /// Answer yes where awsx asks before it uses, overwrites or destroys something
    #[arg(short, long, global = true)]
    pub yes: bool,
}

/// The OS keychain of this platform, as `--backend` names it.
pub const OS_BACKEND: &str = if cfg!(target_os = "macos") { "keychain" } else { "secret-service" };

/// Whether there can be a docker-credential helper of that name.
pub fn is_helper(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Refuses a backend that this platform doesn't have, even where the command needs no keychain.
fn backend(text: &str) -> Result<String, String> {
    if text == OS_BACKEND || text == "file" || text.strip_prefix("helper:").is_some_and(is_helper) {
        return Ok(text.into());
    }
    Err(format!("use {OS_BACKEND}, file or helper:NAME (the program docker-credential-NAME)"))
}

/// The command line of one verb alone, without its name. Building the whole [`Cli`] would be most of the work of a warm
/// `exec`. What this one refuses, help included, is read again as a [`Cli`].
#[derive(Debug, Parser)]
#[command(name = "awsx", disable_help_flag = true)]
struct Alone<A: Args> {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    args: A,
}

/// Reads the command line of one verb, without its name.
fn alone<'a, A: Args>(words: impl Iterator<Item = &'a OsString>, verb: fn(A) -> Verb) -> Option<Cli> {
    let Alone { global, args } = Alone::<A>::try_parse_from(words).ok()?;
    Some(Cli { global, full: false, verb: Some(verb(args)) })
}

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// What clap says, help and version included.
    pub fn read(args: &[OsString]) -> Result<Self, clap::Error> {
        Cli::short(args).map_or_else(|| Cli::whole(args), Ok)
    }

    /// Reads a command line of one of the verbs that are run most, as [`Alone`]; `None` if that doesn't work.
    pub fn short(args: &[OsString]) -> Option<Self> {
        let at = verb_index(args)?;
        // In front of the verb anything but a global option is refused, or asks for help.
        if at > 1 && global_options().try_get_matches_from(args.get(..at)?).is_err() {
            return None;
        }
        let words = args.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, arg)| arg);
        match args.get(at)?.to_str()? {
            "exec" => alone(words, Verb::Exec),
            "credential-process" => alone(words, Verb::CredentialProcess),
            "env" | "export" | "exports" => alone(words, Verb::Env),
            "unset" | "unsets" => alone(words, Verb::Unset),
            "token" => alone(words, Verb::Token),
            "shell" => alone(words, Verb::Shell),
            "use" => alone(words, Verb::Use),
            "aws" => alone(words, Verb::Aws),
            "refresh" => alone(words, Verb::Refresh),
            "prompt" => alone(words, Verb::Prompt),
            _ => None,
        }
    }

    /// Reads a command line with every verb.
    ///
    /// # Errors
    /// As [`Cli::read`].
    pub fn whole(args: &[OsString]) -> Result<Self, clap::Error> {
        Cli::from_arg_matches(&command().try_get_matches_from(args)?)
    }
}

/// The whole command line, with all that its help says.
pub fn command() -> clap::Command {
    help::add(Cli::command())
}

/// The launchers: they run another program and give its exit status, so their own failures are 125 to 127.
pub const LAUNCHERS: [&str; 3] = ["exec", "shell", "aws"];

/// Where the verb stands on a command line.
pub fn verb_index(args: &[OsString]) -> Option<usize> {
    let mut is_value = false;
    args.iter().enumerate().skip(1).take_while(|(_, word)| *word != "--").find_map(|(index, word)| {
        let option = word.as_encoded_bytes().starts_with(b"-");
        let found = !option && !is_value;
        is_value = option && takes_value(word);
        found.then_some(index)
    })
}

/// Whether the verb is one of [`LAUNCHERS`]. Works on a command line that clap refuses, too.
pub fn is_launcher(args: &[OsString]) -> bool {
    let verb = verb_index(args).and_then(|index| args.get(index));
    verb.is_some_and(|verb| LAUNCHERS.iter().any(|launcher| verb == launcher))
}

fn global_options() -> clap::Command {
    Global::augment_args(clap::Command::new("awsx").disable_help_flag(true))
}

/// Whether a word is a global option whose value is the next word. It builds clap arguments, which takes time; a warm
/// `awsx exec` has no option before the verb and doesn't call it.
pub fn takes_value(word: &OsStr) -> bool {
    global_options().get_arguments().any(|arg| {
        let is_it = |name: &str| word.to_str().and_then(|word| word.strip_prefix("--")) == Some(name);
        arg.get_action().takes_values() && arg.get_long().is_some_and(is_it)
    })
}

/// The global options about colours, out of a command line that clap refuses.
pub fn color_options(args: &[OsString]) -> Global {
    let mut found = Global::default();
    let words: Vec<&str> = args.iter().skip(1).take_while(|word| *word != "--").filter_map(|w| w.to_str()).collect();
    for (at, word) in words.iter().enumerate() {
        let value = if *word == "--color" { words.get(at + 1).copied() } else { word.strip_prefix("--color=") };
        found.color = value.and_then(|value| Color::from_str(value, false).ok()).unwrap_or(found.color);
        found.monochrome |= matches!(*word, "-m" | "--monochrome");
    }
    found
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` or `AWSX_COLOR=0` says otherwise.
    #[default]
    Auto,
    /// Also into a pipe.
    Always,
    /// Nowhere.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Open a subshell with credentials, a prompt fragment and the aws shim
    Shell(Shell),
    /// Run one command with credentials in its environment
    Exec(Exec),
    /// Run one command for each of many profiles
    Each(Each),
    /// Make sure there is a session: ask now for a code or a browser sign-in
    Login(Login),
    /// End a browser sign-in, at AWS and here
    Logout(Logout),
    /// Print the shell code that renews the session of this shell
    Refresh(Refresh),
    /// Run the AWS CLI with the right credentials
    Aws(Aws),
    /// Print credentials for the current shell, or in another format
    #[command(visible_aliases = ["export", "exports"])]
    Env(Env),
    /// Remove what awsx or another tool has set in this shell
    #[command(visible_alias = "unsets")]
    Unset(Unset),
    /// Print credentials as JSON, for `credential_process` in the AWS config file
    CredentialProcess(CredentialProcess),
    /// Switch the current shell to a profile (needs `awsx init` in its rc file)
    Use(Use),
    /// Undo `awsx use` in the current shell
    Off(Off),
    /// Store a key pair in the keychain
    Add(Add),
    /// Move keys into the keychain; or write profiles for what Identity Center grants
    Import(Import),
    /// Remove stored keys and every session made from them
    Remove(Remove),
    /// Replace the access key of a profile, safe against a crash at any point
    Rotate(Rotate),
    /// Enrol a virtual MFA device with a QR code in the terminal
    ProvisionMfa(ProvisionMfa),
    /// Look at, resynchronise and remove MFA devices; print a code
    Mfa(Mfa),
    /// Profiles, where their keys are, MFA, sessions and time left
    #[command(visible_alias = "ls")]
    List(List),
    /// The session in this environment; exit 1 if there is none or it has expired
    Status(Status),
    /// Account, alias, ARN and user behind a profile
    Whoami(Whoami),
    /// The steps that would be taken and why, without taking them
    Explain(Explain),
    /// Look for what is wrong in the AWS files and on this machine
    Doctor(Doctor),
    /// Forget cached sessions
    #[command(visible_alias = "clean")]
    Clear(Clear),
    /// Write a session, or a link to awsx, into the AWS files, for programs that know nothing of awsx
    Persist(Persist),
    /// Give out credentials on this machine to whoever has the token
    Serve(Serve),
    /// Print a token for EKS or RDS, made on this machine
    Token(Token),
    /// Sign a browser in to the web console
    Console(Console),
    /// Tell which profile and which program a session's access key was made for
    Whence(Whence),
    /// Read, set and delete the limits that an account advertises (for administrators)
    Advertise(Advertise),
    /// Print IAM policies for users of awsx
    Policy(Policy),
    /// Print the shell integration for an rc file
    Init(Init),
    /// Print the prompt fragment alone, for tmux, starship and other shells
    Prompt(Prompt),
    /// Print a completion script
    Completions(Completions),
    /// Print a man page
    Man(Man),
}
