//! `awsx console`: signs a browser in to the web console.

use std::time::Duration;

use serde::Deserialize;

use crate::app::App;
use crate::aws::arn::Arn;
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::output;
use crate::base::secret::{Credentials, Secret};
use crate::cli;
use crate::deliver::console::{Site, token_request};
use crate::deliver::redirect::{Outcome, Redirect};
use crate::plan::endpoint::endpoint;
use crate::plan::{Action, Inputs, Request, Source, plan};
use crate::ports::{CallError, Endpoint, Fault, HttpRequest};
use crate::profile::{Profile, Profiles};
use crate::select::request;
use crate::select::selection::Selection;
use crate::session;
use crate::session::knowledge::Knowledge;
use crate::signin::browser::Browser;
use crate::store::state;

/// How long the federation endpoint may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How long the browser may take to come: it may have to be started.
const BROWSER_LIMIT: Duration = Duration::from_mins(1);
/// How long a console session of a user's keys lasts when nobody says otherwise: the longest of the console.
const LONGEST: u32 = 12 * 3600;

/// Runs `awsx console`; the exit status.
///
/// # Errors
/// As the table in [`crate::base::error`] says.
pub fn run(app: &App, args: &cli::Console) -> Result<u8> {
    let profiles = Selection::of(&app.env, args.profile.as_deref()).profiles(&app.env)?;
    let request = request::from_args(app, &profiles, args.profile.as_deref(), &args.session)?;
    let profile = profiles.get(&request.profile).unwrap_or_else(|| Profile::bare(&request.profile));
    let at = endpoint(&app.env, &profiles, &profile, "signin", args.session.region.as_deref())?;
    let site = Site::of(&at.region, at.url.as_deref())?;
    let destination = site.destination(args.service.as_deref(), args.path.as_deref());
    // Before anything is asked for.
    let browser = if args.stdout {
        None
    } else if args.isolated {
        let file = state::file_name(&request.profile);
        let folder = app.data_dir()?.join("browser").join(file.trim_end_matches(".json"));
        Some(Browser::isolated(&app.env, &folder)?)
    } else {
        Some(Browser::of_person(&app.env)?)
    };
    let credentials = credentials(app, &profiles, &request)?;
    let login = site.login(&sign_in_token(app, &site, &at, &credentials)?, &destination);
    match browser {
        None => {
            output::text(login.expose())?;
            output::text("\n")?;
        }
        Some(browser) => {
            let url = if args.keep_sessions { login } else { site.sign_out_first(&login) };
            open(app, &browser, &url)?;
            app.prompter.say(&format!("the console of {} is in the browser", request.profile));
        }
    }
    Ok(0)
}

/// Credentials that the federation endpoint takes: a role's, else a federated session of the user.
fn credentials(app: &App, profiles: &Profiles, request: &Request) -> Result<Credentials> {
    let knowledge = Knowledge::new(app, None);
    let plan = plan(&Inputs { profiles, env: &app.env, request, known: &knowledge })?;
    let of_user = match plan.steps.last().map(|step| &step.action) {
        None | Some(Action::Keychain | Action::SessionToken) => true,
        // A session in the credentials file may be that of a role.
        Some(Action::Plaintext) => {
            let keys = profiles.get(&plan.base).and_then(|profile| profile.static_keys());
            keys.is_none_or(|keys| !keys.is_session())
        }
        Some(Action::Source(source)) => {
            check_login(source)?;
            false
        }
        Some(_) => false,
    };
    if !of_user {
        return Ok(session::obtain(app, profiles, request)?.credentials);
    }
    if request.policy.is_some() || !request.policy_arns.is_empty() {
        return Err(Error::config("a session policy needs a role").hint("use a profile with role_arn"));
    }
    app.prompter.warn(
        "a console session from a user's keys has no MFA, so policies that require MFA refuse nearly everything; use a profile with a role",
    );
    let asked = request.duration.as_ref().or(request.default_duration.as_ref());
    let seconds = asked.map_or(LONGEST, |asked| asked.seconds).min(LONGEST);
    session::agents::tell(app, request);
    session::federated(app, profiles, &request.profile, &plan.base, seconds)
}

