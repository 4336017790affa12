//! What a sign-in grants, read from Identity Center.

use super::Granted;
use super::which::Session;
use crate::app::App;
use crate::aws::errors::{self, Context};
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::plan::endpoint::endpoint;
use crate::plan::source::{SsoSignIn, sso_session};
use crate::ports::{Call, Endpoint, SsoAccount};
use crate::profile::{Profile, Profiles};
use crate::signin::identity_center::Center;

/// Every role of every account, sorted by the accounts' names. A person signs in first, if that is needed.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Input`] if nobody can sign in; whatever AWS refuses. It is all or nothing: a role that is
/// missing in an incomplete list would look like one that is gone.
pub fn granted(app: &App, profiles: &Profiles, session: &Session) -> Result<Vec<Granted>> {
    let known = sso_session(&app.env, profiles, &session.name)?.filter(|_| !session.is_new);
    let sign_in = if let Some(known) = known {
        known
    } else {
        let section = Profile::bare(&session.name);
        let at = |service| endpoint(&app.env, profiles, &section, service, Some(&session.region));
        SsoSignIn::new(Some(session.name.clone()), session.start_url.clone(), at("sso")?, at("sso_oidc")?)
    };
    let center = if session.is_new {
        Center::unwritten(app, &session.name, &sign_in, session.command())
    } else {
        Center::new(app, &session.name, &sign_in)
    };
    let listed = center.with_token(|token| list(app, &sign_in.portal, token))?;
    let context = Context { now: Some(app.clock.now()), ..Context::default() };
    let (accounts, roles) = listed.map_err(|error| errors::explain(&error, &context.at(&sign_in.portal)))?;
    let mut granted: Vec<Granted> = Vec::new();
    for (account, roles) in accounts.into_iter().zip(roles) {
        let granted_by = |role| Granted { account: account.id.clone(), account_name: account.name.clone(), role };
        granted.extend(roles.into_iter().map(granted_by));
    }
    granted.sort_by_cached_key(|it| (it.account_name.to_lowercase(), it.account.clone(), it.role.clone()));
    granted.dedup();
    Ok(granted)
}

/// The accounts, and the roles of each.
fn list(app: &App, portal: &Endpoint, token: &Secret) -> Call<(Vec<SsoAccount>, Vec<Vec<String>>)> {
    let accounts = app.sso.accounts(portal, token)?;
    let ids: Vec<String> = accounts.iter().map(|account| account.id.clone()).collect();
    let progress = |done| app.prompter.progress(&format!("asking for the roles of {} accounts: {done}", ids.len()));
    let roles = app.sso.account_roles(portal, token, &ids, &progress);
    app.prompter.progress("");
    Ok((accounts, roles?))
}
