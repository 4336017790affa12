//! Plain HTTP over the connections that the SDK's calls use.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest as SdkRequest;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::time::timeout;

use super::call::{block_on, never_sent, root_cause, server_time};
use super::{Network, client};
use crate::base::secret::SecretBytes;
use crate::ports::{Endpoint, Fault, Http, HttpAnswer, HttpRequest};

/// HTTP without an SDK's service behind it.
#[derive(Clone, Default)]
pub struct PlainHttp(pub Network);

impl Http for PlainHttp {
    fn send(&self, request: &HttpRequest<'_>) -> Result<HttpAnswer, Fault> {
        let at = Endpoint {
            url: Some(request.url.to_owned()),
            ca_bundle: request.ca_bundle.map(Into::into),
            ..Endpoint::default()
        };
        // Without TLS only endpoints of this machine are called. A proxy can't reach them, and must not see their
        // answers.
        let direct = Network { limits: self.0.limits, ..Network::default() };
        let network = if request.url.starts_with("https://") { &self.0 } else { &direct };
        let connector = client::connector(network, &at)?;
        let broken = |error: &(dyn StdError + 'static)| {
            let cause = root_cause(error);
            if never_sent(error) {
                Fault::Unreachable(cause)
            } else {
                Fault::Protocol(format!("the connection broke before the answer came: {cause}"))
            }
        };
        let sent = sdk_request(request)?;
        let call = async {
            let response = connector.call(sent).await.map_err(|error| broken(&error))?;
            let (status, date) = (response.status().as_u16(), server_time(&response));
            let body = ByteStream::new(response.into_body()).collect().await.map_err(|error| broken(&error))?;
            Ok(HttpAnswer { status, body: SecretBytes::new(body.to_vec()), date })
        };
        let answer = block_on(async { timeout(request.limit, call).await })?;
        answer.unwrap_or_else(|_| Err(Fault::TimedOut(format!("no answer within {} s", request.limit.as_secs_f32()))))
    }
}

fn sdk_request(request: &HttpRequest<'_>) -> Result<SdkRequest, Fault> {
    let mut sent = match request.body {
        Some(body) => SdkRequest::new(body.expose().as_bytes().to_vec().into()),
        None => SdkRequest::empty(),
    };
    sent.set_method(request.method).map_err(|e| Fault::Unsendable(e.to_string()))?;
    sent.set_uri(request.url).map_err(|e| Fault::Unsendable(e.to_string()))?;
    for (name, value) in request.headers {
        let header = sent.headers_mut().try_insert(*name, value.expose().to_owned());
        // Its value is not shown: it is a secret.
        header.map_err(|_| Fault::Unsendable(format!("the value of {name} is not fit for a header")))?;
    }
    Ok(sent)
}
