//! IAM Identity Center: the sign-in that the AWS CLI has made, exchanged for credentials of a role.

use super::{Asking, Given};
use crate::aws::errors::one_line;
use crate::base::error::{Error, ErrorKind, Result};
use crate::plan::source::SsoRole;
use crate::ports::{CallError, Fault};

/// Gets the token of the sign-in, then the role's credentials.
pub fn ask(asking: &Asking, role: &SsoRole) -> Result<Given> {
    let name = role.session.as_deref().unwrap_or(&role.start_url);
    let token = asking.app.sso.token(name, &role.start_url, &role.oidc).map_err(|error| match &error.fault {
        Fault::Unusable(cause) => sign_in(asking, asking.failed(ErrorKind::Input, one_line(cause))),
        _ => asking.explain(&error, None, None, &role.oidc),
    })?;
    let credentials = asking
        .app
        .sso
        .role_credentials(&role.portal, &token, &role.account, &role.role)
        .map_err(|error| refused(asking, role, &error))?;
    Ok(Given { credentials, arn: None })
}

fn sign_in(asking: &Asking, error: Error) -> Error {
    error.hint(format!("sign in with `aws sso login --profile {}`", asking.profile))
}

fn refused(asking: &Asking, role: &SsoRole, error: &CallError) -> Error {
    let explained = asking.explain(error, None, None, &role.portal);
    match &error.fault {
        Fault::Service { code, .. } if code == "UnauthorizedException" => {
            let over = asking.failed(ErrorKind::Input, "the sign-in is over, or was ended elsewhere");
            sign_in(asking, over)
        }
        Fault::Service { code, .. } if code == "ForbiddenException" || code == "ResourceNotFoundException" => Error {
            what: format!("IAM Identity Center does not grant {} in account {}", role.role, role.account),
            hint: Some(format!(
                "correct sso_account_id and sso_role_name of profile {}, or ask an administrator for the assignment",
                asking.profile
            )),
            ..explained
        },
        _ => explained,
    }
}
