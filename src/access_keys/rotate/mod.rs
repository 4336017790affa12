//! `awsx rotate`: another access key takes the place of a profile's key.
//!
//! 1. The new key is made, and stored in the keychain beside the old one.
//! 2. It is tested until AWS knows it everywhere.
//! 3. It becomes the key of every profile that had the old one.
//! 4. The old key is deactivated, then deleted.
//!
//! A run can be killed anywhere. The [`journal`] and the keychain tell the next one where to go on ([`course`]). At any
//! time the keychain has a key that works.
//!
//! IAM is called with one session, made from the old key with one MFA code. Such a session stays valid until it
//! expires, even if its key is deactivated or deleted ([temporary
//! credentials](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access.html)).

mod access;
mod begin;
mod course;
mod journal;
mod new_key;
mod old_key;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::base::signals;
use crate::ports::Item;
use crate::profile::{Profiles, Step as Hop};
use crate::select::selection::Selection;
use crate::session::guards;
use crate::sources::keys;
use crate::store::state;
use course::{Course, course};
use journal::{Journal, Journals, Step};

/// What is to be done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order<'a> {
    /// The profile, as the command line names it.
    pub profile: &'a str,
    /// `--code`.
    pub code: Option<&'a str>,
    /// `--mfa-serial`.
    pub mfa_serial: Option<&'a str>,
    /// `--delete-key`: a key that goes first.
    pub delete_key: Option<&'a str>,
    /// `--abort`.
    pub abort: bool,
}

/// One run.
struct Rotation<'a> {
    app: &'a App,
    profiles: &'a Profiles,
    order: &'a Order<'a>,
    /// The profile whose keys are stored.
    name: String,
    journals: Journals,
}

/// Replaces the key of a profile, ends a rotation that was interrupted, or undoes it.
///
/// # Errors
/// Any kind. What has been reached is kept, and the error says how to go on.
pub fn rotate(app: &App, profiles: &Profiles, order: &Order) -> Result<()> {
    let asked = Selection::of(&app.env, Some(order.profile)).profile(app, profiles)?;
    let name = holder(app, profiles, &asked)?;
    if name != asked {
        app.prompter.say(&format!("{asked} uses the keys of {name}: the key of {name} is replaced."));
    }
    guards::admit(app, profiles, &[&asked, &name])?;
    app.keychain.ready_to_store()?;
    let rotation = Rotation { app, profiles, order, name, journals: Journals::of(app)? };
    let mut before = None;
    let _lock = rotation.journals.lock(app, || before = Some(rotation.id()))?;
    let now = rotation.id()?;
    if let Some(before) = before
        && before? != now
        && rotation.found()?.journal.is_none()
    {
        app.prompter.say(&format!("the other one has just replaced the key of {}", rotation.name));
        return Ok(());
    }
    if order.abort { rotation.abort() } else { rotation.run() }
}

/// The profile whose stored keys a profile starts from.
fn holder(app: &App, profiles: &Profiles, asked: &str) -> Result<String> {
    let states = app.state_dir()?;
    let chain = profiles.chain(asked, |profile| state::load(&states, profile).access_key_id.is_some())?;
    match chain.first() {
        Some(hop) if hop.step == Hop::Keys => Ok(hop.profile.name.clone()),
        _ => Err(Error::config(format!("{asked} does not start from an access key"))
            .cause("there is nothing to rotate: its credentials are temporary, or come from a program")
            .hint("name a profile whose keys are stored: awsx list")),
    }
}

/// What the keychain and the journal say of a profile.
struct Found {
    /// Its keys.
    current: Option<Credentials>,
    /// The keys that are stored beside them.
    next: Option<Credentials>,
    journal: Option<Journal>,
}

impl Found {
    fn course(&self) -> Course {
        let id = |keys: &Option<Credentials>| keys.as_ref().map(|keys| keys.access_key_id.clone());
        course(id(&self.current).as_deref(), id(&self.next).as_deref(), self.journal.as_ref())
    }
}

