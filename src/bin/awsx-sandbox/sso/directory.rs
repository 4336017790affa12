//! What Identity Center knows: its directory, the clients that have registered, and who is signed in.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::codes::Code;
use crate::policy::Policy;

/// An instance of Identity Center.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityCenter {
    /// Its access portal.
    pub start_url: String,
    /// Its region.
    pub region: String,
    /// Who can sign in.
    pub users: Vec<DirectoryUser>,
    /// The accounts of the organization.
    pub accounts: Vec<Account>,
    /// What users can be in an account.
    pub permission_sets: Vec<PermissionSet>,
    /// Programs that have registered.
    pub clients: Vec<Client>,
    /// Codes of the browser flow.
    pub codes: Vec<Code>,
    /// Device codes.
    pub devices: Vec<DeviceCode>,
    /// Who is, or was, signed in.
    pub sign_ins: Vec<SignIn>,
}

/// A person in the directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryUser {
    /// User name, as it is in the ARN of a session.
    pub name: String,
    /// Accounts and permission sets.
    pub assignments: Vec<Assignment>,
}

/// That a user may be something in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Account ID.
    pub account: String,
    /// Name of the permission set, which AWS calls the role's name.
    pub role: String,
}

/// An account of the organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Any text.
    pub name: String,
    /// Of its owner.
    pub email: String,
}

/// What somebody can be in an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionSet {
    /// Its name.
    pub name: String,
    /// How long its sessions live.
    #[serde(default = "hour")]
    pub session_seconds: i64,
    /// What it may do.
    #[serde(default)]
    pub policies: Vec<Policy>,
}

/// A program that has registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Given by us.
    pub id: String,
    /// Given by us.
    pub secret: String,
    /// Given by it.
    pub name: String,
    /// What it may ask for; without any it gets no refresh token.
    pub scopes: Vec<String>,
    /// Where browsers may be sent.
    pub redirect_uris: Vec<String>,
    /// How it may get tokens; empty: by device code.
    pub grant_types: Vec<String>,
    /// The start URL it registered for.
    pub issuer: Option<String>,
    /// Epoch seconds.
    pub expires: i64,
}

/// A device code.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceCode {
    /// What the program polls with.
    pub code: String,
    /// What the person compares or types.
    pub user_code: String,
    /// Whose it is.
    pub client: String,
    /// Epoch seconds.
    pub until: i64,
    /// Least time between two polls, in seconds.
    pub interval: i64,
    /// The last poll (epoch milliseconds).
    pub polled: Option<i64>,
    /// What the person said.
    pub answer: DeviceAnswer,
}

/// What became of a device code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceAnswer {
    /// Nobody has said anything.
    Pending,
    /// This user said yes.
    Approved(String),
    /// Somebody said no.
    Denied,
    /// It has been turned into this sign-in.
    Used(String),
}

/// A person signed in with a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// A name for it.
    pub id: String,
    /// Who.
    pub user: String,
    /// With which client.
    pub client: String,
    /// What for.
    pub scopes: Vec<String>,
    /// Epoch seconds.
    pub started: i64,
    /// No token lives longer (epoch seconds).
    pub ends: i64,
    /// Access tokens that were given out, and until when they are good.
    pub access: Vec<(String, i64)>,
    /// The refresh token that is good now.
    pub refresh: Option<String>,
    /// Those that were good before.
    pub spent: Vec<String>,
    /// Why it is over, if it is.
    pub over: Option<String>,
}

impl SignIn {
    /// Ends it.
    pub fn end(&mut self, why: &str) {
        self.over.get_or_insert_with(|| why.to_owned());
    }
}

impl IdentityCenter {
    /// The registered client of that ID.
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|c| c.id == id)
    }

    /// The user of that name.
    pub fn user(&self, name: &str) -> Option<&DirectoryUser> {
        self.users.iter().find(|u| u.name == name)
    }

    /// Whether a URL is that of the access portal; people write it with and without what follows.
    pub fn is_start_url(&self, url: &str) -> bool {
        let bare = |url: &str| url.trim_end_matches(['/', '#']).to_owned();
        !self.start_url.is_empty() && bare(url) == bare(&self.start_url)
    }

    /// The ARN of the role that stands for a permission set in an account.
    pub fn role_arn(&self, account: &str, set: &str) -> String {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{account}/{set}")));
        let tail = digest.get(..16).unwrap_or_default();
        // The home of IAM itself is left out.
        let region = if self.region == "us-east-1" { String::new() } else { format!("{}/", self.region) };
        format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_{set}_{tail}")
    }
}

fn hour() -> i64 {
    3600
}
