//! What exists in the sandbox: users, keys, MFA devices, roles, sessions. Its JSON is the seed file and the answer of
//! `GET /_sandbox/state` alike, secrets included: nothing in it opens anything but the sandbox.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::signin::logins::ConsoleLogins;
use crate::sso::directory::IdentityCenter;
use crate::wire::{random, random_id};

/// Everything that exists.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// The account of every user: twelve digits.
    pub account: String,
    /// Its alias.
    #[serde(default)]
    pub alias: Option<String>,
    /// How strict and how slow it is.
    #[serde(default)]
    pub settings: Settings,
    /// IAM users; the one named [`ROOT`] is the account's owner.
    #[serde(default)]
    pub users: Vec<User>,
    /// Long-lived keys.
    #[serde(default)]
    pub access_keys: Vec<AccessKey>,
    /// MFA devices, assigned or not.
    #[serde(default)]
    pub mfa_devices: Vec<Device>,
    /// Roles, of any account.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Managed policies that can be named as session policies, by ARN.
    #[serde(default)]
    pub managed_policies: BTreeMap<String, Policy>,
    /// Parameters of SSM, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// S3 buckets.
    #[serde(default)]
    pub buckets: Vec<String>,
    /// Sessions that STS has made.
    #[serde(default)]
    pub sessions: Vec<Session>,
    /// IAM Identity Center: its directory, and who is signed in.
    #[serde(default)]
    pub identity_center: IdentityCenter,
    /// Who has a console login.
    #[serde(default)]
    pub console_logins: ConsoleLogins,
}

/// The user name of the account's owner.
pub const ROOT: &str = "<root_account>";

/// When everything was made that doesn't say when: 2025-01-01T00:00:00Z, in epoch seconds.
pub const BEGINNING: i64 = 1_735_689_600;

/// How strict and how slow the sandbox is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Seconds until a new access key works.
    pub propagation_seconds: i64,
    /// Greatest number of entries that list calls give at once; 0: all of them.
    pub page_size: usize,
    /// Greatest number of seconds that new temporary credentials live, whatever is asked for; 0: as long as that.
    pub session_seconds: i64,
    /// Seconds that the access token of a sign-in lives if it can be refreshed.
    pub token_seconds: i64,
    /// Seconds that a sign-in lives.
    pub sign_in_seconds: i64,
    /// Seconds that a console login can be refreshed.
    pub login_seconds: i64,
    /// Seconds that its credentials live; fifteen minutes with AWS.
    pub login_token_seconds: i64,
    /// Seconds that a browser's answer is waited for, and that its code is good.
    pub code_seconds: i64,
    /// Least seconds between two questions whether a device code is approved.
    pub poll_seconds: i64,
}

impl Settings {
    /// How long temporary credentials live for which so many seconds were asked.
    pub fn lifetime(&self, asked: i64) -> i64 {
        if self.session_seconds > 0 { asked.min(self.session_seconds) } else { asked }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            propagation_seconds: 0,
            page_size: 0,
            session_seconds: 0,
            token_seconds: 3600,
            sign_in_seconds: 8 * 3600,
            login_seconds: 12 * 3600,
            login_token_seconds: 900,
            code_seconds: 600,
            poll_seconds: 1,
        }
    }
}

/// An IAM user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Its name.
    pub name: String,
    /// `/` or `/division/team/`.
    #[serde(default = "slash")]
    pub path: String,
    /// `AIDA…`.
    #[serde(default = "user_id")]
    pub id: String,
    /// Identity-based policies.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// Permissions boundary.
    #[serde(default)]
    pub boundary: Option<Policy>,
}

/// A long-lived key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// The secret half.
    pub secret: String,
    /// Whose it is.
    pub user: String,
    /// Inactive ones are unknown to every service.
    #[serde(default = "yes")]
    pub active: bool,
    /// Epoch seconds.
    #[serde(default = "beginning")]
    pub created: i64,
    /// Unknown to every service until then (epoch seconds).
    #[serde(default)]
    pub usable_from: i64,
    /// When, for which service, in which region.
    #[serde(default)]
    pub last_used: Option<(i64, String, String)>,
}

/// What sort of MFA device it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// An app on a phone.
    Virtual,
    /// A token with a display.
    Hardware,
    /// A security key; gives no codes.
    Fido,
}

/// An MFA device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// ARN or serial number.
    pub serial: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Base32; none for FIDO.
    #[serde(default)]
    pub seed: Option<String>,
    /// Whose it is, once enabled.
    #[serde(default)]
    pub user: Option<String>,
    /// Since when (epoch seconds).
    #[serde(default = "beginning")]
    pub enabled: i64,
    /// The step of the last code that was accepted.
    #[serde(default)]
    pub last_step: Option<i64>,
    /// How many steps its clock is ahead, as ResyncMFADevice found out.
    #[serde(default)]
    pub drift: i64,
}

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `arn:aws:iam::…:role/path/name`.
    pub arn: String,
    /// `AROA…`.
    #[serde(default = "role_id")]
    pub id: String,
    /// Seconds.
    #[serde(default = "hour")]
    pub max_session: i64,
    /// Who may assume it.
    pub trust: Policy,
    /// What it may do.
    #[serde(default)]
    pub policies: Vec<Policy>,
}

