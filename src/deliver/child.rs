//! From the arguments of a verb to what its child gets: the steps that `exec`, `shell`, `use`, `refresh` and `aws`
//! share.

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::deliver::repeat::{Repeat, backend, min_ttl, repeated};
use crate::deliver::session_env::{ChildEnv, Settings, child_env};
use crate::plan::Request;
use crate::profile::Profiles;
use crate::select::request;
use crate::session::{self, Session, mark};

/// Gets a session as the arguments ask for it: the child's environment.
///
/// # Errors
/// Any kind.
pub fn child(app: &App, profiles: &Profiles, profile: Option<&str>, args: &SessionArgs) -> Result<ChildEnv> {
    let request = request::from_args(app, profiles, profile, args)?;
    let session = session(app, profiles, &request)?;
    let settings = Settings::of(profiles, &session.profile, args.region.as_deref());
    let args = Repeat::of(app, args, &request)?.text()?;
    let mark = mark::text(app, &session, args.as_deref());
    let mut env = child_env(&session, &settings, args, &app.env);
    put_ours(app, &mut env, mark);
    Ok(env)
}

/// The environment of a child that gets the credentials of a session elsewhere. What a renewal has to repeat is in it for
/// an awsx inside.
///
/// # Errors
/// As [`Repeat::text`].
pub fn without_credentials(app: &App, session: &Session, settings: &Settings, repeat: &Repeat) -> Result<ChildEnv> {
    let args = repeat.text()?;
    let mark = mark::without_credentials(app, session, args.as_deref());
    let mut env = child_env(session, settings, args, &app.env);
    env.without_credentials();
    put_ours(app, &mut env, mark);
    Ok(env)
}

/// The value of [`vars::AWSX_VIA`] where only shims get credentials.
pub const SHIMS: &str = "shims";

/// Gets a session, so that whatever has to be asked is asked now. Then the environment of a shell without credentials,
/// in which the shims get them each time they run, and other programs find none elsewhere.
///
/// # Errors
/// As [`child`].
pub fn for_shims(app: &App, profiles: &Profiles, profile: Option<&str>, args: &SessionArgs) -> Result<ChildEnv> {
    let request = request::from_args(app, profiles, profile, args)?;
    let session = session(app, profiles, &request)?;
    let settings = Settings::of(profiles, &session.profile, args.region.as_deref());
    let mut env = without_credentials(app, &session, &settings, &Repeat::of(app, args, &request)?)?;
    env.with_nothing_else(&app.env);
    env.put(vars::AWSX_VIA, SHIMS.into());
    Ok(env)
}

/// What a shim's command gets on top of the environment of its shell: the credentials alone, and nothing that selects
/// others. Other variables stay as the person has set them.
///
/// # Errors
/// As [`child`]; [`crate::base::error::ErrorKind::Failed`] if this shell has no such session.
pub fn of_shim(app: &App, args: &SessionArgs) -> Result<ChildEnv> {
    let Some(profile) = app.env.get(vars::AWSX_PROFILE).filter(|_| app.env.get(vars::AWSX_VIA) == Some(SHIMS)) else {
        return Err(
            Error::failed("this shell has no session that came by --via shims").hint("awsx exec PROFILE -- CMD")
        );
    };
    let profiles = Profiles::load_for(&app.env, profile)?;
    let args = repeated(app, args)?;
    let args = SessionArgs { min_ttl: Some(min_ttl(app, &args)?.to_string()), ..args };
    let mut env = child(app, &profiles, Some(profile), &args)?.lent();
    env.unset.extend(vars::SECRETS.into_iter().chain([vars::AWSX_VIA]).map(Into::into));
    Ok(env)
}

/// Gets a session, and warns if it is none.
///
/// # Errors
/// Any kind.
pub fn session(app: &App, profiles: &Profiles, request: &Request) -> Result<Session> {
    let session = session::obtain(app, profiles, request)?;
    if !session.credentials.is_session() {
        app.prompter.warn(&format!(
            "the credentials of {} are long-lived keys, not a session: they don't expire",
            session.profile
        ));
    }
    Ok(session)
}

/// Adds what an awsx in the child needs: the proof of the session around it, and the keychain that was named.
fn put_ours(app: &App, env: &mut ChildEnv, mark: Option<String>) {
    if let Some(mark) = mark {
        env.put(vars::AWSX_SESSION, mark);
    }
    if let Some(backend) = backend(app) {
        env.put_over(&app.env, &[(vars::AWSX_BACKEND, &backend)]);
    }
}
