//! Limits that administrators advertise in the SSM Parameter Store, under the names of awscli-mfa.

pub mod parameter;

use crate::aws::errors;
use crate::base::env::Env;
use crate::base::vars;
use crate::ports::{Caller, Ssm};
use parameter::{Parameter, RoleName, Value};

/// What is advertised; `None` where a parameter does not exist, can't be read, or has an impossible value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advertised {
    /// The role that was asked about.
    pub role_arn: Option<String>,
    /// Seconds an MFA session may last.
    pub mfa_session_length: Option<u32>,
    /// Seconds a session of the role may last.
    pub role_session_length: Option<u32>,
    /// Whether the role wants MFA.
    pub mfa_required: Option<bool>,
    /// The alias of the role's account.
    pub alias: Option<String>,
}

/// The region of the parameters.
pub fn ssm_region(env: &Env) -> &str {
    env.get(vars::AWSX_SSM_REGION).unwrap_or("us-east-1")
}

/// Reads what is advertised to the caller, and about the role if there is one. Access denied counts as nothing
/// advertised: most accounts advertise nothing, and most users may not ask. `None` if AWS could not be asked.
pub fn fetch(ssm: &dyn Ssm, caller: Caller<'_>, role_arn: Option<&str>) -> Option<Advertised> {
    let parameters = Parameter::about(role_arn.and_then(RoleName::of_arn).as_ref());
    let names: Vec<String> = parameters.iter().map(Parameter::name).collect();
    match ssm.get_parameters(caller, &names) {
        Ok(values) => Some(parse(role_arn, &values)),
        Err(e) if errors::is_access_denied(&e) => Some(parse(role_arn, &[])),
        Err(_) => None,
    }
}

/// What the parameters say.
fn parse(role_arn: Option<&str>, values: &[(String, String)]) -> Advertised {
    let mut found = Advertised { role_arn: role_arn.map(ToOwned::to_owned), ..Advertised::default() };
    for (name, stored) in values {
        let Some(parameter) = Parameter::of_name(name) else { continue };
        match (&parameter, parameter.value(stored)) {
            (Parameter::MfaLength, Some(Value::Seconds(seconds))) => found.mfa_session_length = Some(seconds),
            (Parameter::RoleLength(_), Some(Value::Seconds(seconds))) => found.role_session_length = Some(seconds),
            (_, Some(Value::Flag(required))) => found.mfa_required = Some(required),
            (_, Some(Value::Text(alias))) => found.alias = Some(alias),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/team/ops";

    fn parsed(values: &[(&str, &str)]) -> Advertised {
        let values: Vec<_> = values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        parse(Some(ROLE), &values)
    }

    #[test]
    fn the_names_are_those_of_awscli_mfa() {
        let names = |arn| {
            let parameters = Parameter::about(RoleName::of_arn(arn).as_ref());
            parameters.iter().map(Parameter::name).collect::<Vec<_>>()
        };
        assert_eq!(
            names(ROLE),
            [
                "/unencrypted/mfa/session_length",
                "/unencrypted/roles/123456789012/ops/session_length",
                "/unencrypted/roles/123456789012/ops/mfa_required",
                "/unencrypted/roles/123456789012/alias",
            ]
        );
        for odd in ["ops", "arn:aws:iam::123456789012:user/ops", "arn:aws:iam:::role/ops", "arn:aws:iam::1:role/"] {
            assert_eq!(names(odd).len(), 1, "{odd}");
        }
    }

    #[test]
    fn values() {
        let all = parsed(&[
            ("/unencrypted/mfa/session_length", "32400"),
            ("/unencrypted/roles/123456789012/ops/session_length", " 7200\n"),
            ("/unencrypted/roles/123456789012/ops/mfa_required", "True"),
            ("/unencrypted/roles/123456789012/alias", "acme-prod"),
        ]);
        let wanted = Advertised {
            role_arn: Some(ROLE.into()),
            mfa_session_length: Some(32400),
            role_session_length: Some(7200),
            mfa_required: Some(true),
            alias: Some("acme-prod".into()),
        };
        assert_eq!(all, wanted);
        let none = Advertised { role_arn: Some(ROLE.into()), ..Advertised::default() };
        assert_eq!(parsed(&[]), none);
        for nonsense in ["", "-1", "9h", "899", "129601", "1e9"] {
            assert_eq!(parsed(&[("/unencrypted/mfa/session_length", nonsense)]), none, "{nonsense}");
        }
        let odd = [
            ("/unencrypted/roles/123456789012/ops/session_length", "43201"),
            ("/unencrypted/roles/123456789012/ops/mfa_required", "perhaps"),
            ("/unencrypted/roles/123456789012/alias", "\u{1b}[31mred"),
        ];
        assert_eq!(parsed(&odd), none);
    }
}
