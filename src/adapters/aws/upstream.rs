//! Credentials of profiles that don't start from keys, as the AWS SDK resolves them from the user's own files: SSO, web
//! identity, container and instance roles. `credential_process` alone is run here.

use aws_config::Region;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use tokio::time::timeout;

use super::call::{block_on, chain, root_cause};
use super::{Network, client, process};
use crate::adapters::clock::SystemClock;
use crate::aws::answer;
use crate::aws::errors::one_line;
use crate::base::env::Env;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{Clock, Endpoint, Fault, Upstream};
use crate::profile::{Profiles, Step};

/// The AWS SDK's own resolution of a profile.
#[derive(Clone, Default)]
pub struct SdkUpstream(pub Network);

impl Upstream for SdkUpstream {
    fn resolve(&self, profile: &str, at: &Endpoint) -> Result<Credentials> {
        // What the SDK reads, too.
        let env: Env = std::env::vars_os().collect();
        if let Some(line) = process_of(&env, profile)? {
            return usable(profile, process::run(&env, profile, &line, process::LIMIT)?);
        }
        let limit = self.0.limits.total;
        let resolved = self
            .provider(profile, at)
            .and_then(|provider| block_on(async { timeout(limit, provider.provide_credentials()).await }))
            .and_then(|answer| {
                answer.map_err(|_| Fault::TimedOut(format!("no answer within {} s", limit.as_secs_f32())))
            });
        match resolved {
            Ok(Ok(it)) => usable(
                profile,
                Credentials {
                    access_key_id: it.access_key_id().to_owned(),
                    secret_access_key: Secret::new(it.secret_access_key().to_owned()),
                    session_token: it.session_token().map(|token| Secret::new(token.to_owned())),
                    expires: it.expiry().map(Timestamp::from),
                },
            ),
            Ok(Err(error)) => Err(explain(profile, &error)),
            Err(fault) => Err(match fault {
                Fault::Unsendable(cause) => Error::config(what(profile)).cause(cause),
                Fault::Unreachable(cause) | Fault::TimedOut(cause) | Fault::Protocol(cause) => {
                    Error::new(ErrorKind::Network, what(profile)).cause(cause)
                }
                Fault::Unusable(cause) | Fault::Service { code: cause, .. } => {
                    Error::new(ErrorKind::Refused, what(profile)).cause(cause)
                }
            }),
        }
    }
}

impl SdkUpstream {
    fn provider(&self, profile: &str, at: &Endpoint) -> std::result::Result<ProfileFileCredentialsProvider, Fault> {
        // The URL of `at` is STS's; SSO and the rest have their own, which the SDK finds in the profile.
        let elsewhere = Endpoint { url: None, ..at.clone() };
        let config = ProviderConfig::without_region()
            .with_region(Some(Region::new(at.region.clone())))
            .with_http_client(client::http(&self.0, &elsewhere)?)
            .with_retry_config(client::retries(self.0.limits));
        Ok(ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build())
    }
}

/// The `credential_process` of a profile that starts from one.
fn process_of(env: &Env, profile: &str) -> Result<Option<String>> {
    let profiles = Profiles::load(env)?;
    let chain = profiles.chain(profile, |_| false)?;
    let first = chain.first().filter(|hop| hop.step == Step::Process);
    Ok(first.and_then(|hop| hop.profile.get("credential_process")).map(str::to_owned))
}

/// Credentials of a profile's source, unless nothing could be done with them.
fn usable(profile: &str, credentials: Credentials) -> Result<Credentials> {
    match answer::credentials(&credentials, None, SystemClock.now()) {
        Ok(()) => Ok(credentials),
        Err(wrong) => Err(Error::new(ErrorKind::Refused, format!("what the source of {profile} gives can't be used"))
            .cause(wrong)
            .hint(format!("`awsx explain {profile}` shows the source"))),
    }
}

fn what(profile: &str) -> String {
    format!("no credentials for profile {profile}")
}

/// The SDK hands out no types for what went wrong below, only words.
fn explain(profile: &str, error: &CredentialsError) -> Error {
    let cause = one_line(&root_cause(error));
    let words: Vec<String> = chain(error).map(ToString::to_string).collect();
    let said = |part: &str| words.iter().any(|w| w.contains(part));
    let (kind, hint) = if said("SSO token") || said("cached SSO") || said("sso/cache") || said("UnauthorizedException")
    {
        (ErrorKind::Input, format!("aws sso login --profile {profile}"))
    } else if said("credentials-login") {
        (
            ErrorKind::Config,
            format!(
                "`aws configure export-credentials --profile {profile}` as credential_process of a profile of its own"
            ),
        )
    } else if said("external process") {
        (ErrorKind::Failed, format!("run the credential_process of [profile {profile}] by hand"))
    } else if said("dispatch failure") || said("request has timed out") || said("provider timed out") {
        (ErrorKind::Network, "check the connection, HTTPS_PROXY and AWS_CA_BUNDLE".into())
    } else if matches!(error, CredentialsError::InvalidConfiguration(_) | CredentialsError::CredentialsNotLoaded(_)) {
        (ErrorKind::Config, format!("check [profile {profile}]; `awsx add {profile}` stores keys for it"))
    } else {
        (ErrorKind::Refused, format!("`awsx explain {profile}` shows the steps"))
    };
    Error::new(kind, what(profile)).cause(cause).hint(hint)
}
