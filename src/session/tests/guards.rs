//! The checks before credentials: `awsx_confirm`, `awsx_account_id`, and values that they can't have.

use super::*;
use crate::session::mark;

#[test]
fn another_account_than_the_profile_states_is_refused_before_anything_is_asked() {
    let kit = kit(&[]);
    let stated = |profile: &str, account: &str| {
        kit.config(
            &CONFIG
                .replace(&format!("[profile {profile}]"), &format!("[profile {profile}]\nawsx_account_id = {account}")),
        );
        get(&kit, &request(profile))
    };
    for profile in ["prod", "admin"] {
        let error = stated(profile, "444455556666").unwrap_err();
        assert_eq!(error.kind, crate::base::error::ErrorKind::Config);
        for part in ["account 123456789012, not to 444455556666", "awsx_account_id", "config:"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
    assert_eq!((calls(&kit).len(), kit.prompter.transcript().len()), (0, 0));
    kit.prompter.answer("123456");
    for profile in ["prod", "admin"] {
        stated(profile, "123456789012").unwrap();
    }
    // A cached session doesn't get around it.
    stated("prod", "444455556666").unwrap_err();
}

/// What each function that gives credentials or a code says about `prod`.
fn every_way(kit: &Kit) -> Vec<std::result::Result<(), Error>> {
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let app = &kit.app;
    vec![
        obtain(app, &profiles, &request("prod")).map(drop),
        keys(app, &profiles, "prod", "prod").map(drop),
        keys(app, &profiles, "reader", "prod").map(drop),
        code(app, &profiles, "prod", SERIAL, Some("echo 123456")).map(drop),
    ]
}

#[test]
fn no_way_leads_around_awsx_confirm() {
    let guarded = CONFIG.replace("[profile prod]", "[profile prod]\nawsx_confirm = yes");
    let kit = kit(&[]);
    kit.config(&guarded);
    for result in every_way(&kit) {
        let error = result.unwrap_err();
        assert!(error.kind == ErrorKind::Input && error.hint.unwrap().contains("-y"));
    }
    for _ in 0..4 {
        kit.prompter.answer("n");
    }
    for result in every_way(&kit) {
        assert!(result.unwrap_err().what.contains("awsx_confirm"));
    }
    assert_eq!((calls(&kit).len(), kit.keychain.reads()), (0, 0));
    // Once a command, whatever it calls.
    kit.prompter.answer("y");
    kit.prompter.answer("123456");
    for result in every_way(&kit) {
        result.unwrap();
    }
    assert_eq!(kit.prompter.transcript().iter().filter(|line| line.contains("Use prod?")).count(), 5);

    // A role over the profile is another profile; a session around this command is the same one.
    let mark = mark::text(&kit.app, &mark::tests::session(), None).unwrap();
    let inside = [
        ("AWSX_PROFILE", "prod"),
        ("AWS_ACCESS_KEY_ID", "ASIA1"),
        ("AWSX_SESSION", mark.as_str()),
        ("AWSX_ADVERTISED", "0"),
    ];
    // Until its end.
    let ends = |at| {
        let mut session = mark::tests::session();
        session.credentials.expires = Some(at);
        mark::text(&kit.app, &session, None).unwrap()
    };
    let now = kit.app.clock.now();
    let (lasting, over) = (ends(now.plus(1)), ends(now));
    let with = |mark| [&inside[..2], &[("AWSX_SESSION", mark), inside[3]]].concat();
    let later = lasting.replace(&now.plus(1).0.to_string(), &now.plus(9).0.to_string());
    for (variables, profile, asks) in [
        (&inside[..], "prod", 0),
        (&inside[..2], "prod", 1),
        (&inside[3..], "reader", 0),
        (&with(&lasting), "prod", 0),
        (&with(&later), "prod", 1),
        (&with(&over), "prod", 1),
    ] {
        let kit = self::kit(variables);
        kit.config(&guarded);
        for answer in ["y", "123456"].iter().skip(1 - asks) {
            kit.prompter.answer(answer);
        }
        get(&kit, &request(profile)).unwrap();
        assert_eq!(kit.prompter.has_said("Use "), asks == 1, "{variables:?}");
    }
}

#[test]
fn a_guard_that_cannot_be_read_lets_nobody_in() {
    let kit = kit(&[]);
    kit.prompter.answer("123456");
    for line in ["awsx_confirm = y", "awsx_confirm =", "awsx_account_id = 12", "awsx_agent = sometimes"] {
        kit.config(&CONFIG.replace("[profile prod]", &format!("[profile prod]\n{line}")));
        for result in every_way(&kit) {
            let error = result.unwrap_err();
            assert!(
                error.kind == ErrorKind::Config && error.what.contains("config:3") && error.what.contains("awsx_"),
                "{line}: {error}"
            );
        }
    }
    assert_eq!((calls(&kit).len(), kit.keychain.reads()), (0, 0));
}

#[test]
fn keys_of_another_account_are_not_handed_out() {
    let kit = kit(&[]);
    kit.config(&CONFIG.replace("[profile prod]", "[profile prod]\nawsx_account_id = 444455556666"));
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let refused = || keys(&kit.app, &profiles, "prod", "prod").unwrap_err().what;
    assert!(refused().contains("account 123456789012, not to 444455556666"));
    assert!(kit.sts.on.calls().is_empty());
    // Where it isn't remembered, AWS is asked.
    state::forget(&kit.app.state_dir().unwrap(), "prod").unwrap();
    assert!(refused().contains("account 123456789012, not to 444455556666"));
    assert_eq!(kit.sts.on.calls().len(), 1);
}
