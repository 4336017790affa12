//! The way from a request to a session: plan → code → call → record, and again until the session is there.
//!
//! A plan is never changed while it is carried out. When something that it was made from changes (a lock was waited
//! for, a device was found, a limit was read, a session was made), it is dropped and the next round makes a new one.
//!
//! Locks are waited for in one order: the session that is wanted, then the shared session on the way to it, then the
//! MFA device. The name of a session is a digest over the names of those below it, so no two commands can wait for each
//! other.

use std::cell::Cell;

use super::Session;
use super::knowledge::Knowledge;
use super::record;
use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::base::time::{Timestamp, show_duration, show_left};
use crate::mfa::codes::{Codes, given_code};
use crate::plan::duration::CHAINED;
use crate::plan::{Action, Inputs, Plan, Request, SessionKey, Step, plan, usable};
use crate::profile::{Profile, Profiles};
use crate::signin::callback;
use crate::sources::plaintext;
use crate::store::cache::{Cache, Entry};
use crate::store::lock::{self, Waited};
use crate::store::recent;
use crate::store::state::ProfileState;

/// How often it plans again at most. A safety net: every round takes a lock, learns something or makes a session.
const ROUNDS: usize = 100;

/// One command's way from a request to a session.
pub struct Run<'a> {
    pub(super) app: &'a App,
    pub(super) profiles: &'a Profiles,
    pub(super) request: &'a Request,
    pub(super) cache: Option<&'a Cache<'a>>,
    pub(super) knowledge: Knowledge<'a>,
    warned_of_cache: Cell<bool>,
    warned_of_ledger: Cell<bool>,
    began: Timestamp,
}

/// Why a round ended without a session.
pub(super) enum Stop {
    /// What the plan was made from has changed: another round makes a new one.
    Replan,
    /// It failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

/// What a round comes back with.
pub(super) type Round<T> = std::result::Result<T, Stop>;

/// What a step has issued.
pub(super) struct Issued {
    pub credentials: Credentials,
    pub arn: Option<String>,
}

/// What a run holds on to from one round to the next. The fields are dropped in this order: the device first.
#[derive(Default)]
pub(super) struct Held<'a> {
    /// The codes of the MFA device, and with them its lock.
    pub codes: Option<Codes<'a>>,
    /// The lock of a session that others share, while it is being made.
    shared: Option<Lock>,
    /// The lock of the session that is wanted.
    wanted: Option<Lock>,
    /// Whether the advertised limits have been asked for.
    pub limits_asked: bool,
    /// Whether the person wants to go on without waiting for another process.
    pub alone: bool,
}

/// The right to make a session. Without a guard where no lock file can be had.
struct Lock {
    key: SessionKey,
    _guard: Option<crate::base::lock::Lock>,
}

impl<'a> Run<'a> {
    /// Nothing is read yet.
    pub fn new(app: &'a App, profiles: &'a Profiles, request: &'a Request, cache: Option<&'a Cache<'a>>) -> Self {
        let knowledge = Knowledge::new(app, cache);
        let began = app.clock.now();
        let (warned_of_cache, warned_of_ledger) = (Cell::new(false), Cell::new(false));
        Run { app, profiles, request, cache, knowledge, warned_of_cache, warned_of_ledger, began }
    }

