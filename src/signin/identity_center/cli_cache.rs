//! The sign-ins of the AWS CLI: `~/.aws/sso/cache`, which every SDK reads
//! ([its format](https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html)). They are in clear there.
//! They are used, and renewed in their place. A sign-in of awsx is written there only where `awsx_share` asks for it.

use std::io::ErrorKind;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use zeroize::{Zeroize, Zeroizing};

use super::kept::Token;
use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::plan::source::SsoSignIn;
use crate::ports::Client;
use crate::signin::cli_file;

/// A sign-in of the AWS CLI.
#[derive(Debug, Clone)]
pub struct Theirs {
    /// The token.
    pub token: Token,
    /// What it can be renewed as.
    pub client: Option<Client>,
}

/// What is read of a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    start_url: Option<String>,
    access_token: Secret,
    expires_at: String,
    refresh_token: Option<Secret>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    registration_expires_at: Option<String>,
}

/// The file of a sign-in; it need not be there.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if there is no home folder.
pub fn path(app: &App, of: &SsoSignIn) -> Result<PathBuf> {
    let name = HEXLOWER.encode(&Sha1::digest(of.name().as_bytes()));
    Ok(app.home()?.join(".aws/sso/cache").join(format!("{name}.json")))
}

/// The AWS CLI's sign-in, if there is one that can be read.
pub fn read(app: &App, of: &SsoSignIn) -> Option<Theirs> {
    let path = path(app, of).ok()?;
    let text = match cli_file::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return None,
        Err(e) => {
            app.debug(|| format!("{} can't be read: {e}", path.display()));
            return None;
        }
    };
    let Some(theirs) = parse(&text, of) else {
        app.debug(|| format!("{} holds no sign-in of {}", path.display(), of.name()));
        return None;
    };
    Some(theirs)
}

fn parse(text: &str, of: &SsoSignIn) -> Option<Theirs> {
    let found: Found = serde_json::from_str(text).ok()?;
    // People write it with and without what follows.
    let bare = |url: &str| url.trim_end_matches(['/', '#']).to_owned();
    if found.start_url.is_some_and(|url| bare(&url) != bare(&of.start_url)) || found.access_token.is_empty() {
        return None;
    }
    let client = found.client_id.zip(found.client_secret).zip(found.registration_expires_at);
    let client = client.and_then(|((id, secret), expires)| Some(Client { id, secret, expires: time(&expires)? }));
    let refresh = found.refresh_token.filter(|token| !token.is_empty());
    Some(Theirs { token: Token { access: found.access_token, expires: time(&found.expires_at)?, refresh }, client })
}

/// Old versions of the AWS CLI write `UTC` for `Z`.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix("UTC").map_or_else(|| text.to_owned(), |local| format!("{local}Z"));
    Timestamp::parse_rfc3339(&text).ok()
}

/// Writes a token in the place of the one before, and keeps every other field.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`]; the file is then as it was.
pub fn write(app: &App, of: &SsoSignIn, token: &Token, client: &Client) -> Result<()> {
    let path = path(app, of)?;
    let before = cli_file::read(&path).ok().filter(|text| parse(text, of).is_some());
    let mut fields: Map<String, Value> = before.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let mut put = |name: &str, value: Option<&str>| {
        let old = match value {
            Some(value) => fields.insert(name.into(), value.into()),
            None => fields.remove(name),
        };
        old.into_iter().for_each(wipe);
    };
    put("startUrl", Some(&of.start_url));
    put("region", Some(&of.oidc.region));
    put("accessToken", Some(token.access.expose()));
    put("expiresAt", Some(&token.expires.to_string()));
    put("clientId", Some(&client.id));
    put("clientSecret", Some(client.secret.expose()));
    put("registrationExpiresAt", Some(&client.expires.to_string()));
    put("refreshToken", token.refresh.as_ref().map(Secret::expose));
    let length: usize = fields.iter().map(|(name, value)| name.len() + value.as_str().map_or(64, str::len)).sum();
    let mut json = Zeroizing::new(Vec::with_capacity(1024 + 6 * length));
    let written = serde_json::to_writer(&mut *json, &fields);
    fields.into_iter().for_each(|(_, value)| wipe(value));
    written.map_err(|e| Error::failed(format!("can't write {}", path.display())).cause(e))?;
    cli_file::write(&path, &json)
}

/// Removes the AWS CLI's sign-in; `false` if there was none.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if it is there and can't be removed.
pub fn remove(app: &App, of: &SsoSignIn) -> Result<bool> {
    cli_file::remove(&path(app, of)?)
}

fn wipe(value: Value) {
    if let Value::String(mut text) = value {
        text.zeroize();
    }
}
