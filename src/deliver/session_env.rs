//! What a child gets and what is taken from it (docs/reference.md, *What the child gets*). Pure.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use crate::base::env::Env;
use crate::base::saved_env::SavedEnv;
use crate::base::secret::Secret;
use crate::base::vars;
use crate::deliver::sdk_env::Sdk;
use crate::profile::{OwnKeys, Profiles};
use crate::session::Session;

/// Everything that starts so is removed: the selectors of the container credentials endpoint.
const REMOVED_PREFIX: &str = "AWS_CONTAINER_";

/// What `awsx refresh` renews; the rest of a session's variables stay as the person may have changed them.
const RENEWED: &[&str] = &[
    vars::AWS_ACCESS_KEY_ID,
    vars::AWS_SECRET_ACCESS_KEY,
    vars::AWS_SESSION_TOKEN,
    "AWS_SECURITY_TOKEN",
    vars::AWS_CREDENTIAL_EXPIRATION,
    vars::AWSX_EXPIRES,
    vars::AWSX_SESSION,
    vars::AWSX_SESSION_ARGS,
];

/// What a command with credentials must not have besides: what [`ChildEnv::with_nothing_else`] sets, and other selectors.
const NOT_BESIDE_KEYS: &[&str] = &[vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE, vars::AWS_EC2_METADATA_DISABLED];

/// A profile that nobody has, by which programs without a shim find nothing. They say that it could not be found.
pub const NO_SHIM: &str = "no-awsx-shim";

/// A file in which nothing is.
pub const NO_FILE: &str = "/dev/null";

/// The name of a variable: one of ours, or one for a service that a profile names.
pub type Name = Cow<'static, str>;

/// Variables to set and to remove, over the parent's environment. No name is in both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChildEnv {
    /// Name and value; values are secrets here because some of them are.
    pub set: Vec<(Name, Secret)>,
    /// Names.
    pub unset: Vec<OsString>,
}

impl ChildEnv {
    /// For a command that gets nothing from awsx: what is a secret of awsx's own is removed and, if it is for a profile
    /// of its own choice, what a session around it has set from another profile's settings is again what it was.
    pub fn pass_through(parent: &Env, own_profile: bool) -> Self {
        let mut env = ChildEnv { set: Vec::new(), unset: vars::SECRETS.into_iter().map(OsString::from).collect() };
        for (name, own) in SavedEnv::of(parent).iter().filter(|_| own_profile) {
            match own {
                Some(own) => env.put(name.to_owned(), own.to_owned()),
                None => env.unset.push(name.into()),
            }
        }
        env
    }

    /// Sets a variable, also one that was to be removed.
    pub fn put(&mut self, name: impl Into<Name>, value: String) {
        let name = name.into();
        self.unset.retain(|removed| *removed != *name);
        self.set.retain(|(set, _)| *set != name);
        self.set.push((name, Secret::new(value)));
    }

