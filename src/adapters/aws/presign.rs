//! Presigned URLs, by the signer of the AWS SDK. Nothing is sent.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::box_error::BoxError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::client;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::ports::{Caller, Endpoint, Presigner, ToPresign};

/// What a query may hold as it is
/// ([UriEncode](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The signer of the AWS SDK.
pub struct AwsPresigner;

impl Presigner for AwsPresigner {
    fn root(&self, at: &Endpoint) -> Result<String> {
        let url = root(at).map_err(|e| Error::config("STS can't be found").cause(e))?;
        Ok(format!("{}/", url.trim_end_matches('/')))
    }

    fn presign(&self, caller: Caller<'_>, request: &ToPresign<'_>) -> Result<Secret> {
        signed(caller, request).map_err(|e| Error::config("the request can't be signed").cause(e))
    }
}

fn signed(caller: Caller<'_>, request: &ToPresign<'_>) -> std::result::Result<Secret, BoxError> {
    let mut url = format!("{}/", root(caller.endpoint)?.trim_end_matches('/'));
    for (name, value) in request.query {
        add(&mut url, name, value);
    }
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(request.valid.into()));
    let identity = client::credentials(caller.credentials).into();
    let signing_params = SigningParams::builder()
        .identity(&identity)
        .region(&caller.endpoint.region)
        .name(request.service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(request.at.0.try_into()?))
        .settings(settings)
        .build()?
        .into();
    let signable = SignableRequest::new("GET", url.as_str(), request.headers.iter().copied(), SignableBody::empty())?;
    let (_, added) = sign(signable, &signing_params)?.into_parts().0.into_parts();
    for (name, value) in added {
        add(&mut url, name, &value);
    }
    Ok(Secret::new(url))
}

fn add(url: &mut String, name: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(name);
    url.push('=');
    url.extend(utf8_percent_encode(value, ENCODED));
}

/// The URL of the endpoint; the SDK's rules know that of STS in every partition.
fn root(endpoint: &Endpoint) -> std::result::Result<String, BoxError> {
    if let Some(url) = &endpoint.url {
        return Ok(url.clone());
    }
    let place = Params::builder()
        .region(&endpoint.region)
        .use_fips(endpoint.fips)
        .use_dual_stack(endpoint.dualstack)
        .build()?;
    let resolver = DefaultResolver::new();
    let resolving = pin!(resolver.resolve_endpoint(&place));
    // The rules are evaluated in place, so there is nothing to wait for and no runtime is needed.
    match resolving.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => Ok(found?.url().to_owned()),
        Poll::Pending => Err("the SDK's endpoint rules gave no answer".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Credentials;
    use crate::base::time::Timestamp;

    fn caller_at(region: &str, fips: bool) -> Endpoint {
        Endpoint { region: region.into(), fips, ..Endpoint::default() }
    }

    #[test]
    fn the_url_is_that_of_the_region() {
        let table = [
            ("eu-west-1", false, "https://sts.eu-west-1.amazonaws.com"),
            ("us-east-1", true, "https://sts-fips.us-east-1.amazonaws.com"),
            ("cn-north-1", false, "https://sts.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", true, "https://sts.us-gov-west-1.amazonaws.com"),
            ("us-iso-east-1", false, "https://sts.us-iso-east-1.c2s.ic.gov"),
            ("eusc-de-east-1", false, "https://sts.eusc-de-east-1.amazonaws.eu"),
        ];
        for (region, fips, want) in table {
            assert_eq!(root(&caller_at(region, fips)).unwrap(), want);
        }
    }

    /// What the URL holds. The signature itself is compared with botocore's, in the integration tests: AWS's published
    /// example is for S3, which signs paths and payloads in another way.
    #[test]
    fn the_query_holds_everything() {
        let keys = Credentials {
            session_token: Some(Secret::new("to/ken+=".into())),
            ..Credentials::key_pair("AKIDEXAMPLE", Secret::new("hush".into()))
        };
        let at = caller_at("eu-west-1", false);
        let request = ToPresign {
            service: "sts",
            query: &[("Action", "GetCallerIdentity"), ("Odd", "a b/ü")],
            headers: &[("x-k8s-aws-id", "blue")],
            at: Timestamp(1_767_225_600),
            valid: 60,
        };
        let url = AwsPresigner.presign(Caller::new(&keys, &at), &request).unwrap();
        let url = url.expose();
        assert!(
            url.starts_with("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Odd=a%20b%2F%C3%BC&X-Amz-")
        );
        for part in [
            "&X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Feu-west-1%2Fsts%2Faws4_request",
            "&X-Amz-Date=20260101T000000Z",
            "&X-Amz-Expires=60",
            "&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
            "&X-Amz-Security-Token=to%2Fken%2B%3D",
            "&X-Amz-Signature=",
        ] {
            assert!(url.contains(part), "{part}: {url}");
        }
        assert!(!url.contains("hush"));
        let before_1970 = ToPresign { at: Timestamp(-1), ..request };
        assert!(AwsPresigner.presign(Caller::new(&keys, &at), &before_1970).is_err());
    }
}
