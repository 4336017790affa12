//! AWS as traits, one per service, each with the calls that awsx makes and no others.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::base::url::host;

/// A failed call to AWS. [`crate::aws::errors::explain`] makes an error for a person of it.
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
    /// A setting keeps the request from being made: a CA bundle, a proxy, a region. It was never sent.
    Unsendable(String),
    /// No name, no connection, no TLS: the root cause in words. The request was never sent.
    Unreachable(String),
    /// A time limit ran out after the request was sent; the words say which.
    TimedOut(String),
    /// The request was sent, and the answer was lost or is not one of AWS's.
    Protocol(String),
    /// AWS reported success, but the answer can't be used.
    Unusable(String),
}

/// The result of a call to AWS.
pub type Call<T> = std::result::Result<T, CallError>;

/// Where a call goes: resolved from the profile, the flags and the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// The region that the call is signed for; `us-east-1` where nothing says otherwise.
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

impl Endpoint {
    /// The URL, if what is sent there can be read and changed on the way: plain HTTP to another machine.
    pub fn open_url(&self) -> Option<&str> {
        let url = self.url.as_deref()?;
        let host = url.starts_with("http://").then(|| host(url))?.trim_end_matches('.').to_ascii_lowercase();
        let loopback =
            host.parse().map_or(host == "localhost" || host.ends_with(".localhost"), |ip: IpAddr| ip.is_loopback());
        (!loopback).then_some(url)
    }

    /// The warning for such a URL.
    pub fn open_warning(&self) -> Option<String> {
        self.open_url().map(|url| {
            format!("{url} is not encrypted: anybody on the network path can read and change what is sent, sessions included; use https://")
        })
    }
}

/// Who calls AWS, and where the call goes.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// What signs the call.
    pub credentials: &'a Credentials,
    /// Where it goes.
    pub endpoint: &'a Endpoint,
}

