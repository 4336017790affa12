//! HTTP on 127.0.0.1 with hyper, on a thread and a runtime of its own.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::uri::Authority;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;
use tokio::task::JoinHandle as Task;
use tokio::time::timeout;

use crate::base::error::{Error, Result};
use crate::base::secret::SecretBytes;
use crate::ports::{Answer, Answering, Asked, Content, Listening, Server};

/// How many connections are open at once. With more, the oldest that has asked nothing yet is closed; if each has
/// asked, the oldest one.
const MOST_CONNECTIONS: usize = 256;
/// How long a client may take for the head of a request, and how long a connection may be idle between two.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// How long a page may be on its way when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What a page may load: nothing. It may have a style of its own.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

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
            let open = Arc::default();
            let accepting = runtime.spawn(accept(listener, answering, Arc::clone(&open)));
            runtime.block_on(async {
                // This ends when the sender is dropped.
                let _ = stopped.await;
                accepting.abort();
                let _ = accepting.await;
                finish(&open).await;
            });
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

/// A connection, and how far it is.
struct Open {
    task: Task<()>,
    stage: Arc<AtomicU8>,
}

/// It has asked nothing yet.
const SILENT: u8 = 0;
/// It has asked, and may ask more.
const ASKED: u8 = 1;
/// It gets its last answer.
const LEAVING: u8 = 2;

/// All connections, the oldest first. One thread runs everything, so nobody ever waits for the lock.
type Connections = Arc<Mutex<VecDeque<Open>>>;

fn locked(open: &Connections) -> MutexGuard<'_, VecDeque<Open>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, answering: Answering, open: Connections) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            // Out of descriptors: connections that are closed give some back.
            close_one(&mut locked(&open));
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let mut open = locked(&open);
        if open.len() >= MOST_CONNECTIONS {
            open.retain(|one| !one.task.is_finished());
        }
        if open.len() >= MOST_CONNECTIONS {
            close_one(&mut open);
        }
        let _ = stream.set_nodelay(true);
        let stage = Arc::new(AtomicU8::new(SILENT));
        let (answering, at) = (answering.clone(), stage.clone());
        let task = tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = respond(&request, &answering, from, &at);
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
        open.push_back(Open { task, stage });
    }
}

fn close_one(open: &mut VecDeque<Open>) {
    let silent = open.iter().position(|one| one.stage.load(Relaxed) == SILENT);
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

/// Waits a moment for the connections that get their last answer.
async fn finish(open: &Connections) {
    let leaving: Vec<Open> = locked(open).drain(..).filter(|one| one.stage.load(Relaxed) == LEAVING).collect();
    let _ = timeout(LAST_WORDS, async {
        for one in leaving {
            let _ = one.task.await;
        }
    })
    .await;
}

fn respond(
    request: &hyper::Request<Incoming>,
    answering: &Answering,
    from: SocketAddr,
    stage: &AtomicU8,
) -> hyper::Response<Full<Bytes>> {
    // One that is there twice counts as none: whichever was taken, somebody else might take the other.
    let header = |name| {
        let mut all = request.headers().get_all(name).iter().map(HeaderValue::as_bytes);
        all.next().filter(|_| all.next().is_none())
    };
    let host = header(HOST).and_then(|host| std::str::from_utf8(host).ok());
    let answer = answering(&Asked {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query(),
        // `GET http://host/path`: that host is the one that is meant (RFC 9112, section 3.2.2).
        host: host.map(|host| request.uri().authority().map_or(host, Authority::as_str)),
        authorization: header(AUTHORIZATION),
        from,
    });
    stage.store(if answer.content == Content::Json { ASKED } else { LEAVING }, Relaxed);
    response(&answer)
}

fn response(answer: &Answer) -> hyper::Response<Full<Bytes>> {
    let redirect = answer.content == Content::Redirect;
    // Not a copy: that would not be wiped.
    let body = if redirect { Bytes::new() } else { Bytes::from_owner(Body(answer.body.clone())) };
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if answer.content == Content::Json {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return response;
    }
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    match HeaderValue::from_bytes(answer.body.expose()) {
        Ok(mut target) if redirect => {
            target.set_sensitive(true);
            headers.insert(LOCATION, target);
        }
        _ => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        }
    }
    response
}
