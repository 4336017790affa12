//! Remembers codes that were sent to AWS until they are void, as keyed hashes.
//!
//! AWS takes a code once. A second command within the half minute that a device shows a code would send the same one
//! and be refused. So codes are written down, per device, before they are sent, and never sent again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::mfa::totp;
use crate::store::{cache, runtime};

/// What this process has sent. Where no sealing key can be kept, this is the only record.
static OWN: Mutex<Vec<Spent>> = Mutex::new(Vec::new());

struct Spent {
    folder: Option<PathBuf>,
    serial: String,
    code: Secret,
    void: Timestamp,
}

/// The spent codes of one device.
pub struct Ledger<'a> {
    app: &'a App,
    serial: String,
    folder: Option<PathBuf>,
}

/// Until when a spent code has to be remembered: a server in step `s` takes the codes of the steps `s-1` to `s+1`,
/// so this one may belong to `s+1` and be good until step `s+2` has ended, at most 90 s from now.
pub fn void_at(sent: Timestamp) -> Timestamp {
    Timestamp((totp::step(sent) + 3) * totp::PERIOD)
}

impl<'a> Ledger<'a> {
    /// That of a device; reads nothing yet.
    pub fn of(app: &'a App, serial: &str) -> Self {
        Ledger { app, serial: serial.to_owned(), folder: runtime::locate(&app.env).ok() }
    }

    /// The lock that whoever asks for this device's code has to hold.
    pub fn lock_name(&self) -> String {
        format!(
            "{}{}",
            runtime::SPENT_CODES,
            HEXLOWER.encode(Sha256::digest(&self.serial).get(..16).unwrap_or_default())
        )
    }

    /// The runtime folder, if there is one to use.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Whether this code is spent; then until when it is remembered.
    pub fn spent(&self, code: &Secret) -> Option<Timestamp> {
        let now = self.app.clock.now();
        let own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = own.iter().filter(|s| s.serial == self.serial && s.folder == self.folder && s.code == *code);
        let mine = mine.map(|spent| spent.void).max();
        let written = self.hash(code, false).and_then(|hash| {
            let lines = lines(&fs::read_to_string(self.file()?).ok()?);
            lines.into_iter().filter(|(h, _)| *h == hash).map(|(_, void)| void).max()
        });
        mine.max(written).filter(|void| void.seconds_left(now) > 0)
    }

    /// Writes down that this code counts as spent from now on. Best effort: the worst that follows is a refusal.
    pub fn record(&self, code: &Secret) {
        let now = self.app.clock.now();
        let void = void_at(now);
        {
            let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
            own.retain(|spent| spent.folder != self.folder || spent.void.seconds_left(now) > 0);
            let (folder, serial) = (self.folder.clone(), self.serial.clone());
            own.push(Spent { folder, serial, code: code.clone(), void });
        }
        if let Some(hash) = self.hash(code, true) {
            self.rewrite(|kept| kept.push((hash, void)));
        }
    }

    /// Takes back what [`Ledger::record`] wrote: AWS has not taken the code.
    pub fn release(&self, code: &Secret) {
        let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
        own.retain(|spent| spent.folder != self.folder || spent.serial != self.serial || spent.code != *code);
        drop(own);
        if let Some(hash) = self.hash(code, false) {
            self.rewrite(|kept| kept.retain(|(kept, _)| *kept != hash));
        }
    }

    /// Changes what is written down, leaving out what is void by now.
    fn rewrite(&self, change: impl FnOnce(&mut Vec<(String, Timestamp)>)) {
        let now = self.app.clock.now();
        let (Some(folder), Some(file)) = (self.folder(), self.file()) else { return };
        let mut kept = lines(&fs::read_to_string(&file).unwrap_or_default());
        kept.retain(|(_, void)| void.seconds_left(now) > 0);
        change(&mut kept);
        let kept: Vec<_> = kept.into_iter().map(|(hash, void)| format!("{hash} {}", void.0)).collect();
        let text = kept.join("\n");
        if let Err(error) =
            runtime::ensure(folder).and_then(|()| cache::write(folder, &self.lock_name(), text.as_bytes()))
        {
            self.app.debug(|| format!("the spent codes are not remembered: {error}"));
        }
    }