impl Role {
    /// The name, without the path.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// The account it is in.
    pub fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }
}

/// Whose credentials they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A user, or the account's owner under the name [`ROOT`].
    User(String),
    /// A session of a role.
    Role {
        /// ARN of the role.
        arn: String,
        /// `RoleSessionName`.
        session: String,
    },
}

/// Temporary credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// `ASIA…`.
    pub id: String,
    /// The secret half.
    pub secret: String,
    /// The session token.
    pub token: String,
    /// Whose.
    pub who: Who,
    /// Epoch seconds.
    pub issued: i64,
    /// Epoch seconds.
    pub expires: i64,
    /// When a code was given for it (epoch seconds).
    pub mfa_at: Option<i64>,
    /// Session policies.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// Session tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Those of them that a chained role session inherits.
    #[serde(default)]
    pub transitive: Vec<String>,
    /// `SourceIdentity`.
    #[serde(default)]
    pub source_identity: Option<String>,
    /// Whether it is one of GetFederationToken.
    #[serde(default)]
    pub federated: bool,
    /// Whether it is one of AWS Sign-In.
    #[serde(default)]
    pub console: bool,
}

impl Session {
    /// A new session with random credentials.
    pub fn new(who: Who, issued: i64, seconds: i64, mfa_at: Option<i64>) -> Self {
        let encode = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
        Session {
            id: format!("ASIA{}", random_id(16)),
            secret: encode(&random::<30>()),
            token: format!("IQoJb3JpZ2luX2Vj{}", encode(&random::<208>())),
            who,
            issued,
            expires: issued + seconds,
            mfa_at,
            policies: Vec::new(),
            tags: BTreeMap::new(),
            transitive: Vec::new(),
            source_identity: None,
            federated: false,
            console: false,
        }
    }
}

impl World {
    /// The world that is there when no other is asked for.
    ///
    /// # Errors
    /// What is wrong with the built-in file; a test shows that nothing is.
    pub fn builtin() -> Result<Self, String> {
        World::parse(include_str!("default.json"))
    }

    /// Reads a seed file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let world: World = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let of_users = world.users.iter().flat_map(|u| u.policies.iter().chain(&u.boundary));
        let of_roles = world.roles.iter().flat_map(|r| r.policies.iter().chain([&r.trust]));
        let of_sets = world.identity_center.permission_sets.iter().flat_map(|s| &s.policies);
        for policy in of_users.chain(of_roles).chain(of_sets).chain(world.managed_policies.values()) {
            policy.check()?;
        }
        Ok(world)
    }

    /// The user of that name.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|u| u.name == name)
    }

    /// The role with that ARN.
    pub fn role(&self, arn: &str) -> Option<&Role> {
        self.roles.iter().find(|r| r.arn == arn)
    }

    /// The ARN of something in the account's IAM: `mfa/bob`, `user/x/bob`.
    pub fn iam_arn(&self, rest: &str) -> String {
        format!("arn:aws:iam::{}:{rest}", self.account)
    }

    /// The ARN of a user, there or not.
    pub fn user_arn(&self, name: &str) -> String {
        match self.user(name) {
            _ if name == ROOT => self.iam_arn("root"),
            Some(user) => self.iam_arn(&format!("user{}{name}", user.path)),
            None => self.iam_arn(&format!("user/{name}")),
        }
    }

    /// The devices that a user has enabled.
    pub fn devices_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a Device> {
        self.mfa_devices.iter().filter(move |d| d.user.as_deref() == Some(user))
    }
}

fn slash() -> String {
    "/".into()
}

fn yes() -> bool {
    true
}

fn beginning() -> i64 {
    BEGINNING
}

fn hour() -> i64 {
    3600
}

fn user_id() -> String {
    format!("AIDA{}", random_id(17))
}

fn role_id() -> String {
    format!("AROA{}", random_id(17))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_world_is_sound_and_survives_a_round_trip() {
        let world = World::builtin().unwrap();
        let text = serde_json::to_string(&world).unwrap();
        assert_eq!(serde_json::to_string(&World::parse(&text).unwrap()).unwrap(), text);
        for key in &world.access_keys {
            assert_eq!((key.id.len(), key.secret.len()), (20, 40), "{}", key.id);
            assert!(key.user == ROOT || world.user(&key.user).is_some());
        }
        for device in &world.mfa_devices {
            assert_eq!(device.seed.is_some(), device.kind != DeviceKind::Fido, "{}", device.serial);
        }
        assert!(World::parse(&text.replace("\"account\"", "\"acount\"")).is_err());
        assert!(World::parse(&text.replace("BoolIfExists", "BoolIfPresent")).is_err());
    }
}
