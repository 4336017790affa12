//! `awsx shell`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::IsTerminal;
use std::path::Path;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::cli::{self, ShellName, ShellVia};
use crate::deliver::child::{child, for_shims};
use crate::deliver::parent::Job;
use crate::deliver::session_env::ChildEnv;
use crate::deliver::shells;
use crate::deliver::{exec, process, serve};
use crate::select::selection::Selection;

/// Runs `awsx shell`; comes back only if the shell could not be run.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Shell) -> Result<u8> {
    let selection = Selection::of(&app.env, args.profile.as_deref());
    let profiles = selection.profiles(&app.env)?;
    let profile = selection.profile(app, &profiles)?;
    let program = app.env.os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or(OsStr::new("/bin/sh"));
    let _ = app.command.set(program.to_string_lossy().into_owned());
    let mut env = match args.via {
        ShellVia::Env => child(app, &profiles, Some(&profile), &args.session)?,
        ShellVia::Process => process::child(app, &profiles, &[profile], &args.session)?,
        ShellVia::Server => {
            let job = Job { app, profiles: &profiles, profile: &profile, args: &args.session, program };
            return serve::run(&job, |env| options(app, program, env));
        }
        ShellVia::Shims => {
            check_shims(program)?;
            for_shims(app, &profiles, Some(&profile), &args.session)?
        }
    };
    let options = options(app, program, &mut env);
    Err(exec::exec(program, &options, &env, &app.env))
}

/// Refuses a shell that would have neither credentials nor shims.
fn check_shims(program: &OsStr) -> Result<()> {
    let why = if shells::shell_of(program).is_none() {
        "the shell has to be bash, zsh or fish"
    } else if !is_interactive() {
        "a shell without a terminal reads no start-up files"
    } else {
        return Ok(());
    };
    Err(Error::usage("--via shims needs awsx's functions in the shell").cause(why).hint("--via env, process or server"))
}

/// The same rule as bash's. A shell that isn't interactive shows no prompt and reads no start-up files with our script.
fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// The options that the shell is started with.
fn options(app: &App, program: &OsStr, env: &mut ChildEnv) -> Vec<OsString> {
    let shell = shells::shell_of(program);
    match shell {
        None => {
            let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
            app.prompter.say(&format!(
                "{name} gets only the credentials: the prompt fragment and the renewal need bash, zsh or fish"
            ));
            Vec::new()
        }
        Some(shell) if is_interactive() => started_with(app, shell, program, env).unwrap_or_else(|error| {
            app.prompter.warn(&format!("no prompt fragment and no renewal in this shell: {}", error.what));
            Vec::new()
        }),
        Some(_) => Vec::new(),
    }
}

/// Whether the person's `.zshrc` in this folder reads awsx's script itself.
fn reads_init(folder: &Path) -> bool {
    fs::read_to_string(folder.join(".zshrc")).is_ok_and(|text| text.contains("awsx init"))
}

/// The options that start a shell with the user's own start-up files first and awsx's script after them.
fn started_with(app: &App, shell: ShellName, program: &OsStr, env: &mut ChildEnv) -> Result<Vec<OsString>> {
    let folder = shells::install(app, shell)?;
    if shell == ShellName::Zsh
        && let Some(other) = shells::led_away(app, program, &folder)
        && !reads_init(&other)
    {
        app.prompter.warn(&format!(
            "no prompt fragment and no renewal in this shell: the system's zshenv sets ZDOTDIR. They come with this line \
             in {}: eval \"$(awsx init zsh)\"",
            other.join(".zshrc").display()
        ));
        return Ok(Vec::new());
    }
    env.put(vars::AWSX_START, shells::start(env).to_string());
    Ok(match shell {
        ShellName::Bash => vec!["--rcfile".into(), folder.join("bashrc").into()],
        ShellName::Zsh => {
            if let Some(own) = app.env.os("ZDOTDIR") {
                env.put(vars::AWSX_ZDOTDIR, own.to_string_lossy().into_owned());
            }
            env.put("ZDOTDIR", folder.to_string_lossy().into_owned());
            Vec::new()
        }
        ShellName::Fish => {
            let script = folder.join("awsx.fish");
            let quoted = shells::dialect(shell).quote(&script.to_string_lossy()).to_string();
            vec!["--init-command".into(), format!("source {quoted}; _awsx_begin").into()]
        }
    })
}
