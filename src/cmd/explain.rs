//! `awsx explain`.

use serde_json::Value as Json;

use crate::app::App;
use crate::cli;
use crate::error::Result;
use crate::plan::{self, Inputs};
use crate::profile::{Profile, Profiles, Value};
use crate::request;
use crate::session::cache::Cache;
use crate::session::memory::Memory;

/// Prints the steps that would be taken and why, without taking them.
///
/// # Errors
/// Whatever the plan fails with.
pub fn run(app: &App, args: &cli::Explain) -> Result<u8> {
    let profiles = Profiles::load(&app.env)?;
    let request = request::from_args(app, &profiles, args.profile.as_deref(), &args.session)?;
    let cache = Cache::open(app).ok();
    let memory = Memory::new(app, cache.as_ref());
    let plan = plan::plan(&Inputs { profiles: &profiles, env: &app.env, request: &request, known: &memory })?;
    let now = app.clock.now();
    let usable = |key: &plan::SessionKey| {
        memory.expiry(key).filter(|expires| expires.seconds_left(now) >= i64::from(request.min_ttl.max(1)))
    };
    if args.json {
        let settings = profiles.get(&plan.profile).map_or(Json::Null, |p| settings(&p));
        crate::output::json(&plan::to_json(&plan, &settings, usable))?;
    } else {
        let start = plan.start(request.min_ttl, now, usable);
        crate::output::text(&plan::to_text(&plan, now, start, usable))?;
    }
    Ok(0)
}

/// The profile as the AWS CLI would see it: nested sections as objects, secrets left out.
fn settings(profile: &Profile) -> Json {
    let shown = |value: &Value| match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Nested(pairs) => pairs.iter().map(|(k, v)| (k.clone(), Json::from(v.as_str()))).collect(),
        Value::Secret(_) => Json::from("…"),
    };
    profile.settings().map(|(key, value)| (key.to_string(), shown(value))).collect()
}
