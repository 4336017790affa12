//! The items of aws-vault, as a trait.

use crate::base::error::Result;
use crate::base::secret::SecretBytes;

/// Where aws-vault keeps its credentials and sessions. It is only read.
pub trait AwsVault {
    /// The place in words, for messages.
    fn place(&self) -> String;
    /// Whether nothing but items of aws-vault is in that place.
    fn is_its_own(&self) -> bool {
        true
    }
    /// The names of all items; those of sessions too.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`] if it is locked or out of reach.
    fn names(&self) -> Result<Vec<String>>;
    /// What an item holds: the JSON of the AWS SDK for Go's credentials. `None` if there is no such item.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Keychain`], also for a wrong passphrase.
    fn item(&self, name: &str) -> Result<Option<SecretBytes>>;
}
