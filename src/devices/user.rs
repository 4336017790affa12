//! Whose devices they are, and with which credentials IAM is asked about them.

use crate::app::App;
use crate::aws::arn::Arn;
use crate::aws::errors::{self, Context};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Credentials;
use crate::base::signals;
use crate::base::vars;
use crate::cli::SessionArgs;
use crate::plan::Request;
use crate::plan::endpoint::endpoint;
use crate::ports::{CallError, Caller, Endpoint, Identity, MfaDevice};
use crate::profile::{Profiles, Step};
use crate::select::request;
use crate::select::selection::Selection;
use crate::session;
use crate::store::state;

/// Whom a command is about, as the command line says it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Target<'a> {
    /// The profile of the user.
    pub profile: Option<&'a str>,
    /// `--as`: the profile with whose rights to act.
    pub with_profile: Option<&'a str>,
    /// `--code`: for the session that the calls need.
    pub code: Option<&'a str>,
    /// `--code-from`: the device of that code.
    pub code_from: Option<&'a str>,
}

/// Credentials for IAM, and where it is.
pub struct Access {
    /// The profile they are of.
    pub profile: String,
    /// They sign every call.
    pub credentials: Credentials,
    /// Where IAM is.
    pub iam: Endpoint,
}

/// An IAM user.
pub struct User<'a> {
    app: &'a App,
    profiles: &'a Profiles,
    code: Option<&'a str>,
    code_from: Option<&'a str>,
    /// The profile that the command line named.
    pub asked: String,
    /// The profile whose keys are the user's.
    pub profile: String,
    /// `aws`, `aws-cn` …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// The user's name, without its path.
    pub name: String,
    /// Whether somebody else acts for the user.
    pub by_administrator: bool,
}

impl Access {
    /// A failed call as an error for a person.
    pub fn explain(&self, app: &App, error: &CallError, serial: Option<&str>) -> Error {
        errors::explain(
            error,
            &Context {
                profile: Some(&self.profile),
                serial,
                mfa: self.credentials.is_session(),
                session: self.credentials.is_session(),
                url: self.iam.url.as_deref(),
                region: Some(&self.iam.region),
                now: Some(app.clock.now()),
                ..Context::default()
            },
        )
    }
}

/// The profile at the start of the chain, whose keys a profile's user has.
///
/// # Errors [`crate::base::error::ErrorKind::Config`] if it starts from something other than keys, or if its chain of
/// sources is wrong.
pub fn keys_profile(app: &App, profiles: &Profiles, name: &str) -> Result<String> {
    let states = app.state_dir()?;
    let chain = profiles.chain(name, |profile| state::load(&states, profile).access_key_id.is_some())?;
    match chain.first() {
        Some(hop) if hop.step == Step::Keys => Ok(hop.profile.name.clone()),
        _ => Err(Error::config(format!("{name} does not start from the keys of an IAM user"))
            .cause("only IAM users have MFA devices that AWS keeps")
            .hint("name a profile whose keys are stored: awsx list")),
    }
}

/// Finds the user behind a profile, and the credentials for the first calls: the user's own keys, or an administrator's
/// session.
///
/// GetCallerIdentity needs no permission, so it also says the name (and path) of a user who may do nothing but enrol.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Config`] for a profile without a user's keys, and whatever the keychain or AWS fail with.
pub fn find<'a>(app: &'a App, profiles: &'a Profiles, target: Target<'a>) -> Result<(User<'a>, Access)> {
    let asked = Selection::of(&app.env, target.profile).profile(app, profiles)?;
    let profile = keys_profile(app, profiles, &asked)?;
    let of = |identity: &Identity, by_administrator| {
        let (partition, account, name) = user_arn(&identity.arn).ok_or_else(|| no_user(&profile, &identity.arn))?;
        Ok(User {
            app,
            profiles,
            code: target.code,
            code_from: target.code_from,
            asked: asked.clone(),
            profile: profile.clone(),
            partition,
            account,
            name,
            by_administrator,
        })
    };
    let own = |profile: &str| {
        let access = access(app, profiles, profile, session::keys(app, profiles, &asked, profile)?)?;
        let identity = identity(app, profiles, &access)?;
        Ok((access, identity))
    };
    let Some(administrator) = target.with_profile else {
        let (access, identity) = own(&profile)?;
        return Ok((of(&identity, false)?, access));
    };
    let administrator = profiles.find(administrator)?;
    let access = administrators(app, profiles, &administrator, target)?;
    let (name, own_account) = match own(&profile) {
        Ok((_, identity)) => of(&identity, true).map(|user| (user.name, Some(user.account)))?,
        // The keys of somebody else need not be on this machine.
        Err(e) if matches!(e.kind, ErrorKind::Config | ErrorKind::Keychain) && app.prompter.can_ask() => {
            (app.prompter.line(&format!("IAM user of {profile}: "))?, None)
        }
        Err(e) => return Err(e),
    };
    let found = app.iam.get_user(Caller::new(&access.credentials, &access.iam), Some(&name));
    let found = found.map_err(|e| access.explain(app, &e, None))?;
    let user = of(&Identity { account: String::new(), arn: found.arn, user_id: String::new() }, true)?;
    match own_account {
        Some(account) if account != user.account => Err(Error::config(format!(
            "{profile} is in account {account}, and {administrator} acts in {}",
            user.account
        ))
        .hint("give --as a profile of the same account")),
        _ => Ok((user, access)),
    }
}

