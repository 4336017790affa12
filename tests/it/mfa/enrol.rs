//! `awsx provision-mfa` in a terminal, to its end and to every other.

use std::os::unix::fs::{PermissionsExt, symlink};

use nix::sys::signal::Signal;

use super::*;

#[test]
fn from_keys_alone_to_a_profile_that_uses_the_device() {
    let (sandbox, env) = self_provisioner();
    // A link to a file elsewhere, with a mode of its own.
    let real = env.write("home/dotfiles/aws", CONFIG);
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::remove_file(env.path("home/.aws/config")).unwrap();
    symlink("../dotfiles/aws", env.path("home/.aws/config")).unwrap();

    let mut pty = env.pty(&["provision-mfa", "prod"]);
    type_codes(&mut pty, &sandbox, EVE);
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    assert_eq!(devices(&sandbox), enabled(EVE));
    assert!(env.path("home/.aws/config").is_symlink());
    assert_eq!(std::fs::read_to_string(&real).unwrap(), config_with(EVE));
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_nowhere(&env, &seed(&sandbox, EVE));
    assert_eq!(sandbox.done("iam:EnableMFADevice"), 1);
}

#[test]
fn the_first_login_follows_and_the_next_command_asks_nothing() {
    let (sandbox, env) = self_provisioner();
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("Code the app shows: ");
    let seed = seed(&sandbox, EVE);
    let [first, second] = two_codes(&seed);
    pty.send_line(&first);
    pty.expect("Next code: ");
    pty.send_line(&second);
    pty.expect("Log in with it now?");
    pty.send_line("");
    pty.expect("for the login");
    pty.expect("MFA code");
    // Nobody has to wait for it: AWS takes the next code a little early.
    pty.send_line(totp::code(&seed, now().plus(30)).unwrap().expose());
    pty.expect("Logged in");
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    env.awsx(&["exec", "prod", "--no-input", "--", "true"]).ok();
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);
}

/// How it is ended, and the status that a shell sees.
pub const ENDS: [(&str, i32); 6] = [("C-c", 130), ("C-d", 5), ("C-\\", 131), ("INT", 130), ("TERM", 143), ("HUP", 129)];

/// Ends it so.
pub fn end(pty: &mut Pty, how: &str) {
    match how {
        "C-c" => pty.send("\x03"),
        "C-d" => pty.send("\x04"),
        "C-\\" => pty.send("\x1c"),
        "INT" => pty.signal(Signal::SIGINT),
        "TERM" => pty.signal(Signal::SIGTERM),
        _ => pty.signal(Signal::SIGHUP),
    }
}

#[test]
fn ended_at_the_first_code() {
    let (sandbox, env) = self_provisioner();
    for (how, expected) in ENDS {
        let mut pty = env.pty(&["provision-mfa", "prod"]);
        pty.expect("Code the app shows: ");
        assert_eq!(devices(&sandbox), [(EVE.to_owned(), None)]);
        end(&mut pty, how);
        pty.expect("nothing is left of it");
        let (status, text) = pty.wait();
        assert_eq!(status, expected, "{how}: {text}");
        assert!(devices(&sandbox).is_empty(), "{how}");
    }
    assert_eq!(env.read("home/.aws/config"), CONFIG);
}

#[test]
fn ended_at_the_second_code() {
    let (sandbox, env) = self_provisioner();
    for (how, expected) in ENDS {
        let mut pty = env.pty(&["provision-mfa", "prod"]);
        pty.expect("Code the app shows: ");
        pty.send_line(&two_codes(&seed(&sandbox, EVE))[0]);
        pty.expect("Next code: ");
        end(&mut pty, how);
        let (status, text) = pty.wait();
        assert_eq!(status, expected, "{how}: {text}");
        assert!(devices(&sandbox).is_empty(), "{how}");
    }
}

#[test]
fn ended_during_the_countdown() {
    let (sandbox, env) = self_provisioner();
    for (how, expected) in ENDS {
        let mut pty = env.pty(&["provision-mfa", "prod"]);
        pty.expect("Code the app shows: ");
        pty.send_line(&two_codes(&seed(&sandbox, EVE))[1]);
        pty.expect("The next code comes in");
        pty.expect("Next code: ");
        end(&mut pty, how);
        let (status, text) = pty.wait();
        assert_eq!(status, expected, "{how}: {text}");
        assert!(devices(&sandbox).is_empty(), "{how}: {text}");
    }
}

