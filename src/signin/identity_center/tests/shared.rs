//! A sign-in that the AWS CLI has, too.

use super::*;

fn shared() -> String {
    CONFIG.replace("[sso-session work]\n", "[sso-session work]\nawsx_share = true\n")
}

#[test]
fn the_aws_cli_gets_a_sign_in_where_that_is_asked_for() {
    let (shared, kit) = (shared(), with_code());
    token(&kit, &shared).unwrap();
    let file = cli_file(&kit);
    assert_eq!((&file["accessToken"], &file["region"]), (&"access-1".into(), &"eu-west-1".into()));
    assert_eq!((&file["clientId"], &file["startUrl"]), (&"client".into(), &"https://work.test/start".into()));
    kit.clock.advance(3000);
    assert_eq!(token(&kit, &shared).unwrap(), "access-2");
    assert_eq!(cli_file(&kit)["refreshToken"], "refresh-2");
    // The AWS CLI has renewed it: ours is not sent any more, for it has been used.
    kit.clock.advance(60);
    let (path, mut file) = (cli_cache::path(&kit.app, &of(&shared)).unwrap(), cli_file(&kit));
    file["refreshToken"] = "by-the-cli".into();
    file["expiresAt"] = kit.app.clock.now().plus(3600).to_string().into();
    std::fs::write(&path, file.to_string()).unwrap();
    kit.clock.advance(3000);
    token(&kit, &shared).unwrap();
    assert_eq!(kit.oidc.on.calls().last().unwrap(), "refresh by-the-cli");
    // Signed in before it was shared.
    let kit = with_code();
    token(&kit, CONFIG).unwrap();
    Center::new(&kit.app, "p", &of(&shared)).sign_in().unwrap();
    assert_eq!(cli_file(&kit)["accessToken"], "access-1");
}

#[test]
fn a_token_of_the_aws_cli_that_was_sent_is_known_after_another_one_of_ours() {
    let unclear = || Fault::TimedOut("no answer".into());
    let (shared, kit) = (shared(), with_code());
    cli(&kit, "theirs", 10, Some("their-refresh"));
    kit.oidc.on.fail_next(unclear());
    assert_eq!(token(&kit, CONFIG).unwrap(), "theirs");
    kit.clock.advance(601);
    assert_eq!(token(&kit, CONFIG).unwrap(), "access-1");
    kit.clock.advance(3000);
    kit.oidc.on.fail_next(unclear());
    for _ in 0..2 {
        assert_eq!(token(&kit, &shared).unwrap(), "access-1");
    }
    let mut sent = kit.oidc.on.calls();
    sent.retain(|call| call.starts_with("refresh"));
    assert_eq!(sent, ["refresh their-refresh", "refresh refresh-1"]);
}
