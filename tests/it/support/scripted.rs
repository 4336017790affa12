//! A server on loopback that plays an AWS, good or bad, by a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a [`Scripted`] server does with one connection, once it has read the request.
#[derive(Clone)]
pub enum Answer {
    /// Status and body.
    Http(u16, String),
    /// Hangs up.
    Drop,
    /// Half of an answer, then hangs up.
    Half(String),
    /// Not HTTP at all.
    Garbage,
    /// Leads to another URL with this status.
    Redirect(u16, String),
    /// Status 200 and what this makes of the request.
    Made(Arc<dyn Fn(&str) -> String + Send + Sync>),
    /// A body in chunks that never ends.
    Endless,
}

/// A server that follows a script, one connection a step; the last step repeats. Keeps the requests.
pub struct Scripted {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Starts one; it listens until the test run ends.
    pub fn new(script: impl Into<Vec<Answer>>) -> Self {
        let script = script.into();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for (n, stream) in listener.incoming().flatten().enumerate() {
                let request = read_request(&stream);
                kept.lock().unwrap().push(request.clone());
                answer(stream, &script[n.min(script.len() - 1)], &request);
            }
        });
        Scripted { url, requests }
    }

    /// The requests so far: head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads one request: head and body. A socket that is closed with something unread resets the connection: the client may lose
/// the answer and ask again.
pub fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        if reader.read_line(&mut head).unwrap_or(0) == 0 || head[start..].trim().is_empty() {
            break;
        }
        if let Some(value) = head[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    head + &String::from_utf8_lossy(&body)
}

fn answer(mut stream: TcpStream, answer: &Answer, request: &str) {
    let head = |status: u16, length: usize| {
        format!(
            "HTTP/1.1 {status} Whatever\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nContent-Type: text/xml\r\n\
             Connection: close\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let _ = match answer {
        Answer::Http(status, body) => write!(stream, "{}{body}", head(*status, body.len())),
        Answer::Drop => Ok(()),
        Answer::Half(body) => write!(stream, "{}{}", head(200, body.len()), &body[..body.len() / 2]),
        Answer::Made(make) => {
            let body = make(request);
            write!(stream, "{}{body}", head(200, body.len()))
        }
        Answer::Endless => endless(&mut stream),
        Answer::Redirect(status, url) => write!(
            stream,
            "HTTP/1.1 {status} Elsewhere\r\nLocation: {url}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        ),
        Answer::Garbage => write!(stream, "SSH-2.0-OpenSSH_9.6\r\n"),
    };
}

/// Sends until nobody listens any more.
fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    loop {
        stream.write_all(chunk.as_bytes())?;
    }
}
