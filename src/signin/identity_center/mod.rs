//! Sign-ins to IAM Identity Center: the token for which Identity Center gives credentials of roles.
//!
//! A token comes out of the keychain, or from the AWS CLI's sign-in. Shortly before its end it is renewed without a
//! person, as long as Identity Center allows that. Only then is a person asked, once for however many processes wait.

mod ask;
mod cli_cache;
mod kept;
mod logout;
#[cfg(test)]
mod tests;
mod words;

use std::cell::{Cell, RefCell};

use crate::app::App;
use crate::aws::errors;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::{Timestamp, show_left};
use crate::plan::source::SsoSignIn;
use crate::ports::{Call, Client, Grant, Item};
use crate::signin::flight::{Flight, Turn};
use crate::signin::{self, Outlook};
use cli_cache::Theirs;
use kept::{Kept, Token, hash};
pub use logout::of_item;

/// A token with less left is renewed, in seconds: as with the AWS CLI.
const RENEW_AT: i64 = 15 * 60;
/// After so many refused tokens of one sign-in awsx gives up.
const MOST_TOKENS: usize = 3;

/// One Identity Center that a person signs in to.
pub struct Center<'a> {
    app: &'a App,
    profile: &'a str,
    of: &'a SsoSignIn,
    /// The command that began it, where the config has no such `[sso-session]` yet.
    unwritten: Option<String>,
    /// Whether a person was asked.
    asked: Cell<bool>,
    /// The tokens that Identity Center has refused. They may still be in the keychain or in the AWS CLI's file.
    void: RefCell<Vec<Secret>>,
}

/// Where a token is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Ours,
    Theirs,
}

/// What there is.
struct Held {
    kept: Kept,
    theirs: Option<Theirs>,
}

impl Held {
    /// The tokens, the one that lives longest first. Where the AWS CLI has what was once ours (`awsx_share`), only one of
    /// the two counts: what the older one could be renewed with has been used.
    fn tokens(&self) -> Vec<(Whose, &Token, Option<&Client>)> {
        let registered = self.kept.registration.as_ref().map(|registration| &registration.client);
        let theirs = self.theirs.as_ref().map(|it| (Whose::Theirs, &it.token, it.client.as_ref()));
        let mut ours = self.kept.token.as_ref().map(|token| (Whose::Ours, token, registered));
        let mut theirs = theirs;
        if let (Some((_, own, Some(client))), Some((_, other, Some(their_client)))) = (&ours, &theirs)
            && client.id == their_client.id
        {
            if other.expires > own.expires { ours = None } else { theirs = None }
        }
        let mut all: Vec<_> = ours.into_iter().chain(theirs).collect();
        all.sort_by_key(|(_, token, _)| std::cmp::Reverse(token.expires));
        all
    }

    /// The token that lives longest, if more than so many seconds are left of it.
    fn best(&self, now: Timestamp, more_than: i64) -> Option<Token> {
        let (_, token, _) = *self.tokens().first()?;
        (token.expires.seconds_left(now) > more_than).then(|| token.clone())
    }

    /// What the next token can be got with.
    fn renewals(&self, now: Timestamp) -> Vec<(Whose, Secret, Client)> {
        let spent = self.kept.spent.as_deref();
        let usable = |(whose, token, client): (Whose, &Token, Option<&Client>)| {
            let refresh = token.refresh.as_ref().filter(|refresh| Some(hash(refresh).as_str()) != spent)?;
            let client = client.filter(|client| client.expires.seconds_left(now) > 0)?;
            Some((whose, refresh.clone(), client.clone()))
        };
        self.tokens().into_iter().filter_map(usable).collect()
    }
}

impl<'a> Center<'a> {
    /// The one that `profile` signs in to.
    pub fn new(app: &'a App, profile: &'a str, of: &'a SsoSignIn) -> Self {
        Center { app, profile, of, unwritten: None, asked: Cell::new(false), void: RefCell::default() }
    }

    /// One that the config doesn't have yet. `command` is what a person says again after a failure.
    pub fn unwritten(app: &'a App, name: &'a str, of: &'a SsoSignIn, command: String) -> Self {
        Center { unwritten: Some(command), ..Center::new(app, name, of) }
    }

    /// Whether a person was asked to sign in.
    pub fn has_asked(&self) -> bool {
        self.asked.get()
    }

    /// A token: one that is kept, else a renewed one, else the one that a person gets by signing in now.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if a person has to sign in and can't be asked, or refuses; whatever the
    /// keychain or Identity Center fails with.
    pub fn token(&self) -> Result<Secret> {
        self.fresh(0).map(|token| token.access)
    }

    /// As [`Center::token`], for a person who wants to sign in now: a token that is about to end won't do. When it ends.
    ///
    /// # Errors
    /// Those of [`Center::token`].
    pub fn sign_in(&self) -> Result<Timestamp> {
        let token = self.fresh(RENEW_AT)?;
        // `awsx_share` may have been set after the sign-in.
        if self.of.share
            && cli_cache::read(self.app, self.of).is_none_or(|it| it.token.expires < token.expires)
            && let Some(registration) = self.held()?.kept.registration
        {
            cli_cache::write(self.app, self.of, &token, &registration.client)?;
        }
        Ok(token.expires)
    }

