//! Security Token Service.

use aws_sdk_sts::Client;
use aws_sdk_sts::types::{AssumedRoleUser, PolicyDescriptorType, Tag};

use super::Network;
use super::call::Calling;
use crate::adapters::clock::SystemClock;
use crate::aws::answer;
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{AssumeRole, AssumedRole, Call, Caller, Clock, Endpoint, Identity, MfaCode, Sts};

/// STS through the AWS SDK.
#[derive(Clone, Default)]
pub struct AwsSts(pub Network);

impl AwsSts {
    fn calling<'a>(&'a self, action: &'static str, caller: Caller<'a>) -> Calling<'a> {
        Calling::signed(action, &self.0, caller)
    }
}

impl Sts for AwsSts {
    fn get_session_token(&self, caller: Caller<'_>, duration: u32, mfa: Option<&MfaCode>) -> Call<Credentials> {
        let calling = self.calling("sts:GetSessionToken", caller);
        let output = calling.run_once(|config, unanswered| {
            Client::new(&config)
                .get_session_token()
                .duration_seconds(duration.cast_signed())
                .set_serial_number(mfa.map(|m| m.serial.clone()))
                .set_token_code(mfa.map(|m| m.code.expose().to_owned()))
                .customize()
                .interceptor(unanswered)
                .send()
        })?;
        session(&calling, output.credentials, duration)
    }

    fn assume_role(&self, caller: Caller<'_>, role: &AssumeRole) -> Call<AssumedRole> {
        let calling = self.calling("sts:AssumeRole", caller);
        let tags: Vec<Tag> =
            role.tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect();
        let output = calling.run_once(|config, unanswered| {
            Client::new(&config)
                .assume_role()
                .role_arn(&role.role_arn)
                .role_session_name(&role.session_name)
                .duration_seconds(role.duration.cast_signed())
                .set_external_id(role.external_id.clone())
                .set_serial_number(role.mfa.as_ref().map(|m| m.serial.clone()))
                .set_token_code(role.mfa.as_ref().map(|m| m.code.expose().to_owned()))
                .set_policy(role.policy.clone())
                .set_policy_arns(some(policies(role)))
                .set_tags(some(tags))
                .set_transitive_tag_keys(some(role.transitive_tag_keys.clone()))
                .set_source_identity(role.source_identity.clone())
                .customize()
                .interceptor(unanswered)
                .send()
        })?;
        assumed(&calling, output.assumed_role_user, output.credentials, role.duration)
    }

    fn assume_role_with_web_identity(&self, at: &Endpoint, role: &AssumeRole, token: &Secret) -> Call<AssumedRole> {
        let calling = Calling::unsigned("sts:AssumeRoleWithWebIdentity", &self.0, at);
        let output = calling.run(|config| {
            Client::new(&config)
                .assume_role_with_web_identity()
                .role_arn(&role.role_arn)
                .role_session_name(&role.session_name)
                .duration_seconds(role.duration.cast_signed())
                .set_policy(role.policy.clone())
                .set_policy_arns(some(policies(role)))
                .web_identity_token(token.expose())
                .send()
        })?;
        assumed(&calling, output.assumed_role_user, output.credentials, role.duration)
    }

    fn get_federation_token(&self, caller: Caller<'_>, name: &str, policy: &str, duration: u32) -> Call<Credentials> {
        let calling = self.calling("sts:GetFederationToken", caller);
        let output = calling.run(|config| {
            let call = Client::new(&config).get_federation_token().name(name).policy(policy);
            call.duration_seconds(duration.cast_signed()).send()
        })?;
        session(&calling, output.credentials, duration)
    }

    fn get_caller_identity(&self, caller: Caller<'_>) -> Call<Identity> {
        let calling = self.calling("sts:GetCallerIdentity", caller);
        let output = calling.run(|config| Client::new(&config).get_caller_identity().send())?;
        match (output.account, output.arn, output.user_id) {
            (Some(account), Some(arn), Some(user_id)) => {
                for (name, value) in [("Account", &account), ("Arn", &arn), ("UserId", &user_id)] {
                    calling.usable(answer::word(name, value))?;
                }
                Ok(Identity { account, arn, user_id })
            }
            _ => Err(calling.missing("caller")),
        }
    }
}

fn policies(role: &AssumeRole) -> Vec<PolicyDescriptorType> {
    role.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect()
}

/// Empty lists are left out of the request.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// The role session in an answer to a request with this duration, checked.
fn assumed(
    calling: &Calling<'_>,
    user: Option<AssumedRoleUser>,
    answered: Option<aws_sdk_sts::types::Credentials>,
    duration: u32,
) -> Call<AssumedRole> {
    let arn = user.map(|user| user.arn).ok_or_else(|| calling.missing("assumed role"))?;
    calling.usable(answer::word("Arn", &arn))?;
    let credentials = session(calling, answered, duration)?;
    Ok(AssumedRole { credentials, arn })
}

/// The session in an answer to a request with this duration, checked.
fn session(
    calling: &Calling<'_>,
    answered: Option<aws_sdk_sts::types::Credentials>,
    duration: u32,
) -> Call<Credentials> {
    let it = answered.ok_or_else(|| calling.missing("credentials"))?;
    let credentials = Credentials {
        access_key_id: it.access_key_id,
        secret_access_key: Secret::new(it.secret_access_key),
        session_token: Some(Secret::new(it.session_token)),
        expires: Some(Timestamp(it.expiration.secs())),
    };
    calling.usable(answer::credentials(&credentials, Some(duration), SystemClock.now()))?;
    Ok(credentials)
}
