//! What a console login needs: who signs in, and where. Pure.

use super::ConsoleLogin;
use crate::base::env::Env;
use crate::base::error::Result;
use crate::plan::endpoint::endpoint;
use crate::plan::{Inputs, Request};
use crate::profile::{Profile, Profiles, arn_account, bad_value, shares};

/// The key of a profile.
const KEY: &str = "login_session";
/// How long its credentials live, in seconds.
const LIVES: u32 = 15 * 60;
/// Seconds that must be left of them where nobody says otherwise.
const MARGIN: u32 = 5 * 60;

/// The login that a profile names, for a request. `alone`: no role follows.
pub fn of(inputs: &Inputs, profile: &Profile, alone: bool) -> Result<ConsoleLogin> {
    let margin = margin(inputs.request, alone);
    Ok(ConsoleLogin { margin, ..console_login(inputs.env, inputs.profiles, profile)? })
}

/// The login that a profile names.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for what can't be.
pub fn console_login(env: &Env, profiles: &Profiles, profile: &Profile) -> Result<ConsoleLogin> {
    let session = profile.get(KEY).unwrap_or_default().trim();
    if arn_account(session).is_none() {
        return Err(bad_value(profile, KEY, "the ARN of who signs in, as `awsx login NAME --console` writes it"));
    }
    Ok(ConsoleLogin {
        session: session.to_owned(),
        at: endpoint(env, profiles, profile, "signin", None)?,
        margin: MARGIN,
        share: shares(profile)?.unwrap_or_default(),
    })
}

/// Seconds that must be left of its credentials. If more is asked for than they live, they are refreshed after half their
/// time, and not each time. If a role follows, they only have to last for one call.
fn margin(request: &Request, alone: bool) -> u32 {
    match request.min_ttl {
        asked if alone && request.min_ttl_is_asked_for => {
            if asked < LIVES {
                asked
            } else {
                LIVES / 2
            }
        }
        asked => asked.min(MARGIN),
    }
}