    fn file(&self) -> Option<PathBuf> {
        Some(self.folder()?.join(self.lock_name()))
    }

    /// HMAC-SHA256 under a key of its own, derived from the sealing key: six digits alone are guessed in no time.
    fn hash(&self, code: &Secret, make: bool) -> Option<String> {
        let sealing = &self.app.sealing;
        let sealing_key = if make { sealing.key() } else { sealing.existing() }?;
        let derived = mac(sealing_key.expose(), &[b"awsx accepted codes"])?;
        let hash = mac(&derived, &[self.serial.as_bytes(), b"\0", code.expose().as_bytes()])?;
        Some(HEXLOWER.encode(&hash))
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

/// Each line is a hash and when it is void; what is not is skipped.
fn lines(text: &str) -> Vec<(String, Timestamp)> {
    let line = |line: &str| {
        let (hash, void) = line.split_once(' ')?;
        Some((hash.to_owned(), Timestamp(void.parse().ok()?)))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Kit, START};
    use proptest::prelude::*;

    const ALICE: &str = "arn:aws:iam::123456789012:mfa/alice";

    fn code(digits: &str) -> Secret {
        Secret::new(digits.into())
    }

    /// As another process would see it.
    fn forget_own(kit: &Kit) {
        let folder = runtime::locate(&kit.app.env).ok();
        OWN.lock().unwrap().retain(|spent| spent.folder != folder);
    }

    #[test]
    fn an_accepted_code_is_spent_until_it_is_void() {
        let kit = Kit::new();
        let ledger = Ledger::of(&kit.app, ALICE);
        kit.clock.advance(29);
        assert_eq!(ledger.spent(&code("123456")), None);
        ledger.record(&code("123456"));
        ledger.record(&code("234567"));
        for _ in 0..2 {
            assert_eq!(ledger.spent(&code("123456")), Some(START.plus(90)));
            assert_eq!(ledger.spent(&code("234567")), Some(START.plus(90)));
            assert_eq!(ledger.spent(&code("345678")), None);
            assert_eq!(Ledger::of(&kit.app, "another").spent(&code("123456")), None);
            forget_own(&kit);
        }
        kit.clock.set(START.plus(89));
        assert!(ledger.spent(&code("123456")).is_some());
        kit.clock.set(START.plus(90));
        assert_eq!(ledger.spent(&code("123456")), None);
        ledger.record(&code("456789"));
        let text = fs::read_to_string(ledger.file().unwrap()).unwrap();
        assert_eq!(text.lines().count(), 1, "void ones are kept: {text}");
        assert!(!text.contains("456789"));
    }

    #[test]
    fn without_a_key_this_process_still_knows() {
        let kit = Kit::new();
        kit.sealing.set(None);
        let ledger = Ledger::of(&kit.app, ALICE);
        ledger.record(&code("123456"));
        assert!(ledger.spent(&code("123456")).is_some());
        assert!(!ledger.file().unwrap().exists());
        forget_own(&kit);
        assert_eq!(ledger.spent(&code("123456")), None);
    }

    #[test]
    fn a_spoilt_file_is_an_empty_one() {
        let kit = Kit::new();
        let ledger = Ledger::of(&kit.app, ALICE);
        ledger.record(&code("123456"));
        forget_own(&kit);
        fs::write(ledger.file().unwrap(), b"\xff\xfe nonsense\n1 2 3\n").unwrap();
        assert_eq!(ledger.spent(&code("123456")), None);
        ledger.record(&code("123456"));
        forget_own(&kit);
        assert!(ledger.spent(&code("123456")).is_some());
    }

    proptest! {
        #[test]
        fn remembered_as_long_as_any_server_takes_it(now in 0i64..4_000_000_000, ahead in -1i64..=1) {
            // The code's own step, and the last moment at which a server one step behind still takes it.
            let step = totp::step(Timestamp(now)) + ahead;
            let last = (step + 2) * totp::PERIOD - 1;
            prop_assert!(void_at(Timestamp(now)).0 > last);
            prop_assert!(void_at(Timestamp(now)).0 - now <= 90);
        }
    }
}
