//! Makes the steps. Pure.

use super::device::Device;
use super::digest::Digest;
use super::duration::{self, Decided, SessionKind, Wanted};
use super::role::role;
use super::source::{self, Source, WebIdentity};
use super::{Action, ForAgent, Inputs, Plan, Step};
use crate::base::error::{Error, Result};
use crate::plan::endpoint::endpoint;
use crate::ports::{AssumeRole, Endpoint};
use crate::profile::{self, AGENT, Hop, Profile};

/// The steps from the base of the profile's chain to the profile itself.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a loop, a missing profile, a profile with nothing to start from, a
/// value that can't be; [`crate::base::error::ErrorKind::Keychain`] if the keychain had to be asked and could not be.
pub fn plan(inputs: &Inputs) -> Result<Plan> {
    let request = inputs.request;
    // An error of the keychain is not lost: `StepBuilder::base` asks again and reports it.
    let stored = |name: &str| matches!(inputs.known.key_id(name, false), Ok(Some(_)));
    let chain = inputs.profiles.chain(&request.profile, stored)?;
    let Some((base, hops)) = chain.split_first() else {
        return Err(Error::config(format!("no profile {}", request.profile)).hint("awsx list"));
    };
    if hops.is_empty() {
        can_be_narrowed(inputs, base)?;
    }
    let mut builder =
        StepBuilder { inputs, base: &base.profile, device: Device::Declined, steps: Vec::new(), warnings: Vec::new() };
    let start = builder.base(base, hops.is_empty())?;
    let key_id = match &start {
        Base::Keys { key_id, .. } => Some(key_id.clone()),
        Base::Session { .. } | Base::Source(_) => None,
    };
    if key_id.is_some() {
        builder.device = Device::of(inputs, &base.profile, &chain)?;
    }
    builder.run(&start, hops)?;
    if let (Some(agent), Some(name)) = (&request.agent, &request.session_name) {
        let warning = "is not used: the sessions of an AI agent are named after it";
        builder.warnings.push(format!("--session-name {name} {warning} ({})", agent.name));
    }
    Ok(Plan {
        profile: request.profile.clone(),
        base: base.profile.name.clone(),
        key_id,
        steps: builder.steps,
        warnings: builder.warnings,
    })
}

/// An agent's session that may only read, of a profile whose sessions can't be narrowed.
fn not_narrowed(profile: &Profile, step: profile::Step, agent: &str, rule: &str) -> Error {
    let name = &profile.name;
    let (why, more) = match step {
        profile::Step::Sso => {
            ("Identity Center alone decides what its sessions may do", " or a permission set that only reads")
        }
        profile::Step::Keys => ("AWS narrows the sessions of roles, not those of a user's keys", ""),
        _ => ("AWS narrows the sessions of roles, and this is none", ""),
    };
    Error::config(format!("{name} can't be narrowed to reading for an AI agent"))
        .cause(format!("{agent} runs this, and {rule} says readonly; {why}"))
        .hint(format!(
            "name a profile with a role over it{more} in {AGENT} of {name}; or {AGENT} = ask; a person can run this in a terminal of \
             their own"
        ))
}

/// Refuses a session policy and session tags where AWS takes none: without a role they would be ignored.
fn can_be_narrowed(inputs: &Inputs, base: &Hop) -> Result<()> {
    let request = inputs.request;
    let (name, policy) = (&request.profile, request.has_policy() && base.step != profile::Step::WebIdentity);
    if policy && let Some(ForAgent { name, read_only: Some(rule), .. }) = &request.agent {
        return Err(not_narrowed(&base.profile, base.step, name, rule));
    }
    let signed_in = match base.step {
        profile::Step::Sso => Some((
            "a session of IAM Identity Center can't be narrowed",
            "what its permission set allows",
            "; or ask for another permission set",
        )),
        profile::Step::Login => {
            Some(("a session of a console login can't be narrowed", "what whoever signed in may do", ""))
        }
        _ => None,
    };
    if let Some((what, gives, more)) = signed_in {
        let tag = source::ROLE_KEYS.into_iter().find(|key| base.profile.has(key));
        let asked = if policy {
            Some("a session policy".to_owned())
        } else {
            tag.map(|key| format!("{key}{}", super::place(&base.profile, key)))
        };
        return match asked {
            None => Ok(()),
            Some(asked) => Err(Error::config(what)
                .cause(format!(
                    "AWS gives {name} {gives}, and takes no session policy and no tags; {asked} needs a role"
                ))
                .hint(format!("a profile with role_arn and `source_profile = {name}` takes them{more}"))),
        };
    }
    if policy {
        return Err(Error::config("a session policy needs a role")
            .cause(format!("{name} is no role, and GetSessionToken takes no policy"))
            .hint("leave out --policy, --policy-arn and --readonly"));
    }
    Ok(())
}

