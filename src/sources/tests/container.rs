//! `credential_source = EcsContainer`.

use super::*;

const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/r\ncredential_source = EcsContainer";

fn kit(variables: &[(&str, &str)]) -> Kit {
    Kit::with_env(variables)
}

#[test]
fn one_request_with_the_token() {
    let full = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:81/v1/x?y=1");
    let kit = kit(&[full, ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc")]);
    kit.http.answer(200, GIVEN);
    assert_eq!(ask(&kit, ROLE).unwrap().credentials, super::given());
    let requests = kit.http.requests.lock().unwrap().clone();
    assert_eq!(
        requests,
        [["GET http://127.0.0.1:81/v1/x?y=1", "accept: application/json", "authorization: Basic abc"]]
    );
}

#[test]
fn the_relative_uri_is_the_ecs_agents_and_a_token_file_is_read_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let kit = kit(&[
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap()),
    ]);
    fails(ask(&kit, ROLE), ErrorKind::Config, &["authorization token in", "No such file"]);
    for token in ["one\n", "two"] {
        std::fs::write(&file, token).unwrap();
        kit.http.answer(200, GIVEN);
        ask(&kit, ROLE).unwrap();
    }
    let requests = kit.http.requests.lock().unwrap().clone();
    assert!(requests.iter().all(|lines| lines[0] == "GET http://169.254.170.2/v2/credentials/1"), "{requests:?}");
    assert_eq!((requests[0][2].as_str(), requests[1][2].as_str()), ("authorization: one", "authorization: two"));
    std::fs::write(&file, "one\r\nx-evil: 1").unwrap();
    fails(ask(&kit, ROLE), ErrorKind::Config, &["more than one line"]);
}

#[test]
fn says_what_is_wrong() {
    fails(ask(&kit(&[]), ROLE), ErrorKind::Config, &["neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]);
    let at = |url| kit(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]);
    fails(ask(&at("http://10.0.0.1/x"), ROLE), ErrorKind::Config, &["must be https"]);
    let kit = at("http://localhost/x");
    fails(ask(&kit, ROLE), ErrorKind::Network, &["the container's credentials endpoint", "Connection refused"]);
    kit.http.answer(403, r#"{"code":"AccessDenied","message":"wrong token"}"#);
    fails(ask(&kit, ROLE), ErrorKind::Refused, &["status 403: AccessDenied: wrong token", "authorization token"]);
    kit.http.answer(200, "hush");
    fails(ask(&kit, ROLE), ErrorKind::Config, &["not JSON"]);
    kit.http.answer(200, &GIVEN.replace("2026", "2025"));
    fails(ask(&kit, ROLE), ErrorKind::Refused, &["Expiration is past"]);
    for status in [500, 503, 200] {
        kit.http.answer(status, GIVEN);
    }
    ask(&kit, ROLE).unwrap();
    for _ in 0..3 {
        kit.http.answer(502, "");
    }
    fails(ask(&kit, ROLE), ErrorKind::Network, &["status 502"]);
}
