//! Leads a browser on this machine to a secret URL. A program's arguments can be read by every user of the machine,
//! so the URL can't be one. The browser gets an address of this process with a random name. It is answered once, and
//! only to a process of the same user.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;

use crate::base::secret::Secret;

/// Between two looks at the connections.
const PAUSE: Duration = Duration::from_millis(10);
/// More bytes than a browser's request has.
const LONGEST: usize = 16 * 1024;
/// More connections than a browser opens.
const MOST: usize = 64;

/// A page of this machine that leads to a URL.
pub struct Redirect {
    listener: TcpListener,
    at: SocketAddr,
    name: String,
    target: Secret,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The browser has been there.
    Shown,
    /// Nobody came in time.
    NobodyCame,
    /// The browser ended before it came.
    Gone,
}

/// A connection and what it has sent so far.
struct Visitor {
    stream: TcpStream,
    sent: Vec<u8>,
}

impl Redirect {
    /// Begins to listen.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn to(target: Secret) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        Ok(Redirect { at: listener.local_addr()?, listener, name: format!("/{}", HEXLOWER.encode(&random)), target })
    }

    /// The address for the browser.
    pub fn address(&self) -> String {
        format!("http://{}{}", self.at, self.name)
    }

    /// Answers until the browser has been there, `gone` says that it has ended, or the time is over.
    ///
    /// # Errors
    /// What the operating system reports.
    pub fn serve(self, limit: Duration, mut gone: impl FnMut() -> bool) -> io::Result<Outcome> {
        let end = Instant::now() + limit;
        let mut visitors: Vec<Visitor> = Vec::new();
        while Instant::now() < end {
            match self.listener.accept() {
                Ok((stream, from)) if visitors.len() < MOST && owner_is_this_user(from, self.at) => {
                    stream.set_nonblocking(true)?;
                    visitors.push(Visitor { stream, sent: Vec::new() });
                    continue;
                }
                Ok(_) => continue,
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
            let mut waiting = Vec::new();
            for mut visitor in visitors {
                match visitor.listen() {
                    Some(true) if self.is_asked_for(&visitor.sent) => {
                        visitor.stream.set_nonblocking(false)?;
                        let answer = Secret::new(format!(
                            "HTTP/1.1 302 Found\r\nLocation: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
                             Content-Length: 0\r\nConnection: close\r\n\r\n",
                            self.target.expose()
                        ));
                        visitor.stream.write_all(answer.expose().as_bytes())?;
                        return Ok(Outcome::Shown);
                    }
                    Some(true) => {
                        let none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                        let _ = visitor.stream.write_all(none);
                    }
                    Some(false) => waiting.push(visitor),
                    None => {}
                }
            }
            visitors = waiting;
            if gone() {
                return Ok(Outcome::Gone);
            }
            sleep(PAUSE);
        }
        Ok(Outcome::NobodyCame)
    }

    /// Whether a request is for this page, at this address. A page of somebody else could ask under a name of its own
    /// that leads to this machine (DNS rebinding).
    fn is_asked_for(&self, request: &[u8]) -> bool {
        let text = String::from_utf8_lossy(request);
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let host = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim().to_owned())
        });
        first.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()) == Some(&self.name)
            && host.as_deref() == Some(&self.at.to_string())
    }
}

impl Visitor {
    /// Reads what has come: whether it is a whole request; `None` if there won't be one.
    fn listen(&mut self) -> Option<bool> {
        let mut buffer = [0; 2048];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(n) => self.sent.extend_from_slice(buffer.get(..n)?),
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return None,
            }
            if self.sent.len() > LONGEST {
                return None;
            }
        }
        Some(self.sent.windows(4).any(|end| end == b"\r\n\r\n"))
    }
}

/// Whether the other end of a connection belongs to this user, or to root, who can read everything anyway. Linux
/// lists the owner of each connection. Elsewhere the random name and the single answer have to do.
fn owner_is_this_user(from: SocketAddr, to: SocketAddr) -> bool {
    let Ok(list) = std::fs::read_to_string("/proc/net/tcp") else { return true };
    let owner = owner(&list, from, to);
    owner.is_some_and(|owner| owner == 0 || owner == nix::unistd::geteuid().as_raw())
}

/// The user who owns the end `from` of a connection, out of the kernel's list
/// ([format](https://docs.kernel.org/networking/proc_net_tcp.html)).
fn owner(list: &str, from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let as_listed = |at: SocketAddr| match at {
        SocketAddr::V4(at) => Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(at.ip().octets()), at.port())),
        SocketAddr::V6(_) => None,
    };
    let (from, to) = (as_listed(from)?, as_listed(to)?);
    list.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_it = fields.get(1) == Some(&from.as_str()) && fields.get(2) == Some(&to.as_str());
        is_it.then(|| fields.get(7)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    fn ask(at: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[test]
    fn it_answers_once_and_only_what_is_asked_right() {
        let redirect = Redirect::to(Secret::new("https://example.com/?token=x".into())).unwrap();
        let address = redirect.address();
        let (host, name) = address.trim_start_matches("http://").split_once('/').unwrap();
        let (host, name) = (host.to_owned(), name.to_owned());
        assert_eq!(name.len(), 32);
        let server = std::thread::spawn(move || redirect.serve(LIMIT, || false).unwrap());
        // Like a browser that connects ahead and sends nothing.
        let _idle = TcpStream::connect(&host).unwrap();
        for wrong in [
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /{name}x HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /{name} HTTP/1.1\r\nHost: evil.test\r\n\r\n"),
            format!("GET /{name} HTTP/1.1\r\n\r\n"),
            format!("POST /{name} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        ] {
            assert!(ask(&host, &wrong).starts_with("HTTP/1.1 404 "), "{wrong}");
        }
        let answer = ask(&host, &format!("GET /{name} HTTP/1.1\r\nAccept: */*\r\nhost: {host}\r\n\r\n"));
        assert!(
            answer.starts_with("HTTP/1.1 302 ") && answer.contains("\r\nLocation: https://example.com/?token=x\r\n")
        );
        assert_eq!(server.join().unwrap(), Outcome::Shown);
        assert!(TcpStream::connect(&host).is_err());
    }

    #[test]
    fn it_ends_when_nobody_comes() {
        let redirect = || Redirect::to(Secret::new("x".into())).unwrap();
        assert_eq!(redirect().serve(Duration::ZERO, || false).unwrap(), Outcome::NobodyCame);
        assert_eq!(redirect().serve(LIMIT, || true).unwrap(), Outcome::Gone);
    }

    #[test]
    fn the_kernel_knows_whose_connection_it_is() {
        let list = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                    0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 1 1\n   \
                    1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2 1\n";
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        assert_eq!(owner(list, at(50000), at(8080)), Some(1000));
        assert_eq!(owner(list, at(8080), at(50000)), Some(0));
        assert_eq!(owner(list, at(50001), at(8080)), None);
    }
}
