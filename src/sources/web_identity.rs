//! A web identity token, which AWS accepts for a role. Kubernetes and CI systems put one into a file.

use std::fs::File;
use std::io::Read;

use zeroize::Zeroizing;

use super::{Asking, Given};
use crate::base::error::{ErrorKind, Result};
use crate::base::secret::Secret;
use crate::plan::source::WebIdentity;
use crate::ports::{CallError, Fault};

/// The longest token that is read, in bytes; AWS takes 20,000 characters.
const LONGEST: usize = 64 * 1024;

/// Makes one call, which needs no signature. The file is read each time, because its token is replaced before it expires.
pub fn ask(asking: &Asking, identity: &WebIdentity) -> Result<Given> {
    let token = read(asking, identity)?;
    let (role, at) = (&identity.role, &identity.at);
    let issued = asking
        .app
        .sts
        .assume_role_with_web_identity(at, role, &token)
        .map_err(|error| refused(asking, identity, &error))?;
    Ok(Given { credentials: issued.credentials, arn: Some(issued.arn) })
}

fn read(asking: &Asking, identity: &WebIdentity) -> Result<Secret> {
    let path = &identity.token_file;
    let bad = |cause: String| {
        asking
            .failed(ErrorKind::Config, format!("{}: {cause}", path.display()))
            .hint("web_identity_token_file must name a file with a token of the identity provider")
    };
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 1));
    let limit = LONGEST as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text)).map_err(|e| bad(e.to_string()))?;
    match text.trim() {
        "" => Err(bad("it is empty".into())),
        _ if text.len() > LONGEST => Err(bad("it is too long for a token".into())),
        token => Ok(Secret::new(token.to_owned())),
    }
}

fn refused(asking: &Asking, identity: &WebIdentity, error: &CallError) -> crate::base::error::Error {
    let role = &identity.role;
    let explained = asking.explain(error, Some(&role.role_arn), Some(role.duration), &identity.at);
    let Fault::Service { code, .. } = &error.fault else { return explained };
    let (what, hint) = match code.as_str() {
        "ExpiredTokenException" => (
            "the web identity token has expired",
            format!("whatever writes {} has to renew it", identity.token_file.display()),
        ),
        "InvalidIdentityToken" | "IDPRejectedClaim" | "IDPCommunicationError" => (
            "AWS does not take the web identity token",
            "its issuer and audience must be those of the identity provider in IAM; \
             a token for another audience, or of another issuer, is refused"
                .into(),
        ),
        "AccessDenied" => (
            "the role does not trust the web identity token",
            format!("the trust policy of {} must allow the token's provider, subject and audience", role.role_arn),
        ),
        _ => return explained,
    };
    crate::base::error::Error { what: format!("{what} (profile {})", asking.profile), hint: Some(hint), ..explained }
}
