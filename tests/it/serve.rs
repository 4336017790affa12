//! `awsx serve` and `--via server`: SDKs get credentials from awsx for as long as they run.

mod hostile;
mod jobs;
mod sign_in;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Background, Pty, Run, Sandbox, TestEnv, venv, wait_for};

/// `[default]` has keys of its own, which every SDK would take before it asks a server.
const CONFIG: &str = "\
[default]
region = us-west-2

[profile prod]
region = eu-central-1

[profile \"two words\"]
region = eu-west-1
";
const CREDENTIALS: &str = "\
[default]
aws_access_key_id = AKIAWRONGWRONGWRONG2
aws_secret_access_key = wrong
";

fn env(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).config(CONFIG).credentials(CREDENTIALS).aws_cli();
    env.stored(sandbox, "prod", "bob").stored(sandbox, "two words", "bob")
}

/// A running `awsx serve`, and what it has printed.
fn serve(env: &TestEnv, args: &[&str]) -> (Background, Value) {
    let mut command = env.command("awsx");
    command.arg("serve").args(args).args(["--format", "json"]);
    let server = Background::spawn(&command);
    let line = server.line();
    (server, serde_json::from_str(&line).expect("JSON"))
}

struct Client {
    host: String,
    path: String,
    token: String,
}

impl Client {
    fn of(told: &Value) -> Client {
        let url = told["AWS_CONTAINER_CREDENTIALS_FULL_URI"].as_str().expect("a URL");
        let (host, path) = url.strip_prefix("http://").expect("HTTP").split_once('/').expect("a path");
        let file = told["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].as_str().expect("a file");
        let token = std::fs::read_to_string(file).expect("a token");
        Client { host: host.into(), path: format!("/{path}"), token }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).expect("the server");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
        stream
    }

    fn send(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn get(&self, host: &str, token: &str) -> String {
        let Client { path, .. } = self;
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"
        ))
    }
}

#[test]
fn only_this_machine_and_only_with_the_token() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let (server, told) = serve(&env, &["prod"]);
    let client = Client::of(&told);
    assert!(client.token.len() >= 43, "256 bits");
    let answer = client.get(&client.host, &client.token);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"AccessKeyId\":\"ASIA"), "{answer}");
    for (host, token) in [
        ("evil.test", client.token.as_str()),
        (&client.host, "wrong"),
        (&client.host, ""),
        ("127.0.0.1:1", &client.token),
    ] {
        let answer = client.get(host, token);
        assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("ASIA"), "{host} {token}: {answer}");
    }
    // For some of them the server waits until it has waited long enough.
    std::thread::scope(|scope| {
        for nonsense in ["\r\n\r\n", "GET / HTTP/9\r\n\r\n", "\u{0}\u{0}\n\n", "GET  HTTP/1.1\r\n\r\n"] {
            let client = &client;
            scope.spawn(move || assert!(!client.send(nonsense).contains("ASIA")));
        }
    });
    drop(server);
}

#[test]
fn ctrl_c_ends_it_and_takes_the_token_away() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let mut pty = env.pty(&["serve", "prod", "--format", "json"]);
    pty.expect("serving prod until Ctrl-C");
    let text = pty.text();
    let line = text.lines().find(|line| line.starts_with('{')).expect("JSON");
    let told: Value = serde_json::from_str(line).expect("JSON");
    let client = Client::of(&told);
    assert!(client.get(&client.host, &client.token).contains("ASIA"));
    pty.send("\u{3}");
    assert_eq!(pty.wait().0, 0);
    assert!(!std::path::Path::new(told["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].as_str().expect("a file")).exists());
    assert!(TcpStream::connect(&client.host).is_err());
}

#[test]
fn many_profiles_by_path() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let (_server, told) = serve(&env, &["two words,prod"]);
    let mut client = Client::of(&told);
    assert_eq!(client.path, "/two%20words");
    assert!(client.get(&client.host, &client.token).contains("ASIA"));
    client.path = "/prod".into();
    assert!(client.get(&client.host, &client.token).contains("ASIA"));
    client.path = "/default".into();
    assert!(client.get(&client.host, &client.token).starts_with("HTTP/1.1 404 "));
}

#[test]
fn ten_thousand_silent_connections_stop_nobody() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let (_server, told) = serve(&env, &["prod"]);
    let client = Client::of(&told);
    let mut silent = Vec::new();
    for n in 0..10_000 {
        let stream = TcpStream::connect(&client.host).expect("a connection");
        // As many as this process may have open; the others are closed by now anyway.
        silent.push(stream);
        if silent.len() > 600 {
            silent.drain(..300);
        }
        // Often enough that the kernel's queue of new connections is never full: it has clients wait a second then.
        if n % 100 == 0 {
            assert!(client.get(&client.host, &client.token).contains("ASIA"));
        }
    }
    assert!(client.get(&client.host, &client.token).contains("ASIA"));
}

