//! A way to moto on which single calls go wrong: moto itself always answers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::moto_url;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends, nothing done.
    Dropped,
    /// It is done, the connection ends without an answer.
    Lost,
    /// HTTP 500, nothing done.
    Error500,
}

#[derive(Default)]
struct State {
    fault: Option<(String, Fault)>,
    calls: Vec<String>,
}

/// The way. It is open until the test run ends.
#[derive(Clone)]
pub struct Proxy {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Opens one without faults.
    pub fn open() -> Proxy {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let state = Arc::<Mutex<State>>::default();
        let proxy = Proxy { url, state };
        let server = proxy.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                // Whoever went away needs no answer.
                std::thread::spawn(move || drop(server.answer(stream)));
            }
        });
        proxy
    }

    /// From now on every call of this action (`EnableMFADevice`) goes wrong; with `None` none does. Forgets the calls.
    pub fn fault(&self, fault: Option<(&str, Fault)>) {
        let fault = fault.map(|(action, fault)| (action.to_owned(), fault));
        *self.state.lock().unwrap() = State { fault, calls: Vec::new() };
    }

    /// How often an action was called.
    pub fn calls(&self, action: &str) -> usize {
        self.state.lock().unwrap().calls.iter().filter(|call| *call == action).count()
    }

    fn answer(&self, mut client: TcpStream) -> std::io::Result<()> {
        let (head, body) = request(&mut client)?;
        let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned();
        let fault = {
            let mut state = self.state.lock().unwrap();
            state.calls.push(action.clone());
            state.fault.clone().filter(|(met, _)| *met == action).map(|(_, fault)| fault)
        };
        match fault {
            Some(Fault::Dropped) => return Ok(()),
            Some(Fault::Error500) => {
                return client.write_all(b"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            }
            _ => {}
        }
        let mut server = TcpStream::connect(moto_url().trim_start_matches("http://"))?;
        // One request a connection: then its end is the end of the answer.
        let head: Vec<&str> =
            head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")).collect();
        write!(server, "{}\r\nConnection: close\r\n\r\n{body}", head.join("\r\n"))?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        if fault == Some(Fault::Lost) {
            return Ok(());
        }
        client.write_all(&answer)
    }
}

/// What moto's IAM answers to a query.
pub fn ask(query: &str) -> String {
    let mut server = TcpStream::connect(moto_url().trim_start_matches("http://")).expect("moto runs");
    let body = format!("{query}&Version=2010-05-08");
    write!(
        server,
        "POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nConnection: close\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("moto listens");
    let mut answer = String::new();
    server.read_to_string(&mut answer).expect("moto answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{query}: {answer}");
    answer
}

/// Head (without the blank line) and body of a request.
fn request(client: &mut TcpStream) -> std::io::Result<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            return Ok((head.to_owned(), body.to_owned()));
        }
    }
}
