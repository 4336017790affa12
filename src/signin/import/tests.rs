//! The whole way, over fakes: what is asked, what is shown, and what the config has afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::ports::Fault;
use crate::testkit::Kit;

const SESSION: &str = "[sso-session corp]\nsso_start_url = https://corp.test/start\nsso_region = eu-west-1\n";
const GRANTED: [[&str; 3]; 3] =
    [["111122223333", "Prod", "Admin"], ["111122223333", "Prod", "Read Only"], ["444455556666", "", "Admin"]];

fn kit(config: &str) -> Kit {
    let mut kit = Kit::new();
    kit.app.global.yes = true;
    kit.config(config);
    kit.cli_sign_in("corp", "hush");
    kit.sso.grant(&GRANTED);
    kit
}

fn config(kit: &Kit) -> String {
    fs::read_to_string(kit.home.path().join(".aws/config")).unwrap_or_default()
}

fn import(kit: &Kit, change: impl FnOnce(&mut Options)) -> Result<()> {
    let mut options = Options::default();
    change(&mut options);
    run(&kit.app, &options, &|_, _| Ok(()))
}

#[test]
fn a_profile_for_each_role_and_every_byte_stays() {
    let before = format!("# mine\n[default]\nregion = x ; c\n\n{SESSION}\n[profile 444455556666.Admin]\noutput = json");
    let mut kit = kit(&before);
    let path = kit.home.path().join(".aws/config");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    import(&kit, |_| ()).unwrap();
    let after = config(&kit);
    let section = |name: &str, role: &str| {
        format!(
            "\n[profile {name}]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = {role}\nawsx_imported = corp\n"
        )
    };
    let added = section("111122223333.Admin", "Admin") + &section("111122223333.Read-Only", "Read Only");
    assert_eq!(after, format!("{before}\n{added}"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    for said in [
        "corp grants 3 roles in 2 accounts",
        "add",
        "Read Only in 111122223333 (Prod)",
        "leave",
        "awsx has not written",
    ] {
        assert!(kit.prompter.has_said(said), "{said}: {:?}", kit.prompter.transcript());
    }
    assert!(!kit.prompter.has_said("they have no region"), "[default] has one");
    // All accounts in one go, whatever their number.
    assert_eq!(kit.sso.on.calls(), ["accounts", "roles of 111122223333 444455556666"]);

    // Again: no byte, no question.
    kit.app.global.yes = false;
    import(&kit, |options| options.prune = true).unwrap();
    assert_eq!(config(&kit), after);
}

#[test]
fn without_an_answer_nothing_is_written() {
    let mut kit = kit(SESSION);
    kit.app.global.yes = false;
    let error = import(&kit, |_| ()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.to_string().contains("-y answers yes") && kit.prompter.has_said("111122223333.Admin"), "{error}");
    kit.prompter.answer("n");
    assert_eq!(import(&kit, |_| ()).unwrap_err().kind, ErrorKind::Failed);
    assert_eq!(config(&kit), SESSION);
    kit.prompter.answer("y");
    import(&kit, |_| ()).unwrap();
    assert!(kit.prompter.has_said("they have no region: `awsx import sso corp --region REGION`"));
    assert!(config(&kit).contains("[profile 444455556666.Admin]"));
}

#[test]
fn what_is_gone_goes_and_what_was_added_by_hand_stays() {
    let kit = kit(SESSION);
    import(&kit, |_| ()).unwrap();
    let by_hand =
        config(&kit).replace("[profile 444455556666.Admin]", "# ours\n[profile 444455556666.Admin]\noutput = json");
    kit.config(&by_hand);
    kit.sso.grant(&GRANTED[1..]);
    import(&kit, |_| ()).unwrap();
    assert_eq!(config(&kit), by_hand, "nothing is removed unless --prune says so");
    assert!(kit.prompter.has_said("is not granted any more; --prune removes it"));
    import(&kit, |options| options.prune = true).unwrap();
    let after = config(&kit);
    assert!(
        !after.contains("[profile 111122223333.Admin]")
            && after.contains("# ours\n[profile 444455556666.Admin]\noutput = json")
    );
    assert!(after.contains("[profile 111122223333.Read-Only]") && after.starts_with(SESSION), "{after}");
}

#[test]
fn a_newcomer_gets_the_session_too() {
    let kit = kit("");
    kit.cli_sign_in("acme", "hush");
    fs::remove_file(kit.home.path().join(".aws/config")).unwrap();
    kit.sso.grant(&GRANTED[..1]);
    import(&kit, |options| {
        options.start_url = Some("https://acme.awsapps.com/start/#/");
        options.sso_region = Some("eu-west-1");
        options.template = Some("{session}-{account_name}-{role}");
        options.region = Some("eu-central-1");
    })
    .unwrap();
    let want = "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n\
                sso_registration_scopes = sso:account:access\n\n[profile acme-Prod-Admin]\nsso_session = acme\n\
                sso_account_id = 111122223333\nsso_role_name = Admin\nawsx_imported = acme\nregion = eu-central-1\n";
    assert_eq!(config(&kit), want);
    let mode = fs::metadata(kit.home.path().join(".aws/config")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_second_session_for_one_address_gets_profiles_of_its_own_or_is_not_written() {
    let kit = kit(SESSION);
    kit.cli_sign_in("two", "hush");
    import(&kit, |_| ()).unwrap();
    let before = config(&kit);
    let second = |options: &mut Options| {
        options.session = Some("two");
        options.start_url = Some("https://corp.test/start");
        options.sso_region = Some("eu-west-1");
    };
    let error = import(&kit, second).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Config);
    assert!(error.to_string().contains("two would get no profile, so nothing was written"), "{error}");
    assert!(error.to_string().contains("--name-template '{session}.{account}.{role}'"), "{error}");
    assert_eq!(config(&kit), before);
    import(&kit, |options| {
        second(options);
        options.template = Some("{session}.{account}.{role}");
    })
    .unwrap();
    assert!(kit.prompter.has_said("; profiles: 3 added"), "{:?}", kit.prompter.transcript());
    let written = config(&kit);
    assert!(written.starts_with(&before) && written.contains("[profile two.444455556666.Admin]"), "{written}");
    // Its profiles have other names than they would get now, so nothing is missing.
    import(&kit, |options| options.session = Some("two")).unwrap();
    assert!(kit.prompter.has_said("the config has all of them already"));
    assert_eq!(config(&kit), written);
}

#[test]
fn other_names_keep_what_a_person_has_added() {
    let kit = kit(SESSION);
    import(&kit, |_| ()).unwrap();
    let by_hand =
        config(&kit).replace("[profile 444455556666.Admin]\n", "[profile 444455556666.Admin]\n# ours\noutput = json\n");
    kit.config(&by_hand);
    import(&kit, |options| {
        options.template = Some("{role}-{account}");
        options.prune = true;
    })
    .unwrap();
    let mut want = by_hand;
    for [account, _, role] in GRANTED {
        let role = role.replace(' ', "-");
        want = want.replace(&format!("[profile {account}.{role}]"), &format!("[profile {role}-{account}]"));
    }
    assert_eq!(config(&kit), want);
    assert!(
        kit.prompter.has_said("to Admin-444455556666; everything in it stays") && kit.prompter.has_said("3 renamed")
    );
}

#[test]
fn an_incomplete_list_removes_nothing() {
    let kit = kit(SESSION);
    import(&kit, |_| ()).unwrap();
    let before = config(&kit);
    let fault =
        |code: &str, status| Fault::Service { code: code.into(), message: "m".into(), status, server_time: None };
    for (fault, kind, said) in [
        (fault("UnauthorizedException", 401), ErrorKind::Input, "a sign-in to corp in the browser is needed"),
        (fault("ForbiddenException", 403), ErrorKind::Refused, "m"),
        (Fault::TimedOut("no answer".into()), ErrorKind::Network, "no answer"),
    ] {
        for call in ["accounts", "roles of"] {
            let fault = fault.clone();
            kit.sso.on.check(move |asked| asked.starts_with(call).then(|| fault.clone()));
            let error = import(&kit, |options| options.prune = true).unwrap_err();
            assert_eq!(error.kind, kind, "{error}");
            assert!(error.to_string().contains(said), "{error}");
            assert_eq!(config(&kit), before);
            // The one before may have been refused.
            kit.cli_sign_in("corp", &format!("hush after {call} {kind:?}"));
        }
    }
    fs::remove_dir_all(kit.home.path().join(".aws/sso")).unwrap();
    kit.sso.on.check(|_| None);
    let error = import(&kit, |_| ()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
    assert!(error.to_string().contains("awsx login corp"), "{error}");
    // One that the config doesn't have yet is not known to `awsx login`.
    let error = import(&kit, |options| {
        options.start_url = Some("https://new.awsapps.com/start");
        options.sso_region = Some("eu-west-1");
    });
    assert!(error.unwrap_err().to_string().contains(
        "on a terminal, or with --device-code: awsx import sso new --start-url https://new.awsapps.com/start --sso-region eu-west-1"
    ));
}

#[test]
fn an_agents_own_yes_adds_no_profiles() {
    let mut kit = Kit::with_env(&[("CLAUDECODE", "1")]);
    kit.app.global.yes = true;
    kit.config(SESSION);
    kit.cli_sign_in("corp", "hush");
    kit.sso.grant(&GRANTED);
    let error = import(&kit, |_| ()).unwrap_err();
    assert!(error.kind == ErrorKind::Input && error.to_string().contains("a person has to agree"), "{error}");
    assert_eq!(config(&kit), SESSION);
    kit.prompter.answer("y");
    import(&kit, |_| ()).unwrap();
    assert!(config(&kit).contains("[profile 444455556666.Admin]"));
}

#[test]
fn who_may_not_use_the_sign_in_sees_nothing_of_it() {
    let kit = kit(SESSION);
    let refused = |_: &Profiles, name: &str| Err(Error::config(format!("{name} is not for you")));
    let error = run(&kit.app, &Options::default(), &refused).unwrap_err();
    assert_eq!(error.what, "corp is not for you");
    assert!(kit.sso.on.calls().is_empty());
}

#[test]
fn where_nothing_is_granted_nothing_is_removed() {
    let kit = kit(SESSION);
    import(&kit, |_| ()).unwrap();
    let before = config(&kit);
    kit.sso.grant(&[]);
    let error = import(&kit, |options| options.prune = true).unwrap_err();
    assert!(error.kind == ErrorKind::Refused && error.what.contains("grants no role at all"), "{error}");
    assert_eq!(config(&kit), before);
}
