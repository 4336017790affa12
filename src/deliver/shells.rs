//! What the shells read: the scripts of `shell/`, the folder they are started from, and the lines that change a shell's
//! session.
//!
//! The functions of the scripts don't evaluate what awsx prints. They read lines and assign, so that no value is ever
//! part of a command's text: a DEBUG trap, a trace or fish's profile would show it.

use std::env::{self, current_dir};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::programs;
use crate::base::secret::Secret;
use crate::base::subprocess;
use crate::base::vars;
use crate::cli::{Format, ShellName};
use crate::deliver::quote::{Dialect, names};
use crate::deliver::session_env::ChildEnv;
use crate::store::{cache, runtime};

/// The one token in a script: the path of awsx.
const TOKEN: &str = "@AWSX@";

/// First line of everything that is for a shell and not for a person, as help and version are.
const HEADER: &str = "# awsx\n";

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

/// The format of `awsx env` for the shell that `$SHELL` names.
pub fn format_of(env: &Env) -> Format {
    match env.os("SHELL").and_then(shell_of) {
        Some(ShellName::Fish) => Format::Fish,
        _ => Format::Bash,
    }
}

/// The integration of a shell, with its completion.
pub fn script(shell: ShellName, awsx: &str) -> String {
    const SHIM: &str = include_str!("../../shell/shim.sh");
    let [shim, shims, script, completion] = match shell {
        ShellName::Bash => [
            SHIM,
            include_str!("../../shell/shims.bash"),
            include_str!("../../shell/awsx.bash"),
            include_str!("../../completions/awsx.bash"),
        ],
        ShellName::Zsh => [
            SHIM,
            include_str!("../../shell/shims.zsh"),
            include_str!("../../shell/awsx.zsh"),
            include_str!("../../completions/_awsx"),
        ],
        ShellName::Fish => [
            "",
            include_str!("../../shell/shims.fish"),
            include_str!("../../shell/awsx.fish"),
            include_str!("../../completions/awsx.fish"),
        ],
    };
    let script = script.replace(TOKEN, &dialect(shell).quote(awsx));
    format!("{shims}\n{shim}\n{}\n\n{script}", completion.trim_end())
}

/// The same for a person's own start-up file. zsh reads all of what it evaluates before it runs any of it, by the options
/// and aliases of that moment. So it gets a function that makes these its usual ones, and reads the script there.
pub fn for_eval(shell: ShellName, awsx: &str) -> String {
    let script = script(shell, awsx);
    match shell {
        ShellName::Bash | ShellName::Fish => script,
        ShellName::Zsh => format!(
            "function _awsx_read {{\n  \\emulate -L zsh\n  \\setopt no_aliases\n  \\eval \"$1\"\n}}\n_awsx_read {}\n\
             \\unfunction _awsx_read\n",
            &*Dialect::Posix.quote(&script)
        ),
    }
}

/// The path under which this awsx was called, without its links followed: those of a package manager outlive an
/// upgrade, what they point to doesn't. The bare name if it can't be told.
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

/// The folder that the system's own start-up file of zsh makes ZDOTDIR, whatever it was: `folder` is not read then. zsh
/// itself is asked, where that file may do so.
pub fn led_away(app: &App, zsh: &OsStr, folder: &Path) -> Option<PathBuf> {
    if !may_lead_away(zsh) {
        return None;
    }
    let mut command = Command::new(zsh);
    subprocess::environment(&mut command, &app.env);
    // Without any other start-up file.
    command.args(["-f", "-c", "print -rn -- \"${ZDOTDIR-}\""]).env("ZDOTDIR", folder).stderr(Stdio::null());
    let (status, printed) = subprocess::output(&mut command, Duration::from_secs(5)).ok()?;
    let other = Path::new(printed.as_str());
    (status.success() && other != folder && !printed.is_empty()).then(|| other.to_owned())
}

