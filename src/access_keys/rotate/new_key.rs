//! The new key: made, stored, tested, and put in the old one's place.

use super::access::Access;
use super::journal::{Journal, Step};
use super::{Rotation, go_on};
use crate::aws::errors::{self, Class};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::ports::{CallError, Caller, Item};
use crate::sources::keys;
use crate::store::state;

/// How often in a row the new key must work. AWS has many servers, and they learn of it one by one.
const IN_A_ROW: u32 = 3;
/// How long they may take, in seconds.
const LIMIT: i64 = 90;
/// The longest pause between two tests, in seconds.
const LONGEST_PAUSE: u32 = 8;
/// How often a key is made. One whose answer was lost is deleted, and another one is made.
const TRIES: u32 = 2;

impl Rotation<'_> {
    /// Makes the key and stores it beside the old one.
    pub(super) fn make(&self, journal: Journal, access: &Access) -> Result<(Journal, Credentials)> {
        let mut tries = 1;
        let new = loop {
            self.journals.save(&Journal { began: self.app.clock.now().0, ..journal.clone() })?;
            self.app.debug(|| format!("iam:CreateAccessKey for {}", access.user));
            match self.app.iam.create_access_key(access.caller(), &access.user) {
                Ok(new) => break new,
                Err(error) => {
                    let explained = self.explain(&error, &access.credentials, &access.iam);
                    let refused = !errors::may_have_happened(&error);
                    if refused && tries == 1 {
                        self.journals.remove(&journal)?;
                        return Err(explained);
                    }
                    // Its secret is lost, so it is of no use to anybody. If IAM doesn't list it yet, the next run
                    // finds it.
                    self.delete_lost(&journal, access).map_err(|_| self.can_go_on(explained.clone()))?;
                    if refused || tries == TRIES {
                        return Err(self.can_go_on(explained));
                    }
                    tries += 1;
                }
            }
        };
        let id = new.access_key_id.clone();
        let item = Item::NextKeys(self.name.clone());
        let stored = keys::encode(&new).and_then(|secret| self.app.keychain.set(&item, &secret));
        let stored = stored.and_then(|()| match self.pair(&item)? {
            Some(pair) if pair == new => Ok(()),
            _ => Err(Error::keychain("the keychain does not give back what was stored in it")),
        });
        if let Err(error) = stored {
            return Err(self.take_back(journal, access, &id, error));
        }
        let journal = Journal { new: Some(id.clone()), step: Step::Stored, ..journal };
        self.journals.save(&journal).map_err(|e| self.can_go_on(e))?;
        self.app.prompter.say(&format!("{id} is made, and stored ({}).", self.app.keychain.backend()));
        Ok((journal, new))
    }

    /// The keychain does not take the new key: it is deleted, as nothing else holds its secret.
    fn take_back(&self, journal: Journal, access: &Access, id: &str, error: Error) -> Error {
        let journal = Journal { new: Some(id.to_owned()), step: Step::Undoing, ..journal };
        // If this fails, the next run recognises the key by its time.
        let noted = self.journals.save(&journal);
        let undone = self.delete(access, id).and_then(|()| self.drop_next(&journal));
        match undone {
            Ok(()) => Error {
                what: format!("the new key could not be stored, and is deleted again: {}", error.what),
                ..error
            },
            Err(why) => {
                self.app.debug(|| format!("not undone: {why}; noted: {noted:?}"));
                let what = format!("the new key {id} could not be stored, nor deleted at AWS: {}", error.what);
                self.can_go_on(Error { what, ..error })
            }
        }
    }

    /// Deletes the key of a call whose answer was lost.
    fn delete_lost(&self, journal: &Journal, access: &Access) -> Result<()> {
        let listed = self.app.iam.list_access_keys(access.caller(), &access.user);
        let mut listed = listed.map_err(|e| self.explain(&e, &access.credentials, &access.iam))?;
        self.clear_left_over(&Journal { began: self.app.clock.now().0, ..journal.clone() }, access, &mut listed)
    }

    /// Tests the stored key and makes it the key of every profile that has the old one.
    pub(super) fn promote(&self, journal: Journal, new: &Credentials) -> Result<Journal> {
        self.test(&journal, new).map_err(|e| {
            let way =
                format!("`awsx rotate {}` tries again, `awsx rotate {0} --abort` goes back to the old key", self.name);
            let hint = e.hint.as_ref().filter(|_| e.kind != ErrorKind::Input);
            let hint = hint.map_or_else(|| way.clone(), |hint| format!("{hint}; {way}"));
            e.hint(hint)
        })?;
        self.switch(journal, new, true)
    }

    /// Waits until AWS takes the new key, several times in a row.
    fn test(&self, journal: &Journal, new: &Credentials) -> Result<()> {
        let (id, began) = (&new.access_key_id, self.app.clock.now());
        let at = self.endpoint("sts")?;
        let (mut good, mut pause, mut said) = (0, 1, false);
        while good < IN_A_ROW {
            go_on()?;
            match self.app.sts.get_caller_identity(Caller::new(new, &at)) {
                Ok(identity) if identity.arn != journal.user => {
                    return Err(Error::failed(format!("{id} is not a key of {}", journal.user))
                        .cause(format!("it is one of {}", identity.arn)));
                }
                Ok(_) => (good, pause) = (good + 1, 1),
                Err(e) if is_passing(&e) && began.seconds_left(self.app.clock.now()) > -LIMIT => {
                    self.app.debug(|| format!("{id} does not work yet: {:?}", errors::classify(&e)));
                    if !std::mem::replace(&mut said, true) {
                        self.app.prompter.say(&format!("Waiting until AWS knows it everywhere, {LIMIT} s at most …"));
                    }
                    good = 0;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(e) => {
                    let explained = self.explain(&e, new, &at);
                    let cause = explained.brief();
                    let what = format!("the new key {id} does not work; {} still uses the old one", self.name);
                    return Err(Error::new(explained.kind, what).cause(cause));
                }
            }
            if good < IN_A_ROW {
                self.app.clock.sleep(pause);
            }
        }
        go_on()
    }

    /// Makes the new key that of every profile that has the old one. `kept`: it is still stored beside them as well.
    pub(super) fn switch(&self, journal: Journal, new: &Credentials, kept: bool) -> Result<Journal> {
        let secret = keys::encode(new)?;
        for name in &journal.profiles {
            let item = Item::Keys(name.clone());
            let before = self.app.keychain.get(&item)?;
            let id = before.as_ref().and_then(|secret| keys::decode(secret).ok()).map(|keys| keys.access_key_id);
            let was_removed = before.is_none() && *name != self.name;
            if was_removed || id.as_ref().is_some_and(|id| *id != journal.old) {
                continue;
            }
            let switched = self.app.keychain.set(&item, &secret).and_then(|()| match self.pair(&item)? {
                Some(pair) if pair == *new => Ok(()),
                _ => Err(Error::keychain("the keychain does not give back what was stored in it")),
            });
            switched.map_err(|e| self.can_go_on(e))?;
            self.app.prompter.say(&format!("{name} uses {} now.", new.access_key_id));
        }
        for name in &journal.profiles {
            self.remember(name, &journal.old, new);
        }
        let step = if journal.step == Step::Deactivated { Step::Deactivated } else { Step::Switched };
        let journal = Journal { new: Some(new.access_key_id.clone()), step, ..journal };
        self.journals.save(&journal).map_err(|e| self.can_go_on(e))?;
        if kept {
            let removed = self.app.keychain.remove(&Item::NextKeys(journal.profile.clone()));
            removed.map_err(|e| self.can_go_on(e))?;
        }
        Ok(journal)
    }

    /// What is known of the old key's user is known of the new one's. A failure is no problem: it is learnt again.
    fn remember(&self, name: &str, old: &str, new: &Credentials) {
        let Ok(dir) = self.app.state_dir() else { return };
        let written = state::update(&dir, name, |known| {
            if known.access_key_id.as_deref() == Some(old) {
                known.access_key_id = Some(new.access_key_id.clone());
            }
        });
        if let Err(e) = written {
            self.app.debug(|| format!("state of {name} not written: {e}"));
        }
    }
}

/// Whether a new key can fail like this while AWS's servers learn of it, or while AWS has a problem.
fn is_passing(error: &CallError) -> bool {
    matches!(errors::classify(error), Class::UnknownKey | Class::WrongSecret | Class::Throttled | Class::Unavailable)
}
