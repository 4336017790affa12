//! Access keys: list, create, switch on and off, delete, last use.

use super::{Iam, date};
use crate::wire::{Answer, ApiError, random, random_id, tag, text};
use crate::world::AccessKey;

/// Keys a user can have.
const LIMIT: usize = 2;

impl Iam<'_> {
    pub(super) fn list_access_keys(&self) -> Answer {
        let user = self.target_user()?;
        let show = |k: &AccessKey| {
            text("UserName", &user)
                + &text("AccessKeyId", &k.id)
                + &text("Status", status(k.active))
                + &text("CreateDate", &date(k.created))
        };
        let keys = self.sandbox.world.access_keys.iter().filter(|k| k.user == user);
        let members = keys.map(|k| tag("member", &show(k))).collect();
        self.page("AccessKeyMetadata", members)
    }

    pub(super) fn create_access_key(&mut self) -> Answer {
        let user = self.target_user()?;
        if self.sandbox.world.access_keys.iter().filter(|k| k.user == user).count() >= LIMIT {
            return Err(ApiError::new(
                409,
                "LimitExceeded",
                format!("Cannot exceed quota for AccessKeysPerUser: {LIMIT}"),
            ));
        }
        let now = self.sandbox.now();
        let key = AccessKey {
            id: format!("AKIA{}", random_id(16)),
            secret: data_encoding::BASE64.encode(&random::<30>()),
            user,
            active: true,
            created: now,
            usable_from: now + self.sandbox.world.settings.propagation_seconds,
            last_used: None,
        };
        let answer = text("UserName", &key.user)
            + &text("AccessKeyId", &key.id)
            + &text("Status", status(true))
            + &text("SecretAccessKey", &key.secret)
            + &text("CreateDate", &date(now));
        self.sandbox.world.access_keys.push(key);
        Ok(tag("AccessKey", &answer))
    }

    pub(super) fn update_access_key(&mut self) -> Answer {
        let user = self.target_user()?;
        let active = match self.required("Status")? {
            "Active" => true,
            "Inactive" => false,
            other => {
                return Err(ApiError::validation(format!(
                    "1 validation error detected: Value '{other}' at 'status' failed to satisfy constraint: Member must \
                     satisfy enum value set: [Active, Inactive, Expired]"
                )));
            }
        };
        self.key_of(&user)?.active = active;
        Ok(String::new())
    }

    pub(super) fn delete_access_key(&mut self) -> Answer {
        let user = self.target_user()?;
        let id = self.key_of(&user)?.id.clone();
        self.sandbox.world.access_keys.retain(|k| k.id != id);
        Ok(String::new())
    }

    pub(super) fn get_access_key_last_used(&self) -> Answer {
        let id = self.required("AccessKeyId")?;
        let key = self.sandbox.world.access_keys.iter().find(|k| k.id == id);
        let owner = key.map_or("*", |k| &k.user);
        self.allowed(&self.sandbox.world.user_arn(owner), &format!("access key {id}"))?;
        let key = key.ok_or_else(|| not_found(id))?;
        let used = match &key.last_used {
            Some((when, service, region)) => {
                text("LastUsedDate", &date(*when)) + &text("ServiceName", service) + &text("Region", region)
            }
            None => text("ServiceName", "N/A") + &text("Region", "N/A"),
        };
        Ok(text("UserName", &key.user) + &tag("AccessKeyLastUsed", &used))
    }

    fn key_of(&mut self, user: &str) -> Result<&mut AccessKey, ApiError> {
        let id = self.required("AccessKeyId")?.to_owned();
        let mut keys = self.sandbox.world.access_keys.iter_mut();
        keys.find(|k| k.id == id && k.user == user).ok_or_else(|| not_found(&id))
    }
}

fn status(active: bool) -> &'static str {
    if active { "Active" } else { "Inactive" }
}

fn not_found(id: &str) -> ApiError {
    ApiError::missing(format!("The Access Key with id {id} cannot be found."))
}
