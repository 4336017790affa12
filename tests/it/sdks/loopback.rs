//! STS, the container's endpoint and the instance metadata service in one server on loopback.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use super::id;
use crate::support::read_request;

/// Starts it; its URL. It ends with the process.
pub fn start() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    url
}

fn serve(mut stream: TcpStream) {
    let request = read_request(&stream);
    let (status, body) = answer(&request);
    let _ = write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// The session whose ID ends like that of the key it was made with.
fn session(name: &str) -> (String, &'static str, &'static str) {
    (id(name).replace("AKIA", "ASIA"), "s", "2099-01-01T00:00:00Z")
}

fn answer(request: &str) -> (u16, String) {
    let line = request.lines().next().unwrap_or_default();
    let json = |name: &str| {
        let (id, secret, until) = session(name);
        let all = json!({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
            "AccessKeyId": id, "SecretAccessKey": secret, "Token": "t", "Expiration": until, "AccountId": "111122223333"});
        (200, all.to_string())
    };
    if line.starts_with("POST") {
        return match request.split_once("Credential=").and_then(|(_, rest)| rest.get(4..20)) {
            Some(end) => (200, sts("AssumeRole", end)),
            None => (200, sts("AssumeRoleWithWebIdentity", "0000000000000WEB")),
        };
    }
    match line.split(' ').nth(1).unwrap_or_default() {
        "/container" => json("cont"),
        "/latest/api/token" => (200, "token".into()),
        path if path.contains("/security-credentials") => match path.rsplit('/').next() {
            Some("role") => json("inst"),
            _ => (200, "role".into()),
        },
        _ => (404, String::new()),
    }
}

fn sts(action: &str, end: &str) -> String {
    let (_, secret, until) = session("");
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>ASIA{end}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>{until}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId>\
         <Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser></{action}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )
}