#[test]
fn boto3_and_the_aws_cli_run_past_the_end_of_sessions() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    // A session of 15 minutes of which 899 seconds are to be left is due after a second. botocore itself asks again when less
    // than 15 minutes are left: each time here.
    let script = "\
import boto3, time
sts = boto3.client('sts')
seen = set()
for _ in range(60):
    sts.get_caller_identity()
    seen.add(boto3.Session().get_credentials().access_key)
    if len(seen) > 2: break
    time.sleep(0.25)
print(len(seen))
";
    let python = venv("python");
    let args = ["exec", "prod", "--via", "server", "-d", "15m", "--min-ttl", "899", "--"];
    let run = env.awsx(&[&args[..], &[python.to_str().expect("text"), "-c", script]].concat());
    assert!(run.ok() == "3\n", "{} {}", run.stdout, run.stderr);
    let run = env.awsx(&["exec", "prod", "--via", "server", "--", "aws", "sts", "get-caller-identity"]);
    assert!(run.ok().contains("user/engineering/new/bob"));
}

#[test]
fn the_child_has_no_credentials_and_awsx_inside_has_the_persons_files() {
    let sandbox = Sandbox::start();
    let mut env = env(&sandbox);
    let shown = env.awsx(&["exec", "prod", "--via", "server", "--", "env"]).ok().to_owned();
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWSX_EXPIRES", "AWS_PROFILE"] {
        assert!(!shown.lines().any(|line| line.starts_with(&format!("{name}="))), "{name} in {shown}");
    }
    for line in ["AWS_REGION=eu-central-1", "AWS_VAULT=prod", "AWSX_VIA=server"] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
    let inside =
        |args: &[&str]| env.awsx(&[&["exec", "prod", "--via", "server", "--", "awsx"], args].concat()).ok().to_owned();
    assert!(inside(&["list"]).contains("two words"));
    let nested = inside(&["exec", "two words", "--", "env"]);
    assert!(nested.lines().any(|line| line == "AWS_REGION=eu-west-1"), "{nested}");
    assert!(!nested.contains("AWS_CONTAINER_") && !nested.contains("AWS_CONFIG_FILE=/dev/null"), "{nested}");
    let status: Value = serde_json::from_str(&inside(&["status", "--json"])).expect("JSON");
    assert_eq!((&status["profile"], &status["via"]), (&"prod".into(), &"server".into()));
    // What limits the session is known to an awsx inside.
    let shown = env.awsx(&["exec", "prod", "-d", "15m", "--via", "server", "--", "env"]).ok().to_owned();
    assert!(shown.contains("AWSX_SESSION_ARGS={\"duration\":\"15m\"}\n"), "{shown}");
    // The SDKs are judged by the files that they see.
    let report: Value = serde_json::from_str(&inside(&["doctor", "env", "--json"])).expect("JSON");
    for sdk in report["sdks"].as_array().expect("a list") {
        assert_eq!(sdk["source"]["kind"], "container", "{sdk:#}");
    }
    // Where the person has files of another place, those.
    let elsewhere = env.write("elsewhere", "[profile prod]\nregion = eu-north-1\n[profile there]\n");
    env.set("AWS_CONFIG_FILE", &elsewhere);
    let run = env.awsx(&["exec", "prod", "--via", "server", "--", "awsx", "exec", "prod", "--", "env"]);
    let shown = run.ok();
    assert!(shown.contains(&format!("AWS_CONFIG_FILE={}\n", elsewhere.display())), "{shown}");
}

