//! Whose keys they are, and with which credentials IAM is called about them.

use super::Rotation;
use crate::aws::arn::{Arn, is_security_key};
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, Result};
use crate::base::secret::Credentials;
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::plan::endpoint::endpoint;
use crate::ports::{CallError, Caller, Endpoint};
use crate::profile::Profile;
use crate::select::request;
use crate::session;
use crate::store::state;

/// Credentials for IAM, and whom they are about.
pub struct Access {
    /// They sign every call: a session with MFA where the user has a device, else the keys themselves.
    pub credentials: Credentials,
    /// Where IAM is.
    pub iam: Endpoint,
    /// The user's name, without its path.
    pub user: String,
    /// ARN of the user.
    pub arn: String,
    /// Whether it is a session out of the cache, which may be too old for the user's policy.
    pub cached: bool,
}

impl Access {
    /// A caller of IAM.
    pub fn caller(&self) -> Caller<'_> {
        Caller::new(&self.credentials, &self.iam)
    }
}

impl Rotation<'_> {
    /// The access of the profile's present keys, with one MFA code at most. `fresh`: a cached session won't do.
    pub(super) fn access(&self, fresh: bool) -> Result<Access> {
        let keys = session::keys(self.app, self.profiles, &self.name, &self.name)?;
        let arn = self.whose(&keys)?;
        let user = self.user(&arn)?;
        let mut access = Access { iam: self.endpoint("iam")?, user, arn, cached: false, credentials: keys };
        if !self.has_device(&access)? {
            return Ok(access);
        }
        let args = SessionArgs {
            code: self.order.code.map(str::to_owned),
            mfa_serial: self.order.mfa_serial.map(str::to_owned),
            no_cache: fresh,
            ..SessionArgs::default()
        };
        let request = request::from_args(self.app, self.profiles, Some(&self.name), &args)?;
        let session = session::obtain(self.app, self.profiles, &request)?;
        access.cached = session.cached;
        access.credentials = session.credentials;
        Ok(access)
    }

    /// The ARN of the keys' owner.
    pub(super) fn whose(&self, keys: &Credentials) -> Result<String> {
        let at = self.endpoint("sts")?;
        self.app.debug(|| format!("sts:GetCallerIdentity with {}", keys.access_key_id));
        let identity = self.app.sts.get_caller_identity(Caller::new(keys, &at));
        identity.map(|identity| identity.arn).map_err(|e| self.explain(&e, keys, &at))
    }

    fn user(&self, arn: &str) -> Result<String> {
        if arn.ends_with(":root") {
            return Err(Error::config(format!("the key of {} is that of the account's root user", self.name))
                .cause("whoever has such a key can do everything, a new one as well as the old one")
                .hint("delete it in the AWS console, and use the key of an IAM user"));
        }
        let user = Arn::parse(arn).filter(|arn| arn.service == "iam").and_then(|arn| arn.name("user"));
        user.map(str::to_owned).ok_or_else(|| {
            Error::config(format!("the key of {} belongs to no IAM user", self.name)).cause(format!("it is of {arn}"))
        })
    }

    /// Whether the user has an MFA device that shows codes. IAM takes no session without MFA, so without a device the
    /// keys themselves are used.
    fn has_device(&self, access: &Access) -> Result<bool> {
        let profile = self.settings();
        if profile.has("role_arn") {
            return Ok(false);
        }
        let named = self.order.mfa_serial.or_else(|| self.app.env.get(vars::AWS_MFA_SERIAL));
        let configured = profile.get("mfa_serial").or_else(|| profile.get("mfa_arn"));
        if let Some(serial) = named.or(configured) {
            return Ok(!serial.is_empty());
        }
        if state::load(&self.app.state_dir()?, &self.name).serial.is_some() {
            return Ok(true);
        }
        match self.app.iam.list_mfa_devices(access.caller(), Some(&access.user)) {
            Ok(devices) => Ok(devices.iter().any(|device| !is_security_key(&device.serial))),
            Err(e) if errors::is_access_denied(&e) => Ok(false),
            Err(e) => Err(self.explain(&e, &access.credentials, &access.iam)),
        }
    }

    pub(super) fn endpoint(&self, service: &str) -> Result<Endpoint> {
        endpoint(&self.app.env, self.profiles, &self.settings(), service, None)
    }

    fn settings(&self) -> Profile {
        self.profiles.get(&self.name).unwrap_or_else(|| Profile::bare(&self.name))
    }

    /// A failed call as an error for a person.
    pub(super) fn explain(&self, error: &CallError, with: &Credentials, at: &Endpoint) -> Error {
        let context = Context {
            profile: Some(&self.name),
            mfa: with.is_session(),
            session: with.is_session(),
            now: Some(self.app.clock.now()),
            ..Context::default()
        };
        errors::explain(error, &context.at(at))
    }
}
