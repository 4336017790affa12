//! Takes the steps of a plan: cache first, then one process at a time.

use std::cell::{Cell, RefCell};

use super::Session;
use super::knowledge::Knowledge;
use crate::app::App;
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::base::time::{Timestamp, show_duration, show_left};
use crate::mfa::codes;
use crate::plan::{Action, Inputs, Plan, Request, SessionKey, Step, plan, usable};
use crate::ports::{AssumeRole, Call, CallError, Caller, Endpoint, MfaCode};
use crate::profile::{Profile, Profiles};
use crate::store::cache::{Cache, Entry};
use crate::store::lock;

/// One command's way from a request to a session.
pub struct Run<'a> {
    pub(super) app: &'a App,
    pub(super) profiles: &'a Profiles,
    request: &'a Request,
    cache: Option<&'a Cache<'a>>,
    pub(super) memory: Knowledge<'a>,
    warned_of_cache: Cell<bool>,
    began: Timestamp,
}

/// Why steps could not be taken to the end.
enum Stop {
    /// What was remembered has changed; a new plan will do.
    Replan,
    /// It failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

/// What a step has made.
pub(super) struct Issued {
    pub credentials: Credentials,
    pub arn: Option<String>,
}

impl<'a> Run<'a> {
    /// Nothing is read yet.
    pub fn new(app: &'a App, profiles: &'a Profiles, request: &'a Request, cache: Option<&'a Cache<'a>>) -> Self {
        let memory = Knowledge::new(app, cache);
        let began = app.clock.now();
        Run { app, profiles, request, cache, memory, warned_of_cache: Cell::new(false), began }
    }

