//! The OIDC service of IAM Identity Center.

use aws_sdk_ssooidc::Client as SdkClient;
use aws_sdk_ssooidc::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

use super::call::Calling;
use super::{Limits, Network};
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::ports::{Call, Client, DeviceCode, Endpoint, Fault, Grant, Oidc, Registering, SignedIn};

/// The OIDC service through the AWS SDK.
#[derive(Clone, Default)]
pub struct AwsOidc(pub Network);

/// The name that the page shows to whoever allows the sign-in.
const CLIENT_NAME: &str = "awsx";

impl Oidc for AwsOidc {
    fn authorize_url(&self, at: &Endpoint) -> Call<String> {
        let calling = Calling::unsigned("sso-oidc:Authorize", &self.0, at);
        let unsendable = |e: String| calling.error(Fault::Unsendable(e));
        let params = Params::builder()
            .region(at.region.clone())
            .use_fips(at.fips)
            .use_dual_stack(at.dualstack)
            .set_endpoint(at.url.clone())
            .build()
            .map_err(|e| unsendable(e.to_string()))?;
        let resolver = DefaultResolver::new();
        let found = super::call::block_on(ResolveEndpoint::resolve_endpoint(&resolver, &params));
        let found = found.map_err(|fault| calling.error(fault))?.map_err(|e| unsendable(e.to_string()))?;
        Ok(format!("{}/authorize", found.url().trim_end_matches('/')))
    }

    fn register_client(&self, at: &Endpoint, registering: Registering<'_>) -> Call<Client> {
        let calling = Calling::unsigned("sso-oidc:RegisterClient", &self.0, at);
        let owned = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect());
        let output = calling.run(|config| {
            SdkClient::new(&config)
                .register_client()
                .client_name(CLIENT_NAME)
                .client_type("public")
                .set_scopes(Some(registering.scopes.to_vec()))
                .set_grant_types(owned(registering.grants))
                .set_redirect_uris(registering.redirect_uri.and_then(|uri| owned(&[uri])))
                .issuer_url(registering.issuer)
                .send()
        })?;
        let client = output.client_id.zip(output.client_secret).map(|(id, secret)| Client {
            id,
            secret: Secret::new(secret),
            expires: Timestamp(output.client_secret_expires_at),
        });
        client.ok_or_else(|| calling.missing("client"))
    }

    fn start_device(&self, at: &Endpoint, client: &Client, start_url: &str) -> Call<DeviceCode> {
        let calling = Calling::unsigned("sso-oidc:StartDeviceAuthorization", &self.0, at);
        let output = calling.run(|config| {
            SdkClient::new(&config)
                .start_device_authorization()
                .client_id(&client.id)
                .client_secret(client.secret.expose())
                .start_url(start_url)
                .send()
        })?;
        let pages = output.verification_uri.iter().chain(&output.verification_uri_complete);
        pages.into_iter().try_for_each(|page| calling.usable(is_page(page)))?;
        let seconds = |given: i32, least: u32| u32::try_from(given).unwrap_or_default().max(least);
        let code = output.device_code.zip(output.verification_uri).map(|(code, uri)| DeviceCode {
            code: Secret::new(code),
            user_code: output.user_code.unwrap_or_default(),
            uri_complete: output.verification_uri_complete.unwrap_or_else(|| uri.clone()),
            uri,
            lasts: seconds(output.expires_in, 0),
            interval: seconds(output.interval, 1),
        });
        code.ok_or_else(|| calling.missing("device code"))
    }

    fn create_token(&self, at: &Endpoint, client: &Client, grant: Grant<'_>) -> Call<SignedIn> {
        // A refresh token is good for one answer. Whether a lost attempt was answered is not known, so there is no second.
        let once = matches!(grant, Grant::Refresh(_));
        let limits = Limits { attempts: if once { 1 } else { self.0.limits.attempts }, ..self.0.limits };
        let network = self.0.clone().limits(limits);
        let calling = Calling::unsigned("sso-oidc:CreateToken", &network, at);
        let output = calling.run_once(|config, unanswered| {
            let request =
                SdkClient::new(&config).create_token().client_id(&client.id).client_secret(client.secret.expose());
            match grant {
                Grant::Code { code, verifier, redirect_uri } => request
                    .grant_type("authorization_code")
                    .code(code.expose())
                    .code_verifier(verifier.expose())
                    .redirect_uri(redirect_uri),
                Grant::Device(code) => request.grant_type(DEVICE_CODE).device_code(code.expose()),
                Grant::Refresh(token) => request.grant_type("refresh_token").refresh_token(token.expose()),
            }
            .customize()
            .interceptor(unanswered)
            .send()
        })?;
        let token = output.access_token.filter(|token| !token.is_empty()).map(|access| SignedIn {
            access: Secret::new(access),
            lasts: output.expires_in.into(),
            refresh: output.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
        });
        token.ok_or_else(|| calling.missing("token"))
    }
}

/// The grant of [RFC 8628](https://www.rfc-editor.org/rfc/rfc8628#section-3.4).
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Whether a person's browser can be led there. The address becomes an argument, and must not be an option.
fn is_page(address: &str) -> Result<(), String> {
    let fits = address.starts_with("https://") || address.starts_with("http://");
    let plain = !address.contains(|c: char| c.is_control() || c.is_whitespace());
    if fits && plain { Ok(()) } else { Err("its address is no web page".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_led_to_web_pages_alone() {
        for page in ["https://device.sso.eu-west-1.amazonaws.com/?user_code=A-B", "http://127.0.0.1:8/device"] {
            assert!(is_page(page).is_ok(), "{page}");
        }
        for other in ["", "--gpu-launcher=x", "file:///etc/passwd", "javascript:x", "https://a b", "http://a\n"] {
            assert!(is_page(other).is_err(), "{other}");
        }
    }
}
