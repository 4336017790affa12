//! Profiles as `awsx list` and the pickers show them: account, kind, where their keys are, sessions and time left.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use crate::app::App;
use crate::aws::arn::Arn;
use crate::base::terminal_text;
use crate::base::time::{Timestamp, show_left};
use crate::ports::Item;
use crate::profile::{Profile, Profiles, WEB_IDENTITY, arn_account};
use crate::select::live::Live;
use crate::session::knowledge::Knowledge;
use crate::store::cache::Entry;
use crate::store::state::ProfileState;

/// The headings of the columns of [`Row::cells`].
pub const HEAD: [&str; 6] = ["PROFILE", "KIND", "ACCOUNT", "KEYS", "MFA", "SESSION"];

/// The profiles, sorted by name. Nobody is asked for a passphrase: a locked keychain counts as empty.
pub fn rows(app: &App, profiles: &Profiles) -> Vec<Row> {
    let quiet = app.keychain.is_quiet();
    app.keychain.set_quiet(true);
    // A list asks AWS nothing, so "no MFA device" counts however old it is.
    let knowledge = Knowledge::new(app, None).however_old();
    knowledge.look_at_what_is_there();
    let now = app.clock.now();
    let all: Vec<Profile> = profiles.names().iter().filter_map(|name| profiles.get(name)).collect();
    let stored = stored_keys(app, &knowledge, &all);
    let live = Live::new(app, profiles, now);
    let session = |profile: &Profile| live.of(profile, &knowledge);
    let stored = |name: &str| stored.contains(name);
    let row = |profile: &Profile| Row::new(profiles, profile, &knowledge, &stored, session(profile), now);
    let rows = all.iter().map(row).collect();
    app.keychain.set_quiet(quiet);
    rows
}

