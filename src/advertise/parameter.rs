//! One advertised parameter: its name in the Parameter Store, which values it can have, and where its value is
//! remembered. Pure.

use std::fmt;

use crate::aws::arn::Arn;
use crate::base::error::{Error, Result};
use crate::base::time::{parse_duration, show_duration};
use crate::plan::duration::SessionKind;
use crate::store::state::ProfileState;

/// The folders that hold them.
pub const FOLDERS: [&str; 2] = ["/unencrypted/mfa", "/unencrypted/roles"];

/// A role by its account and its name, without its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName {
    /// Twelve digits.
    pub account: String,
    /// The name.
    pub name: String,
}

/// What is advertised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// Seconds an MFA session may last.
    MfaLength,
    /// Seconds a session of a role may last.
    RoleLength(RoleName),
    /// Whether a role wants MFA.
    RoleMfa(RoleName),
    /// The alias of an account.
    Alias(String),
}

/// A value that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A length of time in seconds.
    Seconds(u32),
    /// Yes or no.
    Flag(bool),
    /// A name.
    Text(String),
}

impl RoleName {
    /// Reads the ARN of a role, `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let arn = Arn::parse(arn).filter(|arn| !arn.account.is_empty())?;
        Some(RoleName { account: arn.account.to_owned(), name: arn.name("role")?.to_owned() })
    }

    /// Reads an ARN or `ACCOUNT/NAME`.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Usage`] if it is neither, or if its name can't be part of a parameter's name.
    pub fn parse(text: &str) -> Result<Self> {
        let short = || {
            let (account, name) = text.split_once('/').filter(|(account, _)| is_account(account))?;
            (!name.is_empty() && !name.contains('/')).then(|| RoleName { account: account.into(), name: name.into() })
        };
        let role = RoleName::of_arn(text).or_else(short).ok_or_else(|| {
            Error::usage(format!("{text} is not a role"))
                .hint("give its ARN, or ACCOUNT/NAME as in 123456789012/admin, without its path")
        })?;
        if !role.can_be_stored() {
            return Err(Error::usage(format!("nothing can be advertised for {role}"))
                .cause("the Parameter Store takes only letters, digits and . - _ in a name"));
        }
        Ok(role)
    }

    /// Whether a [parameter's
    /// name](https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html#sysman-parameter-name-constraints)
    /// can have it in it: roles may have names with `+=,@`.
    fn can_be_stored(&self) -> bool {
        self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.name)
    }
}

impl Parameter {
    /// All that is known about a role, and the length of MFA sessions.
    pub fn about(role: Option<&RoleName>) -> Vec<Parameter> {
        let mut all = vec![Parameter::MfaLength];
        if let Some(role) = role.filter(|role| role.can_be_stored()) {
            all.push(Parameter::RoleLength(role.clone()));
            all.push(Parameter::RoleMfa(role.clone()));
            all.push(Parameter::Alias(role.account.clone()));
        }
        all
    }

    /// Its name in the Parameter Store.
    pub fn name(&self) -> String {
        match self {
            Parameter::MfaLength => "/unencrypted/mfa/session_length".into(),
            Parameter::RoleLength(role) => format!("/unencrypted/roles/{role}/session_length"),
            Parameter::RoleMfa(role) => format!("/unencrypted/roles/{role}/mfa_required"),
            Parameter::Alias(account) => format!("/unencrypted/roles/{account}/alias"),
        }
    }

    /// The parameter of that name; `None` for a name that awsx doesn't use.
    pub fn of_name(name: &str) -> Option<Self> {
        let found = match name.strip_prefix("/unencrypted/")?.split('/').collect::<Vec<_>>().as_slice() {
            ["mfa", "session_length"] => Parameter::MfaLength,
            ["roles", account, "alias"] => Parameter::Alias((*account).into()),
            ["roles", account, role, what @ ("session_length" | "mfa_required")] => {
                let role = RoleName { account: (*account).into(), name: (*role).into() };
                if *what == "session_length" { Parameter::RoleLength(role) } else { Parameter::RoleMfa(role) }
            }
            _ => return None,
        };
        Some(found)
    }

