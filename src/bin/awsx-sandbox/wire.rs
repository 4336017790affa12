//! What goes over the wire, without any of HTTP's machinery: a request as it came, and an answer.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What is percent-encoded: all but RFC 3986's unreserved characters.
pub const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An HTTP request as it came in.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// What follows the `?`, still percent-encoded; empty if nothing does.
    pub query: String,
    /// Header fields in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header field of that (lower case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The parameters of a query-protocol call or a query string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(pub BTreeMap<String, String>);

impl Params {
    /// Reads `a=b&c=d`, percent-encoded, `+` for a space.
    pub fn parse(text: &str) -> Self {
        let decode = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|p| !p.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Params(pairs.collect())
    }

    /// The value; an empty one counts as left out, as it does for AWS.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The values of `Tags.member.1.Key`-like lists: (field → value) of each member, in order.
    pub fn members(&self, list: &str) -> Vec<BTreeMap<&str, &str>> {
        let prefix = format!("{list}.member.");
        let mut found: BTreeMap<usize, BTreeMap<&str, &str>> = BTreeMap::new();
        for (name, value) in &self.0 {
            let Some(rest) = name.strip_prefix(&prefix) else { continue };
            let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(index) = index.parse() {
                found.entry(index).or_default().insert(field, value);
            }
        }
        found.into_values().collect()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Header fields beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Reply {
    /// An answer with the usual header fields.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Reply { status, content_type, headers: Vec::new(), body: body.into() }
    }

    /// Sends the browser on to another address.
    pub fn redirect(to: impl Into<String>) -> Self {
        let headers = vec![("location", to.into())];
        Reply { status: 302, content_type: "text/plain", headers, body: String::new() }
    }
}

/// What a call failed with, before its service's protocol has given it a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// `AccessDenied`, `NoSuchEntity` …
    pub code: String,
    /// The sentence AWS says.
    pub message: String,
}

impl ApiError {
    /// Any error.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        ApiError { status, code: code.into(), message: message.into() }
    }

    /// 403 `AccessDenied`.
    pub fn denied(message: impl Into<String>) -> Self {
        ApiError::new(403, "AccessDenied", message)
    }

    /// 400 `ValidationError`.
    pub fn validation(message: impl Into<String>) -> Self {
        ApiError::new(400, "ValidationError", message)
    }

    /// 404 `NoSuchEntity`.
    pub fn missing(message: impl Into<String>) -> Self {
        ApiError::new(404, "NoSuchEntity", message)
    }
}

/// Our own address, as the client wrote it.
///
/// # Errors
/// If that is no loopback address: a page elsewhere may have given its name to ours.
pub fn base(request: &Request) -> Result<String, ApiError> {
    let host = request.header("host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if ["127.0.0.1", "localhost", "[::1]"].contains(&name) {
        Ok(format!("http://{host}"))
    } else {
        Err(ApiError::new(421, "InvalidRequestException", "The sandbox answers on loopback addresses only"))
    }
}

/// The result of a call: the body of a success, or an error.
pub type Answer = Result<String, ApiError>;

/// Text as a query has it, percent-encoded.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// `<name>text</name>`, the text escaped.
pub fn text(name: &str, value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{name}>{value}</{name}>")
}

/// `<name>inner</name>`, the inside being XML already.
pub fn tag(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// A random identifier in the form of a UUID.
pub fn request_id() -> String {
    let hex = data_encoding::HEXLOWER.encode(&random::<16>());
    let parts = [hex.get(..8), hex.get(8..12), hex.get(12..16), hex.get(16..20), hex.get(20..)];
    parts.map(Option::unwrap_or_default).join("-")
}

/// `length` random characters of the base32 alphabet, as in key IDs.
pub fn random_id(length: usize) -> String {
    let mut id = String::new();
    while id.len() < length {
        id.push_str(&data_encoding::BASE32_NOPAD.encode(&random::<5>()));
    }
    id.truncate(length);
    id
}

/// Random bytes; all zero if the kernel has none to give, which no sandbox has met.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(e) = getrandom::fill(&mut bytes) {
        eprintln!("awsx-sandbox: no random bytes: {e}");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let p =
            Params::parse("Action=AssumeRole&Tags.member.2.Key=b&Tags.member.1.Key=a%20c&Tags.member.1.Value=x+y&E=");
        assert_eq!((p.get("Action"), p.get("E"), p.get("F")), (Some("AssumeRole"), None, None));
        let tags = p.members("Tags");
        assert_eq!((tags[0]["Key"], tags[0]["Value"], tags[1]["Key"]), ("a c", "x y", "b"));
        assert_eq!(text("A", "<&>"), "<A>&lt;&amp;&gt;</A>");
        assert_eq!((random_id(16).len(), request_id().len()), (16, 36));
    }
}
