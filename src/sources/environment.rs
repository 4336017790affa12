//! Credentials in environment variables: `credential_source = Environment`.

use super::{Asking, Given};
use crate::base::error::{ErrorKind, Result};
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::base::vars;
use crate::plan::source::Environment;

/// Takes the credentials from the same snapshot of the environment that the plan was made from. The plan holds no secrets.
pub fn ask(asking: &Asking, from: &Environment) -> Result<Given> {
    let env = &asking.app.env;
    let secret = |names: &[&str]| env.first(names).map(|value| Secret::new(value.to_owned()));
    let gone = || asking.failed(ErrorKind::Config, "AWS_SECRET_ACCESS_KEY is not set").hint("set it");
    let expires = env.get(vars::AWS_CREDENTIAL_EXPIRATION).map(Timestamp::parse_rfc3339).transpose();
    let expires = expires.map_err(|_| {
        asking
            .failed(ErrorKind::Config, "AWS_CREDENTIAL_EXPIRATION is not an RFC 3339 time")
            .hint("write it like 2026-01-31T12:00:00Z, or unset it")
    })?;
    let credentials = Credentials {
        access_key_id: from.key_id.clone(),
        secret_access_key: secret(&[vars::AWS_SECRET_ACCESS_KEY]).ok_or_else(gone)?,
        session_token: secret(&[vars::AWS_SESSION_TOKEN, "AWS_SECURITY_TOKEN"]),
        expires: expires.filter(|_| from.session),
    };
    Ok(Given { credentials, arn: None })
}
