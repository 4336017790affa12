//! The endpoint that gives containers their credentials
//! ([its protocol](https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html)).

use super::json::Answer;
use super::{Asking, Given, LIMIT};
use crate::aws::errors::one_line;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::secret::Secret;
use crate::plan::source::{Container, ContainerToken};
use crate::ports::HttpRequest;

const HINT: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI says where it is";

/// Asks for the credentials, in one request.
pub fn ask(asking: &Asking, container: &Container) -> Result<Given> {
    let mut headers = vec![("accept", Secret::new("application/json".into()))];
    if let Some(token) = &container.token {
        headers.push(("authorization", authorization(asking, token)?));
    }
    let answer = asking.send(
        &HttpRequest {
            method: "GET",
            url: &container.url,
            headers: &headers,
            body: None,
            ca_bundle: container.ca_bundle.as_deref(),
            limit: LIMIT,
        },
        HINT,
    )?;
    let parsed = Answer::parse(answer.body.expose());
    if answer.status != 200 {
        return Err(refused(asking, &container.url, answer.status, parsed.ok()));
    }
    let credentials = parsed.and_then(|parsed| parsed.credentials().map_err(str::to_owned));
    let credentials = credentials.map_err(|cause| asking.failed(ErrorKind::Config, cause).hint(HINT))?;
    Ok(Given { credentials, arn: None })
}

fn authorization(asking: &Asking, token: &ContainerToken) -> Result<Secret> {
    let hint = "AWS_CONTAINER_AUTHORIZATION_TOKEN or _TOKEN_FILE gives it, in one line";
    let bad = |cause: String| asking.failed(ErrorKind::Config, cause).hint(hint);
    let token = match token {
        ContainerToken::Value(token) => token.clone(),
        ContainerToken::File(path) => {
            let read = std::fs::read_to_string(path);
            Secret::new(read.map_err(|e| bad(format!("the authorization token in {}: {e}", path.display())))?)
        }
    };
    // A file usually ends with a line feed. Other control characters are refused: they could add a header.
    let line = Secret::new(token.expose().trim_end_matches(['\r', '\n']).to_owned());
    if line.is_empty() || line.expose().chars().any(char::is_control) {
        return Err(bad("the authorization token is empty, or more than one line".into()));
    }
    Ok(line)
}

/// The error for an answer without credentials.
fn refused(asking: &Asking, url: &str, status: u16, answer: Option<Answer>) -> Error {
    let said: Vec<String> = answer.into_iter().flat_map(|a| [a.code, a.message]).flatten().collect();
    let said = if said.is_empty() { String::new() } else { format!(": {}", one_line(&said.join(": "))) };
    let kind = if status >= 500 { ErrorKind::Network } else { ErrorKind::Refused };
    asking.failed(kind, format!("{url} answers with status {status}{said}")).hint(match status {
        401 | 403 => "the authorization token is not the one that this endpoint wants",
        404 => "this container has no role; give it one",
        _ => "try again; if that fails too, the endpoint has a problem of its own",
    })
}
