//! Loopback: a small HTTP client for the control interfaces, and a server that never answers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::PATIENCE;
use super::scripted::read_request;

/// One HTTP request to `http://HOST:PORT/PATH`; status and body.
///
/// # Panics
/// If there is no answer.
#[track_caller]
pub fn http(method: &str, url: &str, body: &str) -> (u16, String) {
    try_http(method, url, body).unwrap_or_else(|e| panic!("{method} {url}: {e}"))
}

/// The same, for a server that may not be up yet.
pub fn try_http(method: &str, url: &str, body: &str) -> std::io::Result<(u16, String)> {
    let (host, path) =
        url.trim_start_matches("http://").split_once('/').unwrap_or((url.trim_start_matches("http://"), ""));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) =
        answer.split_once("\r\n\r\n").ok_or_else(|| std::io::Error::other(format!("odd answer {answer:?}")))?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok((status.ok_or_else(|| std::io::Error::other(format!("odd answer {answer:?}")))?, body.to_owned()))
}

/// A server on loopback that takes every connection and never says a word.
pub struct SilentListener {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    connections: Arc<AtomicUsize>,
}

impl SilentListener {
    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Starts a [`SilentListener`]; it listens until the test run ends.
pub fn silent_listener() -> SilentListener {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            open.push(stream);
        }
    });
    SilentListener { url, connections }
}

/// A server on loopback that answers whatever it is asked, and writes down what that was.
pub struct AnsweringServer {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl AnsweringServer {
    /// The requests so far: head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no test has panicked in it").clone()
    }
}

/// Starts an [`AnsweringServer`]; `answer` makes status and body of the request line (`GET /path`).
pub fn answering_server(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> AnsweringServer {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let requests = Arc::<Mutex<Vec<String>>>::default();
    let written = Arc::clone(&requests);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let request = read_request(&stream);
            let line = request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
            written.lock().expect("no test has panicked in it").push(request);
            let (status, body) = answer(&line);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    AnsweringServer { url, requests }
}