impl<'a> Caller<'a> {
    /// A caller with these credentials, at this endpoint.
    pub fn new(credentials: &'a Credentials, endpoint: &'a Endpoint) -> Self {
        Caller { credentials, endpoint }
    }
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
    fn get_session_token(&self, caller: Caller<'_>, duration: u32, mfa: Option<&MfaCode>) -> Call<Credentials>;
    /// AssumeRole.
    fn assume_role(&self, caller: Caller<'_>, role: &AssumeRole) -> Call<AssumedRole>;
    /// [AssumeRoleWithWebIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html),
    /// which needs no signature.
    fn assume_role_with_web_identity(&self, at: &Endpoint, role: &AssumeRole, token: &Secret) -> Call<AssumedRole>;
    /// [GetFederationToken](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html) with a
    /// session policy; seconds.
    fn get_federation_token(&self, caller: Caller<'_>, name: &str, policy: &str, duration: u32) -> Call<Credentials>;
    /// GetCallerIdentity.
    fn get_caller_identity(&self, caller: Caller<'_>) -> Call<Identity>;
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

/// What a role says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleSettings {
    /// The longest session it gives, in seconds.
    pub max_session: u32,
    /// Whether its trust policy lets nobody in without MFA; `None` if the policy can't be read.
    pub needs_mfa: Option<bool>,
}

/// A freshly made virtual device; its seed can't be read again.
#[derive(Debug)]
pub struct NewMfaDevice {
    /// Its ARN.
    pub serial: String,
    /// The seed in base32.
    pub seed: Secret,
}

/// A long-lived key as IAM lists it, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// Whether AWS takes it.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// The last use of a long-lived key, as far as IAM knows. It learns of a use within minutes to hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// `s3`, `sts` …
    pub service: String,
    /// `eu-west-1` …
    pub region: String,
}

/// Identity and Access Management, as far as awsx uses it
/// ([API reference](https://docs.aws.amazon.com/IAM/latest/APIReference/)).
pub trait Iam {
    /// `GetUser` of the caller (`None`) or of a named user.
    fn get_user(&self, caller: Caller<'_>, name: Option<&str>) -> Call<User>;
    /// `ListMFADevices` of the caller (`None`) or of a named user; every page.
    fn list_mfa_devices(&self, caller: Caller<'_>, user: Option<&str>) -> Call<Vec<MfaDevice>>;
    /// `ListVirtualMFADevices` with `AssignmentStatus=Unassigned`: serials; every page.
    fn unassigned_mfa_devices(&self, caller: Caller<'_>) -> Call<Vec<String>>;
    /// `CreateVirtualMFADevice`.
    fn create_virtual_mfa_device(&self, caller: Caller<'_>, path: &str, name: &str) -> Call<NewMfaDevice>;
    /// `EnableMFADevice` with two consecutive codes.
    fn enable_mfa_device(&self, caller: Caller<'_>, user: &str, serial: &str, codes: &[Secret; 2]) -> Call<()>;
    /// `ResyncMFADevice` with two consecutive codes.
    fn resync_mfa_device(&self, caller: Caller<'_>, user: &str, serial: &str, codes: &[Secret; 2]) -> Call<()>;
    /// `DeactivateMFADevice`.
    fn deactivate_mfa_device(&self, caller: Caller<'_>, user: &str, serial: &str) -> Call<()>;
    /// `DeleteVirtualMFADevice`; it must have been deactivated.
    fn delete_virtual_mfa_device(&self, caller: Caller<'_>, serial: &str) -> Call<()>;
    /// `ListAccountAliases`: the alias, if there is one.
    fn account_alias(&self, caller: Caller<'_>) -> Call<Option<String>>;
    /// `GetRole`: what a role of the caller's own account says of itself.
    fn get_role(&self, caller: Caller<'_>, role_arn: &str) -> Call<RoleSettings>;
    /// `ListAccessKeys` of a user; every page.
    fn list_access_keys(&self, caller: Caller<'_>, user: &str) -> Call<Vec<AccessKey>>;
    /// `GetAccessKeyLastUsed`; `None` for a key that was never used.
    fn access_key_last_used(&self, caller: Caller<'_>, id: &str) -> Call<Option<LastUse>>;
    /// `CreateAccessKey`: the new pair. Its secret can't be read again.
    fn create_access_key(&self, caller: Caller<'_>, user: &str) -> Call<Credentials>;
    /// `UpdateAccessKey` with the status `Inactive`.
    fn deactivate_access_key(&self, caller: Caller<'_>, user: &str, id: &str) -> Call<()>;
    /// `DeleteAccessKey`.
    fn delete_access_key(&self, caller: Caller<'_>, user: &str, id: &str) -> Call<()>;
}

/// Systems Manager Parameter Store.
pub trait Ssm {
    /// `GetParameters`: the values of those of `names` that exist.
    fn get_parameters(&self, caller: Caller<'_>, names: &[String]) -> Call<Vec<(String, String)>>;
    /// `GetParametersByPath`: names and values of all below a folder; every page.
    fn parameters_below(&self, caller: Caller<'_>, folder: &str) -> Call<Vec<(String, String)>>;
    /// `PutParameter`; `overwrite` for one that exists.
    fn put_parameter(&self, caller: Caller<'_>, name: &str, value: &str, overwrite: bool) -> Call<()>;
    /// `DeleteParameter`.
    fn delete_parameter(&self, caller: Caller<'_>, name: &str) -> Call<()>;
}

/// An account that somebody who has signed in may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoAccount {
    /// Twelve digits.
    pub id: String,
    /// What the organization calls it; empty if it has no name.
    pub name: String,
}

/// IAM Identity Center.
pub trait Sso {
    /// [ListAccounts](https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_ListAccounts.html): every
    /// page.
    fn accounts(&self, at: &Endpoint, token: &Secret) -> Call<Vec<SsoAccount>>;
    /// [ListAccountRoles](https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_ListAccountRoles.html)
    /// of each account, every page, a few accounts at once: the names of the roles, in the order of `accounts`. `done` is
    /// told how many have been answered. Where AWS asks for fewer requests, these are made more slowly.
    fn account_roles(
        &self,
        at: &Endpoint,
        token: &Secret,
        accounts: &[String],
        done: &dyn Fn(usize),
    ) -> Call<Vec<Vec<String>>>;
    /// [GetRoleCredentials](https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html).
    fn role_credentials(&self, at: &Endpoint, token: &Secret, account: &str, role: &str) -> Call<Credentials>;
    /// [Logout](https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Logout.html): ends the sign-in
    /// that the token is of.
    fn logout(&self, at: &Endpoint, token: &Secret) -> Call<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_to_another_machine_is_open() {
        let open = |url: &str| Endpoint { url: Some(url.into()), ..Endpoint::default() }.open_url().is_some();
        for url in [
            "http://10.0.0.1",
            "http://aws.test:4566/x",
            "http://[2001:db8::1]:80",
            "http://localhost.test",
            "http://127.0.0.1.test/",
        ] {
            assert!(open(url), "{url}");
        }
        for url in [
            "https://aws.test",
            "http://127.0.0.1:4566/",
            "http://[::1]",
            "http://LOCALHOST:1",
            "http://s3.localhost",
            "http://127.9.9.9?x",
        ] {
            assert!(!open(url), "{url}");
        }
        assert_eq!(Endpoint::default().open_url(), None);
    }
}
