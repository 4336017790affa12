//! The collection of aws-vault in the Secret Service. The item of a profile has the attribute `profile`.

use super::data;
use crate::adapters::keychain::{Desktop, Limit, Trouble};
use crate::base::env::Env;
use crate::base::error::Result;
use crate::base::secret::SecretBytes;
use crate::base::vars;
use crate::ports::AwsVault;

/// The collection.
pub struct Collection {
    name: String,
    desktop: Desktop,
}

impl Collection {
    /// The one that `AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME` names. Not connected yet.
    pub fn new(env: &Env, limit: Limit) -> Self {
        let name = env.get(vars::AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME).unwrap_or("awsvault");
        Collection { name: name.to_owned(), desktop: Desktop::new(limit) }
    }
}

impl AwsVault for Collection {
    fn place(&self) -> String {
        format!("aws-vault (Secret Service, collection {})", self.name)
    }

    fn names(&self) -> Result<Vec<String>> {
        self.desktop.attribute_of_each(&self.name, "profile").map_err(Trouble::into_error)
    }

    fn item(&self, name: &str) -> Result<Option<SecretBytes>> {
        let item = self.desktop.secret_of(&self.name, "profile", name).map_err(Trouble::into_error)?;
        item.map(|item| data(item.expose(), name)).transpose()
    }
}
