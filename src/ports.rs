//! The edges of awsx as traits, each as small as its users need. Adapters implement them; tests do too.

use std::path::PathBuf;
use std::rc::Rc;

use crate::error::Result;
use crate::secret::{Credentials, Secret, SecretBytes};
use crate::time::Timestamp;

/// The wall clock.
pub trait Clock {
    /// Now, in whole seconds.
    fn now(&self) -> Timestamp;
    /// Waits that long; Ctrl-C ends the process as usual.
    fn sleep(&self, seconds: u32);
}

/// One item of the keychain (spec section 5): service `awsx`, the account as below.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The key pair of a profile; the secret is `{"AccessKeyId":…,"SecretAccessKey":…}`.
    Keys(String),
    /// The TOTP seed (base32) of the MFA device with this serial.
    Seed(String),
    /// The key (base64, 32 bytes) that seals cached sessions where the kernel keyring can't hold it.
    CacheKey,
}

impl Item {
    /// The account under which the item is stored: `keys:prod`, `seed:arn:aws:iam::…`, `cache-key`.
    pub fn account(&self) -> String {
        match self {
            Item::Keys(profile) => format!("keys:{profile}"),
            Item::Seed(serial) => format!("seed:{serial}"),
            Item::CacheKey => "cache-key".into(),
        }
    }

    /// The inverse of [`Item::account`]; `None` for what is not ours.
    pub fn from_account(account: &str) -> Option<Self> {
        if account == "cache-key" {
            return Some(Item::CacheKey);
        }
        let (kind, name) = account.split_once(':')?;
        match (kind, name) {
            (_, "") => None,
            ("keys", profile) => Some(Item::Keys(profile.into())),
            ("seed", serial) => Some(Item::Seed(serial.into())),
            _ => None,
        }
    }
}

/// Where long-lived secrets live. Every call has a time limit and can be interrupted; failures are
/// [`crate::error::Kind::Keychain`] and tell locked from missing.
pub trait Keychain {
    /// The backend as `--backend` names it.
    fn backend(&self) -> String;
    /// Reads one item; `None` if there is none (never for a locked keychain: that is an error).
    fn get(&self, item: &Item) -> Result<Option<Secret>>;
    /// Creates or replaces one item.
    fn set(&self, item: &Item, secret: &Secret) -> Result<()>;
    /// Removes one item; `false` if there was none.
    fn remove(&self, item: &Item) -> Result<bool>;
    /// Every item of ours, sorted, without its secret.
    fn list(&self) -> Result<Vec<Item>>;
    /// Asked before a person is asked for anything that is to be stored: reaches and unlocks the keychain, and where the
    /// OS keychain is out of reach and no backend was chosen, offers one that works.
    fn ready_to_store(&self) -> Result<()> {
        Ok(())
    }
}

/// One keychain for several users of it: what one was asked for, the others need not ask again.
impl<K: Keychain + ?Sized> Keychain for Rc<K> {
    fn backend(&self) -> String {
        (**self).backend()
    }
    fn get(&self, item: &Item) -> Result<Option<Secret>> {
        (**self).get(item)
    }
    fn set(&self, item: &Item, secret: &Secret) -> Result<()> {
        (**self).set(item, secret)
    }
    fn remove(&self, item: &Item) -> Result<bool> {
        (**self).remove(item)
    }
    fn list(&self) -> Result<Vec<Item>> {
        (**self).list()
    }
    fn ready_to_store(&self) -> Result<()> {
        (**self).ready_to_store()
    }
}

/// What can go wrong with a call to AWS, before anyone says it to a person: [`crate::aws_error::explain`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// The IAM action of the call: `sts:GetSessionToken`.
    pub action: &'static str,
    /// What happened.
    pub fault: Fault,
}

/// The part of a failed call that the network or AWS reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// AWS answered with an error.
    Service {
        /// Its code: `AccessDenied`, `ExpiredToken` …
        code: String,
        /// Its message, as AWS wrote it.
        message: String,
        /// HTTP status.
        status: u16,
        /// The server's clock, from the `Date` header.
        server_time: Option<Timestamp>,
    },
    /// No name, no connection, no TLS: the root cause in words. The request was never sent.
    Unreachable(String),
    /// A time limit ran out after the request was sent; the words say which.
    TimedOut(String),
    /// The answer was lost or made no sense, or the request could not be built.
    Protocol(String),
}

