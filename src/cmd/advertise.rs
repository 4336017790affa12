//! `awsx advertise`: limits in the Parameter Store, for administrators.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::advertise::parameter::{FOLDERS, Parameter, RoleName};
use crate::advertise::ssm_region;
use crate::app::App;
use crate::aws::errors::{self, Context};
use crate::base::columns;
use crate::base::error::{Error, Result};
use crate::base::output;
use crate::cli::{self, AdvertiseVerb, SessionArgs};
use crate::plan::endpoint::endpoint;
use crate::ports::{CallError, Caller, Endpoint};
use crate::profile::Profiles;
use crate::select::request;
use crate::session::{self, Session};
use crate::store::state;

/// Runs `awsx advertise`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Advertise) -> Result<u8> {
    match &args.verb {
        AdvertiseVerb::Show(args) => show(app, args),
        AdvertiseVerb::Set(args) => set(app, args),
        AdvertiseVerb::Delete(args) => delete(app, args),
    }?;
    Ok(0)
}

fn show(app: &App, args: &cli::AdvertiseShow) -> Result<()> {
    let account = Account::open(app, args.profile.as_deref(), &args.session)?;
    let mut found = Vec::new();
    for folder in FOLDERS {
        found.extend(account.done(app.ssm.parameters_below(account.caller(), folder))?);
    }
    let known: Vec<(Parameter, String)> =
        found.into_iter().filter_map(|(name, value)| Some((Parameter::of_name(&name)?, value))).collect();
    if args.json {
        return output::json(&known.iter().map(|(parameter, value)| as_json(parameter, value)).collect::<Vec<_>>());
    }
    if known.is_empty() {
        app.prompter.say("nothing is advertised here; `awsx advertise set` does that");
    }
    let row = |(parameter, value): &(Parameter, String)| [parameter.about_what(), parameter.in_words(value)];
    output::lines(columns::table(&known.iter().map(row).collect::<Vec<_>>()).lines())
}

/// See docs/reference.md.
fn as_json(parameter: &Parameter, value: &str) -> Value {
    let (setting, account, role) = match parameter {
        Parameter::MfaLength => ("mfa-length", None, None),
        Parameter::RoleLength(role) => ("role-length", Some(&role.account), Some(&role.name)),
        Parameter::RoleMfa(role) => ("role-mfa", Some(&role.account), Some(&role.name)),
        Parameter::Alias(account) => ("alias", Some(account), None),
    };
    let usable = parameter.value(value).is_some();
    json!({"parameter": parameter.name(), "setting": setting, "account": account, "role": role, "value": value, "usable": usable})
}

fn set(app: &App, args: &cli::AdvertiseSet) -> Result<()> {
    let wanted = wanted(args)?;
    let account = Account::open(app, args.profile.as_deref(), &args.session)?;
    let before = account.read(wanted.iter().map(|(parameter, _)| parameter))?;
    let mut changes = Vec::new();
    for ((parameter, value), before) in wanted.into_iter().zip(before) {
        if before.as_deref() == Some(&value) {
            app.prompter.say(&format!("{}: {} already", parameter.about_what(), parameter.in_words(&value)));
            account.remember(&parameter, Some(&value));
        } else {
            changes.push((parameter, value, before));
        }
    }
    let replaced = changes.iter().filter_map(|(parameter, value, before)| {
        let (before, after) = (parameter.in_words(before.as_deref()?), parameter.in_words(value));
        Some(format!("{} from {before} to {after}", parameter.about_what()))
    });
    let replaced: Vec<String> = replaced.collect();
    if !replaced.is_empty() && !app.confirm(&format!("Change {}?", replaced.join(", ")))? {
        return Err(Error::failed("nothing was changed"));
    }
    for (parameter, value, before) in changes {
        account.done(app.ssm.put_parameter(account.caller(), &parameter.name(), &value, before.is_some()))?;
        account.remember(&parameter, Some(&value));
        app.prompter.say(&format!("{}: {} from now on", parameter.about_what(), parameter.in_words(&value)));
    }
    Ok(())
}

/// The parameters that are to be set, and the values as they are stored.
fn wanted(args: &cli::AdvertiseSet) -> Result<Vec<(Parameter, String)>> {
    let role = args.role.as_deref().map(RoleName::parse).transpose()?;
    let of_role = |parameter: fn(RoleName) -> Parameter| role.clone().map(parameter);
    let flag = args.role_mfa.map(|required| required.to_string());
    let mut all = vec![
        (Some(Parameter::MfaLength), args.mfa_length.as_ref()),
        (of_role(Parameter::RoleLength), args.role_length.as_ref()),
        (of_role(Parameter::RoleMfa), flag.as_ref()),
    ];
    if args.alias.is_some() {
        all.push((Some(Parameter::Alias(alias_of(args.account.as_ref(), role.as_ref())?)), args.alias.as_ref()));
    }
    let given = all.into_iter().filter_map(|(parameter, value)| parameter.zip(value));
    given.map(|(parameter, value)| parameter.stored(value).map(|value| (parameter, value))).collect()
}

