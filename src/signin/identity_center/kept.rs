//! What is kept of a sign-in to IAM Identity Center, as the keychain holds it: what this machine is registered as, the
//! token, and what the next one is got with. Pure.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::plan::source::SsoSignIn;
use crate::ports::Client;

/// How a person signs in; each needs a registration of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// In this machine's browser, which comes back.
    Browser,
    /// In any browser, with a code.
    DeviceCode,
}

/// What this machine is registered as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// ID and secret.
    pub client: Client,
    /// What it was registered for.
    pub way: Way,
    /// The scopes, with blanks between them.
    pub scopes: String,
}

/// A token, and what the next one is got with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What calls are made with.
    pub access: Secret,
    /// When it ends.
    pub expires: Timestamp,
    /// What the next one is got with.
    pub refresh: Option<Secret>,
}

/// Everything that is kept of one sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Who this machine is to Identity Center.
    pub registration: Option<Registration>,
    /// The token.
    pub token: Option<Token>,
    /// A hash of the AWS CLI's refresh token that was sent last. That token is never sent again.
    pub spent: Option<String>,
    /// Which access tokens Identity Center does not take any more although their time is not over, as hashes.
    pub over: Vec<String>,
}

/// As it is written.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written<'a> {
    start_url: &'a str,
    region: &'a str,
    client_id: Option<&'a str>,
    client_secret: Option<&'a str>,
    client_expires: Option<i64>,
    way: Option<Way>,
    scopes: Option<&'a str>,
    access_token: Option<&'a str>,
    expires: Option<i64>,
    refresh_token: Option<&'a str>,
    spent: Option<&'a str>,
    over: &'a [String],
}

/// As it is read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Read {
    start_url: String,
    region: String,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    client_expires: Option<i64>,
    way: Option<Way>,
    scopes: Option<String>,
    access_token: Option<Secret>,
    expires: Option<i64>,
    refresh_token: Option<Secret>,
    spent: Option<String>,
    #[serde(default)]
    over: Vec<String>,
}

impl Kept {
    /// The secret of the keychain item.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`]; it can't really happen.
    pub fn encode(&self, of: &SsoSignIn) -> Result<Secret> {
        let (registration, token) = (self.registration.as_ref(), self.token.as_ref());
        let written = Written {
            start_url: &of.start_url,
            region: &of.oidc.region,
            client_id: registration.map(|it| it.client.id.as_str()),
            client_secret: registration.map(|it| it.client.secret.expose()),
            client_expires: registration.map(|it| it.client.expires.0),
            way: registration.map(|it| it.way),
            scopes: registration.map(|it| it.scopes.as_str()),
            access_token: token.map(|it| it.access.expose()),
            expires: token.map(|it| it.expires.0),
            refresh_token: token.and_then(|it| it.refresh.as_ref()).map(Secret::expose),
            spent: self.spent.as_deref(),
            over: &self.over,
        };
        let texts = [written.client_id, written.client_secret, written.access_token, written.refresh_token];
        let length: usize = texts.iter().flatten().map(|text| text.len()).sum();
        // Allocated once: a buffer that grows leaves unwiped copies behind.
        let mut json = Zeroizing::new(Vec::with_capacity(1024 + 6 * length));
        let bad = || Error::failed("the sign-in can't be encoded");
        serde_json::to_writer(&mut *json, &written).map_err(|_| bad())?;
        Ok(Secret::new(std::str::from_utf8(&json).map_err(|_| bad())?.to_owned()))
    }

    /// What a keychain item holds. Nothing, if it is of another Identity Center that once had the same name here, or
    /// can't be read: the next sign-in replaces it.
    pub fn decode(secret: &Secret, of: &SsoSignIn) -> Self {
        let Ok(read) = serde_json::from_str::<Read>(secret.expose()) else { return Kept::default() };
        if read.start_url != of.start_url || read.region != of.oidc.region {
            return Kept::default();
        }
        let client = read.client_id.zip(read.client_secret).zip(read.client_expires);
        let registration = client.zip(read.way).map(|(((id, secret), expires), way)| Registration {
            client: Client { id, secret, expires: Timestamp(expires) },
            way,
            scopes: read.scopes.unwrap_or_default(),
        });
        let token = read.access_token.zip(read.expires);
        let refresh = read.refresh_token;
        let token = token.map(|(access, expires)| Token { access, expires: Timestamp(expires), refresh });
        Kept { registration, token, spent: read.spent, over: read.over }
    }
}

/// The start URL and the region that a keychain item is for.
pub fn place(secret: &Secret) -> Option<(String, String)> {
    serde_json::from_str::<Read>(secret.expose()).ok().map(|read| (read.start_url, read.region))
}

/// The hash by which awsx recognises a token that it must not use again.
pub fn hash(token: &Secret) -> String {
    data_encoding::BASE64.encode(&Sha256::digest(token.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Endpoint;

    #[test]
    fn it_comes_back_as_it_was_and_only_for_the_same_identity_center() {
        let at = Endpoint { region: "eu-west-1".into(), ..Endpoint::default() };
        let of = SsoSignIn {
            session: Some("work".into()),
            start_url: "https://work.test/start".into(),
            scopes: vec!["sso:account:access".into()],
            share: false,
            portal: at.clone(),
            oidc: at,
        };
        let secret = |text: &str| Secret::new(text.into());
        let full = Kept {
            registration: Some(Registration {
                client: Client { id: "id".into(), secret: secret("se\"cret"), expires: Timestamp(9) },
                way: Way::DeviceCode,
                scopes: "sso:account:access".into(),
            }),
            token: Some(Token { access: secret("a\\b"), expires: Timestamp(7), refresh: Some(secret("r")) }),
            spent: Some(hash(&secret("old"))),
            over: vec![hash(&secret("ended"))],
        };
        for kept in [full.clone(), Kept { token: None, ..full.clone() }, Kept::default()] {
            assert_eq!(Kept::decode(&kept.encode(&of).unwrap(), &of), kept);
        }
        let written = full.encode(&of).unwrap();
        for other in [
            SsoSignIn { start_url: "https://other.test/start".into(), ..of.clone() },
            SsoSignIn { oidc: Endpoint { region: "us-east-1".into(), ..Endpoint::default() }, ..of.clone() },
        ] {
            assert_eq!(Kept::decode(&written, &other), Kept::default());
        }
        assert_eq!(Kept::decode(&secret("{}"), &of), Kept::default());
        assert!(!format!("{full:?}").contains("se\\\"cret"));
    }
}
