//! Which profile is meant: the one place that decides it.

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::ports::Item;
use crate::profile::{Profiles, a_few};
use crate::select::listing;
use crate::store::state;

/// The variables that name a profile; the first that is set counts.
const VARIABLES: [&str; 3] = [vars::AWSX_PROFILE, vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE];

/// What names the profile of a command, before any file is read.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    /// What was said: a name, an account ID, a role ARN or a console URL.
    said: Option<&'a str>,
    /// The variable that says it, if no argument does.
    variable: Option<&'static str>,
}

impl<'a> Selection<'a> {
    /// The argument, else the first variable that names a profile.
    pub fn of(env: &'a Env, argument: Option<&'a str>) -> Self {
        let variable = VARIABLES.into_iter().find(|name| argument.is_none() && env.get(name).is_some());
        Selection { said: argument.or_else(|| env.get(variable?)), variable }
    }

    /// Whether a variable names the profile.
    pub fn is_from_variable(&self) -> bool {
        self.variable.is_some()
    }

    /// What was said, or `default`.
    pub fn said_or_default(&self) -> &'a str {
        self.said.unwrap_or("default")
    }

    /// The AWS files, as far as this profile needs them.
    ///
    /// # Errors
    /// As for [`Profiles::load`].
    pub fn profiles(&self, env: &Env) -> Result<Profiles> {
        match self.said {
            Some(name) => Profiles::load_for(env, name),
            // A person may pick one, so all are needed.
            None => Profiles::load(env),
        }
    }

    /// The profile that was named, else `default` if there is one. A name that fits no profile is an error, never a reason
    /// to go on to the next variable or to `default`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a profile that doesn't exist.
    pub fn named(&self, profiles: &Profiles) -> Result<Option<String>> {
        let Some(said) = self.said else {
            return Ok(profiles.contains("default").then(|| "default".into()));
        };
        profiles.find(said).map(Some).map_err(|e| match self.variable {
            Some(variable) => Error { what: format!("{variable}: {}", e.what), ..e },
            None => e,
        })
    }

    /// The profile that is meant: [`Selection::named`], else whichever a person picks.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a profile that doesn't exist, [`crate::base::error::ErrorKind::Input`]
    /// if none is named and nobody can be asked.
    pub fn profile(&self, app: &App, profiles: &Profiles) -> Result<String> {
        let said = self.named(profiles)?;
        let fits = |name: &String| {
            self.said.is_some() || starts_somewhere(app, profiles, name) || profiles.names() == [name.as_str()]
        };
        if let Some(name) = said.filter(fits) {
            return Ok(name);
        }
        let names = profiles.names();
        if names.is_empty() {
            return Err(Error::config("there are no profiles yet").hint("awsx add PROFILE"));
        }
        if !app.prompter.can_ask() {
            return Err(Error::input("no profile named, and there is no default profile to start from")
                .hint(format!("name one of: {}", a_few(&names))));
        }
        listing::choose(app, &listing::rows(app, profiles))
    }
}

/// Whether the profile exists and its credentials could come from somewhere. A `default` that only sets a region, say,
/// has none.
fn starts_somewhere(app: &App, profiles: &Profiles, name: &str) -> bool {
    let Some(profile) = profiles.get(name) else { return false };
    let known = || app.state_dir().is_ok_and(|dir| state::load(&dir, name).access_key_id.is_some());
    // A keychain that fails will fail again, and be reported, where the keys are read.
    let stored = || !matches!(app.keychain.get(&Item::Keys(name.to_owned())), Ok(None));
    STARTS.iter().any(|key| profile.has(key)) || known() || stored()
}

/// The keys that say where credentials come from.
const STARTS: [&str; 11] = [
    "aws_access_key_id",
    "role_arn",
    "source_profile",
    "credential_source",
    "credential_process",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "login_session",
    "include_profile",
];

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
