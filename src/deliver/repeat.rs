//! The options of a session, which its renewal has to repeat: a session that may only read must not become one that may
//! do anything. They are the value of [`vars::AWSX_SESSION_ARGS`], and stand in the `credential_process` lines of
//! `--via process`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::base::error::{Error, Result};
use crate::base::saved_env::SavedEnv;
use crate::base::time::parse_duration;
use crate::base::vars;
use crate::cli::{Global, SessionArgs};
use crate::plan::Request;
use crate::select::options::MIN_TTL;
use crate::session::mark;

/// The options, each under the name that it has on the command line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Repeat {
    /// The keychain, if one was named for this session.
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_ttl: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    no_session: bool,
    #[serde(skip_serializing_if = "is_false")]
    no_cache: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy_arn: Vec<String>,
    /// The document itself. A file name would let somebody else change what is in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_document: Option<Value>,
    #[serde(skip_serializing_if = "is_false")]
    readonly: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_name: Option<String>,
}

impl Repeat {
    /// The options that make this request again. An AI agent's rule to only read is among them: it holds even where the
    /// renewal sees nothing of the agent.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] for a policy that is no JSON.
    pub fn of(app: &App, args: &SessionArgs, request: &Request) -> Result<Self> {
        let policy = request.policy.as_deref();
        let for_reading = request.agent.as_ref().is_some_and(|agent| agent.read_only.is_some());
        Ok(Repeat {
            backend: backend(app),
            duration: args.duration.clone(),
            mfa_serial: args.mfa_serial.clone(),
            min_ttl: args.min_ttl.clone(),
            no_session: args.no_session,
            no_cache: args.no_cache,
            policy_arn: if for_reading { Vec::new() } else { args.policy_arn.clone() },
            policy_document: policy.map(serde_json::from_str).transpose().map_err(failed)?,
            readonly: args.readonly || for_reading,
            session_name: args.session_name.clone(),
        })
    }

    /// As one word for a variable; `None` if there is nothing to repeat.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if they can't be written down.
    pub fn text(&self) -> Result<Option<String>> {
        let some = *self != Repeat::default();
        some.then(|| serde_json::to_string(self)).transpose().map_err(failed)
    }

    /// As words of a command line.
    ///
    /// # Errors
    /// As [`Repeat::text`].
    pub fn words(&self) -> Result<Vec<String>> {
        let Value::Object(options) = serde_json::to_value(self).map_err(failed)? else { return Ok(Vec::new()) };
        let mut words = Vec::new();
        for (name, value) in options {
            let name = format!("--{}", name.replace('_', "-"));
            match value {
                Value::Bool(_) => words.push(name),
                Value::String(text) => words.push(format!("{name}={text}")),
                Value::Array(all) => {
                    words.extend(all.iter().filter_map(Value::as_str).map(|one| format!("{name}={one}")));
                }
                document => words.push(format!("{name}={document}")),
            }
        }
        Ok(words)
    }

    /// What can only narrow a session or cost a code, and the keychain.
    fn narrowing(self) -> Self {
        Repeat {
            backend: self.backend,
            no_cache: self.no_cache,
            policy_arn: self.policy_arn,
            policy_document: self.policy_document,
            readonly: self.readonly,
            ..Repeat::default()
        }
    }

    /// These options under those given now.
    fn under(self, now: &SessionArgs) -> SessionArgs {
        let policies = now.policy.is_some() || now.readonly || !now.policy_arn.is_empty();
        let document = self.policy_document.map(|document| document.to_string());
        SessionArgs {
            duration: now.duration.clone().or(self.duration),
            mfa_serial: now.mfa_serial.clone().or(self.mfa_serial),
            min_ttl: now.min_ttl.clone().or(self.min_ttl),
            no_session: now.no_session || self.no_session,
            no_cache: now.no_cache || self.no_cache,
            policy_arn: if policies { now.policy_arn.clone() } else { self.policy_arn },
            policy_document: if policies { None } else { document },
            readonly: now.readonly || (!policies && self.readonly),
            session_name: now.session_name.clone().or(self.session_name),
            ..now.clone()
        }
    }
}

