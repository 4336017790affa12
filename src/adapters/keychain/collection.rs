//! The items of another program: a collection of the Secret Service that is not awsx's own. It is only read.

use std::collections::HashMap;

use secret_service::Error as ServiceError;
use secret_service::blocking::{Collection, SecretService};

use super::Reply;
use super::secret_service::{Answer, Desktop, Unlock, unlock};
use crate::base::secret::SecretBytes;

impl Desktop {
    /// The value of this attribute for each item of a collection; none if there is no such collection.
    pub fn attribute_of_each(&self, collection: &str, attribute: &str) -> Reply<Vec<String>> {
        let (collection, attribute, how) = (collection.to_owned(), attribute.to_owned(), self.unlock());
        self.call(move |service| {
            let Some(collection) = find(service, &collection, how)? else { return Ok(Vec::new()) };
            let mut values = Vec::new();
            for item in collection.get_all_items()? {
                values.extend(item.get_attributes()?.remove(&attribute));
            }
            Ok(values)
        })
    }

    /// The secret of the item with this attribute.
    pub fn secret_of(&self, collection: &str, attribute: &str, value: &str) -> Reply<Option<SecretBytes>> {
        let [collection, attribute, value] = [collection, attribute, value].map(str::to_owned);
        let how = self.unlock();
        self.call(move |service| {
            let Some(collection) = find(service, &collection, how)? else { return Ok(None) };
            let found = collection.search_items(HashMap::from([(attribute.as_str(), value.as_str())]))?;
            Ok(found.first().map(|item| item.get_secret().map(SecretBytes::new)).transpose()?)
        })
    }
}

/// The collection of this name, unlocked.
fn find<'a>(service: &'a SecretService<'_>, name: &str, how: Unlock) -> Answer<Option<Collection<'a>>> {
    let all = match service.get_all_collections() {
        Err(ServiceError::NoResult) => return Ok(None),
        all => all?,
    };
    let is_it = |collection: &Collection| {
        collection.collection_path.rsplit('/').next().is_some_and(|last| decoded(last).as_deref() == Some(name))
    };
    let Some(collection) = all.into_iter().find(is_it) else { return Ok(None) };
    if collection.is_locked()? {
        unlock(&collection, how)?;
    }
    Ok(Some(collection))
}

/// The last part of an object path. Services write other than letters and digits as `_` and two hexadecimal digits.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok());
        if let (b'_', Some(hex)) = (byte, hex) {
            bytes.extend(hex);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_collection() {
        for (part, name) in [("awsvault", "awsvault"), ("aws_2dvault", "aws-vault"), ("a_", "a_"), ("a_zz", "a_zz")] {
            assert_eq!(decoded(part).as_deref(), Some(name));
        }
    }
}
