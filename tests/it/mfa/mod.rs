//! MFA devices end to end: `provision-mfa` and `mfa`, with the shipped policies, in real terminals, against the sandbox
//! and moto.

mod enrol;
mod manage;
mod moto;
mod policies;
mod proxy;
mod screen;

use std::time::SystemTime;

use awsx::base::secret::Secret;
use awsx::base::time::Timestamp;
use awsx::iam_policy;
use awsx::mfa::totp;
use serde_json::{Value, json};

use crate::support::{Pty, Sandbox, TestEnv, wait_for};

/// User `eve`, in a path, may do what `self-provision` lets her and no more.
const EVE: &str = "arn:aws:iam::111122223333:mfa/eve";
const KEY: (&str, &str) = ("AKIASANDBOXEVE222222", "not+a+secret/awsx+sandbox/eve/0123456789");
const CONFIG: &str = "# mine\r\n[profile prod]\r\n; near\r\nregion = eu-west-1\r\ns3 =\r\n  addressing_style = path\r\n\r\n\
                      [profile boss]\r\nregion = eu-west-1";

/// A shipped policy as the sandbox takes it.
fn shipped(name: &str) -> Value {
    serde_json::from_str(&iam_policy::document(name, None, "aws").unwrap().json()).unwrap()
}

/// The sandbox with `eve` in it.
fn sandbox(policies: &Value, boundary: &Value) -> Sandbox {
    Sandbox::with(|world| {
        let eve = json!({"name": "eve", "path": "/team/a/", "policies": policies, "boundary": boundary});
        world["users"].as_array_mut().unwrap().push(eve);
        let key = json!({"id": KEY.0, "secret": KEY.1, "user": "eve"});
        world["access_keys"].as_array_mut().unwrap().push(key);
    })
}

/// `eve`, with her keys stored as profile `prod` and those of the administrator `carol` as `boss`.
fn eve(sandbox: &Sandbox) -> TestEnv {
    let env = TestEnv::new().sandbox(sandbox).var("AWSX_ADVERTISED", "0").config(CONFIG);
    let env = env.stored(sandbox, "prod", "eve").stored(sandbox, "boss", "carol");
    assert_eq!(env.read("home/.aws/config"), CONFIG, "storing keys leaves the file alone");
    env
}

fn self_provisioner() -> (Sandbox, TestEnv) {
    let sandbox = sandbox(&json!([shipped("self-provision")]), &Value::Null);
    let env = eve(&sandbox);
    (sandbox, env)
}

/// [`CONFIG`] with a device in `prod`.
fn config_with(serial: &str) -> String {
    CONFIG.replace("path\r\n", &format!("path\r\nmfa_serial = {serial}\r\n"))
}

/// The seed of a device, as the sandbox knows it.
fn seed(sandbox: &Sandbox, serial: &str) -> Secret {
    let state = sandbox.state();
    let device = state["mfa_devices"].as_array().unwrap().iter().find(|d| d["serial"] == serial).expect("the device");
    Secret::new(device["seed"].as_str().unwrap().to_owned())
}

/// The devices in the name of `eve`, with whose they are.
fn devices(sandbox: &Sandbox) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let all = sandbox.state()["mfa_devices"].as_array().unwrap().clone();
    let own = all.iter().filter(|d| text(&d["serial"]).unwrap().contains(":mfa/eve"));
    own.map(|d| (text(&d["serial"]).unwrap(), text(&d["user"]))).collect()
}

fn enabled(serial: &str) -> Vec<(String, Option<String>)> {
    vec![(serial.to_owned(), Some("eve".to_owned()))]
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

/// The step of the codes that are shown now. It has just begun, so that it doesn't end while one is typed.
fn fresh_step() -> i64 {
    wait_for("a fresh step", || (totp::seconds_to_next(now()) > 8).then(|| totp::step(now())))
}

/// The code that has just run out and the one that is shown now: both are good, and there is nothing to wait for.
fn two_codes(seed: &Secret) -> [String; 2] {
    let step = fresh_step();
    [step - 1, step].map(|step| totp::code_of_step(seed, step).unwrap().expose().to_owned())
}

/// Types two codes of the device and says no to the login.
fn type_codes(pty: &mut Pty, sandbox: &Sandbox, serial: &str) {
    pty.expect("Code the app shows: ");
    let [first, second] = two_codes(&seed(sandbox, serial));
    pty.send_line(&first);
    pty.expect("Next code: ");
    pty.send_line(&second);
    pty.expect("Log in with it now?");
    pty.send_line("n");
}

/// Nothing of the seed is in any file of the home folder, nor in the runtime folder.
fn assert_nowhere(env: &TestEnv, seed: &Secret) {
    let mut folders = vec![env.path("home"), env.path("run"), env.path("tmp")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let bytes = std::fs::read(&path).unwrap();
                let seed = seed.expose().as_bytes();
                assert!(!bytes.windows(seed.len()).any(|window| window == seed), "{}", path.display());
            }
        }
    }
}
