//! What an SDK takes, as data and in words. Pure.

use super::Sdk;
use crate::aws::arn::Arn;
use crate::doctor::env::class::masked;

/// Where credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `AWS_ACCESS_KEY_ID` and its secret; the access key ID.
    Environment(String),
    /// Keys in a profile; the access key ID.
    Keys(String),
    /// A role, assumed with what comes from elsewhere.
    Role(String, Box<Source>),
    /// A role for the token in a file; whether variables say so, or a profile.
    WebIdentity(bool),
    /// IAM Identity Center.
    Sso,
    /// A console login.
    Login,
    /// `credential_process`.
    Process,
    /// The file that `AWS_CREDENTIAL_FILE` names.
    CredentialFile,
    /// The endpoint of a container.
    Container,
    /// The instance metadata service, if this machine has one.
    Instance,
    /// Nothing.
    Nothing,
    /// It stops with an error, without trying anything else.
    Error(String),
}

impl Source {
    /// Its name in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Source::Environment(_) => "environment",
            Source::Keys(_) => "keys",
            Source::Role(..) => "role",
            Source::WebIdentity(_) => "web-identity",
            Source::Sso => "sso",
            Source::Login => "login",
            Source::Process => "process",
            Source::CredentialFile => "credential-file",
            Source::Container => "container",
            Source::Instance => "instance",
            Source::Nothing => "nothing",
            Source::Error(_) => "error",
        }
    }

    /// The access key ID, where it is known: of the keys themselves, or of those that a role is assumed with.
    pub fn access_key_id(&self) -> Option<&str> {
        match self {
            Source::Environment(id) | Source::Keys(id) => Some(id),
            Source::Role(_, from) => from.access_key_id(),
            _ => None,
        }
    }

    /// Whether a profile leads there.
    pub fn is_of_profile(&self) -> bool {
        match self {
            Source::Keys(_) | Source::Role(..) | Source::Sso | Source::Login | Source::Process => true,
            Source::WebIdentity(of_variables) => !of_variables,
            _ => false,
        }
    }
}

/// A region, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// A variable, or `profile NAME`.
    pub from: String,
}

/// What an SDK takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Which SDK.
    pub sdk: Sdk,
    /// The profile that it looks at: that of a variable, else `default`.
    pub profile: String,
    /// The variable.
    pub selected_by: Option<&'static str>,
    /// Where its credentials come from.
    pub source: Source,
    /// Why, and what is special.
    pub notes: Vec<String>,
    /// The region, unless something else says one: an option, or the instance metadata service.
    pub region: Option<Region>,
}

impl Choice {
    /// Where its credentials come from, for a person.
    pub fn source_in_words(&self) -> String {
        let profile = &self.profile;
        match &self.source {
            Source::Environment(id) => format!("keys in the environment ({})", masked(id)),
            Source::Keys(id) => format!("keys of {profile} ({})", masked(id)),
            Source::Role(arn, from) => {
                let name = Arn::parse(arn).and_then(|arn| arn.name("role").map(str::to_owned));
                let base = match from.access_key_id() {
                    Some(id) => format!(", assumed with {}", masked(id)),
                    None => String::new(),
                };
                format!("role {} of {profile}{base}", name.as_deref().unwrap_or(arn))
            }
            Source::WebIdentity(true) => "a web identity token (AWS_WEB_IDENTITY_TOKEN_FILE)".into(),
            Source::WebIdentity(false) => format!("a web identity token of {profile}"),
            Source::Sso => format!("Identity Center, as {profile} says"),
            Source::Login => format!("the console login of {profile}"),
            Source::Process => format!("credential_process of {profile}"),
            Source::CredentialFile => "the file AWS_CREDENTIAL_FILE".into(),
            Source::Container => "the container's endpoint".into(),
            Source::Instance => "the instance's role, if this is an EC2 instance".into(),
            Source::Nothing => "nothing".into(),
            Source::Error(why) => format!("an error: {why}"),
        }
    }
}
