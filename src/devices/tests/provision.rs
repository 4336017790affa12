//! `awsx provision-mfa`.

use crate::base::error::ErrorKind;
use crate::devices::tests::*;
use crate::testkit::{StsCall, access_denied};

#[test]
fn ends_with_a_device_that_the_profile_uses() {
    let kit = kit();
    answers(&kit, &[&code(0), &code(1), "n"]);
    assert_eq!(enrol(&kit, &order()).unwrap(), ALICE);
    assert_eq!(calls(&kit), ["list", "unassigned", "create /alice", "alias", &format!("enable {ALICE}")]);
    assert_eq!(config_of(&kit), config_with(ALICE));
    assert!(spent(&kit, ALICE, 0) && spent(&kit, ALICE, 1) && !spent(&kit, ALICE, 2));
    assert!(kit.keychain.get(&Item::Seed(ALICE.into())).unwrap().is_none());
    assert_seed_is_hidden(&kit);
    let IamCall::Enable { user, codes, .. } = kit.iam.on.calls().pop().unwrap() else { panic!() };
    assert_eq!((user.as_str(), codes.map(|c| c.expose().to_owned())), ("alice", [code(0), code(1)]));
}

#[test]
fn the_first_login_waits_for_a_fresh_code() {
    let kit = kit();
    answers(&kit, &[&code(0), &code(1), "y", &code(1), &code(2)]);
    enrol(&kit, &order()).unwrap();
    assert!(kit.prompter.has_said("for the login"));
    assert!(kit.prompter.has_said("Logged in, 12h00m left"), "{:?}", kit.prompter.transcript());
    let with_code: Vec<String> = kit.sts.on.calls().iter().filter_map(StsCall::code).map(str::to_owned).collect();
    assert_eq!(with_code, [code(2)], "the code of the enrolment is never sent again");
}

#[test]
fn left_over_devices_are_replaced_used_or_left() {
    for (typed, deleted, enabled) in [
        (vec!["y".to_owned(), code(0), code(1), "n".into()], true, true),
        (vec!["n".into(), "y".into(), "111111".into(), "222222".into(), "n".into()], false, true),
        (vec!["n".into(), "y".into(), "111111".into()], false, false),
        (vec!["n".into(), "n".into()], false, false),
        (vec!["n".into()], false, false),
    ] {
        let kit = kit();
        kit.iam.state.lock().unwrap().unassigned = vec![ALICE.into(), PHONE.into(), ALICE.replace("alice", "alice2")];
        answers(&kit, &typed.iter().map(String::as_str).collect::<Vec<_>>());
        let result = enrol(&kit, &order());
        assert!(kit.prompter.has_said("Its seed can't be read again"));
        assert!(kit.prompter.has_said(&format!("Left over and unused: {PHONE}")));
        assert!(!kit.prompter.has_said("mfa/alice2"), "somebody else's");
        assert_eq!(calls(&kit).contains(&format!("delete {ALICE}")), deleted);
        assert_eq!(result.is_ok(), enabled, "{result:?}");
        if !enabled {
            assert_eq!(unassigned(&kit).len(), 3, "left as it was");
        }
    }
}

#[test]
fn a_left_over_device_whose_seed_is_stored_can_be_checked() {
    let kit = kit();
    kit.iam.state.lock().unwrap().unassigned = vec![ALICE.into()];
    kit.keychain.set(&Item::Seed(ALICE.into()), &Secret::new(SEED.into())).unwrap();
    answers(&kit, &["n", "y", "000000", "000000", "000000"]);
    assert_eq!(enrol(&kit, &order()).unwrap_err().kind, ErrorKind::Input, "the person gave up");
    assert_eq!(unassigned(&kit), [ALICE], "not ours to delete");
    assert!(kit.keychain.get(&Item::Seed(ALICE.into())).unwrap().is_some());
}

