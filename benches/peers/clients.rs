//! The server: how many requests a second it answers to 64 clients, on connections that stay open and on new ones. The
//! clients share one thread, so that a machine of two cores has one for the server.

use std::cell::Cell;
use std::process::Stdio;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nix::unistd::{SysconfVar, sysconf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Bench;
use crate::home::{SCHEMES, config, warm, without_mfa};
use crate::measure::{Contender, builds, table};
use crate::others::{tried, vault};
use crate::support::{Background, TestEnv};

const CLIENTS: usize = 64;
/// How long each round takes.
const ROUND: Duration = Duration::from_millis(1500);

/// Where to ask, and with which token.
#[derive(Clone)]
struct Endpoint {
    host: String,
    path: String,
    token: String,
}

impl Endpoint {
    fn new(url: &str, token: String) -> Endpoint {
        let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a URL");
        Endpoint { host: host.to_owned(), path: format!("/{path}"), token }
    }

    fn request(&self, stays_open: bool) -> Vec<u8> {
        let Endpoint { host, path, token } = self;
        let connection = if stays_open { "keep-alive" } else { "close" };
        format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nAccept: application/json\r\n\
             Connection: {connection}\r\n\r\n"
        )
        .into_bytes()
    }
}

/// Requests per second.
pub fn server(bench: &Bench) {
    let (text, keys) = (config(10, SCHEMES[0].1), SCHEMES[0].1(0));
    let env = warm(&bench.sandbox, &text, &keys, &SCHEMES[0].1(1));
    // The servers, which run until the end.
    let mut running: Vec<Background> = Vec::new();
    let mut all = Vec::new();
    let mut works = Vec::new();
    for (build, binary) in builds() {
        let mut command = env.command(&binary);
        command.args(["serve", &keys, "--format", "json"]).stdin(Stdio::null());
        let server = Background::spawn(&command);
        let said = server.line();
        let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        let text = |name: &str| said[name].as_str().expect("text").to_owned();
        let file = text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        let token = std::fs::read_to_string(&file).expect("a token");
        let endpoint = Endpoint::new(&text("AWS_CONTAINER_CREDENTIALS_FULL_URI"), token);
        // The file is named by its process.
        let process = file.rsplit('-').next().map(str::to_owned);
        for (name, stays_open) in WAYS {
            let work = Rc::new(Work { name: format!("{build}: {name}"), process: process.clone(), ..Work::default() });
            all.push(contender(&endpoint, stays_open, &work));
            works.push(work);
        }
        running.push(server);
    }
    let vault = vault(bench, &without_mfa(&text), &keys);
    // It keeps a server for a session alone.
    let server = ["exec", "--ecs-server", &keys, "--", "true"];
    if let Some((program, env)) =
        vault.filter(|(program, env)| tried("aws-vault: server", env, program, &server).is_some())
    {
        let (server, endpoint) = vault_server(&program, &env, &keys);
        for (name, stays_open) in WAYS {
            let work = Rc::new(Work { name: format!("aws-vault: {name}"), ..Work::default() });
            all.push(contender(&endpoint, stays_open, &work));
        }
        running.push(server);
    }
    table(&format!("requests to the server, {CLIENTS} clients"), "a second", bench.rounds(5), all);
    println!("the same in a second of the server's own time, however busy the machine is");
    for work in works {
        println!("{:<52} {:>9.0}", work.name, work.requests.get() / work.seconds.get());
    }
}

/// How clients connect.
const WAYS: [(&str, bool); 2] = [("connections stay open", true), ("a connection each", false)];

/// What a server has done.
#[derive(Default)]
struct Work {
    name: String,
    /// Its ID, where it is known.
    process: Option<String>,
    requests: Cell<f64>,
    seconds: Cell<f64>,
}

impl Work {
    /// How much time the processors have spent on it so far, in seconds.
    fn spent(&self) -> f64 {
        let Some(process) = &self.process else { return 0.0 };
        let text = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
        // The fields behind its name: the 12th and the 13th are its own time and the kernel's.
        let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        let a_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().and_then(|ticks| u32::try_from(ticks).ok());
        ticks / f64::from(a_second.expect("a clock"))
    }
}

/// The server that aws-vault keeps beside a command.
fn vault_server(program: &std::path::Path, env: &TestEnv, keys: &str) -> (Background, Endpoint) {
    let print = "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI; echo $AWS_CONTAINER_AUTHORIZATION_TOKEN; exec sleep 600";
    let mut command = env.command(program);
    command.args(["exec", "--ecs-server", keys, "--", "sh", "-c", print]).stdin(Stdio::null());
    let server = Background::spawn(&command);
    let (url, token) = (server.line(), server.line());
    (server, Endpoint::new(&url, token))
}

fn contender(endpoint: &Endpoint, stays_open: bool, work: &Rc<Work>) -> Contender<'static> {
    let (endpoint, work) = (endpoint.clone(), Rc::clone(work));
    Contender::new(work.name.clone(), move || {
        let (before, start) = (work.spent(), Instant::now());
        let answered = answered(&endpoint, stays_open);
        work.requests.set(work.requests.get() + answered);
        work.seconds.set(work.seconds.get() + work.spent() - before);
        answered / start.elapsed().as_secs_f64()
    })
}

/// How many requests are answered in a round, all of them with credentials.
fn answered(endpoint: &Endpoint, stays_open: bool) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (count, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    runtime.block_on(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| tokio::spawn(client(endpoint.clone(), stays_open, count.clone(), over.clone())))
            .collect();
        tokio::time::sleep(ROUND).await;
        over.store(true, Relaxed);
        for client in clients {
            client.await.expect("each request is answered");
        }
    });
    #[allow(clippy::cast_precision_loss)]
    let answered = count.load(Relaxed) as f64;
    answered
}

async fn client(endpoint: Endpoint, stays_open: bool, count: Arc<AtomicU64>, over: Arc<AtomicBool>) {
    let request = endpoint.request(stays_open);
    let mut open: Option<TcpStream> = None;
    let mut answer = Vec::with_capacity(4096);
    while !over.load(Relaxed) {
        let mut stream = match open.take() {
            Some(stream) => stream,
            None => TcpStream::connect(&endpoint.host).await.expect("it listens"),
        };
        stream.write_all(&request).await.expect("it reads");
        answer.clear();
        while !is_whole(&answer) {
            let read = stream.read_buf(&mut answer).await.expect("it answers");
            assert!(read > 0, "cut short: {}", String::from_utf8_lossy(&answer));
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        count.fetch_add(1, Relaxed);
        open = Some(stream).filter(|_| stays_open);
    }
}

/// Whether the head and as much of a body as it announces are there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    answer.len() >= end + 4 + length.expect("it says how long it is")
}
