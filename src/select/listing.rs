//! Profiles as `awsx list` and the pickers show them: account, kind, where their keys are, sessions and time left.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::terminal_text;
use crate::base::time::{Timestamp, show_left};
use crate::base::vars;
use crate::ports::{Choices, Item};
use crate::profile::{Profile, Profiles, arn_account};
use crate::session::knowledge::Knowledge;
use crate::store::cache::{Cache, Entry};
use crate::store::state::ProfileState;

/// What is over the columns of [`Row::cells`].
pub const HEAD: [&str; 6] = ["PROFILE", "KIND", "ACCOUNT", "KEYS", "MFA", "SESSION"];

/// Lets a person pick one of the profiles.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is none, [`crate::base::error::ErrorKind::Input`] if nobody picks.
pub fn choose(app: &App, rows: &[Row]) -> Result<String> {
    if rows.is_empty() {
        return Err(Error::config("there are no profiles yet").hint("awsx add PROFILE"));
    }
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.cells().to_vec()).collect();
    let chosen = app.prompter.pick("Profile", Choices { head: &HEAD, rows: &cells })?;
    rows.get(chosen).map(|row| row.profile.clone()).ok_or_else(|| Error::input("no profile chosen"))
}

/// The profiles, sorted by name.
pub fn rows(app: &App, profiles: &Profiles) -> Vec<Row> {
    let memory = Knowledge::new(app, None);
    let now = app.clock.now();
    let sessions = sessions(app, now);
    let all: Vec<Profile> = profiles.names().iter().filter_map(|name| profiles.get(name)).collect();
    let stored = stored_keys(app, &memory, &all);
    all.iter().map(|profile| Row::new(profiles, profile, &memory, &stored, sessions.get(&profile.name), now)).collect()
}

/// The profiles whose keys the keychain holds. What is remembered comes first: the keychain itself is asked only about
/// profiles that have nothing else, and never if that means asking a person for a passphrase.
fn stored_keys(app: &App, memory: &Knowledge, profiles: &[Profile]) -> BTreeSet<String> {
    let remembered = |p: &&Profile| memory.state(&p.name).access_key_id.is_some();
    let mut stored: BTreeSet<String> = profiles.iter().filter(remembered).map(|p| p.name.clone()).collect();
    let unexplained = profiles.iter().any(|p| kind(p) == "keys" && !stored.contains(&p.name) && !has_plaintext(p));
    let asks = app.keychain.backend() == "file" && app.env.get(vars::AWSX_FILE_PASSPHRASE).is_none();
    if unexplained && !asks {
        match app.keychain.list() {
            Ok(items) => stored.extend(items.into_iter().filter_map(|item| match item {
                Item::Keys(profile) => Some(profile),
                _ => None,
            })),
            Err(e) => app.debug(|| format!("keychain: {}", e.what)),
        }
    }
    stored
}

/// The advertised alias of the account of a profile's role, as far as the state of its base knows it.
pub fn alias(base: &ProfileState, profile: &Profile) -> Option<String> {
    base.roles.get(profile.get("role_arn")?)?.alias.clone()
}

/// The longest-lived usable session of each profile.
fn sessions(app: &App, now: Timestamp) -> HashMap<String, Entry> {
    let mut best: HashMap<String, Entry> = HashMap::new();
    for (_, entry) in Cache::open(app).map(|cache| cache.entries()).unwrap_or_default() {
        let expires = |e: &Entry| e.credentials.expires.map_or(0, |t| t.0);
        let longer = best.get(&entry.profile).is_none_or(|known| expires(known) < expires(&entry));
        if expires(&entry) > now.0 && longer {
            best.insert(entry.profile.clone(), entry);
        }
    }
    best
}

fn has_plaintext(profile: &Profile) -> bool {
    profile.static_keys().is_some()
}

fn kind(profile: &Profile) -> &'static str {
    let has = |key: &str| profile.get(key).is_some();
    if has("sso_session") || has("sso_start_url") || has("sso_account_id") {
        "sso"
    } else if has("web_identity_token_file") {
        "web-identity"
    } else if has("role_arn") {
        "role"
    } else if has("credential_process") {
        "process"
    } else if has("login_session") || has("credential_source") {
        "other"
    } else {
        "keys"
    }
}

