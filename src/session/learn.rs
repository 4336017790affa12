//! What is learnt on the way to a session: the user's MFA device, and the limits that the account advertises.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::run::{Held, Round, Run, Stop};
use crate::advertise::{self, Advertised};
use crate::aws::arn::{Arn, is_security_key};
use crate::aws::errors;
use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::plan::endpoint::endpoint;
use crate::plan::{Action, Plan, SessionKey, Source, Step};
use crate::ports::{CallError, Caller, Fault, MfaDevice, RoleSettings};
use crate::store::cache::Entry;

/// How long a code that is already typed waits for the advertised limits.
const ADVERTISED_GRACE: Duration = Duration::from_secs(3);
/// How long a command with a usable session waits to hear whether the user has an MFA device by now.
const DEVICE_GRACE: Duration = Duration::from_secs(2);
/// How long advertised limits are kept, in seconds.
const ADVERTISED_FOR: i64 = 24 * 3600;

impl<'a> Run<'a> {
    /// Asks AWS whose keys these are, where `awsx add` has not: root has limits of its own, and the user's name goes
    /// into role sessions. A plan that was made without knowing that is void.
    pub(super) fn learn_identity(&self, plan: &Plan) -> Round<()> {
        // Only these are remembered: keys in files and variables may change at any time, unnoticed.
        let stored = plan.steps.first().is_some_and(|step| matches!(step.action, Action::Keychain));
        let printed = plan.steps.first().is_some_and(|step| match &step.action {
            Action::Source(source) => matches!(**source, Source::Process(_)),
            _ => false,
        });
        // With `--no-session` a credential_process may print keys that AWS doesn't know, for another service. Don't ask
        // then.
        let printed = printed && plan.key_id.is_some() && plan.key().is_some();
        if !(stored || printed) || self.knowledge.state(&plan.base).arn.is_some() {
            return Ok(());
        }
        let keys = self.base_keys(plan)?;
        if plan.key_id.as_ref() != Some(&keys.access_key_id) {
            return Err(Stop::Replan);
        }
        let at = endpoint(&self.app.env, self.profiles, &self.profile(&plan.base)?, "sts", None)?;
        self.app.debug(|| format!("sts:GetCallerIdentity for {}", plan.base));
        let identity = self
            .app
            .sts
            .get_caller_identity(Caller::new(&keys, &at))
            .map_err(|e| self.explain_at(&e, plan, None, &at))?;
        self.knowledge.learn(&plan.base, |s| {
            if stored {
                s.set_key(&keys.access_key_id);
            }
            s.arn = Some(identity.arn.clone());
            s.account = Some(identity.account.clone());
        });
        Err(Stop::Replan)
    }

