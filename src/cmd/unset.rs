//! `awsx unset`.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::Path;

use crate::app::App;
use crate::base::columns::{cut, row, widths};
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::base::saved_env::SavedEnv;
use crate::base::terminal_text;
use crate::base::vars;
use crate::cli::{self, Format};
use crate::deliver::formats;
use crate::deliver::session_env::{ChildEnv, cleared};
use crate::deliver::shells;
use crate::profile::Locations;

/// How much of a value is shown.
const SHOWN: usize = 60;

/// Runs `awsx unset`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Unset) -> Result<u8> {
    let files = Files::of(app)?;
    let env = cleared(&app.env, &files.gone);
    // A person, who sees it. Without the function of `awsx init` nothing can be changed from here.
    let asked = args.shell.is_some() && args.format.is_none();
    if !asked && (args.format.is_some() || !std::io::stdout().is_terminal()) {
        let format = args.format.unwrap_or_else(|| shells::format_of(&app.env));
        if !matches!(format, Format::Bash | Format::Fish | Format::Powershell | Format::Cmd | Format::Prefix) {
            return Err(Error::usage("this format can't remove variables")
                .hint("--format bash, fish, powershell, cmd or prefix"));
        }
        output::text(&formats::variables(&env, format, &app.env)?)?;
        return Ok(0);
    }
    let rows = rows(app, &env, &files.kept);
    if rows.is_empty() {
        app.prompter.say("no session and no credentials are set in this shell");
        return Ok(0);
    }
    let widths = widths(&rows);
    let lines: Vec<String> = rows.iter().map(|cells| row(cells, &widths)).collect();
    if !asked {
        output::lines(&lines)?;
        app.prompter.say(&format!(
            "nothing is changed yet: {} does it",
            match shells::format_of(&app.env) {
                Format::Fish => "`awsx unset | source`",
                _ => "`eval \"$(awsx unset)\"`",
            }
        ));
        return Ok(0);
    }
    for line in &lines {
        app.prompter.say(line);
    }
    if !app.confirm("Remove these from this shell?")? {
        return Err(Error::failed("nothing was removed"));
    }
    output::text(&shells::lines("", &env))?;
    Ok(0)
}

/// The person's own variables that name files: those of missing files are removed, the others are settings. What a
/// session has set becomes again what it was, whatever it names.
struct Files {
    gone: Vec<&'static str>,
    kept: Vec<&'static str>,
}

impl Files {
    fn of(app: &App) -> Result<Self> {
        let at = Locations::of(&app.env)?;
        let bundle = app.env.get(vars::AWS_CA_BUNDLE).map(|path| app.env.expand(path)).unwrap_or_default();
        let all = [
            (vars::AWS_CONFIG_FILE, at.config.as_path()),
            (vars::AWS_SHARED_CREDENTIALS_FILE, at.credentials.as_path()),
            (vars::AWS_CA_BUNDLE, Path::new(&bundle)),
        ];
        let saved = SavedEnv::of(&app.env);
        let set = all.into_iter().filter(|(name, _)| app.env.os(name).is_some() && saved.before(name).is_none());
        let (kept, gone): (Vec<_>, Vec<_>) = set.partition(|(_, path)| path.is_file());
        let names = |of: Vec<(&'static str, &Path)>| of.into_iter().map(|(name, _)| name).collect();
        Ok(Files { gone: names(gone), kept: names(kept) })
    }
}

/// What is set: each variable, its value, and what becomes of it if it isn't removed.
fn rows(app: &App, env: &ChildEnv, kept: &[&str]) -> Vec<[String; 3]> {
    let shown = |name: &OsStr| {
        let (name, value) = (name.to_str()?, app.env.os(name.to_str()?)?.to_string_lossy());
        let secret = ["SECRET", "TOKEN"].iter().any(|word| name.contains(word))
            || name == vars::AWSX_SESSION
            || vars::SECRETS.contains(&name);
        let value = if secret { formats::HIDDEN.to_owned() } else { cut(&terminal_text::line(&value), SHOWN) };
        Some((terminal_text::line(name), value))
    };
    let set = env.set.iter().filter_map(|(name, own)| {
        let (name, value) = shown(OsStr::new(&**name))?;
        Some([name, value, format!("becomes {} again", cut(&terminal_text::line(own.expose()), SHOWN))])
    });
    let removed = env.unset.iter().filter_map(|name| shown(name)).map(|(name, value)| [name, value, String::new()]);
    let mut rows: Vec<[String; 3]> = removed.chain(set).collect();
    if !rows.is_empty() {
        let kept = kept.iter().filter_map(|name| shown(OsStr::new(name)));
        rows.extend(kept.map(|(name, value)| [name, value, "stays: there is such a file".to_owned()]));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Kit;

    #[test]
    fn what_a_session_has_set_is_no_file_of_the_persons() {
        let settings = r#"{"AWS_CONFIG_FILE":["/dev/null",null],"AWS_CA_BUNDLE":["/its",null]}"#;
        let kit = Kit::with_env(&[
            (vars::AWSX_SETTINGS, settings),
            (vars::AWSX_VIA, "server"),
            (vars::AWS_CONFIG_FILE, "/dev/null"),
            (vars::AWS_CA_BUNDLE, "/its"),
            (vars::AWS_SHARED_CREDENTIALS_FILE, "/nowhere"),
            (vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, "/run/token"),
        ]);
        kit.config("[profile prod]\n");
        let files = Files::of(&kit.app).unwrap();
        assert_eq!((files.gone.as_slice(), files.kept.as_slice()), (&[vars::AWS_SHARED_CREDENTIALS_FILE][..], &[][..]));
        let env = cleared(&kit.app.env, &files.gone);
        for name in [vars::AWS_CONFIG_FILE, vars::AWS_CA_BUNDLE, vars::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE] {
            assert!(env.unset.iter().any(|removed| removed == name), "{name}");
        }
        let rows = rows(&kit.app, &env, &files.kept);
        assert_eq!(rows.iter().filter(|[name, ..]| name == vars::AWS_CONFIG_FILE).count(), 1, "{rows:?}");
    }
}
