//! Which profile is meant: the one place that decides it.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::app::{self, App};
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::ports::Item;
use crate::profile::{Locations, Profiles, a_few};
use crate::select::menu;
use crate::store::folders::{self, Bound};
use crate::store::state;

/// The variables that name a profile, after the one of a session and the folder's; the first that is set counts.
const VARIABLES: [&str; 2] = [vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];

/// What names a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// An argument.
    Argument,
    /// This variable.
    Variable(&'static str),
    /// This folder, which is the one the command runs in or one above it (`awsx use --here`).
    Folder(PathBuf),
    /// Nothing: it is `default`, or whichever a person picks.
    Nothing,
}

/// What names the profile of a command, before any AWS file is read.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// What was said: a name, an account ID, a role ARN or a console URL.
    said: Option<Cow<'a, str>>,
    by: By,
    /// Why it can't be told whether the folder has a profile.
    broken: Option<Error>,
}

impl<'a> Selection<'a> {
    /// The argument; else `AWSX_PROFILE`; else the profile of the folder, which takes one small read; else the
    /// variables of the AWS CLI.
    pub fn of(env: &'a Env, argument: Option<&'a str>) -> Self {
        let of_variable = |name: &'static str| Some((env.get(name)?.into(), By::Variable(name)));
        let mut broken = None;
        let said = argument
            .map(|said| (said.into(), By::Argument))
            .or_else(|| of_variable(vars::AWSX_PROFILE))
            .or_else(|| match of_folder(env) {
                Ok(bound) => bound.map(|bound| (bound.profile.into(), By::Folder(bound.folder))),
                Err(error) => {
                    broken = Some(error);
                    None
                }
            })
            .or_else(|| VARIABLES.into_iter().find_map(of_variable));
        let (said, by) = said.map_or((None, By::Nothing), |(said, by)| (Some(said), by));
        Selection { said, by, broken }
    }

    /// What names the profile.
    pub fn by(&self) -> &By {
        &self.by
    }

    /// The same in words, unless an argument does.
    pub fn why(&self) -> Option<String> {
        match &self.by {
            By::Argument => None,
            By::Variable(name) => Some(format!("{name} names it")),
            By::Folder(folder) => Some(format!("the folder {} is bound to it (awsx use --here)", folder.display())),
            By::Nothing => Some("no profile is named".into()),
        }
    }

    /// The AWS files, as far as this profile needs them.
    ///
    /// # Errors
    /// As for [`Profiles::load`], and if it can't be told whether the folder has a profile.
    pub fn profiles(&self, env: &Env) -> Result<Profiles> {
        self.is_whole()?;
        match &self.said {
            Some(name) => Profiles::load_for(env, name),
            // A person may pick one, so all are needed.
            None => Profiles::load(env),
        }
    }

    fn is_whole(&self) -> Result<()> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// The profile that was named, else `default` if there is one. A name that fits no profile is an error, never a
    /// reason to go on to the next variable or to `default`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a profile that doesn't exist, and if it can't be told whether the
    /// folder has a profile.
    pub fn named(&self, profiles: &Profiles) -> Result<Option<String>> {
        self.is_whole()?;
        let Some(said) = &self.said else {
            return Ok(profiles.contains("default").then(|| "default".into()));
        };
        profiles.find(said).map(Some).map_err(|e| match &self.by {
            By::Variable(variable) => Error { what: format!("{variable}: {}", e.what), ..e },
            By::Folder(folder) => {
                Error { what: format!("the folder {} is bound to {said}: {}", folder.display(), e.what), ..e }
                    .hint("awsx use --here PROFILE binds it to another; awsx use --forget ends that")
            }
            By::Argument | By::Nothing => e,
        })
    }

    /// The profile that is meant: [`Selection::named`], else whichever a person picks.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a profile that doesn't exist,
    /// [`crate::base::error::ErrorKind::Input`] if none is named and nobody can be asked.
    pub fn profile(&self, app: &App, profiles: &Profiles) -> Result<String> {
        let said = self.named(profiles)?;
        let fits = |name: &String| {
            self.said.is_some() || starts_somewhere(app, profiles, name) || profiles.names() == [name.as_str()]
        };
        if let Some(name) = said.filter(fits) {
            return Ok(name);
        }
        if app.prompter.can_ask() && !profiles.names().is_empty() {
            app.prompter.say(if profiles.contains("default") {
                "no profile is named, and default has nothing to start from"
            } else {
                "no profile is named, and there is no default"
            });
        }
        picked(app, profiles)
    }
}

/// The error where there is no profile at all.
pub fn no_profiles(app: &App) -> Error {
    let error = Error::config("there are no profiles yet");
    let error = match Locations::of(&app.env) {
        Ok(at) => error.cause(format!("neither {} nor {} has one", at.config.display(), at.credentials.display())),
        Err(_) => error,
    };
    error.hint("a sign-in in the browser: awsx import sso, or awsx login NAME --console; a key pair: awsx add NAME")
}

/// The profile that a command is about, and the AWS files as far as it needs them. The folder is looked at once.
///
/// # Errors
/// As [`Selection::profiles`] and [`Selection::profile`].
pub fn chosen(app: &App, argument: Option<&str>) -> Result<(Profiles, String)> {
    let selection = Selection::of(&app.env, argument);
    let profiles = selection.profiles(&app.env)?;
    let name = selection.profile(app, &profiles)?;
    Ok((profiles, name))
}

