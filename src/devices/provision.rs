//! `awsx provision-mfa`: from nothing to a device that works and a profile that uses it.

use crate::app::App;
use crate::aws::errors;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Secret;
use crate::base::time::show_left;
use crate::cli::SessionArgs;
use crate::devices::config;
use crate::devices::user::{self, Access, Target, User};
use crate::mfa::totp;
use crate::plan::Request;
use crate::ports::{Caller, Item, MfaDevice};
use crate::profile::Profiles;
use crate::select::request;
use crate::session;
use crate::store::state;

/// AWS's quota of MFA devices per user ([IAM
/// quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)).
const LIMIT: usize = 8;

/// What is to be enrolled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order<'a> {
    /// For whom.
    pub target: Target<'a>,
    /// `--name`.
    pub name: Option<&'a str>,
    /// `--show-secret`.
    pub show_secret: bool,
    /// `--no-qr`.
    pub no_qr: bool,
    /// `--store-seed`.
    pub store_seed: bool,
}

impl Order<'_> {
    /// Nobody is shown the seed: the keychain alone has it, and this machine computes the codes.
    pub(super) fn unattended(&self) -> bool {
        self.store_seed && self.no_qr && !self.show_secret
    }
}

/// A device that is being enrolled.
pub(super) struct Device {
    pub serial: String,
    /// Known if the device was made just now or its seed is stored.
    pub seed: Option<Secret>,
    /// Whether it was made just now.
    pub made: bool,
}

/// One enrolment: who wants what, with which rights.
pub(super) struct Enrolment<'a> {
    pub app: &'a App,
    pub order: &'a Order<'a>,
    pub user: &'a User<'a>,
    pub access: &'a Access,
}

/// Enrols a device; its serial number.
///
/// # Errors
/// Any kind. A device that was made is deleted again, or what is left is said.
pub fn provision(app: &App, profiles: &Profiles, order: &Order) -> Result<String> {
    if !order.unattended() {
        somebody_is_there(app, order)?;
    }
    let (user, access) = user::find(app, profiles, order.target)?;
    let devices = user.devices(&access)?;
    if devices.len() >= LIMIT {
        return Err(Error::failed(format!("{} has {} MFA devices, and AWS allows {LIMIT}", user.name, devices.len()))
            .hint(format!("awsx mfa remove {} --mfa-serial ARN", user.asked)));
    }
    let access = further(app, &user, access, &devices)?;
    let write = may_write(app, profiles, &user)?;
    let enrolment = Enrolment { app, order, user: &user, access: &access };
    let (path, name) = enrolment.place(&devices)?;
    let device = enrolment.make(&path, &name)?;
    if let Err(error) = enrolment.enable(&device) {
        return Err(enrolment.undo(&device, error));
    }
    enrolment.finish(&device, write)?;
    enrolment.offer_login(profiles, &device, write);
    Ok(device.serial)
}

/// Fails before anything is made if nobody can be asked for codes or the seed can't be shown.
fn somebody_is_there(app: &App, order: &Order) -> Result<()> {
    let shown = if order.no_qr && !order.show_secret { Ok(()) } else { app.prompter.show(&Secret::new(String::new())) };
    if app.prompter.can_ask() && shown.is_ok() {
        return Ok(());
    }
    Err(Error::input("enrolling a device takes a terminal: it shows a QR code and asks for two codes")
        .hint("run it on a terminal; or, for codes by this machine alone, give --store-seed --no-qr"))
}

/// A further device needs a session with MFA; AWS and the person are asked before anything is made.
fn further(app: &App, user: &User, access: Access, devices: &[MfaDevice]) -> Result<Access> {
    if devices.is_empty() {
        return Ok(access);
    }
    let serials: Vec<&str> = devices.iter().map(|d| d.serial.as_str()).collect();
    app.prompter.say(&format!("{} already has {}.", user.name, serials.join(", ")));
    if !app.global.yes && app.prompter.can_ask() && !app.prompter.confirm("Enrol another device?", true)? {
        return Err(Error::failed("nothing was enrolled"));
    }
    user.with_mfa(access, devices, None)
}

/// Whether the new device may take the place of one that the profile names.
fn may_write(app: &App, profiles: &Profiles, user: &User) -> Result<bool> {
    let settings = profiles.get(&user.profile);
    match settings.as_ref().and_then(|p| p.mfa_serial()) {
        None => Ok(true),
        Some(serial) => app.confirm(&format!("{} uses {serial}. Let it use the new device instead?", user.profile)),
    }
}