impl Rotation<'_> {
    fn found(&self) -> Result<Found> {
        let current = self.pair(&Item::Keys(self.name.clone()))?;
        let of_key = || self.journals.of_key(&current.as_ref()?.access_key_id);
        let journal = self.journals.of_profile(&self.name).or_else(of_key);
        let kept_as = journal.as_ref().map_or(&self.name, |journal| &journal.profile);
        let next = self.pair(&Item::NextKeys(kept_as.clone()))?;
        Ok(Found { current, next, journal })
    }

    fn run(&self) -> Result<()> {
        let found = self.found()?;
        let course = found.course();
        self.app.debug(|| format!("rotation of {}: {course:?}", self.name));
        let Found { current, next, journal } = found;
        match (course, journal, next) {
            (Course::Changed, ..) => {
                Err(Error::failed(format!("{} has other keys since its rotation was begun", self.name))
                    .hint(format!("`awsx rotate {} --abort` deletes the key that was made for it", self.name)))
            }
            (Course::Finish, Some(journal), next) => {
                let new = current.ok_or_else(|| self.no_keys())?;
                self.goes_on(&journal);
                let journal = self.switch(journal, &new, next.is_some())?;
                self.finish(&journal, None)
            }
            (Course::Promote, journal, Some(next)) => {
                let journal = match journal {
                    Some(journal) => journal,
                    None => self.adopted(current.as_ref(), &next)?,
                };
                self.goes_on(&journal);
                let journal = self.promote(journal, &next)?;
                self.finish(&journal, None)
            }
            (Course::Undo, Some(journal), _) => {
                let access = self.undo(journal)?;
                self.begin(current, None, Some(access))
            }
            (_, journal, next) => {
                if next.is_some() {
                    // It has taken its place, and the journal that said so is gone.
                    self.app.keychain.remove(&Item::NextKeys(self.name.clone()))?;
                }
                self.begin(current, journal.as_ref(), None)
            }
        }
    }

    /// Undoes a rotation that was begun and has not gone too far.
    fn abort(&self) -> Result<()> {
        let Found { current, next, journal } = self.found()?;
        let course = Found { current: current.clone(), next: next.clone(), journal: journal.clone() }.course();
        let journal = match (course, journal, &next) {
            (Course::Finish, ..) => {
                return Err(Error::failed(format!("{} uses its new key already", self.name))
                    .hint(format!("`awsx rotate {}` ends the rotation", self.name)));
            }
            (_, Some(journal), _) => Journal {
                new: journal.new.clone().or(next.map(|next| next.access_key_id)),
                step: Step::Undoing,
                ..journal
            },
            (Course::Promote, None, Some(next)) => {
                Journal { step: Step::Undoing, ..self.adopted(current.as_ref(), next)? }
            }
            _ => return Err(Error::failed(format!("no rotation of {} is under way", self.name))),
        };
        let name = &self.name;
        let what = match &journal.new {
            Some(new) => format!("Delete {new}, the new key of {name}, and keep {}?", journal.old),
            None => format!("Undo the rotation of {name}, and keep {}?", journal.old),
        };
        if !self.app.confirm(&what)? {
            return Err(Error::failed(format!("the rotation of {name} was not undone")));
        }
        self.journals.save(&journal)?;
        self.undo(journal)?;
        self.app.prompter.say(&format!("{name} keeps its key; the rotation is undone."));
        Ok(())
    }

    /// A new journal for a rotation that has lost its own.
    fn adopted(&self, current: Option<&Credentials>, next: &Credentials) -> Result<Journal> {
        let current = current.ok_or_else(|| self.no_keys())?;
        let old = current.access_key_id.clone();
        let journal = Journal {
            profile: self.name.clone(),
            profiles: self.sharing(&old)?,
            user: self.whose(current)?,
            known: vec![old.clone()],
            old,
            began: self.app.clock.now().0,
            new: Some(next.access_key_id.clone()),
            step: Step::Stored,
        };
        self.journals.save(&journal)?;
        Ok(journal)
    }

    fn goes_on(&self, journal: &Journal) {
        let begun = crate::base::time::Timestamp(journal.began);
        self.app.prompter.say(&format!("Going on with the rotation of {} that was begun {begun}.", journal.profile));
    }

    /// The ID of the profile's key.
    fn id(&self) -> Result<Option<String>> {
        Ok(self.pair(&Item::Keys(self.name.clone()))?.map(|keys| keys.access_key_id))
    }

    /// A key pair out of the keychain. One that can't be read counts as none: its writer was killed.
    fn pair(&self, item: &Item) -> Result<Option<Credentials>> {
        Ok(self.app.keychain.get(item)?.and_then(|secret| keys::decode(&secret).ok()))
    }

    /// The profiles whose stored key is this one, the named profile first.
    fn sharing(&self, id: &str) -> Result<Vec<String>> {
        let mut names = vec![self.name.clone()];
        for item in self.app.keychain.list()? {
            let Item::Keys(name) = &item else { continue };
            if *name != self.name && self.pair(&item)?.is_some_and(|keys| keys.access_key_id == id) {
                names.push(name.clone());
            }
        }
        Ok(names)
    }

    fn no_keys(&self) -> Error {
        Error::config(format!("no keys of {} are stored", self.name)).hint(format!("awsx add {}", self.name))
    }

    /// Adds to an error how to go on.
    fn can_go_on(&self, error: Error) -> Error {
        let way = format!("`awsx rotate {}` goes on from here", self.name);
        let hint = match &error.hint {
            Some(hint) if error.kind != ErrorKind::Input => format!("{hint}; {way}"),
            _ => way,
        };
        error.hint(hint)
    }
}

