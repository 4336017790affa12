//! The strict local AWS (`awsx-sandbox serve`), and what a test asks it to do. Its first state is
//! `src/bin/awsx-sandbox/default.json`: the users alice, bob, carol and dave, and roles over them.

use std::io::Write;
use std::process::Command;

use serde_json::{Value, json};

use super::{Background, TestEnv, http, venv};

/// A sandbox of one test's own.
pub struct Sandbox {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    _server: Background,
}

impl Sandbox {
    /// Starts one in its first state.
    pub fn start() -> Sandbox {
        Sandbox::serve(&[])
    }

    /// Starts one whose first state is changed like this.
    pub fn with(change: impl FnOnce(&mut Value)) -> Sandbox {
        let mut world: Value =
            serde_json::from_str(include_str!("../../../src/bin/awsx-sandbox/default.json")).expect("JSON");
        change(&mut world);
        let mut state = tempfile::NamedTempFile::new().expect("a temporary file");
        state.write_all(world.to_string().as_bytes()).expect("our file");
        // It has been read when the URL is printed.
        Sandbox::serve(&["--state", state.path().to_str().expect("text")])
    }

    fn serve(more: &[&str]) -> Sandbox {
        let mut command = Command::new(env!("CARGO_BIN_EXE_awsx-sandbox"));
        command.args(["serve", "--port", "0"]).args(more);
        let server = Background::spawn(&command);
        Sandbox { url: server.line(), _server: server }
    }

    /// Its control interface: `request("GET", "state", &Value::Null)`.
    #[track_caller]
    pub fn request(&self, method: &str, what: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = http(method, &format!("{}/_sandbox/{what}", self.url), &body);
        assert_eq!(status, 200, "{method} {what}: {answer}");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Everything that exists.
    pub fn state(&self) -> Value {
        self.request("GET", "state", &Value::Null)
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Value> {
        self.request("GET", "calls", &Value::Null).as_array().cloned().unwrap_or_default()
    }

    /// How often an action (`sts:GetSessionToken`) was done; refused calls don't count.
    pub fn done(&self, action: &str) -> usize {
        self.calls().iter().filter(|call| call["action"] == action && call["outcome"] == "ok").count()
    }

    /// The actions so far with their outcome: `sts:GetSessionToken ok`.
    pub fn log(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.calls().iter().map(|call| format!("{} {}", text(&call["action"]), text(&call["outcome"]))).collect()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.request("DELETE", "calls", &Value::Null);
    }

    /// A code of the user's device that has not been used yet. Where the one of this half minute has been, the sandbox's
    /// clock goes on to the next, so that nobody has to wait.
    #[track_caller]
    pub fn code(&self, user: &str) -> String {
        let ask = || self.request("GET", &format!("code?user={user}"), &Value::Null);
        let mut answer = ask();
        if let Some(seconds) = answer["wait"].as_i64().filter(|seconds| *seconds > 0) {
            self.advance(seconds);
            answer = ask();
        }
        answer["code"].as_str().expect("a code").to_owned()
    }

    /// How long it is until then by the sandbox's clock, in seconds, up to the whole minute.
    #[track_caller]
    pub fn minutes_to(&self, epoch_seconds: &str) -> i64 {
        let now = self.request("GET", "time", &Value::Null)["now"].as_i64().expect("seconds");
        let then: i64 = epoch_seconds.trim().parse().expect("seconds");
        (then - now + 59) / 60 * 60
    }

    /// Moves the sandbox's clock on.
    pub fn advance(&self, seconds: i64) {
        let offset = self.request("GET", "time", &Value::Null)["offset"].as_i64().expect("seconds");
        self.request("POST", "time", &json!({"offset": offset + seconds}));
    }

    /// Asks for a fault: `{"action": "sts:*", "kind": "error500", "count": 1}`; see `awsx-sandbox serve --help`.
    #[track_caller]
    pub fn fault(&self, fault: &Value) {
        self.request("POST", "faults", fault);
    }

    /// Ends sign-ins (`"all"`, an ID or a user): `revoke`, `expire_tokens`, `expire_codes` or `change_password`.
    #[track_caller]
    pub fn sign_ins(&self, which: &str, fate: &str) {
        self.request("POST", "sign-ins", &json!({"which": which, "do": fate}));
    }

    /// What clients did that no correct one does: an old refresh token, a code or a proof of possession used again, polls
    /// that come too fast.
    pub fn violations(&self) -> Vec<String> {
        let list = self.request("GET", "violations", &Value::Null);
        list.as_array().into_iter().flatten().map(|v| v["what"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The first access key of a user: ID and secret.
    #[track_caller]
    pub fn keys(&self, user: &str) -> (String, String) {
        let state = self.state();
        let keys = state["access_keys"].as_array().expect("keys");
        let key = keys.iter().find(|key| key["user"] == user).expect("a key of the user");
        let text = |field: &str| key[field].as_str().expect("text").to_owned();
        (text("id"), text("secret"))
    }
}

impl TestEnv {
    /// Points every AWS client of this environment to a sandbox.
    #[must_use]
    pub fn sandbox(self, sandbox: &Sandbox) -> TestEnv {
        self.var("AWS_ENDPOINT_URL", &sandbox.url)
    }

    /// A program `next-code` that prints a code of a user and leaves a line in `~/asked`. The code is that of the moment it
    /// is asked for: on a busy machine it may be long until then.
    #[track_caller]
    pub fn next_code(&self, sandbox: &Sandbox, user: &str) {
        let ask = format!(
            "import json, urllib.request as r; print(json.load(r.urlopen('{}/_sandbox/code?user={user}'))['code'])",
            sandbox.url
        );
        let script = format!("#!/bin/sh\necho asked >>~/asked\nexec {} -c \"{ask}\"\n", venv("python").display());
        self.script("next-code", &script);
    }

    /// Stores the keys of a sandbox user for a profile, as a person would.
    #[must_use]
    #[track_caller]
    pub fn stored(self, sandbox: &Sandbox, profile: &str, user: &str) -> TestEnv {
        let (id, secret) = sandbox.keys(user);
        self.awsx_with_input(&["add", profile, "--stdin"], &format!("{id}\n{secret}\n")).ok();
        self
    }
}
