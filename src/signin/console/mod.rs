//! Console login (`login_session`): a person signs in to the web console, and AWS Sign-In gives programs credentials for
//! 15 minutes at a time, which are refreshed without a browser for up to 12 hours.
//!
//! A login is kept in the keychain. One that the AWS CLI has made is used as well, and refreshed where it is. With
//! `awsx_share` the AWS CLI's cache gets what the keychain gets.

pub mod adopt;
pub mod begin;
mod cli_cache;
pub mod dpop;
pub mod kept;
mod page;
mod refusal;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::base::time::{Timestamp, show_left};
use crate::plan::source::ConsoleLogin;
use crate::ports::{ConsoleGrant, Endpoint, Item};
use crate::signin::flight::{Flight, Turn};
use crate::signin::{self, Ended, Outlook};
use begin::How;
use cli_cache::CliCache;
use kept::Kept;

/// How the names of console logins begin in the keychain.
const PREFIX: &str = "console/";
/// Credentials that end sooner are not worth a call.
const HARDLY: i64 = 60;

/// Keeps a new login, in the keychain and where it is to be shared.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Keychain`].
pub fn keep(app: &App, begun: &begin::Begin, share: bool) -> Result<()> {
    signin::replace(app, &item(&begun.arn));
    app.keychain.set(&item(&begun.arn), &begun.kept.json()?)?;
    if share {
        let shared = CliCache::of(app, &begun.arn).and_then(|file| file.write(&begun.kept));
        shared.unwrap_or_else(|e| app.prompter.warn(&e.brief()));
    }
    Ok(())
}

/// The login that a keychain item is of, which no profile names any more.
pub fn of_item(name: &str) -> Option<ConsoleLogin> {
    let session = name.strip_prefix(PREFIX)?.to_owned();
    Some(ConsoleLogin { session, at: Endpoint::default(), margin: 0, share: false })
}

/// The keychain item of a login.
pub fn item(session: &str) -> Item {
    Item::SignIn(name(session))
}

/// Its name, among all sign-ins.
fn name(session: &str) -> String {
    format!("{PREFIX}{session}")
}

/// How a refresh ended.
enum Refreshed {
    /// Credentials.
    There(Credentials),
    /// A person has to sign in: there is nothing to refresh, or AWS refuses it for this reason.
    Over(Option<Error>),
}

/// Where a login is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Keychain,
    CliCache,
}

/// The login of one profile, and what there is of it.
pub struct Console<'a> {
    app: &'a App,
    profile: &'a str,
    login: &'a ConsoleLogin,
    file: CliCache,
    /// Whether a person was asked.
    asked: Cell<bool>,
}

impl<'a> Console<'a> {
    /// The one that `profile` names.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
    pub fn new(app: &'a App, profile: &'a str, login: &'a ConsoleLogin) -> Result<Self> {
        Ok(Console { app, profile, login, file: CliCache::of(app, &login.session)?, asked: Cell::new(false) })
    }

    /// The credentials: those that are kept, else refreshed ones, else those of a new sign-in if a person can be asked
    /// for one. Other processes that want the same wait for this one.
    ///
    /// # Errors
    /// What keeps somebody from signing in, and whatever AWS or the keychain refuse.
    pub fn credentials(&self) -> Result<Credentials> {
        if let Some(there) = self.usable()? {
            return Ok(there);
        }
        let flight = Flight::of(self.app, &name(&self.login.session));
        let turn = flight.turn()?;
        if let Turn::Failed(error) = turn {
            return Err(error);
        }
        // Another process may have refreshed it while this one waited for its turn.
        if let Some(there) = self.usable()? {
            return Ok(there);
        }
        let over = match self.refreshed()? {
            Refreshed::There(credentials) => return Ok(credentials),
            Refreshed::Over(why) => why,
        };
        if let Some(alone) = signin::nobody(self.app) {
            return Err(over.unwrap_or_else(|| self.absent(alone)));
        }
        if let Some(why) = over {
            self.app.prompter.say(&why.brief());
        }
        self.asked.set(true);
        let begun = self.begin(&How::of(self.app));
        match &begun {
            Ok(_) => flight.succeeded(),
            Err(error) => flight.failed(error),
        }
        begun
    }

    /// Whether a person was asked to sign in.
    pub fn has_asked(&self) -> bool {
        self.asked.get()
    }

