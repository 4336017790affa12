//! One step of a plan: what it is made from, its code, its call, and what a failure means.

use super::run::{Held, Issued, Round, Run, Stop};
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, Result};
use crate::base::time::{show_duration, show_left};
use crate::mfa::codes::{Codes, MfaAsk, NoCode, own_process};
use crate::plan::duration::SHORTEST;
use crate::plan::{Action, Plan, Step};
use crate::ports::{AssumeRole, Call, CallError, Caller, Endpoint, MfaCode};
use crate::sources::{self, plaintext};

impl<'a> Run<'a> {
    /// Takes step `i` of the plan.
    pub(super) fn take(&self, plan: &Plan, i: usize, held: &mut Held<'a>) -> Round<Issued> {
        let Some(step) = plan.steps.get(i) else { return Err(Stop::Replan) };
        if let Action::Source(source) = &step.action {
            let given = self.knowledge.given(&step.profile, source)?;
            // Only now is it known that the source gives long-lived keys and not a session. The next plan starts from
            // them.
            if !given.credentials.is_session() {
                return Err(Stop::Replan);
            }
            return Ok(Issued { credentials: given.credentials, arn: given.arn });
        }
        let source = self.source_of(plan, i)?;
        let Some(serial) = &step.serial else {
            return self.call(step, &source, None).map_err(|error| self.failed(&error, plan, i));
        };
        self.hold_device(plan, step, serial, held)?;
        let limits = self.ask_for_limits(plan, &source.credentials, held)?;
        let Some(codes) = &mut held.codes else { return Err(Stop::Replan) };
        self.app.debug(|| format!("{}: a code of {serial} is needed", plan.profile));
        let code = codes.next().map_err(|none| match none {
            NoCode::Because(error) => Stop::Failed(error),
            NoCode::Refused(error) => self.failed(&error, plan, i),
        })?;
        // The code is kept: the new plan may use it for another call.
        if limits.is_some_and(|limits| self.learn_limits(plan, &limits)) {
            return Err(Stop::Replan);
        }
        match self.call(step, &source, Some(&code)) {
            Ok(issued) => {
                codes.accepted();
                Ok(issued)
            }
            Err(error) => match codes.refused(error) {
                Ok(()) => Err(Stop::Replan),
                Err(error) => Err(self.failed(&error, plan, i)),
            },
        }
    }

    /// The credentials that step `i` starts from: those of the step before it.
    pub(super) fn source_of(&self, plan: &Plan, i: usize) -> Round<Issued> {
        let Some(step) = i.checked_sub(1).and_then(|i| plan.steps.get(i)) else { return Err(Stop::Replan) };
        if let Some(key) = &step.key {
            let entry = self.knowledge.entry(key).ok_or(Stop::Replan)?;
            return Ok(Issued { credentials: entry.credentials, arn: entry.arn });
        }
        let credentials = self.base_keys(plan)?;
        // The keychain holds another key than was remembered, and the plan is about that one.
        if plan.key_id.as_ref().is_some_and(|id| *id != credentials.access_key_id) {
            return Err(Stop::Replan);
        }
        let arn = matches!(step.action, Action::Keychain).then(|| self.knowledge.state(&step.profile).arn);
        Ok(Issued { credentials, arn: arn.flatten() })
    }

    /// Takes the device's lock. Its last holder may have made the session, so a new plan is needed.
    fn hold_device(&self, plan: &Plan, step: &Step, serial: &str, held: &mut Held<'a>) -> Round<()> {
        if held.codes.as_ref().is_some_and(|codes| codes.serial() == serial) {
            return Ok(());
        }
        held.codes = None;
        let profiles = plan.steps.iter().rev().map(|step| self.profile(&step.profile)).collect::<Result<Vec<_>>>()?;
        let ask = MfaAsk {
            profile: plan.base.clone(),
            serial: serial.to_owned(),
            why: self.why_a_code(step),
            mfa_process: own_process(&profiles, serial),
            given: self.request.code.clone(),
        };
        held.codes = Codes::of(self.app, ask, held.alone, || step.key.as_ref().and_then(|key| self.meanwhile(key)))?;
        Err(Stop::Replan)
    }

