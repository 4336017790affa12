//! One HTTP client and one SDK configuration for every service.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Limits, Network};
use crate::base::secret::Credentials;
use crate::ports::{Endpoint, Fault};

/// The SDK's configuration for calls to `at`, signed with these credentials, or not signed.
pub fn config(network: &Network, at: &Endpoint, with: Option<&Credentials>) -> Result<SdkConfig, Fault> {
    let limits = network.limits;
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(at.region.clone()))
        .use_fips(at.fips)
        .use_dual_stack(at.dualstack)
        .identity_cache(IdentityCache::no_cache())
        .http_client(http(network, at)?)
        .retry_config(retries(limits))
        // The SDK would correct for a wrong clock and sign again. But MFA codes, expiry times and presigned tokens
        // depend on this machine's clock too, also in the child. So a wrong clock is an error that says how wrong it
        // is.
        .disable_clock_skew_correction(true)
        .timeout_config(
            TimeoutConfig::builder().connect_timeout(limits.connect).operation_attempt_timeout(limits.attempt).build(),
        )
        // The time limit of an attempt covers a stalled answer as well, with a clearer error.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_credentials_provider(with.map(|with| SharedCredentialsProvider::new(credentials(with))));
    if let (Some(warn), Some(warning)) = (&network.warn, at.open_warning()) {
        warn(&warning);
    }
    config.set_endpoint_url(at.url.clone());
    config.set_app_name(AppName::new("awsx").ok());
    Ok(config.build())
}

/// Credentials as the SDK has them, without their expiry: whether a session has expired is for AWS to decide, and its
/// error is explained.
pub fn credentials(with: &Credentials) -> aws_credential_types::Credentials {
    aws_credential_types::Credentials::new(
        &with.access_key_id,
        with.secret_access_key.expose(),
        with.session_token.as_ref().map(|t| t.expose().to_owned()),
        None,
        "awsx",
    )
}

/// Throttling, 5xx and lost connections are tried again.
fn retries(limits: Limits) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(limits.attempts).with_initial_backoff(limits.backoff)
}

/// A client over [`connector`].
fn http(network: &Network, at: &Endpoint) -> Result<SharedHttpClient, Fault> {
    let connector = connector(network, at)?;
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// Makes connections to `at`: through the proxy, if there is one for it, trusting the machine's roots and the CA
/// bundle.
pub fn connector(network: &Network, at: &Endpoint) -> Result<SharedHttpConnector, Fault> {
    let limits = network.limits;
    let settings =
        HttpConnectorSettings::builder().connect_timeout(limits.connect).read_timeout(limits.attempt).build();
    let plain = at.url.as_deref().is_some_and(|url| url.starts_with("http://"));
    let proxy = proxy(network, plain)?;
    let tls = TlsContext::builder()
        // Reading the machine's roots takes milliseconds, so it is done only where TLS is possible.
        .with_trust_store(trust(network, at, !plain || !proxy.is_disabled())?)
        .build()
        .map_err(|_| Fault::Unsendable("TLS could not be set up".into()))?;
    Ok(SharedHttpConnector::new(Bounded(SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(settings)
            .proxy_config(proxy)
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .build(),
    ))))
}

/// The longest answer that is read. AWS's are a few KiB: a page of a hundred devices has 30.
pub const LONGEST_ANSWER: usize = 1024 * 1024;

/// A connector that limits the length of answers.
#[derive(Debug)]
struct Bounded(SharedHttpConnector);

impl HttpConnector for Bounded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            Ok(answer.await?.map(|body| SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER))))
        })
    }
}

/// The proxy for plain HTTP or for HTTPS. A URL without a scheme is taken for `http://`, as curl does.
fn proxy(network: &Network, plain: bool) -> Result<ProxyConfig, Fault> {
    let (name, url) = if plain { ("HTTP_PROXY", &network.http_proxy) } else { ("HTTPS_PROXY", &network.https_proxy) };
    let Some(url) = url else { return Ok(ProxyConfig::disabled()) };
    let url = if url.contains("://") { url.clone() } else { format!("http://{url}") };
    let config = if plain { ProxyConfig::http(url) } else { ProxyConfig::https(url) };
    // The URL itself is not shown: it may hold a password.
    let config =
        config.map_err(|_| Fault::Unsendable(format!("{name} (or ALL_PROXY) is not the URL of an HTTP proxy")))?;
    Ok(match &network.no_proxy {
        Some(hosts) => config.no_proxy(hosts),
        None => config,
    })
}

fn trust(network: &Network, at: &Endpoint, native_roots: bool) -> Result<TrustStore, Fault> {
    if let Some(path) = network.roots.as_ref().filter(|_| native_roots) {
        // It replaces the machine's own roots and is read by the TLS library. That would wait for ever for a pipe,
        // and never finish reading a device. So try it here first.
        read(path).map_err(|e| unusable("SSL_CERT_FILE", path, e))?;
    }
    let mut store = TrustStore::empty().with_native_roots(native_roots);
    if let Some(path) = &at.ca_bundle {
        for certificate in bundle(path)? {
            store.add_pem_certificate(certificate);
        }
    }
    Ok(store)
}

/// The certificates of a PEM file, each as separate PEM. Those that can't be a root (version 1, odd extensions) are
/// left out, because the connector panics over one it can't read.
fn bundle(path: &Path) -> Result<Vec<String>, Fault> {
    let bad = |why: String| unusable("the CA bundle", path, why);
    let pem = read(path).map_err(|e| bad(e.to_string()))?;
    let mut usable = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|e| bad(e.to_string()))?;
        if RootCertStore::empty().add(certificate.clone()).is_ok() {
            let body = data_encoding::BASE64.encode(&certificate);
            usable.push(format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"));
        }
    }
    if usable.is_empty() {
        return Err(bad("there is no usable certificate in it".into()));
    }
    Ok(usable)
}

fn unusable(what: &str, path: &Path, why: impl Display) -> Fault {
    Fault::Unsendable(format!("{what} {} can't be used: {why}", path.display()))
}

/// Reads a file of certificates. It must be a regular file, and not longer than any real collection of roots.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    const LONGEST: u64 = 16 * 1024 * 1024;
    // Opening a pipe would wait until somebody writes to it.
    let file = File::options().read(true).custom_flags(nix::libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    if file.take(LONGEST + 1).read_to_end(&mut bytes)? as u64 > LONGEST {
        return Err(io::Error::other("it is longer than 16 MiB"));
    }
    Ok(bytes)
}