/// The account whose alias is meant.
fn alias_of(account: Option<&String>, role: Option<&RoleName>) -> Result<String> {
    let account = account.or(role.map(|role| &role.account));
    account.cloned().ok_or_else(|| Error::usage("--alias needs an account").hint("--account 123456789012, or --role"))
}

fn delete(app: &App, args: &cli::AdvertiseDelete) -> Result<()> {
    let unwanted = unwanted(args)?;
    let account = Account::open(app, args.profile.as_deref(), &args.session)?;
    let before = account.read(&unwanted)?;
    let (there, absent): (Vec<_>, Vec<_>) = unwanted.into_iter().zip(before).partition(|(_, value)| value.is_some());
    for (parameter, _) in &absent {
        account.remember(parameter, None);
    }
    if there.is_empty() {
        let what: Vec<String> = absent.iter().map(|(parameter, _)| parameter.about_what()).collect();
        return Err(Error::failed(format!("not advertised: {}", what.join(", "))).hint("awsx advertise show"));
    }
    let shown: Vec<String> = there
        .iter()
        .map(|(parameter, value)| {
            format!("{} ({})", parameter.about_what(), parameter.in_words(value.as_deref().unwrap_or_default()))
        })
        .collect();
    if !app.confirm(&format!("Stop advertising {}?", shown.join(", ")))? {
        return Err(Error::failed("nothing was deleted"));
    }
    for (parameter, _) in there {
        account.done(app.ssm.delete_parameter(account.caller(), &parameter.name()))?;
        account.remember(&parameter, None);
        app.prompter.say(&format!("{}: no longer advertised", parameter.about_what()));
    }
    Ok(())
}

/// The parameters that are to be deleted.
fn unwanted(args: &cli::AdvertiseDelete) -> Result<Vec<Parameter>> {
    let role = args.role.as_deref().map(RoleName::parse).transpose()?;
    let all_of_it = !args.role_length && !args.role_mfa && !args.alias;
    let mut unwanted = Vec::new();
    if args.mfa_length {
        unwanted.push(Parameter::MfaLength);
    }
    if let Some(role) = &role {
        if args.role_length || all_of_it {
            unwanted.push(Parameter::RoleLength(role.clone()));
        }
        if args.role_mfa || all_of_it {
            unwanted.push(Parameter::RoleMfa(role.clone()));
        }
    }
    if args.alias {
        unwanted.push(Parameter::Alias(alias_of(args.account.as_ref(), role.as_ref())?));
    }
    Ok(unwanted)
}

/// The account that advertises, and who acts in it.
struct Account<'a> {
    app: &'a App,
    profiles: Profiles,
    session: Session,
    at: Endpoint,
}

impl<'a> Account<'a> {
    fn open(app: &'a App, profile: Option<&str>, args: &SessionArgs) -> Result<Self> {
        let profiles = Profiles::load(&app.env)?;
        let request = request::from_args(app, &profiles, profile, args)?;
        let session = session::obtain(app, &profiles, &request)?;
        let profile = profiles.get(&session.profile).ok_or_else(|| Error::config("the profile is gone"))?;
        let at = endpoint(&app.env, &profiles, &profile, "ssm", Some(ssm_region(&app.env)))?;
        Ok(Account { app, profiles, session, at })
    }

    fn caller(&self) -> Caller<'_> {
        Caller::new(&self.session.credentials, &self.at)
    }

    /// What a call gave, or its failure in words.
    fn done<T>(&self, answer: std::result::Result<T, CallError>) -> Result<T> {
        let context = Context {
            profile: Some(&self.session.profile),
            session: self.session.credentials.is_session(),
            mfa: true,
            now: Some(self.app.clock.now()),
            ..Context::default()
        };
        answer.map_err(|error| errors::explain(&error, &context.at(&self.at)))
    }

    /// What is stored for each of these parameters.
    fn read<'p>(&self, parameters: impl IntoIterator<Item = &'p Parameter>) -> Result<Vec<Option<String>>> {
        let names: Vec<String> = parameters.into_iter().map(Parameter::name).collect();
        let found = self.done(self.app.ssm.get_parameters(self.caller(), &names))?;
        let value = |name: &String| found.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        Ok(names.iter().map(value).collect())
    }

    /// Puts a value into what this machine remembers of the account's profiles: it would count for a day otherwise.
    fn remember(&self, parameter: &Parameter, stored: Option<&str>) {
        let Ok(dir) = self.app.state_dir() else { return };
        let value = stored.and_then(|stored| parameter.value(stored));
        let there: BTreeSet<String> = state::file_names(&dir);
        for name in self.profiles.names().into_iter().filter(|name| there.contains(&state::file_name(name))) {
            if self.session.account.is_none() || state::load(&dir, &name).account == self.session.account {
                let written = state::update(&dir, &name, |state| parameter.remember(value.as_ref(), state));
                if let Err(e) = written {
                    self.app.debug(|| format!("state of {name} not written: {e}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