#[test]
fn a_left_over_device_that_can_not_be_listed_is_met_when_it_is_made() {
    let kit = kit();
    answers(&kit, &["y", &code(0), &code(1), "n"]);
    let (mut made, mut deleted) = (false, false);
    kit.iam.on.check(move |call| match call {
        IamCall::Unassigned => Some(access_denied("not authorized to perform: iam:ListVirtualMFADevices")),
        IamCall::Create { .. } if !std::mem::replace(&mut made, true) && !deleted => {
            Some(refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists."))
        }
        IamCall::Delete(_) => {
            deleted = true;
            None
        }
        _ => None,
    });
    assert_eq!(enrol(&kit, &order()).unwrap(), ALICE);
    assert!(calls(&kit).contains(&format!("delete {ALICE}")));
}

#[test]
fn a_further_device_goes_through_a_session_with_mfa() {
    let kit = kit();
    kit.iam.add_device(ALICE);
    // Another device, a code of the old one, the two codes, no login.
    answers(&kit, &["y", "654321", &code(0), &code(1), "n"]);
    let serial = enrol(&kit, &order()).unwrap();
    assert_eq!(serial, "arn:aws:iam::123456789012:mfa/alice/alice-2");
    assert!(calls(&kit).contains(&"create /alice/alice-2".to_owned()));
    let codes: Vec<String> = kit.sts.on.calls().iter().filter_map(StsCall::code).map(str::to_owned).collect();
    assert_eq!(codes, ["654321"]);
    assert_eq!(config_of(&kit), config_with(&serial));
}

#[test]
fn a_device_the_profile_names_is_only_replaced_on_request() {
    for (answer, expected) in [("n", ALICE), ("y", PHONE)] {
        let kit = kit();
        kit.config(&config_with(ALICE));
        kit.iam.add_device(ALICE);
        answers(&kit, &["y", "654321", answer, &code(0), &code(1), "n"]);
        let order = Order { name: Some("phone"), ..order() };
        assert_eq!(enrol(&kit, &order).unwrap(), PHONE);
        assert_eq!(config_of(&kit), config_with(expected));
    }
}

#[test]
fn a_further_device_with_the_code_of_the_one_that_is_named() {
    let token = "GAHT12345678";
    for (named, profiles) in [(Some(token), ALICE), (None, token)] {
        let kit = kit();
        kit.config(&config_with(profiles));
        kit.iam.add_device(ALICE);
        kit.iam.add_device(token);
        answers(&kit, &["y", "654321", "n", &code(0), &code(1), "n"]);
        let target = Target { code_from: named, ..target() };
        enrol(&kit, &Order { target, name: Some("phone"), ..order() }).unwrap();
        let asked = kit.prompter.transcript().into_iter().find(|line| line.contains("MFA code for")).unwrap();
        assert!(asked.contains(token), "{asked}");
        assert_eq!(kit.prompter.has_said("--code-from ARN takes another"), named.is_none());
    }
}

#[test]
fn a_device_that_is_named_as_awscli_mfa_does_is_only_replaced_on_request() {
    let kit = kit();
    let before = CONFIG.replace("[profile prod]\r\n", &format!("[profile prod]\r\nmfa_arn = {ALICE}\r\n"));
    kit.config(&before);
    kit.iam.add_device(ALICE);
    answers(&kit, &["y", "654321", "n", &code(0), &code(1), "n"]);
    enrol(&kit, &order()).unwrap();
    assert_eq!(config_of(&kit), before);
}

#[test]
fn the_seed_of_an_earlier_device_does_not_stay() {
    // An enrolment with --store-seed was killed, or an administrator took its device away.
    let kit = kit();
    kit.keychain.set(&Item::Seed(ALICE.into()), &Secret::new("MZXW6YTBOJXXGZLFMFRGCZLF".into())).unwrap();
    answers(&kit, &[&code(0), &code(1), "n"]);
    enrol(&kit, &order()).unwrap();
    assert!(kit.keychain.get(&Item::Seed(ALICE.into())).unwrap().is_none());
    assert!(kit.prompter.has_said("earlier device"));
}

#[test]
fn a_first_login_is_the_session_that_comes_next() {
    let kit = Kit::with_env(&[("AWSX_ADVERTISED", "0"), ("AWSX_SESSION_DURATION", "2h"), ("AWSX_MFA_CODE", "111111")]);
    kit.config(CONFIG);
    kit.keychain.set(&Item::Keys("prod".into()), &keys::encode(&key_pair()).unwrap()).unwrap();
    answers(&kit, &[&code(0), &code(1), "y", &code(2)]);
    enrol(&kit, &order()).unwrap();
    assert!(kit.prompter.has_said("Logged in, 2h00m left"), "{:?}", kit.prompter.transcript());
    let with_code: Vec<String> = kit.sts.on.calls().iter().filter_map(StsCall::code).map(str::to_owned).collect();
    assert_eq!(with_code, [code(2)], "a code that was given was for something else");
}

#[test]
fn users_with_security_keys_alone_are_told() {
    let kit = kit();
    kit.iam.add_device("arn:aws:iam::123456789012:u2f/user/alice/key");
    answers(&kit, &["y"]);
    let error = enrol(&kit, &order()).unwrap_err();
    assert!(error.what.contains("only security keys") && error.hint.unwrap().contains("--as"));
    assert_eq!(calls(&kit), ["list"]);
}

#[test]
fn no_ninth_device() {
    let kit = kit();
    kit.prompter.answer("");
    for n in 1..=8 {
        kit.iam.add_device(&format!("{ALICE}/{n}"));
    }
    assert!(enrol(&kit, &order()).unwrap_err().what.contains("AWS allows 8"));
}

#[test]
fn names() {
    for (name, expected) in [
        ("alice", Some("create /alice")),
        ("phone", Some("create /alice/phone")),
        ("/phone", Some("create /phone")),
        ("team/a/phone", Some("create /team/a/phone")),
        ("my phone", None),
        ("", None),
        ("alice/", None),
    ] {
        let kit = kit();
        answers(&kit, &[&code(0), &code(1), "n"]);
        let result = enrol(&kit, &Order { name: Some(name), ..order() });
        match expected {
            Some(call) => assert!(result.is_ok() && calls(&kit).contains(&call.to_owned()), "{name} {result:?}"),
            None => assert_eq!(result.unwrap_err().kind, ErrorKind::Usage, "{name}"),
        }
    }
}

#[test]
fn what_is_shown_and_what_is_not() {
    let shows = |kit: &Kit, part: &str| {
        kit.prompter.transcript().iter().any(|line| line.starts_with("show: ") && line.contains(part))
    };
    let grouped = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ\n";
    for (show_secret, no_qr) in [(false, false), (true, false), (false, true), (true, true)] {
        let kit = kit();
        answers(&kit, &[&code(0), &code(1), "n"]);
        enrol(&kit, &Order { show_secret, no_qr, ..order() }).unwrap();
        assert_eq!((shows(&kit, grouped), shows(&kit, "▄")), (show_secret, !no_qr));
        assert_eq!(kit.prompter.has_said("shown to nobody"), !show_secret && no_qr);
        assert_seed_is_hidden(&kit);
    }
}

#[test]
fn too_small_a_terminal_is_told_and_may_grow() {
    let kit = kit();
    kit.prompter.set_screen(40, 24);
    let drawn = |kit: &Kit| kit.prompter.transcript().iter().any(|line| line.contains('▄'));
    answers(&kit, &["", &code(0), &code(1), "n"]);
    enrol(&kit, &order()).unwrap();
    let needs = kit.prompter.transcript().iter().filter(|line| line.contains("this terminal has 40 × 24")).count();
    assert!(needs == 2 && !drawn(&kit), "said again on Enter: {:?}", kit.prompter.transcript());
    let large = super::kit();
    large.prompter.set_screen(80, 24);
    answers(&large, &[&code(0), &code(1), "n"]);
    enrol(&large, &order()).unwrap();
    assert!(drawn(&large));
}

#[test]
fn a_terminal_without_colours_is_told() {
    let kit = Kit::with_env(&[("AWSX_ADVERTISED", "0"), ("TERM", "dumb")]);
    kit.config(CONFIG);
    kit.keychain.set(&Item::Keys("prod".into()), &keys::encode(&key_pair()).unwrap()).unwrap();
    answers(&kit, &[&code(0), &code(1), "n"]);
    enrol(&kit, &order()).unwrap();
    assert!(kit.prompter.has_said("TERM=dumb") && kit.prompter.has_said("--show-secret --no-qr"));
    assert!(!kit.prompter.transcript().concat().contains('▄'));
}

#[test]
fn a_stored_seed_gives_codes_and_goes_when_it_fails() {
    let kit = kit();
    answers(&kit, &[&code(0), &code(1), "n"]);
    enrol(&kit, &Order { store_seed: true, ..order() }).unwrap();
    assert!(kit.prompter.has_said("only as safe as this machine"));
    assert_eq!(kit.keychain.get(&Item::Seed(ALICE.into())).unwrap().unwrap().expose(), SEED);

    let kit = super::kit();
    answers(&kit, &[&code(0)]);
    assert!(enrol(&kit, &Order { store_seed: true, ..order() }).is_err());
    assert!(kit.keychain.get(&Item::Seed(ALICE.into())).unwrap().is_none());
    assert!(unassigned(&kit).is_empty());
}

#[test]
fn unattended_with_the_seed_in_the_keychain() {
    let kit = kit();
    let serial = enrol(&kit, &Order { store_seed: true, no_qr: true, ..order() }).unwrap();
    assert_eq!(kit.keychain.get(&Item::Seed(serial)).unwrap().unwrap().expose(), SEED);
    assert!(spent(&kit, ALICE, -1) && spent(&kit, ALICE, 0));
    assert_eq!(config_of(&kit), config_with(ALICE));
    assert_seed_is_hidden(&kit);
}

#[test]
fn nobody_there() {
    let kit = kit();
    let error = enrol(&kit, &order()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.hint.unwrap().contains("--store-seed --no-qr"));
    assert!(calls(&kit).is_empty() && kit.sts.on.calls().is_empty());
}

#[test]
fn users_in_a_path_and_profiles_of_roles() {
    let kit = kit();
    let arn = "arn:aws-cn:iam::210987654321:user/division/team/bob";
    kit.sts.set_identity(crate::ports::Identity {
        account: "210987654321".into(),
        arn: arn.into(),
        user_id: "AIDATESTTESTTESTTEST".into(),
    });
    kit.config(
        "[profile prod]\n[profile role]\nrole_arn = arn:aws-cn:iam::210987654321:role/x\nsource_profile = prod\n",
    );
    answers(&kit, &[&code(0), &code(1), "n"]);
    let target = Target { profile: Some("role"), ..Target::default() };
    enrol(&kit, &Order { target, ..Order::default() }).unwrap();
    assert!(calls(&kit).contains(&"create /bob".to_owned()));
    assert!(config_of(&kit).starts_with("[profile prod]\nmfa_serial = arn:"), "the profile with the keys has it");

    let kit = super::kit();
    kit.prompter.answer("");
    for arn in ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:assumed-role/x/y"] {
        kit.sts.set_identity(crate::ports::Identity {
            account: String::new(),
            arn: arn.into(),
            user_id: String::new(),
        });
        assert!(enrol(&kit, &order()).unwrap_err().what.contains("no IAM user"), "{arn}");
    }
}

#[test]
fn an_administrator_acts_for_somebody_else() {
    let kit = kit();
    // The code is the administrator's own; then the two codes.
    answers(&kit, &["654321", &code(0), &code(1)]);
    let target = Target { with_profile: Some("admin"), ..target() };
    enrol(&kit, &Order { target, ..Order::default() }).unwrap();
    assert_eq!(calls(&kit)[..2], ["user Some(\"alice\")".to_owned(), "list".into()]);
    assert_eq!(config_of(&kit), config_with(ALICE));
    assert!(!kit.prompter.has_said("Log in"));
}

#[test]
fn the_account_is_named_by_its_alias() {
    let kit = kit();
    kit.iam.state.lock().unwrap().alias = Some("acme".into());
    answers(&kit, &[&code(0), &code(1), "n"]);
    enrol(&kit, &order()).unwrap();
    let shown = kit.prompter.transcript().into_iter().find(|line| line.contains('▄')).unwrap();
    let plain =
        crate::devices::qr::Picture::new(&crate::devices::otpauth::uri(&Secret::new(SEED.into()), "acme", "alice"))
            .unwrap();
    assert_eq!(shown.strip_prefix("show: "), Some(plain.full().expose()));
}