    /// Every variable that is touched.
    pub fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.set.iter().map(|(name, _)| OsStr::new(&**name)).chain(self.unset.iter().map(OsString::as_os_str))
    }

    /// Takes the credentials out, and what tells of their end: the child gets them elsewhere. What limits the session
    /// stays, for an awsx in the child.
    pub fn without_credentials(&mut self) {
        let gone = || RENEWED.iter().filter(|name| **name != vars::AWSX_SESSION_ARGS);
        self.set.retain(|(name, _)| !gone().any(|gone| name == gone));
        for name in gone().map(OsString::from) {
            if !self.unset.contains(&name) {
                self.unset.push(name);
            }
        }
    }

    /// Gives the child's SDKs other AWS files. awsx finds the person's own in the record of what a session has set.
    pub fn with_aws_files(&mut self, parent: &Env, config: &str, credentials: &str) {
        self.put_over(parent, &[(vars::AWS_CONFIG_FILE, config), (vars::AWS_SHARED_CREDENTIALS_FILE, credentials)]);
    }

    /// Takes away from the child's programs what they would find in the place of a session's credentials: `[default]` of
    /// the AWS files, or the role of the machine. They may belong to another account. A profile that a program names by
    /// itself is still found.
    pub fn with_nothing_else(&mut self, parent: &Env) {
        self.put_over(parent, &[(vars::AWS_EC2_METADATA_DISABLED, "true")]);
        // A session inside doesn't put back the person's own: it has no place beside credentials.
        self.record([(vars::AWS_PROFILE, NO_SHIM, None)].into_iter());
    }

    /// Sets variables over the person's own, which are in the record of what a session has set.
    pub fn put_over(&mut self, parent: &Env, variables: &[(&'static str, &str)]) {
        let outer = SavedEnv::of(parent);
        self.record(variables.iter().map(|(name, value)| (*name, *value, outer.own(parent, name))));
    }

    fn record<'a>(&mut self, variables: impl Iterator<Item = (&'static str, &'a str, Option<&'a str>)>) {
        let record = self.set.iter().find(|(name, _)| name == vars::AWSX_SETTINGS);
        let mut ours = SavedEnv::written(record.map(|(_, text)| text.expose()));
        for (name, value, own) in variables {
            ours.insert(name, value, own);
            self.put(name, value.to_owned());
        }
        if let Some(text) = ours.text() {
            self.put(vars::AWSX_SETTINGS, text);
        }
    }

    /// The part that a command gets which stands for a session's credentials in a shell that has none.
    #[must_use]
    pub fn lent(self) -> Self {
        self.only(|name| RENEWED.iter().chain(NOT_BESIDE_KEYS).any(|lent| name == *lent))
    }

    /// The part that a renewal changes: credentials and expiry.
    #[must_use]
    pub fn renewal(self) -> Self {
        self.only(|name| RENEWED.iter().any(|renewed| name == *renewed))
    }

    fn only(mut self, part: impl Fn(&OsStr) -> bool) -> Self {
        self.set.retain(|(name, _)| part(OsStr::new(&**name)));
        self.unset.retain(|name| part(name));
        self
    }
}

/// What the AWS files say of the child's environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `--region`, else `region` of the profile, else of its source profiles, else of `default`.
    pub region: Option<String>,
    /// `output` likewise.
    pub output: Option<String>,
    /// What the SDKs take from the profile itself, variable by variable.
    pub sdk: Sdk,
    /// `ca_bundle` of the profile itself.
    pub ca_bundle: Option<String>,
    /// `awsx_color` of the profile itself, as terminal attributes.
    pub color: Option<String>,
    /// `awsx_shims` of the profile itself.
    pub shims: Option<String>,
}

impl Settings {
    /// Reads them for `profile`; `region` is that of the command line.
    pub fn of(profiles: &Profiles, profile: &str, region: Option<&str>) -> Self {
        let own = profiles.get(profile);
        // What is wrong in them was an error before there was a session.
        let keys = own.as_ref().and_then(|own| OwnKeys::of(profiles, own).ok());
        let own = |key| own.as_ref().and_then(|p| p.get(key)).filter(|v| !v.is_empty()).map(str::to_owned);
        Settings {
            region: region.map(str::to_owned).or_else(|| profiles.inherited(profile, "region")),
            output: profiles.inherited(profile, "output"),
            sdk: Sdk::of(profiles, profile),
            ca_bundle: own("ca_bundle"),
            color: keys.and_then(|keys| keys.color),
            shims: own("awsx_shims"),
        }
    }
}

