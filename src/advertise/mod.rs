//! Limits that administrators advertise in the SSM Parameter Store, under the names of awscli-mfa.

use crate::aws::arn::Arn;
use crate::aws::errors;
use crate::ports::{Caller, Ssm};

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

/// The region of the parameters unless `AWSX_SSM_REGION` says otherwise.
pub const REGION: &str = "us-east-1";

const MFA_LENGTH: &str = "/unencrypted/mfa/session_length";

/// Reads what is advertised to the caller, and about the role if there is one. Access denied counts as nothing advertised:
/// most accounts advertise nothing, and most users may not ask. `None` if AWS could not be asked.
pub fn fetch(ssm: &dyn Ssm, caller: Caller<'_>, role_arn: Option<&str>) -> Option<Advertised> {
    match ssm.get_parameters(caller, &names(role_arn)) {
        Ok(values) => Some(parse(role_arn, &values)),
        Err(e) if errors::is_access_denied(&e) => Some(parse(role_arn, &[])),
        Err(_) => None,
    }
}

/// The parameters to ask for.
pub fn names(role_arn: Option<&str>) -> Vec<String> {
    let mut names = vec![MFA_LENGTH.to_owned()];
    if let Some((account, role)) = role_arn.and_then(account_and_role) {
        names.push(format!("/unencrypted/roles/{account}/{role}/session_length"));
        names.push(format!("/unencrypted/roles/{account}/{role}/mfa_required"));
        names.push(format!("/unencrypted/roles/{account}/alias"));
    }
    names
}

/// What the parameters say. A length that STS doesn't allow is ignored.
pub fn parse(role_arn: Option<&str>, values: &[(String, String)]) -> Advertised {
    let value = |wanted: &str| values.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim());
    let seconds = |name: &str, longest: u32| value(name)?.parse().ok().filter(|s| (900..=longest).contains(s));
    let mut found = Advertised {
        role_arn: role_arn.map(ToOwned::to_owned),
        mfa_session_length: seconds(MFA_LENGTH, 36 * 3600),
        ..Advertised::default()
    };
    if let [_, length, mfa_required, alias] = names(role_arn).as_slice() {
        found.role_session_length = seconds(length, 12 * 3600);
        found.mfa_required = value(mfa_required).and_then(|text| text.to_ascii_lowercase().parse().ok());
        found.alias = value(alias).filter(|alias| is_alias(alias)).map(ToOwned::to_owned);
    }
    found
}

/// The account and the name, without the path, of `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
fn account_and_role(arn: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(arn).filter(|arn| !arn.account.is_empty())?;
    Some((arn.account, arn.name("role")?))
}

/// [CreateAccountAlias](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html): 3 to 63 lower
/// case letters, digits and hyphens.
fn is_alias(text: &str) -> bool {
    (3..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
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
    fn the_names_are_those_of_the_specification() {
        assert_eq!(names(None), ["/unencrypted/mfa/session_length"]);
        assert_eq!(
            names(Some(ROLE)),
            [
                "/unencrypted/mfa/session_length",
                "/unencrypted/roles/123456789012/ops/session_length",
                "/unencrypted/roles/123456789012/ops/mfa_required",
                "/unencrypted/roles/123456789012/alias",
            ]
        );
        for odd in ["ops", "arn:aws:iam::123456789012:user/ops", "arn:aws:iam:::role/ops", "arn:aws:iam::1:role/"] {
            assert_eq!(names(Some(odd)).len(), 1, "{odd}");
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
