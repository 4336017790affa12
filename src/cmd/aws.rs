//! `awsx aws`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::vars;
use crate::cli::{self, SessionArgs};
use crate::deliver::child::child;
use crate::deliver::exec;
use crate::deliver::repeat::repeated;
use crate::deliver::session_env::ChildEnv;
use crate::plan::{self, Action, Inputs, Source, Step};
use crate::profile::Profiles;
use crate::select::request;
use crate::select::selection::{By, Selection};
use crate::session::guards;
use crate::session::knowledge::Knowledge;
use crate::store::cache::Cache;

/// Commands that set something up on this machine: they need no credentials, and often no profile that exists.
const LOCAL: [&str; 4] = ["configure", "login", "logout", "sso"];

/// Global options of the AWS CLI whose value is the next word
/// ([global options](https://docs.aws.amazon.com/cli/latest/reference/#global-options)).
const WITH_VALUE: [&str; 10] = [
    "--profile",
    "--region",
    "--endpoint-url",
    "--output",
    "--query",
    "--color",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
];

/// Runs `awsx aws`; comes back only if the AWS CLI could not be run.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Aws) -> Result<u8> {
    let _ = app.command.set("aws".to_owned());
    let line = Line::read(&args.args);
    let mut env = ChildEnv::pass_through(&app.env, line.profile.is_some());
    let untouched = |env: &ChildEnv| Err(exec::exec_own("aws", &args.args, env, &app.env));
    if line.needs_nothing {
        return untouched(&env);
    }
    let profiles = Profiles::load(&app.env)?;
    let selection = Selection::of(&app.env, line.profile.as_deref().map(named).transpose()?);
    let Some(profile) = selection.named(&profiles)? else { return untouched(&env) };
    if adds_something(app, &profiles, &profile)? {
        let plain = SessionArgs::default();
        // Within a session of the same profile its limits stay, such as `--readonly`.
        let same = app.env.get(vars::AWSX_PROFILE) == Some(profile.as_str());
        let args = if same { repeated(app, &plain)? } else { plain };
        let env = child(app, &profiles, Some(&profile), &args)?;
        return Err(exec::exec_own("aws", &line.rest, &env, &app.env));
    }
    // The AWS CLI knows neither AWSX_PROFILE nor folders. Inside a session it has the credentials already.
    if !matches!(selection.by(), By::Argument | By::Nothing) && app.env.get(vars::AWS_ACCESS_KEY_ID).is_none() {
        env.put(vars::AWS_PROFILE, profile);
    }
    untouched(&env)
}

/// The value of `--profile`.
fn named(value: &OsStr) -> Result<&str> {
    let not_text = || Error::usage("the value of --profile is not UTF-8").hint("`awsx list` shows every profile");
    value.to_str().ok_or_else(not_text)
}

/// Whether the AWS CLI needs awsx for this profile: its keys or its sign-in are in the keychain, or its sessions need
/// MFA. Guards such as `awsx_confirm` need awsx too, because the AWS CLI doesn't know them.
fn adds_something(app: &App, profiles: &Profiles, profile: &str) -> Result<bool> {
    if guards::is_guarded(app, profiles, profile)? {
        return Ok(true);
    }
    let request = request::from_args(app, profiles, Some(profile), &SessionArgs::default())?;
    let cache = Cache::open(app).ok();
    let knowledge = Knowledge::new(app, cache.as_ref());
    match plan::plan(&Inputs { profiles, env: &app.env, request: &request, known: &knowledge }) {
        Ok(plan) => Ok(plan.steps.iter().any(adds)),
        // The profile names no source of credentials. Others, such as a variable or an instance's role, the AWS CLI
        // finds itself.
        Err(e) if e.kind == ErrorKind::Config && profiles.get(profile).is_none_or(|p| p.get("role_arn").is_none()) => {
            Ok(false)
        }
        Err(e) => Err(e),
    }
}

fn adds(step: &Step) -> bool {
    let login = || matches!(&step.action, Action::Source(source) if matches!(**source, Source::Login(_)));
    matches!(step.action, Action::Keychain) || step.serial.is_some() || login()
}

/// A command line of the AWS CLI, as far as it matters here.
struct Line {
    /// The last `--profile`.
    profile: Option<OsString>,
    /// Everything else.
    rest: Vec<OsString>,
    /// It needs no credentials: help, the version, or one of [`LOCAL`].
    needs_nothing: bool,
}

impl Line {
    fn read(args: &[OsString]) -> Self {
        let mut line = Line { profile: None, rest: Vec::new(), needs_nothing: false };
        let mut command = None;
        let mut words = args.iter();
        while let Some(word) = words.next() {
            let text = word.to_str().unwrap_or_default();
            if let Some(value) = word.as_bytes().strip_prefix(b"--profile=") {
                line.profile = Some(OsStr::from_bytes(value).into());
                continue;
            }
            if text == "--profile" {
                // The value is missing: the AWS CLI says so.
                let Some(value) = words.next() else { return Line { needs_nothing: true, ..line } };
                line.profile = Some(value.clone());
                continue;
            }
            line.rest.push(word.clone());
            if command.is_some() {
                continue;
            }
            if WITH_VALUE.contains(&text) {
                line.rest.extend(words.next().cloned());
            } else if !text.starts_with('-') {
                command = Some(text.to_owned());
            }
        }
        let last = args.last().is_some_and(|last| last == "help");
        let version = args.iter().any(|word| word == "--version") && command.is_none();
        line.needs_nothing = last || version || command.is_none_or(|command| LOCAL.contains(&command.as_str()));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Option<String>, String, bool) {
        let args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let line = Line::read(&args);
        let text = |word: OsString| word.into_string().unwrap();
        (line.profile.map(text), line.rest.into_iter().map(text).collect::<Vec<_>>().join(" "), line.needs_nothing)
    }

    #[test]
    fn the_profile_is_taken_out_wherever_it_stands() {
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(read("s3 ls"), (None, "s3 ls".into(), false));
        assert_eq!(read("--profile a s3 ls"), (some("a"), "s3 ls".into(), false));
        assert_eq!(read("s3 ls --profile=a"), (some("a"), "s3 ls".into(), false));
        assert_eq!(read("s3 --profile a ls --profile b"), (some("b"), "s3 ls".into(), false));
        assert_eq!(read("--region configure s3 ls"), (None, "--region configure s3 ls".into(), false));
    }

    #[test]
    fn help_and_what_is_set_up_here_need_no_credentials() {
        let lines = [
            "",
            "help",
            "s3 help",
            "s3 ls help",
            "--version",
            "configure --profile new",
            "--profile new configure",
            "--region x sso login",
            "login",
            "s3 ls --profile",
        ];
        for line in lines {
            assert!(read(line).2, "{line}");
        }
        assert!(!read("s3 rm --version").2);
    }
}
