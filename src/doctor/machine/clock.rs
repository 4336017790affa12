//! This machine's clock, compared with that of AWS. A request that is not signed is enough: every answer has a date.

use std::path::PathBuf;
use std::time::Duration;

use super::super::checks;
use super::super::finding::Finding;
use crate::app::App;
use crate::base::time::{Timestamp, show_duration};
use crate::plan::endpoint::endpoint;
use crate::ports::{Http, HttpRequest};
use crate::profile::{Profile, Profiles};
use crate::select::selection::Selection;

/// How long it may take. Who is offline is not to wait.
const LIMIT: Duration = Duration::from_secs(3);

/// How wrong the clock may be, in seconds: an MFA code counts for half a minute before and after its own.
const TOLERATED: i64 = 45;

/// From here on AWS refuses what is signed with this clock.
const REFUSED: i64 = 300;

/// Where AWS is asked.
pub struct Place {
    url: String,
    ca_bundle: Option<PathBuf>,
}

/// STS, as the profile of this environment calls it.
pub fn place(app: &App, profiles: &Profiles) -> Option<Place> {
    let named = Selection::of(&app.env, None).named(profiles);
    let name = named.ok().flatten().unwrap_or_else(|| "default".into());
    let profile = profiles.get(&name).unwrap_or_else(|| Profile::bare(&name));
    let at = endpoint(&app.env, profiles, &profile, "sts", None).ok()?;
    Some(Place { url: app.presigner.root(&at).ok()?, ca_bundle: at.ca_bundle })
}

/// The clock of AWS, and how long the answer took; `None` if there is no answer.
pub fn server_time(http: &dyn Http, at: &Place) -> Option<Timestamp> {
    let request = HttpRequest {
        method: "GET",
        url: &at.url,
        headers: &[],
        body: None,
        ca_bundle: at.ca_bundle.as_deref(),
        limit: LIMIT,
    };
    http.send(&request).ok()?.date
}

/// Says how wrong the clock is.
pub fn check(app: &App, server: Option<Timestamp>, seen: &mut Vec<String>, found: &mut Vec<Finding>) {
    let Some(server) = server else { return };
    seen.push("clock".into());
    let ahead = app.clock.now().0.saturating_sub(server.0);
    let off = ahead.saturating_abs();
    if off <= TOLERATED {
        return;
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let refused = if off >= REFUSED { ", and AWS refuses what is signed with it" } else { "" };
    let length = show_duration(u32::try_from(off).unwrap_or(u32::MAX));
    let what = format!(
        "the clock of this machine is {length} {direction} that of AWS: MFA codes made here are refused{refused}"
    );
    let fix =
        "set the clock: `timedatectl set-ntp true`; in WSL `sudo hwclock -s`; on macOS `sudo sntp -sS time.apple.com`";
    found.push(Finding::new(checks::CLOCK_OFFSET, what).fix(fix));
}
