//! What is remembered, read lazily and once: state files, cached sessions, base keys. The warm path reads one state file
//! and one cached session and asks the keychain nothing.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::base::time::Timestamp;
use crate::plan::{Facts, Serial, SessionKey, Source};
use crate::ports::Item;
use crate::sources::{self, Given, keys};
use crate::store::cache::{Cache, Entry};
use crate::store::state::{self, ProfileState, SourceKey};

/// How long it counts that a user has no MFA device, in seconds: one may be enrolled at any time, in the console too.
const NO_DEVICE_FOR: i64 = 600;

/// What one command remembers.
pub struct Knowledge<'a> {
    app: &'a App,
    dir: Option<PathBuf>,
    cache: Option<&'a Cache<'a>>,
    /// The names of the state files, if the folder was listed.
    there: RefCell<Option<BTreeSet<String>>>,
    states: RefCell<BTreeMap<String, ProfileState>>,
    entries: RefCell<BTreeMap<SessionKey, Option<Entry>>>,
    /// What this process has made itself; the cache may be off or out of order.
    own: RefCell<BTreeMap<SessionKey, Entry>>,
    /// Profiles whose state could not be written: what is known of them is kept here alone.
    unwritten: RefCell<BTreeSet<String>>,
    keys: RefCell<BTreeMap<String, Option<Credentials>>>,
    given: RefCell<BTreeMap<SessionKey, Given>>,
    /// "Now", for what ages: the same from the first plan to the last.
    began: Timestamp,
    /// Whether "no MFA device" counts however long ago it was found.
    however_old: Cell<bool>,
}

impl<'a> Knowledge<'a> {
    /// Reads nothing yet. Without a `cache` every session is new.
    pub fn new(app: &'a App, cache: Option<&'a Cache<'a>>) -> Self {
        Knowledge {
            app,
            dir: app.state_dir().ok(),
            cache,
            there: RefCell::default(),
            states: RefCell::default(),
            entries: RefCell::default(),
            own: RefCell::default(),
            unwritten: RefCell::default(),
            keys: RefCell::default(),
            given: RefCell::default(),
            began: app.clock.now(),
            however_old: Cell::new(false),
        }
    }

    /// The same for commands that only show what there is: "no MFA device" counts however long ago it was found.
    #[must_use]
    pub fn however_old(self) -> Self {
        self.however_old.set(true);
        self
    }

    /// Runs `plan` as if "no MFA device" counted however long ago it was found.
    pub fn with_old_answers<T>(&self, plan: impl FnOnce() -> T) -> T {
        let before = self.however_old.replace(true);
        let made = plan();
        self.however_old.set(before);
        made
    }

    /// For listings: lists the folder of state files once, instead of looking for each profile's file.
    pub fn look_at_what_is_there(&self) {
        self.there.replace(self.dir.as_deref().map(state::file_names));
    }

    /// Drops what was read of files that another process may have written meanwhile.
    pub fn look_again(&self) {
        let unwritten = self.unwritten.borrow();
        self.there.replace(None);
        self.states.borrow_mut().retain(|profile, _| unwritten.contains(profile));
        self.entries.borrow_mut().clear();
    }

    /// What is known of a profile with keys.
    pub fn state(&self, profile: &str) -> ProfileState {
        let mut states = self.states.borrow_mut();
        if let Some(known) = states.get(profile) {
            return known.clone();
        }
        if let Some(there) = &*self.there.borrow()
            && (there.is_empty() || !there.contains(&state::file_name(profile)))
        {
            return ProfileState::default();
        }
        let load = || self.dir.as_deref().map(|dir| state::load(dir, profile)).unwrap_or_default();
        states.entry(profile.into()).or_insert_with(load).clone()
    }

    /// Remembers something about a profile. If it can't be written, it still counts for this process.
    pub fn learn(&self, profile: &str, change: impl Fn(&mut ProfileState)) {
        let mut known = self.state(profile);
        change(&mut known);
        self.states.borrow_mut().insert(profile.into(), known);
        let written = self.dir.as_deref().map(|dir| state::update(dir, profile, &change));
        if let Some(Err(e)) = &written {
            self.app.debug(|| format!("state of {profile} not written: {e}"));
        }
        if !matches!(written, Some(Ok(()))) {
            self.unwritten.borrow_mut().insert(profile.into());
        }
    }

