//! `awsx whoami`: whose credentials these are, as AWS sees it.

use serde_json::json;

use crate::app::App;
use crate::aws::arn::Arn;
use crate::aws::errors::{self, Context};
use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::output;
use crate::base::secret::{Credentials, Secret};
use crate::base::vars;
use crate::cli;
use crate::plan::endpoint::endpoint;
use crate::ports::{Caller, Identity};
use crate::profile::{Profile, Profiles};
use crate::select::listing;
use crate::select::request;
use crate::select::selection;
use crate::session;
use crate::session::knowledge::Knowledge;

/// Runs `awsx whoami`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Whoami) -> Result<u8> {
    let found = find(app, args)?;
    if args.json {
        let Found { profile, who: Identity { account, arn, user_id }, alias } = found;
        let answer = json!({"profile": profile, "account": account, "alias": alias, "arn": arn, "user_id": user_id});
        output::json(&answer)?;
    } else {
        output::lines(table(&found.who, found.alias.as_deref()))?;
    }
    Ok(0)
}

struct Found {
    profile: Option<String>,
    who: Identity,
    alias: Option<String>,
}

fn find(app: &App, args: &cli::Whoami) -> Result<Found> {
    let profiles = Profiles::load(&app.env)?;
    let around = args.profile.is_none().then(|| in_environment(&app.env)).flatten();
    let (profile, credentials) = if let Some(credentials) = around {
        (app.env.get(vars::AWSX_PROFILE).map(ToOwned::to_owned), credentials)
    } else {
        let request = request::from_args(app, &profiles, args.profile.as_deref(), &args.session)?;
        let session = session::obtain(app, &profiles, &request)?;
        (Some(session.profile), session.credentials)
    };
    let (who, alias) = ask(app, &profiles, profile.as_deref(), &credentials)?;
    Ok(Found { profile, who, alias })
}

/// The credentials of this environment.
fn in_environment(env: &Env) -> Option<Credentials> {
    let secret = |name| env.get(name).map(|text| Secret::new(text.to_owned()));
    Some(Credentials {
        session_token: secret(vars::AWS_SESSION_TOKEN),
        ..Credentials::key_pair(env.get(vars::AWS_ACCESS_KEY_ID)?, secret(vars::AWS_SECRET_ACCESS_KEY)?)
    })
}

/// Who it is, and the alias of the account where that may be seen.
fn ask(
    app: &App,
    profiles: &Profiles,
    name: Option<&str>,
    credentials: &Credentials,
) -> Result<(Identity, Option<String>)> {
    // Credentials without a profile go to the endpoint that the AWS CLI would use.
    let place = name.unwrap_or_else(|| selection::around(&app.env));
    let profile = profiles.get(place).unwrap_or_else(|| Profile::bare(place));
    let at = |service| endpoint(&app.env, profiles, &profile, service, None);
    let sts = at("sts")?;
    let who = app.sts.get_caller_identity(Caller::new(credentials, &sts)).map_err(|error| {
        let now = Some(app.clock.now());
        let context =
            Context { profile: name, session: credentials.is_session(), mfa: true, now, ..Context::default() };
        errors::explain(&error, &context.at(&sts))
    })?;
    let alias = app.iam.account_alias(Caller::new(credentials, &at("iam")?)).unwrap_or_else(|error| {
        app.debug(|| format!("no account alias: {}", errors::explain(&error, &Context::default()).what));
        None
    });
    let alias = alias.or_else(|| advertised_alias(app, profiles, &profile));
    Ok((who, alias))
}

/// The advertised alias of a role's account: the role itself often may not list it.
fn advertised_alias(app: &App, profiles: &Profiles, profile: &Profile) -> Option<String> {
    let knowledge = Knowledge::new(app, None);
    let chain = profiles.chain(&profile.name, |name| knowledge.state(name).access_key_id.is_some()).ok()?;
    listing::alias(&knowledge.state(&chain.first()?.profile.name), profile)
}

fn table(who: &Identity, alias: Option<&str>) -> [String; 5] {
    let Identity { account, arn, user_id } = who;
    let alias = alias.unwrap_or("-");
    let user = user(arn);
    [("account", account.as_str()), ("alias", alias), ("user", &user), ("arn", arn), ("id", user_id)]
        .map(|(name, value)| format!("{name:<9}{value}"))
}