    /// How long this login is good, without asking a person or AWS.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    pub fn outlook(&self) -> Result<Option<Outlook>> {
        let ends = |(_, kept): &(Where, Kept)| kept.expires().unwrap_or(Timestamp(0));
        Ok(self.all()?.first().map(|first| Outlook { ends: ends(first), renewable: true }))
    }

    /// Forgets the login, here and in the AWS CLI's cache. There is no call that ends it at AWS: its credentials and its
    /// refresh token lapse by themselves.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`], and a file that can't be removed.
    pub fn log_out(&self) -> Result<Ended> {
        // Whoever is refreshing it would keep it again.
        let flight = Flight::of(self.app, &name(&self.login.session));
        let _turn = flight.turn()?;
        let ours = self.app.keychain.remove(&item(&self.login.session))?;
        let theirs = self.file.remove()?.then(|| self.file.path().to_owned());
        Ok(Ended { ours, theirs, untold: None })
    }

    /// The logins that there are, the one with the latest credentials first. The same login may be in both places: only
    /// the one that was refreshed last can be refreshed again.
    fn all(&self) -> Result<Vec<(Where, Kept)>> {
        let stored = self.app.keychain.get(&item(&self.login.session))?;
        let stored = stored.and_then(|secret| Kept::parse(secret.expose().as_bytes()));
        let shared = self.file.read();
        let mut all: Vec<(Where, Kept)> = stored.map(|kept| (Where::Keychain, kept)).into_iter().collect();
        all.extend(shared.map(|kept| (Where::CliCache, kept)));
        all.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.expires()));
        if let [(_, first), (_, second)] = all.as_slice()
            && first.is_of(second)
        {
            all.truncate(1);
        }
        Ok(all)
    }

    fn left(&self, expires: Timestamp) -> i64 {
        expires.seconds_left(self.app.clock.now())
    }

    /// Credentials of which enough is left.
    fn usable(&self) -> Result<Option<Credentials>> {
        let all = self.all()?;
        let credentials = all.first().and_then(|(_, kept)| kept.credentials());
        let margin = i64::from(self.login.margin);
        Ok(credentials.filter(|it| it.expires.is_some_and(|at| self.left(at) >= margin)))
    }

    /// Refreshes what there is, without a person.
    fn refreshed(&self) -> Result<Refreshed> {
        let mut over = None;
        for (place, kept) in self.all()? {
            let Some(key) = kept.key() else { continue };
            let at = self.endpoint(&kept);
            self.app.debug(|| {
                let kept = if place == Where::Keychain {
                    "the keychain".into()
                } else {
                    self.file.path().display().to_string()
                };
                format!("{}: refreshing the console login of {kept} in {}", self.profile, at.region)
            });
            match begin::ask(self.app, &at, kept.client_id(), &ConsoleGrant::Refresh(kept.refresh_token()), &key) {
                Ok(tokens) => {
                    let kept = kept.renewed(&tokens);
                    self.put(place, &kept);
                    return Ok(Refreshed::There(tokens.credentials));
                }
                Err(error) if refusal::is_over(&error) => {
                    over = Some(begin::explain(self.app, &error, self.profile, &at));
                    if place == Where::Keychain {
                        // It would be refused again. The AWS CLI's file is left to the AWS CLI.
                        let _ = self.app.keychain.remove(&item(&self.login.session));
                    }
                }
                Err(error) => {
                    let explained = begin::explain(self.app, &error, self.profile, &at);
                    let rest = kept.credentials().filter(|it| it.expires.is_some_and(|at| self.left(at) >= HARDLY));
                    let Some(rest) = rest.filter(|_| refusal::is_passing(&error)) else { return Err(explained) };
                    let left = rest.expires.map(|at| show_left(self.left(at))).unwrap_or_default();
                    self.app.prompter.warn(&format!(
                        "the console login of {} was not refreshed, its session ends in {left}: {}",
                        self.profile,
                        explained.brief()
                    ));
                    return Ok(Refreshed::There(rest));
                }
            }
        }
        Ok(Refreshed::Over(over))
    }

    /// Where a login is refreshed: in the region that was signed in to.
    fn endpoint(&self, kept: &Kept) -> Endpoint {
        let region = kept.region().unwrap_or(&self.login.at.region).to_owned();
        Endpoint { region, ..self.login.at.clone() }
    }

    /// Stores a refreshed login where it was, and where it is shared, before it is used: the refresh token before it is
    /// void by now.
    fn put(&self, place: Where, kept: &Kept) {
        let file = place == Where::CliCache || self.login.share;
        let stored = if place == Where::Keychain || self.login.share {
            kept.json().and_then(|json| self.app.keychain.set(&item(&self.login.session), &json))
        } else {
            Ok(())
        };
        for done in [stored, if file { self.file.write(kept) } else { Ok(()) }] {
            if let Err(e) = done {
                self.app.prompter.warn(&format!("the refreshed console login is not kept: {}", e.brief()));
            }
        }
    }

    /// Has a person sign in.
    fn begin(&self, how: &How) -> Result<Credentials> {
        self.app.keychain.ready_to_store()?;
        let begun = begin::sign_in(self.app, self.profile, &self.login.at, how)?;
        if begun.arn != self.login.session {
            return Err(Error::input(format!("the browser signed in as {}", begun.arn))
                .cause(format!("login_session of {} is {}", self.profile, self.login.session))
                .hint(format!(
                    "sign in as that one, or take the other for the profile: awsx login {} --console",
                    self.profile
                )));
        }
        keep(self.app, &begun, self.login.share)?;
        begun.kept.credentials().ok_or_else(|| Error::failed("AWS Sign-In gave no credentials"))
    }

    /// Nobody has signed in, and nobody can do so now: why.
    fn absent(&self, why: &str) -> Error {
        Error::input(format!("{} needs a sign-in to the web console as {}", self.profile, self.login.session))
            .cause(why)
            .hint(format!("awsx login {}", self.profile))
    }
}
