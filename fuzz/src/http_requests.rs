//! The server on this machine: whatever is sent to it, credentials are given only to whoever has the token and names this
//! machine, and the next client is answered.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use awsx::adapters::server::LoopbackServer;
use awsx::base::secret::{Credentials, Secret};
use awsx::base::time::Timestamp;
use awsx::deliver::serve::protocol::Book;
use awsx::ports::{Answering, Server};
use awsx::session::Session;

/// Parts of requests.
pub const WORDS: &[&str] = &[
    "GET /prod HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nAuthorization: right\r\n\r\n",
    "GET /prod HTTP/1.1\r\n",
    "GET http://localhost:4000/prod HTTP/1.1\r\n",
    "HEAD /prod HTTP/1.0\r\n",
    "POST /prod HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "CONNECT 127.0.0.1:4000 HTTP/1.1\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "Host: 127.0.0.1:4000\r\n",
    "Host: localhost:4000\r\n",
    "Host: evil.test\r\n",
    "Host:",
    "Authorization: right\r\n",
    "Authorization: wrong\r\n",
    "authorization:\tright \r\n",
    "Content-Length: 3\r\n",
    "Content-Length: -1\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: websocket\r\n",
    "3\r\nabc\r\n0\r\n\r\n",
    " folded\r\n",
    "%2e%2e/",
    "/../prod",
    "?x#y",
    "\r\n",
    "\n",
    "\0",
    ":",
    " ",
    "\u{ff}",
];

const TOKEN: &str = "right";
const SECRET: &str = "the-secret-access-key";

/// The port of a server that is started once.
fn port() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let credentials = Credentials {
            session_token: Some(Secret::new("token".into())),
            ..Credentials::key_pair("ASIAX", Secret::new(SECRET.into()))
        };
        let (profile, key) = ("prod".to_owned(), None);
        let mut book = Book::new(Secret::new(TOKEN.into()));
        // The port that clients have to name is what the words above say, not the one that happens to be free.
        book.at_port(4000);
        book.put(&Session { profile, credentials, account: None, arn: None, key, cached: false, margin: 300 });
        let answering: Answering = Arc::new(move |asked| book.answer(asked, Timestamp(0)));
        let listening = LoopbackServer.listen(0, answering).expect("a port is free");
        let port = listening.port();
        std::mem::forget(listening);
        port
    })
}

/// All that is answered to these bytes. A client that has said all it will ever say may get no answer any more.
pub fn exchange(port: u16, sent: &[u8], is_all: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it is there");
    let limit = Some(Duration::from_secs(20));
    stream.set_read_timeout(limit).and(stream.set_write_timeout(limit)).expect("a limit");
    // It may have had enough before the end.
    let _ = stream.write_all(sent).and_then(|()| if is_all { stream.shutdown(Shutdown::Write) } else { Ok(()) });
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
    }
    answer
}

/// Whether it stands in there.
pub fn has(text: &[u8], what: &str) -> bool {
    text.windows(what.len()).any(|window| window == what.as_bytes())
}

/// The input is what a client sends on one connection.
pub fn holds(data: &[u8]) {
    let answer = exchange(port(), data, true);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "{}", String::from_utf8_lossy(&answer));
    if has(&answer, SECRET) {
        let names_us = ["127.0.0.1:4000", "localhost:4000", "[::1]:4000"].iter().any(|host| has(data, host));
        assert!(has(data, TOKEN) && names_us, "{}", String::from_utf8_lossy(data));
    }
    let good =
        format!("GET /prod HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nAuthorization: {TOKEN}\r\nConnection: close\r\n\r\n");
    let answer = exchange(port(), good.as_bytes(), false);
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n") && has(&answer, SECRET), "the next client is answered");
}
