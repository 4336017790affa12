//! What the tests stand on: a hermetic environment ([`TestEnv`]), terminals ([`Pty`], [`Tmux`]) and servers
//! ([`Sandbox`], moto, gnome-keyring, [`silent_listener`]). Every process started here ends with its owner.

// Each test file uses its own part of this.
#![allow(dead_code, unused_imports)]

mod background;
mod browser;
mod env;
mod keyring;
mod moto;
mod net;
mod pty;
mod sandbox;
mod scripted;
mod tmux;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use background::Background;
pub use env::{Run, TestEnv};
pub use moto::url as moto_url;
pub use net::{AnsweringServer, SilentListener, answering_server, http, silent_listener};
pub use pty::Pty;
pub use sandbox::Sandbox;
pub use scripted::{Answer, Scripted, read_request};
pub use tmux::Tmux;

/// How long anything here is waited for before the test fails. Long, because the machine may be busy; nothing sleeps
/// for it.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The project's root folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A program of the pinned Python environment (`aws`, `python`, `moto_server`).
///
/// # Panics
/// If `tests/run --setup` has not made it.
pub fn venv(program: &str) -> PathBuf {
    let path = root().join("tests/.venv/bin").join(program);
    assert!(path.exists(), "{} is missing: tests/run --setup", path.display());
    path
}

/// Waits until `probe` gives something.
///
/// # Panics
/// If it gives nothing within [`PATIENCE`].
#[track_caller]
pub fn wait_for<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    poll(probe).unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// What `probe` gives, as soon as it gives something; nothing after [`PATIENCE`].
pub fn poll<T>(mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(found) = probe() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}