    /// Reads a stored value; `None` for one that awsx ignores because it can't be.
    pub fn value(&self, stored: &str) -> Option<Value> {
        let stored = stored.trim();
        match self {
            Parameter::MfaLength | Parameter::RoleLength(_) => {
                stored.parse().ok().filter(|seconds| self.kind().allows(*seconds)).map(Value::Seconds)
            }
            Parameter::RoleMfa(_) => stored.to_ascii_lowercase().parse().ok().map(Value::Flag),
            Parameter::Alias(_) => is_alias(stored).then(|| Value::Text(stored.into())),
        }
    }

    /// What an administrator gave, as it is stored.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] for a value that can't be.
    pub fn stored(&self, given: &str) -> Result<String> {
        match self {
            Parameter::MfaLength | Parameter::RoleLength(_) => {
                let seconds = parse_duration(given)?;
                self.kind().check(seconds, "the option")?;
                Ok(seconds.to_string())
            }
            Parameter::Alias(account) if !is_account(account) => {
                Err(Error::usage(format!("{account} is not an account ID")).hint("twelve digits, as in 123456789012"))
            }
            Parameter::Alias(_) if !is_alias(given) => Err(Error::config(format!("{given} is not an account alias"))
                .cause("an alias has 3 to 63 lower case letters, digits and hyphens")),
            Parameter::RoleMfa(_) | Parameter::Alias(_) => Ok(given.to_owned()),
        }
    }

    /// The sort of session whose length it is; that of MFA sessions for the others.
    fn kind(&self) -> SessionKind {
        if matches!(self, Parameter::RoleLength(_)) { SessionKind::Role } else { SessionKind::SessionToken }
    }

    /// Puts a new value into what is remembered of a profile of the account that advertises; `None` if there is none.
    pub fn remember(&self, value: Option<&Value>, state: &mut ProfileState) {
        let seconds = || if let Some(Value::Seconds(seconds)) = value { Some(*seconds) } else { None };
        let flag = || if let Some(Value::Flag(flag)) = value { Some(*flag) } else { None };
        let text = || if let Some(Value::Text(text)) = value { Some(text.clone()) } else { None };
        if *self == Parameter::MfaLength {
            state.mfa_session_length = seconds();
        }
        for (arn, known) in &mut state.roles {
            let Some(role) = RoleName::of_arn(arn) else { continue };
            match self {
                Parameter::RoleLength(this) if *this == role => known.session_length = seconds(),
                Parameter::RoleMfa(this) if *this == role => known.mfa_required = flag(),
                Parameter::Alias(account) if *account == role.account => known.alias = text(),
                _ => {}
            }
        }
    }

    /// What it is about, for a person.
    pub fn about_what(&self) -> String {
        match self {
            Parameter::MfaLength => "length of MFA sessions".into(),
            Parameter::RoleLength(role) => format!("length of sessions of {role}"),
            Parameter::RoleMfa(role) => format!("MFA for {role}"),
            Parameter::Alias(account) => format!("alias of {account}"),
        }
    }

    /// A stored value for a person.
    pub fn in_words(&self, stored: &str) -> String {
        match self.value(stored) {
            Some(Value::Seconds(seconds)) => show_duration(seconds),
            Some(Value::Flag(required)) => if required { "required" } else { "not required" }.into(),
            Some(Value::Text(alias)) => alias,
            None => format!("{stored} (ignored: {})", self.wants()),
        }
    }

