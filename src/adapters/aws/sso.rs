//! IAM Identity Center.

use aws_sdk_sso::Client;

use super::call::Calling;
use super::{Network, sso_lists};
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{Call, Endpoint, Sso, SsoAccount};

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
    fn logout(&self, at: &Endpoint, token: &Secret) -> Call<()> {
        let calling = Calling::unsigned("sso:Logout", &self.0, at);
        calling.run(|config| Client::new(&config).logout().access_token(token.expose()).send()).map(drop)
    }
}
