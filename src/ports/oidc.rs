//! Signing in to IAM Identity Center, as a trait.

use super::{Call, Endpoint};
use crate::base::secret::Secret;
use crate::base::time::Timestamp;

/// What a client registers with.
#[derive(Debug, Clone, Copy)]
pub struct Registering<'a> {
    /// What tokens may be used for. Without scopes there is no refresh token.
    pub scopes: &'a [String],
    /// How it gets its tokens.
    pub grants: &'a [&'a str],
    /// Where the browser is sent to, without the port.
    pub redirect_uri: Option<&'a str>,
    /// The start URL.
    pub issuer: &'a str,
}

/// What this machine is registered as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// `clientId`.
    pub id: String,
    /// `clientSecret`.
    pub secret: Secret,
    /// When the registration ends.
    pub expires: Timestamp,
}

/// A sign-in that waits for a person with a browser on any machine.
#[derive(Debug, Clone)]
pub struct DeviceCode {
    /// The device code, with which the token is asked for.
    pub code: Secret,
    /// What the person compares or enters.
    pub user_code: String,
    /// Where the person does so.
    pub uri: String,
    /// The same with the code in it.
    pub uri_complete: String,
    /// How long the code is good, in seconds.
    pub lasts: u32,
    /// How many seconds pass between two questions.
    pub interval: u32,
}

/// What a token is given for.
#[derive(Debug, Clone, Copy)]
pub enum Grant<'a> {
    /// The code that the browser has brought.
    Code {
        /// The code.
        code: &'a Secret,
        /// What proves that it is for this process.
        verifier: &'a Secret,
        /// Where the browser was sent to, with the port.
        redirect_uri: &'a str,
    },
    /// A device code, which a person approves meanwhile.
    Device(&'a Secret),
    /// A refresh token. It is good for one answer, so it is sent only once.
    Refresh(&'a Secret),
}

/// A token of a user who has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The access token.
    pub access: Secret,
    /// How long it is good, in seconds.
    pub lasts: i64,
    /// The refresh token, which gives the next one.
    pub refresh: Option<Secret>,
}

/// The [OIDC service](https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/) of Identity Center. None of its
/// calls is signed.
pub trait Oidc {
    /// The page where a person signs in and is sent back.
    fn authorize_url(&self, at: &Endpoint) -> Call<String>;
    /// `RegisterClient`.
    fn register_client(&self, at: &Endpoint, registering: Registering<'_>) -> Call<Client>;
    /// `StartDeviceAuthorization`.
    fn start_device(&self, at: &Endpoint, client: &Client, start_url: &str) -> Call<DeviceCode>;
    /// `CreateToken`.
    fn create_token(&self, at: &Endpoint, client: &Client, grant: Grant<'_>) -> Call<SignedIn>;
}
