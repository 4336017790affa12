//! A web identity token, which AWS accepts for a role. Kubernetes and CI systems put one into a file; elsewhere a program
//! may fetch one.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use zeroize::Zeroizing;

use super::program::{self, Failure};
use super::{Asking, Given};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Secret;
use crate::plan::source::{WebIdentity, WebToken};
use crate::ports::{CallError, Fault};

/// The longest token that is read, in bytes; AWS takes 20,000 characters.
const LONGEST: usize = 64 * 1024;

/// The key of a profile that names a program.
const PROCESS: &str = "web_identity_token_process";

/// Makes one call, which needs no signature. The token is got each time, because it is replaced before it expires.
pub fn ask(asking: &Asking, identity: &WebIdentity) -> Result<Given> {
    let token = match &identity.token {
        WebToken::File(path) => read(asking, path),
        WebToken::Process(line) => run(asking, line),
    }?;
    let (role, at) = (&identity.role, &identity.at);
    let issued = asking
        .app
        .sts
        .assume_role_with_web_identity(at, role, &token)
        .map_err(|error| refused(asking, identity, &error))?;
    Ok(Given { credentials: issued.credentials, arn: Some(issued.arn) })
}

fn read(asking: &Asking, path: &Path) -> Result<Secret> {
    let bad = |cause: String| {
        asking
            .failed(ErrorKind::Config, format!("{}: {cause}", path.display()))
            .hint("web_identity_token_file must name a file with a token of the identity provider")
    };
    let mut text = Zeroizing::new(String::with_capacity(LONGEST + 1));
    let limit = LONGEST as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text)).map_err(|e| bad(e.to_string()))?;
    match text.trim() {
        "" => Err(bad("it is empty".into())),
        _ if text.len() > LONGEST => Err(bad("it is too long for a token".into())),
        token => Ok(Secret::new(token.to_owned())),
    }
}

/// Runs the program with the shell, as aws-vault does.
fn run(asking: &Asking, line: &str) -> Result<Secret> {
    // Not the line itself: it may hold a password.
    asking.app.debug(|| format!("{}: its {PROCESS} is run", asking.profile));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]);
    let printed = program::run(asking, &mut command).map_err(|failure| match failure {
        Failure::NotRun(error) => program::failed(asking, PROCESS, format!("/bin/sh: {error}")),
        Failure::NoText => wrong(asking, "it is no text, or longer than 64 KiB"),
        Failure::Failed(cause) => program::failed(asking, PROCESS, cause),
    })?;
    match printed.trim() {
        "" => Err(wrong(asking, "it printed nothing")),
        // Anything else would be sent to AWS, and a program that failed may have printed why.
        token if token.contains(char::is_whitespace) => Err(wrong(asking, "it is several words, and a token is one")),
        token => Ok(Secret::new(token.to_owned())),
    }
}

fn wrong(asking: &Asking, cause: &str) -> Error {
    Error::config(format!("what the {PROCESS} of profile {} prints can't be used", asking.profile))
        .cause(cause)
        .hint("it must print a token of the identity provider, and nothing else, on standard output")
}

fn refused(asking: &Asking, identity: &WebIdentity, error: &CallError) -> Error {
    let role = &identity.role;
    let explained = asking.explain(error, Some(&role.role_arn), Some(role.duration), &identity.at);
    let Fault::Service { code, .. } = &error.fault else { return explained };
    let (what, hint) = match code.as_str() {
        "ExpiredTokenException" => (
            "the web identity token has expired",
            match &identity.token {
                WebToken::File(path) => format!("whatever writes {} has to renew it", path.display()),
                WebToken::Process(_) => format!("run the {PROCESS} of profile {} by hand", asking.profile),
            },
        ),
        "InvalidIdentityToken" | "IDPRejectedClaim" | "IDPCommunicationError" => (
            "AWS does not take the web identity token",
            "its issuer and audience must be those of the identity provider in IAM; \
             a token for another audience, or of another issuer, is refused"
                .into(),
        ),
        "AccessDenied" => (
            "the role does not trust the web identity token",
            format!("the trust policy of {} must allow the token's provider, subject and audience", role.role_arn),
        ),
        _ => return explained,
    };
    Error { what: format!("{what} (profile {})", asking.profile), hint: Some(hint), ..explained }
}
