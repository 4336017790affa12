//! The integration of the shell: whether a start-up file loads it, and whether something has taken its place since.
//!
//! The function `awsx` of the integration runs inside the shell. It tells what it sees there: what `aws` is, and
//! whether the hook of the prompt is still in its place. No shell is started to find that out: a start-up file may do
//! anything. Without the function only the start-up files are read.

use std::fs;
use std::path::PathBuf;

use super::super::checks;
use super::super::finding::{Finding, said};
use crate::app::App;
use crate::base::vars;
use crate::cli::ShellName;
use crate::deliver::shells::shell_of;

/// Longest start-up file that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// Checks the integration. `says`: what its function sees, `bash:ours:there`.
pub fn check(app: &App, says: Option<&str>, seen: &mut Vec<String>, found: &mut Vec<Finding>) {
    match says.map(|says| says.splitn(3, ':').collect::<Vec<_>>()).as_deref() {
        Some([shell, aws, hook]) => {
            seen.push(format!("the integration of {}", said(shell)));
            found.extend(shadowed(app, shell, aws));
            if *hook == "gone" {
                let what = format!(
                    "something in this {} has taken the hook of awsx away: its prompt doesn't follow the session",
                    said(shell)
                );
                found.push(
                    Finding::new(checks::HOOK_GONE, what).fix("load awsx after it, at the end of the start-up file"),
                );
            }
        }
        _ => found.extend(not_loaded(app)),
    }
}

/// What a person gets for `aws` instead of the function of awsx.
fn shadowed(app: &App, shell: &str, aws: &str) -> Option<Finding> {
    let wanted = app.env.get(vars::AWSX_SHIMS).is_none_or(|shims| shims.split([' ', ',']).any(|shim| shim == "aws"));
    let (what, fix) = match aws {
        "alias" => ("an alias `aws` comes before the function of awsx", "give the alias another name"),
        "function" => (
            "a function `aws` that was defined later has taken the place of awsx's",
            "define it above the line that loads awsx: awsx calls it then",
        ),
        "file" if wanted => {
            ("the function `aws` of awsx is gone from this shell", "open a new shell, or load awsx again")
        }
        _ => return None,
    };
    let what = format!("{what}: `aws` doesn't renew the session in this {}", said(shell));
    Some(Finding::new(checks::SHADOWED, what).fix(fix))
}

fn not_loaded(app: &App) -> Option<Finding> {
    let shell = shell_of(app.env.os("SHELL")?)?;
    let (name, line) = match shell {
        ShellName::Bash => ("bash", "eval \"$(awsx init bash)\""),
        ShellName::Zsh => ("zsh", "eval \"$(awsx init zsh)\""),
        ShellName::Fish => ("fish", "awsx init fish | source"),
    };
    let files = start_up_files(app, shell);
    let main = files.first()?;
    if let Some((file, number)) = files.iter().find_map(loads) {
        let what = format!(
            "{}:{number} loads the integration of {name}, and it isn't loaded here: the shell is older than that line, has \
             left the file before it, or is another one",
            file.display()
        );
        return Some(Finding::new(checks::INTEGRATION_NOT_LOADED, what).fix("open a new shell"));
    }
    let what = format!("no start-up file of {name} loads awsx, which `awsx use` and `awsx off` need");
    Some(Finding::new(checks::NO_INTEGRATION, what).fix(format!("put `{line}` into {}", main.display())))
}

/// The files that an interactive shell reads, the usual one first.
fn start_up_files(app: &App, shell: ShellName) -> Vec<PathBuf> {
    let Ok(home) = app.home() else { return Vec::new() };
    match shell {
        ShellName::Bash => [".bashrc", ".bash_profile", ".bash_login", ".profile"].map(|name| home.join(name)).to_vec(),
        ShellName::Zsh => {
            let folder = app.env.path("ZDOTDIR").unwrap_or(home);
            [".zshrc", ".zshenv", ".zprofile", ".zlogin"].map(|name| folder.join(name)).to_vec()
        }
        ShellName::Fish => {
            let config = app.env.path("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
            let folder = config.unwrap_or_else(|| home.join(".config")).join("fish");
            let snippets = fs::read_dir(folder.join("conf.d")).into_iter().flatten().flatten();
            let mut snippets: Vec<PathBuf> = snippets.map(|entry| entry.path()).collect();
            snippets.sort();
            [folder.join("config.fish")].into_iter().chain(snippets).collect()
        }
    }
}

/// The first line of a file that loads the integration.
fn loads(file: &PathBuf) -> Option<(&PathBuf, usize)> {
    let regular = fs::metadata(file).ok().filter(|there| there.is_file() && there.len() <= LONGEST);
    let text = regular.and_then(|_| fs::read(file).ok())?;
    let text = String::from_utf8_lossy(&text);
    let number = text.lines().position(|line| !line.trim_start().starts_with('#') && line.contains("awsx init"))?;
    Some((file, number + 1))
}