/// The result of a call to AWS.
pub type Call<T> = std::result::Result<T, CallError>;

/// Where a call goes: resolved from the profile, the flags and the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// The region that signs; `us-east-1` where nothing says otherwise.
    pub region: String,
    /// A fixed URL (`AWS_ENDPOINT_URL_STS`, `endpoint_url`, `[services]` …) instead of the region's own.
    pub url: Option<String>,
    /// PEM file of additional trusted roots (`AWS_CA_BUNDLE`, `ca_bundle`).
    pub ca_bundle: Option<PathBuf>,
    /// `use_fips_endpoint`.
    pub fips: bool,
    /// `use_dualstack_endpoint`.
    pub dualstack: bool,
}

/// An MFA device and a code from it, for one call.
#[derive(Debug, Clone)]
pub struct MfaCode {
    /// Serial number or ARN.
    pub serial: String,
    /// Six digits.
    pub code: Secret,
}

/// [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html), the parameters awsx sends.
#[derive(Debug, Clone, Default)]
pub struct AssumeRole {
    /// `RoleArn`.
    pub role_arn: String,
    /// `RoleSessionName`.
    pub session_name: String,
    /// `DurationSeconds`.
    pub duration: u32,
    /// `ExternalId`.
    pub external_id: Option<String>,
    /// `SerialNumber` and `TokenCode`.
    pub mfa: Option<MfaCode>,
    /// `Policy`: an inline session policy, JSON.
    pub policy: Option<String>,
    /// `PolicyArns`.
    pub policy_arns: Vec<String>,
    /// `Tags`.
    pub tags: Vec<(String, String)>,
    /// `TransitiveTagKeys`.
    pub transitive_tag_keys: Vec<String>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
}

/// Who credentials belong to:
/// [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// ARN of the user, role session or root.
    pub arn: String,
    /// `AIDA…`, `AROA…:session`, or the account for root.
    pub user_id: String,
}

/// A role session and whose it is.
#[derive(Debug, Clone)]
pub struct AssumedRole {
    /// The session.
    pub credentials: Credentials,
    /// `arn:aws:sts::…:assumed-role/…`.
    pub arn: String,
}

/// Security Token Service.
pub trait Sts {
    /// [GetSessionToken](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html); seconds.
    fn get_session_token(
        &self,
        with: &Credentials,
        at: &Endpoint,
        duration: u32,
        mfa: Option<&MfaCode>,
    ) -> Call<Credentials>;
    /// AssumeRole.
    fn assume_role(&self, with: &Credentials, at: &Endpoint, role: &AssumeRole) -> Call<AssumedRole>;
    /// GetCallerIdentity.
    fn get_caller_identity(&self, with: &Credentials, at: &Endpoint) -> Call<Identity>;
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name, without the path.
    pub name: String,
    /// `/` or `/division/team/`.
    pub path: String,
    /// Full ARN.
    pub arn: String,
}

/// An MFA device of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaDevice {
    /// ARN of a virtual or FIDO device, serial number of a hardware one.
    pub serial: String,
    /// When it was enabled; `None` for one that is not assigned to a user.
    pub enabled: Option<Timestamp>,
}

/// A freshly made virtual device; its seed can't be read again.
#[derive(Debug)]
pub struct NewMfaDevice {
    /// Its ARN.
    pub serial: String,
    /// The seed in base32.
    pub seed: Secret,
}

