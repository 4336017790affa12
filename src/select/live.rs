//! The cached sessions that are still good, and which of them a profile would use now.

use std::collections::{HashMap, HashSet};

use crate::app::App;
use crate::aws::arn::Arn;
use crate::base::time::Timestamp;
use crate::cli::SessionArgs;
use crate::plan::{self, Inputs, SessionKey};
use crate::profile::{Profile, Profiles, arn_account};
use crate::select::options;
use crate::session::knowledge::Knowledge;
use crate::store::cache::{Cache, Entry};

/// The sessions.
pub struct Live<'a> {
    app: &'a App,
    profiles: &'a Profiles,
    now: Timestamp,
    cached: HashMap<SessionKey, Entry>,
    made_for: HashSet<String>,
    made_from: HashSet<String>,
    /// Account and name of the roles of these sessions.
    roles: HashSet<(String, String)>,
}

impl<'a> Live<'a> {
    /// Reads the cache.
    pub fn new(app: &'a App, profiles: &'a Profiles, now: Timestamp) -> Self {
        let entries = Cache::open(app).map(|cache| cache.entries()).unwrap_or_default();
        let usable = |entry: &Entry| entry.credentials.expires.is_some_and(|at| at.seconds_left(now) > 0);
        let cached: HashMap<SessionKey, Entry> = entries.into_iter().filter(|(_, entry)| usable(entry)).collect();
        let role = |entry: &Entry| {
            let arn = entry.arn.as_deref()?;
            let name = arn.split_once(":assumed-role/")?.1.split('/').next()?;
            Some((arn_account(arn)?.to_owned(), name.to_owned()))
        };
        Live {
            made_for: cached.values().map(|entry| entry.profile.clone()).collect(),
            made_from: cached.values().map(|entry| entry.source_key_id.clone()).filter(|id| !id.is_empty()).collect(),
            roles: cached.values().filter_map(role).collect(),
            app,
            profiles,
            now,
            cached,
        }
    }

    /// The profiles that they were made for, the one with the longest session first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut entries: Vec<&Entry> = self.cached.values().collect();
        entries.sort_by(|a, b| (b.credentials.expires, &a.profile).cmp(&(a.credentials.expires, &b.profile)));
        entries.into_iter().map(|entry| entry.profile.as_str())
    }

    /// The session that a plan made now would find. Making a plan takes time, so none is made where no session is
    /// likely.
    pub fn of(&self, profile: &Profile, knowledge: &Knowledge) -> Option<&Entry> {
        self.find(profile, knowledge).map(|(_, entry)| entry)
    }

    /// The same with its name.
    pub fn find(&self, profile: &Profile, knowledge: &Knowledge) -> Option<(&SessionKey, &Entry)> {
        if !self.is_likely(profile, knowledge) {
            return None;
        }
        let request = options::read(self.app, self.profiles, profile.name.clone(), &SessionArgs::default()).ok()?;
        let inputs = Inputs { profiles: self.profiles, env: &self.app.env, request: &request, known: knowledge };
        let plan = plan::plan(&inputs).ok()?;
        let (key, entry) = self.cached.get_key_value(plan.key()?)?;
        let margin = plan.margin(key, request.min_ttl);
        let lasts = entry.credentials.expires.is_some_and(|at| plan::usable(at, margin, self.now));
        lasts.then_some((key, entry))
    }

    fn is_likely(&self, profile: &Profile, knowledge: &Knowledge) -> bool {
        let source = profile.get("source_profile");
        let role = || {
            let arn = Arn::parse(profile.get("role_arn")?)?;
            Some((arn.account.to_owned(), arn.name("role")?.to_owned()))
        };
        !self.cached.is_empty()
            && (self.made_for.contains(&profile.name)
                || source.is_some_and(|source| self.made_for.contains(source))
                || role().is_some_and(|role| self.roles.contains(&role))
                || knowledge.state(&profile.name).access_key_id.is_some_and(|id| self.made_from.contains(&id)))
    }
}