/// Refuses the session of a console login of a user: the federation endpoint takes none. That of a role that somebody has
/// signed in to the console with is taken.
fn check_login(source: &Source) -> Result<()> {
    match source {
        Source::Login(login) if Arn::parse(&login.session).is_none_or(|arn| arn.service != "sts") => {
            Err(Error::config("the web console takes no session of a console login of a user")
                .cause("AWS signs a browser in with the session of a role or of a federated user alone")
                .hint("use a profile with a role over it; the browser that signed in is in the console already"))
        }
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    signin_token: String,
}

/// Exchanges a session for a sign-in token, which is good for 15 minutes.
fn sign_in_token(app: &App, site: &Site, at: &Endpoint, credentials: &Credentials) -> Result<Secret> {
    app.debug(|| format!("asking {} for a sign-in token", site.federation()));
    let form = token_request(credentials);
    let url = site.federation();
    let headers = [("content-type", Secret::new("application/x-www-form-urlencoded".into()))];
    let request = HttpRequest {
        method: "POST",
        url: &url,
        headers: &headers,
        body: Some(&form),
        ca_bundle: at.ca_bundle.as_deref(),
        limit: LIMIT,
    };
    let failed = |fault| {
        let at = Endpoint { url: Some(site.sign_in.clone()), ..at.clone() };
        errors::explain(&CallError { action: "signin:GetSigninToken", fault }, &Context::default().at(&at))
    };
    let answer = app.http.send(&request).map_err(failed)?;
    if answer.status != 200 {
        return Err(Error::new(ErrorKind::Refused, "AWS refused to sign in to the console")
            .cause(format!("the federation endpoint answered with status {}", answer.status))
            .hint("the session must be that of a role or a federated user, and of the partition of the region"));
    }
    let token: Answer = serde_json::from_slice(answer.body.expose())
        .map_err(|_| failed(Fault::Unusable("it is not that of a federation endpoint".into())))?;
    Ok(Secret::new(token.signin_token))
}

/// Leads the browser to the URL.
fn open(app: &App, browser: &Browser, url: &Secret) -> Result<()> {
    let redirect = Redirect::to(app, url)?;
    let mut opened = browser.open(&redirect.address(), &app.env)?;
    // A program that hands the address on to a running browser ends at once, and well.
    let gone = || opened.ended().is_some_and(|status| !status.success());
    match redirect.serve(BROWSER_LIMIT, gone)? {
        Outcome::Shown => Ok(()),
        Outcome::Gone => Err(Error::input("the browser ended before it showed the console")
            .hint("name another one in BROWSER, or use --stdout")),
        Outcome::NobodyCame => Err(Error::input("no browser came for the console within a minute")
            .hint("is it on another machine? --stdout prints the URL")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Item;
    use crate::sources::keys;
    use crate::testkit::{Kit, StsCall, key_pair};

    #[test]
    fn a_user_gets_a_federated_session_and_a_role_its_own() {
        let kit = Kit::with_env(&[("AWSX_ADVERTISED", "0")]);
        kit.config("[profile prod]\nmfa_serial =\n[profile ops]\nsource_profile = prod\nrole_arn = arn:aws:iam::123456789012:role/ops\n");
        kit.app.keychain.set(&Item::Keys("prod".into()), &keys::encode(&key_pair()).unwrap()).unwrap();
        let profiles = Profiles::load(&kit.app.env).unwrap();
        let of = |name: &str| {
            let request = request::from_args(&kit.app, &profiles, Some(name), &cli::SessionArgs::default()).unwrap();
            credentials(&kit.app, &profiles, &request).unwrap()
        };
        assert!(of("prod").is_session());
        let calls = kit.sts.on.calls();
        assert!(matches!(calls.last(), Some(StsCall::FederationToken { duration: LONGEST, .. })), "{calls:?}");
        assert!(of("ops").is_session());
        assert!(matches!(kit.sts.on.calls().last(), Some(StsCall::AssumeRole { .. })));
    }
}