    /// What a stored value has to be.
    fn wants(&self) -> String {
        match self {
            Parameter::MfaLength | Parameter::RoleLength(_) => format!("not {}", self.kind().in_seconds()),
            Parameter::RoleMfa(_) => "neither true nor false".into(),
            Parameter::Alias(_) => "no alias".into(),
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// [CreateAccountAlias](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html): 3 to 63 lower
/// case letters, digits and hyphens.
fn is_alias(text: &str) -> bool {
    (3..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::store::state::RoleState;

    fn role() -> RoleName {
        RoleName { account: "123456789012".into(), name: "ops".into() }
    }

    fn all() -> Vec<Parameter> {
        Parameter::about(Some(&role()))
    }

    #[test]
    fn names_lead_back_to_the_parameter() {
        assert_eq!(all().len(), 4);
        for parameter in all() {
            assert_eq!(Parameter::of_name(&parameter.name()), Some(parameter.clone()));
            assert!(FOLDERS.iter().any(|folder| parameter.name().starts_with(&format!("{folder}/"))));
        }
        for other in
            ["/unencrypted/mfa", "/unencrypted/roles/1/ops/other", "/unencrypted/roles/1/a/b/session_length", "/x", ""]
        {
            assert_eq!(Parameter::of_name(other), None, "{other}");
        }
    }

    #[test]
    fn a_role_is_an_arn_or_account_and_name() {
        for text in ["123456789012/ops", "arn:aws:iam::123456789012:role/team/ops"] {
            assert_eq!(RoleName::parse(text).unwrap(), role(), "{text}");
        }
        for text in ["ops", "12/ops", "123456789012/", "123456789012/team/ops", "arn:aws:iam::123456789012:user/ops"] {
            assert_eq!(RoleName::parse(text).unwrap_err().kind, ErrorKind::Usage, "{text}");
        }
        let odd = "arn:aws:iam::123456789012:role/a@b";
        assert!(RoleName::parse(odd).unwrap_err().cause.unwrap().contains("letters, digits"));
        // Asking for such a name would spoil the whole call.
        assert_eq!(Parameter::about(RoleName::of_arn(odd).as_ref()), [Parameter::MfaLength]);
    }

    #[test]
    fn only_what_can_be_is_stored() {
        let [mfa, length, required, alias] = all().try_into().unwrap();
        assert_eq!(mfa.stored("9h").unwrap(), "32400");
        assert_eq!(length.stored("5400").unwrap(), "5400");
        assert_eq!(required.stored("true").unwrap(), "true");
        assert_eq!(alias.stored("acme-prod").unwrap(), "acme-prod");
        for (parameter, text) in [(&mfa, "37h"), (&mfa, "1h30"), (&length, "13h"), (&length, "5m"), (&alias, "Acme")] {
            assert_eq!(parameter.stored(text).unwrap_err().kind, ErrorKind::Config, "{text}");
        }
        assert_eq!(Parameter::Alias("1".into()).stored("acme").unwrap_err().kind, ErrorKind::Usage);
    }

    #[test]
    fn in_words() {
        let [mfa, length, required, alias] = all().try_into().unwrap();
        assert_eq!(mfa.in_words("32400"), "9h");
        assert_eq!(length.in_words("9h"), "9h (ignored: not seconds from 900 to 43200)");
        assert_eq!(
            (required.in_words("TRUE"), required.in_words("no")),
            ("required".into(), "no (ignored: neither true nor false)".into())
        );
        assert_eq!(alias.in_words("acme"), "acme");
    }

    #[test]
    fn a_new_value_is_remembered_where_it_counts() {
        let arns = [
            "arn:aws:iam::123456789012:role/team/ops",
            "arn:aws:iam::123456789012:role/dev",
            "arn:aws:iam::210987654321:role/ops",
        ];
        let before = ProfileState {
            roles: arns.map(|arn| (arn.to_owned(), RoleState::default())).into(),
            ..ProfileState::default()
        };
        let after = |parameter: &Parameter, value: Option<&str>| {
            let mut state = before.clone();
            parameter.remember(value.and_then(|value| parameter.value(value)).as_ref(), &mut state);
            state
        };
        let [mfa, length, required, alias] = all().try_into().unwrap();
        assert_eq!(after(&mfa, Some("900")), ProfileState { mfa_session_length: Some(900), ..before.clone() });
        let lengths = after(&length, Some("900")).roles.into_values().map(|role| role.session_length);
        assert_eq!(lengths.collect::<Vec<_>>(), [None, Some(900), None]);
        let flags = after(&required, Some("true")).roles.into_values().map(|role| role.mfa_required);
        assert_eq!(flags.collect::<Vec<_>>(), [None, Some(true), None]);
        let aliases = after(&alias, Some("acme")).roles.into_values().map(|role| role.alias.is_some());
        assert_eq!(aliases.collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(after(&mfa, None), before);
    }
}