/// The request for a session, from the command line and the environment.
fn with_code(
    app: &App,
    profiles: &Profiles,
    profile: &str,
    (code, serial): (Option<&str>, Option<&str>),
) -> Result<Request> {
    let [code, mfa_serial] = [code, serial].map(|text| text.map(str::to_owned));
    let args = SessionArgs { code, mfa_serial, ..SessionArgs::default() };
    request::from_args(app, profiles, Some(profile), &args)
}

fn access(app: &App, profiles: &Profiles, profile: &str, credentials: Credentials) -> Result<Access> {
    let settings = profiles.get(profile).ok_or_else(|| Error::config(format!("no profile {profile}")))?;
    let iam = endpoint(&app.env, profiles, &settings, "iam", None)?;
    Ok(Access { profile: profile.into(), credentials, iam })
}

fn identity(app: &App, profiles: &Profiles, access: &Access) -> Result<Identity> {
    let settings = profiles.get(&access.profile).ok_or_else(|| Error::config("the profile is gone"))?;
    let sts = endpoint(&app.env, profiles, &settings, "sts", None)?;
    app.sts.get_caller_identity(Caller::new(&access.credentials, &sts)).map_err(|e| access.explain(app, &e, None))
}

/// An administrator's session. IAM takes a session only if it was made with MFA or is a role's; somebody without a
/// device acts with the keys themselves.
fn administrators(app: &App, profiles: &Profiles, profile: &str, target: Target) -> Result<Access> {
    let request = with_code(app, profiles, profile, (target.code, target.code_from))?;
    // Here the option has another name: `--mfa-serial` is the user's device.
    let ours = |e: Error| Error { hint: e.hint.map(|hint| hint.replace("--mfa-serial", "--code-from")), ..e };
    let session = session::obtain(app, profiles, &request).map_err(ours)?;
    let session = access(app, profiles, profile, session.credentials)?;
    let settings = profiles.get(profile);
    let is_role =
        settings.as_ref().is_some_and(|settings| settings.has("role_arn") || !starts_from_keys(app, profiles, profile));
    let has_device = request.mfa_serial.is_some()
        || profiles.inherited(profile, "mfa_serial").is_some()
        || profiles.inherited(profile, "mfa_arn").is_some()
        || state::load(&app.state_dir()?, profile).serial.is_some();
    if is_role || has_device || !session.credentials.is_session() {
        return Ok(session);
    }
    access(app, profiles, profile, session::keys(app, profiles, profile, profile)?)
}

fn starts_from_keys(app: &App, profiles: &Profiles, profile: &str) -> bool {
    keys_profile(app, profiles, profile).is_ok()
}

