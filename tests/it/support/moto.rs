//! moto, a second stand-in for AWS, from the pinned Python environment.

use std::process::Command;
use std::sync::OnceLock;

use super::{Background, TestEnv, net, venv, wait_for};

struct Moto {
    url: String,
    _server: Background,
}

static MOTO: OnceLock<Moto> = OnceLock::new();

/// The URL of the one moto server of this test run. It keeps no clock and checks no signature; its state is shared, so
/// users and devices need names that no other test has.
pub fn url() -> &'static str {
    &MOTO.get_or_init(start).url
}

impl TestEnv {
    /// Points every AWS client of this environment to moto.
    #[must_use]
    pub fn moto(self) -> TestEnv {
        self.var("AWS_ENDPOINT_URL", url())
    }
}

fn start() -> Moto {
    let mut command = Command::new(venv("moto_server"));
    // It takes a port itself. One that is free now could be somebody else's by the time it listens.
    command.args(["--host", "127.0.0.1", "--port", "0"]);
    let server = Background::spawn(&command);
    let url = wait_for("moto", || {
        let said = server.complaints();
        let port = said.split_once("Running on http://127.0.0.1:")?.1.lines().next()?.trim().to_owned();
        Some(format!("http://127.0.0.1:{port}"))
    });
    wait_for("moto", || net::try_http("GET", &format!("{url}/moto-api/data.json"), "").ok());
    Moto { url, _server: server }
}