fn failed(error: serde_json::Error) -> Error {
    Error::failed("the options of this session can't be passed on").cause(error)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_false(flag: &bool) -> bool {
    !flag
}

/// The options of a renewal of this environment's session: those it was made with, under those given now. Of options
/// that awsx has not provably set only those count that narrow a session: anybody may have put them there.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the variable is not what awsx would put there.
pub fn repeated(app: &App, now: &SessionArgs) -> Result<SessionArgs> {
    let Some(text) = app.env.get(vars::AWSX_SESSION_ARGS) else { return Ok(now.clone()) };
    let then = read(text)?;
    Ok(if mark::is_proven(app) { then.under(now) } else { then.narrowing().under(now) })
}

/// The larger of what `--min-ttl` and the shims ask for, in seconds.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for what is no duration.
pub fn min_ttl(app: &App, args: &SessionArgs) -> Result<u32> {
    let asked = args.min_ttl.as_deref().or_else(|| app.env.get(vars::AWSX_MIN_TTL));
    let asked = asked.map_or(Ok(MIN_TTL), parse_duration)?;
    let margin = app.env.get(vars::AWSX_REFRESH_MARGIN).map_or(Ok(MIN_TTL), parse_duration)?;
    Ok(asked.max(margin))
}

/// The keychain that was named for this session: by `--backend`, or by that of a session around it.
pub fn backend(app: &App) -> Option<String> {
    let around = || SavedEnv::of(&app.env).before(vars::AWSX_BACKEND).and(app.env.get(vars::AWSX_BACKEND));
    app.global.backend.as_deref().or_else(around).map(str::to_owned)
}

/// A session like an earlier one of this shell, whose [`vars::AWSX_SESSION_ARGS`] were `then`: its options are what
/// narrowed that one, under those given now. Its keychain is that of that one and not of the session around, unless one is
/// given now; the app has it.
///
/// # Errors
/// As [`repeated`].
pub fn like_before(app: &App, then: Option<&str>, now: &SessionArgs) -> Result<(App, SessionArgs)> {
    let then = then.map_or_else(|| Ok(Repeat::default()), read)?.narrowing();
    let own = SavedEnv::of(&app.env).own(&app.env, vars::AWSX_BACKEND).map(str::to_owned);
    let backend = app.global.backend.clone().or_else(|| then.backend.clone());
    let global = Global { backend, ..app.global.clone() };
    Ok(((app.make)(app.env.with(vars::AWSX_BACKEND, own.as_deref()), global), then.under(now)))
}

fn read(text: &str) -> Result<Repeat> {
    serde_json::from_str(text).map_err(|e| {
        Error::config(format!("{} is not what awsx has set", vars::AWSX_SESSION_ARGS))
            .cause(e)
            .hint("leave this session and start a new one")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Verb};
    use crate::testkit::Kit;

    /// Options as they come back in an environment, with the proof that awsx gives or without.
    fn back(text: &str, proven: bool) -> Result<SessionArgs> {
        let session = mark::tests::session();
        let kit = Kit::new();
        kit.app.sealing.key().unwrap();
        let mark = mark::text(&kit.app, &session, Some(text).filter(|_| proven)).unwrap();
        let kit = Kit::with_env(&[
            (vars::AWSX_SESSION_ARGS, text),
            (vars::AWSX_SESSION, &mark),
            (vars::AWSX_PROFILE, "prod"),
            (vars::AWS_ACCESS_KEY_ID, "ASIA1"),
        ]);
        kit.app.sealing.key().unwrap();
        repeated(&kit.app, &SessionArgs { duration: Some("1h".into()), ..SessionArgs::default() })
    }

    #[test]
    fn a_renewal_repeats_what_shapes_the_session() {
        let args = SessionArgs {
            duration: Some("2h".into()),
            code: Some("123456".into()),
            policy: Some("/p.json".into()),
            readonly: true,
            region: Some("eu-west-1".into()),
            session_name: Some("me".into()),
            no_session: true,
            ..SessionArgs::default()
        };
        let request = Request { policy: Some(r#"{"Version":"2012-10-17"}"#.into()), ..Request::default() };
        let kit = Kit::new();
        let repeat = Repeat::of(&kit.app, &args, &request).unwrap();
        let text = repeat.text().unwrap().unwrap();
        assert_eq!(
            text,
            r#"{"duration":"2h","no_session":true,"policy_document":{"Version":"2012-10-17"},"readonly":true,"session_name":"me"}"#
        );
        // The same as a command line reads it.
        let words = [vec!["awsx".into(), "credential-process".into()], repeat.words().unwrap()].concat();
        let words: Vec<std::ffi::OsString> = words.into_iter().map(Into::into).collect();
        let Some(Verb::CredentialProcess(read)) = Cli::read(&words).unwrap().verb else { panic!("{words:?}") };
        let request = Request { policy: read.session.policy_document.clone(), ..Request::default() };
        assert_eq!(Repeat::of(&kit.app, &read.session, &request).unwrap(), repeat);
        let again = back(&text, true).unwrap();
        assert_eq!((again.duration.as_deref(), again.session_name.as_deref()), (Some("1h"), Some("me")));
        assert!(again.readonly && again.no_session && again.code.is_none() && again.region.is_none());
        assert_eq!(again.policy_document.as_deref(), Some(r#"{"Version":"2012-10-17"}"#));
        assert_eq!(Repeat::of(&kit.app, &SessionArgs::default(), &Request::default()).unwrap().text().unwrap(), None);
    }

    #[test]
    fn what_nobody_can_prove_only_narrows() {
        let again = back(
            r#"{"duration":"36h","mfa_serial":"x","no_session":true,"no_cache":true,"policy_arn":["a"],
                "policy_document":{},"readonly":true,"session_name":"root"}"#,
            false,
        )
        .unwrap();
        assert!(again.readonly && again.no_cache && again.policy_arn == ["a"]);
        assert_eq!(again.policy_document.as_deref(), Some("{}"));
        assert!(!again.no_session && again.session_name.is_none() && again.mfa_serial.is_none());
        assert_eq!(again.duration.as_deref(), Some("1h"));
        for text in [r#"{"policy":"/etc/passwd"}"#, "x"] {
            assert!(back(text, true).unwrap_err().what.contains(vars::AWSX_SESSION_ARGS), "{text}");
        }
    }
}
