//! AWS Sign-In.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_signin::Client;
use aws_sdk_signin::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_signin::error::{ErrorMetadata, ProvideErrorMetadata};
use aws_sdk_signin::operation::create_o_auth2_token::CreateOAuth2TokenError;
use aws_sdk_signin::types::CreateOAuth2TokenRequestBody;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::Network;
use super::call::{Calling, block_on, root_cause};
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{Call, ConsoleGrant, ConsoleSignIn, ConsoleTokens, Endpoint, Fault, Proof};

/// AWS Sign-In through the AWS SDK.
#[derive(Clone, Default)]
pub struct AwsConsoleSignIn(pub Network);

impl ConsoleSignIn for AwsConsoleSignIn {
    fn address(&self, at: &Endpoint) -> Result<String, Fault> {
        let nowhere = |error: &(dyn StdError + 'static)| Fault::Unsendable(root_cause(error));
        let params = Params::builder()
            .region(at.region.clone())
            .use_fips(at.fips)
            .use_dual_stack(at.dualstack)
            .set_endpoint(at.url.clone())
            .is_control_plane(false)
            .build()
            .map_err(|e| nowhere(&e))?;
        let resolver = DefaultResolver::new();
        let found = block_on(ResolveEndpoint::resolve_endpoint(&resolver, &params))?;
        let found = found.map_err(|e| nowhere(e.as_ref()))?;
        Ok(found.url().trim_end_matches('/').to_owned())
    }

    fn create_token(
        &self,
        at: &Endpoint,
        client_id: &str,
        grant: &ConsoleGrant,
        proof: &Proof,
        now: Timestamp,
    ) -> Call<ConsoleTokens> {
        let calling = Calling::unsigned("signin:CreateOAuth2Token", &self.0, at);
        let input = CreateOAuth2TokenRequestBody::builder().client_id(client_id);
        let input = match grant {
            ConsoleGrant::Code { code, verifier, redirect_uri } => input
                .grant_type("authorization_code")
                .code(code.expose())
                .code_verifier(verifier.expose())
                .redirect_uri(redirect_uri),
            ConsoleGrant::Refresh(token) => input.grant_type("refresh_token").refresh_token(token.expose()),
        };
        let input = input.build().map_err(|e| calling.error(Fault::Unsendable(e.to_string())))?;
        // A code can be used once, and a refresh token is replaced by the next one.
        let output = calling.run_once(|config, unanswered| {
            let call = Client::new(&config).create_o_auth2_token().token_input(input).customize();
            let sent = call.interceptor(unanswered).interceptor(Proving(proof.clone())).send();
            async move { sent.await.map_err(|error| error.map_service_error(Refusal::from)) }
        })?;
        let output = output.token_output.ok_or_else(|| calling.missing("tokens"))?;
        let given = output.access_token.ok_or_else(|| calling.missing("access token"))?;
        let credentials = Credentials {
            access_key_id: given.access_key_id,
            secret_access_key: Secret::new(given.secret_access_key),
            session_token: Some(Secret::new(given.session_token)),
            expires: Some(now.plus(output.expires_in.into())),
        };
        Ok(ConsoleTokens {
            credentials,
            token_type: output.token_type,
            refresh_token: Secret::new(output.refresh_token),
            id_token: output.id_token.map(Secret::new),
        })
    }
}

/// Adds a proof to each attempt: one that is tried again needs another.
struct Proving(Proof);

impl fmt::Debug for Proving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proving")
    }
}

impl Intercept for Proving {
    fn name(&self) -> &'static str {
        "awsx: DPoP"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let proof = (self.0)(request.uri())?;
        request.headers_mut().try_insert("dpop", proof.expose().to_owned())?;
        Ok(())
    }
}

/// A refusal whose code is the one of OAuth. AWS Sign-In names nearly everything `AccessDeniedException`.
#[derive(Debug)]
struct Refusal {
    error: CreateOAuth2TokenError,
    meta: ErrorMetadata,
}

impl From<CreateOAuth2TokenError> for Refusal {
    fn from(error: CreateOAuth2TokenError) -> Self {
        let meta = match &error {
            CreateOAuth2TokenError::AccessDeniedException(denied) => {
                ErrorMetadata::builder().code(denied.error().as_str()).message(denied.message()).build()
            }
            other => other.meta().clone(),
        };
        Refusal { error, meta }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl StdError for Refusal {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.error)
    }
}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}
