//! A fake of signing in to IAM Identity Center.

use std::sync::{Arc, Mutex};

use super::Recorder;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::ports::{Call, Client, DeviceCode, Endpoint, Grant, Oidc, Registering, SignedIn};

/// An Identity Center that gives a token for whatever it is asked with. The tokens are `access-1`, `refresh-1` …
#[derive(Clone, Default)]
pub struct FakeOidc {
    /// What it was asked: `register SCOPES GRANTS`, `device URL`, `code CODE`, `poll CODE`, `refresh TOKEN`.
    pub on: Recorder<String>,
    /// How many tokens it has given.
    given: Arc<Mutex<usize>>,
    /// Whether it gives no other refresh token for one.
    pub keeps: Arc<Mutex<bool>>,
    /// The pause that it asks for, in seconds; 0 stands for the 5 of the protocol.
    pub interval: Arc<Mutex<u32>>,
}

impl Oidc for FakeOidc {
    fn authorize_url(&self, at: &Endpoint) -> Call<String> {
        Ok(format!("https://oidc.{}.test/authorize", at.region))
    }

    fn register_client(&self, _: &Endpoint, it: Registering<'_>) -> Call<Client> {
        self.on.note("sso-oidc:RegisterClient", format!("register {} {}", it.scopes.join(","), it.grants.join(",")))?;
        Ok(Client { id: "client".into(), secret: Secret::new("hush".into()), expires: Timestamp(9_999_999_999) })
    }

    fn start_device(&self, _: &Endpoint, _: &Client, start_url: &str) -> Call<DeviceCode> {
        self.on.note("sso-oidc:StartDeviceAuthorization", format!("device {start_url}"))?;
        Ok(DeviceCode {
            code: Secret::new("device-code".into()),
            user_code: "ABCD-EFGH".into(),
            uri: "https://device.test/".into(),
            uri_complete: "https://device.test/?user_code=ABCD-EFGH".into(),
            lasts: 600,
            interval: match *self.interval.lock().unwrap() {
                0 => 5,
                asked => asked,
            },
        })
    }

    fn create_token(&self, _: &Endpoint, _: &Client, grant: Grant<'_>) -> Call<SignedIn> {
        let said = match grant {
            Grant::Code { code, .. } => format!("code {}", code.expose()),
            Grant::Device(code) => format!("poll {}", code.expose()),
            Grant::Refresh(token) => format!("refresh {}", token.expose()),
        };
        self.on.note("sso-oidc:CreateToken", said)?;
        let mut given = self.given.lock().unwrap();
        *given += 1;
        let refresh = (!*self.keeps.lock().unwrap()).then(|| Secret::new(format!("refresh-{given}")));
        Ok(SignedIn { access: Secret::new(format!("access-{given}")), lasts: 3600, refresh })
    }
}
