//! Makes the steps. Pure.

use super::digest::Digest;
use super::duration::{self, Decided, SessionKind, Wanted};
use super::{Action, Inputs, Plan, Serial, Source, Step};
use crate::base::error::{Error, Result};
use crate::plan::endpoint::endpoint;
use crate::ports::{AssumeRole, Endpoint};
use crate::profile::{self, Hop, Profile, Value};

/// The steps from the base of the profile's chain to the profile itself.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a loop, a missing profile, a profile with nothing to start from, a value that
/// can't be; [`crate::base::error::ErrorKind::Keychain`] if the keychain had to be asked and could not be.
pub fn plan(inputs: &Inputs) -> Result<Plan> {
    let request = inputs.request;
    // A keychain that fails here fails again, and is reported, where the base is looked at.
    let stored = |name: &str| matches!(inputs.known.key_id(name, false), Ok(Some(_)));
    let chain = inputs.profiles.chain(&request.profile, stored)?;
    let Some((base, hops)) = chain.split_first() else {
        return Err(Error::config(format!("no profile {}", request.profile)).hint("awsx list"));
    };
    if request.has_policy() && hops.is_empty() {
        return Err(Error::config("a session policy needs a role")
            .cause(format!("{} is no role, and GetSessionToken takes no policy", request.profile))
            .hint("leave out --policy, --policy-arn and --readonly"));
    }
    let start = base_of(inputs, base)?;
    let base = &base.profile;
    let mut builder =
        StepBuilder { inputs, base, serial: None, look_up: false, steps: Vec::new(), warnings: Vec::new() };
    let key_id = match &start {
        Base::Keys { key_id, .. } => Some(key_id.clone()),
        Base::Session { .. } | Base::Source(_) => None,
    };
    if key_id.is_some() {
        builder.find_serial(&chain);
    }
    builder.run(&start, hops)?;
    Ok(Plan {
        profile: request.profile.clone(),
        base: base.name.clone(),
        key_id,
        steps: builder.steps,
        warnings: builder.warnings,
    })
}

/// What a chain starts from.
enum Base {
    /// A key pair.
    Keys { key_id: String, plaintext: bool },
    /// A session that stands in the files.
    Session { key_id: String },
    /// What the SDK resolves.
    Source(Source),
}

fn base_of(inputs: &Inputs, hop: &Hop) -> Result<Base> {
    let name = &hop.profile.name;
    match hop.step {
        // `chain` never starts with a role.
        profile::Step::Keys | profile::Step::Role => {}
        profile::Step::Sso => return Ok(Base::Source(Source::Sso)),
        profile::Step::WebIdentity => return Ok(Base::Source(Source::WebIdentity)),
        profile::Step::Process => return Ok(Base::Source(Source::Process)),
        profile::Step::Source | profile::Step::Login => return Ok(Base::Source(Source::Sdk)),
    }
    if let Some(key_id) = inputs.known.key_id(name, false)? {
        return Ok(Base::Keys { key_id, plaintext: false });
    }
    if let Some(keys) = hop.profile.static_keys() {
        let key_id = keys.access_key_id.clone();
        return Ok(if keys.is_session() { Base::Session { key_id } } else { Base::Keys { key_id, plaintext: true } });
    }
    match inputs.known.key_id(name, true)? {
        Some(key_id) => Ok(Base::Keys { key_id, plaintext: false }),
        None => Err(no_source(inputs, name)),
    }
}

fn no_source(inputs: &Inputs, name: &str) -> Error {
    let what = if name == inputs.request.profile {
        format!("{name} has nothing to start from")
    } else {
        format!("{}: its source profile {name} has nothing to start from", inputs.request.profile)
    };
    let role = inputs.profiles.get(name).is_some_and(|profile| profile.has("role_arn"));
    let source = if role { "it is the source of its own role" } else { "it names no other source" };
    let error = Error::config(what)
        .cause(format!("there are no keys for it in the keychain or the credentials file, and {source}"));
    if role {
        error.hint(format!("name another source_profile, or store the keys for the role: awsx add {name}"))
    } else {
        error.hint(format!("awsx add {name}"))
    }
}

