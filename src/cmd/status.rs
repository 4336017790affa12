//! `awsx status`.

use serde_json::json;

use crate::access_keys::rotate;
use crate::app::App;
use crate::aws::arn::Arn;
use crate::base::error::Result;
use crate::base::output;
use crate::base::time::{Timestamp, show_left};
use crate::base::vars;
use crate::cli;
use crate::deliver::child::SHIMS;
use crate::deliver::repeat::repeated;
use crate::doctor;
use crate::doctor::env::class::Class;
use crate::plan::{self, Action, Inputs, SessionKey};
use crate::ports::AssumeRole;
use crate::profile::Profiles;
use crate::select::{request, selection};
use crate::session::knowledge::Knowledge;
use crate::session::mark::{self, Mark};
use crate::signin;
use crate::store::cache::Cache;
use crate::store::folders::Bound;

/// Shows the session in this environment; status 1 if there is none or it has expired.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if the answer can't be printed.
pub fn run(app: &App, args: &cli::Status) -> Result<u8> {
    let env = &app.env;
    let now = app.clock.now();
    let key_id = env.get(vars::AWS_ACCESS_KEY_ID);
    // awsx's variables count only together with the credentials that they were set with: others may have been put there
    // since.
    let mark = Mark::of(env);
    let ours = mark.as_ref().is_none_or(|mark| Some(mark.access_key_id) == key_id);
    let expires = env
        .get(vars::AWSX_EXPIRES)
        .and_then(|text| text.parse().ok().map(Timestamp))
        .or_else(|| env.get(vars::AWS_CREDENTIAL_EXPIRATION).and_then(|text| Timestamp::parse_rfc3339(text).ok()))
        .filter(|_| ours);
    let via = env.get(vars::AWSX_VIA).filter(|_| key_id.is_none());
    let there = (key_id.is_some() && ours) || via.is_some();
    let profile = env.first(&[vars::AWSX_PROFILE, vars::AWS_VAULT]).filter(|_| there);
    let key = mark.filter(|_| ours).and_then(|mark| mark.key);
    let expected = profile.and_then(|profile| expected(app, profile)).filter(|expected| match &expected.key {
        // Such a session has no name here: awsx is asked each time.
        _ if via.is_some() => true,
        Some(_) => expected.key == key,
        None => expected.key_id.as_deref() == key_id,
    });
    let matches = expected.is_some();
    // An agent that is started inside a session has its credentials, whatever its rule is.
    let of_agent = app.agent().filter(|_| profile.is_some()).map(|agent| (agent, !mark::is_of_another(app)));
    let entry = key.and_then(|key| Cache::open(app).ok()?.get(&key));
    let entry = entry.filter(|entry| Some(entry.credentials.access_key_id.as_str()) == key_id);
    let live = there && profile.is_some() && expires.is_none_or(|t| t.seconds_left(now) > 0);
    let folder = selection::of_folder(env)?;
    let around = || env.get(vars::AWSX_ACCOUNT).filter(|_| profile.is_some()).map(str::to_string);
    let account = entry.as_ref().and_then(|e| e.account.clone()).or_else(around);
    let arn = entry.and_then(|e| e.arn).or_else(|| expected?.arn);
    let sign_in = profile.and_then(|profile| signin::of(env, &Profiles::load(env).ok()?, profile).ok()?);
    if args.json {
        output::json(&json!({
            "profile": profile,
            "account": account,
            "arn": arn,
            "access_key_id": key_id,
            "expires": expires.map(|t| t.to_string()),
            "seconds_left": expires.map(|t| t.seconds_left(now)),
            "via": profile.map(|_| via.unwrap_or("env")),
            "matches_config": matches,
            "agent": of_agent.map(|(agent, own)| json!({"name": agent.name, "own_session": own})),
            "sign_in": sign_in.map(|(base, sign_in)| sign_in.to_json(app, &base)),
            "folder": folder.map(|bound| json!({"path": bound.folder, "profile": bound.profile})),
        }))?;
    } else if let Some(profile) = profile {
        let mut lines = vec![format!("profile  {profile}")];
        for (name, value) in [("account", account), ("arn", arn)] {
            lines.extend(value.map(|v| format!("{name:<9}{v}")));
        }
        lines.extend(key_id.map(|id| format!("key      {id}")));
        lines.push(match expires {
            _ if via == Some(SHIMS) => {
                let shims = app.env.get(vars::AWSX_SHIMS).unwrap_or("aws");
                let shims: Vec<_> = shims.split([' ', ',']).filter(|shim| !shim.is_empty()).collect();
                format!("left     the shims ({}) get it each time they run", shims.join(", "))
            }
            _ if via.is_some() => "left     awsx renews it".into(),
            Some(t) => format!("left     {} (until {t})", show_left(t.seconds_left(now))),
            None => "left     no end known".into(),
        });
        lines.push(format!(
            "config   {}",
            if matches { "unchanged since" } else { "would ask for another session by now" }
        ));
        lines.extend(of_agent.map(|(agent, own)| {
            let says = if own { "a session of its own" } else { INSTEAD };
            format!("agent    {}: {says}", agent.name)
        }));
        lines.extend(sign_in.map(|(base, sign_in)| format!("sign-in  {}", sign_in.in_words(app, &base))));
        lines.extend(folder.map(|bound| format!("folder   {}", words(&bound))));
        output::lines(lines)?;
    } else {
        if key_id.is_none() {
            app.prompter.say("no session in this environment");
        }
        match Profiles::load(env).map(|profiles| doctor::env::report(app, &profiles)) {
            Ok(report) if report.class != Class::None => report.lines().iter().for_each(|line| app.prompter.say(line)),
            Ok(_) => {}
            Err(e) => app.prompter.failure(&e),
        }
        if let Some(bound) = folder {
            app.prompter.say(&words(&bound));
        }
    }
    rotate::remind(app);
    Ok(u8::from(!live))
}

