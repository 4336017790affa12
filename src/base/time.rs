//! Points in time, lengths of time, and how they are written. Pure. No clock is read here.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::base::error::{Error, Result};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The point `seconds` later (earlier when negative).
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// Whole seconds from `now` until this point; negative once it has passed.
    pub fn seconds_left(self, now: Timestamp) -> i64 {
        self.0.saturating_sub(now.0)
    }

    /// Reads RFC 3339 with `Z` or any offset, with or without fractions.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Config`] if it is not such a time.
    pub fn parse_rfc3339(text: &str) -> Result<Self> {
        let bad = || Error::config(format!("not an RFC 3339 time: {text}"));
        let (local, offset) = split_offset(text).ok_or_else(bad)?;
        let utc = humantime::parse_rfc3339(&format!("{local}Z")).map_err(|_| bad())?;
        Ok(Timestamp::from(utc).plus(-offset))
    }
}

/// Splits `2026-01-02T03:04:05.6+01:00` into its local part and its offset in seconds east.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let at = text.len().checked_sub(6)?;
    let (local, zone) = (text.get(..at)?, text.get(at..)?);
    let sign = match zone.as_bytes() {
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let hours: i64 = zone.get(1..3)?.parse().ok()?;
    let minutes: i64 = zone.get(4..6)?.parse().ok()?;
    (hours < 24 && minutes < 60).then_some((local, sign * (hours * 3600 + minutes * 60)))
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Timestamp(i64::try_from(after.as_secs()).unwrap_or(i64::MAX)),
            Err(before) => Timestamp(-i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX)),
        }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with `Z`, whole seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The last second that RFC 3339 can write: 9999-12-31T23:59:59Z.
        let seconds = u64::try_from(self.0).unwrap_or(0).min(253_402_300_799);
        write!(f, "{}", humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
    }
}

/// Reads a length of time in seconds: `1h30m`, `90m`, `5400` alike. Units are required unless it is plain seconds, so
/// `1h30` is an error.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] with what is accepted.
pub fn parse_duration(text: &str) -> Result<u32> {
    let text = text.trim();
    let bad = |why: String| {
        Error::config(format!("not a length of time: {text}"))
            .cause(why)
            .hint("write it like 1h30m, 90m or 5400 (seconds)")
    };
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map_err(|_| bad("it is too long".into()));
    }
    let length = humantime::parse_duration(text).map_err(|_| bad("each number needs a unit: h, m or s".into()))?;
    if length.subsec_nanos() != 0 {
        return Err(bad("fractions of a second don't count".into()));
    }
    u32::try_from(length.as_secs()).map_err(|_| bad("it is too long".into()))
}

/// An exact length of time for people, in the units that `--duration` takes: `36h`, `1h30m`, `1m30s`.
pub fn show_duration(seconds: u32) -> String {
    let parts = [(seconds / 3600, 'h'), (seconds % 3600 / 60, 'm'), (seconds % 60, 's')];
    let shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if shown.is_empty() { "0s".into() } else { shown.concat() }
}

/// The time left as the prompt shows it: `2h05m` from one hour, `58m` from two minutes, `85s` below that, then `expired`.
pub fn show_left(seconds: i64) -> String {
    match seconds {
        ..=0 => "expired".into(),
        1..120 => format!("{seconds}s"),
        120..3600 => format!("{}m", seconds / 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in
            [("1h30m", 5400), ("90m", 5400), ("5400", 5400), ("1h 30m", 5400), ("12h", 43200), ("36h", 129_600)]
        {
            assert_eq!(parse_duration(text).unwrap(), seconds, "{text}");
        }
        for (text, cause) in [
            ("", "needs a unit"),
            ("1h30", "needs a unit"),
            ("h", "needs a unit"),
            ("-5", "needs a unit"),
            ("90 minuten", "needs a unit"),
            ("99999999999", "too long"),
            ("500ms", "fractions"),
        ] {
            let said = parse_duration(text).unwrap_err().to_string();
            assert!(said.contains(cause), "{text}: {said}");
        }
        for (seconds, shown) in [(5400, "1h30m"), (129_600, "36h"), (61, "1m1s"), (0, "0s")] {
            assert_eq!(show_duration(seconds), shown);
        }
    }

    #[test]
    fn left() {
        let table = [
            (-5, "expired"),
            (0, "expired"),
            (1, "1s"),
            (119, "119s"),
            (120, "2m"),
            (3599, "59m"),
            (3600, "1h00m"),
            (7500, "2h05m"),
            (43199, "11h59m"),
        ];
        for (seconds, shown) in table {
            assert_eq!(show_left(seconds), shown);
        }
    }

    #[test]
    fn rfc3339() {
        let t = Timestamp(1_767_323_045);
        assert_eq!(t.to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(Timestamp(i64::MAX).to_string(), "9999-12-31T23:59:59Z");
        for text in [
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05+00:00",
            "2026-01-02T04:04:05.25+01:00",
            "2026-01-01T21:34:05-05:30",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text).unwrap(), t, "{text}");
        }
        for text in ["", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05+0100", "yesterday+01:00"] {
            assert!(Timestamp::parse_rfc3339(text).is_err(), "{text}");
        }
    }
}