    /// The session: out of the cache, else made step by step while others wait.
    ///
    /// # Errors
    /// Whatever a step fails with.
    pub fn session(&self) -> Result<Session> {
        let mut held = Held::default();
        for _ in 0..ROUNDS {
            match self.round(&self.plan()?, &mut held) {
                Ok(session) => {
                    if !session.cached {
                        recent::used(self.app, &session.profile);
                    }
                    return Ok(session);
                }
                Err(Stop::Replan) => self.knowledge.look_again(),
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        Err(Error::failed(format!("no session for {}", self.request.profile))
            .cause("the stored keys or the cache changed again and again meanwhile")
            .hint("try again"))
    }

    pub(super) fn plan(&self) -> Result<Plan> {
        plan(&Inputs { profiles: self.profiles, env: &self.app.env, request: self.request, known: &self.knowledge })
    }

    /// One step of the plan at most.
    fn round(&self, plan: &Plan, held: &mut Held<'a>) -> Round<Session> {
        let start = plan.start(self.request.min_ttl, self.app.clock.now(), |key| self.usable_until(key));
        if start == plan.steps.len() {
            return Ok(self.there(plan)?);
        }
        // Before anything is asked of AWS: a code that can't be one doesn't get better.
        self.request.code.as_ref().map(given_code).transpose()?;
        if let Some(key) = plan.key() {
            self.lock_wanted(plan, key, held)?;
        }
        self.learn_identity(plan)?;
        self.check_account(plan)?;
        if plan.steps.iter().skip(start).any(|step| step.look_up_serial) {
            self.look_up_device(plan)?;
            return Err(Stop::Replan);
        }
        let next = plan.steps.iter().enumerate().skip(start).find_map(|(i, step)| Some((i, step, step.key.as_ref()?)));
        let Some((i, step, key)) = next else {
            return self.without_session(plan);
        };
        let last = i + 1 == plan.steps.len();
        if !last {
            self.lock_shared(plan, key, held)?;
        }
        let mut issued = self.take(plan, i, held)?;
        if last {
            self.check_issued(plan, &mut issued)?;
        }
        self.keep(plan, step, key, &issued);
        // Released only now: whoever waited for them finds the session in the cache.
        (held.codes, held.shared) = (None, None);
        Err(Stop::Replan)
    }

    /// When an existing session ends. One that was made since this command began, by this process or another, is used
    /// however short it is. Otherwise each of several parallel commands would ask for a code.
    pub(super) fn usable_until(&self, key: &SessionKey) -> Option<Timestamp> {
        let entry = self.knowledge.entry(key)?;
        let fresh = entry.issued > self.began || self.knowledge.is_own(key);
        let half_left = |expires: Timestamp| expires.seconds_left(self.began) >= expires.seconds_left(entry.issued) / 2;
        let enough = |expires| self.request.half_is_enough && half_left(expires);
        if fresh || entry.credentials.expires.is_some_and(enough) {
            return Some(Timestamp(i64::MAX));
        }
        entry.credentials.expires
    }

    /// The session that is wanted, which this process has made or which is in the cache.
    fn there(&self, plan: &Plan) -> Result<Session> {
        let key = plan.key();
        let entry = key.and_then(|key| self.knowledge.entry(key));
        let entry = entry.ok_or_else(|| Error::failed("a cached session vanished").hint("try again"))?;
        let cached = !key.is_some_and(|key| self.knowledge.is_own(key));
        let mut issued = Issued { credentials: entry.credentials, arn: entry.arn };
        if cached {
            self.app.debug(|| format!("{}: cached session {}", plan.profile, issued.credentials.access_key_id));
            self.check_issued(plan, &mut issued)?;
        } else {
            self.warn_of(plan, &issued);
        }
        Ok(Session {
            profile: plan.profile.clone(),
            key: key.cloned(),
            account: entry.account.or_else(|| self.account(plan, issued.arn.as_deref())),
            credentials: issued.credentials,
            arn: issued.arn,
            cached,
            margin: self.margin(plan),
        })
    }

    /// The result of a plan that makes no session: keys for `--no-session`, or a session out of the credentials file.
    fn without_session(&self, plan: &Plan) -> Round<Session> {
        let mut issued = self.source_of(plan, plan.steps.len())?;
        self.check_issued(plan, &mut issued)?;
        self.warn_of(plan, &issued);
        Ok(Session {
            profile: plan.profile.clone(),
            key: None,
            account: self.account(plan, issued.arn.as_deref()),
            credentials: issued.credentials,
            arn: issued.arn,
            cached: false,
            margin: self.margin(plan),
        })
    }

    /// Warns about a new session: what the plan says, and if it is shorter than `--min-ttl`.
    fn warn_of(&self, plan: &Plan, issued: &Issued) {
        for warning in &plan.warnings {
            self.app.prompter.warn(warning);
        }
        let Some(expires) = issued.credentials.expires else { return };
        let left = expires.seconds_left(self.app.clock.now());
        let asked = self.request.min_ttl;
        let enough = if self.request.min_ttl_is_asked_for { asked } else { self.margin(plan) };
        if left < i64::from(enough) && !self.request.half_is_enough {
            let wanted = show_duration(asked);
            self.app.prompter.warn(&format!(
                "the new session lasts only {}, less than {wanted} (--min-ttl, --learn, AWSX_REFRESH_MARGIN): {}",
                show_left(left),
                why_short(plan)
            ));
        }
    }

    /// Seconds that must be left of what the plan makes.
    fn margin(&self, plan: &Plan) -> u32 {
        plan.steps.last().map_or(self.request.min_ttl, |step| step.margin(self.request.min_ttl))
    }

    /// Takes the lock of the wanted session. The plan was made before the wait, so a new one is needed.
    fn lock_wanted(&self, plan: &Plan, key: &SessionKey, held: &mut Held<'a>) -> Round<()> {
        if held.wanted.as_ref().is_some_and(|lock| lock.key == *key) {
            return Ok(());
        }
        held.shared = None;
        held.wanted = None;
        held.wanted = self.lock(plan, key, held)?;
        Err(Stop::Replan)
    }

    /// The same for the MFA session that several profiles share. Another process may be making it right now.
    fn lock_shared(&self, plan: &Plan, key: &SessionKey, held: &mut Held<'a>) -> Round<()> {
        if held.shared.as_ref().is_some_and(|lock| lock.key == *key) {
            return Ok(());
        }
        held.shared = None;
        held.shared = self.lock(plan, key, held)?;
        Err(Stop::Replan)
    }

    /// Waits for the process that makes this session; `None` if the session is there by then. A process that holds the
    /// MFA device's lock doesn't wait: the other one may be waiting for that lock.
    fn lock(&self, plan: &Plan, key: &SessionKey, held: &mut Held<'a>) -> Result<Option<Lock>> {
        let without = || Lock { key: key.clone(), _guard: None };
        let Some(cache) = self.cache else { return Ok(Some(without())) };
        if held.codes.is_some() || held.alone {
            return Ok(Some(Lock { _guard: lock::try_lock(cache.dir(), &key.0), ..without() }));
        }
        let waiting = || self.app.prompter.say("waiting for another awsx that is getting this session …");
        // The other process may be waiting for a browser sign-in, which takes longer than typing a code.
        let patience = if plan.starts_with_a_sign_in() { callback::LIMIT } else { lock::PATIENCE };
        match lock::wait(self.app, cache.dir(), &key.0, patience, waiting, || self.meanwhile(key)) {
            Ok(Waited::Locked(guard)) => Ok(Some(Lock { _guard: Some(guard), ..without() })),
            Ok(Waited::There(_)) => Ok(None),
            Ok(Waited::Alone) => {
                held.alone = true;
                Ok(Some(without()))
            }
            Err(e) if e.kind == ErrorKind::Input => Err(e),
            Err(e) => {
                self.cache_warning(&e);
                Ok(Some(without()))
            }
        }
    }

    /// Whether another process has made this session meanwhile.
    pub(super) fn meanwhile(&self, key: &SessionKey) -> Option<Timestamp> {
        self.knowledge.look_again();
        let (min_ttl, now) = (self.request.min_ttl, self.app.clock.now());
        self.usable_until(key).filter(|expires| usable(*expires, min_ttl, now))
    }

    fn cache_warning(&self, error: &Error) {
        if !self.warned_of_cache.replace(true) {
            let cause = error.cause.as_deref().map(|c| format!(" ({c})")).unwrap_or_default();
            self.app.prompter.warn(&format!("sessions are not cached: {}{cause}", error.what));
        }
    }

    /// Forgets a session that AWS no longer takes; `true` if it was a cached one, so that a new one may do.
    pub(super) fn forget(&self, key: &SessionKey) -> bool {
        !self.knowledge.is_own(key) && self.cache.is_some_and(|cache| cache.remove(key).unwrap_or(false))
    }

    /// The base keys of a plan.
    pub(super) fn base_keys(&self, plan: &Plan) -> Result<Credentials> {
        match plan.steps.first().map(|step| &step.action) {
            Some(Action::Plaintext) => {
                return plaintext::read(&self.profile(&plan.base)?, self.app.clock.now());
            }
            Some(Action::Source(source)) => return Ok(self.knowledge.given(&plan.base, source)?.credentials),
            _ => {}
        }
        self.knowledge.keys(&plan.base)?.ok_or_else(|| {
            Error::config(format!("the keys of {} are gone from the keychain", plan.base))
                .cause("awsx had seen them there")
                .hint(format!("awsx add {}", plan.base))
        })
    }

    pub(super) fn profile(&self, name: &str) -> Result<Profile> {
        self.profiles.get(name).ok_or_else(|| Error::config(format!("no profile {name}")).hint("awsx list"))
    }

    /// Remembers what a step has made, and caches it. A cache that can't be written is a warning, never a lost session.
    fn keep(&self, plan: &Plan, step: &Step, key: &SessionKey, issued: &Issued) {
        let of_source = || match &step.action {
            Action::Source(source) => source.account().map(str::to_owned),
            _ => None,
        };
        let entry = Entry {
            credentials: issued.credentials.clone(),
            profile: step.profile.clone(),
            source_key_id: plan.key_id.clone().unwrap_or_default(),
            account: self.account(plan, issued.arn.as_deref()).or_else(of_source),
            arn: issued.arn.clone(),
            serial: step.serial.clone(),
            issued: self.app.clock.now(),
        };
        // Keys that have made a session are not invalid, whatever a check has said.
        if self.knowledge.state(&plan.base).checked.is_some_and(|checked| checked.invalid_since.is_some()) {
            let works = |state: &mut ProfileState| state.checked.iter_mut().for_each(|c| c.invalid_since = None);
            self.knowledge.learn(&plan.base, works);
        }
        if let (Some(cache), Some(_)) = (self.cache, issued.credentials.expires)
            && let Err(e) = cache.put(key, &entry)
        {
            self.cache_warning(&e);
        }
        if let Err(e) = record::issued(self.app, &entry)
            && !self.warned_of_ledger.replace(true)
        {
            self.app.prompter.warn(&e.brief());
        }
        self.knowledge.add_own(key, entry);
    }
}

/// Why a new session is short.
fn why_short(plan: &Plan) -> String {
    let Some(step) = plan.steps.last() else { return String::new() };
    match (&step.action, step.duration) {
        (Action::AssumeRole(_), Some(CHAINED)) if plan.steps.iter().rev().nth(1).is_some_and(|s| s.key.is_some()) => {
            "a role over a session lasts 1h at most".into()
        }
        (_, Some(duration)) => format!("{} was asked for", show_duration(duration)),
        (_, None) => "its source gives no more".into(),
    }
}