/// The profiles whose keys the keychain holds. What is remembered comes first: the keychain itself is asked only about
/// profiles that have nothing else.
fn stored_keys(app: &App, knowledge: &Knowledge, profiles: &[Profile]) -> BTreeSet<String> {
    let remembered = |p: &&Profile| knowledge.state(&p.name).access_key_id.is_some();
    let mut stored: BTreeSet<String> = profiles.iter().filter(remembered).map(|p| p.name.clone()).collect();
    let unexplained = profiles.iter().any(|p| kind(p) == "keys" && !stored.contains(&p.name) && !has_plaintext(p));
    if unexplained {
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

fn has_plaintext(profile: &Profile) -> bool {
    profile.static_keys().is_some()
}

fn kind(profile: &Profile) -> &'static str {
    let has = |key: &str| profile.get(key).is_some();
    if has("sso_session") || has("sso_start_url") || has("sso_account_id") {
        "sso"
    } else if WEB_IDENTITY.into_iter().any(has) {
        "web-identity"
    } else if has("role_arn") {
        "role"
    } else if has("credential_process") {
        "process"
    } else if has("login_session") {
        "login"
    } else if has("credential_source") {
        "other"
    } else {
        "keys"
    }
}

/// A profile as it is listed.
pub struct Row {
    profile: Profile,
    /// `keys`, `role`, `sso`, `login`, `web-identity`, `process` or `other`.
    pub kind: &'static str,
    account: Option<String>,
    alias: Option<String>,
    mfa_serial: Option<String>,
    keys: &'static str,
    expires: Option<Timestamp>,
    /// Since when AWS has not taken the keys that it starts from.
    invalid_since: Option<Timestamp>,
    now: Timestamp,
}

impl Row {
    /// `stored` says of which profiles the keychain holds keys, as far as that is known.
    pub fn new(
        profiles: &Profiles,
        profile: &Profile,
        knowledge: &Knowledge,
        stored: &dyn Fn(&str) -> bool,
        session: Option<&Entry>,
        now: Timestamp,
    ) -> Row {
        let state = knowledge.state(&profile.name);
        let chain = profiles.way(&profile.name, stored).unwrap_or_default();
        let inherited = chain.iter().rev().find_map(|hop| hop.profile.mfa_serial()).map(str::to_string);
        let base = match chain.first() {
            Some(base) if base.profile.name != profile.name => knowledge.state(&base.profile.name),
            Some(_) => state.clone(),
            None => ProfileState::default(),
        };
        let checked = state.checked.unwrap_or_default();
        let alias = alias(&base, profile).or(checked.alias);
        // Only the keys that were checked are marked: others may have taken their place.
        let key = chain.first().and_then(|hop| Some(hop.profile.static_keys()?.access_key_id));
        let key = base.access_key_id.clone().or(key);
        let invalid_since = base.checked.filter(|checked| key.as_deref() == Some(&checked.access_key_id));
        let mfa_serial = inherited.or(base.serial);
        Row {
            kind: kind(profile),
            // Only what the profile itself does not say is kept.
            account: if profile_account(profile).is_some() {
                None
            } else {
                state.account.or_else(|| session.and_then(|s| s.account.clone())).or(checked.account)
            },
            alias,
            mfa_serial: mfa_serial.filter(|s| !s.is_empty()),
            keys: if stored(&profile.name) {
                "keychain"
            } else if has_plaintext(profile) {
                "plaintext"
            } else {
                "none"
            },
            expires: session.and_then(|s| s.credentials.expires),
            invalid_since: invalid_since.and_then(|checked| checked.invalid_since).map(Timestamp),
            profile: profile.clone(),
            now,
        }
    }

    /// As `list --json` shows it.
    pub fn json(&self) -> impl Serialize + '_ {
        Listed {
            profile: self.name(),
            // As the contract of the JSON names it.
            kind: if self.kind == "login" { "other" } else { self.kind },
            account: self.account(),
            alias: self.alias.as_deref(),
            role_arn: self.profile.get("role_arn"),
            source_profile: self.profile.get("source_profile"),
            mfa_serial: self.mfa_serial.as_deref(),
            keys: self.keys,
            session: self.expires.map(|t| Left { expires: t.to_string(), seconds_left: t.seconds_left(self.now) }),
            invalid_since: self.invalid_since.map(|t| t.to_string()),
        }
    }

    /// The time left of its session, else whether its keys are invalid; `-` if there is nothing to say.
    pub fn left(&self) -> String {
        let without = if self.invalid_since.is_some() { "invalid" } else { "-" };
        self.expires.map_or_else(|| without.into(), |t| show_left(t.seconds_left(self.now)))
    }

    /// The name of the profile.
    pub fn name(&self) -> &str {
        &self.profile.name
    }

    fn account(&self) -> Option<&str> {
        profile_account(&self.profile).or(self.account.as_deref())
    }

    fn account_and_alias(&self) -> Cow<'_, str> {
        match (self.account(), &self.alias) {
            (Some(account), Some(alias)) => format!("{account} {alias}").into(),
            (account, _) => account.unwrap_or("-").into(),
        }
    }

    /// As a line of a picker: name, time left, account, kind and role.
    pub fn in_menu(&self) -> [Cow<'_, str>; 4] {
        let arn = self.profile.get("role_arn").and_then(Arn::parse);
        let role = arn.as_ref().and_then(|arn| arn.name("role")).or_else(|| self.profile.get("sso_role_name"));
        let kind = match role {
            Some(role) => format!("{} {role}", self.kind).into(),
            None => self.kind.into(),
        };
        [self.name().into(), self.left().into(), self.account_and_alias(), kind]
    }

    /// As a line of a table ([`HEAD`]).
    pub fn cells(&self) -> [Cow<'_, str>; 6] {
        let keys = match (self.keys, self.profile.get("source_profile")) {
            ("none", Some(source)) => format!("from {source}").into(),
            ("none", None) if self.kind == "sso" => match self.profile.get("sso_session") {
                Some(session) => format!("sign-in {session}").into(),
                None => "sign-in".into(),
            },
            ("none", None) if self.kind == "login" => "sign-in".into(),
            ("none", None) => "-".into(),
            (place, _) => place.into(),
        };
        [
            self.name().into(),
            self.kind.into(),
            self.account_and_alias(),
            keys,
            if self.mfa_serial.is_some() { "yes".into() } else { "-".into() },
            self.left().into(),
        ]
        .map(terminal_text::into_line)
    }
}

/// The account that a profile itself names, that of its role first.
fn profile_account(profile: &Profile) -> Option<&str> {
    profile.get("role_arn").and_then(arn_account).or_else(|| profile.account())
}

/// A row in JSON. A struct, because a map for each of ten thousand rows takes longer than everything else.
#[derive(Serialize)]
struct Listed<'a> {
    profile: &'a str,
    kind: &'a str,
    account: Option<&'a str>,
    alias: Option<&'a str>,
    role_arn: Option<&'a str>,
    source_profile: Option<&'a str>,
    mfa_serial: Option<&'a str>,
    keys: &'a str,
    session: Option<Left>,
    invalid_since: Option<String>,
}

