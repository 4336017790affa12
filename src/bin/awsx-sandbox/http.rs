//! The HTTP server: loopback only, one port for every service.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use awsx::base::time::Timestamp;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::signal::unix::{SignalKind, signal};

use crate::call::Outcome;
use crate::consent::decision;
use crate::sandbox::Sandbox;
use crate::wire::{Reply, Request, request_id};
use crate::{aws, control, signin, sso};

/// The one state that all connections share.
pub type Shared = Arc<Mutex<Sandbox>>;

/// Why a connection ends without an answer: a fault asked for it, or the client was gone.
#[derive(Debug)]
struct Cut;

impl std::error::Error for Cut {}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection ends here")
    }
}

/// Takes a port on 127.0.0.1; 0 is any free one.
///
/// # Errors
/// If it is taken.
pub fn bind(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

/// Serves until SIGINT or SIGTERM; `ready` is called once both end it well.
///
/// # Errors
/// If there is no runtime to be had.
pub fn serve(listener: TcpListener, sandbox: Shared, ready: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate())?;
        let mut interrupted = signal(SignalKind::interrupt())?;
        ready()?;
        tokio::select! {
            result = accept(listener, sandbox) => result,
            _ = interrupted.recv() => Ok(()),
            _ = terminated.recv() => Ok(()),
        }
    })
}

/// Serves from a thread of its own for as long as the process lives.
///
/// # Errors
/// If the thread can't be started.
pub fn serve_in_background(listener: TcpListener, sandbox: Shared) -> io::Result<()> {
    std::thread::Builder::new().name("sandbox".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Err(e) = runtime.and_then(|r| r.block_on(accept(listener, sandbox))) {
            eprintln!("awsx-sandbox: the server ended: {e}");
        }
    })?;
    Ok(())
}

async fn accept(listener: TcpListener, sandbox: Shared) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, say: they come back.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let sandbox = Arc::clone(&sandbox);
        tokio::spawn(async move {
            let service = service_fn(|request| respond(request, Arc::clone(&sandbox)));
            // A connection that ends in the middle is the client's affair, or a fault's.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(request: hyper::Request<Incoming>, sandbox: Shared) -> Result<hyper::Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes().to_vec();
    let text = |v: &hyper::header::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
    let request = Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(n, v)| (n.as_str().to_owned(), text(v))).collect(),
        body,
    };
    // The lock is never held across an await, and nobody who holds it can have left the state half changed.
    let Outcome { reply, delay, now } = {
        let mut sandbox = sandbox.lock().unwrap_or_else(PoisonError::into_inner);
        answer(&mut sandbox, &request)
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    response(reply.ok_or(Cut)?, now)
}

/// Finds out whom a request is for, and has it answered.
fn answer(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let at_once = |sandbox: &mut Sandbox, answer: fn(&mut Sandbox, &Request) -> Reply| {
        let reply = Some(answer(sandbox, request));
        Outcome { reply, delay: Duration::ZERO, now: sandbox.now() }
    };
    if request.path.starts_with("/_sandbox/") {
        at_once(sandbox, control::answer)
    } else if signin::federation::is_for(request) {
        at_once(sandbox, signin::federation::answer)
    } else if let Some(action) = sso::action(request) {
        sso::answer(sandbox, request, action)
    } else if let Some(action) = signin::action(request) {
        signin::answer(sandbox, request, action)
    } else if decision::is_for(request) {
        decision::answer(sandbox, request)
    } else {
        aws::answer(sandbox, request)
    }
}

fn response(reply: Reply, now: i64) -> Result<hyper::Response<Full<Bytes>>, Cut> {
    let response = hyper::Response::builder().status(reply.status);
    let with =
        |response: hyper::http::response::Builder, (name, value): (&'static str, String)| response.header(name, value);
    reply
        .headers
        .into_iter()
        .fold(response, with)
        .header("content-type", reply.content_type)
        .header("x-amzn-requestid", request_id())
        .header("date", http_date(now))
        .header("server", "awsx-sandbox (not AWS)")
        .body(Full::new(Bytes::from(reply.body)))
        .map_err(|_| Cut)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(time: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = |list: &[&'static str], index: i64| usize::try_from(index).ok().and_then(|i| list.get(i).copied());
    let text = Timestamp(time).to_string();
    let part = |range| text.get(range).unwrap_or_default();
    let month = at(&MONTHS, part(5..7).parse::<i64>().unwrap_or(1) - 1).unwrap_or_default();
    let day = at(&DAYS, time.div_euclid(86_400).rem_euclid(7)).unwrap_or_default();
    format!("{day}, {} {month} {} {} GMT", part(8..10), part(0..4), part(11..19))
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates() {
        assert_eq!(super::http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(super::http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
