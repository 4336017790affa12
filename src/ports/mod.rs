//! The edges of awsx as traits, each as small as its users need. Adapters implement them; tests do too.

mod aws;
mod clock;
mod http;
mod keychain;
mod oidc;
mod person;
mod presign;
mod server;
mod signin;
mod vault;

pub use aws::{
    AccessKey, AssumeRole, AssumedRole, Call, CallError, Caller, Endpoint, Fault, Iam, Identity, LastUse, MfaCode,
    MfaDevice, NewMfaDevice, RoleSettings, Ssm, Sso, SsoAccount, Sts, User,
};
pub use clock::Clock;
pub use http::{Http, HttpAnswer, HttpRequest};
pub use keychain::{Item, Keychain, SealingKey};
pub use oidc::{Client, DeviceCode, Grant, Oidc, Registering, SignedIn};
pub use person::{Choices, Prompter, Rows, Shortcut};
pub use presign::{Presigner, ToPresign};
pub use server::{Answer, Answering, Asked, Content, Listening, Server};
pub use signin::{ConsoleGrant, ConsoleSignIn, ConsoleTokens, Proof};
pub use vault::AwsVault;
