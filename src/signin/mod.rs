//! Browser sign-ins. What AWS gives a person who has signed in is kept and renewed, so that the person is asked as
//! seldom as possible.

pub mod browser;
pub mod callback;
mod cli_file;
pub mod console;
pub mod flight;
pub mod identity_center;
pub mod import;
pub mod pkce;
pub mod visit;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::app::App;
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::time::{Timestamp, show_left};
use crate::plan::source::{ConsoleLogin, SsoSignIn, console_login, sso_sign_in};
use crate::ports::Item;
use crate::profile::{Profiles, Step};
use crate::store::cache::Cache;
use console::Console;
use identity_center::Center;

/// What a person signs in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// IAM Identity Center.
    Center(SsoSignIn),
    /// The web console, as the user of `login_session`.
    Console(ConsoleLogin),
}

/// How long a sign-in is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// When the token or the credentials that are kept end.
    pub ends: Timestamp,
    /// Whether they can be renewed without a person. AWS may still refuse: its own session ends at some time.
    pub renewable: bool,
}

/// A sign-in that is there now.
#[derive(Debug, Clone, Copy)]
pub struct Begun {
    /// When the token or the credentials end.
    pub ends: Timestamp,
    /// Whether a person was asked; otherwise somebody had signed in before.
    pub asked: bool,
}

/// What a logout has ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// Whether awsx had a sign-in.
    pub ours: bool,
    /// The file of the AWS CLI's sign-in, which is gone too.
    pub theirs: Option<PathBuf>,
    /// Why AWS could not be told of it.
    pub untold: Option<Error>,
}

/// The sign-in of a keychain item that no profile names any more; `None` if the item doesn't say.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Keychain`].
pub fn of_item(app: &App, profiles: &Profiles, name: &str) -> Result<Option<SignIn>> {
    if let Some(login) = console::of_item(name) {
        return Ok(Some(SignIn::Console(login)));
    }
    Ok(identity_center::of_item(app, profiles, name)?.map(SignIn::Center))
}

/// The sign-in that a profile starts from, be it through other profiles, and the profile that names it. `None` if it
/// starts from something else.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`].
pub fn of(env: &Env, profiles: &Profiles, name: &str) -> Result<Option<(String, SignIn)>> {
    // A profile with both a sign-in and keys starts from the sign-in, so it need not be known whether there are keys.
    let chain = profiles.chain(name, |_| false)?;
    let Some(base) = chain.first() else { return Ok(None) };
    let sign_in = match base.step {
        Step::Sso => SignIn::Center(sso_sign_in(env, profiles, &base.profile)?),
        Step::Login => SignIn::Console(console_login(env, profiles, &base.profile)?),
        _ => return Ok(None),
    };
    Ok(Some((base.profile.name.clone(), sign_in)))
}

/// How long a profile's sign-in is good, without asking anybody; `None` if a person has to sign in, or none is needed.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`], [`crate::base::error::ErrorKind::Keychain`].
pub fn outlook(app: &App, profiles: &Profiles, name: &str) -> Result<Option<Outlook>> {
    match of(&app.env, profiles, name)? {
        Some((base, sign_in)) => sign_in.outlook(app, &base),
        None => Ok(None),
    }
}

/// Whether a profile starts from the sign-in with this item.
pub fn starts_from(env: &Env, profiles: &Profiles, sign_in: &Item, name: &str) -> bool {
    matches!(of(env, profiles, name), Ok(Some((_, of))) if of.item() == *sign_in)
}

/// Forgets the cached sessions of every profile that starts from the sign-in with this item; how many.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if one can't be removed.
pub fn forget_sessions(app: &App, profiles: &Profiles, sign_in: &Item) -> Result<usize> {
    let cache = Cache::open(app)?;
    let cached: BTreeSet<String> = cache.entries().into_iter().map(|(_, entry)| entry.profile).collect();
    let made: BTreeSet<String> =
        cached.into_iter().filter(|name| starts_from(&app.env, profiles, sign_in, name)).collect();
    cache.remove_where(|entry| made.contains(&entry.profile))
}