/// The last words of the ARN: the user without its path, `role (session)`, or `root`.
fn user(arn: &str) -> String {
    let resource = Arn::parse(arn).map_or(arn, |arn| arn.resource);
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, session] => format!("{role} ({session})"),
        [.., name] => (*name).to_owned(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::ErrorKind;
    use crate::ports::Fault;
    use crate::store::state::{self, ProfileState};
    use crate::testkit::{Kit, StsCall, access_denied};

    const INSIDE: [(&str, &str); 4] = [
        ("AWS_ACCESS_KEY_ID", "ASIAINSIDE"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_SESSION_TOKEN", "t"),
        ("AWSX_PROFILE", "prod"),
    ];

    fn alice() -> Identity {
        Identity {
            account: "123456789012".into(),
            arn: "arn:aws:iam::123456789012:user/team/alice".into(),
            user_id: "AIDA".into(),
        }
    }

    fn nobody_named() -> cli::Whoami {
        cli::Whoami { profile: None, session: cli::SessionArgs::default(), json: false }
    }

    #[test]
    fn the_environment_speaks_for_itself() {
        let kit = Kit::with_env(&INSIDE);
        kit.config("[profile prod]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:1\n");
        let found = find(&kit.app, &nobody_named()).unwrap();
        assert_eq!((found.profile.as_deref(), found.who.account.as_str()), (Some("prod"), "123456789012"));
        let calls = kit.sts.on.calls();
        let [StsCall::GetCallerIdentity { with, at }] = calls.as_slice() else { panic!("{calls:?}") };
        assert_eq!(with, "ASIAINSIDE");
        assert_eq!((at.region.as_str(), at.url.as_deref()), ("eu-west-1", Some("http://127.0.0.1:1")));
    }

    #[test]
    fn the_alias_is_shown_where_it_may_be_seen() {
        let kit = Kit::with_env(&INSIDE);
        let alias = || find(&kit.app, &nobody_named()).unwrap().alias;
        kit.iam.state.lock().unwrap().alias = Some("acme".into());
        assert_eq!(alias().as_deref(), Some("acme"));
        kit.iam.on.fail_next(access_denied("no"));
        assert_eq!(alias(), None);
        // Where it is advertised for the account of the role, a role that may not see it has it too.
        let arn = "arn:aws:iam::123456789012:role/ops";
        kit.config(&format!("[profile base]\n[profile prod]\nrole_arn = {arn}\nsource_profile = base\n"));
        let known = |s: &mut ProfileState| {
            s.set_key("AKIATESTTESTTESTTEST");
            s.roles.entry(arn.into()).or_default().alias = Some("acme-ops".into());
        };
        state::update(&kit.app.state_dir().unwrap(), "base", known).unwrap();
        kit.iam.on.fail_next(access_denied("no"));
        assert_eq!(alias().as_deref(), Some("acme-ops"));
    }

    #[test]
    fn an_expired_environment_says_so() {
        let kit = Kit::with_env(&INSIDE);
        let message = "The security token included in the request is expired".into();
        kit.sts.on.fail_next(Fault::Service { code: "ExpiredToken".into(), message, status: 403, server_time: None });
        let Err(error) = find(&kit.app, &nobody_named()) else { panic!("it has expired") };
        assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Refused, "the session has expired"));
        assert!(error.hint.is_some_and(|hint| hint.contains("awsx-refresh")));
    }

    #[test]
    fn shown_to_a_person() {
        assert_eq!(
            table(&alice(), Some("acme")),
            [
                "account  123456789012",
                "alias    acme",
                "user     alice",
                "arn      arn:aws:iam::123456789012:user/team/alice",
                "id       AIDA"
            ]
        );
        assert_eq!(table(&alice(), None)[1], "alias    -");
        assert_eq!(user("arn:aws:sts::123456789012:assumed-role/ops/alice"), "ops (alice)");
        assert_eq!(user("arn:aws:iam::123456789012:root"), "root");
        assert_eq!(user("arn:aws:sts::123456789012:federated-user/bob"), "bob");
    }
}
