//! The second half of an enrolment: enables the new device, or takes it back.

use crate::aws::errors::{self, Class};
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::devices::codes::{self, Codes};
use crate::devices::otpauth;
use crate::devices::provision::{Device, Enrolment};
use crate::devices::qr::Picture;
use crate::mfa::spent::Ledger;
use crate::ports::{Caller, Item};

/// IAM is eventually consistent and may not know a new device yet: how often enabling is tried, and the seconds
/// between.
const SETTLING: (u32, u32) = (5, 2);

/// What became of two codes.
enum Sent {
    Enabled,
    Refused(Error),
    Failed(Error),
}

impl Enrolment<'_> {
    /// Shows the seed, asks for the codes, and enables the device.
    pub fn enable(&self, device: &Device) -> Result<()> {
        if let (true, Some(seed)) = (self.order.store_seed && device.made, &device.seed) {
            self.app.prompter.say(
                "The seed goes into the keychain: codes then come by themselves, and the second factor is only as safe as \
                 this machine and its keychain.",
            );
            // Before the device is enabled: a user whose device is enabled and whose seed is lost is locked out.
            self.app.keychain.set(&Item::Seed(device.serial.clone()), seed)?;
        }
        if let (true, Some(seed)) = (self.order.unattended(), &device.seed) {
            let pair = codes::computed(seed, self.app.clock.now())?;
            return match self.send(device, &pair) {
                Sent::Enabled => Ok(()),
                Sent::Refused(error) | Sent::Failed(error) => Err(error),
            };
        }
        let picture = self.picture(device)?;
        self.show(device, picture.as_ref())?;
        let mut codes = Codes::new(self.app, device.seed.as_ref());
        loop {
            let pair = codes.pair(&mut || self.show(device, picture.as_ref()))?;
            match self.send(device, &pair) {
                Sent::Enabled => return Ok(()),
                Sent::Refused(error) => codes.refused().map_err(|last| Error { kind: error.kind, ..last })?,
                Sent::Failed(error) => return Err(error),
            }
        }
    }

    /// The QR code, if it is wanted and the seed is known.
    fn picture(&self, device: &Device) -> Result<Option<Picture>> {
        let (app, Some(seed), false) = (self.app, &device.seed, self.order.no_qr) else { return Ok(None) };
        let alias = app.iam.account_alias(Caller::new(&self.access.credentials, &self.access.iam)).ok().flatten();
        let account = alias.as_deref().unwrap_or(&self.user.account);
        Picture::new(&otpauth::uri(seed, account, &self.user.name)).map(Some)
    }

    /// The QR code and, if asked for, the seed; on the terminal alone.
    fn show(&self, device: &Device, picture: Option<&Picture>) -> Result<()> {
        let (app, Some(seed)) = (self.app, &device.seed) else {
            self.app.prompter.say("Its codes are shown by the app that it was enrolled with.");
            return Ok(());
        };
        if self.order.show_secret {
            app.prompter.say("The seed, for an app that can't scan (time-based, 6 digits, 30 s):");
            let mut text = String::with_capacity(seed.expose().len() * 2);
            text.push_str(otpauth::groups(seed).expose());
            text.push('\n');
            app.prompter.show(&Secret::new(text))?;
        }
        let Some(picture) = picture else {
            if !self.order.show_secret {
                app.prompter.warn(
                    "with --no-qr the seed is shown to nobody, so no app can have it: leave --no-qr out, or give \
                     --show-secret",
                );
            }
            return Ok(());
        };
        let otherwise =
            if self.order.show_secret { "" } else { "; or stop with Ctrl-C and give --show-secret --no-qr" };
        if app.env.get("TERM") == Some("dumb") {
            app.prompter.warn(&format!(
                "this terminal (TERM=dumb) has no colours to draw the QR code with: use another one{otherwise}"
            ));
            return Ok(());
        }
        let fitting = match app.prompter.screen() {
            // One line is for the prompt below.
            Some((columns, lines)) => picture.fitting(columns.into(), usize::from(lines).saturating_sub(1)),
            None => Some(picture.full()),
        };
        if let Some(drawn) = fitting {
            app.prompter.say("Scan this with an authenticator app. Enter alone draws it again.");
            return app.prompter.show(&drawn);
        }
        let (columns, lines) = picture.least_size();
        let has = app.prompter.screen().map(|(columns, lines)| format!(", and this terminal has {columns} × {lines}"));
        app.prompter.warn(&format!(
            "the QR code needs {columns} columns and {} lines{}. Make the window larger or its font smaller, then press \
             Enter{otherwise}",
            lines + 1,
            has.unwrap_or_default()
        ));
        Ok(())
    }

    fn send(&self, device: &Device, pair: &[Secret; 2]) -> Sent {
        let (app, access) = (self.app, self.access);
        let mut tries = 0;
        let error = loop {
            app.debug(|| format!("iam:EnableMFADevice {}", device.serial));
            let (with, at) = (&access.credentials, &access.iam);
            let Err(error) = app.iam.enable_mfa_device(Caller::new(with, at), &self.user.name, &device.serial, pair)
            else {
                return self.enabled(device, pair);
            };
            tries += 1;
            let settling = matches!(errors::classify(&error), Class::Missing | Class::Changing);
            if !settling || tries >= SETTLING.0 {
                break error;
            }
            app.clock.sleep(SETTLING.1);
        };
        // The device may be enabled although the call failed: the answer was lost, and a repeated call is refused.
        // AWS's list tells.
        if self.user.list(access).is_ok_and(|devices| devices.iter().any(|d| d.serial == device.serial)) {
            return self.enabled(device, pair);
        }
        let explained = access.explain(app, &error, Some(&device.serial));
        if errors::is_mfa_refused(&error) { Sent::Refused(explained) } else { Sent::Failed(explained) }
    }

    /// Both codes are spent now.
    fn enabled(&self, device: &Device, pair: &[Secret; 2]) -> Sent {
        let ledger = Ledger::of(self.app, &device.serial);
        for code in pair {
            ledger.record(code);
        }
        Sent::Enabled
    }

    /// Takes back what was made; the error that it ends with.
    pub fn undo(&self, device: &Device, error: Error) -> Error {
        if !device.made {
            self.app.prompter.say(&format!("{} is left as it was: not in use.", device.serial));
            return error;
        }
        self.app.prompter.say("Taking the half-made device back …");
        let gone = self.delete(&device.serial);
        if !self.order.store_seed {
            return error;
        }
        let item = Item::Seed(device.serial.clone());
        if !gone {
            // It may have been enabled after all, and then nobody else has the seed.
            self.app.prompter.say("Its seed stays in the keychain; `awsx mfa remove` takes both away.");
        } else if let Err(e) = self.app.keychain.remove(&item) {
            let why = e.cause.unwrap_or(e.what);
            self.app.prompter.warn(&format!("its seed is still in the keychain and of no use any more: {why}"));
        }
        error
    }

    /// Deletes a half-made device and says so, or says what is left; whether it is gone.
    pub fn delete(&self, serial: &str) -> bool {
        let (app, access, asked) = (self.app, self.access, &self.user.asked);
        let deleted = app.iam.delete_virtual_mfa_device(Caller::new(&access.credentials, &access.iam), serial);
        match &deleted {
            Ok(()) => app.prompter.say("The half-made device was deleted; nothing is left of it."),
            Err(e) if errors::is_missing(e) => app.prompter.say("No device was made; nothing is left."),
            Err(e) if errors::classify(e) == Class::InUse => app.prompter.warn(&format!(
                "{serial} is in use: it was enabled after all, or is somebody else's. `awsx mfa status {asked}` shows it; \
                 with its codes in your app it works, and `awsx mfa remove` takes it away",
            )),
            Err(e) => {
                let why = access.explain(app, e, Some(serial)).what;
                app.prompter.warn(&format!(
                    "{serial} could not be deleted ({why}). `awsx mfa status {asked}` shows whether it is in use; if not, \
                     the next `awsx provision-mfa {asked}` finds it and offers to replace it"
                ));
            }
        }
        deleted.as_ref().err().is_none_or(errors::is_missing)
    }
}
