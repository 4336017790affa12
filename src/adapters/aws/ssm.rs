//! Systems Manager Parameter Store. awsx uses four operations of it, which are written by hand here. The SDK's crate
//! for this service is very large: it would take longer to compile than the rest of awsx.

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_sts::error::SdkError;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::TransientErrorClassifier;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Network;
use super::call::{Calling, Unanswered, pages};
use crate::ports::{Call, Caller, Ssm};

/// SSM over the AWS SDK's runtime.
#[derive(Clone, Default)]
pub struct AwsSsm(pub Network);

/// How many names one call of
/// [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html) accepts.
const NAMES_PER_CALL: usize = 10;

impl Ssm for AwsSsm {
    fn get_parameters(&self, caller: Caller<'_>, names: &[String]) -> Call<Vec<(String, String)>> {
        let calling = Calling::signed("ssm:GetParameters", &self.0, caller);
        calling.run(|config| async move {
            let mut found = Vec::new();
            for names in names.chunks(NAMES_PER_CALL) {
                let request = Request { operation: "GetParameters", body: json!({ "Names": names }), unanswered: None };
                let page: Parameters = request.send(&config).await?;
                found.extend(page.pairs());
            }
            Ok(found)
        })
    }

    fn parameters_below(&self, caller: Caller<'_>, folder: &str) -> Call<Vec<(String, String)>> {
        let calling = Calling::signed("ssm:GetParametersByPath", &self.0, caller);
        let found = calling.run(|config| async move {
            // The token of the next page; none once there is no more.
            let mut next = Some(Value::Null);
            pages(async || {
                let mut body = json!({ "Path": folder, "Recursive": true });
                if let token @ Value::String(_) = next.take()? {
                    body["NextToken"] = token;
                }
                let request = Request { operation: "GetParametersByPath", body, unanswered: None };
                let page: Result<Parameters, _> = request.send(&config).await;
                if let Ok(Parameters { next_token: Some(token), .. }) = &page {
                    next = Some(Value::from(token.as_str())).filter(|_| !token.is_empty());
                }
                Some(page)
            })
            .await
        })?;
        Ok(calling.whole(found)?.into_iter().flat_map(Parameters::pairs).collect())
    }

    fn put_parameter(&self, caller: Caller<'_>, name: &str, value: &str, overwrite: bool) -> Call<()> {
        let calling = Calling::signed("ssm:PutParameter", &self.0, caller);
        let mut body = json!({ "Name": name, "Value": value, "Overwrite": overwrite });
        if !overwrite {
            // One that exists keeps its type.
            body["Type"] = "String".into();
        }
        calling.run_until("ParameterAlreadyExists", |config, unanswered| async move {
            let request = Request { operation: "PutParameter", body, unanswered: Some(unanswered) };
            request.send::<Value>(&config).await
        })
    }