#[derive(Serialize)]
struct Left {
    expires: String,
    seconds_left: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::columns;
    use crate::cli::SessionArgs;
    use crate::plan::{self, Inputs};
    use crate::select::options;
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
            rows.iter().map(|row| serde_json::to_value(row.json()).unwrap()["alias"].clone()).collect::<Vec<_>>(),
            [serde_json::Value::Null, "acme".into()]
        );
        let cells: Vec<[Cow<str>; 6]> = rows.iter().map(Row::cells).collect();
        let lines = columns::table(&cells);
        assert_eq!(
            lines,
            "base  keys  -                  keychain   -  -\nops   role  123456789012 acme  from base  -  -\n"
        );
    }

    #[test]
    fn a_session_without_mfa_is_listed_when_the_look_up_is_due_again() {
        let kit = Kit::new();
        kit.config("[profile base]\n");
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let known = |s: &mut ProfileState| {
            s.set_key("AKIATESTTESTTESTTEST");
            s.no_device_at = Some(kit.app.clock.now().0);
        };
        state::update(&kit.app.state_dir().unwrap(), "base", known).unwrap();
        let request = options::read(&kit.app, &profiles, "base".into(), &SessionArgs::default()).unwrap();
        let knowledge = Knowledge::new(&kit.app, None);
        let inputs = Inputs { profiles: &profiles, env: &kit.app.env, request: &request, known: &knowledge };
        let key = plan::plan(&inputs).unwrap().key().unwrap().0.clone();
        crate::testkit::cached(&kit, &key, "base", "AKIATESTTESTTESTTEST");
        // Ten minutes after the look-up; the session has five left.
        kit.clock.advance(600);
        assert_eq!(rows(&kit.app, &profiles)[0].left(), "5m");
    }

    #[test]
    fn each_profile_is_read_once_for_a_listing() {
        let kit = Kit::new();
        let role = |n: usize| {
            let source = ["team-0-prod", "missing", "team-0-prod"][n % 3];
            format!("role_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = {source}\n")
        };
        let profile = |n: usize| format!("[profile team-{n}-prod]\n{}", if n < 100 { String::new() } else { role(n) });
        kit.config(&(0..200).map(profile).collect::<String>());
        let profiles = Profiles::load(&kit.app.env).unwrap();
        assert_eq!(rows(&kit.app, &profiles).len(), 200);
        assert_eq!(profiles.reads(), 200);
    }

    #[test]
    fn the_session_is_the_one_that_exec_would_use_now() {
        let arn = "arn:aws:iam::123456789012:role/ops";
        let config = |role: &str| {
            format!(
                "[profile base]\nmfa_serial =\n[profile ops]\nrole_arn = {arn}\nsource_profile = base\n{role}\
                 [profile twin]\nrole_arn = {arn}\nsource_profile = base\n[profile other]\nregion = x\n"
            )
        };
        let kit = Kit::new();
        kit.config(&config(""));
        state::update(&kit.app.state_dir().unwrap(), "base", |s| s.set_key("AKIATESTTESTTESTTEST")).unwrap();
        let profiles = || Profiles::load(&kit.app.env).unwrap();
        let key = |name: &str| {
            let profiles = profiles();
            let request = options::read(&kit.app, &profiles, name.into(), &SessionArgs::default()).unwrap();
            let knowledge = Knowledge::new(&kit.app, None);
            let inputs = Inputs { profiles: &profiles, env: &kit.app.env, request: &request, known: &knowledge };
            plan::plan(&inputs).unwrap().key().unwrap().0.clone()
        };
        crate::testkit::cached(&kit, &key("ops"), "ops", "AKIATESTTESTTESTTEST");
        crate::testkit::cached(&kit, &key("base"), "base", "AKIATESTTESTTESTTEST");
        let left = || rows(&kit.app, &profiles()).iter().map(Row::left).collect::<Vec<_>>();
        // base, ops, other, and twin, which would get the same as ops.
        assert_eq!(left(), ["15m", "15m", "-", "15m"]);
        kit.config(&config("external_id = changed\n"));
        assert_eq!(left(), ["15m", "-", "-", "15m"], "ops would get another session today");
        kit.config(&config(""));
        kit.clock.advance(601);
        assert_eq!(left(), ["-", "-", "-", "-"], "exec wants 5 minutes");
        assert!(!kit.app.keychain.is_quiet());
    }
}