struct StepBuilder<'a> {
    inputs: &'a Inputs<'a>,
    base: &'a Profile,
    serial: Option<String>,
    look_up: bool,
    steps: Vec<Step>,
    warnings: Vec<String>,
}

impl StepBuilder<'_> {
    /// The MFA device: the command line's, else the nearest `mfa_serial` from the profile down to its base (an empty one
    /// says that there is none), else what is remembered of the user.
    fn find_serial(&mut self, chain: &[Hop]) {
        let request = self.inputs.request;
        let own = self.inputs.profiles.get(&request.profile);
        let own = own.as_ref().and_then(device);
        let nearest = || own.or_else(|| chain.iter().rev().find_map(|hop| device(&hop.profile)));
        let configured = request.mfa_serial.as_deref().or_else(nearest);
        match configured {
            Some("") => {}
            Some(serial) => self.serial = Some(serial.into()),
            None => match self.inputs.known.serial(&self.base.name) {
                Serial::Unknown => self.look_up = true,
                Serial::None => {}
                Serial::Known(serial) => self.serial = Some(serial),
            },
        }
    }

    fn run(&mut self, base: &Base, hops: &[Hop]) -> Result<()> {
        let mut digest = self.base_step(base, hops.is_empty())?;
        // A session makes every further AssumeRole a chained one; keys don't.
        let mut from_session = !matches!(base, Base::Keys { .. });
        for (i, Hop { profile: hop, .. }) in hops.iter().enumerate() {
            let last = i + 1 == hops.len();
            let role = self.role(hop, last)?;
            let decided = self.role_duration(hop, &role.role_arn, last, from_session)?;
            let endpoint = self.endpoint(hop)?;
            let mut serial = None;
            let mut why = "assumes the role".to_string();
            if from_session {
                why += &format!(
                    " with the session before it (at most {})",
                    crate::base::time::show_duration(duration::CHAINED)
                );
            } else {
                let device = self.serial.is_some();
                let direct = self.inputs.request.no_session || decided.seconds > duration::CHAINED || !device;
                if direct {
                    serial.clone_from(&self.serial);
                    why += match (device, self.inputs.request.no_session) {
                        (false, _) if self.look_up => " straight from the keys, unless a look-up finds an MFA device",
                        (false, _) => " straight from the keys, without MFA",
                        (true, true) => " straight from the keys with the code: --no-session",
                        (true, false) => " straight from the keys with the code: more than 1h is wanted",
                    };
                } else {
                    digest = self.session_token(digest, None)?;
                    why += " with the MFA session that all roles of this user share";
                }
            }
            digest = role_digest(digest, &role, serial.as_deref(), decided.seconds, &endpoint);
            self.warnings.extend(decided.capped.map(|capped| format!("{}: {capped}", hop.name)));
            self.steps.push(Step {
                profile: hop.name.clone(),
                action: Action::AssumeRole(Box::new(AssumeRole { duration: decided.seconds, ..role })),
                look_up_serial: !from_session && self.look_up,
                serial,
                duration: Some(decided.seconds),
                endpoint,
                key: Some(digest.clone().key()),
                why,
            });
            from_session = true;
        }
        Ok(())
    }

    /// The step the chain starts with and, for a keys profile that is wanted itself, its session.
    fn base_step(&mut self, base: &Base, alone: bool) -> Result<Digest> {
        let profile = self.base.name.clone();
        let endpoint = self.endpoint(self.base)?;
        let step = |action, why: &str| Step {
            profile: profile.clone(),
            action,
            serial: None,
            look_up_serial: false,
            duration: None,
            endpoint: endpoint.clone(),
            key: None,
            why: why.into(),
        };
        match base {
            Base::Keys { key_id, plaintext } => {
                if *plaintext {
                    self.warnings
                        .push(format!("the keys of {profile} are in clear in the credentials file: awsx import"));
                    self.steps.push(step(Action::Plaintext { session: false }, "its keys are in the credentials file"));
                } else {
                    self.steps.push(step(Action::Keychain, "its keys are in the keychain"));
                }
                if self.inputs.known.is_root(&profile) {
                    self.warnings
                        .push(format!("{profile} holds the keys of the account's root user: make an IAM user"));
                }
                let digest = Digest::new("keys").with("key", key_id);
                if !alone {
                    return Ok(digest);
                }
                if self.inputs.request.no_session {
                    return Ok(digest);
                }
                self.session_token(digest, self.inputs.request.duration.as_ref())
            }
            Base::Session { key_id } => {
                self.steps.push(step(Action::Plaintext { session: true }, "a session stands in the credentials file"));
                Ok(Digest::new("static session").with("key", key_id))
            }
            Base::Source(source) => {
                let mut digest = Digest::new("source").with("profile", &profile);
                for (key, value) in self.base.settings() {
                    digest = match value {
                        Value::Text(text) => digest.with(key, text),
                        Value::Nested(pairs) => pairs.iter().fold(digest.with(key, ""), |d, (k, v)| d.with(k, v)),
                        // What a source is made of is no secret; keys that stand beside it are not used.
                        Value::Secret(_) => digest,
                    };
                }
                if self.base.get("credential_source") == Some("Environment") {
                    digest = digest.maybe("key", self.inputs.env.get(crate::base::vars::AWS_ACCESS_KEY_ID));
                }
                let mut step = step(Action::Source(*source), source.why());
                step.key = Some(digest.clone().key());
                self.steps.push(step);
                Ok(digest)
            }
        }
    }

    /// Adds GetSessionToken with the base's keys. `flag` is the duration asked for on the command line, where the
    /// session itself is what is wanted and not a step to a role.
    fn session_token(&mut self, digest: Digest, flag: Option<&Wanted>) -> Result<Digest> {
        let (base, known) = (self.base, self.inputs.known);
        let kind = if known.is_root(&base.name) { SessionKind::RootSessionToken } else { SessionKind::SessionToken };
        let wanted = self.wanted(base, flag)?;
        let decided = duration::decide(kind, wanted.as_ref(), known.mfa_limit(&base.name), false)?;
        let endpoint = self.endpoint(base)?;
        let digest = with_endpoint(digest.with("call", "GetSessionToken"), &endpoint)
            .maybe("serial", self.serial.as_deref())
            .with("duration", &decided.seconds.to_string());
        self.warnings.extend(decided.capped.map(|capped| format!("{}: {capped}", base.name)));
        let why =
            if self.serial.is_some() { "a session with MFA" } else { "a session without MFA: no device is known" };
        self.steps.push(Step {
            profile: base.name.clone(),
            action: Action::SessionToken,
            serial: self.serial.clone(),
            look_up_serial: self.look_up,
            duration: Some(decided.seconds),
            endpoint,
            key: Some(digest.clone().key()),
            why: why.into(),
        });
        Ok(digest)
    }

    fn role_duration(&self, hop: &Profile, role_arn: &str, last: bool, chained: bool) -> Result<Decided> {
        let request = self.inputs.request;
        let wanted = if last { self.wanted(hop, request.duration.as_ref())? } else { duration::stated(hop)? };
        let known = self.inputs.known.role_limit(&self.base.name, role_arn);
        duration::decide(SessionKind::Role, wanted.as_ref(), known, chained)
    }

    /// What is explicitly wanted: flag, variable, profile.
    fn wanted(&self, profile: &Profile, flag: Option<&Wanted>) -> Result<Option<Wanted>> {
        match flag.or(self.inputs.request.default_duration.as_ref()) {
            Some(wanted) => Ok(Some(wanted.clone())),
            None => duration::stated(profile),
        }
    }

    fn role(&self, hop: &Profile, last: bool) -> Result<AssumeRole> {
        let request = self.inputs.request;
        let words = |key: &str| -> Vec<String> {
            hop.get(key)
                .into_iter()
                .flat_map(|v| v.split(','))
                .map(|v| v.trim().to_string())
                .filter(|v| !v.is_empty())
                .collect()
        };
        let mut tags = Vec::new();
        for pair in words("session_tags") {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(Error::config(format!("{}: session_tags wants key=value", hop.name))
                    .cause(format!("it has {pair:?}")));
            };
            tags.push((key.trim().to_string(), value.trim().to_string()));
        }
        let named = if last { request.session_name.as_deref() } else { None };
        let session_name = match named.or_else(|| hop.get("role_session_name")) {
            Some(name) => name.to_string(),
            None => self.session_name(),
        };
        Ok(AssumeRole {
            role_arn: role_arn(hop)?,
            session_name,
            duration: 0,
            external_id: hop.get("external_id").map(str::to_string),
            mfa: None,
            policy: request.policy.clone().filter(|_| last),
            policy_arns: if last { request.policy_arns.clone() } else { Vec::new() },
            tags,
            transitive_tag_keys: words("transitive_session_tags"),
            source_identity: hop.get("source_identity").map(str::to_string),
        })
    }

    /// A session name that is the same every time, so that the session can be found again: the IAM user's name (trust
    /// policies may ask for it), else the name of this machine's user.
    fn session_name(&self) -> String {
        let user = self.inputs.known.user(&self.base.name);
        let user = user.as_deref().or_else(|| self.inputs.env.first(&["USER", "LOGNAME"])).unwrap_or("awsx");
        let mut name: String = user
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "_=,.@-".contains(c) { c } else { '-' })
            .take(64)
            .collect();
        if name.len() < 2 {
            name += "-awsx";
        }
        name
    }

    fn endpoint(&self, profile: &Profile) -> Result<Endpoint> {
        endpoint(self.inputs.env, self.inputs.profiles, profile, "sts", None)
    }
}

