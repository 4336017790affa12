//! HTTP on 127.0.0.1 with hyper, on a thread and a runtime of its own.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST};
use hyper::http::uri::Authority;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::base::error::{Error, Result};
use crate::base::secret::SecretBytes;
use crate::ports::{Answering, Asked, Listening, Server};

/// How many connections are open at once. With more, the oldest that has asked nothing yet is closed; if each has
/// asked, the oldest one.
const MOST_CONNECTIONS: usize = 256;
/// How long a client may take for the head of a request, and how long a connection may be idle between two.
const HEAD_LIMIT: Duration = Duration::from_secs(10);

/// The real server.
pub struct LoopbackServer;

impl Server for LoopbackServer {
    fn listen(&self, port: u16, answering: Answering) -> Result<Box<dyn Listening>> {
        let failed = |e: io::Error| {
            Error::failed(format!("can't serve on 127.0.0.1:{port}")).cause(e).hint("--port 0 takes any free port")
        };
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("server".into()).spawn(move || {
            runtime.spawn(accept(listener, answering));
            // This ends when the sender is dropped.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        });
        Ok(Box::new(Running { port, stop: Some(stop), thread: Some(thread.map_err(failed)?) }))
    }
}

struct Running {
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listening for Running {
    fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A connection, and whether it has asked anything.
struct Open {
    task: AbortHandle,
    has_asked: Arc<AtomicBool>,
}

async fn accept(listener: TcpListener, answering: Answering) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut open: VecDeque<Open> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors: connections that are closed give some back.
            close_one(&mut open);
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        if open.len() >= MOST_CONNECTIONS {
            open.retain(|one| !one.task.is_finished());
        }
        if open.len() >= MOST_CONNECTIONS {
            close_one(&mut open);
        }
        let _ = stream.set_nodelay(true);
        let has_asked = Arc::new(AtomicBool::new(false));
        let (answering, asked) = (answering.clone(), has_asked.clone());
        let task = tokio::spawn(async move {
            let service = service_fn(|request| {
                asked.store(true, Relaxed);
                let response = respond(&request, &answering);
                async { Ok::<_, Infallible>(response) }
            });
            // A connection that ends in the middle is the client's affair.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_LIMIT)
                .max_buf_size(16 * 1024)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        open.push_back(Open { task: task.abort_handle(), has_asked });
    }
}

fn close_one(open: &mut VecDeque<Open>) {
    let silent = open.iter().position(|one| !one.has_asked.load(Relaxed));
    if let Some(one) = open.remove(silent.unwrap_or(0)) {
        one.task.abort();
    }
}

/// The body of an answer, as hyper sends it.
struct Body(Arc<SecretBytes>);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

fn respond(request: &hyper::Request<Incoming>, answering: &Answering) -> hyper::Response<Full<Bytes>> {
    // One that is there twice counts as none: whichever was taken, somebody else might take the other.
    let header = |name| {
        let mut all = request.headers().get_all(name).iter().map(hyper::header::HeaderValue::as_bytes);
        all.next().filter(|_| all.next().is_none())
    };
    let host = header(HOST).and_then(|host| std::str::from_utf8(host).ok());
    let answer = answering(&Asked {
        method: request.method().as_str(),
        path: request.uri().path(),
        // `GET http://host/path`: that host is the one that is meant (RFC 9112, section 3.2.2).
        host: host.map(|host| request.uri().authority().map_or(host, Authority::as_str)),
        authorization: header(AUTHORIZATION),
    });
    // Not a copy: that would not be wiped.
    let mut response = hyper::Response::new(Full::new(Bytes::from_owner(Body(answer.body))));
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, hyper::header::HeaderValue::from_static("no-store"));
    response
}