    /// The session: out of the cache, else made step by step while others wait.
    ///
    /// # Errors
    /// Whatever a step fails with.
    pub fn session(&self) -> Result<Session> {
        let mut guards = Vec::new();
        let mut held: Vec<SessionKey> = Vec::new();
        // Each round either ends it or has learnt something: a lock, the device, the true key, a void session.
        for _ in 0..8 {
            let plan = self.plan()?;
            let start = self.start(&plan);
            if start == plan.steps.len() {
                return self.cached(&plan);
            }
            if let Some(key) = plan.key().filter(|key| !held.contains(key)) {
                guards.extend(self.lock(key)?);
                held.push(key.clone());
                self.memory.look_again();
                continue;
            }
            if self.learn_identity(&plan)? {
                continue;
            }
            self.check_account(&plan)?;
            if plan.steps.iter().skip(start).any(|step| step.look_up_serial) {
                self.look_up_device(&plan)?;
                continue;
            }
            match self.take(plan, start) {
                Ok(session) => return Ok(session),
                Err(Stop::Replan) => self.memory.look_again(),
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        Err(Error::failed(format!("no session for {}", self.request.profile))
            .cause("the stored keys or the cache changed again and again meanwhile")
            .hint("try again"))
    }

    pub(super) fn plan(&self) -> Result<Plan> {
        plan(&Inputs { profiles: self.profiles, env: &self.app.env, request: self.request, known: &self.memory })
    }

    fn start(&self, plan: &Plan) -> usize {
        plan.start(self.request.min_ttl, self.app.clock.now(), |key| self.usable_until(key))
    }

    /// When a cached session ends. What another process made while this one waited for it is fresh, however short: it is
    /// used, as it would be if this one had made it, or each of many would ask for a code.
    fn usable_until(&self, key: &SessionKey) -> Option<Timestamp> {
        let entry = self.memory.entry(key)?;
        if entry.issued > self.began { Some(Timestamp(i64::MAX)) } else { entry.credentials.expires }
    }

    fn cached(&self, plan: &Plan) -> Result<Session> {
        let entry = plan.key().and_then(|key| self.memory.entry(key));
        let entry = entry.ok_or_else(|| Error::failed("a cached session vanished").hint("try again"))?;
        self.app.debug(|| format!("{}: cached session {}", plan.profile, entry.credentials.access_key_id));
        let mut made = Issued { credentials: entry.credentials, arn: entry.arn };
        self.check_made(plan, &mut made)?;
        Ok(Session {
            profile: plan.profile.clone(),
            key: plan.key().cloned(),
            account: entry.account.or_else(|| self.account(plan, made.arn.as_deref())),
            credentials: made.credentials,
            arn: made.arn,
            cached: true,
        })
    }

    /// Waits for whoever makes this session; no lock if it is there meanwhile, or if there can be none.
    fn lock(&self, key: &SessionKey) -> Result<Option<lock::Guard>> {
        let Some(cache) = self.cache else { return Ok(None) };
        let waiting = || self.app.prompter.say("waiting for another awsx that is getting this session …");
        let there = || {
            self.memory.look_again();
            let (min_ttl, now) = (self.request.min_ttl, self.app.clock.now());
            self.usable_until(key).filter(|expires| usable(*expires, min_ttl, now))
        };
        match lock::lock_or(cache.dir(), &key.0, lock::patience(self.app), waiting, there) {
            Ok(waited) => Ok(waited.ok()),
            Err(e) if e.kind == ErrorKind::Input => Err(e),
            Err(e) => {
                self.cache_warning(&e);
                Ok(None)
            }
        }
    }

    fn cache_warning(&self, error: &Error) {
        if !self.warned_of_cache.replace(true) {
            let cause = error.cause.as_deref().map(|c| format!(" ({c})")).unwrap_or_default();
            self.app.prompter.warn(&format!("sessions are not cached: {}{cause}", error.what));
        }
    }

    /// The base keys of a plan. If they aren't the ones the plan was made for, the plan is void.
    pub(super) fn base_keys(&self, plan: &Plan) -> Result<Credentials> {
        if let Some(Action::Plaintext { .. }) = plan.steps.first().map(|s| &s.action) {
            return plaintext(&self.profile(&plan.base)?);
        }
        self.memory.keys(&plan.base)?.ok_or_else(|| {
            Error::config(format!("the keys of {} are gone from the keychain", plan.base))
                .cause("awsx had seen them there")
                .hint(format!("awsx add {}", plan.base))
        })
    }

    pub(super) fn profile(&self, name: &str) -> Result<Profile> {
        self.profiles.get(name).ok_or_else(|| Error::config(format!("no profile {name}")).hint("awsx list"))
    }

    fn take(&self, plan: Plan, start: usize) -> std::result::Result<Session, Stop> {
        let plan = RefCell::new(plan);
        let mut signing_session = start.checked_sub(1).and_then(|i| self.made(&plan.borrow(), i));
        let mut i = start;
        loop {
            let Some(step) = plan.borrow().steps.get(i).cloned() else { break };
            let last = i + 1 == plan.borrow().steps.len();
            // A session that other profiles share: somebody may be making it right now. Held for this step alone, or two
            // chains through the same roles would wait for each other.
            let mut _guard = None;
            if let Some(key) = step.key.as_ref().filter(|_| !last) {
                _guard = self.lock(key)?;
                self.memory.look_again();
                let now = self.plan()?;
                if !now.steps.iter().map(|s| &s.key).eq(plan.borrow().steps.iter().map(|s| &s.key)) {
                    return Err(Stop::Replan);
                }
                let start = self.start(&now);
                if start > i {
                    signing_session = self.made(&now, start - 1);
                    i = start;
                    continue;
                }
            }
            let mut made = self.step(&plan, i, signing_session.as_ref())?;
            if last {
                self.check_made(&plan.borrow(), &mut made)?;
            }
            if let Some(step) = plan.borrow().steps.get(i) {
                self.keep(&plan.borrow(), step, &made);
            }
            signing_session = Some(made);
            i += 1;
        }
        let plan = plan.into_inner();
        let made = signing_session.ok_or_else(|| Error::failed(format!("no session for {}", plan.profile)))?;
        for warning in &plan.warnings {
            self.app.prompter.warn(warning);
        }
        if let Some(expires) = made.credentials.expires {
            let left = expires.seconds_left(self.app.clock.now());
            if left < i64::from(self.request.min_ttl) {
                let wanted = show_duration(self.request.min_ttl);
                self.app.prompter.warn(&format!(
                    "the new session lasts only {}, less than {wanted} (--min-ttl, AWSX_REFRESH_MARGIN)",
                    show_left(left)
                ));
            }
        }
        let account = self.account(&plan, made.arn.as_deref());
        let key = plan.key().cloned();
        Ok(Session { profile: plan.profile, key, credentials: made.credentials, account, arn: made.arn, cached: false })
    }

    fn made(&self, plan: &Plan, i: usize) -> Option<Issued> {
        let entry = self.memory.entry(plan.steps.get(i)?.key.as_ref()?)?;
        Some(Issued { credentials: entry.credentials, arn: entry.arn })
    }

    fn step(
        &self,
        plan: &RefCell<Plan>,
        i: usize,
        signing_session: Option<&Issued>,
    ) -> std::result::Result<Issued, Stop> {
        let (step, current) = (plan.borrow().steps.get(i).cloned(), plan.borrow().clone());
        let Some(step) = step else { return Err(Stop::Replan) };
        match &step.action {
            Action::Keychain => {
                let keys = self.base_keys(&current)?;
                if current.key_id.as_ref() != Some(&keys.access_key_id) {
                    return Err(Stop::Replan);
                }
                Ok(Issued { credentials: keys, arn: self.memory.state(&step.profile).arn })
            }
            Action::Plaintext { .. } => {
                Ok(Issued { credentials: plaintext(&self.profile(&step.profile)?)?, arn: None })
            }
            Action::Source(_) => {
                self.app.debug(|| format!("{}: the AWS SDK resolves its credentials", step.profile));
                let credentials = self.app.upstream.resolve(&step.profile, &step.endpoint)?;
                Ok(Issued { credentials, arn: None })
            }
            Action::SessionToken | Action::AssumeRole(_) => {
                let Some(signing_session) = signing_session else { return Err(Stop::Replan) };
                match &step.serial {
                    None => {
                        self.call(&step, &signing_session.credentials, None).map_err(|e| self.failed(&e, &current, i))
                    }
                    Some(serial) => self.with_code(plan, i, serial, &signing_session.credentials),
                }
            }
        }
    }

    /// A call that takes an MFA code. While the person types, the advertised limits are read; the plan that they change
    /// is the one that runs.
    fn with_code(
        &self,
        plan: &RefCell<Plan>,
        i: usize,
        serial: &str,
        with: &Credentials,
    ) -> std::result::Result<Issued, Stop> {
        let (base, profile) = (plan.borrow().base.clone(), plan.borrow().profile.clone());
        let advertised = RefCell::new(self.ask_for_limits(&plan.borrow(), with)?);
        let process = self.mfa_process(&plan.borrow(), serial)?;
        let ask = codes::MfaAsk {
            profile: &base,
            serial,
            mfa_process: process.as_deref(),
            given: self.request.code.as_ref(),
        };
        self.app.debug(|| format!("{profile}: a code of {serial} is needed"));
        let made = codes::with_code(self.app, &ask, |code: &MfaCode| {
            if let Some(limits) = advertised.take() {
                self.learn_limits(plan, &limits);
            }
            match plan.borrow().steps.get(i) {
                Some(step) => self.call(step, with, Some(code)),
                None => Err(CallError {
                    action: "sts:GetSessionToken",
                    fault: crate::ports::Fault::Protocol("no step".into()),
                }),
            }
        });
        made.map_err(|failure| match failure {
            codes::MfaFailure::Call(e) => self.failed(&e, &plan.borrow(), i),
            codes::MfaFailure::Code(e) => Stop::Failed(e),
        })
    }

    fn mfa_process(&self, plan: &Plan, serial: &str) -> Result<Option<String>> {
        let profiles = plan.steps.iter().rev().map(|step| self.profile(&step.profile));
        Ok(codes::own_process(&profiles.collect::<Result<Vec<_>>>()?, serial))
    }

    fn call(&self, step: &Step, with: &Credentials, code: Option<&MfaCode>) -> Call<Issued> {
        if let Action::AssumeRole(role) = &step.action {
            self.app.debug(|| format!("sts:AssumeRole {} for {}s", role.role_arn, role.duration));
            let role = AssumeRole { mfa: code.cloned(), ..(**role).clone() };
            let made = self.app.sts.assume_role(Caller::new(with, &step.endpoint), &role)?;
            return Ok(Issued { credentials: made.credentials, arn: Some(made.arn) });
        }
        let duration = step.duration.unwrap_or(crate::plan::duration::SHORTEST);
        self.app.debug(|| format!("sts:GetSessionToken for {duration}s"));
        let credentials = self.app.sts.get_session_token(Caller::new(with, &step.endpoint), duration, code)?;
        Ok(Issued { credentials, arn: self.memory.state(&step.profile).arn })
    }

    /// A failed call. If it was signed with a cached session that is void by now, that session is forgotten and the way
    /// begins again; if it wanted more than a role allows, the role's maximum is learnt for the next time.
    fn failed(&self, error: &CallError, plan: &Plan, i: usize) -> Stop {
        let signing_session = i.checked_sub(1).and_then(|i| plan.steps.get(i)).and_then(|step| step.key.as_ref());
        if let (Some(key), true) = (signing_session, errors::is_expired(error) || errors::is_unknown_key(error)) {
            let was_cached = self.cache.is_some_and(|cache| cache.remove(key).unwrap_or(false));
            if was_cached {
                self.app.debug(|| "the cached session signing_session is void; starting over".to_string());
                return Stop::Replan;
            }
        }
        let mut explained = self.explain(error, plan, i);
        if errors::is_too_long(error)
            && let Some(limit) = plan.steps.get(i).and_then(|step| self.learn_role_limit(plan, step))
        {
            explained.cause = Some(format!("the longest session of this role is {}", show_duration(limit)));
            explained.hint = Some(format!("--duration {}", show_duration(limit)));
        }
        if let Some(hint) = plan.steps.get(i).and_then(|step| self.mfa_hint(plan, step)) {
            explained.hint = Some(hint);
        }
        Stop::Failed(explained)
    }

    /// A failed call of a step of the plan, said to a person.
    fn explain(&self, error: &CallError, plan: &Plan, i: usize) -> Error {
        let at = plan.steps.get(i).map(|s| s.endpoint.clone()).unwrap_or_default();
        self.explain_at(error, plan, Some(i), &at)
    }

    /// The same for a call that went elsewhere, or is no step.
    pub(super) fn explain_at(&self, error: &CallError, plan: &Plan, i: Option<usize>, at: &Endpoint) -> Error {
        let step = i.and_then(|i| plan.steps.get(i));
        let signing_session = i.and_then(|i| i.checked_sub(1)).and_then(|i| plan.steps.get(i));
        let role = step.and_then(|s| match &s.action {
            Action::AssumeRole(role) => Some(role),
            _ => None,
        });
        errors::explain(
            error,
            &Context {
                profile: Some(step.map_or(&plan.base, |s| &s.profile)),
                serial: step.and_then(|s| s.serial.as_deref()),
                mfa: plan.steps.iter().any(|s| s.serial.is_some()),
                session: signing_session.is_some_and(|s| s.duration.is_some()),
                role_arn: role.map(|r| r.role_arn.as_str()),
                external_id: role.is_some_and(|r| r.external_id.is_some()),
                duration: step.and_then(|s| s.duration),
                now: Some(self.app.clock.now()),
                ..Context::default()
            }
            .at(at),
        )
    }

    /// Caches what a step has made. A cache that can't be written is a warning, never a lost session.
    fn keep(&self, plan: &Plan, step: &Step, made: &Issued) {
        let (Some(cache), Some(key)) = (self.cache, &step.key) else { return };
        if made.credentials.expires.is_none() {
            return;
        }
        let entry = Entry {
            credentials: made.credentials.clone(),
            profile: step.profile.clone(),
            source_key_id: plan.key_id.clone().unwrap_or_default(),
            account: self.account(plan, made.arn.as_deref()),
            arn: made.arn.clone(),
            serial: step.serial.clone(),
            issued: self.app.clock.now(),
        };
        if let Err(e) = cache.put(key, &entry) {
            self.cache_warning(&e);
        }
    }
}

fn plaintext(profile: &Profile) -> Result<Credentials> {
    profile
        .static_keys()
        .ok_or_else(|| Error::config(format!("{}: its keys are gone from the AWS files", profile.name)))
}
