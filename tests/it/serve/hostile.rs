//! Clients of the server that are hostile, slow or broken: none gets anything, and none is in another's way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::{Client, env, serve};
use crate::support::{Background, Sandbox};

/// Sends bytes and reads what comes, until the server closes the connection or, with `answers`, so many have come.
fn exchange(client: &Client, sent: &[u8], answers: Option<usize>) -> String {
    let mut stream = client.connect();
    // The server may have closed it before all is sent.
    let _ = stream.write_all(sent);
    let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if answers.is_some_and(|answers| text.matches("\"}").count() >= answers) {
            return text;
        }
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => all.extend_from_slice(&buffer[..read]),
            _ => return text,
        }
    }
}

#[test]
fn what_is_no_proper_request_gets_nothing() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let (_server, told) = serve(&env, &["prod"]);
    let client = Client::of(&told);
    let Client { host, path, token } = &client;
    let port = host.rsplit(':').next().unwrap();
    let close = "Connection: close\r\n\r\n";
    let get = |host: &str, token: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n");
    let names = [
        "evil.test",
        "127.0.0.1",
        "127.0.0.1:1",
        &format!("127.0.0.1.nip.io:{port}"),
        &format!("localhost.evil.test:{port}"),
        &format!("127.0.0.1:{port}@evil.test"),
        &format!("evil.test#127.0.0.1:{port}"),
        &format!("127.0.0.1:{port}:{port}"),
        &format!("0.0.0.0:{port}"),
        &format!("127.1:{port}"),
        "",
    ];
    let mut refused: Vec<String> = names.iter().map(|name| get(name, token) + close).collect();
    for wrong in ["", "wrong", &format!("Bearer {token}"), &format!("{token}x"), &token[1..], &"a".repeat(15_000)] {
        refused.push(get(host, wrong) + close);
    }
    // Whose Host or token is it?
    refused.push(get(host, token) + "Host: evil.test\r\n" + close);
    refused.push(get("evil.test", token) + &format!("Host: {host}\r\n{close}"));
    refused.push(get(host, "wrong") + &format!("Authorization: {token}\r\n{close}"));
    refused.push((get(host, token) + close).replace(&format!("GET {path}"), &format!("GET http://evil.test{path}")));
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X"] {
        refused.push((get(host, token) + close).replace("GET", method));
    }
    refused.push((get(host, token) + close).replace(path, "/../prod"));
    refused.push((get(host, token) + close).replace(path, "/%70rod"));
    refused.push((get(host, token) + close).replace(path, "*"));
    for request in &refused {
        let answer = exchange(&client, request.as_bytes(), None);
        assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("AccessKeyId"), "{request:.300}: {answer}");
    }

    // Not HTTP, not this version of it, or too much of it.
    let huge = "x".repeat(1 << 20);
    for nonsense in [
        format!("GET {path}\r\n\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0".into(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".repeat(9),
        get(host, &huge) + close,
        get(host, token) + &format!("X: {huge}\r\n{close}"),
        get(host, token) + &"X: y\r\n".repeat(10_000) + close,
        format!("GET /{huge} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n{close}"),
        format!("{huge} {path} HTTP/1.1\r\n{close}"),
        get(host, token) + "Bad Header\r\n" + close,
        get(host, &format!("{token}\0")) + close,
    ] {
        let answer = exchange(&client, nonsense.as_bytes(), None);
        assert!(!answer.contains("AccessKeyId") && !answer.contains(token.as_str()), "{nonsense:.200}: {answer}");
    }
    assert!(client.get(host, token).contains("ASIA"));
}

#[test]
fn odd_clients_get_their_answer_and_leave_nothing() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let (_server, told) = serve(&env, &["prod"]);
    let client = Client::of(&told);
    let Client { host, path, token } = &client;
    let get = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n");
    // Many requests before the first answer is read.
    let answers = exchange(&client, format!("{get}\r\n").repeat(200).as_bytes(), Some(200));
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 200);
    // Bodies that never come don't keep an answer back.
    for body in ["Transfer-Encoding: chunked\r\n\r\n", "Content-Length: 999999999999\r\n\r\n"] {
        let answer = exchange(&client, format!("{get}{body}").as_bytes(), Some(1));
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("AccessKeyId"), "{body}: {answer}");
    }
    // A client that says that it won't say more.
    let mut stream = client.connect();
    stream.write_all(format!("{get}\r\n").as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // Byte by byte.
    let mut stream = client.connect();
    for byte in format!("{get}Connection: close\r\n\r\n").bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // Those that hang up without reading, those that say a little and wait, and those that have had an answer and stay.
    let mut kept: Vec<TcpStream> = Vec::new();
    for n in 0..900 {
        let mut stream = client.connect();
        let sent = match n % 3 {
            1 => get.clone(),
            _ => format!("{get}\r\n"),
        };
        let _ = stream.write_all(sent.as_bytes());
        if n % 3 == 2 {
            let _ = stream.read(&mut [0; 64]);
        }
        if n % 3 != 0 {
            kept.push(stream);
        }
        if n % 100 == 0 {
            assert!(client.get(host, token).contains("ASIA"), "{n}");
        }
    }
    assert!(client.get(host, token).contains("ASIA"));
}

/// A request costs a read and a write: no file, no memory from the system, no thread, no other process.
#[test]
fn a_request_costs_two_system_calls() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    env.awsx(&["exec", "prod", "--", "true"]).ok();
    let trace = env.path("tmp/trace");
    let mut command = env.command("strace");
    command.args(["-f", "-qq", "-o"]).arg(&trace).args(["awsx", "serve", "prod", "--format", "json"]);
    let server = Background::spawn(&command);
    let client = Client::of(&serde_json::from_str(&server.line()).expect("JSON"));
    let Client { host, path, token } = &client;
    let get = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n");
    let mut stream = client.connect();
    let mut ask = || {
        stream.write_all(get.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\"}") {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0);
            answer.extend_from_slice(&buffer[..read]);
        }
    };
    // The first ones warm up.
    let calls = || std::fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    for _ in 0..5 {
        ask();
    }
    let before = calls().len();
    for _ in 0..100 {
        ask();
    }
    // The second field is the call. What strace shows in two parts counts once, and the other threads wait for a time.
    let calls = calls().split_off(before);
    let name = |line: &String| Some(line.split_once(' ')?.1.trim().split_once('(')?.0.to_owned());
    let names: Vec<String> = calls.iter().filter_map(name).filter(|name| !name.starts_with("<...")).collect();
    let count = |wanted: &[&str]| names.iter().filter(|name| wanted.contains(&name.as_str())).count();
    let waiting = ["epoll_wait", "poll", "futex", "clock_nanosleep", "restart_syscall"];
    let (reads, writes) = (count(&["recvfrom", "read"]), count(&["writev", "sendto", "write", "sendmsg"]));
    assert!((95..=105).contains(&writes) && reads <= 210, "{reads} reads, {writes} writes: {calls:#?}");
    assert_eq!(names.len(), reads + writes + count(&waiting), "{calls:#?}");
}
