//! A server over a browser sign-in: it is renewed without a person as long as it can be.

use serde_json::{Value, json};

use super::{Client, serve};
use crate::signin::{env, sandbox};
use crate::support::wait_for;

#[test]
fn a_sign_in_is_renewed_ahead_and_a_new_one_is_found() {
    // A token that is always about to end, and a session that is due every other second.
    let sandbox = sandbox(&json!({"token_seconds": 600}));
    let env = env(&sandbox, 1, "");
    env.awsx(&["login", "p0"]).ok();
    let (server, told) = serve(&env, &["p0", "--min-ttl", "14399"]);
    let client = Client::of(&told);
    let key = || {
        let answer = client.get(&client.host, &client.token);
        let found = answer.split_once("\"AccessKeyId\":\"").and_then(|(_, rest)| rest.split_once('"'));
        found.unwrap_or_else(|| panic!("{answer}")).0.to_owned()
    };
    let first = key();
    wait_for("renewals", || (sandbox.done("sso-oauth:CreateToken") > 3 && key() != first).then_some(()));
    // Somebody has ended it. Without a terminal nobody is asked, and what was given out stays good.
    sandbox.request("POST", "sign-ins", &json!({"which": "all", "do": "revoke"}));
    wait_for("the failure", || server.complaints().contains("p0 was not renewed").then_some(()));
    assert!(server.complaints().contains("(hint: awsx login p0)"), "{}", server.complaints());
    let last = key();
    assert_eq!(env.opened().len(), 1);
    // A person who signs in elsewhere is enough.
    env.awsx(&["login", "p0"]).ok();
    wait_for("a renewal", || (key() != last).then_some(()));
    assert_eq!(server.complaints().matches("was not renewed").count(), 1, "{}", server.complaints());
    assert_eq!(sandbox.request("GET", "violations", &Value::Null), json!([]));
}