/// What a chain starts from.
enum Base {
    /// A key pair, and how it is got.
    Keys { key_id: String, action: Action },
    /// A session that stands in the files.
    Session { key_id: String },
    /// A source that gives a session, or that was never asked before, so that it isn't known what it gives.
    Source(Source),
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
    /// The MFA device, where the chain starts from keys.
    device: Device,
    steps: Vec<Step>,
    warnings: Vec<String>,
}

impl StepBuilder<'_> {
    /// What the chain starts from. `alone`: no role follows.
    fn base(&mut self, hop: &Hop, alone: bool) -> Result<Base> {
        let (profile, known) = (&hop.profile, self.inputs.known);
        let source = match hop.step {
            profile::Step::WebIdentity => Some(Source::WebIdentity(Box::new(self.web_identity(profile, alone)?))),
            step => Source::of(self.inputs, profile, step, alone)?,
        };
        if let Some(source) = source {
            let key_id = match source.known_keys() {
                Some(key_id) => Some(key_id.to_owned()),
                None => known.source_keys(&profile.name, &source.key(&profile.name)),
            };
            return Ok(match key_id {
                Some(key_id) => Base::Keys { key_id, action: Action::Source(Box::new(source)) },
                None => Base::Source(source),
            });
        }
        let name = &profile.name;
        if let Some(key_id) = known.key_id(name, false)? {
            return Ok(Base::Keys { key_id, action: Action::Keychain });
        }
        if let Some(keys) = profile.static_keys() {
            let (key_id, action) = (keys.access_key_id.clone(), Action::Plaintext);
            return Ok(if keys.is_session() { Base::Session { key_id } } else { Base::Keys { key_id, action } });
        }
        match known.key_id(name, true)? {
            Some(key_id) => Ok(Base::Keys { key_id, action: Action::Keychain }),
            None => Err(no_source(self.inputs, name)),
        }
    }

    fn web_identity(&mut self, profile: &Profile, alone: bool) -> Result<WebIdentity> {
        let role = self.role(profile, alone)?;
        let decided = self.role_duration(profile, &role.role_arn, alone, false)?;
        self.warnings.extend(decided.capped.map(|capped| format!("{}: {capped}", profile.name)));
        self.warnings.extend(source::ignored_with_web_identity(profile));
        source::web_identity(
            self.inputs,
            profile,
            AssumeRole { duration: decided.seconds, ..role },
            self.endpoint(profile)?,
        )
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
            let mut device = None;
            let mut why = "assumes the role".to_string();
            if from_session {
                why += &format!(
                    " with the session before it (at most {})",
                    crate::base::time::show_duration(duration::CHAINED)
                );
            } else {
                let has_device = self.device.serial().is_some();
                let direct = self.inputs.request.no_session || decided.seconds > duration::CHAINED || !has_device;
                if direct {
                    device = Some(self.device.clone());
                    why += match (has_device, self.inputs.request.no_session) {
                        (false, _) if self.device.look_up() => {
                            " straight from the keys, unless a look-up finds an MFA device"
                        }
                        (false, _) => " straight from the keys, without MFA",
                        (true, true) => " straight from the keys with the code: --no-session",
                        (true, false) => " straight from the keys with the code: more than 1h is wanted",
                    };
                } else {
                    digest = self.session_token(digest, None)?;
                    why += " with the MFA session that all roles of this user share";
                }
            }
            let role = AssumeRole { duration: decided.seconds, ..role };
            digest = digest.with("call", "AssumeRole").at(&endpoint).role(&role);
            let serial = device.as_ref().and_then(Device::serial).map(str::to_owned);
            digest = device.as_ref().map_or(digest.clone(), |device| device.name(digest));
            self.warnings.extend(decided.capped.map(|capped| format!("{}: {capped}", hop.name)));
            self.steps.push(Step {
                profile: hop.name.clone(),
                action: Action::AssumeRole(Box::new(role)),
                look_up_serial: !from_session && self.device.look_up(),
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
            Base::Keys { key_id, action } => {
                let why = match action {
                    Action::Keychain => "its keys are in the keychain",
                    Action::Source(source) if matches!(**source, Source::Process(_)) => {
                        "its keys come from its credential_process"
                    }
                    Action::Source(source) => source.why(),
                    _ => "its keys are in the credentials file",
                };
                if matches!(action, Action::Plaintext) {
                    self.warnings.push(format!(
                        "the keys of {profile} are in plain text in the credentials file: `awsx import credentials {profile}` \
                         moves them into the keychain"
                    ));
                }
                self.steps.push(step(action.clone(), why));
                if self.inputs.known.is_root(&profile) {
                    self.warnings
                        .push(format!("{profile} holds the keys of the account's root user: make an IAM user"));
                }
                let digest = self.whose(Digest::new("keys").with("key", key_id));
                if !alone {
                    return Ok(digest);
                }
                if self.inputs.request.no_session {
                    return Ok(digest);
                }
                self.session_token(digest, self.inputs.request.duration.as_ref())
            }
            Base::Session { key_id } => {
                self.steps.push(step(Action::Plaintext, "a session stands in the credentials file"));
                Ok(self.whose(Digest::new("static session").with("key", key_id)))
            }
            Base::Source(source) => {
                let digest = self.whose(source.digest(&profile));
                let mut step = step(Action::Source(Box::new(source.clone())), source.why());
                if let Source::WebIdentity(identity) = source {
                    step.duration = Some(identity.role.duration);
                }
                step.key = Some(digest.clone().key());
                self.steps.push(step);
                Ok(digest)
            }
        }
    }

    /// Adds the AI agent that the session is for. A person's and an agent's must never be the same one.
    fn whose(&self, digest: Digest) -> Digest {
        digest.maybe("agent", self.inputs.request.agent.as_ref().map(|agent| agent.name.as_str()))
    }

    /// Adds GetSessionToken with the base's keys. `flag` is the `--duration` of the command line. It is left out
    /// where this session is only a step to a role.
    fn session_token(&mut self, digest: Digest, flag: Option<&Wanted>) -> Result<Digest> {
        let (base, known) = (self.base, self.inputs.known);
        let kind = if known.is_root(&base.name) { SessionKind::RootSessionToken } else { SessionKind::SessionToken };
        let wanted = self.wanted(base, flag)?;
        let decided = duration::decide(kind, wanted.as_ref(), known.mfa_limit(&base.name), false)?;
        let endpoint = self.endpoint(base)?;
        let digest =
            digest.with("call", "GetSessionToken").at(&endpoint).with("duration", &decided.seconds.to_string());
        let digest = self.device.name(digest);
        self.warnings.extend(decided.capped.map(|capped| format!("{}: {capped}", base.name)));
        let why = match &self.device {
            Device::Known(_) => "a session with MFA",
            Device::Declined => "a session without MFA: mfa_serial is empty",
            Device::Absent => "a session without MFA: the user has no device",
            Device::NotLookedUp => "a session, with MFA if a look-up finds a device",
        };
        self.steps.push(Step {
            profile: base.name.clone(),
            action: Action::SessionToken,
            serial: self.device.serial().map(str::to_owned),
            look_up_serial: self.device.look_up(),
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

    /// The duration that is asked for: by the flag, else by a variable, else by the profile.
    fn wanted(&self, profile: &Profile, flag: Option<&Wanted>) -> Result<Option<Wanted>> {
        match flag.or(self.inputs.request.default_duration.as_ref()) {
            Some(wanted) => Ok(Some(wanted.clone())),
            None => duration::stated(profile),
        }
    }

    fn role(&self, hop: &Profile, last: bool) -> Result<AssumeRole> {
        role(self.inputs, self.base, hop, last)
    }

    fn endpoint(&self, profile: &Profile) -> Result<Endpoint> {
        endpoint(self.inputs.env, self.inputs.profiles, profile, "sts", None)
    }
}