    /// Why a code is asked for, in words.
    fn why_a_code(&self, step: &Step) -> String {
        let length = show_duration(step.duration.unwrap_or(SHORTEST));
        let name = &step.profile;
        if let Action::AssumeRole(_) = &step.action {
            return if self.request.no_session {
                format!("{name}: --no-session needs a code of its own")
            } else {
                format!("{name}: {length} needs a new code (a role over the shared MFA session lasts 1h at most)")
            };
        }
        let whose = self.request.agent.as_ref();
        let whose = whose.map(|agent| format!(" for the AI agent {}, which gets none of yours", agent.name));
        let whose = whose.unwrap_or_default();
        let left = step.key.as_ref().and_then(|key| self.knowledge.expiry(key));
        let left = left.map(|expires| expires.seconds_left(self.app.clock.now()));
        match left {
            Some(left) => {
                format!("{name}: its MFA session ends in {}; a new one{whose} lasts {length}", show_left(left))
            }
            None => format!("{name}: a new MFA session{whose}, {length}"),
        }
    }

    fn call(&self, step: &Step, source: &Issued, code: Option<&MfaCode>) -> Call<Issued> {
        let caller = Caller::new(&source.credentials, &step.endpoint);
        if let Action::AssumeRole(role) = &step.action {
            self.app.debug(|| format!("sts:AssumeRole {} for {}s", role.role_arn, role.duration));
            let role = AssumeRole { mfa: code.cloned(), ..(**role).clone() };
            let assumed = self.app.sts.assume_role(caller, &role)?;
            return Ok(Issued { credentials: assumed.credentials, arn: Some(assumed.arn) });
        }
        let duration = step.duration.unwrap_or(SHORTEST);
        self.app.debug(|| format!("sts:GetSessionToken for {duration}s"));
        let credentials = self.app.sts.get_session_token(caller, duration, code)?;
        Ok(Issued { credentials, arn: self.knowledge.state(&step.profile).arn })
    }

    /// A failed call. If it was signed with a cached session that AWS no longer takes, that session is forgotten and a
    /// new plan is made. If the duration was more than the role allows, the role's maximum is learnt for the next time.
    fn failed(&self, error: &CallError, plan: &Plan, i: usize) -> Stop {
        let signing_session = i.checked_sub(1).and_then(|i| plan.steps.get(i)).and_then(|step| step.key.as_ref());
        if let (Some(key), true) = (signing_session, errors::is_expired(error) || errors::is_unknown_key(error))
            && self.forget(key)
        {
            self.app.debug(|| "the cached session that signed the call is void; starting over".to_string());
            return Stop::Replan;
        }
        let Some(step) = plan.steps.get(i) else { return Stop::Replan };
        let mut explained = self.explain_at(error, plan, Some(i), &step.endpoint);
        if errors::is_too_long(error)
            && let Some(limit) = self.learn_role_limit(plan, step)
        {
            explained.cause = Some(format!("the longest session of this role is {}", show_duration(limit)));
            explained.hint = Some(format!("--duration {}", show_duration(limit)));
        }
        if errors::is_access_denied(error)
            && let Some(hint) = self.mfa_hint(plan, step)
        {
            explained.hint = Some(hint);
        }
        if errors::is_expired(error) {
            explained = self.expired_source(plan, i, explained);
        }
        Stop::Failed(explained)
    }

    /// The credentials that signed step `i` have expired, and awsx can't renew them: says how a person can.
    fn expired_source(&self, plan: &Plan, i: usize, explained: Error) -> Error {
        let Some(signer) = i.checked_sub(1).and_then(|i| plan.steps.get(i)) else { return explained };
        match (&signer.action, self.profile(&signer.profile)) {
            (Action::Plaintext, Ok(profile)) => {
                let expired = plaintext::expired(&profile);
                Error { cause: explained.cause, ..expired }
            }
            (Action::Source(source), _) => {
                Error { hint: Some(sources::how_to_renew(&signer.profile, source)), ..explained }
            }
            _ => explained,
        }
    }

    /// A failed call as an error for a person: that of step `i`, or a call beside the plan (`None`).
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
                // The chain doesn't start from a user's keys, so an MFA device would not help.
                mfa: plan.key_id.is_none() || plan.steps.iter().any(|s| s.serial.is_some()),
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
}
