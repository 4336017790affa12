//! The old key: deactivated, then deleted, and what was made from it forgotten. The same for a new one that is undone.

use super::access::Access;
use super::journal::{Journal, Step};
use super::{Rotation, go_on};
use crate::aws::errors;
use crate::base::error::{Error, Result};
use crate::ports::{Call, Item};
use crate::session::forget;

impl Rotation<'_> {
    /// Deactivates and deletes the old key; then the rotation has ended. `access` is that of this run, if it has one
    /// that outlives the old key.
    pub(super) fn finish(&self, journal: &Journal, access: Option<Access>) -> Result<()> {
        self.retire(journal, access).map_err(|e| {
            let what =
                format!("{} uses its new key, but the old one {} is not deleted: {}", self.name, journal.old, e.what);
            self.can_go_on(Error { what, ..e })
        })?;
        match forget::made_from(self.app, &[&journal.old]) {
            Ok(0) => {}
            Ok(_) => self.app.prompter.say(
                "The cached sessions made from it are forgotten: the next command makes a new one, with a new MFA code if \
                 there is a device. Programs that have such a session can use it until it expires.",
            ),
            Err(e) => self.app.prompter.warn(&format!("sessions made from the old key are still cached: {}", e.brief())),
        }
        self.journals.remove(journal)
    }

    fn retire(&self, journal: &Journal, access: Option<Access>) -> Result<()> {
        go_on()?;
        // The old key can't sign its own deletion once it is inactive.
        let access = match access.filter(|access| access.credentials.is_session()) {
            Some(access) => access,
            None => self.access(false)?,
        };
        let old = &journal.old;
        if journal.step != Step::Deactivated {
            self.app.debug(|| format!("iam:UpdateAccessKey {old}"));
            self.done(&access, self.app.iam.deactivate_access_key(access.caller(), &access.user, old))?;
            self.journals.save(&Journal { step: Step::Deactivated, ..journal.clone() })?;
            self.app.prompter.say(&format!("{old} is deactivated."));
        }
        go_on()?;
        self.delete(&access, old)?;
        self.app.prompter.say(&format!("{old} is deleted."));
        Ok(())
    }

    /// Deletes a key at AWS; one that is gone already is fine.
    pub(super) fn delete(&self, access: &Access, id: &str) -> Result<()> {
        self.app.debug(|| format!("iam:DeleteAccessKey {id}"));
        self.done(access, self.app.iam.delete_access_key(access.caller(), &access.user, id))
    }

    fn done(&self, access: &Access, call: Call<()>) -> Result<()> {
        match call {
            Err(e) if !errors::is_missing(&e) => Err(self.explain(&e, &access.credentials, &access.iam)),
            _ => Ok(()),
        }
    }

    /// Deletes the new key of a rotation that is undone, and forgets the rotation. Gives the access that this took.
    pub(super) fn undo(&self, mut journal: Journal) -> Result<Access> {
        let undo = || {
            let access = self.access(false)?;
            if let Some(new) = &journal.new {
                self.delete(&access, new)?;
            } else {
                let listed = self.app.iam.list_access_keys(access.caller(), &access.user);
                let mut listed = listed.map_err(|e| self.explain(&e, &access.credentials, &access.iam))?;
                self.clear_left_over(&journal, &access, &mut listed)?;
            }
            self.drop_next(&journal)?;
            Ok(access)
        };
        let access = undo().map_err(|e| self.can_go_on(e))?;
        if let Some(new) = journal.new.take() {
            self.app.prompter.say(&format!("{new} is deleted."));
        }
        Ok(access)
    }

    /// Forgets a new key that is gone at AWS, and its rotation.
    pub(super) fn drop_next(&self, journal: &Journal) -> Result<()> {
        self.app.keychain.remove(&Item::NextKeys(journal.profile.clone()))?;
        self.journals.remove(journal)
    }
}
