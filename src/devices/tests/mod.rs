//! Enrolment and what follows it, over fakes: every prompt and every call fails once.

mod manage;
mod provision;
mod trouble;

use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::mfa::spent::Ledger;
use crate::mfa::totp;
use crate::ports::{Fault, Item, Keychain};
use crate::profile::Profiles;
use crate::sources::keys;
use crate::testkit::{IamCall, Kit, START, key_pair};

use crate::devices::*;

const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const ALICE: &str = "arn:aws:iam::123456789012:mfa/alice";
const PHONE: &str = "arn:aws:iam::123456789012:mfa/alice/phone";
const CONFIG: &str = "# mine\r\n[profile prod]\r\n; near\r\nregion = eu-west-1\r\ns3 =\r\n  addressing_style = path\r\n\r\n\
                      [profile admin]\r\nrole_arn = arn:aws:iam::123456789012:role/admin\r\nsource_profile = boss\r\n\
                      [profile boss]\r\nmfa_serial = arn:aws:iam::123456789012:mfa/boss";

/// A person with the keys of `prod`, whose user is `alice` without a device.
fn kit() -> Kit {
    let kit = Kit::with_env(&[("AWSX_ADVERTISED", "0")]);
    kit.config(CONFIG);
    for profile in ["prod", "boss"] {
        kit.keychain.set(&Item::Keys(profile.into()), &keys::encode(&key_pair()).unwrap()).unwrap();
    }
    kit
}

fn target() -> Target<'static> {
    Target { profile: Some("prod"), ..Target::default() }
}

fn order() -> Order<'static> {
    Order { target: target(), ..Order::default() }
}

fn enrol(kit: &Kit, order: &Order) -> Result<String> {
    provision(&kit.app, &Profiles::load(&kit.app.env).unwrap(), order)
}

fn code(step: i64) -> String {
    totp::code_of_step(&Secret::new(SEED.into()), totp::step(START) + step).unwrap().expose().to_owned()
}

fn answers(kit: &Kit, answers: &[&str]) {
    for answer in answers {
        kit.prompter.answer(answer);
    }
}

fn config_of(kit: &Kit) -> String {
    std::fs::read_to_string(kit.home.path().join(".aws/config")).unwrap()
}

/// [`CONFIG`] with a device in `prod`.
fn config_with(serial: &str) -> String {
    CONFIG.replace("path\r\n", &format!("path\r\nmfa_serial = {serial}\r\n"))
}

fn unassigned(kit: &Kit) -> Vec<String> {
    kit.iam.state.lock().unwrap().unassigned.clone()
}

fn assigned(kit: &Kit) -> Vec<String> {
    kit.iam.state.lock().unwrap().devices.iter().map(|d| d.serial.clone()).collect()
}

fn spent(kit: &Kit, serial: &str, step: i64) -> bool {
    Ledger::of(&kit.app, serial).spent(&Secret::new(code(step))).is_some()
}

/// The seed is nowhere but on the terminal, if at all: not in a message and not in the user's files.
fn assert_seed_is_hidden(kit: &Kit) {
    for line in kit.prompter.transcript() {
        assert!(line.starts_with("show:") || !line.replace(' ', "").contains(SEED), "{line}");
    }
    let mut folders = vec![kit.home.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                assert!(!bytes.windows(SEED.len()).any(|w| w == SEED.as_bytes()), "{}", path.display());
            }
        }
    }
}

fn lost() -> Fault {
    Fault::TimedOut("no answer within 10 s".into())
}

fn refused(code: &str, message: &str) -> Fault {
    Fault::Service { code: code.into(), message: message.into(), status: 403, server_time: None }
}

/// The calls as words.
fn calls(kit: &Kit) -> Vec<String> {
    let word = |call: &IamCall| match call {
        IamCall::GetUser(name) => format!("user {name:?}"),
        IamCall::ListMfaDevices(_) => "list".into(),
        IamCall::Unassigned => "unassigned".into(),
        IamCall::Create { path, name } => format!("create {path}{name}"),
        IamCall::Enable { serial, .. } => format!("enable {serial}"),
        IamCall::Resync { serial, .. } => format!("resync {serial}"),
        IamCall::Deactivate { serial, .. } => format!("deactivate {serial}"),
        IamCall::Delete(serial) => format!("delete {serial}"),
        IamCall::AccountAlias => "alias".into(),
        IamCall::GetRole(role) => format!("role {role}"),
        other => format!("{other:?}"),
    };
    kit.iam.on.calls().iter().map(word).collect()
}

#[test]
fn kinds_by_serial() {
    for (serial, expected) in [
        (ALICE, "virtual"),
        (PHONE, "virtual"),
        ("arn:aws-cn:iam::123456789012:mfa/x", "virtual"),
        ("arn:aws:iam::123456789012:u2f/user/alice/key-ABC", "fido"),
        ("GAHT12345678", "hardware"),
    ] {
        assert_eq!(kind(serial), expected, "{serial}");
    }
}
