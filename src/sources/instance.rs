//! The role of an EC2 instance, out of the instance metadata service, version 2
//! ([its protocol](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html)).

use super::json::Answer;
use super::{Asking, Given, LIMIT};
use crate::aws::errors::one_line;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Secret;
use crate::plan::source::Instance;
use crate::ports::{HttpAnswer, HttpRequest};

const HINT: &str = "it answers on EC2 instances alone; elsewhere name a source_profile instead of credential_source";

/// Asks for a token for the other requests, then for the role's name, then for the role's credentials.
pub fn ask(asking: &Asking, instance: &Instance) -> Result<Given> {
    let seconds = Secret::new("60".into());
    let url = format!("{}/latest/api/token", instance.url);
    let token = request(asking, "PUT", &url, &[("x-aws-ec2-metadata-token-ttl-seconds", seconds)])?;
    let token = [("x-aws-ec2-metadata-token", Secret::new(line(asking, &url, &token)?))];
    let roles = format!("{}/latest/meta-data/iam/security-credentials/", instance.url);
    let role = line(asking, &roles, &request(asking, "GET", &roles, &token)?)?;
    let url = format!("{roles}{role}");
    let answer = request(asking, "GET", &url, &token)?;
    let odd = |cause: String| asking.failed(ErrorKind::Refused, format!("{url}: {cause}")).hint(HINT);
    let answer = Answer::parse(answer.body.expose()).map_err(odd)?;
    if answer.code.as_deref().is_some_and(|code| code != "Success") {
        let said: Vec<String> = [answer.code, answer.message].into_iter().flatten().collect();
        return Err(odd(one_line(&said.join(": "))).hint("check the instance's role and its trust policy for EC2"));
    }
    let credentials = answer.credentials().map_err(|cause| odd(cause.to_owned()))?;
    Ok(Given { credentials, arn: None })
}

fn request(asking: &Asking, method: &'static str, url: &str, headers: &[(&'static str, Secret)]) -> Result<HttpAnswer> {
    let request = HttpRequest { method, url, headers, body: None, ca_bundle: None, limit: LIMIT };
    let answer = asking.send(&request, HINT)?;
    match answer.status {
        200 => Ok(answer),
        status => Err(refused(asking, url, status)),
    }
}

fn refused(asking: &Asking, url: &str, status: u16) -> Error {
    let kind = if status >= 500 { ErrorKind::Network } else { ErrorKind::Refused };
    asking.failed(kind, format!("{url} answers with status {status}")).hint(match status {
        403 => "the instance metadata service is turned off for this instance",
        404 => "this instance has no role; give it an instance profile",
        _ => "try again; if that fails too, the service has a problem of its own",
    })
}

/// An answer that is one line without blanks: a token, a role's name.
fn line(asking: &Asking, url: &str, answer: &HttpAnswer) -> Result<String> {
    let text = std::str::from_utf8(answer.body.expose()).unwrap_or_default().trim();
    let usable = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let odd = || asking.failed(ErrorKind::Refused, format!("{url} gives no usable answer")).hint(HINT);
    usable.then(|| text.to_owned()).ok_or_else(odd)
}
