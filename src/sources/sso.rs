//! IAM Identity Center: a sign-in, exchanged for credentials of a role.

use super::{Asking, Given};
use crate::base::error::{Error, Result};
use crate::base::secret::{Credentials, Secret};
use crate::plan::source::SsoRole;
use crate::ports::{Call, CallError, Fault};
use crate::signin::identity_center::Center;

/// Gets the token of the sign-in, then the role's credentials. A token that Identity Center does not take any more is
/// replaced.
pub fn ask(asking: &Asking, role: &SsoRole) -> Result<Given> {
    let center = Center::new(asking.app, asking.profile, &role.sign_in);
    let with = |token: &Secret| -> Call<Credentials> {
        asking.app.debug(|| format!("sso:GetRoleCredentials {} {}", role.account, role.role));
        asking.app.sso.role_credentials(&role.sign_in.portal, token, &role.account, &role.role)
    };
    let given = center.with_token(with)?;
    Ok(Given { credentials: given.map_err(|error| refused(asking, role, &error))?, arn: None })
}

fn refused(asking: &Asking, role: &SsoRole, error: &CallError) -> Error {
    let explained = asking.explain(error, None, None, &role.sign_in.portal);
    match &error.fault {
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
