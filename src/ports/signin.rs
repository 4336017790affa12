//! AWS Sign-In, the service behind `login_session`, as a trait.

use std::sync::Arc;

use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::ports::{Call, Endpoint, Fault};

/// Makes the DPoP proof for one request to a URL. No two proofs are the same.
pub type Proof = Arc<dyn Fn(&str) -> Result<Secret, String> + Send + Sync>;

/// What a token is asked for with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleGrant {
    /// The code that the browser came back with. It can be used once.
    Code {
        /// The code.
        code: Secret,
        /// The secret whose hash went along to the browser (PKCE).
        verifier: Secret,
        /// Where the browser was to come back to.
        redirect_uri: String,
    },
    /// The refresh token of the last answer.
    Refresh(Secret),
}

/// What AWS Sign-In gives.
#[derive(Debug, Clone)]
pub struct ConsoleTokens {
    /// A session of whoever signed in; it lasts for 15 minutes.
    pub credentials: Credentials,
    /// `aws_sigv4`.
    pub token_type: String,
    /// The refresh token, which gives the next session.
    pub refresh_token: Secret,
    /// Who signed in, as a JSON Web Token. Only the answer to a code has it.
    pub id_token: Option<Secret>,
}

/// AWS Sign-In ([API reference](https://docs.aws.amazon.com/signin/latest/APIReference/)).
pub trait ConsoleSignIn {
    /// Where the service is, without a slash at the end: the pages for the browser are there, too.
    ///
    /// # Errors
    /// [`Fault::Unsendable`] for a region or a setting that it has no address for.
    fn address(&self, at: &Endpoint) -> Result<String, Fault>;

    /// `CreateOAuth2Token`. A refusal has the code of OAuth in place of `AccessDeniedException`: `TOKEN_EXPIRED`,
    /// `AUTHCODE_EXPIRED`, `USER_CREDENTIALS_CHANGED`, `INSUFFICIENT_PERMISSIONS`. `now` is this machine's clock, from
    /// which the time of the credentials is counted.
    ///
    /// # Errors
    /// What AWS answered, or that it didn't.
    fn create_token(
        &self,
        at: &Endpoint,
        client_id: &str,
        grant: &ConsoleGrant,
        proof: &Proof,
        now: Timestamp,
    ) -> Call<ConsoleTokens>;
}