#[test]
fn a_terminal_that_goes_away() {
    let (sandbox, env) = self_provisioner();
    let tmux = env.tmux("awsx provision-mfa prod");
    tmux.expect("Code the app shows:");
    drop(tmux);
    wait_for("the device to go", || devices(&sandbox).is_empty().then_some(()));
}

#[test]
fn each_mistake_has_its_words_and_none_takes_the_device_away() {
    let (sandbox, env) = self_provisioner();
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("Code the app shows: ");
    let seed = seed(&sandbox, EVE);
    pty.send_line("12345");
    pty.expect("six digits");
    pty.expect("Code the app shows: ");
    pty.send_line(totp::code_of_step(&seed, fresh_step() - 120).unwrap().expose());
    pty.expect("1h behind this machine's");
    pty.expect("Code the app shows: ");
    let is_wrong = |code: &String| totp::matching_step(&seed, &Secret::new(code.clone()), now(), 4000).is_none();
    let wrong = (0..1_000_000).map(|n| format!("{n:06}")).find(is_wrong).unwrap();
    pty.send_line(&wrong);
    pty.expect("mistyped");
    pty.expect("Code the app shows: ");
    // Both now: the second one of a later moment would not be the next.
    let [first, second] = two_codes(&seed);
    pty.send_line(&first);
    for _ in 0..3 {
        pty.expect("Next code: ");
        pty.send_line(&wrong);
        pty.expect("mistyped");
    }
    pty.expect("Next code: ");
    pty.send_line(&second);
    pty.expect("is enabled for");
    pty.expect("Log in with it now?");
    pty.send_line("n");
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    assert_eq!(sandbox.calls().iter().filter(|call| call["action"] == "iam:EnableMFADevice").count(), 1);
}

#[test]
fn every_call_that_fails_on_the_way() {
    let (sandbox, env) = self_provisioner();
    for action in [
        "sts:GetCallerIdentity",
        "iam:ListMFADevices",
        "iam:ListVirtualMFADevices",
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
    ] {
        for kind in ["drop_before", "error500"] {
            sandbox.fault(&json!({"action": action, "kind": kind, "count": 20}));
            let mut pty = env.pty(&["provision-mfa", "prod"]);
            if action == "iam:EnableMFADevice" {
                pty.expect("Code the app shows: ");
                let [first, second] = two_codes(&seed(&sandbox, EVE));
                pty.send_line(&first);
                pty.expect("Next code: ");
                pty.send_line(&second);
            }
            let (status, text) = pty.wait();
            assert!(matches!(status, 4 | 7 | 1), "{action} {kind} {status}: {text}");
            assert!(devices(&sandbox).is_empty(), "{action} {kind}: {text}");
            assert_eq!(env.read("home/.aws/config"), CONFIG);
            sandbox.request("DELETE", "faults", &Value::Null);
        }
    }
}

#[test]
fn answers_that_are_lost() {
    let (sandbox, env) = self_provisioner();
    // The device was made, but its seed is lost.
    sandbox.fault(&json!({"action": "iam:CreateVirtualMFADevice", "kind": "drop_after", "count": 1}));
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("nothing is left of it");
    let (status, text) = pty.wait();
    assert_eq!(status, 7, "{text}");
    assert!(devices(&sandbox).is_empty());
    // The device was enabled; the call that is repeated is refused.
    sandbox.fault(&json!({"action": "iam:EnableMFADevice", "kind": "drop_after", "count": 1}));
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    type_codes(&mut pty, &sandbox, EVE);
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    assert_eq!(devices(&sandbox), enabled(EVE));
    assert_eq!(env.read("home/.aws/config"), config_with(EVE));
}

#[test]
fn what_an_interrupted_run_left_is_replaced_by_the_next() {
    let (sandbox, env) = self_provisioner();
    sandbox.fault(&json!({"action": "iam:DeleteVirtualMFADevice", "kind": "drop_before", "count": 20}));
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("Code the app shows: ");
    pty.send("\x03");
    pty.expect("could not be deleted");
    pty.expect("offers to replace it");
    assert_eq!(pty.wait().0, 130);
    assert_eq!(devices(&sandbox), [(EVE.to_owned(), None)]);
    sandbox.request("DELETE", "faults", &Value::Null);

    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("Its seed can't be read again");
    pty.send_line("y");
    type_codes(&mut pty, &sandbox, EVE);
    assert_eq!(pty.wait().0, 0);
    assert_eq!(devices(&sandbox), enabled(EVE));
}

