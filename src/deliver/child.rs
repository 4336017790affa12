//! From the arguments of a verb to what its child gets: the steps that `exec`, `shell`, `use`, `refresh` and `aws` share.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::deliver::session_env::{ChildEnv, Settings, child_env};
use crate::profile::Profiles;
use crate::select::request;
use crate::session;

/// Gets a session as the arguments ask for it: the child's environment.
///
/// # Errors
/// Any kind.
pub fn child(app: &App, profiles: &Profiles, profile: Option<&str>, args: &SessionArgs) -> Result<ChildEnv> {
    let request = request::from_args(app, profiles, profile, args)?;
    let session = session::obtain(app, profiles, &request)?;
    let settings = Settings::of(profiles, &session.profile, args.region.as_deref());
    if !session.credentials.is_session() {
        app.prompter.warn(&format!(
            "what the child gets for {} are long-lived keys, not a session: they don't expire",
            session.profile
        ));
    }
    Ok(child_env(&session, &settings, remember(args)?, &app.env))
}

/// The options that a session was made with, as far as its renewal must repeat them: a session that may only read must
/// not be renewed to one that may do anything.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_serial: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    no_session: bool,
    #[serde(skip_serializing_if = "is_false")]
    no_cache: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy_arn: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PathBuf>,
    #[serde(skip_serializing_if = "is_false")]
    readonly: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_name: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The value of [`vars::AWSX_SESSION_ARGS`] for a session made with these options; `None` if there is nothing to repeat.
fn remember(args: &SessionArgs) -> Result<Option<String>> {
    let policy = args.policy.as_ref().map(std::path::absolute).transpose();
    let remembered = Remembered {
        duration: args.duration.clone(),
        mfa_serial: args.mfa_serial.clone(),
        no_session: args.no_session,
        no_cache: args.no_cache,
        policy_arn: args.policy_arn.clone(),
        policy: policy.map_err(|e| Error::failed("the folder of --policy is not known").cause(e))?,
        readonly: args.readonly,
        session_name: args.session_name.clone(),
    };
    if remembered == Remembered::default() {
        return Ok(None);
    }
    let json = serde_json::to_string(&remembered);
    json.map(Some).map_err(|e| Error::failed("the options of this session can't be passed on").cause(e))
}

/// The options of a renewal of this environment's session: those it was made with, under those given now.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the variable is not what awsx has put there.
pub fn repeated(app: &App, now: &SessionArgs) -> Result<SessionArgs> {
    let Some(text) = app.env.get(vars::AWSX_SESSION_ARGS) else { return Ok(now.clone()) };
    let then: Remembered = serde_json::from_str(text).map_err(|e| {
        Error::config(format!("{} is not what awsx has set", vars::AWSX_SESSION_ARGS))
            .cause(e)
            .hint("leave this session and start a new one")
    })?;
    let policies = now.policy.is_some() || now.readonly || !now.policy_arn.is_empty();
    Ok(SessionArgs {
        duration: now.duration.clone().or(then.duration),
        mfa_serial: now.mfa_serial.clone().or(then.mfa_serial),
        no_session: now.no_session || then.no_session,
        no_cache: now.no_cache || then.no_cache,
        policy_arn: if policies { now.policy_arn.clone() } else { then.policy_arn },
        policy: if policies { now.policy.clone() } else { then.policy },
        readonly: now.readonly || (!policies && then.readonly),
        session_name: now.session_name.clone().or(then.session_name),
        ..now.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Kit;

    #[test]
    fn a_renewal_repeats_what_shapes_the_session() {
        let args = SessionArgs {
            duration: Some("2h".into()),
            code: Some("123456".into()),
            policy: Some("/p.json".into()),
            readonly: true,
            region: Some("eu-west-1".into()),
            ..SessionArgs::default()
        };
        let text = remember(&args).unwrap().unwrap();
        assert_eq!(text, r#"{"duration":"2h","policy":"/p.json","readonly":true}"#);
        let kit = Kit::with_env(&[(vars::AWSX_SESSION_ARGS, &text)]);
        let again = repeated(&kit.app, &SessionArgs { duration: Some("1h".into()), ..SessionArgs::default() }).unwrap();
        assert_eq!(again.duration.as_deref(), Some("1h"));
        assert!(again.readonly && again.policy.is_some() && again.code.is_none() && again.region.is_none());
        assert_eq!(remember(&SessionArgs::default()).unwrap(), None);
    }
}
