//! Systems Manager Parameter Store
//! ([reference](https://docs.aws.amazon.com/systems-manager/latest/APIReference/)).

use serde_json::{Value, json};

use crate::auth::Caller;
use crate::authz::{authorize, facts};
use crate::policy::Ask;
use crate::sandbox::Sandbox;
use crate::wire::{Answer, ApiError};

/// Runs a call; the JSON of its result.
///
/// # Errors
/// In AWS's words.
pub fn call(sandbox: &mut Sandbox, caller: &Caller, action: &str, input: &Value) -> Answer {
    let name = || input.get("Name").and_then(Value::as_str).unwrap_or_default();
    let account = caller.identity(&sandbox.world).0;
    let arn =
        |name: &str| format!("arn:aws:ssm:{}:{account}:parameter/{}", caller.region, name.trim_start_matches('/'));
    let may = |sandbox: &Sandbox, name: &str| {
        let (resource, action) = (arn(name), format!("ssm:{action}"));
        let context = facts(sandbox, caller, false);
        authorize(sandbox, caller, Ask { action: &action, resource: &resource, context: &context }, &resource)
            .map_err(|e| ApiError::new(400, "AccessDeniedException", e.message))
    };
    let missing = || ApiError::new(400, "ParameterNotFound", "");
    let show = |name: &str, value: &str| json!({"Name": name, "Type": "String", "Value": value, "Version": 1, "ARN": arn(name), "DataType": "text"});
    let invalid = |why: &str| ApiError::new(400, "ValidationException", why);
    match action {
        "GetParameter" => {
            may(sandbox, name())?;
            let value = sandbox.world.parameters.get(name()).ok_or_else(missing)?;
            Ok(json!({"Parameter": show(name(), value)}).to_string())
        }
        "GetParameters" => {
            let names: Vec<&str> =
                input.get("Names").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
            if names.is_empty() || names.len() > 10 {
                return Err(invalid(
                    "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must \
                                    have length less than or equal to 10",
                ));
            }
            names.iter().try_for_each(|n| may(sandbox, n))?;
            let (found, absent): (Vec<&str>, Vec<&str>) =
                names.into_iter().partition(|n| sandbox.world.parameters.contains_key(*n));
            let value = |n: &&str| sandbox.world.parameters.get(*n).map(|v| show(n, v));
            let found: Vec<Value> = found.iter().filter_map(value).collect();
            Ok(json!({"Parameters": found, "InvalidParameters": absent}).to_string())
        }
        "GetParametersByPath" => {
            let path = input.get("Path").and_then(Value::as_str).unwrap_or_default();
            if !path.starts_with('/') {
                return Err(invalid("The parameter path must begin with a forward slash."));
            }
            may(sandbox, path)?;
            let most = input.get("MaxResults").map_or(Some(10), Value::as_u64).filter(|most| (1..=10).contains(most));
            let most = most.and_then(|most| usize::try_from(most).ok());
            let most = most.ok_or_else(|| invalid("Value at 'maxResults' must be between 1 and 10"))?;
            let start = match input.get("NextToken").and_then(Value::as_str) {
                None => 0,
                Some(token) => token.parse().map_err(|_| ApiError::new(400, "InvalidNextToken", ""))?,
            };
            let folder = format!("{}/", path.trim_end_matches('/'));
            let deep = input.get("Recursive").and_then(Value::as_bool).unwrap_or(false);
            let fits = |name: &str| name.strip_prefix(&folder).is_some_and(|rest| deep || !rest.contains('/'));
            let all: Vec<_> = sandbox.world.parameters.iter().filter(|(name, _)| fits(name)).collect();
            let page: Vec<Value> = all.iter().skip(start).take(most).map(|(name, value)| show(name, value)).collect();
            let next = (start + most < all.len()).then(|| (start + most).to_string());
            Ok(json!({"Parameters": page, "NextToken": next}).to_string())
        }
        "PutParameter" => {
            may(sandbox, name())?;
            let value = input.get("Value").and_then(Value::as_str).unwrap_or_default();
            if name().is_empty() || value.is_empty() {
                return Err(invalid("Name and Value must not be empty."));
            }
            if !name().bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.-".contains(&b)) {
                return Err(invalid(
                    "Parameter name: can't be prefixed with \"ssm\" (case-insensitive) except global parameters. If formed \
                     as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of \
                     letters, numbers and the following 3 symbols .-_",
                ));
            }
            let overwrite = input.get("Overwrite").and_then(Value::as_bool).unwrap_or(false);
            let there = sandbox.world.parameters.contains_key(name());
            if !there && input.get("Type").and_then(Value::as_str) != Some("String") {
                return Err(invalid("A parameter type is required when you create a parameter."));
            }
            if there && !overwrite {
                return Err(ApiError::new(
                    400,
                    "ParameterAlreadyExists",
                    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
                ));
            }
            sandbox.world.parameters.insert(name().to_owned(), value.to_owned());
            Ok(json!({"Version": 1, "Tier": "Standard"}).to_string())
        }
        "DeleteParameter" => {
            may(sandbox, name())?;
            sandbox.world.parameters.remove(name()).ok_or_else(missing)?;
            Ok("{}".into())
        }
        _ => Err(ApiError::new(400, "UnknownOperationException", "")),
    }
}