    /// Finds the user's MFA device: ListMFADevices with the base keys, FIDO ones left out, a choice if there are
    /// several.
    ///
    /// That there is none is looked up again every few minutes. If a session without MFA is still good by then, that
    /// question must not stop the command: no passphrase is asked for it, AWS has two seconds to answer, and if it
    /// fails the old answer counts as if it were a new one.
    pub(super) fn look_up_device(&self, plan: &Plan) -> Result<()> {
        let can_do_without = self.has_session_without_device(plan);
        let quiet = self.app.keychain.is_quiet();
        self.app.keychain.set_quiet(quiet || can_do_without);
        let devices = self.devices(plan, can_do_without.then_some(DEVICE_GRACE));
        self.app.keychain.set_quiet(quiet);
        let devices = match devices {
            Ok(Some(devices)) => devices,
            Ok(None) if can_do_without => Vec::new(),
            Ok(None) => {
                self.app.prompter.warn(&format!(
                    "{}: its MFA devices can't be looked up (iam:ListMFADevices is not allowed); going on without MFA. \
                     Name the device with mfa_serial or --mfa-serial",
                    plan.base
                ));
                Vec::new()
            }
            Err(e) if can_do_without => {
                self.app.debug(|| format!("going on with the cached session without MFA: {}", e.brief()));
                Vec::new()
            }
            Err(e) => return Err(e),
        };
        // STS takes no FIDO codes.
        let usable: Vec<String> = devices.into_iter().map(|d| d.serial).filter(|s| !is_security_key(s)).collect();
        let serial = match usable.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            several if self.app.prompter.can_ask() => {
                let chosen = self.app.prompter.choose(&format!("MFA device for {}", plan.base), several)?;
                several.get(chosen).cloned()
            }
            several => {
                return Err(Error::input(format!("{} has several MFA devices", plan.base))
                    .cause(several.join(", "))
                    .hint("name one with --mfa-serial, AWS_MFA_SERIAL or mfa_serial in the profile"));
            }
        };
        let now = self.app.clock.now().0;
        self.knowledge.learn(&plan.base, |state| {
            state.set_device(serial.clone());
            state.no_device_at = serial.is_none().then_some(now);
        });
        Ok(())
    }

    /// Whether a cached session serves this plan if the user still has no device, as the last look-up found.
    fn has_session_without_device(&self, plan: &Plan) -> bool {
        let Some(waiting) = plan.steps.iter().rposition(|step| step.look_up_serial) else { return false };
        let old = self.knowledge.with_old_answers(|| self.plan());
        let end = |key: &SessionKey| self.usable_until(key);
        old.is_ok_and(|old| old.start(self.request.min_ttl, self.app.clock.now(), end) > waiting)
    }

    /// The devices of the user behind the base keys; `None` if listing them is not allowed. `limit` is for the call.
    fn devices(&self, plan: &Plan, limit: Option<Duration>) -> Result<Option<Vec<MfaDevice>>> {
        let keys = self.base_keys(plan)?;
        let at = endpoint(&self.app.env, self.profiles, &self.profile(&plan.base)?, "iam", None)?;
        self.app.debug(|| format!("iam:ListMFADevices for {}", plan.base));
        // AWS knows who calls; some stand-ins for AWS have to be told.
        let user = self.knowledge.state(&plan.base);
        let listed = match limit {
            None => self.app.iam.list_mfa_devices(Caller::new(&keys, &at), user.user()),
            Some(limit) => {
                let (iam, at) = (Arc::clone(&self.app.iam), at.clone());
                let (tell, told) = mpsc::channel();
                std::thread::spawn(move || tell.send(iam.list_mfa_devices(Caller::new(&keys, &at), user.user())));
                told.recv_timeout(limit).unwrap_or_else(|_| {
                    let fault = Fault::TimedOut(format!("no answer within {} s", limit.as_secs()));
                    Err(CallError { action: "iam:ListMFADevices", fault })
                })
            }
        };
        match listed {
            Ok(devices) => Ok(Some(devices)),
            Err(e) if errors::is_access_denied(&e) => Ok(None),
            Err(e) => Err(self.explain_at(&e, plan, None, &at)),
        }
    }

    /// The role's own maximum, after AWS has refused a longer session; remembered for the next time.
    pub(super) fn learn_role_limit(&self, plan: &Plan, step: &Step) -> Option<u32> {
        let Action::AssumeRole(role) = &step.action else { return None };
        let limit = self.role_settings(plan, &role.role_arn)?.max_session;
        self.knowledge
            .learn(&plan.base, |s| s.roles.entry(role.role_arn.clone()).or_default().session_length = Some(limit));
        Some(limit)
    }

    /// What a role of the user's own account says of itself: asked with an MFA session of the user if one is cached,
    /// else with the keys. `None` where it can't be read.
    fn role_settings(&self, plan: &Plan, role_arn: &str) -> Option<RoleSettings> {
        let with = self.session_with_mfa(plan).or_else(|| self.base_keys(plan).ok())?;
        let at = endpoint(&self.app.env, self.profiles, &self.profile(&plan.base).ok()?, "iam", None).ok()?;
        self.app.iam.get_role(Caller::new(&with, &at), role_arn).ok()
    }

    /// A cached session with MFA of the user behind the base keys, however long it was to last: under a policy that
    /// enforces MFA the keys alone may ask IAM nothing.
    fn session_with_mfa(&self, plan: &Plan) -> Option<Credentials> {
        let now = self.app.clock.now();
        let is_user = |arn: &str| Arn::parse(arn).is_some_and(|arn| arn.name("user").is_some());
        let serves = |entry: &Entry| {
            plan.key_id.as_ref() == Some(&entry.source_key_id)
                && entry.serial.is_some()
                && entry.arn.as_deref().is_some_and(is_user)
                && entry.credentials.expires.is_some_and(|at| at > now)
        };
        self.cache?.entries().into_iter().map(|(_, entry)| entry).find(serves).map(|entry| entry.credentials)
    }

    /// The hint for a role that was refused without MFA and needs it: as its account advertises, or as its trust policy
    /// says.
    pub(super) fn mfa_hint(&self, plan: &Plan, step: &Step) -> Option<String> {
        let Action::AssumeRole(role) = &step.action else { return None };
        if plan.steps.iter().any(|step| step.serial.is_some()) {
            return None;
        }
        let advertised = self.knowledge.state(&plan.base).roles.get(&role.role_arn).and_then(|role| role.mfa_required);
        let says_so = match advertised {
            Some(required) => required.then_some("its account advertises"),
            None => self.role_settings(plan, &role.role_arn)?.needs_mfa?.then_some("its trust policy says"),
        }?;
        let base = &plan.base;
        // Where no user's keys are behind it, no device would help.
        if plan.key_id.is_none() {
            return Some(format!("this role needs MFA, as {says_so}, and AWS sees none in the session of {base}"));
        }
        Some(format!("this role needs MFA, as {says_so}: set mfa_serial, or `awsx provision-mfa {base}`"))
    }

    /// Starts to read the advertised limits while the person types the code. At most once a run and once a day.
    pub(super) fn ask_for_limits(
        &self,
        plan: &Plan,
        with: &Credentials,
        held: &mut Held<'a>,
    ) -> Result<Option<mpsc::Receiver<Option<Advertised>>>> {
        let asked = std::mem::replace(&mut held.limits_asked, true);
        if asked || self.app.env.is_off(crate::base::vars::AWSX_ADVERTISED) {
            return Ok(None);
        }
        let role = plan.steps.iter().find_map(|step| match &step.action {
            Action::AssumeRole(role) => Some(role.role_arn.clone()),
            _ => None,
        });
        let state = self.knowledge.state(&plan.base);
        let read = state.advertised_at.get(role.as_deref().unwrap_or_default()).copied();
        if read.is_some_and(|at| self.app.clock.now().0 - at < ADVERTISED_FOR) {
            return Ok(None);
        }
        let region = advertise::ssm_region(&self.app.env);
        let at = endpoint(&self.app.env, self.profiles, &self.profile(&plan.base)?, "ssm", Some(region))?;
        let (ssm, with) = (Arc::clone(&self.app.ssm), with.clone());
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || tell.send(advertise::fetch(&*ssm, Caller::new(&with, &at), role.as_deref())));
        Ok(Some(told))
    }

    /// Remembers the advertised limits, if they come in time; whether there is anything new.
    pub(super) fn learn_limits(&self, plan: &Plan, told: &mpsc::Receiver<Option<Advertised>>) -> bool {
        let Ok(Some(found)) = told.recv_timeout(ADVERTISED_GRACE) else { return false };
        let now = self.app.clock.now().0;
        self.knowledge.learn(&plan.base, |state| {
            state.advertised_at.insert(found.role_arn.clone().unwrap_or_default(), now);
            state.mfa_session_length = found.mfa_session_length;
            if let Some(arn) = &found.role_arn {
                let role = state.roles.entry(arn.clone()).or_default();
                role.session_length = found.role_session_length.or(role.session_length);
                role.mfa_required = found.mfa_required;
                role.alias.clone_from(&found.alias);
            }
        });
        true
    }
}
