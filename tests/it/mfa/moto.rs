//! The same against moto, which is written from AWS's own models. It checks no code and no MFA session, so what is typed
//! here is judged by awsx alone.

use std::process::Command;

use super::enrol::{ENDS, end};
use super::proxy::{Fault, Proxy, ask};
use super::screen::{scanned, secret_of};
use super::*;
use crate::support::{moto_url, venv};

/// Makes a user in a path with a key; prints the key.
const SET_UP: &str = r#"
import boto3, sys
iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
iam.create_user(UserName=sys.argv[2], Path="/team/")
key = iam.create_access_key(UserName=sys.argv[2])["AccessKey"]
print(key["AccessKeyId"], key["SecretAccessKey"], sep="\n")
"#;

fn set_up(user: &str) -> String {
    let output =
        Command::new(venv("python")).args(["-c", SET_UP, moto_url(), user]).env_clear().output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A user of moto, and a way to it on which calls can go wrong.
struct Moto {
    user: &'static str,
    env: TestEnv,
    proxy: Proxy,
}

impl Moto {
    fn user(user: &'static str) -> Moto {
        let proxy = Proxy::open();
        let env = TestEnv::new().var("AWS_ENDPOINT_URL", &proxy.url).var("AWSX_ADVERTISED", "0").config(CONFIG);
        env.awsx_with_input(&["add", "prod", "--stdin"], &set_up(user)).ok();
        Moto { user, env, proxy }
    }

    fn enrolled(user: &'static str) -> Moto {
        let moto = Moto::user(user);
        moto.env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr"]).ok();
        assert_eq!(moto.look(), (true, false));
        moto
    }

    fn serial(&self) -> String {
        format!("arn:aws:iam::123456789012:mfa/{}", self.user)
    }

    /// Whether the user has the device, and whether it is there and nobody's.
    fn look(&self) -> (bool, bool) {
        let has = |query: &str| ask(query).contains(&format!("<SerialNumber>{}</SerialNumber>", self.serial()));
        let own = has(&format!("Action=ListMFADevices&UserName={}", self.user));
        (own, has("Action=ListVirtualMFADevices&AssignmentStatus=Unassigned"))
    }

    /// Starts an enrolment and reads the seed off the terminal.
    fn start(&self) -> (Pty, Secret) {
        let mut pty = self.env.pty(&["provision-mfa", "prod", "--show-secret", "--no-qr"]);
        pty.expect("30 s):\r\n");
        let seed = pty.expect("\r\n").trim().replace(' ', "");
        pty.expect("Code the app shows: ");
        (pty, Secret::new(seed))
    }

    fn config(&self) -> String {
        self.env.read("home/.aws/config")
    }
}

#[test]
fn a_phone_reads_the_screen_and_the_codes_it_shows_enrol() {
    let moto = Moto::user("moto-erin");
    let tmux = moto.env.tmux("awsx provision-mfa prod; echo status $?; cat");
    tmux.expect("Code the app shows:");
    let uri = scanned(&tmux, true);
    // The account of all tests has an alias as soon as `aws_moto` has given it one.
    let names = |account: &str| uri.starts_with(&format!("otpauth://totp/AWS%20{account}:moto-erin?secret="));
    assert!(names("123456789012") || names("acme-prod"), "{uri}");
    assert_eq!(moto.look(), (false, true));
    let [first, second] = two_codes(&secret_of(&uri));
    tmux.send_line(&first);
    tmux.expect("Next code:");
    tmux.send_line(&second);
    tmux.expect("Log in with it now?");
    tmux.send_line("n");
    tmux.expect("status 0");
    assert_eq!(moto.look(), (true, false));
    assert_eq!(moto.config(), config_with(&moto.serial()));
    assert_nowhere(&moto.env, &secret_of(&uri));
}

#[test]
fn enrolment_and_removal() {
    let moto = Moto::enrolled("moto-frank");
    assert_eq!(moto.config(), config_with(&moto.serial()));
    let json: Value = serde_json::from_str(moto.env.awsx(&["mfa", "status", "prod", "--json"]).ok()).unwrap();
    assert_eq!(json[0]["serial"], moto.serial());
    moto.env.awsx(&["mfa", "remove", "prod", "-y"]).ok();
    assert_eq!(moto.look(), (false, false));
    assert_eq!(moto.config(), CONFIG);
}

#[test]
fn ended_at_every_prompt() {
    let moto = Moto::user("moto-grace");
    for second in [false, true] {
        // The prompts are one piece of code; against the sandbox every way to end is tried at each.
        for (how, expected) in ENDS.into_iter().filter(|(how, _)| !second || ["C-c", "C-d", "HUP"].contains(how)) {
            let (mut pty, seed) = moto.start();
            assert_eq!(moto.look(), (false, true));
            if second {
                pty.send_line(&two_codes(&seed)[0]);
                pty.expect("Next code: ");
            }
            end(&mut pty, how);
            let (status, text) = pty.wait();
            assert_eq!(status, expected, "{how}: {text}");
            assert_eq!(moto.look(), (false, false), "{how}: {text}");
        }
    }
    assert_eq!(moto.config(), CONFIG);
}

#[test]
fn every_call_of_an_enrolment_fails() {
    let moto = Moto::user("moto-heidi");
    for (action, fault) in [
        ("GetCallerIdentity", Fault::Dropped),
        ("ListMFADevices", Fault::Error500),
        ("ListVirtualMFADevices", Fault::Dropped),
        ("CreateVirtualMFADevice", Fault::Dropped),
        ("CreateVirtualMFADevice", Fault::Error500),
        ("CreateVirtualMFADevice", Fault::Lost),
    ] {
        moto.proxy.fault(Some((action, fault)));
        let (status, text) = moto.env.pty(&["provision-mfa", "prod", "--show-secret", "--no-qr"]).wait();
        assert!(matches!(status, 1 | 4 | 7), "{action} {fault:?} {status}: {text}");
        assert!(moto.proxy.calls(action) > 0, "{action} {fault:?}: {text}");
        assert_eq!((moto.look(), moto.config().as_str()), ((false, false), CONFIG), "{action} {fault:?}: {text}");
    }
    for fault in [Fault::Dropped, Fault::Error500, Fault::Lost] {
        moto.proxy.fault(None);
        let (mut pty, seed) = moto.start();
        let [first, second] = two_codes(&seed);
        moto.proxy.fault(Some(("EnableMFADevice", fault)));
        pty.send_line(&first);
        pty.expect("Next code: ");
        pty.send_line(&second);
        if fault == Fault::Lost {
            // It was done, and the list of the user's devices says so.
            pty.expect("Log in with it now?");
            pty.send_line("n");
        }
        let (status, text) = pty.wait();
        assert_eq!(status == 0, fault == Fault::Lost, "{fault:?} {status}: {text}");
        assert_eq!(moto.look(), (fault == Fault::Lost, false), "{fault:?}: {text}");
    }
    assert_eq!(moto.config(), config_with(&moto.serial()));
}

#[test]
fn what_is_left_is_said_and_the_next_run_replaces_it() {
    let moto = Moto::user("moto-ivan");
    let (mut pty, _) = moto.start();
    moto.proxy.fault(Some(("DeleteVirtualMFADevice", Fault::Dropped)));
    end(&mut pty, "C-c");
    pty.expect("could not be deleted");
    pty.expect("offers to replace it");
    assert_eq!((pty.wait().0, moto.look()), (130, (false, true)));
    moto.proxy.fault(None);
    let mut pty = moto.env.pty(&["provision-mfa", "prod", "--show-secret", "--no-qr"]);
    pty.expect("Delete it and make a new one?");
    pty.send_line("y");
    pty.expect("Code the app shows: ");
    end(&mut pty, "C-c");
    assert_eq!((pty.wait().0, moto.look()), (130, (false, false)));
}

#[test]
fn every_call_of_a_removal_fails() {
    let moto = Moto::enrolled("moto-judy");
    let with_device = config_with(&moto.serial());
    for (action, fault) in [
        ("GetCallerIdentity", Fault::Dropped),
        ("ListMFADevices", Fault::Error500),
        ("DeactivateMFADevice", Fault::Dropped),
    ] {
        moto.proxy.fault(Some((action, fault)));
        // Any code will do, and nobody waits for the next one of the seed.
        let run = moto.env.awsx(&["mfa", "remove", "prod", "-y", "--code", "123456"]);
        assert!(matches!(run.status, 1 | 4 | 7), "{action} {fault:?}: {run:#?}");
        assert!(moto.proxy.calls(action) > 0, "{action} {fault:?}: {run:#?}");
        assert_eq!((moto.look(), &moto.config()), ((true, false), &with_device), "{action} {fault:?}: {run:#?}");
    }
    moto.proxy.fault(Some(("DeleteVirtualMFADevice", Fault::Dropped)));
    let run = moto.env.awsx(&["mfa", "remove", "prod", "-y"]);
    assert!(run.stderr.contains("the device is deactivated, but not deleted"), "{run:#?}");
    assert_eq!((moto.look(), moto.config().as_str()), ((false, true), CONFIG));
    moto.proxy.fault(None);
    let hint = run.stderr.lines().find_map(|line| line.trim().strip_prefix("hint: awsx ")).expect("what to do next");
    moto.env.awsx(&hint.split(' ').chain(["-y"]).collect::<Vec<_>>()).ok();
    assert_eq!(moto.look(), (false, false));
}