#[test]
fn where_nobody_can_be_asked_a_client_is_told_why_and_what_helps() {
    let sandbox = Sandbox::start();
    let config = "[profile prod]\nregion = eu-central-1\nmfa_serial = arn:aws:iam::111122223333:mfa/alice\n";
    let env = TestEnv::new().sandbox(&sandbox).config(config).stored(&sandbox, "prod", "alice");
    sandbox.request("POST", "settings", &serde_json::json!({"session_seconds": 4}));
    let (server, told) = serve(&env, &["prod", "--code", &sandbox.code("alice")]);
    let client = Client::of(&told);
    let ask = || client.get(&client.host, &client.token);
    assert!(ask().starts_with("HTTP/1.1 200 "));
    let answer = wait_for("the end of the session", || Some(ask()).filter(|answer| !answer.contains("HTTP/1.1 200 ")));
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("SessionEnded"), "{answer}");
    let why = "prod was not renewed: prod needs an MFA code of arn:aws:iam::111122223333:mfa/alice: there is neither a \
               terminal nor a desktop to ask on (hint: ";
    assert!(answer.contains(why) && answer.contains("`awsx exec prod -- true` in a terminal"), "{answer}");
    assert_eq!(server.complaints().matches(why).count(), 1, "{}", server.complaints());
    // Still there, for when somebody has done that.
    assert!(ask().starts_with("HTTP/1.1 503 "));
}

#[test]
fn status_and_signals_are_the_childs() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let run = |script: &str| env.awsx(&["exec", "prod", "--via", "server", "--", "bash", "-c", script]);
    assert_eq!(run("exit 7").status, 7);
    assert_eq!(run("kill -KILL $$").status, 137);
    run("cat").ok();
    assert!(env.awsx(&["exec", "prod", "--via", "server", "--", "no-such-program"]).fails(127).contains("not found"));
    let script = "trap 'exit 9' TERM; trap 'echo usr' USR1; touch ~/up; while :; do sleep 0.05; done";
    let mut command = env.command("awsx");
    command.args(["exec", "prod", "--via", "server", "--", "bash", "-c", script]);
    let mut pty = Pty::spawn(command);
    wait_for("the command", || env.path("home/up").exists().then_some(()));
    // Of Ctrl-C the command has its own, from the terminal; here one that ignores it goes on.
    pty.signal(Signal::SIGUSR1);
    pty.expect("usr");
    pty.signal(Signal::SIGTERM);
    assert_eq!(pty.wait().0, 9);
    let left = std::fs::read_dir(env.path("run/awsx")).expect("a folder").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("server-")).count();
    assert_eq!(left, 0, "no token is left");
}

#[test]
fn what_a_client_needs_is_printed_for_it() {
    let sandbox = Sandbox::start();
    let env = env(&sandbox);
    let printed = |lines: usize, options: &[&str]| {
        let mut command = env.command("awsx");
        command.args(["serve", "prod"]).args(options);
        let server = Background::spawn(&command);
        (0..lines).map(|_| server.line() + "\n").collect::<String>()
    };
    let bash = printed(3, &["--format", "bash"]);
    let mut command = env.command("bash");
    command.args(["-c", &format!("{bash}\nenv")]);
    let shown = Run::of(command, "").ok().to_owned();
    assert!(shown.contains("\nAWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:"), "{shown}");
    assert!(shown.contains("\nAWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/"), "{shown}");
    let docker = printed(1, &["--docker"]);
    assert!(docker.starts_with("--network host --volume ") && docker.contains(":/run/awsx-token:ro"), "{docker}");
    assert!(printed(3, &["--format", "fish"]).contains("set -gx AWS_CONTAINER_CREDENTIALS_FULL_URI "));
}
