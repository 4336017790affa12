//! Ends sign-ins to IAM Identity Center, at AWS and here.

use super::{Center, Held, cli_cache, kept, words};
use crate::app::App;
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::plan::endpoint::endpoint;
use crate::plan::source::SsoSignIn;
use crate::ports::Item;
use crate::profile::{Profile, Profiles};
use crate::signin::Ended;

impl Center<'_> {
    /// Ends the sign-in: its tokens at AWS, then what is kept of it here. That of the AWS CLI goes too, as with
    /// `aws sso logout`: awsx would go on with it.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`]; [`crate::base::error::ErrorKind::Failed`] for a file that can't be
    /// removed.
    pub fn log_out(&self) -> Result<Ended> {
        let flight = self.flight();
        let _turn = flight.turn()?;
        self.revive()?;
        let Held { kept, theirs } = self.held()?;
        let mut tokens: Vec<&Secret> = kept.token.iter().map(|token| &token.access).collect();
        tokens.extend(theirs.iter().map(|it| &it.token.access));
        tokens.dedup();
        let mut ended = Ended { ours: kept.token.is_some(), ..Ended::default() };
        for token in tokens {
            if let Err(error) = self.app.sso.logout(&self.of.portal, token) {
                // It had ended already.
                if !words::is_over(&error) {
                    ended.untold = Some(self.explain_at(&error, &self.of.portal));
                }
            }
        }
        self.app.keychain.remove(&self.item())?;
        if cli_cache::remove(self.app, self.of)? {
            ended.theirs = Some(cli_cache::path(self.app, self.of)?);
        }
        flight.succeeded();
        Ok(ended)
    }

    /// Gets a token where the last one has ended by itself: AWS ends a sign-in only for one that is good, and the sign-in
    /// may live on behind its refresh token. Where there is none to be had, nobody here can use it either.
    fn revive(&self) -> Result<()> {
        let mut held = self.held()?;
        if held.best(self.app.clock.now(), 0).is_none()
            && let Err(e) = self.renewed(&mut held)
        {
            self.app.debug(|| format!("the sign-in to {} is not renewed: {e}", self.of.name()));
        }
        Ok(())
    }
}

/// The sign-in of a keychain item that no profile names any more. Its calls use the endpoints of a profile without
/// settings.
pub fn of_item(app: &App, profiles: &Profiles, name: &str) -> Result<Option<SsoSignIn>> {
    let Some(session) = name.strip_prefix("sso/") else { return Ok(None) };
    let Some(secret) = app.keychain.get(&Item::SignIn(name.to_owned()))? else { return Ok(None) };
    let Some((start_url, region)) = kept::place(&secret) else { return Ok(None) };
    let at = |service| endpoint(&app.env, profiles, &Profile::bare(session), service, Some(&region));
    let name = (start_url != session).then(|| session.to_owned());
    Ok(Some(SsoSignIn::new(name, start_url, at("sso")?, at("sso_oidc")?)))
}