    fn delete_parameter(&self, caller: Caller<'_>, name: &str) -> Call<()> {
        let calling = Calling::signed("ssm:DeleteParameter", &self.0, caller);
        calling.run_until("ParameterNotFound", |config, unanswered| async move {
            let body = json!({ "Name": name });
            let request = Request { operation: "DeleteParameter", body, unanswered: Some(unanswered) };
            request.send::<Value>(&config).await
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Parameters {
    parameters: Vec<Parameter>,
    next_token: Option<String>,
}

impl Parameters {
    fn pairs(self) -> impl Iterator<Item = (String, String)> {
        self.parameters.into_iter().filter_map(|p| Some((p.name?, p.value?)))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Parameter {
    name: Option<String>,
    value: Option<String>,
}

/// An error of the service. Its message is called `message` or `Message`, or both.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    #[serde(rename = "__type")]
    code: String,
    message: Option<String>,
    #[serde(rename = "Message")]
    other_message: Option<String>,
}

/// One call.
struct Request {
    operation: &'static str,
    body: Value,
    /// Sees every attempt of a call that can't succeed twice.
    unanswered: Option<Unanswered>,
}

impl Request {
    async fn send<T>(self, config: &SdkConfig) -> Result<T, SdkError<ErrorMetadata, HttpResponse>>
    where
        T: DeserializeOwned + std::fmt::Debug + Send + Sync + 'static,
    {
        let url = endpoint(config).await.map_err(SdkError::construction_failure)?;
        let (Some(http), Some(credentials), Some(region), Some(retries), Some(timeouts)) = (
            config.http_client(),
            config.credentials_provider(),
            config.region(),
            config.retry_config(),
            config.timeout_config(),
        ) else {
            return Err(SdkError::construction_failure("the configuration of the call is not complete"));
        };
        let mut signing = Layer::new("signature");
        signing.store_put(AuthSchemeOptionResolverParams::new(()));
        signing.store_put(SigV4OperationSigningConfig::default());
        signing.store_put(SigningName::from_static("ssm"));
        signing.store_put(SigningRegion::from(region.clone()));
        let signer = RuntimeComponentsBuilder::new("signature")
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(SCHEME_ID, credentials);
        let name = self.operation;
        let mut operation = Operation::builder()
            .service_name("SSM")
            .operation_name(name)
            .http_client(http)
            .endpoint_url(&url)
            .standard_retry(retries)
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .timeout_config(timeouts.clone())
            .runtime_plugin(StaticRuntimePlugin::new().with_config(signing.freeze()).with_runtime_components(signer))
            .serializer(move |body| request(name, body))
            .deserializer(answer::<T>);
        if let Some(unanswered) = self.unanswered {
            operation = operation.interceptor(unanswered);
        }
        operation.build().invoke(self.body.to_string()).await
    }
}

/// The URL of SSM: that of STS with another name in the host.
async fn endpoint(config: &SdkConfig) -> Result<String, BoxError> {
    if let Some(url) = config.endpoint_url() {
        return Ok(url.to_owned());
    }
    let place = Params::builder()
        .set_region(config.region().map(ToString::to_string))
        .set_use_fips(config.use_fips())
        .set_use_dual_stack(config.use_dual_stack())
        .build()?;
    let sts = DefaultResolver::new().resolve_endpoint(&place).await?;
    Ok(sts.url().replacen("://sts", "://ssm", 1))
}

fn request(operation: &str, body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(body.into());
    request.set_method("POST")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.1");
    headers.insert("x-amz-target", format!("AmazonSSM.{operation}"));
    headers.insert("user-agent", concat!("awsx/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

fn answer<T: DeserializeOwned>(response: &HttpResponse) -> Result<T, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(OrchestratorError::other);
    }
    let refusal: Refusal = serde_json::from_slice(body).map_err(OrchestratorError::other)?;
    // The code may have a name space in front: `com.amazonaws.ssm#InternalServerError`.
    let code = refusal.code.rsplit('#').next().filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| OrchestratorError::other("the refusal has no code"))?;
    let mut meta = ErrorMetadata::builder().code(code);
    if let Some(message) = refusal.message.or(refusal.other_message) {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(meta.build()))
}

#[cfg(test)]
mod tests {
    use aws_config::Region;

    use super::*;

    #[test]
    fn it_is_beside_sts_in_every_partition() {
        // (region, FIPS, dual stack): the answers of the SDK's crate for SSM.
        let table = [
            ("eu-west-1", false, false, "https://ssm.eu-west-1.amazonaws.com"),
            ("us-east-1", true, false, "https://ssm-fips.us-east-1.amazonaws.com"),
            ("us-east-1", false, true, "https://ssm.us-east-1.api.aws"),
            ("us-east-1", true, true, "https://ssm-fips.us-east-1.api.aws"),
            ("cn-north-1", false, false, "https://ssm.cn-north-1.amazonaws.com.cn"),
            ("cn-north-1", false, true, "https://ssm.cn-north-1.api.amazonwebservices.com.cn"),
            ("us-gov-west-1", false, false, "https://ssm.us-gov-west-1.amazonaws.com"),
            ("us-gov-west-1", true, false, "https://ssm.us-gov-west-1.amazonaws.com"),
            ("us-iso-east-1", false, false, "https://ssm.us-iso-east-1.c2s.ic.gov"),
        ];
        for (region, fips, dual_stack, want) in table {
            let config = SdkConfig::builder().region(Region::new(region)).use_fips(fips).use_dual_stack(dual_stack);
            let url = super::super::call::block_on(async { endpoint(&config.build()).await });
            assert_eq!(url.ok().and_then(Result::ok).as_deref(), Some(want), "{region} {fips} {dual_stack}");
        }
    }

    #[test]
    fn a_refusal_is_read_whatever_its_spelling() {
        let refused = |body: &'static str| {
            let response = HttpResponse::new(400.try_into().unwrap(), body.into());
            answer::<Parameters>(&response).unwrap_err()
        };
        let said = |body| {
            let error = refused(body);
            let meta = error.as_operation_error().map(|meta| (meta.code(), meta.message()));
            meta.map(|(code, message)| (code.unwrap_or_default().to_owned(), message.unwrap_or_default().to_owned()))
        };
        let denied = Some(("AccessDeniedException".to_owned(), "no".to_owned()));
        assert_eq!(said(r#"{"__type":"AccessDeniedException","Message":"no"}"#), denied);
        assert_eq!(said(r#"{"__type":"com.amazonaws.ssm#AccessDeniedException","message":"no"}"#), denied);
        assert_eq!(said(r#"{"__type":"AccessDeniedException","message":"no","Message":"no"}"#), denied);
        assert_eq!(said("<html>"), None);
        assert_eq!(said("{}"), None);
    }
}
