//! A small HTTP client for the sandbox. It signs the calls that AWS would want signed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use awsx::base::env::Env;
use awsx::base::time::Timestamp;
use serde_json::Value;

use crate::sigv4::{Authorization, compact};
use crate::wire::Request;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// `GET /_sandbox/…` of the sandbox at `url`.
///
/// # Errors
/// What went wrong, in words.
pub fn control(url: &str, what: &str) -> Result<Value, String> {
    let (path, query) = what.split_once('?').unwrap_or((what, ""));
    let request =
        Request { method: "GET".into(), path: format!("/_sandbox/{path}"), query: query.into(), ..Request::default() };
    let (status, body) = send(url, &request)?;
    let answer: Value = serde_json::from_str(&body).map_err(|e| format!("the sandbox: {e}"))?;
    if status == 200 { Ok(answer) } else { Err(format!("the sandbox: {answer}")) }
}

/// An AWS call with the credentials of an environment; status and body.
///
/// # Errors
/// What went wrong, in words, if there was no answer.
pub fn call(env: &Env, service: &str, mut request: Request) -> Result<(u16, String), String> {
    let want = |name: &'static str| env.get(name).ok_or(format!("{name} is not set"));
    let url = want("AWS_ENDPOINT_URL")?;
    let region = env.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]).unwrap_or("us-east-1");
    let date = compact(Timestamp::from(SystemTime::now()).0);
    request.headers.push(("host".into(), host(url)?.into()));
    request.headers.push(("x-amz-date".into(), date.clone()));
    if let Some(token) = env.get("AWS_SESSION_TOKEN") {
        request.headers.push(("x-amz-security-token".into(), token.into()));
    }
    let mut signed: Vec<String> = request.headers.iter().map(|(name, _)| name.clone()).collect();
    signed.sort();
    let mut auth = Authorization {
        key_id: want("AWS_ACCESS_KEY_ID")?.into(),
        date: date.get(..8).unwrap_or_default().into(),
        region: region.into(),
        service: service.into(),
        signed_headers: signed,
        signature: String::new(),
    };
    auth.signature = auth.expected(&request, want("AWS_SECRET_ACCESS_KEY")?, &date);
    request.headers.push(("authorization".into(), auth.header()));
    send(url, &request)
}

fn host(url: &str) -> Result<&str, String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| format!("{url} is no sandbox"))?;
    Ok(rest.trim_end_matches('/'))
}

fn send(url: &str, request: &Request) -> Result<(u16, String), String> {
    exchange(url, request).map(|answer| (answer.status, answer.body))
}

/// An answer.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The first header field of that (lower case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Sends a request to the server at `url` as it is.
///
/// # Errors
/// What went wrong, in words, if there was no answer.
pub fn exchange(url: &str, request: &Request) -> Result<Answer, String> {
    let host = host(url)?;
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mark = if request.query.is_empty() { "" } else { "?" };
        write!(stream, "{} {}{mark}{} HTTP/1.1\r\n", request.method, request.path, request.query)?;
        if request.header("host").is_none() {
            write!(stream, "host: {host}\r\n")?;
        }
        for (name, value) in &request.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        write!(stream, "connection: close\r\ncontent-length: {}\r\n\r\n", request.body.len())?;
        stream.write_all(&request.body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|e| format!("the server at {host}: {e}"))?;
    let (head, body) =
        answer.split_once("\r\n\r\n").ok_or_else(|| format!("the server at {host} cut the connection"))?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| format!("the server at {host} spoke no HTTP"))?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}
