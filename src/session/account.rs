//! Which account a session is for, and whether that is the one the profile means.

use super::run::Run;
use crate::error::{Error, Result};
use crate::plan::{Action, Plan, place};
use crate::profile::Profile;

impl Run<'_> {
    /// The account of what a plan makes, as far as it is known; `arn` is who it is, or the role that is to be assumed.
    pub(super) fn account(&self, plan: &Plan, arn: Option<&str>) -> Option<String> {
        let serial = plan.steps.iter().find_map(|step| step.serial.as_deref());
        let keys_alone = !plan.steps.iter().any(|step| matches!(step.action, Action::AssumeRole(_)));
        arn.and_then(of_arn)
            .or_else(|| self.memory.state(&plan.base).account)
            .or_else(|| serial.filter(|_| keys_alone).and_then(of_arn))
    }

    /// Refuses a plan that leads to another account than its profile says, before anybody is asked for anything.
    pub(super) fn check_account(&self, plan: &Plan) -> Result<()> {
        let profile = self.profile(&plan.profile)?;
        if profile.get(SETTING).is_none() {
            return Ok(());
        }
        let role = plan.steps.last().and_then(|step| match &step.action {
            Action::AssumeRole(role) => Some(role.role_arn.as_str()),
            _ => None,
        });
        self.account(plan, role).map_or(Ok(()), |account| check(&profile, &account))
    }
}

const SETTING: &str = "awsx_account_id";

/// Whether `account` is the one that a profile states with `awsx_account_id`, if it states one.
///
/// # Errors
/// [`crate::error::Kind::Config`] if it is another.
pub fn check(profile: &Profile, account: &str) -> Result<()> {
    let Some(stated) = profile.get(SETTING).filter(|stated| !stated.is_empty() && *stated != account) else {
        return Ok(());
    };
    Err(Error::config(format!("{} leads to the account {account}, not to {stated}", profile.name))
        .cause(format!("its {SETTING} says {stated}{}", place(profile, SETTING)))
        .hint(format!("correct {SETTING}, or the keys or the role of {}", profile.name)))
}

fn of_arn(arn: &str) -> Option<String> {
    arn.split(':').nth(4).filter(|account| account.len() == 12).map(str::to_string)
}
