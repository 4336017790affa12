//! Fakes of every port for unit tests, and an [`App`] made of them over a folder of its own.
#![allow(clippy::missing_panics_doc, clippy::new_without_default, reason = "a panic here is a failed test")]

mod aws;
mod iam;
mod local;
mod oidc;
mod signin;

pub use aws::{FakePresigner, FakeSsm, FakeSso, FakeSts, Recorder, StsCall, access_denied};
pub use iam::{FakeIam, IamCall, IamState};
pub use local::{FakeClock, FakeHttp, FakePrompter, FakeServer, FixedSealingKey, MemoryKeychain};
pub use oidc::FakeOidc;
pub use signin::{ConsoleCall, FakeConsoleSignIn};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::app::App;
use crate::base::env::Env;
use crate::base::secret::{Credentials, Secret};
use crate::base::time::Timestamp;
use crate::cli::Global;
use crate::plan::SessionKey;
use crate::store::cache::{Cache, Entry};

/// Where the fake clock starts: the beginning of a TOTP step, 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp(1_767_225_600);

/// An [`App`] of fakes, and the handles to script them and to see what they were asked.
pub struct Kit {
    /// Hand this to what is tested.
    pub app: App,
    /// `HOME`, with `run` in it as `XDG_RUNTIME_DIR`; removed with the kit.
    pub home: TempDir,
    /// Stands still unless told to or waited on.
    pub clock: FakeClock,
    /// Nobody there until the first [`FakePrompter::answer`].
    pub prompter: FakePrompter,
    /// Empty.
    pub keychain: MemoryKeychain,
    /// Holds a key.
    pub sealing: FixedSealingKey,
    /// Grants everything.
    pub sts: FakeSts,
    /// A user `alice` without a device.
    pub iam: FakeIam,
    /// No parameters.
    pub ssm: FakeSsm,
    /// Whoever signs in is let in.
    pub oidc: FakeOidc,
    /// Gives nothing.
    pub sso: FakeSso,
    /// Gives sessions of 15 minutes.
    pub console_sign_in: FakeConsoleSignIn,
    /// Nothing answers.
    pub http: FakeHttp,
}

/// Whether this becomes true within a minute. For locks and ports that this process has given up: a program that another
/// test starts just now holds them as well until it is running.
pub fn eventually(mut test: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        let done = test();
        if done || Instant::now() > end {
            return done;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Kit {
    /// Everything at its default.
    pub fn new() -> Self {
        Kit::with_env::<&str>(&[])
    }

    /// The same with these variables added.
    pub fn with_env<V: AsRef<str>>(variables: &[(&str, V)]) -> Self {
        let home = tempfile::Builder::new().prefix("awsx-test-").tempdir().expect("a temporary folder");
        let run = home.path().join("run");
        std::fs::create_dir(&run).expect("a runtime folder");
        let set = |name: &str, value: PathBuf| (name.to_owned(), value.into_os_string());
        let env: Env =
            [set("HOME", home.path().into()), set("XDG_RUNTIME_DIR", run), set("PATH", "/usr/bin:/bin".into())]
                .into_iter()
                .chain(variables.iter().map(|(name, value)| ((*name).to_owned(), value.as_ref().into())))
                .collect();

        let clock = FakeClock::new(START);
        let prompter = FakePrompter::new(clock.clone());
        let keychain = MemoryKeychain::default();
        let sealing = FixedSealingKey::default();
        let sts = FakeSts::new(clock.clone());
        let iam = FakeIam::default();
        let ssm = FakeSsm::default();
        let oidc = FakeOidc::default();
        let sso = FakeSso::default();
        let console_sign_in = FakeConsoleSignIn::default();
        let http = FakeHttp::default();
        let app = App {
            started: std::time::Instant::now(),
            env,
            global: Global::default(),
            clock: Box::new(clock.clone()),
            prompter: Box::new(prompter.clone()),
            keychain: Box::new(keychain.clone()),
            sealing: Box::new(sealing.clone()),
            sts: Arc::new(sts.clone()),
            iam: Arc::new(iam.clone()),
            ssm: Arc::new(ssm.clone()),
            admitted: std::cell::RefCell::default(),
            agent: std::cell::OnceCell::new(),
            command: std::cell::OnceCell::new(),
            sign_in: std::cell::OnceCell::new(),
            oidc: Box::new(oidc.clone()),
            sso: Box::new(sso.clone()),
            console_sign_in: Box::new(console_sign_in.clone()),
            http: Arc::new(http.clone()),
            presigner: Box::new(FakePresigner),
            server: Box::new(FakeServer),
            make: |_, _| unreachable!("the fakes of a test stay on its thread"),
        };
        Kit { app, home, clock, prompter, keychain, sealing, sts, iam, ssm, oidc, sso, console_sign_in, http }
    }

    /// Writes `~/.aws/config`.
    pub fn config(&self, text: &str) {
        self.aws_file("config", text);
    }

    /// Writes `~/.aws/credentials`.
    pub fn credentials(&self, text: &str) {
        self.aws_file("credentials", text);
    }

    /// As if the AWS CLI had signed in to this `sso-session`, for eight hours.
    pub fn cli_sign_in(&self, session: &str, token: &str) {
        let name = data_encoding::HEXLOWER.encode(&<sha1::Sha1 as sha1::Digest>::digest(session));
        let expires = START.plus(8 * 3600);
        let text = format!(r#"{{"accessToken":"{token}","expiresAt":"{expires}"}}"#);
        self.aws_file(&format!("sso/cache/{name}.json"), &text);
    }

    fn aws_file(&self, name: &str, text: &str) {
        let path = self.home.path().join(".aws").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
}

/// A key pair for tests.
pub fn key_pair() -> Credentials {
    Credentials::key_pair("AKIATESTTESTTESTTEST", Secret::new("base-secret".into()))
}

/// Puts a session of `profile`, made from the key `source`, into the cache of a kit under the name `key`.
pub fn cached(kit: &Kit, key: &str, profile: &str, source: &str) {
    let entry = Entry {
        credentials: session("ASIATEST", START.plus(900)),
        profile: profile.into(),
        source_key_id: source.into(),
        account: None,
        arn: None,
        serial: None,
        issued: START,
    };
    Cache::open(&kit.app).unwrap().put(&SessionKey(key.into()), &entry).unwrap();
}

/// A session for tests that ends then.
pub fn session(access_key_id: &str, expires: Timestamp) -> Credentials {
    Credentials {
        access_key_id: access_key_id.into(),
        secret_access_key: Secret::new(format!("secret-of-{access_key_id}")),
        session_token: Some(Secret::new(format!("token-of-{access_key_id}"))),
        expires: Some(expires),
    }
}
