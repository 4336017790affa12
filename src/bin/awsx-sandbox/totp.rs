//! Time-based one-time passwords as AWS checks them: RFC 6238, SHA-1, 30 s, six digits, one step of grace.
//!
//! Written apart from `awsx::mfa::totp` on purpose: a common mistake would hide from every test.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Seconds a code lasts.
pub const STEP: i64 = 30;

/// The code of a step, for a base32 seed; `None` if the seed is not base32.
pub fn code(seed: &str, step: i64) -> Option<String> {
    let seed = seed.to_ascii_uppercase().replace([' ', '='], "");
    let key = data_encoding::BASE32_NOPAD.decode(seed.as_bytes()).ok()?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest.last()? & 0x0f);
    let word: [u8; 4] = digest.get(at..at + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000))
}

/// The step that `now` is in.
pub fn step(now: i64) -> i64 {
    now.div_euclid(STEP)
}

/// The step within one of `now` whose code it is, skipping those up to `last`, which have been used.
pub fn accept(seed: &str, given: &str, now: i64, last: Option<i64>) -> Option<i64> {
    let now = step(now);
    (now - 1..=now + 1).find(|s| last.is_none_or(|last| *s > last) && code(seed, *s).as_deref() == Some(given))
}

/// The step of the second of two consecutive codes, looked for within `reach` steps of `now`.
pub fn accept_pair(seed: &str, first: &str, second: &str, now: i64, reach: i64, last: Option<i64>) -> Option<i64> {
    let now = step(now);
    let is = |s: i64, given: &str| code(seed, s).as_deref() == Some(given);
    let mut steps = now - reach..=now + reach;
    steps.find(|s| last.is_none_or(|last| s - 1 > last) && is(s - 1, first) && is(*s, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: "12345678901234567890", the last six of its eight digits.
    const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn rfc_vectors() {
        for (time, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SEED, step(time)).unwrap(), digits, "{time}");
        }
        assert_eq!(code("not base32!", 1), None);
    }

    #[test]
    fn one_step_of_grace_and_no_replay() {
        let now = 1_234_567_890;
        let s = step(now);
        for d in -2..=2 {
            let given = code(SEED, s + d).unwrap();
            assert_eq!(accept(SEED, &given, now, None), (d.abs() < 2).then_some(s + d), "{d}");
        }
        let given = code(SEED, s).unwrap();
        assert_eq!(accept(SEED, &given, now, Some(s)), None);
        assert_eq!(accept(SEED, &given, now, Some(s - 1)), Some(s));
    }

    #[test]
    fn pairs_are_consecutive() {
        let now = 1_234_567_890;
        let s = step(now);
        let c = |d: i64| code(SEED, s + d).unwrap();
        assert_eq!(accept_pair(SEED, &c(-1), &c(0), now, 1, None), Some(s));
        assert_eq!(accept_pair(SEED, &c(0), &c(1), now, 1, None), Some(s + 1));
        assert_eq!(accept_pair(SEED, &c(0), &c(0), now, 1, None), None);
        assert_eq!(accept_pair(SEED, &c(1), &c(0), now, 1, None), None);
        assert_eq!(accept_pair(SEED, &c(-1), &c(1), now, 1, None), None);
        assert_eq!(accept_pair(SEED, &c(-1), &c(0), now, 1, Some(s - 1)), None);
        assert_eq!(accept_pair(SEED, &c(50), &c(51), now, 1, None), None);
        assert_eq!(accept_pair(SEED, &c(50), &c(51), now, 60, None), Some(s + 51));
    }
}
