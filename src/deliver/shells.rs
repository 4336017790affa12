//! What the shells read: the scripts of `shell/`, the folder they are started from, and the code that changes a shell's
//! session.

use std::env::{self, current_dir};
use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::programs;
use crate::cli::ShellName;
use crate::deliver::quote::Dialect;
use crate::deliver::session_env::ChildEnv;
use crate::store::{cache, runtime};

/// The one token in a script: the path of awsx.
const TOKEN: &str = "@AWSX@";

/// First line of everything that the functions of the scripts may evaluate: help and version are not code.
const CODE: &str = "# awsx\n";

/// The shell that `$SHELL` or any other path names; `None` for one that has no script.
pub fn shell_of(path: &OsStr) -> Option<ShellName> {
    match Path::new(path).file_name()?.to_str()? {
        "bash" => Some(ShellName::Bash),
        "zsh" => Some(ShellName::Zsh),
        "fish" => Some(ShellName::Fish),
        _ => None,
    }
}

/// The language of a shell.
pub fn dialect(shell: ShellName) -> Dialect {
    match shell {
        ShellName::Bash | ShellName::Zsh => Dialect::Posix,
        ShellName::Fish => Dialect::Fish,
    }
}

/// The integration of a shell, with its completion.
pub fn script(shell: ShellName, awsx: &str) -> String {
    let (script, completion) = match shell {
        ShellName::Bash => {
            (include_str!("../../shell/awsx.bash"), include_str!("../../completions/awsx.bash").trim_end().to_owned())
        }
        ShellName::Zsh => (
            include_str!("../../shell/awsx.zsh"),
            // Before compinit there is nothing to tell.
            format!(
                "if ((${{+functions[compdef]}})); then\n{}\nfi",
                include_str!("../../completions/_awsx").trim_end()
            ),
        ),
        ShellName::Fish => {
            (include_str!("../../shell/awsx.fish"), include_str!("../../completions/awsx.fish").trim_end().to_owned())
        }
    };
    format!("{}\n{completion}\n", script.replace(TOKEN, &dialect(shell).quote(awsx)))
}

/// The path under which this awsx was called, without its links followed: those of a package manager outlive an upgrade,
/// what they point to doesn't. The bare name if it can't be told.
pub fn own_path(env: &Env) -> String {
    let called = env::args_os().next().unwrap_or_default();
    let path = if called.as_encoded_bytes().contains(&b'/') {
        current_dir().ok().map(|here| here.join(&called))
    } else {
        programs::find(env, &called)
    };
    path.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| "awsx".into())
}

/// Writes the script of a shell, and whatever else it is started with, into the runtime folder: the folder they are in.
/// They hold no secret and are the same for every session, so they stay for the next one.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if the folder can't be used.
pub fn install(app: &App, shell: ShellName) -> Result<PathBuf> {
    let runtime = runtime::locate(&app.env)?;
    runtime::ensure(&runtime)?;
    let folder = runtime.join("shell-start");
    runtime::ensure(&folder)?;
    let script = script(shell, &own_path(&app.env));
    let files: &[(&str, &str)] = match shell {
        ShellName::Bash => &[("awsx.bash", &script), ("bashrc", BASHRC)],
        ShellName::Zsh => &[("awsx.zsh", &script), (".zshenv", include_str!("../../shell/zshenv.zsh"))],
        ShellName::Fish => &[("awsx.fish", &script)],
    };
    for (name, text) in files {
        if cache::read(&folder.join(name)).is_ok_and(|there| there == text.as_bytes()) {
            continue;
        }
        cache::write(&folder, name, text.as_bytes())?;
    }
    Ok(folder)
}

/// What `bash --rcfile` reads: your own file as ever, then ours beside this one.
const BASHRC: &str = "\
if [[ -f ~/.bashrc ]]; then . ~/.bashrc; fi
. \"${BASH_SOURCE[0]%/*}/awsx.bash\"
_awsx_begin
";

