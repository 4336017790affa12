//! A little of S3: `ListBuckets`, a call that credentials allow or not.

use crate::auth::Caller;
use crate::authz::{authorize, facts};
use crate::policy::Ask;
use crate::sandbox::Sandbox;
use crate::wire::{Answer, ApiError, Request, tag, text};

/// The action of a request, as IAM names it.
pub fn action(request: &Request) -> String {
    let listing = request.method == "GET" && request.path == "/";
    if listing { "s3:ListAllMyBuckets" } else { "s3:?" }.into()
}

/// Runs a call.
///
/// # Errors
/// In AWS's words.
pub fn call(sandbox: &Sandbox, caller: &Caller, action: &str) -> Answer {
    if action != "s3:ListAllMyBuckets" {
        return Err(ApiError::new(501, "NotImplemented", "Of S3 the sandbox has the list of buckets only."));
    }
    let context = facts(sandbox, caller, false);
    authorize(sandbox, caller, Ask { action, resource: "*", context: &context }, "*")?;
    let bucket =
        |name: &String| tag("Bucket", &(text("Name", name) + &text("CreationDate", "2026-01-02T03:04:05.000Z")));
    let buckets: String = sandbox.world.buckets.iter().map(bucket).collect();
    let owner = tag("Owner", &text("ID", &sandbox.world.account));
    Ok(tag("ListAllMyBucketsResult", &(owner + &tag("Buckets", &buckets))))
}
