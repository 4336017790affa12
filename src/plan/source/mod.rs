//! The start of a chain that doesn't start from keys in the keychain or the files. Everything that the source needs is
//! decided here, once. The code that asks the source doesn't read the profile or the environment again. Pure.

mod login;
mod machine;
mod process;
mod sso;
mod web_identity;

use std::path::PathBuf;

use super::digest::Digest;
use super::{Inputs, SessionKey};
use crate::base::env::Env;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::ports::{AssumeRole, Endpoint};
use crate::profile::{Profile, Profiles, Step, arn_account};
pub use login::console_login;
pub use process::{asked_profile, resolving};
pub use sso::{of_session as sso_session, sign_in as sso_sign_in};
pub(super) use web_identity::{ROLE_KEYS, ignored as ignored_with_web_identity, of as web_identity};

/// One source of credentials, with what it takes to ask it.
#[derive(Debug, Clone)]
pub enum Source {
    /// IAM Identity Center.
    Sso(Box<SsoRole>),
    /// A console login (`login_session`): AWS Sign-In.
    Login(Box<ConsoleLogin>),
    /// A web identity token, which AWS takes for a role.
    WebIdentity(Box<WebIdentity>),
    /// `credential_process`.
    Process(Process),
    /// `credential_source = Environment`.
    Environment(Environment),
    /// `credential_source = EcsContainer`: the endpoint that containers are given.
    Container(Container),
    /// `credential_source = Ec2InstanceMetadata`.
    Instance(Instance),
}

/// What a person signs in to at Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoSignIn {
    /// The name of the `sso-session` section, if there is one.
    pub session: Option<String>,
    /// Where a person signs in.
    pub start_url: String,
    /// What its tokens may be used for.
    pub scopes: Vec<String>,
    /// Whether the AWS CLI is to have the sign-in, too (`awsx_share`).
    pub share: bool,
    /// Where credentials are asked for; its region is that of Identity Center.
    pub portal: Endpoint,
    /// Where the tokens come from.
    pub oidc: Endpoint,
}

impl SsoSignIn {
    /// A sign-in with the settings that it has without a section of its own.
    pub fn new(session: Option<String>, start_url: String, portal: Endpoint, oidc: Endpoint) -> Self {
        SsoSignIn { session, start_url, scopes: vec![DEFAULT_SCOPE.into()], share: false, portal, oidc }
    }

    /// Its name, for the AWS CLI too: that of the section, else the start URL.
    pub fn name(&self) -> &str {
        self.session.as_deref().unwrap_or(&self.start_url)
    }
}

/// The scope of the AWS CLI's own settings. Without one there is no refresh token.
const DEFAULT_SCOPE: &str = "sso:account:access";

/// A role of an account that Identity Center gives to a user who has signed in.
#[derive(Debug, Clone)]
pub struct SsoRole {
    /// What the user signs in to.
    pub sign_in: SsoSignIn,
    /// Twelve digits.
    pub account: String,
    /// The name of the permission set.
    pub role: String,
}

/// A console login, and where it is refreshed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleLogin {
    /// The ARN of who signs in.
    pub session: String,
    /// AWS Sign-In.
    pub at: Endpoint,
    /// Seconds that must be left of its credentials.
    pub margin: u32,
    /// Whether it is written where the AWS CLI keeps its own.
    pub share: bool,
}

/// A web identity token and the role that it is for.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    /// Where the token comes from.
    pub token: WebToken,
    /// The role. Only the parameters that AssumeRoleWithWebIdentity has are used.
    pub role: AssumeRole,
    /// Where the call goes.
    pub at: Endpoint,
}

/// Where a web identity token comes from.
#[derive(Debug, Clone)]
pub enum WebToken {
    /// A file that holds it.
    File(PathBuf),
    /// A command line that prints it, for the shell.
    Process(String),
}

/// A program that prints credentials.
#[derive(Debug, Clone)]
pub struct Process {
    /// The program and its arguments.
    pub words: Vec<String>,
}

/// Variables that hold credentials.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `AWS_ACCESS_KEY_ID`.
    pub key_id: String,
    /// Whether there is a session token beside it.
    pub session: bool,
}

/// An endpoint that gives containers their credentials.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its URL.
    pub url: String,
    /// What is sent as `Authorization`.
    pub token: Option<ContainerToken>,
    /// PEM file of additional trusted roots.
    pub ca_bundle: Option<PathBuf>,
}

/// Where a container's authorization token is.
#[derive(Debug, Clone)]
pub enum ContainerToken {
    /// In the variable itself.
    Value(Secret),
    /// In a file, which is read each time: it changes.
    File(PathBuf),
}

/// The instance metadata service.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its URL, without a slash at the end.
    pub url: String,
}

/// What keeps a profile from signing in with IAM Identity Center.
pub fn sso_fault(env: &Env, profiles: &Profiles, profile: &Profile) -> Option<Error> {
    sso::of(env, profiles, profile).err()
}

