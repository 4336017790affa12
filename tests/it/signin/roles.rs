//! Roles over a sign-in, and profiles for all that a sign-in grants, from a home with nothing in it.

use serde_json::{Value, json};

use super::{counts, env, sandbox};
use crate::support::Sandbox;

const OPS: &str = "arn:aws:iam::444455556666:role/ops";

/// A sandbox with two roles of another account: `ops`, which wants all that can be sent along, and `deep`, which wants what
/// `ops` hands on.
fn with_roles() -> Sandbox {
    let role = |name: &str, condition: Value| {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], "Condition": condition}]});
        let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        json!({"arn": format!("arn:aws:iam::444455556666:role/{name}"), "max_session": 43200, "trust": trust, "policies": [all]})
    };
    let ops = role(
        "ops",
        json!({"StringEquals": {"sts:ExternalId": "x-1", "aws:RequestTag/team": "platform", "sts:SourceIdentity": "me"},
            "ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "team"}}),
    );
    let deep = role("deep", json!({"StringEquals": {"aws:PrincipalTag/team": "platform", "aws:SourceIdentity": "me"}}));
    Sandbox::with(|world| world["roles"].as_array_mut().expect("roles").extend([ops, deep]))
}

fn over() -> String {
    format!(
        "[profile ops]\nrole_arn = {OPS}\nsource_profile = p0\nexternal_id = x-1\nsource_identity = me\n\
         session_tags = team=platform\ntransitive_session_tags = team\n\
         [profile deep]\nrole_arn = arn:aws:iam::444455556666:role/deep\nsource_profile = ops\n"
    )
}

fn last_session(sandbox: &Sandbox) -> Value {
    sandbox.state()["sessions"].as_array().and_then(|all| all.last().cloned()).expect("a session")
}

#[test]
fn a_role_that_wants_mfa_advises_no_device_for_a_sign_in() {
    let sandbox = sandbox(&json!({}));
    let over = "[profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = p0\n";
    let env = env(&sandbox, 1, over);
    env.awsx(&["login", "p0"]).ok();
    let run = env.awsx(&["exec", "admin", "--", "true"]);
    let said = run.fails(125);
    assert!(said.contains("AWS sees none in the session of p0") && !said.contains("provision-mfa"), "{said}");
}

#[test]
fn a_role_over_a_sign_in_begins_it_and_carries_everything_along() {
    let sandbox = with_roles();
    let env = env(&sandbox, 1, &over());
    // Nobody can be asked: the command that mends it names the profile that signs in.
    let run = env.awsx(&["exec", "deep", "--", "true"]);
    assert!(run.fails(125).contains("hint: awsx login p0"), "{run:?}");
    let mut pty = env.pty(&["exec", "deep", "-d", "4h", "--", "sh", "-c", "echo key=$AWS_ACCESS_KEY_ID"]);
    pty.expect("session of 1h instead of 4h");
    pty.expect("key=ASIA");
    let (status, text) = pty.wait();
    assert_eq!((status, text.matches("instead of").count()), (0, 1), "{text}");
    assert_eq!(counts(&sandbox), [1, 1, 1], "one browser tab");
    assert_eq!((sandbox.done("sso:GetRoleCredentials"), sandbox.done("sts:AssumeRole")), (1, 2));
    let session = last_session(&sandbox);
    assert_eq!((&session["tags"], &session["source_identity"]), (&json!({"team": "platform"}), &json!("me")));

    // All of it is cached, each hop by itself; without a terminal, too.
    for profile in ["deep", "ops", "p0"] {
        env.awsx(&["exec", profile, "-d", "1h", "--", "true"]).ok();
    }
    assert_eq!(sandbox.done("sso:GetRoleCredentials"), 1);
    let run = env.awsx(&["explain", "deep"]);
    let steps = run.ok();
    assert!(
        steps.contains("1. sso (p0)")
            && steps.contains("2. assume-role (ops)")
            && steps.contains("3. assume-role (deep)"),
        "{steps}"
    );
    assert!(steps.contains("at most 1h"), "{steps}");

    // A refusal of the role says nothing of MFA: no user is behind it.
    env.write("home/.aws/config", env.read("home/.aws/config").replace("external_id = x-1\n", ""));
    let run = env.awsx(&["exec", "ops", "--", "true"]);
    let said = run.fails(125);
    assert!(said.contains("external_id") && !said.contains("mfa"), "{said}");
}

#[test]
fn what_can_not_be_narrowed_says_what_can() {
    let sandbox = with_roles();
    let env = env(&sandbox, 1, &over());
    env.awsx(&["login", "p0"]).ok();
    let run = env.awsx(&["exec", "p0", "--readonly", "--", "true"]);
    let said = run.fails(125);
    assert!(said.contains("can't be narrowed") && said.contains("source_profile = p0"), "{said}");
    env.awsx(&["exec", "ops", "--readonly", "--", "true"]).ok();
    assert_eq!(last_session(&sandbox)["policies"].as_array().map(Vec::len), Some(1));
    let config = env.read("home/.aws/config");
    env.write("home/.aws/config", config.replace("[profile p0]\n", "[profile p0]\nsession_tags = team=platform\n"));
    let run = env.awsx(&["exec", "p0", "--", "true"]);
    assert!(run.fails(125).contains("session_tags ("), "{run:?}");
}

#[test]
fn from_an_address_to_profiles_that_work() {
    let sandbox = sandbox(&json!({}));
    let env = env(&sandbox, 0, "");
    env.write("home/.aws/config", "[default]\nregion = eu-west-1\n");
    let first = ["import", "sso", "--start-url", "awsx-sandbox.awsapps.com/start/#/", "--sso-region", "eu-west-1"];
    let run = env.awsx(&first);
    let said = run.fails(5).to_owned();
    assert!(
        said.contains("a sign-in to awsx-sandbox in the browser is needed") && said.contains("awsx import sso"),
        "{said}"
    );
    let mut pty = env.pty(&first);
    pty.expect("awsx-sandbox grants 5 roles in 3 accounts");
    pty.expect("add  444455556666.data.team+etl");
    pty.expect("Write this to ");
    pty.send_line("y");
    pty.expect("5 added");
    assert_eq!(pty.wait().0, 0);
    let config = env.read("home/.aws/config");
    assert!(
        config.contains("[sso-session awsx-sandbox]\nsso_start_url = https://awsx-sandbox.awsapps.com/start\n"),
        "{config}"
    );
    // The very sign-in serves the profiles, and the AWS CLI reads them.
    let run = env.awsx(&["whoami", "777788889999.ReadOnlyAccess", "--json"]);
    assert!(run.ok().contains("777788889999"), "{run:?}");
    assert_eq!(counts(&sandbox), [1, 1, 1]);

    // Days later: one assignment is gone.
    let gone = json!({"user": "erin", "account": "777788889999", "role": "ReadOnlyAccess", "assigned": false});
    sandbox.request("POST", "assignments", &gone);
    let run = env.awsx(&["import", "sso", "--prune", "-y"]);
    run.ok();
    assert!(run.stderr.contains("remove  777788889999.ReadOnlyAccess"), "{run:?}");
    let section = "[profile 777788889999.ReadOnlyAccess]\nsso_session = awsx-sandbox\nsso_account_id = 777788889999\n\
                   sso_role_name = ReadOnlyAccess\nawsx_imported = awsx-sandbox\n\n";
    assert_eq!(env.read("home/.aws/config"), config.replace(section, ""));
    // The sign-in is ended elsewhere: without a terminal that is said, on one it begins again.
    sandbox.request("POST", "sign-ins", &json!({"which": "all", "do": "revoke"}));
    let run = env.awsx(&["import", "sso", "-y"]);
    assert!(run.fails(5).contains("awsx login awsx-sandbox"), "{run:?}");
    let mut pty = env.pty(&["import", "sso"]);
    pty.expect("nothing was changed");
    assert_eq!(pty.wait().0, 0);
    let violations = sandbox.request("GET", "violations", &Value::Null);
    assert_eq!(violations, json!([]), "{violations}");
}

#[test]
fn a_role_over_a_sign_in_begins_it() {
    let sandbox = Sandbox::with(|world| {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]});
        let role = json!({"arn": "arn:aws:iam::111122223333:role/over", "id": "AROAOVER", "max_session": 3600, "trust": trust, "policies": []});
        world["roles"].as_array_mut().expect("roles").push(role);
    });
    let env = env(&sandbox, 1, "[profile over]\nrole_arn = arn:aws:iam::111122223333:role/over\nsource_profile = p0\n");
    let run = env.awsx(&["exec", "over", "--", "true"]);
    assert!(run.fails(125).contains("awsx login p0"), "{run:?}");
    let pty = env.pty(&["exec", "over", "--", "true"]);
    let (status, said) = pty.wait();
    assert_eq!((status, counts(&sandbox)), (0, [1, 1, 1]), "{said}");
    assert!(env.awsx(&["logout", "over"]).stderr.contains("forgot 2 sessions"));
}