#[test]
fn killed_between_two_calls() {
    let (sandbox, env) = self_provisioner();
    // Nothing can be undone after SIGKILL: the device and its stored seed are left.
    let mut pty = env.pty(&["provision-mfa", "prod", "--store-seed"]);
    pty.expect("Code the app shows: ");
    pty.signal(Signal::SIGKILL);
    assert_eq!(pty.wait().0, 137);
    assert_eq!((devices(&sandbox), env.read("home/.aws/config").as_str()), (vec![(EVE.to_owned(), None)], CONFIG));
    let lost = seed(&sandbox, EVE);

    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("Its seed can't be read again");
    pty.send_line("y");
    type_codes(&mut pty, &sandbox, EVE);
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    assert_eq!((devices(&sandbox), env.read("home/.aws/config")), (enabled(EVE), config_with(EVE)));
    assert_ne!(seed(&sandbox, EVE), lost);
    // Codes of the lost seed would be refused for ever.
    assert!(env.awsx(&["mfa", "code", "prod"]).fails(5).contains("its seed is not stored"));
}

#[test]
fn what_is_edited_while_the_codes_are_typed_stays() {
    let (sandbox, env) = self_provisioner();
    let mut pty = env.pty(&["provision-mfa", "prod"]);
    pty.expect("Code the app shows: ");
    env.write("home/.aws/config", format!("# added meanwhile\r\n{CONFIG}"));
    let [first, second] = two_codes(&seed(&sandbox, EVE));
    pty.send_line(&first);
    pty.expect("Next code: ");
    pty.send_line(&second);
    pty.expect("Log in with it now?");
    pty.send_line("n");
    assert_eq!(pty.wait().0, 0);
    assert_eq!(env.read("home/.aws/config"), format!("# added meanwhile\r\n{}", config_with(EVE)));
}

#[test]
fn a_further_device_takes_one_code_of_the_first() {
    let (sandbox, env) = self_provisioner();
    env.awsx(&["provision-mfa", "prod", "--store-seed", "--no-qr"]).ok();
    let mut pty = env.pty(&["provision-mfa", "prod", "--name", "tablet", "-y"]);
    let tablet = "arn:aws:iam::111122223333:mfa/eve/tablet";
    type_codes(&mut pty, &sandbox, tablet);
    let (status, text) = pty.wait();
    assert_eq!(status, 0, "{text}");
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1);
    assert_eq!(devices(&sandbox), [enabled(EVE), enabled(tablet)].concat());
    assert_eq!(env.read("home/.aws/config"), config_with(tablet));
}

#[test]
fn nobody_to_ask() {
    let (sandbox, env) = self_provisioner();
    sandbox.forget_calls();
    let said = env.awsx(&["provision-mfa", "prod"]).fails(5).to_owned();
    assert!(said.contains("--store-seed --no-qr"), "{said}");
    assert!(sandbox.calls().is_empty());
}

#[test]
fn a_seed_in_the_keychain_gives_the_codes() {
    let (sandbox, env) = self_provisioner();
    let run = env.awsx(&["--debug", "provision-mfa", "prod", "--store-seed", "--no-qr"]);
    run.ok();
    assert!(run.stderr.contains("iam:EnableMFADevice") && !run.stderr.contains(seed(&sandbox, EVE).expose()));
    assert!(run.stderr.contains("only as safe as this machine"), "{}", run.stderr);
    assert_eq!(env.read("home/.aws/config"), config_with(EVE));
    let seed = seed(&sandbox, EVE);
    assert_nowhere(&env, &seed);
    let code = env.awsx(&["mfa", "code", "prod"]).ok().trim().to_owned();
    assert!(totp::matching_step(&seed, &Secret::new(code), now(), 1).is_some());
    env.awsx(&["exec", "prod", "--no-input", "--", "true"]).ok();
    assert_eq!(sandbox.done("sts:GetSessionToken"), 1, "no code was refused");
}