/// Fails once a signal has come.
fn go_on() -> Result<()> {
    signals::pending().map_or(Ok(()), Err)
}

/// What other commands need to know of a rotation that has not ended.
pub struct HalfDone {
    /// The new key, if its secret is in the keychain and it is not the profile's key yet.
    pub new: Option<String>,
    journal: Option<Journal>,
}

impl HalfDone {
    /// What is lost if it is forgotten, as a sentence.
    pub fn told(&self, profile: &str) -> String {
        match &self.new {
            Some(new) => format!(
                "The rotation of {profile} has not ended: the secret of its new key {new} is only here, and the key stays \
                 active at AWS."
            ),
            None => format!("The rotation of {profile} has not ended."),
        }
    }
}

/// The rotation that a profile is part of, if one was begun and has not ended.
///
/// # Errors
/// Those of the keychain.
pub fn half_done(app: &App, profile: &str) -> Result<Option<HalfDone>> {
    let journal = Journals::of(app)?.of_profile(profile);
    let kept_as = journal.as_ref().map_or(profile, |journal| &journal.profile);
    let next = app.keychain.get(&Item::NextKeys(kept_as.to_owned()))?;
    if journal.is_none() && next.is_none() {
        return Ok(None);
    }
    let new = next.and_then(|secret| keys::decode(&secret).ok()).map(|keys| keys.access_key_id);
    Ok(Some(HalfDone { new, journal }))
}

/// Forgets a rotation, because its profile gets other keys or none. Where other profiles are part of it, it goes on for
/// them.
///
/// # Errors
/// [`ErrorKind::Failed`], and those of the keychain.
pub fn forget(app: &App, profile: &str, rotation: &HalfDone) -> Result<()> {
    let journals = Journals::of(app)?;
    if let Some(journal) = &rotation.journal {
        let profiles: Vec<String> = journal.profiles.iter().filter(|name| *name != profile).cloned().collect();
        if !profiles.is_empty() {
            return journals.save(&Journal { profiles, ..journal.clone() });
        }
        app.keychain.remove(&Item::NextKeys(journal.profile.clone()))?;
        return journals.remove(journal);
    }
    app.keychain.remove(&Item::NextKeys(profile.to_owned())).map(drop)
}

/// The profiles whose rotation was begun and has not ended.
pub fn unfinished(app: &App) -> Vec<String> {
    let all = Journals::of(app).map_or_else(|_| Vec::new(), |journals| journals.all().collect());
    all.into_iter().map(|journal| journal.profile).collect()
}

/// Warns of rotations that have not ended.
pub fn remind(app: &App) {
    for profile in unfinished(app) {
        app.prompter.warn(&format!("the rotation of {profile} has not ended: awsx rotate {profile}"));
    }
}
