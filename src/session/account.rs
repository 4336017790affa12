//! Which account a session is for, and whether that is the one the profile means.

use super::guards::{self, states_account};
use super::knowledge::Knowledge;
use super::run::{Issued, Run};
use crate::base::error::Result;
use crate::plan::{Action, Plan};
use crate::ports::Caller;
use crate::profile::arn_account;

/// The account of what a plan makes, as far as it is known; `arn` is who it is, or the role that is to be assumed.
pub fn of(knowledge: &Knowledge, plan: &Plan, arn: Option<&str>) -> Option<String> {
    let serial = plan.steps.iter().find_map(|step| step.serial.as_deref());
    let keys_alone = !plan.steps.iter().any(|step| matches!(step.action, Action::AssumeRole(_)));
    let of_arn = |arn| arn_account(arn).map(str::to_string);
    arn.and_then(of_arn)
        .or_else(|| knowledge.state(&plan.base).account)
        .or_else(|| serial.filter(|_| keys_alone).and_then(of_arn))
}

/// The account that a plan leads to, as far as that is known before anything is called.
pub fn ahead(knowledge: &Knowledge, plan: &Plan) -> Option<String> {
    match plan.steps.last().map(|step| &step.action) {
        Some(Action::AssumeRole(role)) => of(knowledge, plan, Some(&role.role_arn)),
        Some(Action::Source(source)) => source.account().map(str::to_string),
        _ => of(knowledge, plan, None),
    }
}

impl Run<'_> {
    pub(super) fn account(&self, plan: &Plan, arn: Option<&str>) -> Option<String> {
        of(&self.knowledge, plan, arn)
    }

    /// Refuses a plan that leads to another account than its profile says, before anybody is asked for anything.
    pub(super) fn check_account(&self, plan: &Plan) -> Result<()> {
        let profile = self.profile(&plan.profile)?;
        if !states_account(&profile) {
            return Ok(());
        }
        let account = ahead(&self.knowledge, plan);
        account.map_or(Ok(()), |account| guards::check_account(&profile, &account))
    }

    /// Refuses what was issued for another account than the profile says. Where nothing says which account that is, AWS is
    /// asked, and who it is becomes known.
    pub(super) fn check_issued(&self, plan: &Plan, issued: &mut Issued) -> Result<()> {
        let profile = self.profile(&plan.profile)?;
        let Some(step) = plan.steps.last().filter(|_| states_account(&profile)) else { return Ok(()) };
        if self.account(plan, issued.arn.as_deref()).is_none() {
            let identity = self.app.sts.get_caller_identity(Caller::new(&issued.credentials, &step.endpoint));
            let identity = identity.map_err(|e| self.explain_at(&e, plan, None, &step.endpoint))?;
            issued.arn = Some(identity.arn);
        }
        self.account(plan, issued.arn.as_deref()).map_or(Ok(()), |account| guards::check_account(&profile, &account))
    }
}
