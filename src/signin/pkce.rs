//! The secrets of one browser sign-in: the verifier, by which AWS knows that the program that began it also ends it
//! ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)), and the state, by which awsx knows the answer to its own question.

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::error::{Error, Result};
use crate::base::secret::Secret;

/// The verifier is sent when the code is exchanged; its challenge goes through the browser before.
#[derive(Debug)]
pub struct Pkce {
    /// 43 characters.
    pub verifier: Secret,
    /// The SHA-256 of the verifier, in base64url without padding.
    pub challenge: String,
}

impl Pkce {
    /// A fresh one.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`] if the system gives no random numbers.
    pub fn new() -> Result<Self> {
        Ok(Pkce::of(random()?))
    }

    fn of(verifier: Secret) -> Self {
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(verifier.expose().as_bytes()));
        Pkce { verifier, challenge }
    }
}

/// 256 random bits in base64url, also good for a state.
///
/// # Errors
/// [`crate::base::error::ErrorKind::Failed`] if the system gives no random numbers.
pub fn random() -> Result<Secret> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|e| Error::failed("the system gives no random numbers").cause(e))?;
    Ok(Secret::new(BASE64URL_NOPAD.encode(bytes.as_slice())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let pkce = Pkce::of(Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into()));
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let (one, other) = (Pkce::new().unwrap(), Pkce::new().unwrap());
        assert_eq!(one.verifier.expose().len(), 43);
        assert_ne!(one.verifier.expose(), other.verifier.expose());
    }
}