/// A profile as it is listed.
pub struct Row {
    /// Its name.
    pub profile: String,
    /// `keys`, `role`, `sso`, `web-identity`, `process` or `other`.
    pub kind: &'static str,
    account: Option<String>,
    alias: Option<String>,
    role_arn: Option<String>,
    source_profile: Option<String>,
    mfa_serial: Option<String>,
    keys: &'static str,
    expires: Option<Timestamp>,
    now: Timestamp,
}

impl Row {
    fn new(
        profiles: &Profiles,
        profile: &Profile,
        memory: &Knowledge,
        stored: &BTreeSet<String>,
        session: Option<&Entry>,
        now: Timestamp,
    ) -> Row {
        let text = |key: &str| profile.get(key).map(str::to_string);
        let state = memory.state(&profile.name);
        let role_arn = text("role_arn");
        let chain = profiles.chain(&profile.name, |name| stored.contains(name)).unwrap_or_default();
        let inherited = chain.iter().rev().find_map(|hop| hop.profile.mfa_serial()).map(str::to_string);
        let alias = chain.first().and_then(|base| alias(&memory.state(&base.profile.name), profile));
        let mfa_serial = inherited.or_else(|| chain.first().and_then(|base| memory.state(&base.profile.name).serial));
        Row {
            kind: kind(profile),
            account: role_arn
                .as_deref()
                .and_then(arn_account)
                .map(str::to_string)
                .or_else(|| profile.account().map(str::to_string))
                .or(state.account)
                .or_else(|| session.and_then(|s| s.account.clone())),
            alias,
            role_arn,
            source_profile: text("source_profile"),
            mfa_serial: mfa_serial.filter(|s| !s.is_empty()),
            keys: if stored.contains(&profile.name) {
                "keychain"
            } else if has_plaintext(profile) {
                "plaintext"
            } else {
                "none"
            },
            expires: session.and_then(|s| s.credentials.expires),
            profile: profile.name.clone(),
            now,
        }
    }

    /// As `list --json` shows it.
    pub fn json(&self) -> Value {
        let session = self.expires.map(|t| json!({"expires": t.to_string(), "seconds_left": t.seconds_left(self.now)}));
        json!({
            "profile": self.profile,
            "kind": self.kind,
            "account": self.account,
            "alias": self.alias,
            "role_arn": self.role_arn,
            "source_profile": self.source_profile,
            "mfa_serial": self.mfa_serial,
            "keys": self.keys,
            "session": session,
        })
    }

    /// The time left of its session; `-` if there is none.
    pub fn left(&self) -> String {
        self.expires.map_or_else(|| "-".into(), |t| show_left(t.seconds_left(self.now)))
    }

    /// As a line of a table ([`HEAD`]).
    pub fn cells(&self) -> [String; 6] {
        let keys = match (self.keys, &self.source_profile) {
            ("none", Some(source)) => format!("from {source}"),
            ("none", None) => "-".into(),
            (place, _) => place.into(),
        };
        [
            self.profile.clone(),
            self.kind.into(),
            match (&self.account, &self.alias) {
                (Some(account), Some(alias)) => format!("{account} {alias}"),
                (account, _) => account.clone().unwrap_or_else(|| "-".into()),
            },
            keys,
            if self.mfa_serial.is_some() { "yes".into() } else { "-".into() },
            self.left(),
        ]
        .map(|cell| terminal_text::line(&cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::columns;
    use crate::store::state;
    use crate::testkit::Kit;

    #[test]
    fn the_advertised_alias_stands_beside_the_account() {
        let kit = Kit::new();
        let arn = "arn:aws:iam::123456789012:role/ops";
        kit.config(&format!("[profile base]\n[profile ops]\nrole_arn = {arn}\nsource_profile = base\n"));
        let known = |s: &mut ProfileState| {
            s.set_key("AKIATESTTESTTESTTEST");
            s.roles.entry(arn.into()).or_default().alias = Some("acme".into());
        };
        state::update(&kit.app.state_dir().unwrap(), "base", known).unwrap();
        let rows = rows(&kit.app, &Profiles::load(&kit.app.env).unwrap());
        assert_eq!(
            rows.iter().map(|row| row.json()["alias"].clone()).collect::<Vec<_>>(),
            [Value::Null, "acme".into()]
        );
        let cells: Vec<[String; 6]> = rows.iter().map(Row::cells).collect();
        let lines = columns::table(&cells);
        assert_eq!(
            lines,
            "base  keys  -                  keychain   -  -\nops   role  123456789012 acme  from base  -  -\n"
        );
    }
}