/// The profile that a person picks, as none is named.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is none, [`crate::base::error::ErrorKind::Input`] if nobody can
/// be asked, or nobody picks.
pub fn picked(app: &App, profiles: &Profiles) -> Result<String> {
    let names = profiles.names();
    if names.is_empty() {
        return Err(no_profiles(app));
    }
    if !app.prompter.can_ask() {
        return Err(Error::input("no profile named, and there is no default profile to start from")
            .hint(format!("name one of: {}", a_few(&names))));
    }
    menu::pick(app, profiles, None, &[]).map(|(name, _)| name)
}

/// The folder that the command runs in, or the nearest one above it, with the profile that it is bound to.
///
/// # Errors
/// As [`folders::nearest`].
pub fn of_folder(env: &Env) -> Result<Option<Bound>> {
    // getcwd(2) gives a path without links. A folder that has been removed has none, and no profile.
    match (std::env::current_dir(), app::xdg(env, "XDG_STATE_HOME", ".local/state")) {
        (Ok(here), Ok(dir)) => folders::nearest(&dir, &here),
        _ => Ok(None),
    }
}

/// The profile whose settings the AWS CLI would take: it knows neither arguments of awsx nor folders.
pub fn around(env: &Env) -> &str {
    env.get(vars::AWSX_PROFILE).or_else(|| env.first(&VARIABLES)).unwrap_or("default")
}

/// The profiles of a list with commas, each once; `None` if it is no list, or if a profile has that very name.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a name that fits no profile.
pub fn listed(profiles: &Profiles, said: &str) -> Result<Option<Vec<String>>> {
    if !said.contains(',') || profiles.contains(said) {
        return Ok(None);
    }
    let mut names = Vec::new();
    for name in said.split(',') {
        let name = profiles.find(name.trim())?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(Some(names))
}

/// Whether the profile exists and its credentials could come from somewhere. A `default` that only sets a region, say,
/// has none.
fn starts_somewhere(app: &App, profiles: &Profiles, name: &str) -> bool {
    let Some(profile) = profiles.get(name) else { return false };
    let known = || app.state_dir().is_ok_and(|dir| state::load(&dir, name).access_key_id.is_some());
    // A keychain that fails will fail again, and be reported, where the keys are read.
    let stored = || !matches!(app.keychain.get(&Item::Keys(name.to_owned())), Ok(None));
    profile.names_a_source() || known() || stored()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Kit;

    #[test]
    fn the_argument_then_the_variables_then_default() {
        let config = "[default]\ncredential_process = x\n[profile a]\n[profile b]\n[profile c]\n";
        let table = [
            (Some("a"), "AWSX_PROFILE=b", "a"),
            (None, "AWSX_PROFILE=b AWS_PROFILE=c", "b"),
            (None, "AWS_PROFILE=c AWS_DEFAULT_PROFILE=a", "c"),
            (None, "AWS_DEFAULT_PROFILE=a", "a"),
            (None, "AWSX_PROFILE= AWS_PROFILE=c", "c"),
            (None, "", "default"),
            (Some("x"), "AWSX_PROFILE=b", "no profile x"),
            (None, "AWSX_PROFILE=x AWS_PROFILE=c", "AWSX_PROFILE: no profile x"),
        ];
        for (argument, variables, want) in table {
            let kit = Kit::with_env(&variables.split(' ').filter_map(|v| v.split_once('=')).collect::<Vec<_>>());
            kit.config(config);
            let profiles = Profiles::load(&kit.app.env).unwrap();
            let got = Selection::of(&kit.app.env, argument).profile(&kit.app, &profiles);
            assert_eq!(got.unwrap_or_else(|e| e.what), want, "{argument:?} {variables}");
        }
    }

    #[test]
    fn of_many_profiles_an_error_names_a_few() {
        let named = |count: usize| {
            let kit = Kit::new();
            kit.config(&(1..=count).map(|i| format!("[profile p{i:02}]")).collect::<Vec<_>>().join("\n"));
            let profiles = Profiles::load(&kit.app.env).unwrap();
            Selection::of(&kit.app.env, None).profile(&kit.app, &profiles).unwrap_err().hint.unwrap()
        };
        assert_eq!(named(2), "name one of: p01, p02");
        assert!(named(10).ends_with("p09, p10") && named(11).ends_with("p09, p10 … (`awsx list` shows all)"));
    }

    #[test]
    fn settings_for_all_are_no_profile_to_start_from() {
        let chosen = |config: &str| {
            let kit = Kit::new();
            kit.config(config);
            Selection::of(&kit.app.env, None).profile(&kit.app, &Profiles::load(&kit.app.env).unwrap())
        };
        assert_eq!(chosen("[default]\nregion = eu-west-1\n").unwrap(), "default");
        let error = chosen("[default]\nregion = eu-west-1\n[profile prod]\n").unwrap_err();
        assert_eq!(error.kind, crate::base::error::ErrorKind::Input);
        for source in ["credential_process = x", "aws_access_key_id = x", "sso_session = x", "source_profile = prod"] {
            assert_eq!(chosen(&format!("[default]\n{source}\n[profile prod]\n")).unwrap(), "default", "{source}");
        }
        let kit = Kit::new();
        kit.config("[default]\nregion = eu-west-1\n[profile prod]\n");
        let profiles = Profiles::load(&kit.app.env).unwrap();
        kit.prompter.answer("1");
        assert_eq!(Selection::of(&kit.app.env, None).profile(&kit.app, &profiles).unwrap(), "prod");
        kit.app.keychain.set(&Item::Keys("default".into()), &crate::base::secret::Secret::new("x".into())).unwrap();
        assert_eq!(Selection::of(&kit.app.env, None).profile(&kit.app, &profiles).unwrap(), "default");
    }
}