impl Source {
    /// The source that a profile starts from with `step`. `None` for steps without one, and for a web identity: its
    /// role needs more than the profile. `alone`: no role follows.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for what is missing or can't be.
    pub(super) fn of(inputs: &Inputs, profile: &Profile, step: Step, alone: bool) -> Result<Option<Source>> {
        Ok(Some(match step {
            Step::Login => Source::Login(Box::new(login::of(inputs, profile, alone)?)),
            Step::Sso => Source::Sso(Box::new(sso::of(inputs.env, inputs.profiles, profile)?)),
            Step::Process => Source::Process(process::of(inputs, profile)?),
            Step::Source => match profile.get("credential_source") {
                Some("Environment") => Source::Environment(machine::environment(inputs, profile)?),
                Some("EcsContainer") => Source::Container(machine::container(inputs, profile)?),
                _ => Source::Instance(machine::instance(inputs, profile)?),
            },
            Step::Keys | Step::Role | Step::WebIdentity => return Ok(None),
        }))
    }

    /// Its name, for the middle of a sentence.
    pub fn name(&self) -> &'static str {
        match self {
            Source::Sso(_) => "IAM Identity Center",
            Source::Login(_) => "its console login",
            Source::WebIdentity(_) => "its web identity token",
            Source::Process(_) => "its credential_process",
            Source::Environment(_) => "the environment",
            Source::Container(_) => "the container's credentials endpoint",
            Source::Instance(_) => "the instance metadata service",
        }
    }

    /// Why a plan starts with it.
    pub(super) fn why(&self) -> &'static str {
        match self {
            Source::Sso(_) => "it signs in with IAM Identity Center",
            Source::Login(_) => "it signs in with a console login",
            Source::WebIdentity(_) => "it has a web identity token",
            Source::Process(_) => {
                "it has a credential_process; running it shows whether that gives a session, or keys that may need an MFA code"
            }
            Source::Environment(_) => "it starts from the variables of the environment",
            Source::Container(_) => "it starts from the container's role",
            Source::Instance(_) => "it starts from the instance's role",
        }
    }

    /// The account it leads to, where that is known beforehand.
    pub fn account(&self) -> Option<&str> {
        match self {
            Source::Sso(role) => Some(&role.account),
            Source::Login(login) => arn_account(&login.session),
            Source::WebIdentity(identity) => arn_account(&identity.role.role_arn),
            _ => None,
        }
    }

    /// Seconds that must be left of its session, if the source decides that; `None` if `min_ttl` does.
    pub(super) fn margin(&self) -> Option<u32> {
        match self {
            Source::Login(login) => Some(login.margin),
            _ => None,
        }
    }

    /// The ID of the long-lived keys it gives, where that is known beforehand.
    pub(super) fn known_keys(&self) -> Option<&str> {
        match self {
            Source::Environment(from) => (!from.session).then_some(from.key_id.as_str()),
            _ => None,
        }
    }

    /// The name of the session it gives: a digest over everything that decides what it gives.
    pub fn key(&self, profile: &str) -> SessionKey {
        self.digest(profile).key()
    }

    /// As [`Source::key`], to be continued.
    pub(super) fn digest(&self, profile: &str) -> Digest {
        let digest = Digest::new("source");
        match self {
            Source::Sso(it) => digest
                .with("source", "sso")
                .maybe("session", it.sign_in.session.as_deref())
                .with("start URL", &it.sign_in.start_url)
                .with("account", &it.account)
                .with("role", &it.role)
                .at(&it.sign_in.portal)
                .at(&it.sign_in.oidc),
            // A login is the same in every region.
            Source::Login(it) => {
                digest.with("source", "login").with("login session", &it.session).maybe("url", it.at.url.as_deref())
            }
            Source::WebIdentity(it) => {
                let digest = digest.with("source", "web identity");
                let digest = match &it.token {
                    WebToken::File(path) => digest.with("token file", &path.to_string_lossy()),
                    WebToken::Process(line) => digest.with("token process", line).with("profile", profile),
                };
                digest.role(&it.role).at(&it.at)
            }
            // What a program prints can depend on more than its arguments, so no two profiles share it.
            Source::Process(it) => (it.words.iter())
                .fold(digest.with("source", "process").with("profile", profile), |d, word| d.with("word", word)),
            Source::Environment(it) => digest.with("source", "environment").with("key", &it.key_id),
            Source::Container(it) => {
                let digest = digest.with("source", "container").with("url", &it.url);
                match &it.token {
                    Some(ContainerToken::Value(token)) => digest.with("token", token.expose()),
                    Some(ContainerToken::File(path)) => digest.with("token file", &path.to_string_lossy()),
                    None => digest,
                }
            }
            Source::Instance(it) => digest.with("source", "instance").with("url", &it.url),
        }
    }
}
