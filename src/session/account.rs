//! Which account a session is for, and whether that is the one the profile means.

use super::run::{Issued, Run};
use crate::base::error::{Error, Result};
use crate::plan::{Action, Plan, place};
use crate::ports::Caller;
use crate::profile::{Profile, arn_account};

impl Run<'_> {
    /// The account of what a plan makes, as far as it is known; `arn` is who it is, or the role that is to be assumed.
    pub(super) fn account(&self, plan: &Plan, arn: Option<&str>) -> Option<String> {
        let serial = plan.steps.iter().find_map(|step| step.serial.as_deref());
        let keys_alone = !plan.steps.iter().any(|step| matches!(step.action, Action::AssumeRole(_)));
        let of_arn = |arn| arn_account(arn).map(str::to_string);
        arn.and_then(of_arn)
            .or_else(|| self.knowledge.state(&plan.base).account)
            .or_else(|| serial.filter(|_| keys_alone).and_then(of_arn))
    }

    /// Refuses a plan that leads to another account than its profile says, before anybody is asked for anything.
    pub(super) fn check_account(&self, plan: &Plan) -> Result<()> {
        let profile = self.profile(&plan.profile)?;
        if profile.get(SETTING).is_none() {
            return Ok(());
        }
        let account = match plan.steps.last().map(|step| &step.action) {
            Some(Action::AssumeRole(role)) => self.account(plan, Some(&role.role_arn)),
            Some(Action::Source(_)) => {
                let role = profile.get("role_arn").and_then(arn_account);
                role.or(profile.get("sso_account_id")).map(str::to_string)
            }
            _ => self.account(plan, None),
        };
        account.map_or(Ok(()), |account| check(&profile, &account))
    }

    /// Refuses what was issued for another account than the profile says. Where nothing says which account that is, AWS is
    /// asked, and who it is becomes known.
    pub(super) fn check_issued(&self, plan: &Plan, issued: &mut Issued) -> Result<()> {
        let profile = self.profile(&plan.profile)?;
        let Some(step) = plan.steps.last().filter(|_| profile.get(SETTING).is_some()) else { return Ok(()) };
        if self.account(plan, issued.arn.as_deref()).is_none() {
            let identity = self.app.sts.get_caller_identity(Caller::new(&issued.credentials, &step.endpoint));
            let identity = identity.map_err(|e| self.explain_at(&e, plan, None, &step.endpoint))?;
            issued.arn = Some(identity.arn);
        }
        self.account(plan, issued.arn.as_deref()).map_or(Ok(()), |account| check(&profile, &account))
    }
}

const SETTING: &str = "awsx_account_id";

/// Whether `account` is the one that a profile states with `awsx_account_id`, if it states one.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if it is another.
pub fn check(profile: &Profile, account: &str) -> Result<()> {
    let Some(stated) = profile.get(SETTING).filter(|stated| !stated.is_empty() && *stated != account) else {
        return Ok(());
    };
    Err(Error::config(format!("{} leads to the account {account}, not to {stated}", profile.name))
        .cause(format!("its {SETTING} says {stated}{}", place(profile, SETTING)))
        .hint(format!("correct {SETTING}, or the keys or the role of {}", profile.name)))
}
