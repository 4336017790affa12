//! What a sign-in grants, read from Identity Center.

use super::Granted;
use super::which::Session;
use crate::app::App;
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, ErrorKind, Result};
use crate::plan::endpoint::endpoint;
use crate::ports::{CallError, Endpoint, Fault};
use crate::profile::{Profile, Profiles};

/// Every role of every account, sorted by the accounts' names.
///
/// # Errors
/// [`ErrorKind::Input`] if nobody has signed in; whatever AWS refuses. It is all or nothing: a role that is missing in an
/// incomplete list would look like one that is gone.
pub fn granted(app: &App, profiles: &Profiles, session: &Session) -> Result<Vec<Granted>> {
    let section = Profile::bare(&session.name);
    let at = |service| endpoint(&app.env, profiles, &section, service, Some(&session.region));
    let (portal, oidc) = (at("sso")?, at("sso_oidc")?);
    let token =
        app.sso.token(&session.name, &session.start_url, &oidc).map_err(|error| failed(app, session, &error, &oidc))?;
    let accounts = app.sso.accounts(&portal, &token).map_err(|error| failed(app, session, &error, &portal))?;
    let ids: Vec<String> = accounts.iter().map(|account| account.id.clone()).collect();
    let progress = |done| app.prompter.progress(&format!("asking for the roles of {} accounts: {done}", ids.len()));
    let roles = app.sso.account_roles(&portal, &token, &ids, &progress);
    app.prompter.progress("");
    let roles = roles.map_err(|error| failed(app, session, &error, &portal))?;
    let mut granted: Vec<Granted> = Vec::new();
    for (account, roles) in accounts.into_iter().zip(roles) {
        let granted_by = |role| Granted { account: account.id.clone(), account_name: account.name.clone(), role };
        granted.extend(roles.into_iter().map(granted_by));
    }
    granted.sort_by_cached_key(|it| (it.account_name.to_lowercase(), it.account.clone(), it.role.clone()));
    granted.dedup();
    Ok(granted)
}

fn failed(app: &App, session: &Session, error: &CallError, at: &Endpoint) -> Error {
    let over = |cause: &str| {
        Error::new(ErrorKind::Input, format!("nobody is signed in to {}", session.name))
            .cause(cause)
            .hint("`aws sso login` signs in")
    };
    match &error.fault {
        Fault::Unusable(cause) if error.action == "sso-oidc:CreateToken" => over(cause),
        Fault::Service { code, .. } if code == "UnauthorizedException" => {
            over("the sign-in is over, or was ended elsewhere")
        }
        _ => errors::explain(error, &Context { now: Some(app.clock.now()), ..Context::default() }.at(at)),
    }
}
