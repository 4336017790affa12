//! Renews what a server gives out, each profile on a thread of its own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::locked;
use super::protocol::Book;
use crate::app::App;
use crate::base::error::{ErrorKind, Result};
use crate::base::time::Timestamp;
use crate::cli::SessionArgs;
use crate::deliver::aside::{Aside, Here};
use crate::profile::Profiles;
use crate::select::request;
use crate::session::{self, Session};

/// How often a thread looks whether its session is due. It can't sleep until then: the clock may be set meanwhile, or the
/// machine may sleep.
const LOOK: Duration = Duration::from_secs(1);
/// Seconds from a failed renewal to the next one. That also finds what a person has done elsewhere meanwhile, such as a
/// sign-in.
const TRY_AGAIN: i64 = 30;
/// Seconds from a question that nobody answered to the next one. Each question disturbs the program that runs.
const ASK_AGAIN: i64 = 300;

/// The threads that renew. They end when this is dropped.
#[derive(Default)]
pub struct Renewals(Vec<Aside>);

/// The sessions that are wanted.
#[derive(Clone)]
pub struct Wanted {
    /// As they were asked for, with `min_ttl`.
    pub args: SessionArgs,
    /// How many seconds are to be left.
    pub min_ttl: u32,
    /// Whether a session that is too short for that is renewed after half its time.
    pub half_is_enough: bool,
}

/// One profile, and what is needed to renew its session.
struct Renewal {
    name: String,
    wanted: Wanted,
    book: Arc<Mutex<Book>>,
    /// The last failure that was printed.
    told: Option<String>,
    /// Nobody is asked before that time.
    ask_at: Timestamp,
}

impl Renewals {
    /// Starts a thread that renews this session when less is left of it than is wanted. A session without an end needs
    /// none.
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] if the system allows no thread.
    pub fn begin(&mut self, app: &App, session: &Session, wanted: &Wanted, book: &Arc<Mutex<Book>>) -> Result<()> {
        let Some(mut due) = due(session, app.clock.now()) else { return Ok(()) };
        let (name, wanted, book) = (session.profile.clone(), wanted.clone(), book.clone());
        let mut renewal = Renewal { name, wanted, book, told: None, ask_at: Timestamp(i64::MIN) };
        self.0.push(Aside::start(app, move |here| {
            while here.wait(LOOK) {
                if here.app().clock.now() >= due {
                    due = renewal.renew(&here);
                }
            }
        })?);
        Ok(())
    }

    /// A signal has come: it ends the question that a person is asked just now.
    pub fn interrupt(&self, signal: Signal) {
        self.0.iter().for_each(|thread| thread.interrupt(signal));
    }
}

impl Drop for Renewals {
    fn drop(&mut self) {
        // All at once, before one is waited for.
        self.0.iter_mut().for_each(Aside::end);
    }
}

impl Renewal {
    /// Renews the session; when the next time is. Whatever fails is said once.
    fn renew(&mut self, here: &Here) -> Timestamp {
        let obtain = |app: &App| self.wanted.obtain(app, &Profiles::load(&app.env)?, &self.name, false);
        let may_ask = here.app().clock.now() >= self.ask_at;
        let asking = || locked(&self.book).failed(&self.name, "awsx is asking a person for what its renewal needs");
        let renewed = if may_ask { here.act(obtain, asking) } else { here.silently(obtain) };
        let now = here.app().clock.now();
        let error = match renewed {
            Ok(session) => {
                locked(&self.book).put(&session);
                (self.told, self.ask_at) = (None, Timestamp(i64::MIN));
                return due(&session, now).unwrap_or(Timestamp(i64::MAX));
            }
            Err(error) => error,
        };
        let next = now.plus(TRY_AGAIN);
        if error.kind == ErrorKind::Input {
            if !may_ask {
                return next;
            }
            self.ask_at = now.plus(ASK_AGAIN);
        }
        let hint = error.hint.as_ref().map_or(String::new(), |hint| format!(" (hint: {hint})"));
        let why = format!("{} was not renewed: {}{hint}", self.name, error.brief());
        locked(&self.book).failed(&self.name, &why);
        // Not what has failed because the end has come.
        if self.told.as_ref() != Some(&why) && !here.is_over() {
            here.app().prompter.warn(&why);
            self.told = Some(why);
        }
        next
    }
}

impl Wanted {
    /// Gets a session to give out. A code that was given, in whatever way, is good for the first one alone.
    ///
    /// # Errors
    /// Whatever the session fails with.
    pub fn obtain(&self, app: &App, profiles: &Profiles, name: &str, first: bool) -> Result<Session> {
        let mut request = request::from_args(app, profiles, Some(name), &self.args)?;
        request.code = request.code.filter(|_| first);
        request.half_is_enough = self.half_is_enough;
        if !request.min_ttl_is_asked_for {
            request.min_ttl = self.min_ttl;
        }
        session::obtain(app, profiles, &request)
    }
}

/// When a session is to be renewed: as soon as a cached one would no longer do. One that is shorter than what should
/// be left of it is renewed after half its time. One that has ended by this machine's clock is not asked for each
/// second.
fn due(session: &Session, now: Timestamp) -> Option<Timestamp> {
    let ends = session.credentials.expires?;
    let left = ends.seconds_left(now);
    let after = match left {
        ..=0 => TRY_AGAIN,
        _ if left >= i64::from(session.margin) => left - i64::from(session.margin),
        _ => left / 2,
    };
    Some(now.plus(after + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Credentials;
    use crate::base::vars;
    use crate::ports::Item;
    use crate::sources::keys;
    use crate::testkit::{Kit, START, key_pair};

    #[test]
    fn a_given_code_is_not_there_for_a_renewal() {
        let kit = Kit::with_env(&[("AWSX_ADVERTISED", "0"), (vars::AWSX_MFA_CODE, "123456")]);
        kit.config("[profile prod]\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n");
        kit.app.keychain.set(&Item::Keys("prod".into()), &keys::encode(&key_pair()).unwrap()).unwrap();
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let wanted = Wanted { args: SessionArgs::default(), min_ttl: 900, half_is_enough: true };
        let again = |first| wanted.obtain(&kit.app, &profiles, "prod", first);
        let before = again(true).unwrap();
        kit.clock.advance(48 * 3600);
        assert!(again(false).is_err(), "nobody is there to be asked");
        kit.prompter.answer("654321");
        assert!(!again(false).unwrap().cached && !before.cached);
    }

    #[test]
    fn renewals_are_due_in_time_and_never_each_second() {
        let after = |left: i64| {
            let credentials = Credentials { expires: Some(START.plus(left)), ..key_pair() };
            let (account, arn, key) = (None, None, None);
            let session =
                Session { profile: "prod".into(), credentials, account, arn, key, cached: false, margin: 900 };
            due(&session, START).map(|due| due.seconds_left(START))
        };
        for (left, want) in [(3600, 2701), (900, 1), (600, 301), (0, TRY_AGAIN + 1), (-60, TRY_AGAIN + 1)] {
            assert_eq!(after(left), Some(want), "{left}");
        }
    }
}
