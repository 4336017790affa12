//! `awsx explain`.

use serde_json::{Value as Json, json};

use crate::app::App;
use crate::base::error::Result;
use crate::base::output;
use crate::cli;
use crate::plan::{self, Inputs};
use crate::profile::{Profile, Profiles, Value};
use crate::select::request;
use crate::select::selection::Selection;
use crate::session::knowledge::Knowledge;
use crate::session::{account, guards};
use crate::signin;
use crate::store::cache::Cache;

/// Prints the steps that would be taken and why, without taking them.
///
/// # Errors
/// Whatever the plan fails with.
pub fn run(app: &App, args: &cli::Explain) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    let selection = Selection::of(&app.env, args.profile.as_deref());
    let name = selection.profile(app, &profiles)?;
    let request = request::from_args(app, &profiles, Some(&name), &args.session)?;
    let cache = (!request.no_cache).then(|| Cache::open(app).ok()).flatten();
    let knowledge = Knowledge::new(app, cache.as_ref());
    let plan = plan::plan(&Inputs { profiles: &profiles, env: &app.env, request: &request, known: &knowledge })?;
    let now = app.clock.now();
    let usable = |key: &plan::SessionKey| {
        let margin = plan.margin(key, request.min_ttl);
        knowledge.expiry(key).filter(|expires| plan::usable(*expires, margin, now))
    };
    let profile = profiles.get(&plan.profile);
    let account = account::ahead(&knowledge, &plan);
    let sign_in = signin::of(&app.env, &profiles, &plan.profile)?;
    let guards = guards::verdicts(app, &profiles, &name, account.as_deref())?;
    if args.json {
        let settings = profile.map_or(Json::Null, |p| settings(&p));
        let mut json = plan::to_json(&plan, &settings, usable);
        json["chosen_because"] = selection.why().into();
        json["sign_in"] = sign_in.map_or(Json::Null, |(base, sign_in)| sign_in.to_json(app, &base));
        json["guards"] = guards.iter().map(|g| json!({"key": g.key, "verdict": g.says, "why": g.why})).collect();
        output::json(&json)?;
    } else {
        let start = plan.start(request.min_ttl, now, usable);
        let mut lines = plan::to_lines(&plan, now, start, usable);
        if let Some(why) = selection.why() {
            lines.insert(1, format!("  {why}"));
        }
        lines.extend(sign_in.map(|(base, sign_in)| format!("  sign-in: {}", sign_in.in_words(app, &base))));
        lines.extend(guards.iter().map(|g| format!("  guard: {}: {}: {}", g.key, g.says, g.why)));
        output::lines(lines)?;
    }
    Ok(0)
}

/// The profile as the AWS CLI would see it: nested sections as objects, secrets left out, and the command line of
/// `mfa_process`, which may hold a seed.
fn settings(profile: &Profile) -> Json {
    let shown = |key: &str, value: &Value| match value {
        Value::Text(_) if key == "mfa_process" => Json::from("…"),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Nested(pairs) => pairs.iter().map(|(k, v)| (k.clone(), Json::from(v.as_str()))).collect(),
        Value::Secret(_) => Json::from("…"),
    };
    profile.settings().map(|(key, value)| (key.to_string(), shown(key, value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_setting_that_may_hold_a_secret_is_shown() {
        let text = "[profile a]\nregion = eu-west-1\nmfa_process = oathtool --totp -b SEED\n\
                    aws_secret_access_key = SEED\ns3 =\n  max_queue_size = 9\n";
        let profiles = Profiles::parse(Some((std::path::Path::new("config"), text.into())), None).unwrap();
        let want = serde_json::json!({
            "region": "eu-west-1", "mfa_process": "…", "aws_secret_access_key": "…",
            "s3": {"max_queue_size": "9"},
        });
        assert_eq!(settings(&profiles.get("a").unwrap()), want);
    }
}
