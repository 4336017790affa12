//! What a hop to a role carries along: external ID, source identity, session tags and transitive ones. The trust policies of
//! these roles ask for each of them, and the sandbox enforces it.

use serde_json::{Value, json};

use crate::support::{Sandbox, TestEnv};

const HERE: &str = "arn:aws:iam::111122223333:role";

fn role(name: &str, principal: &Value, actions: &[&str], condition: &Value) -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": actions, "Condition": condition}
    ]});
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    json!({"arn": format!("{HERE}/{name}"), "trust": trust, "policies": [all]})
}

const ASSUME: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/// A sandbox with a role that wants everything, one that wants what is handed on, and those of a web identity.
fn sandbox() -> Sandbox {
    let account = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let provider = json!({"Federated": "arn:aws:iam::111122223333:oidc-provider/token.awsx-sandbox.test"});
    let handed_on = json!({"StringEquals": {"aws:PrincipalTag/team": "platform", "aws:SourceIdentity": "me"}});
    let mut and_no_more = handed_on.clone();
    and_no_more["Null"] = json!({"aws:PrincipalTag/stage": "true"});
    let roles = [
        role(
            "strict",
            &account,
            &ASSUME,
            &json!({
                "StringEquals": {"sts:ExternalId": "x-1", "sts:SourceIdentity": "me", "aws:RequestTag/team": "platform"},
                "ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "team"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]},
            }),
        ),
        role("next", &account, &ASSUME, &handed_on),
        role("last", &account, &ASSUME, &and_no_more),
        role("untagged", &account, &ASSUME[..1], &json!({})),
        role(
            "ci",
            &provider,
            &["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
            &json!({
                "StringEquals": {"token.awsx-sandbox.test:aud": "sts.amazonaws.com", "sts:SourceIdentity": "me",
                    "aws:RequestTag/team": "platform"},
                "StringLike": {"token.awsx-sandbox.test:sub": "repo:*"},
            }),
        ),
    ];
    Sandbox::with(|world| world["roles"].as_array_mut().expect("roles").extend(roles))
}

/// The session of the sandbox that the last call has made.
fn last_session(sandbox: &Sandbox) -> Value {
    sandbox.state()["sessions"].as_array().and_then(|all| all.last().cloned()).expect("a session")
}

const STRICT: &str = "external_id = x-1\nsource_identity = me\nsession_tags = team=platform, stage=a b\n\
                      transitive_session_tags = team\n";

/// Profiles over the keys of a user without an MFA device: the strict role, one over it, and one over that.
fn chain(strict: &str) -> String {
    format!(
        "[profile base]\nmfa_serial =\n[profile strict]\nrole_arn = {HERE}/strict\nsource_profile = base\n{strict}\
         [profile next]\nrole_arn = {HERE}/next\nsource_profile = strict\n\
         [profile last]\nrole_arn = {HERE}/last\nsource_profile = next\n\
         [profile untagged]\nrole_arn = {HERE}/untagged\nsource_profile = base\n"
    )
}

#[test]
fn every_key_is_sent_and_what_is_transitive_reaches_the_last_role() {
    let sandbox = sandbox();
    let env = TestEnv::new().sandbox(&sandbox).config(&chain(STRICT)).stored(&sandbox, "base", "dave");
    env.awsx(&["exec", "strict", "--", "true"]).ok();
    let session = last_session(&sandbox);
    assert_eq!(session["tags"], json!({"stage": "a b", "team": "platform"}));
    assert_eq!((&session["transitive"], &session["source_identity"]), (&json!(["team"]), &json!("me")));
    env.awsx(&["exec", "last", "--", "true"]).ok();
    let session = last_session(&sandbox);
    assert_eq!((&session["tags"], &session["source_identity"]), (&json!({"team": "platform"}), &json!("me")));
    assert_eq!(sandbox.done("sts:AssumeRole"), 3);

    // Each of them is needed: without it the role is refused, and nothing else.
    for line in STRICT.lines() {
        env.write("home/.aws/config", chain(&STRICT.replace(&format!("{line}\n"), "")));
        let run = env.awsx(&["exec", "strict", "--", "true"]);
        assert!(run.fails(125).contains("sts:AssumeRole"), "{line}: {run:?}");
    }
    env.write("home/.aws/config", chain(&STRICT.replace("platform", "sales")));
    env.awsx(&["exec", "next", "--", "true"]).fails(125);
}

#[test]
fn a_trust_policy_without_leave_for_tags_is_named() {
    let sandbox = sandbox();
    let env = TestEnv::new().sandbox(&sandbox).config(&chain(STRICT)).stored(&sandbox, "base", "dave");
    env.awsx(&["exec", "untagged", "--", "true"]).ok();
    for (more, action) in
        [("session_tags = a=b\n", "sts:TagSession"), ("source_identity = me\n", "sts:SetSourceIdentity")]
    {
        env.write("home/.aws/config", chain(STRICT) + more);
        let run = env.awsx(&["exec", "untagged", "--", "true"]);
        let said = run.fails(125);
        assert!(
            said.contains(action)
                && said.contains(&format!("{} of the profile needs it", &more[..more.find(' ').unwrap()])),
            "{said}"
        );
    }
    // A tag that is handed on can't be another one further down, and neither can the source identity.
    let config = chain(STRICT);
    for (more, said) in
        [("session_tags = team=sales\n", "transitive tag key"), ("source_identity = you\n", "source identity")]
    {
        env.write("home/.aws/config", config.replace(&format!("{HERE}/next\n"), &format!("{HERE}/next\n{more}")));
        let run = env.awsx(&["exec", "next", "--", "true"]);
        assert!(run.fails(125).contains(said), "{run:?}");
    }
}

#[test]
fn a_web_identity_carries_its_own_and_hands_them_on() {
    let sandbox = sandbox();
    let token = |claims: &Value| {
        let answer = sandbox.request("POST", "web-identity", claims);
        answer["token"].as_str().expect("a token").to_owned()
    };
    let claims = json!({"sub": "repo:acme/app", "https://aws.amazon.com/source_identity": "me",
        "https://aws.amazon.com/tags": {"principal_tags": {"team": ["platform"], "stage": ["x"]}, "transitive_tag_keys": ["team"]}});
    let config = |more: &str| {
        format!(
            "[profile ci]\nrole_arn = {HERE}/ci\nweb_identity_token_process = cat ~/token\n{more}\
             [profile next]\nrole_arn = {HERE}/next\nsource_profile = ci\n"
        )
    };
    let env = TestEnv::new().sandbox(&sandbox).config(&config(""));
    env.write("home/token", token(&claims));
    let run = env.awsx(&["exec", "next", "--", "true"]);
    run.ok();
    assert!(!run.stderr.contains("can't be sent"), "{run:?}");
    let session = last_session(&sandbox);
    assert_eq!((&session["tags"], &session["source_identity"]), (&json!({"team": "platform"}), &json!("me")));
    assert_eq!((sandbox.done("sts:AssumeRoleWithWebIdentity"), sandbox.done("sts:AssumeRole")), (1, 1));
    env.awsx(&["exec", "ci", "--", "true"]).ok();
    assert_eq!(sandbox.calls().len(), 2, "both are cached");

    // What AWS takes in no such call is not sent, and said.
    env.write("home/.aws/config", config("session_tags = team=sales\nexternal_id = x-1\nrole_session_name = other\n"));
    let run = env.awsx(&["exec", "ci", "--", "true"]);
    run.ok();
    assert!(run.stderr.contains("external_id, session_tags can't be sent with a web identity token"), "{run:?}");
    let params = sandbox.calls().last().expect("a call")["params"].clone();
    assert!(params.get("ExternalId").is_none() && !params.to_string().contains("Tags"), "{params}");
    assert!(!params.to_string().contains(&token(&claims)), "{params}");

    // Each refusal in words.
    env.write("home/.aws/config", config(""));
    for (changed, said) in [
        (json!({"exp": 1}), "the web identity token has expired"),
        (json!({"aud": "other"}), "AWS does not take the web identity token"),
        (json!({"iss": "https://elsewhere.test"}), "AWS does not take the web identity token"),
        (json!({"sub": "user:me"}), "the role does not trust the web identity token"),
    ] {
        let mut claims = claims.clone();
        claims.as_object_mut().expect("claims").extend(changed.as_object().expect("claims").clone());
        env.write("home/token", token(&claims));
        let run = env.awsx(&["exec", "ci", "--no-cache", "--", "true"]);
        assert!(run.fails(125).contains(said), "{run:?}");
    }
    env.write("home/token", "a.b.c");
    let run = env.awsx(&["exec", "ci", "--no-cache", "--", "true"]);
    assert!(run.fails(125).contains("AWS does not take the web identity token"), "{run:?}");
    // A session policy narrows it like any role.
    env.write("home/token", token(&claims));
    env.awsx(&["exec", "ci", "--readonly", "--", "true"]).ok();
    assert_eq!(last_session(&sandbox)["policies"].as_array().map(Vec::len), Some(1));
}