/// The environment of a child with `session`. `args` are the options that a renewal has to repeat
/// ([`vars::AWSX_SESSION_ARGS`]).
pub fn child_env(session: &Session, settings: &Settings, args: Option<String>, parent: &Env) -> ChildEnv {
    let mut set: Vec<(Name, Secret)> = Vec::with_capacity(20);
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            set.push((name.to_owned().into(), Secret::new(value)));
        }
    };
    let credentials = &session.credentials;
    put(vars::AWS_ACCESS_KEY_ID, Some(credentials.access_key_id.clone()));
    put(vars::AWSX_PROFILE, Some(session.profile.clone()));
    put(vars::AWSX_EXPIRES, credentials.expires.map(|at| at.0.max(0).to_string()));
    put(vars::AWS_CREDENTIAL_EXPIRATION, credentials.expires.map(|at| at.to_string()));
    put(vars::AWS_VAULT, (!parent.is_off(vars::AWSX_SET_AWS_VAULT)).then(|| session.profile.clone()));
    put(vars::AWSX_ACCOUNT, session.account.clone());
    put(vars::AWSX_PROFILE_COLOR, settings.color.clone());
    put(vars::AWSX_SESSION_ARGS, args);

    let outer = SavedEnv::of(parent);
    let ca_bundle = settings.ca_bundle.as_deref().map(|path| parent.expand(path));
    let own = |name: &str| outer.own(parent, name);
    let always = [
        (vars::AWS_REGION, &settings.region),
        (vars::AWS_DEFAULT_REGION, &settings.region),
        (vars::AWS_DEFAULT_OUTPUT, &settings.output),
        (vars::AWSX_SHIMS, &settings.shims),
    ];
    let always = always.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    // As the SDKs have it: a variable of the user's own goes before the profile.
    let sdk = settings.sdk.variables(|name| own(name).is_some(), parent);
    let ca_bundle = ca_bundle.as_deref().map(|path| (vars::AWS_CA_BUNDLE, path));
    let unless_set = sdk.chain(ca_bundle).filter(|(name, _)| own(name).is_none());
    let mut ours = SavedEnv::default();
    for (name, value) in always.chain(unless_set) {
        put(name, Some(value.to_owned()));
        ours.insert(name, value, own(name));
    }
    put(vars::AWSX_SETTINGS, ours.text());
    // What the session around has set and this one doesn't is again what the person had.
    for (name, own) in outer.iter().filter(|(name, _)| ours.iter().all(|(ours, _)| ours != *name)) {
        put(name, own.map(str::to_owned));
    }

    set.push((vars::AWS_SECRET_ACCESS_KEY.into(), credentials.secret_access_key.clone()));
    if let Some(token) = &credentials.session_token {
        set.push((vars::AWS_SESSION_TOKEN.into(), token.clone()));
        if parent.flag(vars::AWSX_LEGACY_TOKEN) {
            set.push(("AWS_SECURITY_TOKEN".into(), token.clone()));
        }
    }

    removing_the_rest(set, &outer, parent)
}

/// The environment of a shell that names `profile` and nothing else, for programs that read the AWS files themselves.
pub fn selectors(profile: &str, parent: &Env) -> ChildEnv {
    let outer = SavedEnv::of(parent);
    let own = outer.iter().filter_map(|(name, own)| Some((name.to_owned().into(), Secret::new(own?.to_owned()))));
    let named = [vars::AWS_PROFILE, vars::AWS_DEFAULT_PROFILE].map(|name| (name.into(), Secret::new(profile.into())));
    removing_the_rest(own.chain(named).collect(), &outer, parent)
}

/// The environment of a shell without any session, of awsx or of another tool: what the session has overwritten is
/// again what the person had. `more` is removed as well.
pub fn cleared(parent: &Env, more: &[&str]) -> ChildEnv {
    let outer = SavedEnv::of(parent);
    let own = outer.iter().filter_map(|(name, own)| Some((name.to_owned().into(), Secret::new(own?.to_owned()))));
    // The passphrase is nothing that a session has set.
    let codes = vars::SECRETS.iter().filter(|name| **name != vars::AWSX_FILE_PASSPHRASE);
    let fixed =
        vars::OF_SESSION.iter().chain(vars::RIVALS).chain(vars::OF_OTHER_TOOLS).chain(codes).chain(more).copied();
    let names: BTreeSet<&str> = fixed.chain(outer.iter().map(|(name, _)| name)).collect();
    without(own.collect(), names.into_iter().map(OsStr::new))
}

/// Removes what has no place beside `set`.
fn removing_the_rest(set: Vec<(Name, Secret)>, outer: &SavedEnv, parent: &Env) -> ChildEnv {
    let names = parent.iter().map(|(name, _)| name);
    let wildcard = names.filter(|name| name.as_encoded_bytes().starts_with(REMOVED_PREFIX.as_bytes()));
    let fixed = vars::SECRETS
        .iter()
        .chain(vars::RIVALS)
        .chain(vars::OF_MACHINE)
        .chain(vars::OF_SESSION)
        .copied()
        .chain(outer.iter().map(|(name, _)| name))
        .map(OsStr::new);
    without(set, fixed.chain(wildcard))
}

/// Sets these, and removes the others of `names`.
fn without<'a>(set: Vec<(Name, Secret)>, names: impl Iterator<Item = &'a OsStr>) -> ChildEnv {
    let unset = names.filter(|name| set.iter().all(|(n, _)| *name != &**n)).map(OsStr::to_owned).collect();
    ChildEnv { set, unset }
}

#[cfg(test)]
mod tests;
