//! The way back from the browser: whatever is sent there, only an answer to this very sign-in counts, once, and the page says
//! nothing that came with it.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::time::Duration;

use awsx::adapters::server::LoopbackServer;
use awsx::base::secret::Secret;
use awsx::ports::Asked;
use awsx::signin::callback::{Brought, answer};
use awsx::signin::visit::{Ended, Visit};

use super::http_requests::{exchange, has};
use super::text;

/// Parts of requests; `HERE` becomes the host and port.
pub const WORDS: &[&str] = &[
    "GET /oauth/callback?code=c&state=right HTTP/1.1\r\nHost: HERE\r\n\r\n",
    "GET /oauth/callback?",
    "GET http://HERE/oauth/callback?",
    "HEAD /oauth/callback?",
    "POST /oauth/callback?",
    "code=c",
    "code=%63%2b",
    "code=",
    "code",
    "&",
    "=",
    "state=right",
    "state=right&code=c",
    "state=%72ight",
    "state=wrong",
    "state=righ",
    "state=right+",
    "state=",
    "error=access_denied",
    "error=",
    "error_description=<script>&",
    "error_description=%3Cscript%3E&",
    "%",
    "%ff",
    "+",
    "#",
    ";",
    " HTTP/1.1\r\n",
    " HTTP/1.0\r\n",
    "Host: HERE\r\n",
    "Host: evil.test\r\n",
    "Content-Length: 3\r\n\r\nabc",
    "\r\n",
    "\r\n\r\n",
    "\0",
];

const STATE: &str = "right";
const PATH: &str = "/oauth/callback";

/// The input is a query, and what a client sends on one connection.
pub fn holds(data: &[u8]) {
    query(&text(data));
    request(data);
}

fn query(query: &str) {
    let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let asked = Asked { method: "GET", path: PATH, query: Some(query), host: None, authorization: None, from };
    let (answer, brought) = answer(&asked, &Secret::new(STATE.into()));
    assert!(!has(answer.body.expose(), "<script") && !has(answer.body.expose(), STATE), "{query}");
    assert_eq!(brought.is_some(), answer.status == 200, "{query}");
    let all = |name: &str| query.split('&').filter(|pair| pair.split('=').next() == Some(name)).count();
    match brought {
        Some(Brought::Code(code)) => {
            assert!(!code.is_empty() && (all("state"), all("code"), all("error")) == (1, 1, 0), "{query}");
        }
        Some(Brought::Refusal(_)) => assert_eq!((all("state"), all("error")), (1, 1), "{query}"),
        None => {}
    }
}

fn request(data: &[u8]) {
    let state = Secret::new(STATE.into());
    let visit = Visit::begin(&LoopbackServer, move |asked| answer(asked, &state)).expect("a port is free");
    let at = visit.host();
    let port = at.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let sent = with(data, b"HERE", at.as_bytes());
    let said = exchange(port, &sent, true);
    assert!(said.is_empty() || said.starts_with(b"HTTP/1."), "{}", String::from_utf8_lossy(&said));
    // A browser comes with the right answer afterwards.
    let good = format!("GET {PATH}?code=good&state={STATE} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
    let said = exchange(port, good.as_bytes(), false);
    let ended = visit.wait(Duration::from_secs(20), || ControlFlow::<()>::Continue(()));
    match ended.expect("no signal") {
        Ended::Came(Brought::Code(code)) if code.expose() == "good" => {
            assert!(said.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&said));
        }
        Ended::Came(_) => {
            let sent_all = ["/oauth/callback?", "state=", at.as_str()].iter().all(|part| has(&sent, part));
            assert!(sent_all && said.starts_with(b"HTTP/1.1 410 "), "{}", String::from_utf8_lossy(&sent));
        }
        other => panic!("{other:?}"),
    }
}

/// The bytes with another part in place of each of these.
fn with(data: &[u8], part: &[u8], other: &[u8]) -> Vec<u8> {
    let mut rest = data;
    let mut out = Vec::new();
    while let Some(at) = rest.windows(part.len()).position(|window| window == part) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(other);
        rest = &rest[at + part.len()..];
    }
    out.extend_from_slice(rest);
    out
}
