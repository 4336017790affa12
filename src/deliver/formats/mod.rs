//! What `awsx env` and `awsx unset` print: variables as code for a shell or as lines for a program. Pure.
//!
//! Every reader gets exactly the value, or the format is refused for it. In bash and fish each line ends with `;`, as
//! in the output of ssh-agent: ``eval `awsx env` `` without quotes joins the lines.

pub mod credentials;
mod words;

use zeroize::Zeroizing;

use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::vars;
use crate::cli::Format;
use crate::deliver::quote::names;
use crate::deliver::session_env::ChildEnv;

/// Shown instead of a secret.
pub const HIDDEN: &str = "********";

/// The variables that hold a secret of the session.
pub const SECRET: [&str; 3] = [vars::AWS_SECRET_ACCESS_KEY, vars::AWS_SESSION_TOKEN, "AWS_SECURITY_TOKEN"];

/// What awsx notes for itself as JSON, which the Windows command prompt has no safe way to write.
const NOTES: [&str; 2] = [vars::AWSX_SETTINGS, vars::AWSX_SESSION_ARGS];

/// The same variables without the secrets, to be shown to a person.
#[must_use]
pub fn hidden(mut env: ChildEnv) -> ChildEnv {
    for (_, value) in env.set.iter_mut().filter(|(name, _)| SECRET.contains(&&**name)) {
        *value = Secret::new(HIDDEN.into());
    }
    env
}

/// The text that changes the variables of whoever reads it as `env` says. `parent` is the environment of awsx.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a value that the format can't hold,
/// [`crate::base::error::ErrorKind::Usage`] for a format that has no variables.
pub fn variables(env: &ChildEnv, format: Format, parent: &Env) -> Result<Zeroizing<String>> {
    let set: usize = env.set.iter().map(|(name, value)| name.len() + words::LONGER * value.expose().len() + 64).sum();
    let removed: usize = env.unset.iter().map(|name| name.len() + 128).sum();
    // Allocated once: a text that grows leaves unwiped copies behind.
    let mut text = Zeroizing::new(String::with_capacity(set + removed));
    match format {
        Format::Bash | Format::Fish | Format::Powershell | Format::Cmd => {
            names(&env.unset).for_each(|name| unset(&mut text, format, name));
            if format == Format::Fish {
                universal(&mut text, env, parent);
            }
        }
        Format::Prefix => {
            text.push_str("env");
            names(&env.unset).for_each(|name| text.extend([" -u ", name]));
        }
        Format::Dotenv => {}
        Format::Json | Format::Ini | Format::Sql => {
            return Err(
                Error::usage("this format has no variables").hint("--format bash, fish, powershell, cmd or prefix")
            );
        }
    }
    for (name, value) in &env.set {
        // The functions of awsx for a shell read these, and there are none for this one.
        if format == Format::Cmd && NOTES.contains(&&**name) {
            unset(&mut text, format, name);
            continue;
        }
        export(&mut text, format, name, value).map_err(|why| {
            Error::config(format!("{name} can't be written in this format"))
                .cause(why)
                .hint("another --format, or change the setting that it comes from")
        })?;
    }
    match format {
        Format::Prefix => text.push('\n'),
        // `set` leaves the status of the command before it, and to remove what isn't there is a failure.
        Format::Fish => text.push_str("true;\n"),
        _ => {}
    }
    Ok(text)
}

/// A word as a person may type it in any shell.
pub fn word(value: &str) -> String {
    let mut word = String::new();
    words::any_shell(&mut word, value);
    word
}

fn unset(text: &mut String, format: Format, name: &str) {
    match format {
        Format::Fish => text.extend(["set -eg ", name, ";\n"]),
        Format::Powershell => text.extend(["$Env:", name, " = $null\n"]),
        Format::Cmd => text.extend(["set \"", name, "=\"\n"]),
        _ => text.extend(["unset ", name, ";\n"]),
    }
}

/// Adds a variable, or says why it can't be done.
fn export(text: &mut String, format: Format, name: &str, value: &Secret) -> std::result::Result<(), &'static str> {
    let value = value.expose();
    match format {
        Format::Fish => {
            text.extend(["set -gx ", name, " "]);
            words::fish(text, value);
            text.push_str(";\n");
        }
        Format::Powershell => {
            text.extend(["$Env:", name, " = "]);
            words::powershell(text, value);
            text.push('\n');
        }
        Format::Cmd => {
            text.extend(["set \"", name, "="]);
            words::cmd(text, value)?;
            text.push_str("\"\n");
        }
        Format::Dotenv => {
            text.extend([name, "="]);
            words::dotenv(text, value)?;
            text.push('\n');
        }
        Format::Prefix => {
            text.extend([" ", name, "="]);
            words::any_shell(text, value);
        }
        _ => {
            text.extend(["export ", name, "="]);
            words::posix(text, value);
            text.push_str(";\n");
        }
    }
    Ok(())
}

/// fish passes an exported universal variable on to every command, whatever is done to the global one of this name.
/// It is made to name the session's own profile.
fn universal(text: &mut String, env: &ChildEnv, parent: &Env) {
    let Some((_, profile)) = env.set.iter().find(|(name, _)| *name == vars::AWSX_PROFILE) else { return };
    // awsx itself would have got it.
    for name in [vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE].into_iter().filter(|name| parent.get(name).is_some()) {
        text.extend(["set -qUx ", name, "; and set -gx ", name, " "]);
        words::fish(text, profile.expose());
        text.push_str(";\n");
    }
}

#[cfg(test)]
mod tests;
