//! Time-based one-time passwords: RFC 6238 over RFC 4226, as every AWS MFA device computes them (HMAC-SHA-1, 30 s,
//! six digits). Pure.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::Timestamp;

/// Seconds for which one code is shown.
pub const PERIOD: i64 = 30;

/// The number of the 30-second step that `at` lies in (RFC 6238, `T`); codes are the same exactly within one step.
pub fn step(at: Timestamp) -> i64 {
    at.0.div_euclid(PERIOD)
}

/// Seconds from `at` until the next code, 1 to 30.
pub fn seconds_to_next(at: Timestamp) -> u32 {
    u32::try_from(PERIOD - at.0.rem_euclid(PERIOD)).unwrap_or(0)
}

/// The six digits that a device with this seed (base32) shows at `at`.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the seed is not base32.
pub fn code(seed: &Secret, at: Timestamp) -> Result<Secret> {
    code_of_step(seed, step(at))
}

/// The six digits of a step.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] if the seed is not base32.
pub fn code_of_step(seed: &Secret, step: i64) -> Result<Secret> {
    let digits = Device::new(seed)?.digits(step);
    Ok(Secret::new(format!("{digits:06}")))
}

/// The step within `window` steps around `at` whose code this is, the nearest first (the earlier of two equally near);
/// `None` if there is none, or if the code is not six digits or the seed not base32.
pub fn matching_step(seed: &Secret, code: &Secret, at: Timestamp, window: i64) -> Option<i64> {
    let code = code.expose();
    if !is_code(code) {
        return None;
    }
    let wanted: u32 = code.parse().ok()?;
    let device = Device::new(seed).ok()?;
    let now = step(at);
    (0..=window).flat_map(|off| [now - off, now + off]).find(|&step| device.digits(step) == wanted)
}

/// Whether this has the form of a code: six ASCII digits.
pub fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A seed, decoded and keyed.
struct Device(Hmac<Sha1>);

impl Device {
    fn new(seed: &Secret) -> Result<Self> {
        let bytes = decode(seed.expose())?;
        Hmac::new_from_slice(&bytes).map(Device).map_err(|_| not_base32())
    }

    /// RFC 4226, section 5.3.
    fn digits(&self, step: i64) -> u32 {
        let mut mac = self.0.clone();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash.last().copied().unwrap_or(0) & 0x0f);
        let word = hash.iter().skip(offset).take(4).fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
        (word & 0x7fff_ffff) % 1_000_000
    }
}

/// Reads base32 (RFC 4648) as people copy it: in any case, with or without padding, spaces and hyphens ignored.
fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>> {
    let clean: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.trim_end_matches(['=', ' ', '\n', '\r', '\t'])
            .bytes()
            .filter(|b| !b.is_ascii_whitespace() && *b != b'-')
            .map(|b| b.to_ascii_uppercase())
            .collect(),
    );
    let mut bytes = Zeroizing::new(vec![0; clean.len() * 5 / 8]);
    // An odd tail (1, 3 or 6 letters) is no base32; left-over bits in a regular tail are what some issuers write.
    let length = tolerant().decode_len(clean.len()).map_err(|_| not_base32())?;
    bytes.truncate(length);
    tolerant().decode_mut(&clean, &mut bytes).map_err(|_| not_base32())?;
    if bytes.is_empty() { Err(not_base32()) } else { Ok(bytes) }
}

/// Base32 without padding whose trailing bits may be anything.
fn tolerant() -> data_encoding::Encoding {
    let mut specification = BASE32_NOPAD.specification();
    specification.check_trailing_bits = false;
    specification.encoding().unwrap_or(BASE32_NOPAD)
}

fn not_base32() -> Error {
    Error::config("the MFA seed is not base32").cause("it may hold the letters A to Z and the digits 2 to 7")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of the test vectors of both RFCs.
    const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn rfc_4226_appendix_d() {
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, code) in (0..).zip(expected) {
            assert_eq!(code_of_step(&secret(SEED), counter).unwrap().expose(), code, "{counter}");
        }
    }

    #[test]
    fn rfc_6238_appendix_b() {
        // The RFC prints eight digits; six are the last six of them.
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (at, expected) in table {
            assert_eq!(code(&secret(SEED), Timestamp(at)).unwrap().expose(), expected, "{at}");
        }
    }

    #[test]
    fn agrees_with_an_independent_implementation() {
        use totp_rs::{Algorithm, Builder};
        let seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
        let key = data_encoding::BASE32.decode(seed.as_bytes()).unwrap();
        let other = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(0)
            .with_step_duration(30)
            .with_secret(key)
            .build()
            .unwrap();
        for at in (1_700_000_000..1_700_100_000_u32).step_by(997) {
            assert_eq!(
                code(&secret(seed), Timestamp(at.into())).unwrap().expose(),
                other.generate(at.into()).to_string(),
                "{at}"
            );
        }
    }

    #[test]
    fn seeds_as_people_copy_them() {
        let at = Timestamp(59);
        for seed in [
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            " GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ \n",
            "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======",
        ] {
            assert_eq!(code(&secret(seed), at).unwrap().expose(), "287082", "{seed:?}");
        }
        // `MZXW6YQ=` is "foob" with padding; the last letter's spare bits don't count.
        let foob = code(&secret("MZXW6YQ="), at).unwrap();
        assert_eq!(foob, code(&secret("mzxw6yq"), at).unwrap());
        assert_eq!(foob, code(&secret("MZXW6YR"), at).unwrap());
    }

    #[test]
    fn seeds_that_are_none() {
        for seed in ["", "   ", "====", "A", "ABC", "GEZDGNB1", "GEZD!NBV", "GE=ZDGNBV", "gëzd"] {
            let error = code(&secret(seed), Timestamp(0)).unwrap_err();
            assert_eq!(error.kind, crate::base::error::ErrorKind::Config, "{seed:?}");
            assert!(seed.len() < 5 || !error.to_string().contains(seed), "{error}");
        }
    }

    #[test]
    fn steps_and_what_is_left_of_them() {
        for (at, number, left) in [(0, 0, 30), (1, 0, 29), (29, 0, 1), (30, 1, 30), (59, 1, 1), (-1, -1, 1)] {
            assert_eq!((step(Timestamp(at)), seconds_to_next(Timestamp(at))), (number, left), "{at}");
        }
    }

    #[test]
    fn finds_the_step_of_a_code() {
        let (seed, now) = (secret(SEED), Timestamp(1_234_567_890));
        let here = step(now);
        for off in [-5, -1, 0, 1, 5] {
            let code = code_of_step(&seed, here + off).unwrap();
            assert_eq!(matching_step(&seed, &code, now, 5), Some(here + off));
            assert_eq!(matching_step(&seed, &code, now, off.abs() - 1), None);
        }
        for text in ["", "00592", "0005924", "+05924", "00592a", "０05924"] {
            assert_eq!(matching_step(&seed, &secret(text), now, 5), None, "{text}");
        }
    }
}