    /// Remembers a session that this process has made.
    pub fn add_own(&self, key: &SessionKey, entry: Entry) {
        self.own.borrow_mut().insert(key.clone(), entry);
    }

    /// Whether this process has made that session itself.
    pub fn is_own(&self, key: &SessionKey) -> bool {
        self.own.borrow().contains_key(key)
    }

    /// A session that this process has made, or a cached one that hasn't expired.
    pub fn entry(&self, key: &SessionKey) -> Option<Entry> {
        if let Some(own) = self.own.borrow().get(key) {
            return Some(own.clone());
        }
        let mut entries = self.entries.borrow_mut();
        entries.entry(key.clone()).or_insert_with(|| self.cache.and_then(|cache| cache.get(key))).clone()
    }

    /// When a cached session expires.
    pub fn expiry(&self, key: &SessionKey) -> Option<Timestamp> {
        self.entry(key)?.credentials.expires
    }

    /// The key pair of a profile out of the keychain; `None` if it has none. If it is another key than remembered, that
    /// is corrected.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`].
    pub fn keys(&self, profile: &str) -> Result<Option<Credentials>> {
        if let Some(known) = self.keys.borrow().get(profile) {
            return Ok(known.clone());
        }
        self.app.debug(|| format!("keychain: reading the keys of {profile}"));
        let stored = self.app.keychain.get(&Item::Keys(profile.into()))?;
        let pair = stored.map(|secret| keys::decode(&secret)).transpose().map_err(|e| Error {
            what: format!("the keychain item of {profile} can't be read"),
            cause: Some(e.brief()),
            hint: Some(format!("awsx add {profile}")),
            kind: e.kind,
        })?;
        // A keychain without the item may be another one that only this command uses (`--backend`): forget nothing.
        if let Some(pair) = &pair
            && self.state(profile).access_key_id.as_deref() != Some(&pair.access_key_id)
        {
            self.learn(profile, |s| s.set_key(&pair.access_key_id));
        }
        self.keys.borrow_mut().insert(profile.into(), pair.clone());
        Ok(pair)
    }

    /// What the source of a profile gives. It is asked once: a program may have asked a person. Whether it gave keys or a
    /// session is remembered, for it decides what comes next.
    ///
    /// # Errors
    /// Whatever the source fails with.
    pub fn given(&self, profile: &str, source: &Source) -> Result<Given> {
        let digest = source.key(profile);
        if let Some(given) = self.given.borrow().get(&digest) {
            return Ok(given.clone());
        }
        let given = sources::resolve(self.app, profile, source)?;
        if let Source::Process(_) = source {
            let access_key_id = given.credentials.access_key_id.clone();
            let key = SourceKey { digest: digest.0.clone(), access_key_id };
            let key = (!given.credentials.is_session()).then_some(key);
            if self.state(profile).source != key {
                self.learn(profile, |state| state.set_source(key.clone()));
            }
        }
        self.given.borrow_mut().insert(digest, given.clone());
        Ok(given)
    }
}

impl Facts for Knowledge<'_> {
    fn key_id(&self, profile: &str, look: bool) -> Result<Option<String>> {
        match self.state(profile).access_key_id {
            Some(id) => Ok(Some(id)),
            None if look => Ok(self.keys(profile)?.map(|pair| pair.access_key_id)),
            None => Ok(None),
        }
    }

    fn source_keys(&self, profile: &str, source: &SessionKey) -> Option<String> {
        self.state(profile).source.filter(|known| known.digest == source.0).map(|known| known.access_key_id)
    }

    fn serial(&self, profile: &str) -> Serial {
        let state = self.state(profile);
        match (state.serial, state.no_device_at) {
            (Some(serial), _) => Serial::Known(serial),
            (None, Some(at)) if self.however_old.get() || self.began.0 - at < NO_DEVICE_FOR => Serial::None,
            (None, _) => Serial::Unknown,
        }
    }

    fn user(&self, profile: &str) -> Option<String> {
        self.state(profile).user().map(str::to_string)
    }

    fn is_root(&self, profile: &str) -> bool {
        self.state(profile).is_root()
    }

    fn mfa_limit(&self, profile: &str) -> Option<u32> {
        self.state(profile).mfa_session_length
    }

    fn role_limit(&self, profile: &str, role_arn: &str) -> Option<u32> {
        self.state(profile).roles.get(role_arn)?.session_length
    }
}
