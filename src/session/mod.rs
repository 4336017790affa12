//! The one door to credentials, and the runner behind it: cache, locks, single flight, codes, calls.
//!
//! Every function that gives a command credentials or a code is in this file and asks the guards first
//! ([`guards::admit`]). A test of the layout checks that there is no other way.

pub mod account;
pub mod agents;
mod call;
pub mod check;
pub mod forget;
pub mod guards;
pub mod knowledge;
mod learn;
pub mod mark;
mod record;
mod run;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, Secret};
use crate::mfa::codes;
use crate::plan::endpoint::endpoint;
use crate::plan::role::agents_session;
use crate::plan::{Request, SessionKey};
use crate::ports::Caller;
use crate::profile::{Profile, Profiles, arn_account};
use crate::store::cache::{self, Entry};
use knowledge::Knowledge;

/// A session, ready for a child.
#[derive(Debug, Clone)]
pub struct Session {
    /// The profile it was made for.
    pub profile: String,
    /// The credentials; base keys only where `--no-session` asked for just these.
    pub credentials: Credentials,
    /// Twelve digits, where known.
    pub account: Option<String>,
    /// The caller's ARN, where known.
    pub arn: Option<String>,
    /// Its name in the cache; `None` for base keys.
    pub key: Option<SessionKey>,
    /// Whether it came out of the cache.
    pub cached: bool,
    /// When fewer seconds than this are left, another session is wanted.
    pub margin: u32,
}

/// Gets a session: out of the cache if enough is left of it, else made, with one MFA code at most, while every other
/// process that wants the same waits for this one.
///
/// # Errors
/// Any kind: the guards, the plan, the keychain, a code, AWS.
pub fn obtain(app: &App, profiles: &Profiles, request: &Request) -> Result<Session> {
    let request = &*guards::admit_session(app, profiles, request)?;
    let cache = match (!request.no_cache).then(|| cache::Cache::open(app)).transpose() {
        Ok(cache) => cache,
        Err(e) => {
            app.prompter.warn(&format!("sessions are not cached: {}", e.what));
            None
        }
    };
    run::Run::new(app, profiles, request, cache.as_ref()).session()
}

/// The long-lived keys of `name`, for calls about its user that take no session: from the keychain if it is known to
/// hold some, else from the files. `asked` is the profile that the command is about; it may be a role over those
/// keys.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there are none, and whatever the guards or the keychain fail with.
pub fn keys(app: &App, profiles: &Profiles, asked: &str, name: &str) -> Result<Credentials> {
    guards::admit(app, profiles, &[asked, name])?;
    let profile = profiles.get(name).ok_or_else(|| Error::config(format!("no profile {name}")).hint("awsx list"))?;
    let knowledge = Knowledge::new(app, None);
    let keys = match (profile.static_keys(), knowledge.state(name).access_key_id) {
        (Some(keys), None) => keys,
        _ => knowledge
            .keys(name)?
            .ok_or_else(|| Error::config(format!("there are no keys for {name}")).hint(format!("awsx add {name}")))?,
    };
    // The account of a role is not that of the keys behind it.
    if !guards::states_account(&profile) || profile.has("role_arn") {
        return Ok(keys);
    }
    let known = knowledge.state(name);
    let account = known.account.filter(|_| known.access_key_id.as_deref() == Some(&keys.access_key_id));
    let account = account.map_or_else(
        || {
            let at = endpoint(&app.env, profiles, &profile, "sts", None)?;
            let asked = app.sts.get_caller_identity(Caller::new(&keys, &at));
            let context = Context { profile: Some(name), now: Some(app.clock.now()), ..Context::default() }.at(&at);
            asked.map(|identity| identity.account).map_err(|e| errors::explain(&e, &context))
        },
        Ok,
    )?;
    guards::check_account(&profile, &account)?;
    Ok(keys)
}

/// A federated session of the user behind the keys of `name`, which may do what the user may. It has no MFA: AWS
/// takes no code for it. `asked` is the profile that the command is about.
///
/// # Errors
/// Those of [`keys`], and whatever AWS refuses.
pub fn federated(app: &App, profiles: &Profiles, asked: &str, name: &str, seconds: u32) -> Result<Credentials> {
    guards::admit(app, profiles, &[asked, name])?;
    let long_lived = keys(app, profiles, asked, name)?;
    let profile = profiles.get(name).unwrap_or_else(|| Profile::bare(name));
    let at = endpoint(&app.env, profiles, &profile, "sts", None)?;
    let known = Knowledge::new(app, None).state(name);
    let agent = app.agent().map(|agent| agents_session(&agent.name));
    let called = federated_name(agent.as_deref().or(known.user()));
    let given = app.sts.get_federation_token(Caller::new(&long_lived, &at), &called, EVERYTHING, seconds);
    // `mfa`: no device would help, so none is advised.
    let context = Context { profile: Some(name), mfa: true, now: Some(app.clock.now()), ..Context::default() };
    let credentials = given.map_err(|e| errors::explain(&e, &context.at(&at)))?;
    let entry = Entry {
        credentials: credentials.clone(),
        profile: asked.to_owned(),
        source_key_id: long_lived.access_key_id.clone(),
        account: known.account.clone(),
        arn: known.arn.clone(),
        serial: None,
        issued: app.clock.now(),
    };
    if let Err(e) = record::issued(app, &entry) {
        app.prompter.warn(&e.brief());
    }
    Ok(credentials)
}

/// The session policy of a federated session. It allows everything, so that the user's own policies decide.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The name of a federated session, as the console and CloudTrail show it: 2 to 32 characters.
fn federated_name(user: Option<&str>) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || "_=,.@-".contains(*c);
    let name: String = user.unwrap_or_default().chars().filter(fits).take(32).collect();
    if name.len() < 2 { "awsx".into() } else { name }
}

/// A code of a device, where `mfa_process` or the stored seed gives one.
///
/// # Errors
/// Whatever the guards of the profile or [`codes::automatic`] fail with.
pub fn code(
    app: &App,
    profiles: &Profiles,
    name: &str,
    serial: &str,
    mfa_process: Option<&str>,
) -> Result<Option<Secret>> {
    guards::admit(app, profiles, &[name])?;
    if let (Some(profile), Some(account)) = (profiles.get(name), arn_account(serial)) {
        guards::check_account(&profile, account)?;
    }
    codes::automatic(app, serial, mfa_process)
}
