//! The variable [`vars::AWSX_SESSION`]: which session an environment has, and a proof that awsx has set it.
//!
//! Anybody who starts awsx sets its variables. They can grant something (no question for `awsx_confirm`, say) only with
//! the right proof: a keyed hash over the profile, the access key ID and the options of the session. It also covers
//! the AI agent that the session is for: a proof made for a person doesn't count for an agent that is started inside. What
//! a person has agreed to holds until the end of the session, which stands there too.

use data_encoding::HEXLOWER;

use crate::app::App;
use crate::base::env::Env;
use crate::base::time::Timestamp;
use crate::base::vars;
use crate::plan::SessionKey;
use crate::session::Session;
use crate::store::keyed;

/// What the variable says.
pub struct Mark<'a> {
    /// The access key ID of the session.
    pub access_key_id: &'a str,
    /// The name it is cached under; `None` for long-lived keys.
    pub key: Option<SessionKey>,
    /// Its end in epoch seconds; empty where it has none, or gets new credentials without a new variable.
    end: &'a str,
    proof: &'a str,
}

impl<'a> Mark<'a> {
    /// Reads the variable of an environment.
    pub fn of(env: &'a Env) -> Option<Self> {
        let (access_key_id, rest) = env.get(vars::AWSX_SESSION)?.split_once(':')?;
        let (key, rest) = rest.split_once(':').unwrap_or((rest, ""));
        let (end, proof) = rest.split_once(':').unwrap_or(("", ""));
        let key = (!key.is_empty()).then(|| SessionKey(key.into()));
        Some(Mark { access_key_id, key, end, proof })
    }
}

/// The value of the variable for a session that was made with `args` ([`vars::AWSX_SESSION_ARGS`]). Without a sealing
/// key it has no proof.
pub fn text(app: &App, session: &Session, args: Option<&str>) -> Option<String> {
    let id = &session.credentials.access_key_id;
    let key = session.key.as_ref().map_or("", |key| &key.0);
    let end = session.credentials.expires.map(|end| end.0.to_string()).unwrap_or_default();
    let proof = prove(app, &session.profile, [id, key, &end], args).map(|proof| format!(":{end}:{proof}"));
    (!key.is_empty() || proof.is_some()).then(|| format!("{id}:{key}{}", proof.unwrap_or_default()))
}

/// The same for an environment without credentials, in which programs ask awsx for them.
pub fn without_credentials(app: &App, session: &Session, args: Option<&str>) -> Option<String> {
    prove(app, &session.profile, [""; 3], args).map(|proof| format!(":::{proof}"))
}

/// Proves that this command may use a profile, for the calls of awsx that it leaves to others. The sealing key is made if
/// there is none (`--no-cache`): without a proof a person would be asked each time.
pub fn admission(app: &App, profile: &str) -> Option<String> {
    app.sealing.key()?;
    prove_that(app, "admission", &[profile])
}

/// Whether an AI agent runs this with credentials that this environment has from a session made for somebody else. Where
/// awsx is asked each time (`--via process`, `--via shims`), an agent gets its own.
pub fn is_of_another(app: &App) -> bool {
    let asks = matches!(app.env.get(vars::AWSX_VIA), Some("process" | "shims"));
    app.agent().is_some() && app.env.get(vars::AWSX_PROFILE).is_some() && !asks && !is_proven(app)
}

/// Whether this environment is that of a session which awsx has made, of this profile and with these options.
pub fn is_proven(app: &App) -> bool {
    let Some(mark) = Mark::of(&app.env).filter(|mark| !mark.proof.is_empty()) else { return false };
    let Some(profile) = app.env.get(vars::AWSX_PROFILE) else { return false };
    let key = mark.key.as_ref().map_or("", |key| &key.0);
    let args = app.env.get(vars::AWSX_SESSION_ARGS);
    app.env.get(vars::AWS_ACCESS_KEY_ID).unwrap_or_default() == mark.access_key_id
        && prove(app, profile, [mark.access_key_id, key, mark.end], args).as_deref() == Some(mark.proof)
}

/// Whether the end of the session that an environment has is still to come, by its variable, which anybody can write: see
/// [`is_proven`].
pub fn lasts(app: &App) -> bool {
    let end = Mark::of(&app.env).map_or("0", |mark| mark.end);
    end.is_empty() || end.parse().is_ok_and(|end| app.clock.now() < Timestamp(end))
}

fn prove(app: &App, profile: &str, [id, key, end]: [&str; 3], args: Option<&str>) -> Option<String> {
    prove_that(app, "awsx session", &[profile, id, key, end, args.unwrap_or_default()])
}

fn prove_that(app: &App, what: &str, parts: &[&str]) -> Option<String> {
    let agent = app.agent().map(|agent| agent.name.as_str());
    let parts: Vec<&str> = parts.iter().copied().chain(agent).collect();
    keyed::hash(&app.sealing.existing()?, what, &parts).map(|hash| HEXLOWER.encode(&hash))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::base::secret::{Credentials, Secret};
    use crate::testkit::Kit;

    /// `ASIA1` of `prod`.
    pub(crate) fn session() -> Session {
        Session {
            profile: "prod".into(),
            credentials: Credentials {
                access_key_id: "ASIA1".into(),
                secret_access_key: Secret::new("s".into()),
                session_token: None,
                expires: None,
            },
            account: None,
            arn: None,
            key: Some(SessionKey("d1".into())),
            cached: false,
            margin: 300,
        }
    }

    #[test]
    fn a_command_is_admitted_also_before_anything_was_sealed() {
        let kit = Kit::new();
        let admission = super::admission(&kit.app, "prod").unwrap();
        assert_eq!(super::admission(&kit.app, "prod"), Some(admission.clone()));
        assert_ne!(super::admission(&kit.app, "root"), Some(admission));
    }

    #[test]
    fn a_proof_is_of_one_session_and_its_options() {
        let session = session();
        let kit = Kit::new();
        kit.app.sealing.key().unwrap();
        let mark = text(&kit.app, &session, Some("{}")).unwrap();
        assert!(mark.starts_with("ASIA1:d1::") && mark.len() == 10 + 64, "{mark}");
        let true_one = [
            (vars::AWSX_SESSION, mark.as_str()),
            (vars::AWSX_PROFILE, "prod"),
            (vars::AWS_ACCESS_KEY_ID, "ASIA1"),
            (vars::AWSX_SESSION_ARGS, "{}"),
        ];
        let proven = |changed: Option<(&str, &str)>| {
            let mut variables = true_one.to_vec();
            if let Some((name, value)) = changed {
                variables.retain(|(known, _)| *known != name);
                variables.push((name, value));
            }
            let kit = Kit::with_env(&variables);
            kit.app.sealing.key().unwrap();
            is_proven(&kit.app)
        };
        assert!(proven(None));
        for changed in [
            (vars::AWSX_SESSION, "ASIA1:d1"),
            (vars::AWSX_SESSION, "ASIA1:d1:"),
            (vars::AWSX_SESSION, "ASIA1:d1::"),
            (vars::AWSX_SESSION, &mark.replace("d1::", "d1:1:")),
            (vars::AWSX_SESSION, &mark.replace("d1", "d2")),
            (vars::AWSX_PROFILE, "root"),
            (vars::AWS_ACCESS_KEY_ID, "ASIA2"),
            (vars::AWSX_SESSION_ARGS, r#"{"no_session":true}"#),
            (vars::AWSX_SESSION_ARGS, ""),
        ] {
            assert!(!proven(Some(changed)), "{changed:?}");
        }
    }
}