/// Somebody has signed in with a browser, who may be somebody else than before. So what was made from the sign-in before is
/// forgotten. This comes before the new one is kept, so nothing made from the new one is lost. A command that has read the
/// old token a moment ago may still leave a session of it.
fn replace(app: &App, sign_in: &Item) {
    let forgotten = Profiles::load(&app.env).and_then(|profiles| forget_sessions(app, &profiles, sign_in));
    match forgotten {
        Ok(0) => {}
        Ok(n) => app.debug(|| format!("forgot {n} sessions of the sign-in before")),
        Err(e) => app.prompter.warn(&format!("sessions of the sign-in before may still be used: {}", e.brief())),
    }
}

/// Why no person can sign in now. `None` if one can: on a terminal, or because the command itself is about signing in.
pub fn nobody(app: &App) -> Option<&'static str> {
    if app.global.no_input {
        return Some("--no-input was given");
    }
    let can = app.sign_in.get().is_some() || app.prompter.on_terminal();
    (!can).then_some("there is no terminal to show its address on")
}

impl SignIn {
    /// Its name for a person.
    pub fn name(&self) -> &str {
        match self {
            SignIn::Center(it) => it.name(),
            SignIn::Console(it) => &it.session,
        }
    }

    /// How long it is good, without asking anybody; `None` if a person has to sign in.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    pub fn outlook(&self, app: &App, profile: &str) -> Result<Option<Outlook>> {
        match self {
            SignIn::Center(it) => Center::new(app, profile, it).outlook(),
            SignIn::Console(it) => Console::new(app, profile, it)?.outlook(),
        }
    }

    /// Makes sure that somebody is signed in, and asks a person if that is needed.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Input`] if a person can't be asked or refuses; whatever the keychain or AWS
    /// fails with.
    pub fn begin(&self, app: &App, profile: &str) -> Result<Begun> {
        Ok(match self {
            SignIn::Center(it) => {
                let center = Center::new(app, profile, it);
                Begun { ends: center.sign_in()?, asked: center.has_asked() }
            }
            SignIn::Console(it) => {
                let console = Console::new(app, profile, it)?;
                let ends = console.credentials()?.expires.unwrap_or_else(|| app.clock.now());
                Begun { ends, asked: console.has_asked() }
            }
        })
    }

    /// Ends it, at AWS and here.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`]; [`crate::base::error::ErrorKind::Failed`] for a file that can't be
    /// removed.
    pub fn end(&self, app: &App, profile: &str) -> Result<Ended> {
        match self {
            SignIn::Center(it) => Center::new(app, profile, it).log_out(),
            SignIn::Console(it) => Console::new(app, profile, it)?.log_out(),
        }
    }

    /// Its item in the keychain.
    pub fn item(&self) -> Item {
        match self {
            SignIn::Center(it) => identity_center::item(it),
            SignIn::Console(it) => console::item(&it.session),
        }
    }

    /// As [`SignIn::outlook`]. A keychain that would have to be unlocked is not asked.
    fn quietly(&self, app: &App, profile: &str) -> Result<Option<Outlook>> {
        let quiet = app.keychain.is_quiet();
        app.keychain.set_quiet(true);
        let outlook = self.outlook(app, profile);
        app.keychain.set_quiet(quiet);
        outlook
    }

    /// Whether somebody is signed in and until when, in words.
    pub fn in_words(&self, app: &App, profile: &str) -> String {
        let (now, to) = (app.clock.now(), self.name());
        match self.quietly(app, profile) {
            Ok(Some(Outlook { ends, renewable })) if ends > now => {
                let more = if renewable { ", then renewed without a browser" } else { "" };
                format!("signed in to {to} until {ends} ({} left){more}", show_left(ends.seconds_left(now)))
            }
            Ok(Some(_)) => format!("signed in to {to}: renewed without a browser, as long as AWS allows"),
            Ok(None) => format!("a sign-in to {to} in the browser is needed"),
            Err(e) => format!("whether somebody is signed in to {to} is not known: {}", e.brief()),
        }
    }

    /// The same for a program.
    pub fn to_json(&self, app: &App, profile: &str) -> Value {
        let outlook = self.quietly(app, profile).ok().flatten();
        let until = outlook.map(|outlook| outlook.ends.to_string());
        json!({ "to": self.name(), "until": until, "renewable": outlook.is_some_and(|outlook| outlook.renewable) })
    }
}