    /// How long this sign-in is good, without asking a person or AWS.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    pub fn outlook(&self) -> Result<Option<Outlook>> {
        let held = self.held()?;
        let now = self.app.clock.now();
        let renewable = !held.renewals(now).is_empty();
        let ends = held.tokens().first().map(|(_, token, _)| token.expires);
        Ok(ends.filter(|ends| renewable || ends.seconds_left(now) > 0).map(|ends| Outlook { ends, renewable }))
    }

    /// Makes a call with a token. One that Identity Center does not take any more is replaced: there may be one of awsx,
    /// one of the AWS CLI, and then a new one.
    ///
    /// # Errors
    /// Those of [`Center::token`]; the inner ones are those of the call.
    pub fn with_token<T>(&self, call: impl Fn(&Secret) -> Call<T>) -> Result<Call<T>> {
        let mut token = self.token()?;
        for _ in 0..MOST_TOKENS {
            match call(&token) {
                Err(error) if words::is_over(&error) => token = self.another(&token)?,
                answer => return Ok(answer),
            }
        }
        Ok(call(&token))
    }

    /// Gets a token to replace one that Identity Center no longer takes.
    fn another(&self, void: &Secret) -> Result<Secret> {
        self.app.debug(|| format!("a token of the sign-in to {} is refused", self.of.name()));
        self.void.borrow_mut().push(void.clone());
        self.token()
    }

    /// A token, renewed if that is due. If it can't be renewed, it is used while more than `at_least` seconds are left.
    fn fresh(&self, at_least: i64) -> Result<Token> {
        let now = || self.app.clock.now();
        let held = self.held()?;
        // No need to wait for other processes: the token is good, or it can't be renewed.
        let good_for = if held.renewals(now()).is_empty() { at_least } else { RENEW_AT };
        if let Some(token) = held.best(now(), good_for) {
            return Ok(token);
        }
        let flight = self.flight();
        let turn = flight.turn()?;
        let mut held = self.held()?;
        let good_for = if matches!(turn, Turn::Own(_)) { RENEW_AT } else { 0 };
        if let Some(token) = held.best(now(), good_for) {
            return Ok(token);
        }
        let _own = match turn {
            Turn::Own(lock) => lock,
            Turn::Failed(error) => return Err(error),
        };
        // The next command needs to know it, too: it may be the one that this one's hint names.
        if !self.void.borrow().is_empty()
            && let Err(e) = self.keep(&held.kept)
        {
            self.app.debug(|| format!("that a token is refused is not kept: {e}"));
        }
        let renewed = self.renewed(&mut held);
        if let Ok(Some(token)) = renewed {
            return Ok(token);
        }
        if let Some(token) = held.best(now(), at_least) {
            return Ok(token);
        }
        // The sign-in may well be good, and a browser would not get there either.
        renewed?;
        self.may_ask()?;
        self.asked.set(true);
        let signed_in = self.ask(&mut held.kept);
        match &signed_in {
            Ok(_) => flight.succeeded(),
            Err(error) => flight.failed(error),
        }
        signed_in
    }

    /// Gets another token with the refresh tokens that there are, one after the other; `None` and an error as of
    /// [`Center::renew`].
    fn renewed(&self, held: &mut Held) -> Result<Option<Token>> {
        let mut none = Ok(None);
        for (whose, refresh, client) in held.renewals(self.app.clock.now()) {
            match self.renew(held, whose, &refresh, &client) {
                Ok(None) => {}
                Ok(token) => return Ok(token),
                Err(out_of_reach) => none = Err(out_of_reach),
            }
        }
        none
    }

    /// Gets another token for a refresh token; `None` if that fails, for then the token before may still be good. An error
    /// if Identity Center is out of reach or wants no more requests: the refresh token is then as good as before.
    ///
    /// A refresh token is good for one answer. So it is out of the keychain before it is sent, and comes back only if
    /// Identity Center has not looked at it. Even a process that is killed in the middle leaves none that was sent.
    fn renew(&self, held: &mut Held, whose: Whose, refresh: &Secret, client: &Client) -> Result<Option<Token>> {
        let before = held.kept.clone();
        let is_it = |token: &&mut Token| token.refresh.as_ref() == Some(refresh);
        held.kept.token.as_mut().filter(is_it).into_iter().for_each(|token| token.refresh = None);
        // Only one hash is kept: that of a token which is nowhere else must not push it out.
        if held.theirs.as_ref().is_some_and(|it| it.token.refresh.as_ref() == Some(refresh)) {
            held.kept.spent = Some(hash(refresh));
        }
        if let Err(e) = self.keep(&held.kept) {
            self.app.debug(|| format!("the sign-in to {} is not renewed: {e}", self.of.name()));
            held.kept = before;
            return Ok(None);
        }
        self.app.debug(|| format!("sso-oidc:CreateToken renews the sign-in to {}", self.of.name()));
        let signed_in = match self.app.oidc.create_token(&self.of.oidc, client, Grant::Refresh(refresh)) {
            Ok(signed_in) => signed_in,
            Err(error) => {
                let explained = self.explain(&error);
                self.app.debug(|| format!("the sign-in to {} was not renewed: {explained}", self.of.name()));
                if errors::was_not_looked_at(&error) {
                    if self.keep(&before).is_ok() {
                        held.kept = before;
                    }
                    return Err(explained);
                }
                if errors::may_have_happened(&error) {
                    self.warn_of_loss(held, &explained);
                }
                return Ok(None);
            }
        };
        let token = Token {
            access: signed_in.access,
            expires: self.app.clock.now().plus(signed_in.lasts),
            // If the answer has no other refresh token, the old one stays good.
            refresh: Some(signed_in.refresh.unwrap_or_else(|| refresh.clone())),
        };
        if token.refresh.as_ref() == Some(refresh) {
            held.kept.spent.clone_from(&before.spent);
        }
        if whose == Whose::Ours {
            held.kept.token = Some(token.clone());
        }
        self.store(&held.kept, &token, whose == Whose::Theirs || self.of.share, client);
        Ok(Some(token))
    }

    /// Says that a refresh token is lost: without a clear answer nobody knows whether it was used.
    fn warn_of_loss(&self, held: &Held, why: &Error) {
        let now = self.app.clock.now();
        let left = held.best(now, 0).map(|token| {
            format!("; it ends in {}, then: {}", show_left(token.expires.seconds_left(now)), self.command())
        });
        self.app.prompter.warn(&format!(
            "the sign-in to {} was not renewed, and is not tried again, for AWS may have done it: {}{}",
            self.of.name(),
            why.brief(),
            left.unwrap_or_default()
        ));
    }

    /// Keeps a token. One that can't be kept is used all the same.
    fn store(&self, kept: &Kept, token: &Token, in_cli_cache: bool, client: &Client) {
        if let Err(e) = self.keep(kept) {
            self.app.prompter.warn(&format!("the sign-in to {} is not kept: {}", self.of.name(), e.brief()));
        }
        if in_cli_cache && let Err(e) = cli_cache::write(self.app, self.of, token, client) {
            self.app.prompter.warn(&format!(
                "the AWS CLI does not get the sign-in to {}: {}",
                self.of.name(),
                e.brief()
            ));
        }
    }

    /// What there is. A keychain that can't be read is no obstacle where the AWS CLI's sign-in is good.
    fn held(&self) -> Result<Held> {
        let mut theirs = cli_cache::read(self.app, self.of);
        match self.app.keychain.get(&self.item()) {
            Ok(secret) => {
                let mut kept = secret.map(|secret| Kept::decode(&secret, self.of)).unwrap_or_default();
                self.leave_out(&mut kept, theirs.as_mut());
                Ok(Held { kept, theirs })
            }
            Err(e) => {
                self.leave_out(&mut Kept::default(), theirs.as_mut());
                let now = self.app.clock.now();
                let is_good = theirs.as_ref().is_some_and(|it| it.token.expires.seconds_left(now) > 0);
                if !is_good {
                    return Err(e);
                }
                self.app.debug(|| format!("keychain: {e}"));
                // Without a keychain it can't be renewed safely.
                let theirs = theirs.map(|it| Theirs { client: None, ..it });
                Ok(Held { kept: Kept::default(), theirs })
            }
        }
    }

    /// Treats the tokens that Identity Center has refused as expired. Hashes of tokens that are gone are forgotten.
    fn leave_out(&self, kept: &mut Kept, theirs: Option<&mut Theirs>) {
        let (void, known) = (self.void.borrow(), std::mem::take(&mut kept.over));
        if void.is_empty() && known.is_empty() {
            return;
        }
        for token in kept.token.as_mut().into_iter().chain(theirs.map(|it| &mut it.token)) {
            let hash = hash(&token.access);
            if void.contains(&token.access) || known.contains(&hash) {
                token.expires = Timestamp(0);
                kept.over.push(hash);
            }
        }
    }

    fn keep(&self, kept: &Kept) -> Result<()> {
        self.app.keychain.set(&self.item(), &kept.encode(self.of)?)
    }

    fn item(&self) -> Item {
        item(self.of)
    }

    fn flight(&self) -> Flight<'a> {
        Flight::of(self.app, &name(self.of))
    }

    /// Whether a person can sign in now: on a terminal, or because the command is about that.
    fn may_ask(&self) -> Result<()> {
        signin::nobody(self.app).map_or(Ok(()), |why| Err(self.nobody(why)))
    }
}

/// Its name among all sign-ins.
fn name(of: &SsoSignIn) -> String {
    format!("sso/{}", of.name())
}

/// Its item in the keychain.
pub fn item(of: &SsoSignIn) -> Item {
    Item::SignIn(name(of))
}
