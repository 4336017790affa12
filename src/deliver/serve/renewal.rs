//! Renews what a server gives out, each profile on a thread of its own: a call to AWS may take half a minute and a person
//! longer, and neither must keep the other profiles or the command waiting.

use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::locked;
use super::protocol::Book;
use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::signals;
use crate::base::time::Timestamp;
use crate::cli::{Global, SessionArgs};
use crate::profile::Profiles;
use crate::select::request;
use crate::session::{self, Session};

/// How often it is looked at what is due. The clock may be set meanwhile, or the machine may sleep.
const LOOK: Duration = Duration::from_secs(1);
/// How many seconds after a failed renewal the next one is tried.
const TRY_AGAIN: i64 = 30;
/// The same after a question that nobody answered: each question disturbs the program that runs.
const ASK_AGAIN: i64 = 300;
/// How long the end waits for a question to be taken back. A call to AWS may be left alone.
const GRACE: Duration = Duration::from_millis(500);

/// Held while a person is asked: there is only one.
static ASKING: Mutex<()> = Mutex::new(());

/// The threads that renew. They end when this is dropped.
#[derive(Default)]
pub struct Renewals(Vec<Running>);

struct Running {
    end: Sender<()>,
    /// What ends a question of this thread.
    noted: &'static AtomicI32,
    thread: JoinHandle<()>,
}

/// One profile, and what is needed to renew its session.
struct Renewal {
    /// Asks nobody.
    silent: App,
    /// May ask a person.
    asking: App,
    name: String,
    args: SessionArgs,
    min_ttl: u32,
    book: Arc<Mutex<Book>>,
    /// The last failure that was told.
    told: Option<String>,
}

impl Renewals {
    /// From now on this session is renewed when less than `min_ttl` is left of it. One that doesn't end never is.
    ///
    /// # Errors
    /// [`ErrorKind::Failed`] if the system allows no thread.
    pub fn begin(
        &mut self,
        app: &App,
        session: &Session,
        args: &SessionArgs,
        min_ttl: u32,
        book: &Arc<Mutex<Book>>,
    ) -> Result<()> {
        let Some(mut due) = due(session, min_ttl, app.clock.now()) else { return Ok(()) };
        let (end, ended) = mpsc::channel();
        // It has to live as long as the thread, which may outlive this value.
        let noted: &'static AtomicI32 = Box::leak(Box::default());
        let (make, global, book) = (app.for_a_thread(), app.global.clone(), book.clone());
        let (name, args) = (session.profile.clone(), args.clone());
        let thread = thread::Builder::new().name("renewal".into()).spawn(move || {
            signals::note_in(Some(noted));
            let silent = make(Global { no_input: true, ..global.clone() });
            let mut renewal = Renewal { silent, asking: make(global), name, args, min_ttl, book, told: None };
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if renewal.asking.clock.now() >= due {
                    // In this order: an end that comes now is noted after it.
                    noted.store(0, SeqCst);
                    if ended.try_recv() != Err(TryRecvError::Empty) {
                        return;
                    }
                    due = renewal.renew(&ended);
                }
            }
        });
        let thread = thread.map_err(|e| Error::failed("sessions can't be renewed").cause(e))?;
        self.0.push(Running { end, noted, thread });
        Ok(())
    }

    /// A signal has come: it ends the question that a person is asked just now.
    pub fn interrupt(&self, signal: Signal) {
        for running in &self.0 {
            running.noted.store(signal as i32, SeqCst);
        }
    }
}

impl Drop for Renewals {
    fn drop(&mut self) {
        let running: Vec<_> = std::mem::take(&mut self.0);
        let threads: Vec<_> = running
            .into_iter()
            .map(|Running { end, noted, thread }| {
                drop(end);
                noted.store(Signal::SIGTERM as i32, SeqCst);
                thread
            })
            .collect();
        let end = Instant::now() + GRACE;
        while Instant::now() < end && threads.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Renewal {
    /// Renews the session, without a person if that is possible; when the next time is. Whatever fails is said once.
    fn renew(&mut self, ended: &Receiver<()>) -> Timestamp {
        let mut renewed = self.obtain(&self.silent);
        if renewed.as_ref().is_err_and(|error| error.kind == ErrorKind::Input) && !self.asking.global.no_input {
            let _one_at_a_time = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
            locked(&self.book).failed(&self.name, "awsx is asking a person for what its renewal needs");
            renewed = self.obtain(&self.asking);
        }
        let now = self.asking.clock.now();
        let error = match renewed {
            Ok(session) => {
                locked(&self.book).put(&session);
                self.told = None;
                return due(&session, self.min_ttl, now).unwrap_or(Timestamp(i64::MAX));
            }
            Err(error) => error,
        };
        let why = format!("{} was not renewed: {}", self.name, error.brief());
        locked(&self.book).failed(&self.name, &why);
        // Not what has failed because the end has come.
        if self.told.as_ref() != Some(&why) && ended.try_recv() == Err(TryRecvError::Empty) {
            self.asking.prompter.warn(&why);
            self.told = Some(why);
        }
        now.plus(if error.kind == ErrorKind::Input { ASK_AGAIN } else { TRY_AGAIN })
    }

    fn obtain(&self, app: &App) -> Result<Session> {
        obtain(app, &Profiles::load(&app.env)?, &self.name, &self.args, false)
    }
}

/// Gets a session to give out. A code that was given, in whatever way, is good for the first one alone.
pub fn obtain(app: &App, profiles: &Profiles, name: &str, args: &SessionArgs, first: bool) -> Result<Session> {
    let mut request = request::from_args(app, profiles, Some(name), args)?;
    request.code = request.code.filter(|_| first);
    session::obtain(app, profiles, &request)
}

/// When a session is to be renewed: as soon as a cached one would no longer do. One that is shorter than what should
/// be left of it is renewed after half its time. One that has ended by this machine's clock is not asked for each
/// second.
fn due(session: &Session, min_ttl: u32, now: Timestamp) -> Option<Timestamp> {
    let ends = session.credentials.expires?;
    let left = ends.seconds_left(now);
    let after = match left {
        ..=0 => TRY_AGAIN,
        _ if left >= i64::from(min_ttl) => left - i64::from(min_ttl),
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
        let again = |first| obtain(&kit.app, &profiles, "prod", &SessionArgs::default(), first);
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
            let session =
                Session { profile: "prod".into(), credentials, account: None, arn: None, key: None, cached: false };
            due(&session, 900, START).map(|due| due.seconds_left(START))
        };
        for (left, want) in [(3600, 2701), (900, 1), (600, 301), (0, TRY_AGAIN + 1), (-60, TRY_AGAIN + 1)] {
            assert_eq!(after(left), Some(want), "{left}");
        }
    }
}
