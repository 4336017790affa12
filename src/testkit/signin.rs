//! A fake of AWS Sign-In.

use super::aws::Recorder;
use crate::base::secret::Secret;
use crate::base::time::Timestamp;
use crate::ports::{Call, ConsoleGrant, ConsoleSignIn, ConsoleTokens, Endpoint, Fault, Proof};

/// A call to [`FakeConsoleSignIn`].
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct ConsoleCall {
    pub at: Endpoint,
    pub client_id: String,
    pub grant: ConsoleGrant,
    pub proof: Secret,
}

/// AWS Sign-In: sessions `ASIACONSOLE1`, `ASIACONSOLE2` … of 15 minutes.
#[derive(Clone, Default)]
pub struct FakeConsoleSignIn {
    /// What it was asked, and when it fails.
    pub on: Recorder<ConsoleCall>,
}

impl ConsoleSignIn for FakeConsoleSignIn {
    fn address(&self, at: &Endpoint) -> Result<String, Fault> {
        Ok(format!("https://{}.signin.test", at.region))
    }

    fn create_token(
        &self,
        at: &Endpoint,
        client_id: &str,
        grant: &ConsoleGrant,
        proof: &Proof,
        now: Timestamp,
    ) -> Call<ConsoleTokens> {
        let proof = proof(&format!("https://{}.signin.test/v1/token", at.region)).expect("a proof");
        let call = ConsoleCall { at: at.clone(), client_id: client_id.into(), grant: grant.clone(), proof };
        self.on.note("signin:CreateOAuth2Token", call)?;
        let id = format!("ASIACONSOLE{}", self.on.calls().len());
        Ok(ConsoleTokens {
            credentials: super::session(&id, now.plus(900)),
            token_type: "aws_sigv4".into(),
            refresh_token: Secret::new(format!("refresh-of-{id}")),
            id_token: None,
        })
    }
}
