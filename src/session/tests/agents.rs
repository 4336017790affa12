//! AI agents: what they get, under which names, and that nobody gets anybody else's session.

use super::*;

const AGENT: (&str, &str) = ("CLAUDECODE", "1");
const QUIET: (&str, &str) = ("AWSX_ADVERTISED", "0");
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// A kit in which an agent runs awsx, and `profile` has this rule. Other variables may be added.
fn agents_kit(profile: &str, rule: &str, more: &[(&str, &str)]) -> Kit {
    let kit = kit(&[&[AGENT, QUIET], more].concat());
    kit.config(&CONFIG.replace(&format!("[profile {profile}]"), &format!("[profile {profile}]\nawsx_agent = {rule}")));
    kit
}

/// The roles that were assumed: name of the session and managed policies.
fn assumed(kit: &Kit) -> Vec<(String, Vec<String>)> {
    let of = |call: &StsCall| match call {
        StsCall::AssumeRole { role, .. } => Some((role.session_name.clone(), role.policy_arns.clone())),
        _ => None,
    };
    kit.sts.on.calls().iter().filter_map(of).collect()
}

#[test]
fn a_persons_session_is_not_an_agents_and_the_other_way_round() {
    let person = kit(&[]);
    person.prompter.answer("123456");
    let theirs = get(&person, &request("admin")).unwrap();
    // The same home, and an agent.
    let mut kit = person;
    let run = |kit: &mut Kit, variables: &[(&'static str, &'static str)], profile: &str| {
        let all: Vec<(String, String)> =
            kit.app.env.iter().map(|(k, v)| (k.to_str().unwrap().into(), v.to_str().unwrap().into())).collect();
        let keep = |(name, _): &&(String, String)| !["CLAUDECODE", "AWSX_AGENT"].contains(&name.as_str());
        kit.app.env = all
            .iter()
            .filter(keep)
            .map(|(k, v)| (k.clone(), v.clone()))
            .chain(variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
            .collect();
        kit.app.agent = std::cell::OnceCell::new();
        get(kit, &request(profile))
    };
    // The MFA session is the agent's own, so a code is asked for, and the person is told why.
    assert_eq!(run(&mut kit, &[AGENT], "admin").unwrap_err().kind, ErrorKind::Input);
    kit.clock.advance(30);
    kit.prompter.answer("234567");
    let agents = run(&mut kit, &[AGENT], "admin").unwrap();
    assert!(kit.prompter.has_said("for the AI agent claude-code, which gets none of yours"));
    assert!(!agents.cached && agents.key != theirs.key);
    assert_eq!(agents.arn.as_deref(), Some("arn:aws:sts::123456789012:assumed-role/admin/awsx-agent-claude-code"));
    // Each has their own again, another agent has neither.
    let again = run(&mut kit, &[AGENT], "admin").unwrap();
    assert!(again.cached && again.credentials == agents.credentials);
    let again = run(&mut kit, &[], "admin").unwrap();
    assert!(again.cached && again.credentials == theirs.credentials);
    assert!(run(&mut kit, &[("AWSX_AGENT", "other")], "admin").is_err());
}

#[test]
fn agents_sessions_have_their_own_names_whatever_is_asked_for() {
    for (variable, value, name) in [
        ("CLAUDECODE", "1", "awsx-agent-claude-code"),
        ("AWSX_AGENT", "my agent/2", "awsx-agent-my-agent-2"),
        ("AWSX_AGENT", &"x".repeat(80), &format!("awsx-agent-{}", "x".repeat(53))),
    ] {
        let kit = kit(&[QUIET, (variable, value)]);
        kit.config(&CONFIG.replace("[profile admin]", "[profile admin]\nrole_session_name = mine"));
        kit.prompter.answer("123456");
        get(&kit, &Request { session_name: Some("me".into()), ..request("admin") }).unwrap();
        assert_eq!(assumed(&kit), [(name.to_owned(), vec![])]);
        assert!(kit.prompter.has_said("--session-name me is not used"));
    }
}

#[test]
fn the_console_session_of_a_user_is_named_after_the_agent_too() {
    let kit = kit(&[AGENT, QUIET]);
    let profiles = Profiles::load(&kit.app.env).unwrap();
    federated(&kit.app, &profiles, "prod", "prod", 900).unwrap();
    assert_eq!(calls(&kit), ["federation awsx-agent-claude-code"]);
}

#[test]
fn deny_is_nothing_before_anything_is_asked() {
    for (rule, more) in [("deny", &[][..]), ("allow", &[("AWSX_AGENT_RULE", "deny")])] {
        let kit = agents_kit("prod", rule, more);
        kit.prompter.answer("123456");
        let profiles = Profiles::load(&kit.app.env).unwrap();
        for error in [
            get(&kit, &request("prod")).unwrap_err(),
            keys(&kit.app, &profiles, "prod", "prod").unwrap_err(),
            code(&kit.app, &profiles, "prod", SERIAL, Some("echo 123456")).unwrap_err(),
            federated(&kit.app, &profiles, "prod", "prod", 900).unwrap_err(),
        ] {
            assert_eq!(error.kind, ErrorKind::Config);
            let said = error.to_string();
            for part in ["prod is not for an AI agent", "claude-code", "CLAUDECODE", "says deny", "a person can run it"]
            {
                assert!(said.contains(part), "{said}");
            }
        }
        assert_eq!((calls(&kit).len(), kit.keychain.reads()), (0, 0));
        assert_eq!(get(&kit, &request("admin")).is_err(), !more.is_empty(), "a role over it is another profile");
    }
    // A person doesn't notice.
    let kit = kit(&[QUIET, ("AWSX_AGENT_RULE", "deny")]);
    kit.prompter.answer("123456");
    get(&kit, &request("prod")).unwrap();
}

#[test]
fn ask_is_a_persons_answer_and_no_option() {
    let mut kit = agents_kit("prod", "ask", &[]);
    kit.app.global.yes = true;
    let error = get(&kit, &request("prod")).unwrap_err();
    assert!(
        error.kind == ErrorKind::Input && error.to_string().contains("-y of an agent is no person's answer"),
        "{error}"
    );
    kit.prompter.answer("n");
    let error = get(&kit, &request("prod")).unwrap_err();
    assert!(error.kind == ErrorKind::Input && error.what.contains("the answer about claude-code was no"), "{error}");
    for answer in ["y", "123456"] {
        kit.prompter.answer(answer);
    }
    get(&kit, &request("prod")).unwrap();
    assert!(kit.prompter.has_said("Let the AI agent claude-code use prod?"));
    // The same goes for awsx_confirm.
    let mut kit = self::kit(&[AGENT, QUIET]);
    kit.app.global.yes = true;
    kit.config(&CONFIG.replace("[profile prod]", "[profile prod]\nawsx_confirm = yes"));
    assert_eq!(get(&kit, &request("prod")).unwrap_err().kind, ErrorKind::Input);
}

#[test]
fn readonly_narrows_roles_and_refuses_the_rest() {
    for (rule, more) in [("readonly", &[][..]), ("allow", &[("AWSX_AGENT_RULE", "readonly")])] {
        let kit = agents_kit("admin", rule, more);
        kit.prompter.answer("123456");
        get(&kit, &request("admin")).unwrap();
        get(&kit, &Request { policy_arns: vec![READ_ONLY.into()], ..request("admin") }).unwrap();
        assert_eq!(assumed(&kit), [("awsx-agent-claude-code".to_owned(), vec![READ_ONLY.to_owned()])]);
        // With another policy it could do more: AWS adds them up.
        for wider in [
            Request { policy_arns: vec!["arn:aws:iam::aws:policy/AdministratorAccess".into()], ..request("admin") },
            Request { policy: Some("{}".into()), ..request("admin") },
        ] {
            assert!(get(&kit, &wider).unwrap_err().to_string().contains("leave out --policy"));
        }
    }
    let kit = agents_kit("prod", "readonly", &[]);
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let said = get(&kit, &request("prod")).unwrap_err().to_string();
    // A person isn't asked in vain.
    let both = agents_kit("prod", "ask", &[("AWSX_AGENT_RULE", "readonly")]);
    both.prompter.answer("y");
    assert!(get(&both, &request("prod")).unwrap_err().what.contains("can't be narrowed"));
    assert_eq!(both.prompter.transcript(), [""; 0]);
    for part in
        ["can't be narrowed", "awsx_agent of prod (", "not those of a user's keys", "a profile with a role over it"]
    {
        assert!(said.contains(part), "{said}");
    }
    for error in [
        keys(&kit.app, &profiles, "prod", "prod").unwrap_err(),
        code(&kit.app, &profiles, "prod", SERIAL, Some("echo 123456")).unwrap_err(),
    ] {
        assert!(error.to_string().contains("readonly, which keys and codes can't be"), "{error}");
    }
    kit.config(
        "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n[profile team]\n\
                sso_session = s\nsso_account_id = 123456789012\nsso_role_name = Dev\nawsx_agent = readonly\n",
    );
    let said = get(&kit, &request("team")).unwrap_err().to_string();
    assert!(
        said.contains("Identity Center alone decides") && said.contains("permission set that only reads"),
        "{said}"
    );
    assert_eq!(calls(&kit).len(), 0);
}

#[test]
fn another_profile_is_used_instead_with_its_own_rule() {
    let kit = agents_kit("admin", "reader", &[]);
    kit.prompter.answer("123456");
    let session = get(&kit, &request("admin")).unwrap();
    assert_eq!(session.profile, "reader");
    assert!(session.arn.is_some_and(|arn| arn.contains("assumed-role/reader/awsx-agent-claude-code")));
    assert!(kit.prompter.has_said("claude-code gets reader instead of admin: awsx_agent of admin ("));
    let profiles = Profiles::load(&kit.app.env).unwrap();
    let said = keys(&kit.app, &profiles, "admin", "prod").unwrap_err().to_string();
    assert!(said.contains("gives it reader instead"), "{said}");
    // Its own guards count.
    kit.config(
        &CONFIG
            .replace("[profile admin]", "[profile admin]\nawsx_agent = reader")
            .replace("[profile reader]", "[profile reader]\nawsx_agent = deny"),
    );
    assert!(get(&kit, &request("admin")).unwrap_err().to_string().contains("awsx_agent of reader"));
}

#[test]
fn inside_a_persons_session_an_agent_is_asked_about() {
    let guarded = CONFIG.replace("[profile prod]", "[profile prod]\nawsx_confirm = yes");
    let person = kit(&[]);
    let mark = mark::text(&person.app, &mark::tests::session(), None).unwrap();
    let inside = [("AWSX_PROFILE", "prod"), ("AWS_ACCESS_KEY_ID", "ASIA1"), ("AWSX_SESSION", mark.as_str()), QUIET];
    for (variables, asks) in [(inside.to_vec(), false), ([&inside[..], &[AGENT]].concat(), true)] {
        let kit = kit(&variables);
        kit.config(&guarded);
        kit.prompter.answer(if asks { "y" } else { "123456" });
        kit.prompter.answer("123456");
        get(&kit, &request("prod")).unwrap();
        assert_eq!(kit.prompter.has_said("Let the AI agent"), asks);
    }
}
