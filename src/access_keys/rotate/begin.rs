//! Before a new key is made: what the user has at AWS, and what an interrupted run has left there.

use super::access::Access;
use super::course::may_be_left_over;
use super::journal::{Journal, Step};
use super::{Rotation, go_on};
use crate::aws::errors;
use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::ports::{AccessKey, Item};

/// How many keys a user can have ([IAM
/// quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)).
const LIMIT: usize = 2;

impl Rotation<'_> {
    /// A new rotation, from the first step to the last. `journal`: a rotation that was interrupted before it had a
    /// new key. `access`: the access to IAM that this run has got already, to undo that one.
    pub(super) fn begin(
        &self,
        current: Option<Credentials>,
        journal: Option<&Journal>,
        access: Option<Access>,
    ) -> Result<()> {
        self.check_files(current.as_ref())?;
        let current = current.ok_or_else(|| self.no_keys())?;
        let old = &current.access_key_id;
        let profiles = self.sharing(old)?;
        let is_new = journal.is_none() && access.is_none();
        let whom = profiles.join(", ");
        let question = match self.order.delete_key {
            None => format!("Replace the access key {old} of {whom}? Whatever else uses it stops working."),
            Some(id) if is_new => format!(
                "Delete the access key {id}, and replace {old} of {whom}? Whatever else uses them stops working."
            ),
            Some(id) => format!("Delete the access key {id}? Whatever else uses it stops working."),
        };
        if (is_new || self.order.delete_key.is_some()) && !self.app.confirm(&question)? {
            return Err(Error::failed(format!("the key of {} was not replaced", self.name)));
        }
        let access = access.map_or_else(|| self.access(false), Ok)?;
        let (access, mut listed) = self.list(access)?;
        if let Some(journal) = journal {
            self.clear_left_over(journal, &access, &mut listed)?;
            self.journals.remove(journal)?;
        }
        self.make_room(&access, old, &mut listed)?;
        go_on()?;
        let journal = Journal {
            profile: self.name.clone(),
            profiles,
            user: access.arn.clone(),
            old: old.clone(),
            known: listed.into_iter().map(|key| key.id).collect(),
            began: self.app.clock.now().0,
            new: None,
            step: Step::Begun,
        };
        let (journal, new) = self.make(journal, &access)?;
        let journal = self.promote(journal, &new)?;
        self.finish(&journal, Some(access))
    }

    /// Refuses a key that also stands in the AWS files: it would stop working there.
    fn check_files(&self, current: Option<&Credentials>) -> Result<()> {
        let name = &self.name;
        let plain = |profile: &str| self.profiles.get(profile)?.static_keys().filter(|keys| !keys.is_session());
        let has_it = |profile: &String| {
            let keys = plain(profile);
            keys.is_some_and(|keys| current.is_some_and(|current| current.access_key_id == keys.access_key_id))
        };
        let with_it: Vec<String> = self.profiles.names().into_iter().filter(has_it).collect();
        let what = match (current, plain(name)) {
            (None, Some(_)) => format!("the key of {name} is not in the keychain"),
            _ if !with_it.is_empty() => format!("the key of {name} is not only in the keychain"),
            (Some(_), Some(_)) => format!("{name} has one key in the keychain and another one in the AWS files"),
            _ => return Ok(()),
        };
        let whom = if with_it.is_empty() { name.clone() } else { with_it.join(", ") };
        Err(Error::config(what)
            .cause(format!("it stands in plain text in the AWS files, as that of {whom}"))
            .hint("`awsx import credentials` moves keys out of the files into the keychain"))
    }

    /// The user's keys. A cached session may be older than the user's policy allows; then a new one is made.
    fn list(&self, access: Access) -> Result<(Access, Vec<AccessKey>)> {
        let listed = |access: &Access| self.app.iam.list_access_keys(access.caller(), &access.user);
        match listed(&access) {
            Err(e) if access.cached && errors::is_access_denied(&e) => {
                self.app.debug(|| "the cached session is not enough for iam:ListAccessKeys".into());
                let access = self.access(true)?;
                let keys = listed(&access).map_err(|e| self.explain(&e, &access.credentials, &access.iam))?;
                Ok((access, keys))
            }
            result => {
                let keys = result.map_err(|e| self.explain(&e, &access.credentials, &access.iam))?;
                Ok((access, keys))
            }
        }
    }

    /// Deletes a key that an interrupted run has made and whose secret it never got.
    pub(super) fn clear_left_over(
        &self,
        journal: &Journal,
        access: &Access,
        listed: &mut Vec<AccessKey>,
    ) -> Result<()> {
        let mut gone = Vec::new();
        for key in listed.iter().filter(|key| may_be_left_over(journal, key)) {
            // Another machine may have made a key at the same time. That one has been tested, so it has a last use.
            let used = self.app.iam.access_key_last_used(access.caller(), &key.id);
            if !matches!(used, Ok(None)) {
                self.app.debug(|| format!("{} is no left-over: its last use is {used:?}", key.id));
                continue;
            }
            self.delete(access, &key.id)?;
            self.app.prompter.say(&format!(
                "{} was made by the interrupted rotation, and its secret never arrived. It is deleted.",
                key.id
            ));
            gone.push(key.id.clone());
        }
        listed.retain(|key| !gone.contains(&key.id));
        Ok(())
    }

    /// If the user has as many keys as AWS allows, the one that isn't stored here has to be deleted first. awsx never
    /// does so unasked.
    fn make_room(&self, access: &Access, old: &str, listed: &mut Vec<AccessKey>) -> Result<()> {
        if let Some(id) = self.order.delete_key {
            let named = listed.iter().any(|key| key.id == id);
            if id == old || !named {
                let why = if named { "it is the one that is to be replaced" } else { "the user has no such key" };
                return Err(Error::failed(format!("{id} can't be deleted first")).cause(why));
            }
            self.check_unstored(id)?;
            self.delete(access, id)?;
            self.app.prompter.say(&format!("{id} is deleted."));
            listed.retain(|key| key.id != id);
        }
        if listed.len() < LIMIT {
            return Ok(());
        }
        let Some(other) = listed.iter().find(|key| key.id != old).cloned() else { return Ok(()) };
        let about = self.about(access, &other);
        self.check_unstored(&other.id)?;
        if !other.active && !self.app.global.yes && self.app.prompter.can_ask() {
            self.app.prompter.say(&format!("{} has two access keys, and AWS allows no third. {about}", access.user));
            if self.app.prompter.confirm(&format!("Delete {}, which is inactive?", other.id), false)? {
                self.delete(access, &other.id)?;
                listed.retain(|key| key.id != other.id);
                return Ok(());
            }
        }
        Err(Error::failed(format!("{} has two access keys, and AWS allows no third", access.user))
            .cause(about)
            .hint(format!("if nothing needs it: awsx rotate {} --delete-key {}", self.name, other.id)))
    }

    /// A key in words.
    fn about(&self, access: &Access, key: &AccessKey) -> String {
        let state = if key.active { "active" } else { "inactive" };
        let used = match self.app.iam.access_key_last_used(access.caller(), &key.id) {
            Ok(Some(used)) => format!("last used {} for {} in {}", used.at, used.service, used.region),
            Ok(None) => "never used".into(),
            Err(_) => "last use unknown (iam:GetAccessKeyLastUsed is not allowed)".into(),
        };
        format!("the other one is {}: {state}, made {}, {used}", key.id, key.created)
    }

    /// Refuses to delete a key that the keychain holds.
    fn check_unstored(&self, id: &str) -> Result<()> {
        for item in self.app.keychain.list()? {
            let (Item::Keys(name) | Item::NextKeys(name)) = &item else { continue };
            if self.pair(&item)?.is_some_and(|keys| keys.access_key_id == id) {
                return Err(Error::failed(format!("{} has another key in use here", self.name))
                    .cause(format!("{id} is stored too, for {name}, and AWS allows a user two keys"))
                    .hint(format!(
                        "store one key for both, or delete {id} in the AWS console and run `awsx remove {name}`"
                    )));
            }
        }
        Ok(())
    }
}
