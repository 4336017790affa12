//! What the errors of a sign-in to IAM Identity Center mean
//! ([CreateToken](https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors)).

use super::Center;
use crate::aws::errors::{self, Context, one_line};
use crate::base::error::{Error, ErrorKind};
use crate::ports::{CallError, Endpoint, Fault};

/// The code of a refusal by AWS; empty for every other failure.
pub fn code(error: &CallError) -> &str {
    match &error.fault {
        Fault::Service { code, .. } => code,
        _ => "",
    }
}

/// Whether a call to the portal failed because the sign-in has ended: somebody has logged out, or an administrator has
/// ended it.
pub fn is_over(error: &CallError) -> bool {
    code(error) == "UnauthorizedException"
}

impl Center<'_> {
    /// A failed call of the sign-in, for a person.
    pub(super) fn explain(&self, error: &CallError) -> Error {
        let to = self.of.name();
        let explained = self.explain_at(error, &self.of.oidc);
        let settings = match (&self.unwritten, &self.of.session) {
            (Some(_), _) => "--start-url and --sso-region".to_owned(),
            (None, Some(name)) => {
                format!("sso_start_url, sso_region and sso_registration_scopes of [sso-session {name}]")
            }
            (None, None) => {
                format!("sso_start_url, sso_region and sso_registration_scopes of [profile {}]", self.profile)
            }
        };
        let (kind, what, hint) = match (code(error), error.action) {
            ("AccessDeniedException", _) => (
                ErrorKind::Input,
                format!("the sign-in to {to} was denied in the browser"),
                "sign in again and allow it".into(),
            ),
            ("ExpiredTokenException", _) => (
                ErrorKind::Input,
                format!("the code of the sign-in to {to} has expired"),
                format!("`{}` shows another one", self.command()),
            ),
            ("InvalidGrantException", _) => (
                ErrorKind::Refused,
                format!("Identity Center does not take the code of the sign-in to {to}"),
                "it is good for a short time and for one use; sign in again".into(),
            ),
            ("InvalidClientException", _) => (
                ErrorKind::Refused,
                format!("this machine is not registered at {to} any more"),
                "sign in again: it is registered anew".into(),
            ),
            ("UnauthorizedClientException" | "UnsupportedGrantTypeException", _) => (
                ErrorKind::Refused,
                format!("{to} does not allow this kind of sign-in"),
                "an administrator may have turned it off; try with --device-code, or without it".into(),
            ),
            (
                "InvalidClientMetadataException"
                | "InvalidRedirectUriException"
                | "InvalidScopeException"
                | "InvalidRequestException"
                | "InvalidRequestRegionException"
                | "AccessDenied",
                "sso-oidc:RegisterClient" | "sso-oidc:StartDeviceAuthorization",
            ) => (
                ErrorKind::Refused,
                format!("Identity Center refused to register this machine for {to}"),
                format!("check {settings}"),
            ),
            _ => return explained,
        };
        Error { kind, what, hint: Some(hint), ..explained }
    }

    /// A failed call, in the words for all of AWS's services.
    pub(super) fn explain_at(&self, error: &CallError, at: &Endpoint) -> Error {
        let context = Context { profile: Some(self.profile), now: Some(self.app.clock.now()), ..Context::default() };
        errors::explain(error, &context.at(at))
    }

    /// The error where a person has to sign in and can't be asked.
    pub(super) fn nobody(&self, cause: &str) -> Error {
        let over = if self.void.borrow().is_empty() { "" } else { "the sign-in is over, or was ended elsewhere; " };
        let to = self.of.name();
        let what = match self.profile {
            profile if profile == to => format!("a sign-in to {to} in the browser is needed"),
            profile => format!("{profile} needs a sign-in to {to} in the browser"),
        };
        Error::input(what).cause(format!("{over}{}", one_line(cause))).hint(match &self.unwritten {
            Some(command) => format!("on a terminal, or with --device-code: {command}"),
            None => self.command(),
        })
    }

    /// The command that signs in.
    pub(super) fn command(&self) -> String {
        self.unwritten.clone().unwrap_or_else(|| format!("awsx login {}", self.profile))
    }
}
