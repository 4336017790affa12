//! A sign-in is renewed, or somebody signs in anew: what is sent again, and what is used further.

use serde_json::{Value, json};

use super::{PORTAL, env, opened, sandbox};
use crate::support::{Sandbox, TestEnv};

/// A command that needs a token.
fn role(env: &TestEnv) -> String {
    let run = env.awsx(&["exec", "p0", "--no-cache", "--", "true"]);
    run.ok();
    run.stderr
}

#[test]
fn without_a_clear_answer_it_is_not_asked_for_again() {
    let error = |status: u16, code: &str| json!({"kind": "error", "status": status, "code": code, "message": "no"});
    for (mut fault, done) in [
        (json!({"kind": "drop_after"}), 1),
        (json!({"kind": "error500"}), 0),
        (json!({"kind": "garbage"}), 1),
        (error(503, "ThrottlingException"), 0),
    ] {
        let sandbox = sandbox(&json!({"token_seconds": 600}));
        let env = env(&sandbox, 1, "");
        env.awsx(&["login", "work"]).ok();
        fault["action"] = "sso-oauth:CreateToken".into();
        fault["count"] = 1.into();
        sandbox.fault(&fault);
        let before = sandbox.done("sso-oauth:CreateToken");
        let said = role(&env);
        assert!(said.contains("the sign-in to work was not renewed, and is not tried again"), "{said}");
        assert!(said.contains("; it ends in ") && said.contains("then: awsx login p0"), "{said}");
        assert_eq!(role(&env), "", "the token that it has will do, and this was said");
        assert_eq!(sandbox.done("sso-oauth:CreateToken"), before + done, "{fault}");
        assert_eq!(sandbox.request("GET", "violations", &Value::Null), json!([]));
        // A person who signs in again is asked.
        env.awsx(&["login", "p0"]).ok();
        assert_eq!(opened(&env), 2, "{fault}");
    }
}

#[test]
fn what_aws_turned_away_is_asked_for_again() {
    let sandbox = sandbox(&json!({"token_seconds": 600}));
    let env = env(&sandbox, 1, "");
    env.awsx(&["login", "work"]).ok();
    for code in ["SlowDownException", "ThrottlingException"] {
        let fault =
            json!({"action": "sso-oauth:CreateToken", "kind": "error", "status": 400, "code": code, "message": "no"});
        sandbox.fault(&fault);
        let before = sandbox.done("sso-oauth:CreateToken");
        assert_eq!((role(&env), sandbox.done("sso-oauth:CreateToken")), (String::new(), before), "{code}");
        assert_eq!((role(&env), sandbox.done("sso-oauth:CreateToken")), (String::new(), before + 1), "{code}");
    }
    assert_eq!(opened(&env), 1);
}

/// A sandbox in which frank may use what erin may.
fn with_frank() -> Sandbox {
    Sandbox::with(|world| {
        world["settings"]["token_seconds"] = 600.into();
        let users = world["identity_center"]["users"].as_array_mut().expect("users");
        let mut frank = users[0].clone();
        frank["name"] = "frank".into();
        users.push(frank);
    })
}

#[test]
fn sessions_of_the_sign_in_before_are_not_used_further() {
    let sandbox = with_frank();
    let other = format!(
        "[profile o]\nsso_session = other\nsso_account_id = 111122223333\nsso_role_name = ReadOnlyAccess\n\
         [sso-session other]\nsso_start_url = {PORTAL}\nsso_region = eu-west-1\n"
    );
    let env = env(&sandbox, 2, &other);
    let who = |profile: &str| env.awsx(&["whoami", profile]).ok().to_owned();
    for profile in ["p0", "p1", "o"] {
        env.awsx(&["login", profile]).ok();
        assert!(who(profile).contains("/erin"), "{profile}");
    }
    // A renewal is no other person.
    sandbox.forget_calls();
    env.awsx(&["exec", "p0", "--no-cache", "--", "true"]).ok();
    assert_eq!(sandbox.done("sso-oauth:CreateToken"), 1);
    env.awsx(&["exec", "p1", "--", "true"]).ok();
    assert_eq!(sandbox.done("sso:GetRoleCredentials"), 1, "p1 has its session still");
    sandbox.request("POST", "sign-ins", &json!({"which": "all", "do": "revoke"}));
    let frank = env.approver("frank");
    env.awsx(&["login", "p0", "--browser", &frank]).ok();
    for profile in ["p0", "p1"] {
        assert!(who(profile).contains("/frank"), "{profile}: {}", who(profile));
    }
    assert!(who("o").contains("/erin"), "another sign-in");
}

#[test]
fn an_option_that_nobody_needed_is_named() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 1, "[profile keys]\nregion = eu-west-1\n").stored(&sandbox, "keys", "bob");
    let login = |args: &[&str]| {
        let run = env.awsx(args);
        run.ok();
        run.stderr
    };
    assert!(!login(&["login", "p0", "--browser", &env.approver("erin")]).contains("was not used"));
    for (name, option) in [("p0", "--device-code"), ("work", "--remote")] {
        let said = login(&["login", name, option]);
        let unused = format!("{option} was not used: nobody had to sign in (`awsx logout {name}` ends a sign-in)");
        assert!(said.contains(&unused), "{said}");
    }
    let said = login(&["login", "keys", "--device-code"]);
    assert!(said.contains("--device-code was not used: keys does not start from a sign-in in the browser"), "{said}");
    assert_eq!(opened(&env), 1);
}
