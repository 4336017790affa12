//! `credential_source = Ec2InstanceMetadata`.

use super::*;

const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Ec2InstanceMetadata";

#[test]
fn a_token_then_the_role_then_its_credentials() {
    let kit = Kit::with_env(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:81/")]);
    kit.http.answer(200, "tok");
    kit.http.answer(200, "web-server\n");
    kit.http.answer(200, &GIVEN.replace('{', r#"{"Code":"Success","Type":"AWS-HMAC","#));
    assert_eq!(ask(&kit, ROLE).unwrap().credentials, super::given());
    let requests = kit.http.requests.lock().unwrap().clone();
    let roles = "GET http://127.0.0.1:81/latest/meta-data/iam/security-credentials/";
    assert_eq!(requests[0][0], "PUT http://127.0.0.1:81/latest/api/token");
    assert_eq!(
        requests[1..],
        [
            [roles.to_owned(), "x-aws-ec2-metadata-token: tok".to_owned()],
            [format!("{roles}web-server"), "x-aws-ec2-metadata-token: tok".to_owned()],
        ]
    );
}

#[test]
fn where_the_service_is() {
    let asked = |variables: &[(&str, &str)], more: &str| {
        let kit = Kit::with_env(variables);
        let error = ask(&kit, &format!("{ROLE}\n{more}")).unwrap_err();
        let first = kit.http.requests.lock().unwrap().first().cloned();
        first.map_or_else(|| error.to_string(), |lines| lines[0].clone())
    };
    let mode = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
    assert_eq!(asked(&[], ""), "PUT http://169.254.169.254/latest/api/token");
    assert_eq!(asked(&[(mode, "IPv6")], ""), "PUT http://[fd00:ec2::254]/latest/api/token");
    let own = "ec2_metadata_service_endpoint = http://127.0.0.1:81";
    assert_eq!(asked(&[(mode, "IPv6")], own), "PUT http://127.0.0.1:81/latest/api/token");
    assert!(asked(&[(mode, "IPv5")], "").contains("IPv4 or IPv6"));
    assert!(asked(&[("AWS_EC2_METADATA_DISABLED", "TRUE")], "").contains("AWS_EC2_METADATA_DISABLED"));
    assert!(asked(&[], "ec2_metadata_service_endpoint = here").contains("not a URL"));
}

#[test]
fn says_what_is_wrong() {
    let kit = Kit::new();
    fails(ask(&kit, ROLE), ErrorKind::Network, &["the instance metadata service", "EC2 instances alone"]);
    kit.http.answer(403, "");
    fails(ask(&kit, ROLE), ErrorKind::Refused, &["status 403", "turned off"]);
    kit.http.answer(200, "tok");
    kit.http.answer(404, "");
    fails(ask(&kit, ROLE), ErrorKind::Refused, &["has no role"]);
    kit.http.answer(200, "<html> hush");
    fails(ask(&kit, ROLE), ErrorKind::Refused, &["no usable answer"]);
    for body in ["tok", "role", r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"}"#] {
        kit.http.answer(200, body);
    }
    fails(ask(&kit, ROLE), ErrorKind::Refused, &["EC2 cannot assume the role", "trust policy"]);
}
