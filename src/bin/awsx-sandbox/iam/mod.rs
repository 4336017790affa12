//! Identity and Access Management, API version 2010-05-08
//! ([reference](https://docs.aws.amazon.com/IAM/latest/APIReference/)): users, roles, aliases; the rest is in
//! [`devices`] and [`keys`].

mod devices;
mod keys;

use awsx::base::time::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::auth::Caller;
use crate::authz::{authorize, facts};
use crate::policy::Ask;
use crate::sandbox::Sandbox;
use crate::wire::{Answer, ApiError, Params, tag, text};
use crate::world::{BEGINNING, ROOT, Who};

/// One IAM call under way.
struct Iam<'a> {
    sandbox: &'a mut Sandbox,
    caller: &'a Caller,
    /// `iam:GetUser`.
    action: String,
    params: &'a Params,
}

/// Runs a call; the inside of its `Result` element.
///
/// # Errors
/// In AWS's words.
pub fn call(sandbox: &mut Sandbox, caller: &Caller, action: &str, params: &Params) -> Answer {
    let mut iam = Iam { sandbox, caller, action: format!("iam:{action}"), params };
    match action {
        "GetUser" => iam.get_user(),
        "GetRole" => iam.get_role(),
        "ListAccountAliases" => iam.list_account_aliases(),
        "ListMFADevices" => iam.list_mfa_devices(),
        "ListVirtualMFADevices" => iam.list_virtual_mfa_devices(),
        "CreateVirtualMFADevice" => iam.create_virtual_mfa_device(),
        "EnableMFADevice" => iam.enable_mfa_device(),
        "ResyncMFADevice" => iam.resync_mfa_device(),
        "DeactivateMFADevice" => iam.deactivate_mfa_device(),
        "DeleteVirtualMFADevice" => iam.delete_virtual_mfa_device(),
        "ListAccessKeys" => iam.list_access_keys(),
        "CreateAccessKey" => iam.create_access_key(),
        "UpdateAccessKey" => iam.update_access_key(),
        "DeleteAccessKey" => iam.delete_access_key(),
        "GetAccessKeyLastUsed" => iam.get_access_key_last_used(),
        other => {
            Err(ApiError::new(400, "InvalidAction", format!("Could not find operation {other} for version 2010-05-08")))
        }
    }
}

impl Iam<'_> {
    fn get_user(&self) -> Answer {
        let name = self.target_user()?;
        Ok(tag("User", &self.show_user(&name)))
    }

    fn get_role(&self) -> Answer {
        let name = self.required("RoleName")?;
        let account = self.caller.identity(&self.sandbox.world).0;
        let role = self.sandbox.world.roles.iter().find(|r| r.name() == name && r.account() == account);
        let arn = role.map_or_else(|| format!("arn:aws:iam::{account}:role/{name}"), |r| r.arn.clone());
        self.allowed(&arn, &format!("role {name}"))?;
        let role = role.ok_or_else(|| ApiError::missing(format!("The role with name {name} cannot be found.")))?;
        let path = arn.split_once(":role").map_or("/", |(_, rest)| rest.trim_end_matches(name));
        let trust = serde_json::to_string(&role.trust).unwrap_or_default();
        let trust = utf8_percent_encode(&trust, NON_ALPHANUMERIC).to_string();
        Ok(tag(
            "Role",
            &(text("Path", path)
                + &text("RoleName", name)
                + &text("RoleId", &role.id)
                + &text("Arn", &arn)
                + &text("CreateDate", &date(BEGINNING))
                + &text("AssumeRolePolicyDocument", &trust)
                + &text("MaxSessionDuration", &role.max_session.to_string())),
        ))
    }

    fn list_account_aliases(&self) -> Answer {
        self.allowed("*", "*")?;
        let aliases = self.sandbox.world.alias.iter().map(|a| text("member", a)).collect();
        self.page("AccountAliases", aliases)
    }

    fn show_user(&self, name: &str) -> String {
        let world = &self.sandbox.world;
        let named = world.user(name).map(|user| text("Path", &user.path) + &text("UserName", name));
        let id = world.user(name).map_or(&world.account, |user| &user.id);
        let rest = text("UserId", id) + &text("Arn", &world.user_arn(name)) + &text("CreateDate", &date(BEGINNING));
        named.unwrap_or_default() + &rest
    }

    /// The user that the call is about, after it has been allowed: `UserName`, or the caller.
    fn target_user(&self) -> Result<String, ApiError> {
        let name = match (self.params.get("UserName"), &self.caller.who) {
            (Some(name), _) => name.to_owned(),
            (None, Who::User(name)) => name.clone(),
            (None, Who::Role { .. }) => {
                return Err(ApiError::validation("Must specify userName when calling with non-User credentials"));
            }
        };
        self.allowed(&self.sandbox.world.user_arn(&name), &format!("user {name}"))?;
        if name != ROOT && self.sandbox.world.user(&name).is_none() {
            return Err(ApiError::missing(format!("The user with name {name} cannot be found.")));
        }
        Ok(name)
    }

    fn allowed(&self, resource: &str, shown: &str) -> Result<(), ApiError> {
        let context = facts(self.sandbox, self.caller, false);
        authorize(self.sandbox, self.caller, Ask { action: &self.action, resource, context: &context }, shown)
    }

    fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.params.get(name).ok_or_else(|| {
            let field = name.get(..1).unwrap_or_default().to_lowercase() + name.get(1..).unwrap_or_default();
            ApiError::validation(format!(
                "1 validation error detected: Value null at '{field}' failed to satisfy constraint: Member must not be null"
            ))
        })
    }

    /// A list with as many members as fit one page, and the marker of the next.
    fn page(&self, name: &str, members: Vec<String>) -> Answer {
        let wrong = || ApiError::validation("Invalid Marker.");
        let start: usize = match self.params.get("Marker") {
            Some(marker) => marker.strip_prefix("after-").and_then(|n| n.parse().ok()).ok_or_else(wrong)?,
            None => 0,
        };
        let asked = self.params.get("MaxItems").and_then(|n| n.parse().ok()).filter(|n| *n > 0);
        let setting = Some(self.sandbox.world.settings.page_size).filter(|n| *n > 0);
        let size = asked.into_iter().chain(setting).min().unwrap_or(100);
        let total = members.len();
        let shown: String = members.into_iter().skip(start).take(size).collect();
        let more = start + size < total;
        let mut answer = tag(name, &shown) + &text("IsTruncated", &more.to_string());
        if more {
            answer += &text("Marker", &format!("after-{}", start + size));
        }
        Ok(answer)
    }
}

/// RFC 3339 of epoch seconds.
fn date(time: i64) -> String {
    Timestamp(time).to_string()
}
