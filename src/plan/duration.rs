//! How long a session is to last: where the value comes from, STS's own limits, and what caps it. Pure.

use super::place;
use crate::base::error::{Error, Result};
use crate::base::time::{parse_duration, show_duration};
use crate::profile::Profile;

/// Shortest session STS gives, in seconds.
pub const SHORTEST: u32 = 900;
/// Longest session of a role that is assumed with session credentials, in seconds.
pub const CHAINED: u32 = 3600;
/// What a role session lasts when nobody says otherwise.
const ROLE_DEFAULT: u32 = 3600;
/// What an MFA session lasts when nobody says otherwise.
const TOKEN_DEFAULT: u32 = 12 * 3600;

/// Why a role session is short that another session was used to assume.
const BY_CHAINING: &str = "AWS caps a role at 1h when it is assumed with session credentials";

/// What sort of session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// GetSessionToken with a user's keys.
    SessionToken,
    /// GetSessionToken with the keys of an account's root.
    RootSessionToken,
    /// AssumeRole.
    Role,
}

impl SessionKind {
    /// Whether STS gives sessions of that length.
    pub fn allows(self, seconds: u32) -> bool {
        (SHORTEST..=self.longest()).contains(&seconds)
    }

    /// Refuses a length that STS doesn't give; `from` is what asks for it.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`].
    pub fn check(self, seconds: u32, from: &str) -> Result<()> {
        if self.allows(seconds) {
            return Ok(());
        }
        let [asked, least, most, near] =
            [seconds, SHORTEST, self.longest(), seconds.clamp(SHORTEST, self.longest())].map(show_duration);
        Err(Error::config(format!("a session can't last {asked}"))
            .cause(format!("STS gives {} from {least} to {most}; {from} asks for {asked}", self.name()))
            .hint(format!("--duration {near}")))
    }

    /// The limits in words.
    pub fn in_seconds(self) -> String {
        format!("seconds from {SHORTEST} to {}", self.longest())
    }

    /// STS's own upper limit in seconds
    /// ([GetSessionToken](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html),
    /// [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)).
    fn longest(self) -> u32 {
        match self {
            SessionKind::SessionToken => 129_600,
            SessionKind::RootSessionToken => 3600,
            SessionKind::Role => 43_200,
        }
    }

    fn default(self) -> u32 {
        match self {
            SessionKind::SessionToken => TOKEN_DEFAULT,
            SessionKind::RootSessionToken => 3600,
            SessionKind::Role => ROLE_DEFAULT,
        }
    }

    fn name(self) -> &'static str {
        match self {
            SessionKind::SessionToken => "session tokens",
            SessionKind::RootSessionToken => "session tokens of the root user",
            SessionKind::Role => "role sessions",
        }
    }
}

/// `duration_seconds`, else `sessmax`, of a profile.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a value that is no duration, with its line.
pub fn stated(profile: &Profile) -> Result<Option<Wanted>> {
    for key in ["duration_seconds", "sessmax"] {
        if let Some(text) = profile.get(key) {
            let from = format!("{key} of {}{}", profile.name, place(profile, key));
            let seconds = parse_duration(text).map_err(|e| Error { what: format!("{from}: {}", e.what), ..e })?;
            return Ok(Some(Wanted { seconds, from }));
        }
    }
    Ok(None)
}

/// A length of time that was asked for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Seconds.
    pub seconds: u32,
    /// `--duration`, a variable's name, or a key with its file and line.
    pub from: String,
}

/// The length a session gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Seconds.
    pub seconds: u32,
    /// Why it is shorter than what was asked for.
    pub capped: Option<String>,
}

/// Decides on a length: the one that is `wanted`, else the longest that is `known` to be allowed (advertised, or the
/// role's own maximum), else the default of its kind. `known` also caps what is wanted, and so does `chained` (1 h).
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the explicit value is beyond STS's own limits.
pub fn decide(kind: SessionKind, wanted: Option<&Wanted>, known: Option<u32>, chained: bool) -> Result<Decided> {
    // What is advertised for users is too long for root, and what is remembered may be nonsense.
    let known = known.filter(|seconds| kind.allows(*seconds));
    let Some(wanted) = wanted else {
        let seconds = known.unwrap_or(kind.default());
        let capped = (chained && seconds > CHAINED).then(|| {
            format!("session of 1h instead of the {} that the account allows: {BY_CHAINING}", show_duration(seconds))
        });
        return Ok(Decided { seconds: if chained { seconds.min(CHAINED) } else { seconds }, capped });
    };
    kind.check(wanted.seconds, &wanted.from)?;
    let caps =
        [known.map(|s| (s, "that is the longest the account allows")), chained.then_some((CHAINED, BY_CHAINING))];
    let (seconds, why) = caps.into_iter().flatten().fold((wanted.seconds, None), |(least, why), (cap, reason)| {
        if cap < least { (cap, Some(reason)) } else { (least, why) }
    });
    let capped = why.map(|why| {
        format!(
            "session of {} instead of {} ({}): {why}",
            show_duration(seconds),
            show_duration(wanted.seconds),
            wanted.from
        )
    });
    Ok(Decided { seconds, capped })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(seconds: u32) -> Wanted {
        Wanted { seconds, from: "--duration".into() }
    }

    #[test]
    fn table() {
        use SessionKind::{Role, RootSessionToken, SessionToken};
        let rows = [
            (SessionToken, None, None, false, 43200, false),
            (SessionToken, None, Some(32400), false, 32400, false),
            (SessionToken, Some(wanted(7200)), Some(32400), false, 7200, false),
            (SessionToken, Some(wanted(43200)), Some(32400), false, 32400, true),
            (SessionToken, Some(wanted(129_600)), None, false, 129_600, false),
            (RootSessionToken, None, None, false, 3600, false),
            (Role, None, None, false, 3600, false),
            (Role, None, Some(14400), false, 14400, false),
            (Role, None, Some(14400), true, 3600, true),
            (Role, Some(wanted(43200)), None, false, 43200, false),
            (Role, Some(wanted(43200)), Some(14400), false, 14400, true),
            (Role, Some(wanted(7200)), None, true, 3600, true),
            (Role, Some(wanted(1800)), Some(14400), true, 1800, false),
            // What is advertised can be nonsense; STS's limits are not.
            (Role, None, Some(5), false, 3600, false),
        ];
        for (kind, want, known, chained, seconds, capped) in rows {
            let got = decide(kind, want.as_ref(), known, chained).unwrap();
            assert_eq!((got.seconds, got.capped.is_some()), (seconds, capped), "{kind:?} {want:?} {known:?} {chained}");
        }
    }

    #[test]
    fn beyond_the_limits_of_sts() {
        for (kind, seconds, hint) in [
            (SessionKind::SessionToken, 899, "--duration 15m"),
            (SessionKind::SessionToken, 129_601, "--duration 36h"),
            (SessionKind::RootSessionToken, 3601, "--duration 1h"),
            (SessionKind::Role, 43201, "--duration 12h"),
        ] {
            let e = decide(kind, Some(wanted(seconds)).as_ref(), None, false).unwrap_err();
            assert_eq!(e.hint.as_deref(), Some(hint));
            assert_eq!(e.kind, crate::base::error::ErrorKind::Config);
        }
    }
}