/// What a profile itself says of its MFA device; empty: there is none.
fn device(profile: &Profile) -> Option<&str> {
    profile.get("mfa_serial").or_else(|| profile.get("mfa_arn"))
}

/// The role of a profile. What can't be one is refused before anybody types a code for it.
fn role_arn(of: &Profile) -> Result<String> {
    let arn = of.get("role_arn").unwrap_or_default();
    match arn.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", "", id, role] if profile::is_account(id) && role.starts_with("role/") => Ok(arn.into()),
        _ => Err(Error::config(format!("role_arn of {}{} is no role", of.name, super::place(of, "role_arn")))
            .cause(format!("it says {arn:?}"))
            .hint("write it like arn:aws:iam::123456789012:role/NAME")),
    }
}

fn with_endpoint(digest: Digest, endpoint: &Endpoint) -> Digest {
    digest
        .with("region", &endpoint.region)
        .maybe("url", endpoint.url.as_deref())
        .with("variant", &format!("{}{}", endpoint.fips, endpoint.dualstack))
}

fn role_digest(digest: Digest, role: &AssumeRole, serial: Option<&str>, duration: u32, endpoint: &Endpoint) -> Digest {
    let mut digest = with_endpoint(digest.with("call", "AssumeRole"), endpoint)
        .with("role", &role.role_arn)
        .with("name", &role.session_name)
        .with("duration", &duration.to_string())
        .maybe("serial", serial)
        .maybe("external id", role.external_id.as_deref())
        .maybe("source identity", role.source_identity.as_deref())
        .maybe("policy", role.policy.as_deref());
    for arn in &role.policy_arns {
        digest = digest.with("policy arn", arn);
    }
    for (key, value) in &role.tags {
        digest = digest.with("tag", key).with("value", value);
    }
    for key in &role.transitive_tag_keys {
        digest = digest.with("transitive", key);
    }
    digest
}

impl Source {
    fn why(self) -> &'static str {
        match self {
            Source::Sso => "it signs in with IAM Identity Center",
            Source::WebIdentity => "it has a web identity token",
            Source::Process => "it has a credential_process",
            Source::Sdk => "the AWS SDK knows its source",
        }
    }
}
