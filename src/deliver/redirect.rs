//! Leads a browser on this machine to a secret URL. A program's arguments can be read by every user of the machine,
//! so the URL can't be one. The browser gets an address of this process with a random name. It is answered once, and
//! only to a process of the same user.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq;

use crate::app::App;
use crate::base::error::Result;
use crate::base::secret::{Secret, SecretBytes};
use crate::ports::{Answer, Asked, Content};
use crate::signin::pkce;
use crate::signin::visit::{Ended, Visit, nothing};

/// A page of this machine that leads to a URL.
pub struct Redirect {
    visit: Visit<()>,
    name: Secret,
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

impl Redirect {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`crate::base::error::ErrorKind::Failed`].
    pub fn to(app: &App, target: &Secret) -> Result<Self> {
        let name = Secret::new(format!("/{}", pkce::random()?.expose()));
        let (own, target) = (name.clone(), Arc::new(SecretBytes::new(target.expose().as_bytes().to_vec())));
        let answer = move |asked: &Asked<'_>| {
            let is_asked_for =
                asked.method == "GET" && bool::from(asked.path.as_bytes().ct_eq(own.expose().as_bytes()));
            let here = |asked: &Asked<'_>| {
                let port = asked.host?.rsplit_once(':')?.1.parse().ok()?;
                Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            };
            if !is_asked_for || !here(asked).is_some_and(|here| owner_is_this_user(asked.from, here)) {
                return (nothing(404, "there is nothing under this address"), None);
            }
            (Answer { status: 302, content: Content::Redirect, body: target.clone() }, Some(()))
        };
        Ok(Redirect { visit: Visit::begin(app.server.as_ref(), answer)?, name })
    }

    /// The address for the browser.
    pub fn address(&self) -> String {
        format!("http://{}{}", self.visit.host(), self.name.expose())
    }

    /// Answers until the browser has been there, `gone` says that it has ended, or the time is over.
    ///
    /// # Errors
    /// A signal that is watched for.
    pub fn serve(self, limit: Duration, mut gone: impl FnMut() -> bool) -> Result<Outcome> {
        let look = || if gone() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        Ok(match self.visit.wait(limit, look)? {
            Ended::Came(()) => Outcome::Shown,
            Ended::Stopped(()) => Outcome::Gone,
            Ended::Late => Outcome::NobodyCame,
        })
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
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::adapters::server::LoopbackServer;
    use crate::testkit::{Kit, eventually};

    const LIMIT: Duration = Duration::from_mins(1);

    fn redirect(target: &str) -> Redirect {
        let mut kit = Kit::new();
        kit.app.server = Box::new(LoopbackServer);
        Redirect::to(&kit.app, &Secret::new(target.into())).unwrap()
    }

    fn ask(at: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[test]
    fn it_answers_once_and_only_what_is_asked_right() {
        let redirect = redirect("https://example.com/?token=x");
        let address = redirect.address();
        let (host, name) = address.trim_start_matches("http://").split_once('/').unwrap();
        let (host, name) = (host.to_owned(), name.to_owned());
        assert_eq!(name.len(), 43);
        // Like a browser that connects ahead and sends nothing.
        let _idle = TcpStream::connect(&host).unwrap();
        for wrong in [
            format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /{name}x HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            format!("GET /{name} HTTP/1.1\r\nHost: evil.test\r\n\r\n"),
            format!("GET /{name} HTTP/1.1\r\n\r\n"),
            format!("POST /{name} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        ] {
            assert!(ask(&host, &wrong).starts_with("HTTP/1.1 40"), "{wrong}");
        }
        let right = format!("GET /{name} HTTP/1.1\r\nAccept: */*\r\nhost: {host}\r\n\r\n");
        let answer = ask(&host, &right);
        assert!(
            answer.starts_with("HTTP/1.1 302 ") && answer.contains("\r\nlocation: https://example.com/?token=x\r\n"),
            "{answer}"
        );
        assert!(ask(&host, &right).starts_with("HTTP/1.1 410 "), "it is answered once");
        assert_eq!(redirect.serve(LIMIT, || false).unwrap(), Outcome::Shown);
        assert!(eventually(|| TcpStream::connect(&host).is_err()), "the port is still open");
    }

    #[test]
    fn it_ends_when_nobody_comes() {
        assert_eq!(redirect("x").serve(Duration::ZERO, || false).unwrap(), Outcome::NobodyCame);
        assert_eq!(redirect("x").serve(LIMIT, || true).unwrap(), Outcome::Gone);
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