/// The lines that lay `env` over a shell's variables.
pub fn code(env: &ChildEnv, dialect: Dialect) -> Zeroizing<String> {
    let lines: Vec<Zeroizing<String>> = env
        .unset
        .iter()
        .filter_map(|name| name.to_str().filter(|name| is_identifier(name)))
        .map(|name| Zeroizing::new(dialect.unset(name)))
        .chain(env.set.iter().map(|(name, value)| dialect.export(name, value.expose())))
        .collect();
    join(lines.iter().map(|line| line.as_str()))
}

/// Code that the shell's function evaluates: `before` in front of the lines of `env`.
pub fn evaluated(before: &str, env: &ChildEnv, dialect: Dialect) -> Zeroizing<String> {
    join([CODE, before, &code(env, dialect)].into_iter())
}

/// Joins without leaving unwiped pieces behind.
fn join<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> Zeroizing<String> {
    let mut all = Zeroizing::new(String::with_capacity(parts.clone().map(str::len).sum()));
    parts.for_each(|part| all.push_str(part));
    all
}

/// Whether a shell can have a variable of this name. An environment can hold others; no shell can do anything to those.
pub fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b == b'_' || b.is_ascii_alphabetic())
        && bytes.all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

/// The shell that a verb prints code for, given by the function of `awsx init`: an error for a person who called the
/// program itself.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Usage`] with what to put into which file.
pub fn for_function(app: &App, verb: &str, shell: Option<ShellName>) -> Result<ShellName> {
    if let Some(shell) = shell.filter(|_| !std::io::stdout().is_terminal()) {
        return Ok(shell);
    }
    let line = match app.env.os("SHELL").and_then(shell_of) {
        Some(ShellName::Zsh) => "put this into ~/.zshrc: eval \"$(awsx init zsh)\"",
        Some(ShellName::Fish) => "put this into ~/.config/fish/config.fish: awsx init fish | source",
        _ => "put this into ~/.bashrc: eval \"$(awsx init bash)\"",
    };
    Err(Error::usage(format!("awsx {verb} changes the shell you are in, and needs awsx's function there"))
        .cause("a program can't change the variables of the shell that started it")
        .hint(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_has_one_token() {
        for (shell, text) in [
            (ShellName::Bash, include_str!("../../shell/awsx.bash")),
            (ShellName::Zsh, include_str!("../../shell/awsx.zsh")),
            (ShellName::Fish, include_str!("../../shell/awsx.fish")),
        ] {
            assert_eq!(text.matches(TOKEN).count(), 1, "{shell:?}");
            assert!(script(shell, "/o'p t/awsx").contains(dialect(shell).quote("/o'p t/awsx").as_str()));
        }
    }

    #[test]
    fn shells_by_path() {
        for (path, shell) in [
            ("/bin/bash", Some(ShellName::Bash)),
            ("zsh", Some(ShellName::Zsh)),
            ("/opt/homebrew/bin/fish", Some(ShellName::Fish)),
            ("/bin/dash", None),
            ("", None),
        ] {
            assert_eq!(shell_of(OsStr::new(path)), shell, "{path}");
        }
    }

    #[test]
    fn code_sets_and_removes_what_a_shell_can() {
        let env = ChildEnv {
            set: vec![("AWSX_PROFILE".into(), crate::base::secret::Secret::new("it's".into()))],
            unset: ["AWS_PROFILE", "AWS_CONTAINER_A-B", "AWS_CONTAINER_$(x)"].map(Into::into).to_vec(),
        };
        assert_eq!(
            evaluated("_awsx_keep A\n", &env, Dialect::Posix).as_str(),
            "# awsx\n_awsx_keep A\nunset AWS_PROFILE\nexport AWSX_PROFILE='it'\\''s'\n"
        );
        assert_eq!(code(&env, Dialect::Fish).as_str(), "_awsx_hide AWS_PROFILE\nset -gx AWSX_PROFILE 'it\\'s'\n");
    }
}