impl User<'_> {
    /// The user's devices, assigned ones only.
    ///
    /// # Errors
    /// The failure of the call.
    pub fn devices(&self, access: &Access) -> Result<Vec<MfaDevice>> {
        self.list(access).map_err(|e| access.explain(self.app, &e, None))
    }

    /// The same with AWS's own error.
    pub(super) fn list(&self, access: &Access) -> std::result::Result<Vec<MfaDevice>, CallError> {
        self.app.iam.list_mfa_devices(Caller::new(&access.credentials, &access.iam), Some(&self.name))
    }

    /// Virtual devices in the user's name that nobody uses; none where looking is not allowed.
    ///
    /// # Errors
    /// The failure of the call.
    pub fn left_over(&self, access: &Access) -> Result<Vec<String>> {
        match self.app.iam.unassigned_mfa_devices(Caller::new(&access.credentials, &access.iam)) {
            Ok(serials) => {
                let (own, below) = (self.serial("/", &self.name), self.serial(&self.own_path(), ""));
                Ok(serials.into_iter().filter(|s| *s == own || s.starts_with(&below)).collect())
            }
            Err(e) if errors::is_access_denied(&e) => Ok(Vec::new()),
            Err(e) => Err(access.explain(self.app, &e, None)),
        }
    }

    /// The ARN of a virtual device.
    pub fn serial(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:mfa{path}{name}", self.partition, self.account)
    }

    /// The IAM path of the user's further devices. It names the user: a slash, unlike a hyphen, can't be part of another
    /// user's name, so a policy can give each user exactly the own ones (see [`crate::iam_policy`]).
    pub fn own_path(&self) -> String {
        format!("/{}/", self.name)
    }

    /// The user's access with a session that has MFA, made with a code of one of these devices. `leaving` is the device
    /// that is about to be removed. An administrator's access stays as it is.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if none of them has codes that STS takes, or whatever the session fails with.
    pub fn with_mfa(&self, access: Access, devices: &[MfaDevice], leaving: Option<&str>) -> Result<Access> {
        if self.by_administrator {
            return Ok(access);
        }
        let usable: Vec<&str> =
            devices.iter().map(|d| d.serial.as_str()).filter(|s| !crate::aws::arn::is_security_key(s)).collect();
        let serial = self.authorising(&usable, leaving)?;
        let several = usable.len() > 1;
        if several && self.code_from.is_none() {
            self.app
                .prompter
                .say(&format!("A session with a code of {serial} is used; --code-from ARN takes another device."));
        }
        let request = with_code(self.app, self.profiles, &self.profile, (self.code, Some(serial)))?;
        let session = session::obtain(self.app, self.profiles, &request).map_err(|e| without_code(e, several))?;
        self::access(self.app, self.profiles, &self.profile, session.credentials)
    }

    /// The device whose code is asked for: the named one, else the configured one, else any. The one that is about to
    /// be removed comes last: it may be lost, and a code of another one shows that the other one works.
    fn authorising<'d>(&self, usable: &[&'d str], leaving: Option<&str>) -> Result<&'d str> {
        let find = |serial: &str| usable.iter().find(|known| **known == serial).copied();
        if let Some(named) = self.code_from {
            let none = || {
                Error::failed(format!("{} has no device {named} that gives codes", self.name))
                    .hint(format!("awsx mfa status {}", self.asked))
            };
            return find(named).ok_or_else(none);
        }
        let settings = self.profiles.get(&self.profile);
        let named = self.app.env.get(vars::AWS_MFA_SERIAL).and_then(find);
        let configured = settings.as_ref().and_then(|p| p.mfa_serial()).and_then(find);
        let stays = |serial: &&str| Some(*serial) != leaving;
        let chosen = named.or(configured.filter(stays)).or_else(|| usable.iter().copied().find(|s| stays(s)));
        chosen.or(usable.first().copied()).ok_or_else(|| {
            Error::failed(format!("{} has only security keys, and STS takes no codes of those", self.name))
                .hint("act for it with an administrator's profile (--as), or use the AWS console")
        })
    }
}

/// Adds what to do if there is no code because the device is lost.
fn without_code(error: Error, several: bool) -> Error {
    if !matches!(error.kind, ErrorKind::Input | ErrorKind::Refused) || signals::pending().is_some() {
        return error;
    }
    let way = if several {
        "--code-from ARN uses another device"
    } else {
        "if the device is lost, an administrator can do it for you: --as PROFILE"
    };
    let hint = error.hint.as_ref().map_or_else(|| way.to_owned(), |hint| format!("{hint}; {way}"));
    error.hint(hint)
}

/// Partition, account and name out of the ARN of a user.
fn user_arn(arn: &str) -> Option<(String, String, String)> {
    let arn = Arn::parse(arn).filter(|arn| (arn.service, arn.region) == ("iam", ""))?;
    Some((arn.partition.into(), arn.account.into(), arn.name("user")?.into()))
}

fn no_user(profile: &str, arn: &str) -> Error {
    let error = Error::config(format!("the keys of {profile} belong to no IAM user")).cause(format!("they are {arn}"));
    if arn.ends_with(":root") {
        error.hint("the root user's MFA is set up in the AWS console alone; better, use an IAM user")
    } else {
        error.hint("name the profile of an IAM user")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_users() {
        let parts = |arn| user_arn(arn).map(|(a, b, c)| [a, b, c].join(" "));
        assert_eq!(parts("arn:aws:iam::123456789012:user/alice").as_deref(), Some("aws 123456789012 alice"));
        assert_eq!(
            parts("arn:aws-cn:iam::123456789012:user/division/team/al.ice@x").as_deref(),
            Some("aws-cn 123456789012 al.ice@x")
        );
        for arn in ["arn:aws:iam::123456789012:root", "arn:aws:sts::1:assumed-role/x/y", "", "user/alice"] {
            assert_eq!(parts(arn), None, "{arn}");
        }
        assert!(no_user("p", "arn:aws:iam::123456789012:root").hint.is_some_and(|hint| hint.contains("root")));
    }
}