/// Identity and Access Management, as far as awsx uses it
/// ([API reference](https://docs.aws.amazon.com/IAM/latest/APIReference/)).
pub trait Iam {
    /// `GetUser` of the caller (`None`) or of a named user.
    fn get_user(&self, with: &Credentials, at: &Endpoint, name: Option<&str>) -> Call<User>;
    /// `ListMFADevices` of the caller (`None`) or of a named user; every page.
    fn list_mfa_devices(&self, with: &Credentials, at: &Endpoint, user: Option<&str>) -> Call<Vec<MfaDevice>>;
    /// `ListVirtualMFADevices` with `AssignmentStatus=Unassigned`: serials; every page.
    fn unassigned_mfa_devices(&self, with: &Credentials, at: &Endpoint) -> Call<Vec<String>>;
    /// `CreateVirtualMFADevice`.
    fn create_virtual_mfa_device(
        &self,
        with: &Credentials,
        at: &Endpoint,
        path: &str,
        name: &str,
    ) -> Call<NewMfaDevice>;
    /// `EnableMFADevice` with two consecutive codes.
    fn enable_mfa_device(
        &self,
        with: &Credentials,
        at: &Endpoint,
        user: &str,
        serial: &str,
        codes: &[Secret; 2],
    ) -> Call<()>;
    /// `ResyncMFADevice` with two consecutive codes.
    fn resync_mfa_device(
        &self,
        with: &Credentials,
        at: &Endpoint,
        user: &str,
        serial: &str,
        codes: &[Secret; 2],
    ) -> Call<()>;
    /// `DeactivateMFADevice`.
    fn deactivate_mfa_device(&self, with: &Credentials, at: &Endpoint, user: &str, serial: &str) -> Call<()>;
    /// `DeleteVirtualMFADevice`; it must have been deactivated.
    fn delete_virtual_mfa_device(&self, with: &Credentials, at: &Endpoint, serial: &str) -> Call<()>;
    /// `ListAccountAliases`: the alias, if there is one.
    fn account_alias(&self, with: &Credentials, at: &Endpoint) -> Call<Option<String>>;
    /// `GetRole`: `MaxSessionDuration` in seconds.
    fn role_max_session(&self, with: &Credentials, at: &Endpoint, role: &str) -> Call<u32>;
}

/// Systems Manager Parameter Store.
pub trait Ssm {
    /// `GetParameters`: the values of those of `names` that exist.
    fn get_parameters(&self, with: &Credentials, at: &Endpoint, names: &[String]) -> Call<Vec<(String, String)>>;
}

/// What the AWS SDK resolves for a profile that does not start from keys: SSO, web identity, `credential_process`,
/// container and instance roles.
pub trait Upstream {
    /// Credentials of `profile`, from the user's own AWS files.
    fn resolve(&self, profile: &str, at: &Endpoint) -> Result<Credentials>;
}

/// Asks a person: on `/dev/tty`, never stdin; failing that in a desktop dialog. Each fails with
/// [`crate::error::Kind::Input`], saying what was needed, where nobody can be asked or `--no-input` was given.
pub trait Prompter {
    /// Whether somebody could be asked at all.
    fn can_ask(&self) -> bool;
    /// Why nobody can be asked, where that is so.
    fn why_not(&self) -> String {
        "there is neither a terminal nor a desktop to ask on".into()
    }
    /// A line of text, shown while it is typed, trimmed.
    fn line(&self, prompt: &str) -> Result<String>;
    /// A line that is not shown.
    fn hidden(&self, prompt: &str) -> Result<Secret>;
    /// Yes or no; Enter alone is `default`.
    fn confirm(&self, prompt: &str, default: bool) -> Result<bool>;
    /// One of `items`, by its index.
    fn choose(&self, prompt: &str, items: &[String]) -> Result<usize>;
    /// One line of news for the person (stderr), not a question.
    fn say(&self, line: &str);
    /// One warning (stderr), prefixed and coloured as such.
    fn warn(&self, line: &str);
    /// Waits that long, and shows a line that counts the seconds down in place of `{}`; a plain line where there is no
    /// terminal.
    fn countdown(&self, line: &str, seconds: u32);
    /// Columns and lines of the terminal that [`Prompter::show`] writes to, if there is one and it knows.
    fn screen(&self) -> Option<(u16, u16)> {
        None
    }
    /// Shows text that holds a secret, on the terminal itself and never on a stream that may lead into a file.
    ///
    /// # Errors
    /// [`crate::error::Kind::Input`] where there is no terminal.
    fn show(&self, _text: &Secret) -> Result<()> {
        Err(crate::error::Error::input("no terminal to show a secret on"))
    }
}

/// Where the key that seals cached sessions lives; the kernel's user keyring on Linux.
pub trait SealingKey {
    /// The key (32 bytes), made at random and stored if there is none yet; `None` if no place can hold one.
    fn key(&self) -> Option<SecretBytes>;
    /// The key if there is one; makes none.
    fn existing(&self) -> Option<SecretBytes>;
}