/// Whether this zsh may set ZDOTDIR by itself: it is a script around zsh, or a start-up file of the system, at one of the
/// places where builds of zsh have it, is not seen to leave it alone.
fn may_lead_away(zsh: &OsStr) -> bool {
    let Ok(program) = Path::new(zsh).canonicalize() else { return true };
    let mut start = [0; 2];
    if File::open(&program).and_then(|mut file| file.read_exact(&mut start)).is_err() || start == *b"#!" {
        return true;
    }
    let own = program.parent().and_then(Path::parent).map(|prefix| prefix.join("etc"));
    let folders = [Some("/etc".into()), own.filter(|own| own != Path::new("/usr/etc"))];
    let files = folders.iter().flatten().flat_map(|etc| ["zshenv", "zsh/zshenv"].map(|name| etc.join(name)));
    files.map(fs::read_to_string).any(|text| match text {
        Ok(text) => !leaves_zdotdir(&text),
        Err(error) => error.kind() != ErrorKind::NotFound,
    })
}

/// Whether a start-up file neither names ZDOTDIR nor reads anything else that may.
fn leaves_zdotdir(text: &str) -> bool {
    let code = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let mut words = code.flat_map(|line| line.split(|c: char| c.is_whitespace() || ";&|(){}`".contains(c)));
    words.all(|word| !word.contains("ZDOTDIR") && !matches!(word, "." | "source" | "eval" | "emulate"))
}

/// What `bash --rcfile` reads: your own file as ever, then ours beside this one.
const BASHRC: &str = "\
_awsx_start=${AWSX_START-}
unset AWSX_START
if [[ -f ~/.bashrc ]]; then . ~/.bashrc; fi
. \"${BASH_SOURCE[0]%/*}/awsx.bash\"
_awsx_begin
";

/// Code that lays `env` over a shell's variables, for a person's own `eval`.
pub fn code(env: &ChildEnv, dialect: Dialect) -> Zeroizing<String> {
    let set = env.set.iter().map(|(name, value)| dialect.export(name, value.expose()));
    let unset = names(&env.unset).map(|name| Zeroizing::new(dialect.unset(name)));
    let lines: Vec<Zeroizing<String>> = set.chain(unset).collect();
    join(std::iter::once(HEADER).chain(lines.iter().map(|line| line.as_str())))
}

/// The same for the function `_awsx_take` of the scripts: `before`, then a line for each variable that is set, and one
/// for all that are removed, as every line takes a shell its time.
pub fn lines(before: &str, env: &ChildEnv) -> Zeroizing<String> {
    let lines: Vec<Zeroizing<String>> = env.set.iter().map(|(name, value)| set_line(name, value)).collect();
    let removed: Vec<&str> = names(&env.unset).collect();
    let unset = if removed.is_empty() { String::new() } else { format!("unset {}\n", removed.join(" ")) };
    join([HEADER, before].into_iter().chain(lines.iter().map(|line| line.as_str())).chain([unset.as_str()]))
}

/// What `awsx shell` leaves for the end of the shell's start: everything that start-up files may have changed but the
/// credentials. Those are in the environment once, by their own names, so that nothing secret is left if a start-up
/// file ends in `exec`. By the ID the script sees whether they are still the session's.
pub fn start(env: &ChildEnv) -> Zeroizing<String> {
    const CREDENTIALS: [&str; 4] =
        [vars::AWS_ACCESS_KEY_ID, vars::AWS_SECRET_ACCESS_KEY, vars::AWS_SESSION_TOKEN, "AWS_SECURITY_TOKEN"];
    let id = env.set.iter().find(|(name, _)| *name == vars::AWS_ACCESS_KEY_ID).map_or("", |(_, id)| id.expose());
    let rest = ChildEnv {
        set: env.set.iter().filter(|(name, _)| !CREDENTIALS.contains(&name.as_ref())).cloned().collect(),
        unset: env.unset.clone(),
    };
    // Where the session has no credentials in the environment there are none to look at.
    let key = if id.is_empty() { String::new() } else { format!("key {id}\n") };
    lines(&key, &rest)
}