/// What to say about an agent in a session that was not made for it.
const INSTEAD: &str =
    "this session was not made for it; start agents outside of a session, and awsx gives them sessions of their own";

fn words(bound: &Bound) -> String {
    format!("{} is bound to {}", bound.folder.display(), bound.profile)
}

/// What a plan made now would give.
struct Expected {
    /// The name of the session; `None` if it is no session that awsx makes.
    key: Option<SessionKey>,
    /// The access key ID, which tells such credentials apart.
    key_id: Option<String>,
    /// Who that would be, as far as it is known without asking.
    arn: Option<String>,
}

/// What a plan made now would give, with the options that this session was made with.
fn expected(app: &App, profile: &str) -> Option<Expected> {
    let profiles = Profiles::load(&app.env).ok()?;
    let args = repeated(app, &cli::SessionArgs::default()).ok()?;
    let request = request::from_args(app, &profiles, Some(profile), &args).ok()?;
    let knowledge = Knowledge::new(app, None).however_old();
    let plan = plan::plan(&Inputs { profiles: &profiles, env: &app.env, request: &request, known: &knowledge }).ok()?;
    let in_files = || Some(profiles.get(&plan.base)?.static_keys()?.access_key_id);
    let arn = match &plan.steps.last()?.action {
        Action::AssumeRole(role) => assumed(role),
        _ => knowledge.state(&plan.base).arn,
    };
    Some(Expected { key: plan.key().cloned(), key_id: plan.key_id.clone().or_else(in_files), arn })
}

/// The ARN of a role's session
/// ([identifiers](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html)).
fn assumed(role: &AssumeRole) -> Option<String> {
    let arn = Arn::parse(&role.role_arn)?;
    let (partition, account, name) = (arn.partition, arn.account, arn.name("role")?);
    Some(format!("arn:{partition}:sts::{account}:assumed-role/{name}/{}", role.session_name))
}