impl Enrolment<'_> {
    /// Path and name of the new device; no other device of the user has them.
    fn place(&self, devices: &[MfaDevice]) -> Result<(String, String)> {
        let user = self.user;
        let own = |name: &str| (user.own_path(), name.to_owned());
        let taken = |(path, name): &(String, String)| {
            let serial = user.serial(path, name);
            devices.iter().any(|d| d.serial == serial)
        };
        let place = match self.order.name {
            Some(name) => {
                let place = match name.rsplit_once('/') {
                    Some((path, name)) => (format!("/{}/", path.trim_matches('/')).replace("//", "/"), name.to_owned()),
                    None if name == user.name => ("/".to_owned(), name.to_owned()),
                    None => own(name),
                };
                check_name(&place.1)?;
                if taken(&place) {
                    return Err(Error::failed(format!("{} has such a device", user.serial(&place.0, &place.1)))
                        .hint("give it another --name"));
                }
                place
            }
            None => [("/".to_owned(), user.name.clone())]
                .into_iter()
                .chain((2..=LIMIT + 1).map(|n| own(&format!("{}-{n}", user.name))))
                .find(|place| !taken(place))
                .ok_or_else(|| Error::failed("no name is free for the device").hint("give it a --name"))?,
        };
        Ok(place)
    }

    /// The device: made anew, or one that an interrupted run left and that an app still knows.
    fn make(&self, path: &str, name: &str) -> Result<Device> {
        let serial = self.user.serial(path, name);
        let left_over = self.user.left_over(self.access)?;
        for other in left_over.iter().filter(|other| **other != serial) {
            self.app.prompter.say(&format!(
                "Left over and unused: {other} (awsx mfa remove {} --mfa-serial {other})",
                self.user.asked
            ));
        }
        if left_over.contains(&serial)
            && let Some(device) = self.replace(&serial)?
        {
            return Ok(device);
        }
        match self.create(path, name) {
            // Left by an interrupted run; listing unassigned devices is not allowed.
            Err(Failure::Exists(error)) if !left_over.contains(&serial) => match self.replace(&serial) {
                Ok(Some(device)) => Ok(device),
                Ok(None) => self.create(path, name).map_err(Failure::into_error),
                Err(e) if e.kind == ErrorKind::Failed => Err(e.hint("choose another name with --name")),
                Err(_) => Err(error),
            },
            result => result.map_err(Failure::into_error),
        }
    }

    /// Asks what to do with an unused device of that name, and deletes it unless it is to be used as it is.
    fn replace(&self, serial: &str) -> Result<Option<Device>> {
        self.app.prompter.say(&format!(
            "{serial} exists and is not in use, as an interrupted enrolment leaves it. Its seed can't be read again."
        ));
        if !self.app.confirm("Delete it and make a new one?")? {
            if self.app.prompter.confirm("Use it as it is (an app still shows its codes)?", false)? {
                let seed = self.app.keychain.get(&Item::Seed(serial.to_owned())).ok().flatten();
                return Ok(Some(Device { serial: serial.to_owned(), seed, made: false }));
            }
            return Err(Error::failed("nothing was enrolled").hint("choose another name with --name"));
        }
        let (with, at) = (&self.access.credentials, &self.access.iam);
        match self.app.iam.delete_virtual_mfa_device(Caller::new(with, at), serial) {
            Err(e) if !errors::is_missing(&e) => Err(self.access.explain(self.app, &e, Some(serial))),
            _ => {
                self.app.prompter.say("Deleted.");
                Ok(None)
            }
        }
    }

    fn create(&self, path: &str, name: &str) -> std::result::Result<Device, Failure> {
        let (with, at) = (&self.access.credentials, &self.access.iam);
        self.app.debug(|| format!("iam:CreateVirtualMFADevice {path}{name}"));
        match self.app.iam.create_virtual_mfa_device(Caller::new(with, at), path, name) {
            Ok(new) => Ok(Device { serial: new.serial, seed: Some(new.seed), made: true }),
            Err(e) => {
                let error = self.access.explain(self.app, &e, None);
                if errors::exists_already(&e) {
                    return Err(Failure::Exists(error));
                }
                let error = if errors::is_access_denied(&e) {
                    error.hint("`awsx policy self-provision` is what an administrator has to attach")
                } else {
                    error
                };
                if errors::may_have_happened(&e) {
                    // The answer with the seed is lost, but the device may be there.
                    self.delete(&self.user.serial(path, name));
                    return Err(Failure::Other(error.hint(format!("awsx provision-mfa {}", self.user.asked))));
                }
                Err(Failure::Other(error))
            }
        }
    }

    /// The device is enabled. What fails from here on must not remove it again.
    fn finish(&self, device: &Device, write: bool) -> Result<()> {
        let (app, user, serial) = (self.app, self.user, &device.serial);
        app.prompter.say(&format!("{serial} is enabled for {}.", user.name));
        if device.made && !self.order.store_seed {
            self.forget_old_seed(serial);
        }
        if let Ok(states) = app.state_dir() {
            let remembered = state::update(&states, &user.profile, |state| state.set_device(Some(serial.clone())));
            if let Err(e) = remembered {
                app.debug(|| format!("the device is not remembered: {e}"));
            }
        }
        if !write {
            app.prompter.say(&format!("{} is left as it is; --mfa-serial {serial} uses the new device.", user.profile));
            return Ok(());
        }
        config::write(app, &user.profile, serial).map_err(|e| {
            let cause = e.cause.as_deref().map_or(e.what.clone(), |cause| format!("{}: {cause}", e.what));
            Error::new(e.kind, "the device works, but the profile could not be changed")
                .cause(cause)
                .hint(format!("put `mfa_serial = {serial}` into profile {} yourself", user.profile))
        })?;
        app.prompter.say(&format!("Profile {} uses it now (mfa_serial).", user.profile));
        Ok(())
    }

    /// An earlier device of the same name may have had its seed stored; its codes would be sent, and refused, for ever.
    fn forget_old_seed(&self, serial: &str) {
        match self.app.keychain.remove(&Item::Seed(serial.to_owned())) {
            Ok(true) => {
                self.app.prompter.say("The seed of an earlier device of that name was taken out of the keychain.");
            }
            Ok(false) => {}
            // Where no keychain can be reached, no seed comes out of it either.
            Err(e) => self.app.debug(|| format!("no look for an old seed: {}", e.brief())),
        }
    }

    /// A first login with the new device, if the person wants one. Nothing that goes wrong here undoes anything.
    fn offer_login(&self, profiles: &Profiles, device: &Device, in_profile: bool) {
        let (app, user) = (self.app, self.user);
        if user.by_administrator || !app.prompter.can_ask() || self.order.unattended() {
            return;
        }
        if !app.prompter.confirm("Log in with it now?", true).unwrap_or(false) {
            return;
        }
        // Both codes so far are spent; the next one is the first that STS takes.
        let seconds = totp::seconds_to_next(app.clock.now());
        app.prompter.say(&format!("The next code, for the login, comes in {seconds} s."));
        let args = SessionArgs { mfa_serial: Some(device.serial.clone()), ..SessionArgs::default() };
        // `--code` was for the enrolment.
        let request = request::from_args(app, profiles, Some(&user.asked), &args)
            .map(|request| Request { code: None, ..request });
        let option = if in_profile { String::new() } else { format!(" --mfa-serial {}", device.serial) };
        let next = format!("awsx shell {}{option}", user.asked);
        match request.and_then(|request| session::obtain(app, profiles, &request)) {
            Ok(session) => {
                let left = session.credentials.expires.map(|at| show_left(at.seconds_left(app.clock.now())));
                let left = left.map(|left| format!(", {left} left")).unwrap_or_default();
                app.prompter.say(&format!("Logged in{left}. Next: {next}"));
            }
            Err(e) => {
                app.prompter.warn(&format!("the device is enrolled, but the login failed: {}", e.brief()));
                app.prompter.say(&format!("Try again with: {next}"));
            }
        }
    }
}

/// Why no device was made.
enum Failure {
    /// There is one of that name.
    Exists(Error),
    /// Anything else.
    Other(Error),
}

impl Failure {
    fn into_error(self) -> Error {
        match self {
            Failure::Exists(error) | Failure::Other(error) => error,
        }
    }
}

/// `VirtualMFADeviceName`
/// ([API](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html)).
fn check_name(name: &str) -> Result<()> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (1..=226).contains(&name.len()) && name.chars().all(good) {
        return Ok(());
    }
    Err(Error::usage(format!("no name for a device: {name:?}")).cause("AWS takes letters, digits and _+=,.@-"))
}
