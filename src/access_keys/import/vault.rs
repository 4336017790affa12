//! The items of aws-vault: which of them are key pairs, and what they hold. aws-vault keeps its own copies.

use serde::Deserialize;

use super::{Findings, Found, Left};
use crate::base::error::Result;
use crate::base::secret::{Credentials, Secret, SecretBytes};
use crate::ports::AwsVault;
use crate::profile::Profiles;
use crate::sources::keys;

/// The credentials of the AWS SDK for Go, as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GoCredentials<'a> {
    #[serde(rename = "AccessKeyID")]
    access_key_id: &'a str,
    // Borrowed: no copy of a secret is left behind. Nothing in these is ever escaped.
    secret_access_key: &'a str,
    #[serde(default)]
    session_token: &'a str,
}

/// The key pairs of these profiles; of all of them if none is named. In a place that holds other things too, only
/// those of profiles that the config knows.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Keychain`] if an item can't be read.
pub fn find(vault: &dyn AwsVault, profiles: &Profiles, names: &[String]) -> Result<Findings> {
    let mut findings = Findings::default();
    let mut all = vault.names()?;
    all.sort();
    all.dedup();
    let wanted = |name: &String| match names {
        [] => vault.is_its_own() || profiles.contains(name),
        names => names.contains(name),
    };
    // Each read may ask the person, so only the wanted items are read.
    for name in all.into_iter().filter(|name| is_key_pair(name) && wanted(name)) {
        let Some(item) = vault.item(&name)? else { continue };
        match pair(&item) {
            Ok(keys) => findings.found.push(Found { profile: name, keys }),
            Err(why) => findings.left.push(Left { name, why }),
        }
    }
    Ok(findings)
}

fn pair(item: &SecretBytes) -> std::result::Result<Credentials, String> {
    let go: GoCredentials = serde_json::from_slice(item.expose()).map_err(|_| "it holds no key pair".to_owned())?;
    if !go.session_token.is_empty() {
        return Err("a session: it ends by itself".into());
    }
    keys::check(go.access_key_id, Secret::new(go.secret_access_key.to_owned())).map_err(|error| error.brief())
}

/// Whether an item of that name is a key pair, and neither a session nor a sign-in of aws-vault.
pub fn is_key_pair(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = name.split(',').collect();
    // `sts.GetSessionToken,PROFILE,SERIAL,EXPIRY`, and the forms of earlier versions.
    let session =
        matches!(parts[..], [kind, profile, _, end] if !kind.is_empty() && !profile.is_empty() && digits(end));
    let old = name.strip_prefix("session:").is_some_and(|rest| rest.matches(':').count() >= 2);
    let oldest = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" session ("))
        .is_some_and(|(profile, end)| !profile.is_empty() && digits(end));
    !(session || old || oldest || name.starts_with("oidc:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_and_sign_ins_are_no_key_pairs() {
        for name in ["prod", "team a/dev", "a,b", "prod session", "prod session (x)", "a,b,c,d"] {
            assert!(is_key_pair(name), "{name}");
        }
        for name in [
            "sts.GetSessionToken,cHJvZA,YXJu,1700000000",
            "sts.AssumeRole,cHJvZA,,1700000000",
            "session,cHJvZA,,1700000000",
            "session:prod:arn:aws:iam::1:mfa/x:1700000000",
            "prod session (1700000000)",
            "oidc:https://d-123.awsapps.com/start",
        ] {
            assert!(!is_key_pair(name), "{name}");
        }
    }

    #[test]
    fn what_an_item_holds() {
        let of = |text: &str| pair(&SecretBytes::new(text.as_bytes().to_vec())).map(|keys| keys.access_key_id);
        let item = |id: &str, token: &str| {
            format!(
                r#"{{"AccessKeyID":"{id}","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","SessionToken":"{token}","Source":"","CanExpire":false,"Expires":"0001-01-01T00:00:00Z"}}"#
            )
        };
        assert_eq!(of(&item("AKIAIOSFODNN7EXAMPLE", "")).as_deref(), Ok("AKIAIOSFODNN7EXAMPLE"));
        assert!(of(&item("AKIAIOSFODNN7EXAMPLE", "t")).unwrap_err().contains("session"));
        assert!(of(&item("ASIAIOSFODNN7EXAMPLE", "")).unwrap_err().contains("temporary"));
        for text in ["", "{}", "[]", "\u{1}"] {
            assert_eq!(of(text).unwrap_err(), "it holds no key pair");
        }
    }
}