/// `set NAME VALUE`; in the value `%` is `%25` and a line end `%0A`.
fn set_line(name: &str, value: &Secret) -> Zeroizing<String> {
    let value = value.expose();
    let mut line = Zeroizing::new(String::with_capacity(name.len() + 3 * value.len() + 6));
    line.extend(["set ", name, " "]);
    for c in value.chars() {
        match c {
            '%' => line.push_str("%25"),
            '\n' => line.push_str("%0A"),
            _ => line.push(c),
        }
    }
    line.push('\n');
    line
}

/// Joins without leaving unwiped pieces behind.
fn join<'a>(parts: impl Iterator<Item = &'a str> + Clone) -> Zeroizing<String> {
    let mut all = Zeroizing::new(String::with_capacity(parts.clone().map(str::len).sum()));
    parts.for_each(|part| all.push_str(part));
    all
}

/// Whether the function of `awsx init` asks, as only that can change its shell: an error for a person who called the
/// program itself.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Usage`] with what to put into which file.
pub fn for_function(app: &App, verb: &str, shell: Option<ShellName>) -> Result<()> {
    if shell.is_some() && !std::io::stdout().is_terminal() {
        return Ok(());
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
    fn a_file_that_may_set_zdotdir_is_not_taken_for_one_that_leaves_it() {
        for (text, leaves) in [
            ("", true),
            ("# ZDOTDIR=x\n  # . x\nif [[ -z \"$PATH\" ]]\nthen\n\texport PATH=/usr/bin:/games\nfi\n", true),
            ("export ZDOTDIR=$HOME/.config/zsh", false),
            ("[ -e /etc/profile ] && . /etc/profile", false),
            ("{source /etc/x}", false),
            ("x=1;eval \"$y\"", false),
            ("emulate sh -c '. /etc/profile'", false),
        ] {
            assert_eq!(leaves_zdotdir(text), leaves, "{text}");
        }
    }

    fn env() -> ChildEnv {
        let secret = |text: &str| Secret::new(text.into());
        ChildEnv {
            set: vec![
                (vars::AWSX_PROFILE.into(), secret("it's")),
                (vars::AWS_ACCESS_KEY_ID.into(), secret("ASIA1")),
                (vars::AWS_SECRET_ACCESS_KEY.into(), secret("100%\n25")),
            ],
            unset: ["AWS_PROFILE", "AWS_CONTAINER_A-B", "AWS_CONTAINER_$(x)"].map(Into::into).to_vec(),
        }
    }

    #[test]
    fn code_sets_and_removes_what_a_shell_can() {
        assert_eq!(
            code(&env(), Dialect::Posix).as_str(),
            "# awsx\nexport AWSX_PROFILE='it'\\''s'\nexport AWS_ACCESS_KEY_ID='ASIA1'\n\
             export AWS_SECRET_ACCESS_KEY='100%\n25'\nunset AWS_PROFILE\n"
        );
        assert!(code(&env(), Dialect::Fish).ends_with("\n_awsx_hide AWS_PROFILE\n"));
    }

    #[test]
    fn lines_have_one_for_each_variable() {
        assert_eq!(
            lines("keep A\n", &env()).as_str(),
            "# awsx\nkeep A\nset AWSX_PROFILE it's\nset AWS_ACCESS_KEY_ID ASIA1\n\
             set AWS_SECRET_ACCESS_KEY 100%25%0A25\nunset AWS_PROFILE\n"
        );
    }

    #[test]
    fn a_start_has_no_credentials() {
        assert_eq!(start(&env()).as_str(), "# awsx\nkey ASIA1\nset AWSX_PROFILE it's\nunset AWS_PROFILE\n");
    }
}
