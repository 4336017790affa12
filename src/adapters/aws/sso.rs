//! IAM Identity Center.

use aws_config::sso::SsoTokenProvider;
use aws_credential_types::provider::token::ProvideToken;
use aws_sdk_sso::Client;
use aws_types::sdk_config::SharedTimeSource;
use tokio::time::timeout;

use super::call::{Calling, block_on, root_cause};
use super::{Network, client, sso_lists};
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{Call, Endpoint, Fault, Sso, SsoAccount};

/// Identity Center through the AWS SDK.
#[derive(Clone, Default)]
pub struct AwsSso(pub Network);

impl Sso for AwsSso {
    fn accounts(&self, at: &Endpoint, token: &Secret) -> Call<Vec<SsoAccount>> {
        sso_lists::accounts(&self.0, at, token)
    }

    fn account_roles(
        &self,
        at: &Endpoint,
        token: &Secret,
        accounts: &[String],
        done: &dyn Fn(usize),
    ) -> Call<Vec<Vec<String>>> {
        sso_lists::account_roles(&self.0, at, token, accounts, done)
    }

    fn token(&self, name: &str, start_url: &str, at: &Endpoint) -> Call<Secret> {
        let calling = Calling::unsigned("sso-oidc:CreateToken", &self.0, at);
        let config = client::config(&self.0, at, None).map_err(|fault| calling.error(fault))?;
        let mut config = config.to_builder();
        // The provider panics without a clock. This is the machine's.
        config.set_time_source(Some(SharedTimeSource::default()));
        let builder = SsoTokenProvider::builder()
            .configure(&config.build())
            .region(aws_config::Region::new(at.region.clone()))
            .session_name(name)
            .start_url(start_url);
        let limit = self.0.limits.total;
        let answer = block_on(async { timeout(limit, builder.build().await.provide_token()).await })
            .map_err(|fault| calling.error(fault))?;
        let late = || Fault::TimedOut(format!("no answer within {} s", limit.as_secs_f32()));
        let token = answer.map_err(|_| calling.error(late()))?;
        let token = token.map_err(|error| calling.error(Fault::Unusable(root_cause(&error))))?;
        Ok(Secret::new(token.token().to_owned()))
    }

    fn role_credentials(&self, at: &Endpoint, token: &Secret, account: &str, role: &str) -> Call<Credentials> {
        let calling = Calling::unsigned("sso:GetRoleCredentials", &self.0, at);
        let output = calling.run(|config| {
            Client::new(&config)
                .get_role_credentials()
                .access_token(token.expose())
                .account_id(account)
                .role_name(role)
                .send()
        })?;
        let credentials = output.role_credentials.and_then(|it| {
            Some(Credentials {
                access_key_id: it.access_key_id?,
                secret_access_key: Secret::new(it.secret_access_key?),
                session_token: it.session_token.map(Secret::new),
                // Milliseconds.
                expires: Some(Timestamp(it.expiration / 1000)),
            })
        });
        credentials.ok_or_else(|| calling.missing("credentials"))
    }
}
