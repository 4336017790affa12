//! The access portal: accounts, roles, and the credentials of a role.

use serde_json::{Value, json};

use super::directory::{Account, Assignment, DirectoryUser};
use super::{invalid, ok};
use crate::sandbox::Sandbox;
use crate::wire::{ApiError, Params, Reply, Request};
use crate::world::{Session, Who};

/// What a token must have been asked for, unless its program has no scopes at all.
const SCOPE: &str = "sso:account:access";
/// Entries of a list where the call doesn't say.
const PAGE: usize = 20;

/// Runs a call of somebody who is signed in.
///
/// # Errors
/// In AWS's words.
pub fn call(sandbox: &mut Sandbox, request: &Request, operation: &str) -> Result<Reply, ApiError> {
    let params = Params::parse(&request.query);
    let token = request.header("x-amz-sso_bearer_token").unwrap_or_default();
    let now = sandbox.now();
    let unauthorized = || ApiError::new(401, "UnauthorizedException", "Session token not found or invalid");
    let center = &mut sandbox.world.identity_center;
    let good = |(access, until): &(String, i64)| access == token && *until > now;
    let sign_in = center.sign_ins.iter_mut().find(|s| s.over.is_none() && s.access.iter().any(good));
    let sign_in = sign_in.ok_or_else(unauthorized)?;
    if !sign_in.scopes.is_empty() && !sign_in.scopes.iter().any(|s| s == SCOPE) {
        return Err(unauthorized());
    }
    if operation == "Logout" {
        sign_in.end("signed out");
        return Ok(Reply::new(200, "application/json", ""));
    }
    let name = sign_in.user.clone();
    let user = center.user(&name).ok_or_else(unauthorized)?.clone();
    match operation {
        "ListAccounts" => {
            let of_user = |a: &&Account| user.assignments.iter().any(|at| at.account == a.id);
            let accounts = sandbox.world.identity_center.accounts.iter().filter(of_user);
            let entry = |a: &Account| json!({"accountId": a.id, "accountName": a.name, "emailAddress": a.email});
            paged(sandbox, &params, "accountList", accounts.map(entry).collect())
        }
        "ListAccountRoles" => {
            let account = params.get("account_id").ok_or_else(|| invalid("account_id is missing"))?;
            let roles: Vec<&Assignment> = user.assignments.iter().filter(|at| at.account == account).collect();
            if roles.is_empty() {
                return Err(no_access());
            }
            let entry = |at: &&Assignment| json!({"roleName": at.role, "accountId": account});
            paged(sandbox, &params, "roleList", roles.iter().map(entry).collect())
        }
        _ => role_credentials(sandbox, &params, &user),
    }
}

fn no_access() -> ApiError {
    ApiError::new(403, "ForbiddenException", "No access")
}

fn role_credentials(sandbox: &mut Sandbox, params: &Params, user: &DirectoryUser) -> Result<Reply, ApiError> {
    let want = |name: &str| params.get(name).map(str::to_owned).ok_or_else(|| invalid(format!("{name} is missing")));
    let wanted = Assignment { account: want("account_id")?, role: want("role_name")? };
    if wanted.account.len() != 12 || !wanted.account.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid("account_id is not twelve digits"));
    }
    if !user.assignments.contains(&wanted) {
        return Err(no_access());
    }
    let center = &sandbox.world.identity_center;
    let set = center.permission_sets.iter().find(|s| s.name == wanted.role).ok_or_else(no_access)?;
    let who = Who::Role { arn: center.role_arn(&wanted.account, &wanted.role), session: user.name.clone() };
    let seconds = sandbox.world.settings.lifetime(set.session_seconds);
    let session = Session::new(who, sandbox.now(), seconds, None);
    let answer = json!({"roleCredentials": {
        "accessKeyId": session.id,
        "secretAccessKey": session.secret,
        "sessionToken": session.token,
        "expiration": session.expires * 1000,
    }});
    sandbox.world.sessions.push(session);
    Ok(ok(&answer))
}

/// A page of a list, and where the next one begins.
fn paged(sandbox: &Sandbox, params: &Params, name: &str, all: Vec<Value>) -> Result<Reply, ApiError> {
    let most = match params.get("max_result") {
        None => PAGE,
        Some(text) => text.parse().ok().filter(|n| (1..=100).contains(n)).ok_or_else(|| invalid("max_result"))?,
    };
    let most = match sandbox.world.settings.page_size {
        0 => most,
        least => most.min(least),
    };
    let start: usize = match params.get("next_token") {
        None => 0,
        Some(token) => {
            let number = token.strip_prefix("from-").and_then(|n| n.parse().ok());
            number.filter(|n| *n < all.len()).ok_or_else(|| invalid("next_token is not one that was given"))?
        }
    };
    let next = (start + most < all.len()).then(|| format!("from-{}", start + most));
    let page: Vec<Value> = all.into_iter().skip(start).take(most).collect();
    Ok(ok(&json!({name: page, "nextToken": next})))
}
